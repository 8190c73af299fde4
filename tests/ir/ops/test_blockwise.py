"""Core ops along the leading dimensions of their operands."""

import pickle

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile import not_native
from lamina.gradient import grad, pushforward, verify_grad
from lamina.graph import Apply, Op, vectorize_graph
from lamina.ir.ops.contraction import Dot
from lamina.tensor.blockwise import Blockwise, vectorize_node_fallback
from lamina.tensor.linalg import Cholesky

RNG = np.random.default_rng(3)


class Scaled(Op):
    """The product of a vector with a number, and the sum of the vector; in Python."""

    __props__ = ()

    def make_node(self, x, a):
        x, a = pt.as_tensor(x), pt.as_tensor(a)
        return Apply(self, [x, a], [x.type(), pt.dscalar()])

    def perform(self, node, inputs, output_storage):
        x, a = inputs
        assert x.ndim == 1 and a.ndim == 0
        x *= 1  # operands are its own
        output_storage[0][0] = x * a
        output_storage[1][0] = np.asarray(x.sum())

    def L_op(self, inputs, outputs, output_grads):
        (x, a), (g, h) = inputs, output_grads
        terms = [pt.zeros_like(x), pt.zeros_like(a)]
        if not isinstance(g.type, lamina.gradient.DisconnectedType):
            terms = [g * a, (g * x).sum()]
        if not isinstance(h.type, lamina.gradient.DisconnectedType):
            terms[0] = terms[0] + h
        return terms

    def pushforward(self, inputs, outputs, tangents):
        (x, a), (dx, da) = inputs, tangents
        if isinstance(da.type, lamina.gradient.DisconnectedType):
            return [dx * a, dx.sum()]
        return [dx * a + x * da, dx.sum()]


class Lowered(Op):
    """x - min(x), with machine code; Python would be wrong."""

    __props__ = ()
    gufunc_signature = "(n)->(n)"

    def make_node(self, x):
        return Apply(self, [pt.as_tensor(x)], [pt.as_tensor(x).type()])

    def perform(self, node, inputs, output_storage):
        raise AssertionError("Python is not needed")

    def lowering(self, x):
        return x - x.min()


class FirstFew(Op):
    """As many elements as the first says."""

    gufunc_signature = "(n)->(m)"

    def make_node(self, x):
        return Apply(self, [pt.as_tensor(x)], [pt.dvector()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0][: int(inputs[0][0])]


SCALED = Blockwise(Scaled(), "(n),()->(n),()")


def test_an_op_of_python_is_applied_to_each_element_in_one_call():
    x, a = pt.dtensor3("x"), pt.dvector("a")
    y, s = SCALED(x, a)
    assert (y.type.ndim, s.type.ndim, s.type.dtype) == (3, 2, "float64")
    f = lamina.function([x, a], [y, s])
    for shape in ((2, 3, 4), (0, 3, 4), (2, 3, 0)):
        xv, av = RNG.normal(size=shape), RNG.normal(size=3)
        not_native.callbacks.clear()
        found = f(xv, av)
        np.testing.assert_allclose(found[0], xv * av[:, None], rtol=1e-14)
        np.testing.assert_allclose(found[1], xv.sum(-1), rtol=1e-14, atol=1e-14)
        assert list(not_native.callbacks.values()) == [1]


def test_its_gradient_is_that_of_each_element():
    x, a = RNG.normal(size=(3, 4)), RNG.normal(size=3)
    verify_grad(lambda x, a: SCALED(x, a)[0] * SCALED(x, a)[1][..., None], [x, a])
    verify_grad(lambda x, a: SCALED(x, a)[0], [x[0], a])  # the vector is broadcast
    verify_grad(lambda x: SCALED(x, 2.0)[1], [x])


def test_its_own_tangents_are_those_of_each_element():
    x, a, t = pt.dmatrix("x"), pt.dvector("a"), pt.dmatrix("t")
    y, s = SCALED(x, a)
    tangents = [
        pushforward([y, s], [x, a], [t, a], use_op_pushforward=own) for own in (False, True)
    ]
    f = lamina.function([x, a, t], [v for pair in tangents for v in pair])
    xv, tv, av = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4)), RNG.normal(size=3)
    expected = [tv * av[:, None] + xv * av[:, None], tv.sum(1)]
    for found, wanted in zip(f(xv, av, tv), expected * 2, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-13)


