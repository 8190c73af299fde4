import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import (
    DisconnectedInputError,
    DisconnectedType,
    Lop,
    NullTypeGradError,
    disconnected_grad,
    disconnected_type,
    grad,
    grad_clip,
    grad_not_implemented,
    grad_scale,
    grad_undefined,
    hessian,
    hessian_vector_product,
    jacobian,
    subgraph_grad,
    undefined_grad,
    zero_grad,
)
from lamina.graph.basic import Apply
from lamina.graph.null_type import NullType
from lamina.graph.op import Op
from lamina.graph.utils import MethodNotDefined
from lamina.tensor.elemwise import Elemwise
from tests.evaluate import evaluate

POINT = np.array([0.5, -1.0, 2.0])


class Square(Op):
    """The square; `terms` makes what its gradient returns of the right answer."""

    def __init__(self, terms=lambda x, g: [g]):
        self.terms = terms

    def make_node(self, x):
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] ** 2

    def grad(self, inputs, output_grads):
        (x,), (g,) = inputs, output_grads
        return self.terms(x, 2 * x * g)


class WithoutGradient(Op):
    def make_node(self, x):
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0]


class SumAndDifference(Op):
    seen = None

    def make_node(self, a, b):
        return Apply(self, [a, b], [a.type(), a.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] + inputs[1]
        output_storage[1][0] = inputs[0] - inputs[1]

    def L_op(self, inputs, outputs, output_grads):
        self.seen = output_grads
        live = [g for g in output_grads if not isinstance(g.type, DisconnectedType)]
        return [live[0], live[0]]


def test_a_raw_gradient_prints_as_in_the_reference(capsys):
    x = pt.tensor("x", shape=(None,))
    grad(pt.log1p(x).sum(), wrt=x).dprint()
    nodes = [line.strip(" │├└─") for line in capsys.readouterr().out.splitlines()]
    assert [node.split(" [id")[0] for node in nodes] == [
        "True_div", "Second", "Log1p", "x", "ExpandDims{axis=0}", "Second", "Sum{axes=None}",
        "Log1p", "···", "1.0", "Add", "ExpandDims{axis=0}", "1", "x",
    ]  # fmt: skip


def test_the_gradient_of_the_cross_entropy_of_the_reference_is_the_known_formula():
    rng = np.random.default_rng(0)
    X, y = pt.tensor("X", shape=(None, None)), pt.tensor("y", shape=(None,))
    alpha, beta = pt.tensor("alpha", shape=()), pt.tensor("beta", shape=(None,))
    p = pt.sigmoid(alpha + X @ beta)
    loss = -(y * pt.log(p) + (1 - y) * pt.log(1 - p)).mean()
    data, labels = rng.normal(size=(7, 3)), np.array([0.0, 1, 1, 0, 1, 0, 0])
    weights = rng.normal(size=3)
    values = {X: data, y: labels, alpha: 0.3, beta: weights}
    d_alpha, d_beta = evaluate(grad(loss, [alpha, beta]), values)
    residual = 1 / (1 + np.exp(-(0.3 + data @ weights))) - labels
    np.testing.assert_allclose(d_alpha, residual.mean(), rtol=1e-12)
    np.testing.assert_allclose(d_beta, data.T @ residual / 7, rtol=1e-12)


@pytest.mark.parametrize("container", [list, tuple])
def test_wrt_a_sequence_gives_the_same_kind_of_sequence(container):
    x, y = pt.vectors("x", "y")
    grads = grad((x * y).sum(), container([x, y]))
    assert type(grads) is container
    np.testing.assert_equal(evaluate(list(grads), {x: [1, 2], y: [3, 4]}), [[3, 4], [1, 2]])


def test_the_same_variable_twice_in_wrt_has_its_gradient_twice():
    x = pt.scalar("x")
    assert evaluate(grad(x**2, [x, x]), {x: 3.0}) == [6, 6]


def test_the_gradient_of_the_cost_by_itself_is_one():
    x = pt.scalar("x")
    y = pt.exp(x)
    assert evaluate(grad(y, y), {x: 5.0}) == 1


@pytest.mark.parametrize(
    ("a_shape", "b_shape"),
    [((3, 1), (1, 4)), ((), (2, 3)), ((4,), (2, 3, 4)), ((1, 1), (2, 3)), ((2, 1, 3), (5, 1))],
)
def test_broadcasting_is_undone(a_shape, b_shape):
    static = [[1 if n == 1 else None for n in shape] for shape in (a_shape, b_shape)]
    a, b = (pt.tensor(name, shape=s) for name, s in zip("ab", static, strict=True))
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=a_shape), rng.normal(size=b_shape)
    ga, gb = evaluate(grad((a * b).sum(), [a, b]), {a: x, b: y})
    shape = np.broadcast_shapes(a_shape, b_shape)
    full_x, full_y = np.broadcast_to(x, shape), np.broadcast_to(y, shape)

    def folded(full, like):
        extra = full.ndim - like.ndim
        full = full.sum(tuple(range(extra)))
        return full.sum(tuple(i for i, n in enumerate(like.shape) if n == 1), keepdims=True)

    np.testing.assert_allclose(ga, folded(full_y, x))
    np.testing.assert_allclose(gb, folded(full_x, y))


