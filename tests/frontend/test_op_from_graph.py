"""Graphs as ops."""

import pickle

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile import not_native
from lamina.compile.builders import OpFromGraph
from lamina.compile.fingerprint import fingerprint
from lamina.gradient import (
    DisconnectedInputError,
    DisconnectedType,
    NullTypeGradError,
    disconnected_grad,
    grad,
    hessian,
    hessian_vector_product,
    jacobian,
    pushforward,
    verify_grad,
)
from lamina.graph import graph_replace, rewrite_graph, vectorize_graph
from lamina.graph.basic import equal_computations
from lamina.graph.null_type import NullType
from lamina.graph.op import HasInnerGraph, Op
from lamina.graph.utils import MissingInputError
from lamina.ifelse import ifelse

RNG = np.random.default_rng(11)


def two_outputs(**options):
    x, w = pt.dvector("x"), pt.dmatrix("w")
    return OpFromGraph([x, w], [w @ x, pt.tanh(x) * 2], **options)


class InPython(Op):
    """2 x."""

    __props__ = ()
    itypes = [pt.dvector]
    otypes = [pt.dvector]

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = 2 * inputs[0]


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])
def test_it_computes_its_graph(mode, inline):
    x, w = pt.dvector("x"), pt.dmatrix("w")
    op = two_outputs(inline=inline)
    a, b = op(x, w)
    c, d = op(b, w * 2)
    f = lamina.function([x, w], [a, b, c, d], mode=mode)
    not_native.callbacks.clear()
    not_native.interpreted.clear()
    xv, wv = RNG.normal(size=3), RNG.normal(size=(2, 3))
    b_value = 2 * np.tanh(xv)
    expected = [wv @ xv, b_value, 2 * wv @ b_value, 2 * np.tanh(b_value)]
    for found, wanted in zip(f(xv, wv), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-13)
    assert isinstance(op, HasInnerGraph) and not not_native.callbacks
    assert not not_native.interpreted


def test_its_gradient_is_that_of_the_graph_in_an_op_of_its_own():
    op = two_outputs(name="layer")
    verify_grad(lambda x, w: op(x, w)[0], [RNG.normal(size=3), RNG.normal(size=(2, 3))])
    verify_grad(lambda x, w: op(x, w)[1], [RNG.normal(size=3), RNG.normal(size=(2, 3))])
    verify_grad(lambda x, w: op(x, w)[0].sum() * op(x, w)[1], [np.ones(3), np.ones((2, 3))])
    x, w = pt.dvector("x"), pt.dmatrix("w")
    first = grad(op(x, w)[0].sum(), x)
    assert str(first.owner.op) == "layer_pullback{inline=False}"
    second = grad(op(x, w)[1].sum(), x)
    found = grad(second.sum(), x).eval({x: [0.5], w: [[1.0]]})
    np.testing.assert_allclose(found, [-4 * np.tanh(0.5) / np.cosh(0.5) ** 2], rtol=1e-13)


def test_an_output_made_of_another_has_both_gradients():
    x = pt.dscalar("x")
    y = pt.exp(x)
    a, b, c = OpFromGraph([x], [y, y**2, y])(x)
    assert float(grad(a + b + c, x).eval({x: 0.0})) == 1 + 2 + 1


def test_tangents_go_through_it():
    op = two_outputs()
    x, w, t = pt.dvector("x"), pt.dmatrix("w"), pt.dvector("t")
    y = op(x, w)
    pairs = [pushforward(y, x, t, use_op_pushforward=own) for own in (False, True)]
    f = lamina.function([x, w, t], [v for pair in pairs for v in pair])
    xv, wv, tv = RNG.normal(size=3), RNG.normal(size=(2, 3)), RNG.normal(size=3)
    expected = [wv @ tv, 2 * tv / np.cosh(xv) ** 2]
    for found, wanted in zip(f(xv, wv, tv), expected * 2, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-13)
    first, none = op.R_op([x, w], [t, None])
    assert first.type.ndim == 1 and none.type.ndim == 1


def test_shared_variables_of_the_graph_become_operands():
    x, s = pt.dscalar("x"), lamina.shared(np.array(2.0), name="s")
    op = OpFromGraph([x], [x * s])
    y = op(x)
    assert (op.shared_inputs, y.owner.inputs) == ([s], [x, s])
    f = lamina.function([x], [y, *grad(y, [x, s])], updates={s: s + 1})
    np.testing.assert_equal(f(3.0), [6, 2, 3])
    np.testing.assert_equal(f(3.0), [9, 3, 3])
    assert graph_replace(y, {s: x}).eval({x: 5.0}) == 25
    with pytest.raises(ValueError, match="strict=True"):
        OpFromGraph([x], [x * s], strict=True)