def test_what_is_known_of_a_core_op_makes_machine_code():
    x, stack = pt.dmatrix("x"), pt.dtensor3("stack")
    outputs = [Blockwise(Lowered())(x), Blockwise(Cholesky())(stack), Blockwise(Dot())(x, x.T)]
    f = lamina.function([x, stack], outputs)
    not_native.callbacks.clear()
    xv = RNG.normal(size=(2, 3))
    matrices = np.array([np.eye(2) * 4, np.eye(2) * 9])
    found = f(xv, matrices)
    np.testing.assert_allclose(found[0], xv - xv.min(1, keepdims=True), rtol=1e-14)
    np.testing.assert_allclose(found[1], np.linalg.cholesky(matrices), rtol=1e-14)
    np.testing.assert_allclose(found[2], xv @ xv.T, rtol=1e-14)
    assert not not_native.callbacks


def test_a_batch_may_be_vectorized_again_and_stay_in_a_loop():
    x, xs, a = pt.dvector("x"), pt.dtensor3("xs"), pt.dscalar("a")
    y = vectorize_graph(vectorize_graph(Scaled()(x, a)[0], {x: (m := pt.dmatrix("m"))}), {m: xs})
    looped = lamina.map(lambda row: SCALED(row, a)[1], xs)
    looped = looped[0] if isinstance(looped, (list, tuple)) else looped
    values = {xs: RNG.normal(size=(2, 3, 4)), a: 3.0}
    np.testing.assert_allclose(y.eval(values), 3 * values[xs], rtol=1e-14)
    np.testing.assert_allclose(looped.eval(values), values[xs].sum(-1), rtol=1e-14)


def test_only_a_static_length_of_1_broadcasts():
    x, a = pt.dmatrix("x"), pt.dvector("a")
    y = SCALED(x, a)[0]
    for mode in ("FAST_RUN", "NUMPY"):
        with pytest.raises(ValueError, match="statically 1"):
            y.eval({x: np.ones((3, 2)), a: [1.0]}, mode=mode)
    fixed = SCALED(x, pt.specify_shape(a, (1,)))[0]
    np.testing.assert_equal(fixed.eval({x: np.ones((3, 2)), a: [5.0]}), np.full((3, 2), 5.0))


def test_what_does_not_fit_the_signature_is_refused():
    x = pt.dmatrix("x")
    with pytest.raises(ValueError, match="needs a signature"):
        Blockwise(Scaled())
    with pytest.raises(TypeError, match="takes 2 operands, got 1"):
        SCALED(x)
    with pytest.raises(ValueError, match="operand 0 must have 1 core dimensions"):
        SCALED(2.0, x)
    with pytest.raises(TypeError, match="the core op takes operands and makes results of ranks"):
        Blockwise(Scaled(), "(n),()->(n),(n)")(x, 1.0)
    with pytest.raises(ValueError, match="dimension n has lengths 2 and 3"):
        Blockwise(Scaled(), "(n),(n)->(n),()")(np.ones(2), np.ones(3))


def test_elements_of_different_shapes_are_an_error():
    x = pt.dmatrix("x")
    f = lamina.function([x], Blockwise(FirstFew())(x))
    np.testing.assert_equal(f([[1.0, 2.0], [1.0, 4.0]]), [[1.0], [1.0]])
    with pytest.raises(ValueError, match="different elements of a batch"):
        f([[1.0, 2.0], [2.0, 4.0]])


def test_equal_core_ops_and_signatures_are_equal_and_can_be_pickled():
    assert SCALED == Blockwise(Scaled(), "(n),()->(n),()") != Blockwise(Scaled(), "(n),(k)->(n),()")
    assert pickle.loads(pickle.dumps(SCALED)) == SCALED
    assert str(SCALED) == "Blockwise{Scaled, (n),()->(n),()}"
    x, xs = pt.dvector("x"), pt.dmatrix("xs")
    node = vectorize_node_fallback(Lowered(), Lowered()(x).owner, xs)
    assert node.op == Blockwise(Lowered(), "(i00)->(o00)")


def test_a_gradient_of_a_core_op_that_is_a_routine_goes_through_it():
    stack = pt.dtensor3("stack")
    cost = Blockwise(Cholesky())(stack).sum()
    matrices = np.array([np.eye(2) * 4, np.eye(2) * 9])
    found = grad(cost, stack).eval({stack: matrices})
    expected = grad(pt.linalg.cholesky(stack).sum(), stack).eval({stack: matrices})
    np.testing.assert_allclose(found, expected, rtol=1e-14)