def test_gradients_have_the_dtypes_of_their_variables():
    x, y, z = pt.fvector("x"), pt.dvector("y"), pt.zvector("z")
    grads = grad(pt.abs(x * y * z).sum(), [x, y, z])
    assert [g.dtype for g in grads] == ["float32", "float64", "complex128"]
    assert grad((x * 2.5 + 1).mean(), x).dtype == "float32"


def test_a_float32_gradient_is_computed_in_float32():
    x = pt.fvector("x")
    g = grad(pt.tanh(x * 0.1).mean(), x)
    waiting, dtypes = [g], set()
    while waiting:
        v = waiting.pop()
        if v.owner is not None:
            waiting += v.owner.inputs
        if v.owner is not None and isinstance(v.owner.op, Elemwise):
            dtypes.add(v.dtype)
    assert dtypes == {"float32"}


def test_the_gradient_by_a_complex_number_is_that_of_its_two_parts():
    z = pt.zscalar("z")
    # d/da + i d/db of a**2 + b**2 and of Re(z**2) = a**2 - b**2
    assert evaluate(grad(pt.sqr(pt.abs(z)), z), {z: 3 - 4j}) == pytest.approx(6 - 8j)
    assert evaluate(grad(pt.real(z**2), z), {z: 3 - 4j}) == pytest.approx(6 + 8j)


def test_a_real_operand_of_a_complex_op_has_a_real_gradient():
    x = pt.dvector("x")
    g = grad(pt.abs(pt.exp(1j * x) + 2).sum(), x)
    assert g.dtype == "float64"
    # |exp(ix) + 2|**2 = 5 + 4 cos x
    exact = -2 * np.sin(POINT) / np.sqrt(5 + 4 * np.cos(POINT))
    np.testing.assert_allclose(evaluate(g, {x: POINT}), exact)


@pytest.mark.parametrize("floatX", ["float32", "float64"])
def test_the_gradient_by_an_integer_is_that_of_the_formula_in_floatX(floatX):
    with lamina.config.change_flags(floatX=floatX):
        x, n = pt.vector("x"), pt.lvector("n")
        g = grad((x * n**2).sum(), n)
    # n**2 is an integer: it passes nothing on
    assert (g.dtype, evaluate(g, {x: [3.0], n: [2]})) == (floatX, [0.0])
    with lamina.config.change_flags(floatX=floatX):
        g = grad((x * n).sum(), n)
    assert (g.dtype, evaluate(g, {x: [3.0], n: [2]})) == (floatX, [3.0])


def test_what_is_computed_as_an_integer_passes_zero_on():
    x = pt.vector("x")
    for y in (pt.cast(x, "int64") * 2.0, pt.gt(x, 0) * 2.0, pt.argmax(x) * 2.0, pt.floor(x)):
        np.testing.assert_equal(evaluate(grad(y.sum(), x), {x: POINT}), np.zeros(3))


def test_a_cast_of_integers_to_float_passes_the_gradient_on():
    n = pt.lvector("n")
    assert evaluate(grad(pt.sqr(pt.cast(n, "float64")).sum(), n), {n: [3]}) == [6]


def test_a_visibly_zero_gradient_costs_nothing():
    x = pt.vector("x")
    g = grad(pt.floor(pt.exp(pt.sin(x))).sum(), x)
    np.testing.assert_equal(evaluate(g, {x: POINT}), np.zeros(3))
    assert g.owner.inputs[0] is x