def test_random_draws_loops_ops_of_python_and_other_graphs_may_be_in_it():
    x, xs = pt.dvector("x"), pt.dmatrix("xs")
    rng = pt.random.shared_rng(7)
    next_rng, u = rng.uniform(size=(2,))
    looped = lamina.scan(lambda v, total: total + v, sequences=x, outputs_info=pt.constant(0.0))
    total = looped[0] if isinstance(looped, (list, tuple)) else looped
    inner = OpFromGraph([x], [InPython()(x) + 1])
    op = OpFromGraph([x], [inner(x).sum() + total[-1], u, next_rng])
    a, b, _ = op(x)
    again = op(x * 2)[0]
    f = lamina.function([x], [a, b, again])
    not_native.callbacks.clear()
    found = f([1.0, 2.0])
    assert (found[0], found[2]) == (6 + 2 + 3, 12 + 2 + 6)
    assert not_native.callbacks == {"InPython": 2}
    np.testing.assert_equal(found[1], np.random.default_rng(7).uniform(size=2))
    batched = vectorize_graph(inner(x), {x: xs})
    np.testing.assert_equal(batched.eval({xs: [[1.0], [2.0]]}), [[3.0], [5.0]])


def test_it_works_in_a_loop():
    x, xs = pt.dscalar("x"), pt.dvector("xs")
    op = OpFromGraph([x], [x**2])
    y = lamina.map(lambda v: op(v) + 1, xs)
    y = y[0] if isinstance(y, (list, tuple)) else y
    f = lamina.function([xs], [y, grad(y.sum(), xs)])
    np.testing.assert_equal(f([1.0, 3.0]), [[2, 10], [2, 6]])


COMPOSITIONS = {
    "gradient": lambda c, x, w, xs: grad(c, [x, w]),
    "hessian": lambda c, x, w, xs: [hessian(c, x), hessian(c, w)],
    "hessian by vector": lambda c, x, w, xs: [hessian_vector_product(c, x, x * 0 + 1)],
    "jacobian of the gradient": lambda c, x, w, xs: [jacobian(grad(c, x), w)],
    "tangent of the gradient": lambda c, x, w, xs: [
        pushforward(grad(c, x), x, x * 2, use_op_pushforward=own) for own in (False, True)
    ],
    "batch of gradients": lambda c, x, w, xs: [vectorize_graph(grad(c, x), {x: xs})],
    "gradient of a batch": lambda c, x, w, xs: [grad(vectorize_graph(c, {x: xs}).sum(), xs)],
    "rewritten": lambda c, x, w, xs: [rewrite_graph(grad(c, x), include=("fast_run",))],
    "replaced": lambda c, x, w, xs: [graph_replace(grad(c, w), {x: x * 2})],
    "branch": lambda c, x, w, xs: [grad(ifelse(x[0] > 0, c, x.sum()), x)],
}  # fmt: skip


@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_what_is_made_of_it_agrees_with_what_is_made_of_the_graph(composition):
    x, w, xs = pt.dvector("x"), pt.dmatrix("w"), pt.dmatrix("xs")
    a, b = two_outputs()(x, w)
    cost, plain = (a**2).sum() * b.sum(), ((w @ x) ** 2).sum() * (pt.tanh(x) * 2).sum()
    results = [COMPOSITIONS[composition](c, x, w, xs) for c in (cost, plain)]
    f = lamina.function([x, w, xs], results[0] + results[1], on_unused_input="ignore")
    values = f([0.3, -0.4], [[1.0, 2.0], [0.5, -1.0]], [[0.1, 0.2], [-1.0, 2.0], [0.7, 0.5]])
    n = len(results[0])
    for found, expected in zip(values[:n], values[n:], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-13)


def test_lengths_that_operands_know_are_known_of_results_and_may_broadcast():
    x, y = pt.dvectors("x", "y")
    op = OpFromGraph([x, y], [x + y, pt.outer(x, y)])
    a, b = op(pt.dvector("a", shape=(3,)), pt.dvector("b", shape=(1,)))
    assert (a.type.shape, b.type.shape) == ((3,), (3, 1))
    u, v = pt.dvectors("u", "v")
    for mode in ("FAST_RUN", "NUMPY"):
        column = pt.specify_shape(v, (1,))
        found = op(u, column)[0].eval({u: [1.0, 2.0], v: [3.0]}, mode=mode)
        np.testing.assert_equal(found, [4.0, 5.0])
        with pytest.raises(ValueError, match="statically 1"):
            op(u, v)[0].eval({u: [1.0, 2.0], v: [3.0]}, mode=mode)


