"""Tangents of graphs."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import (
    DisconnectedInputError,
    DisconnectedType,
    Lop,
    NullTypeGradError,
    Rop,
    disconnected_grad,
    jacobian,
    pushforward,
    undefined_grad,
)
from lamina.graph import Apply, Op
from lamina.graph.op import io_connection_pattern
from lamina.graph.utils import MethodNotDefined

RNG = np.random.default_rng(9)


def scanned(x, w):
    found = lamina.scan(
        lambda v, c: pt.tanh(w @ c + v), sequences=x, outputs_info=pt.zeros(3), return_list=True
    )
    traces = found[0] if isinstance(found, tuple) else found
    return traces[0]


# From a vector x of length 4 and a matrix w of shape (3, 3).
CASES = {
    "elementwise": lambda x, w: pt.exp(x[:3]) * pt.sin(w) + x[0],
    "reductions": lambda x, w: w.max(0) + x.sum() + pt.logsumexp(w, axis=1) + w.prod(),
    "products": lambda x, w: w @ w.T @ x[:3],
    "indexing": lambda x, w: w[1:, [0, 2]].set(x[0]).flatten()[x.argmax() :],
    "linear algebra": lambda x, w: pt.linalg.solve(w @ w.T + pt.eye(3), x[1:]),
    "joins": lambda x, w: pt.concatenate([w, x[None, :3]]).cumsum(0),
    "a loop": scanned,
    "integers on the way": lambda x, w: x * pt.cast(x.argmax(), "float64") + pt.floor(x),
}


@pytest.mark.parametrize("case", CASES)
def test_a_pushforward_is_the_jacobian_times_the_tangents(case):
    x, w, t, s = pt.dvector("x"), pt.dmatrix("w"), pt.dvector("t"), pt.dmatrix("s")
    y = CASES[case](x, w)
    to_x, to_w = jacobian(y, [x, w], disconnected_inputs="ignore")
    expected = to_x @ t + (to_w * s).sum((-1, -2))
    found = [pushforward(y, [x, w], [t, s], use_op_pushforward=own) for own in (False, True)]
    f = lamina.function([x, w, t, s], [expected, *found], on_unused_input="ignore")
    values = [RNG.normal(size=n) for n in (4, (3, 3), 4, (3, 3))]
    expected, *found = f(*values)
    for tangent in found:
        np.testing.assert_allclose(tangent, expected, rtol=1e-10, atol=1e-12)


def test_tangents_have_the_container_dtype_and_shape_of_the_outputs():
    x, t = pt.fvector("x"), pt.dvector("t")
    y = pt.cast(x, "float64") ** 2
    a, b = Rop((x * 2, y), x, t)
    assert isinstance(Rop((x * 2, y), x, t), tuple)
    assert (a.type.dtype, b.type.dtype) == ("float32", "float64")
    (only,) = Rop([x * 2], [x], [t])
    np.testing.assert_equal(only.eval({x: [0.0], t: [3.0]}, on_unused_input="ignore"), [6.0])


def test_what_moves_may_lie_within_the_graph():
    x, t = pt.dscalar("x"), pt.dscalar("t")
    y = x**2
    for own in (False, True):
        found = pushforward([y**3, y], [x, y], [t, t], use_op_pushforward=own)
        cube, itself = lamina.function([x, t], found)(2.0, 5.0)
        moved = 2 * 2.0 * 5 + 5  # by x and by itself
        assert (float(cube), float(itself)) == (3 * 4.0**2 * moved, moved)


def test_the_tangent_of_a_complex_function_is_its_derivative():
    z, t = pt.zscalar("z"), pt.zscalar("t")
    for own in (False, True):
        found = pushforward([z**2, pt.abs(z)], z, t, use_op_pushforward=own)
        square, length = lamina.function([z, t], found)(3 + 4j, 1 + 2j)
        np.testing.assert_allclose(square, 2 * (3 + 4j) * (1 + 2j), rtol=1e-13)
        # d|z| = Re(conj(z) dz) / |z|
        np.testing.assert_allclose(length, ((3 - 4j) * (1 + 2j)).real / 5, rtol=1e-13)


def test_an_output_that_does_not_move_is_an_error_a_warning_or_zero():
    x, y, t = pt.dvector("x"), pt.dvector("y"), pt.dvector("t")
    for still in (y * 2, disconnected_grad(x)):
        for own in (False, True):
            with pytest.raises(DisconnectedInputError):
                Rop(still, x, t, use_op_rop_implementation=own)
            with pytest.warns(UserWarning, match="does not depend"):
                Rop(still, x, t, disconnected_outputs="warn", use_op_rop_implementation=own)
            options = {"disconnected_outputs": "ignore", "use_op_rop_implementation": own}
            zero = Rop(still, x, t, **options)
            np.testing.assert_equal(
                zero.eval({still.owner.inputs[0]: [1.0, 2.0]}, on_unused_input="ignore"), [0, 0]
            )
            assert Rop(still, x, t, return_disconnected="none", **options) is None
            none = Rop(still, x, t, return_disconnected="disconnected", **options)
            assert isinstance(none.type, DisconnectedType)


def test_the_tangent_of_an_integer_is_zero():
    x, t = pt.dvector("x"), pt.dvector("t")
    for own in (False, True):
        zero = pushforward(pt.argsort(x), x, t, "ignore", use_op_pushforward=own)
        assert zero.type.dtype == lamina.config.floatX
        np.testing.assert_equal(zero.eval({x: [1.0, 2.0]}, on_unused_input="ignore"), [0, 0])


def test_an_undefined_derivative_is_an_error():
    x, t = pt.dscalar("x"), pt.dscalar("t")
    for own in (False, True):
        with pytest.raises(NullTypeGradError, match="undefined_grad was applied"):
            pushforward(undefined_grad(x) * 2, x, t, use_op_pushforward=own)


def test_a_wrong_tangent_is_refused():
    x, t = pt.dvector("x"), pt.dmatrix("t")
    with pytest.raises(ValueError, match="The tangent of x"):
        pushforward(x * 2, x, t)
    with pytest.raises(ValueError, match="1 variables need as many tangents, got 2"):
        pushforward(x * 2, x, [x, x])
    with pytest.raises(ValueError, match="disconnected_outputs must be one of"):
        pushforward(x * 2, x, x, disconnected_outputs="never")


class Cube(Op):
    """x cubed, in Python."""

    __props__ = ()
    itypes = [pt.dscalar]
    otypes = [pt.dscalar]

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.asarray(inputs[0] ** 3)


class WithGrad(Cube):
    def grad(self, inputs, output_grads):
        return [output_grads[0] * 3 * inputs[0] ** 2]


class WithPullback(Cube):
    def pullback(self, inputs, outputs, cotangents):
        return [cotangents[0] * 3 * inputs[0] ** 2]


class WithRop(WithGrad):
    def R_op(self, inputs, eval_points):
        return [eval_points[0] * 1000]


class WithPushforward(WithPullback):
    def pushforward(self, inputs, outputs, tangents):
        return [tangents[0] * 1000]


@pytest.mark.parametrize(
    "op, expected", [(WithGrad(), 24), (WithRop(), 2000), (WithPullback(), 24),
                     (WithPushforward(), 2000)]
)  # fmt: skip
def test_an_op_of_the_user_has_its_own_tangents_or_those_of_its_gradient(op, expected):
    x, t = pt.dscalar("x"), pt.dscalar("t")
    y = op(x) * 2
    tangents = [pushforward(y, x, t, use_op_pushforward=own) for own in (False, True)]
    f = lamina.function([x, t], [lamina.grad(y, x), *tangents], on_unused_input="ignore")
    np.testing.assert_allclose(f(2.0, 1.0), [24, 24, expected], rtol=1e-13)


def test_both_names_of_a_derivative_of_an_op_can_be_called():
    x, g = pt.dscalar("x"), pt.dscalar("g")
    for op in (WithGrad(), WithPullback()):
        y = op(x)
        for terms in (op.L_op([x], [y], [g]), op.pullback([x], [y], [g])):
            assert float(terms[0].eval({x: 2.0, g: 1.0})) == 12
    with pytest.raises(MethodNotDefined, match="R_op"):
        WithGrad().pushforward([x], [x], [g])


class WrongNumber(WithGrad):
    def R_op(self, inputs, eval_points):
        return []


def test_a_wrong_tangent_of_an_op_is_an_error_that_names_it():
    x, t = pt.dscalar("x"), pt.dscalar("t")
    with pytest.raises(ValueError, match="WrongNumber must give a tangent for each of its 1"):
        pushforward(WrongNumber()(x), x, t, use_op_pushforward=True)
    with pytest.raises(MethodNotDefined, match="Cube"):
        pushforward(Cube()(x), x, t)


class Halves(Op):
    """x and, independent of it, y."""

    __props__ = ()

    def make_node(self, x, y):
        return Apply(self, [x, y], [x.type(), y.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0], output_storage[1][0] = inputs

    def connection_pattern(self, node):
        return [[True, False], [False, True]]


def test_connections_of_a_whole_graph():
    x, y = pt.dscalars("x", "y")
    a, b = Halves()(pt.exp(x), y)
    assert io_connection_pattern([x, y], [a, b, a + b, x]) == [
        [True, False, True, True],
        [False, True, True, False],
    ]


def test_a_pullback_of_outputs_that_use_each_other_adds_both_ways():
    x, g, h = pt.dscalars("x", "g", "h")
    y = pt.exp(x)
    for f, expected in (([y, y**2], 5 + 7 * 2), ([y**2, y], 5 * 2 + 7), ([y, y], 5 + 7)):
        assert float(Lop(f, x, [g, h]).eval({x: 0.0, g: 5.0, h: 7.0})) == expected