def test_a_cost_that_is_no_scalar_is_refused():
    x = pt.vector("x")
    with pytest.raises(TypeError, match=r"Cost must be a scalar\. Exp\.0 is of type Vector"):
        grad(pt.exp(x), x)


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        (lambda x: pt.argmax(x), "must be of a float dtype"),
        (lambda x: pt.sum(x * 1j), "must be real"),
        (lambda x: 1.0, "must be a Variable, got 1.0 of type float"),
        (lambda x: disconnected_type(), "must be an array"),
    ],
)
def test_a_cost_without_a_real_derivative_is_refused(cost, message):
    x = pt.vector("x")
    with pytest.raises(TypeError, match=message):
        grad(cost(x), x)


def test_an_undefined_cost_is_refused():
    with pytest.raises(ValueError, match="cost is undefined: no reason"):
        grad(NullType("no reason")(), pt.vector("x"))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"wrt": "x"}, TypeError, "wrt must be a Variable or a list"),
        ({"wrt": [1.0]}, TypeError, "expected a Variable, got 1.0"),
        ({"consider_constant": [2]}, TypeError, "consider_constant: expected a Variable, got 2"),
        ({"disconnected_inputs": "never"}, ValueError, "raise, warn, ignore, got 'never'"),
        ({"return_disconnected": "nan"}, ValueError, "return_disconnected must be one of"),
        ({"null_gradients": "x"}, ValueError, "null_gradients must be one of"),
        ({"cost": None}, ValueError, "needs a cost or known_grads"),
        ({"known_grads": {1: 1}}, TypeError, "the keys must be Variables, got 1"),
    ],
)
def test_a_wrong_argument_is_named(arguments, error, message):
    x = pt.vector("x")
    with pytest.raises(error, match=message):
        grad(**{"cost": x.sum(), "wrt": x, **arguments})


def test_a_variable_outside_the_graph_is_an_error_that_names_it():
    x, y = pt.vector("x"), pt.vector("y")
    with pytest.raises(DisconnectedInputError, match=r"not part of the computational graph.* y of"):
        grad(x.sum(), [x, y])


def test_the_error_shows_the_line_of_a_disconnected_intermediate():
    x = pt.vector("x")
    unused = pt.exp(x)  # the line shown
    with pytest.raises(DisconnectedInputError, match=r"test_derivatives\.py:\d+ `unused = "):
        grad(x.sum(), unused)


@pytest.mark.parametrize(
    "cost",
    [
        lambda x, y: pt.switch(x > 0, y, 2 * y).sum(),
        lambda x, y: y.sum() * x.shape[0],
        lambda x, y: pt.second(x, y).sum(),
        lambda x, y: y[pt.cast(x[0], "int64")],
        lambda x, y: (disconnected_grad(x) * y).sum(),
    ],
)
def test_a_variable_used_only_where_nothing_is_smooth_is_disconnected(cost):
    x, y = pt.vector("x"), pt.vector("y")
    with pytest.raises(DisconnectedInputError):
        grad(cost(x, y), x)


def test_disconnected_inputs_may_warn_or_be_ignored():
    x, y = pt.vector("x"), pt.fmatrix("y")
    with pytest.warns(UserWarning, match="y of type"):
        g = grad(x.sum(), y, disconnected_inputs="warn")
    assert g.type == y.type
    np.testing.assert_equal(evaluate(g, {y: np.ones((2, 3))}), np.zeros((2, 3)))
    options = {"disconnected_inputs": "ignore"}
    assert grad(x.sum(), y, return_disconnected="none", **options) is None
    g = grad(x.sum(), y, return_disconnected="disconnected", **options)
    assert isinstance(g.type, DisconnectedType)


def test_a_cost_that_is_a_constant_is_disconnected():
    with pytest.raises(DisconnectedInputError):
        grad(pt.constant(2.0), pt.vector("x"))


def test_known_grads_take_the_place_of_a_cost():
    x = pt.vector("x")
    y, z = pt.exp(x), pt.sin(x)
    gy, gz = pt.vector("gy"), np.array([1.0, 2.0, 3.0])
    g = grad(None, x, known_grads={y: gy, z: gz})
    value = evaluate(g, {x: POINT, gy: [4, 5, 6]})
    np.testing.assert_allclose(value, [4, 5, 6] * np.exp(POINT) + gz * np.cos(POINT))