def rescaled(inputs, outputs, cotangents):
    x, y = inputs
    (g,) = cotangents
    return [g * y * 10, g * x * 100]


def second_rescaled(inputs, outputs, cotangents):
    return cotangents[0] * inputs[0] * 100


def of_inputs(inputs, cotangents):
    return [cotangents[0] * inputs[1] * 10, cotangents[0] * inputs[0] * 100]


def as_op():
    x, y, z, g = pt.dscalars("x", "y", "z", "g")
    return OpFromGraph([x, y, z, g], [g * y * 10, g * x * 100])


@pytest.mark.parametrize(
    "override, expected",
    [
        ({"pullback": rescaled}, [30, 200]),
        ({"lop_overrides": rescaled}, [30, 200]),
        ({"grad_overrides": of_inputs}, [30, 200]),
        ({"lop_overrides": [None, second_rescaled]}, [3, 200]),
        ({"lop_overrides": ["default", second_rescaled]}, [3, 200]),
        ({"lop_overrides": as_op()}, [30, 200]),
        ({"pullback": [DisconnectedType(), None]}, [0, 2]),
        ({"pullback": None}, [3, 2]),
    ],
)
def test_a_gradient_can_be_another_than_that_of_the_graph(override, expected):
    x, y = pt.dscalars("x", "y")
    op = OpFromGraph([x, y], [x * y], **override)
    grads = grad(op(x, y), [x, y], disconnected_inputs="ignore")
    np.testing.assert_equal(lamina.function([x, y], grads)(2.0, 3.0), expected)
    # the same for each element of a batch
    xs = pt.dvector("xs")
    z = vectorize_graph(op(x, y), {x: xs})
    batched = grad(z.sum(), [xs, y], disconnected_inputs="ignore")
    found = lamina.function([xs, y], batched)([2.0, 2.0], 3.0)
    np.testing.assert_equal(found[0], [expected[0]] * 2)
    assert found[1] == 2 * expected[1]


def test_a_gradient_can_be_declared_not_to_be():
    x, y = pt.dscalars("x", "y")
    op = OpFromGraph([x, y], [x * y], pullback=[None, NullType("too hard")])
    assert float(grad(op(x, y), x).eval({x: 2.0, y: 3.0})) == 3
    with pytest.raises(NullTypeGradError, match="too hard"):
        grad(op(x, y), y)
    op = OpFromGraph([x, y], [x * y], lop_overrides=DisconnectedType())
    with pytest.raises(DisconnectedInputError):
        grad(op(x, y), y)


def test_tangents_can_be_others_than_those_of_the_graph():
    x, y, t = pt.dscalars("x", "y", "t")
    given = []

    def old(inputs, eval_points):
        given.extend(eval_points)
        return [eval_points[0] * 7]

    for options in (
        {"rop_overrides": old},
        {"rop_overrides": [lambda inputs, points: points[0] * 7]},
        {"pushforward": lambda inputs, outputs, tangents: [tangents[0] * 7 + tangents[1]]},
    ):
        op = OpFromGraph([x, y], [x * y], **options)
        found = pushforward(op(x, y), x, t, use_op_pushforward=True)
        f = lamina.function([x, y, t], found, on_unused_input="ignore")
        assert float(f(1.0, 3.0, 2.0)) == 14
    assert given[1] is None
    assert float(pushforward(op(x, y), x, t).eval({x: 1.0, y: 3.0, t: 2.0})) == 6


def test_an_override_that_does_not_fit_is_refused():
    x, y = pt.dscalars("x", "y")
    with pytest.raises(ValueError, match="pullback and lop_overrides cannot be given together"):
        OpFromGraph([x, y], [x * y], pullback=rescaled, lop_overrides=rescaled)
    with pytest.raises(ValueError, match="needs 2 entries, got 3"):
        OpFromGraph([x, y], [x * y], pullback=[None] * 2 + [rescaled])
    with pytest.raises(TypeError, match="3 is no function"):
        OpFromGraph([x, y], [x * y], pullback=3)
    op = OpFromGraph([x, y], [x * y], pullback=lambda inputs, outputs, cotangents: inputs[:1])
    with pytest.raises(ValueError, match="must return 2 variables, got 1"):
        grad(op(x, y), x)