def test_a_known_gradient_is_the_whole_of_it():
    x = pt.scalar("x")
    y = x**2
    assert evaluate(grad(pt.exp(y), x, known_grads={y: pt.constant(10.0)}), {x: 3.0}) == 60


def test_a_known_gradient_of_another_rank_is_refused():
    x = pt.vector("x")
    with pytest.raises(ValueError, match="known_grads: the gradient of Exp.0"):
        grad(None, x, known_grads={pt.exp(x): 1.0})


def test_nothing_passes_through_what_is_considered_constant():
    x = pt.scalar("x")
    y = x**2
    assert evaluate(grad(x * y, x, consider_constant=[y]), {x: 3.0}) == 9
    assert evaluate(grad(x * y, y, consider_constant=[y]), {x: 3.0}) == 3


def test_gradients_are_named_after_cost_and_variable():
    x, y = pt.vector("x"), pt.vector("y")
    hidden = x * y
    hidden.name = "h"
    cost = (hidden**2).sum()
    assert grad(cost, x).name is None
    cost.name = "cost"
    gx, gh = grad(cost, [x, hidden])
    assert (gx.name, gh.name) == ("(dcost/dx)", "(dcost/dh)")
    assert grad(cost, x, add_names=False).name is None


def test_a_gradient_given_by_the_user_keeps_its_name():
    x, g = pt.vector("x"), pt.vector("g")
    y = x + pt.zeros_like(x)
    cost = pt.exp(y).sum()
    cost.name = "cost"
    assert grad(cost, x, known_grads={y: g}) is g
    assert g.name == "g"


def test_an_undefined_gradient_is_an_error_with_the_reason():
    x = pt.scalar("x")
    for reason in (grad_undefined, grad_not_implemented):
        op = Square()
        op.terms = lambda x, g, op=op, reason=reason: [reason(op, 0, x, "Ask Euler.")]
        cost = pt.exp(op(pt.sin(x)))
        with pytest.raises(NullTypeGradError, match="respect to x .* Ask Euler."):
            grad(cost, x)
        assert isinstance(grad(cost, x, null_gradients="return").type, NullType)


def test_an_undefined_gradient_that_is_not_needed_does_no_harm():
    x, y = pt.scalar("x"), pt.scalar("y")
    assert evaluate(grad(undefined_grad(x) * y, y), {x: 3.0, y: 1.0}) == 3


def test_an_op_without_a_gradient_is_an_error_with_the_line_of_its_use():
    x = pt.vector("x")
    y = WithoutGradient()(x)
    with pytest.raises(MethodNotDefined, match=r"WithoutGradient.*`y = WithoutGradient\(\)\(x\)`"):
        grad(y.sum(), x)


def test_ops_off_the_path_are_not_asked_for_a_gradient():
    x, y = pt.vector("x"), pt.vector("y")
    g = grad((x * WithoutGradient()(y)).sum(), x)
    np.testing.assert_equal(evaluate(g, {x: [1.0], y: [7.0]}), [7])
    z = WithoutGradient()(x)
    np.testing.assert_equal(evaluate(grad((x * z).sum(), x, consider_constant=[z]), {x: [3]}), [3])


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (lambda x, g: [g, g], "must give a gradient for each of its 1 inputs"),
        (lambda x, g: g, "must give a gradient for each of its 1 inputs"),
        (lambda x, g: [g.sum()], "must have the rank 1"),
    ],
)
def test_a_wrong_gradient_method_is_an_error_that_names_the_op(terms, message):
    x = pt.vector("x")
    with pytest.raises(ValueError, match=f"Square.*{message}"):
        grad(Square(terms)(x).sum(), x)


def test_an_output_without_influence_has_a_disconnected_gradient():
    a, b = pt.scalar("a"), pt.scalar("b")
    op = SumAndDifference()
    total, _ = op(a, b)
    assert evaluate(grad(total * 3, a), {a: 1.0, b: 2.0}) == 3
    assert isinstance(op.seen[1].type, DisconnectedType)


def test_a_chain_of_20000_ops_has_a_gradient():
    x = pt.scalar("x")
    y = x
    for _ in range(20_000):
        y = -y
    assert evaluate(grad(y, x), {x: 2.0}) == 1


def test_a_variable_used_10000_times_has_a_gradient():
    x = pt.scalar("x")
    total = x
    for k in range(10_000):
        total = total + x * float(k % 3)
    assert evaluate(grad(total, x), {x: 1.0}) == 1 + sum(k % 3 for k in range(10_000))