def test_what_is_connected_follows_from_the_graph_unless_it_is_stated():
    x, y = pt.dscalars("x", "y")
    outputs = [x + disconnected_grad(y), y * 2]
    op = OpFromGraph([x, y], outputs)
    assert op.connection_pattern() == [[True, False], [False, True]]
    stated = [[True, True], [False, True]]
    assert OpFromGraph([x, y], outputs, connection_pattern=stated).connection_pattern() == stated
    with pytest.raises(DisconnectedInputError):
        grad(op(x, y)[0], y)


def test_equal_graphs_make_equal_ops():
    op, same = two_outputs(), two_outputs()
    assert op == same and hash(op) == hash(same) and op == op.clone()
    assert op != two_outputs(inline=True) and op != two_outputs(pullback=rescaled)
    x = pt.dscalar("x")
    assert OpFromGraph([x], [x + 1]) != OpFromGraph([x], [x + 2])
    v, w = pt.dvector("v"), pt.dmatrix("w")
    assert equal_computations(op(v, w), same(v, w))


def test_it_can_be_pickled():
    op = two_outputs(lop_overrides=[None, None])
    x, w = pt.dvector("x"), pt.dmatrix("w")
    grad(op(x, w)[0].sum(), x)
    assert pickle.loads(pickle.dumps(op)) == op
    y = pickle.loads(pickle.dumps(op(x, w)[1]))
    found = y.eval({"x": [0.5], "w": [[1.0]]})
    np.testing.assert_allclose(found, 2 * np.tanh([0.5]), rtol=1e-14)


def test_equal_graphs_have_one_entry_in_the_disk_cache():
    def key(op):
        v, w = pt.dvector("v"), pt.dmatrix("w")
        f = lamina.function([v, w], list(op(v, w)), on_unused_input="ignore")
        return fingerprint(f._executable.graph, f._executable.request)

    x, w = pt.dvector("x"), pt.dmatrix("w")
    keys = [key(two_outputs()), key(two_outputs()), key(OpFromGraph([x, w], [w @ x, x]))]
    assert keys[0] == keys[1] != keys[2] and None not in keys
    assert key(OpFromGraph([x, w], [InPython()(x), w])) is None


def test_rewrites_see_the_graph_only_if_it_is_inline():
    x, w = pt.dvector("x"), pt.dmatrix("w")
    for inline in (False, True):
        y = rewrite_graph(two_outputs(inline=inline)(x, w)[1], include=["canonicalize"])
        assert ("OpFromGraph" in y.dprint(file="str")) is not inline
        f = lamina.function([x, w], y, on_unused_input="ignore")
        np.testing.assert_allclose(f([0.5], [[1.0]]), 2 * np.tanh([0.5]), rtol=1e-14)


def test_it_is_printed_with_its_graph(capsys):
    x, y = pt.dscalars("x", "y")
    OpFromGraph([x, y], [x + y], name="plus")(x, y).dprint()
    assert (
        capsys.readouterr().out
        == """\
plus{inline=False} [id A]
 ├─ x [id B]
 └─ y [id C]

Inner graphs:

plus{inline=False} [id A]
 ← Add [id D]
    ├─ *0-<Scalar(float64, shape=())> [id E] -> [id B]
    └─ *1-<Scalar(float64, shape=())> [id F] -> [id C]
"""
    )


def test_a_wrong_graph_or_operand_is_refused():
    x, y = pt.dscalars("x", "y")
    for inputs, outputs in (([x], x + 1), (x, [x + 1]), ([1], [x]), ([x], [1])):
        with pytest.raises(TypeError, match="OpFromGraph must be"):
            OpFromGraph(inputs, outputs)
    with pytest.raises(TypeError, match="takes no updates"):
        OpFromGraph([x], [x + 1], updates={})
    with pytest.raises(TypeError, match="cannot be the value"):
        OpFromGraph([x, pt.constant(1.0)], [x])
    with pytest.raises(ValueError, match="different variables"):
        OpFromGraph([x, x], [x])
    with pytest.raises(MissingInputError, match="y"):
        OpFromGraph([x], [x + y])
    op = OpFromGraph([x], [x + 1])
    with pytest.raises(ValueError, match="expects 1 inputs, got 2"):
        op(x, y)
    with pytest.raises(TypeError, match="Cannot convert"):
        op(pt.dvector("v"))


def test_an_error_in_it_tells_the_line_of_the_user():
    x, y = pt.dvectors("x", "y")
    op = OpFromGraph([x, y], [x * y])  # this line
    for mode in ("FAST_RUN", "NUMPY"):
        f = lamina.function([x, y], op(x, y), mode=mode)
        with pytest.raises(ValueError, match="lengths|differ"):
            f([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="# this line"):
        lamina.function([x, y], op(x, y))([1.0, 2.0], [1.0, 2.0, 3.0])