def test_third_derivatives():
    x = pt.scalar("x")
    y = pt.sin(x) * x**3
    for _ in range(3):
        y = grad(y, x)
    exact = 6 * np.sin(0.7) + 18 * 0.7 * np.cos(0.7) - 9 * 0.49 * np.sin(0.7) - 0.343 * np.cos(0.7)
    assert evaluate(y, {x: 0.7}) == pytest.approx(exact, rel=1e-13)


JACOBIANS = {
    "elementwise": lambda x, w: pt.exp(x) * w[0] + pt.sin(w[:3, 0]) / x,
    "broadcast scalar": lambda x, w: x * w.sum(),
    "matrix product": lambda x, w: w @ x,
    "two products": lambda x, w: (x @ w[:3]) @ w[:3].T,
    "reductions": lambda x, w: w.sum(0) + w.max(1)[:3] + pt.prod(w, 0) + x.mean() + x.std(),
    "indexing": lambda x, w: w[::-2, 1] * x[0] + w[1, 0],
    "set and inc": lambda x, w: x[1:].set(w[0, 1:])[:2].inc(w[1, 0]),
    "joins": lambda x, w: pt.concatenate([x, w[0], x * w[1]]),
    "a vector of scalars": lambda x, w: pt.stack([x[0], x[1] * x[2], w[0, 1]]),
    "reshape": lambda x, w: w.reshape((-1,)) * 2,
    "shapes": lambda x, w: w.T.flatten() * w.shape[0] + w.size,
    "a broadcast": lambda x, w: pt.broadcast_to(x[0], (4,)) + pt.full((4,), w[0, 0]),
    "a specified shape": lambda x, w: pt.specify_shape(x * w[0], (3,)),
    "choices": lambda x, w: pt.switch(x > 0, x * w[0], pt.clip(w[1], -0.5, 0.5)),
    "matrix": lambda x, w: w * x,
    "tensor": lambda x, w: w[:, None, :] * w[None, :, :] * x,
    "scalar": lambda x, w: (w**2).sum() * x[0],
    "one of them": lambda x, w: x * 2,
}


@pytest.mark.parametrize("case", JACOBIANS)
def test_a_jacobian_has_the_gradients_of_the_elements_as_rows(case):
    rng = np.random.default_rng(3)
    x, w = pt.vector("x"), pt.matrix("w")
    values = {x: rng.normal(size=3), w: rng.normal(size=(4, 3))}
    y = JACOBIANS[case](x, w)
    jacobians = evaluate(jacobian(y, [x, w], disconnected_inputs="ignore"), values)
    shape = evaluate(y, values).shape
    for v, actual in zip((x, w), jacobians, strict=True):
        rows = [grad(y[i], v, disconnected_inputs="ignore") for i in np.ndindex(shape)]
        expected = np.reshape(evaluate(rows, values), shape + values[v].shape)
        np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-14)


def test_a_jacobian_is_one_graph_whatever_the_length():
    x = pt.vector("x")
    J = jacobian(pt.exp(x) * x.sum(), x)
    for n in (0, 1, 5):
        v = np.linspace(0.1, 1, n)
        expected = np.diag(np.exp(v) * v.sum()) + np.exp(v)[:, None]
        np.testing.assert_allclose(evaluate(J, {x: v}), expected)


def test_a_jacobian_of_something_disconnected_is_an_error_or_zeros():
    x, y = pt.vector("x"), pt.matrix("y")
    with pytest.raises(DisconnectedInputError):
        jacobian(pt.exp(x), y)
    J = jacobian(pt.exp(x), y, disconnected_inputs="ignore")
    values = {x: np.ones(2), y: np.ones((3, 4))}
    np.testing.assert_equal(evaluate(J, values), np.zeros((2, 3, 4)))


@pytest.mark.parametrize("dtype", ["int64", "complex128"])
def test_a_jacobian_of_what_is_not_real_is_refused(dtype):
    x = pt.vector("x", dtype=dtype)
    with pytest.raises(TypeError, match="expression must be"):
        jacobian(x * 2, x)


def test_a_hessian_has_the_mixed_derivatives():
    x = pt.vector("x")
    H = evaluate(hessian((x[0] ** 2 * x[1] + pt.exp(x[1] * x[2])), x), {x: POINT})
    a, b, c = POINT
    e = np.exp(b * c)
    expected = [
        [2 * b, 2 * a, 0],
        [2 * a, c * c * e, (1 + b * c) * e],
        [0, (1 + b * c) * e, b * b * e],
    ]
    np.testing.assert_allclose(H, expected, rtol=1e-12)


def test_hessians_of_scalars_matrices_and_linear_functions():
    s, m = pt.scalar("s"), pt.matrix("m")
    hs, hm = hessian(s**3 + (m**2).sum() / 2, [s, m])
    values = {s: 2.0, m: np.ones((2, 3))}
    assert evaluate(hs, values) == 12
    np.testing.assert_equal(evaluate(hm, values), np.eye(6).reshape(2, 3, 2, 3))
    x = pt.vector("x")
    np.testing.assert_equal(evaluate(hessian(x.sum(), x), {x: POINT}), np.zeros((3, 3)))


def test_a_hessian_vector_product_is_that_of_the_whole_hessian():
    x, y, p, q = pt.vectors("x", "y", "p", "q")
    cost = (x**2 * y + pt.sin(x * y)).sum()
    values = {x: POINT, y: POINT + 1, p: [1, 2, 3], q: [-1, 0, 2]}
    actual = np.concatenate(evaluate(hessian_vector_product(cost, [x, y], [p, q]), values))
    z = pt.vector("z")
    joint = (z[:3] ** 2 * z[3:] + pt.sin(z[:3] * z[3:])).sum()
    H = evaluate(hessian(joint, z), {z: np.concatenate([values[x], values[y]])})
    np.testing.assert_allclose(actual, H @ [1, 2, 3, -1, 0, 2], rtol=1e-12)
    single = hessian_vector_product((x**3).sum(), x, p)
    np.testing.assert_allclose(evaluate(single, values), 6 * POINT * [1, 2, 3])


def test_Lop_multiplies_by_the_jacobian_from_the_left():
    x, v = pt.vectors("x", "v")
    y = pt.exp(x) * x[0]
    values = {x: POINT, v: [1.0, 2.0, -1.0]}
    expected = [1.0, 2.0, -1.0] @ evaluate(jacobian(y, x), values)
    np.testing.assert_allclose(evaluate(Lop(y, x, v), values), expected)
    np.testing.assert_allclose(evaluate(Lop([y], [x], [v])[0], values), expected)
    with pytest.raises(ValueError, match="1 outputs need as many eval_points, got 2"):
        Lop(y, x, [v, v])


def test_subgraph_gradients_in_a_row_are_the_gradient():
    x, w1, w2 = pt.vector("x"), pt.vector("w1"), pt.vector("w2")
    hidden = pt.tanh(w1 * x)
    cost = (pt.sin(w2 * hidden)).sum()
    penalty = (w1**2).sum()
    values = {x: POINT, w1: [1.0, 2.0, 3.0], w2: [0.1, 0.2, 0.3]}
    (g2,), (g_hidden,) = subgraph_grad([w2], [hidden], cost=cost)
    (g1,), (gx,) = subgraph_grad([w1], [x], start={hidden: g_hidden}, cost=penalty)
    expected = evaluate(grad(cost + penalty, [w1, w2, x]), values)
    np.testing.assert_allclose(evaluate([g1, g2, gx], values), expected)
    assert len(subgraph_grad([w1], [x], {hidden: g_hidden}, penalty, details=True)) == 4
    with pytest.raises(ValueError, match="needs start or cost"):
        subgraph_grad([w1], [x])


@pytest.mark.parametrize(
    ("barrier", "expected"),
    [
        (lambda x: zero_grad(x), [0, 0, 0]),
        (lambda x: grad_clip(x, -1.0, 2.0), [1.0, -1.0, 2.0]),
        (lambda x: grad_scale(x, 0.5), [0.5, -1.0, 2.0]),
    ],
)
def test_a_barrier_changes_the_gradient_and_not_the_value(barrier, expected):
    x = pt.vector("x")
    y = barrier(x)
    np.testing.assert_equal(evaluate(y, {x: POINT}), POINT)
    np.testing.assert_equal(evaluate(grad((y**2).sum(), x), {x: POINT}), expected)


def test_a_disconnected_gradient_leaves_the_others():
    x = pt.vector("x")
    g = grad((disconnected_grad(x) * x).sum(), x)
    np.testing.assert_equal(evaluate(g, {x: POINT}), POINT)
