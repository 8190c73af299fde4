import numpy as np
import pytest

import lamina.tensor as pt
from lamina.gradient import grad
from lamina.graph import rewrite_graph
from lamina.graph.basic import Apply, equal_computations
from lamina.graph.op import Op
from lamina.graph.replace import vectorize_graph
from lamina.graph.vectorize import _vectorize_node
from lamina.ir.graph.traversal import toposort
from lamina.tensor.type_other import make_slice
from tests.evaluate import evaluate

RNG = np.random.default_rng(5)


def test_the_vectorized_graph_of_the_reference_is_the_one_there():
    x, x_vec = pt.dscalar("x"), pt.tensor("x_vec", shape=(None,))
    y_vec = vectorize_graph(pt.log(1 + x), {x: x_vec})
    assert equal_computations([y_vec], [pt.log(1 + x_vec)])
    assert str(y_vec.type) == "Vector(float64, shape=(?,))"


# From a vector x of length 4 and a matrix w of shape (3, 4).
CASES = {
    "elementwise": lambda x, w: pt.exp(x) * 2 + w[0],
    "elementwise with broadcasting": lambda x, w: x[:, None] * x[None, :] + w.max(),
    "comparison": lambda x, w: pt.switch(x > 0, x, w[1]),
    "dimshuffle": lambda x, w: w.T[:, None, :],
    "sum of all": lambda x, w: w.sum() * x.sum(),
    "sums": lambda x, w: w.sum(0) + w.sum(1, keepdims=True),
    "other reductions": lambda x, w: w.max(1) + w.prod(1) + pt.all(w > -9, 1),
    "mean and variance": lambda x, w: w.mean(0) + w.var(1).sum() + x.std(),
    "logsumexp": lambda x, w: pt.logsumexp(w, axis=1),
    "argmax": lambda x, w: pt.argmax(w, 1) + pt.argmin(w) + pt.argmax(x),
    "reshape": lambda x, w: w.reshape((2, -1)) + w.flatten()[:6],
    "matrix product": lambda x, w: w @ w.T,
    "matrix by vector": lambda x, w: w @ x,
    "vector by vector": lambda x, w: x @ x,
    "indexing": lambda x, w: w[1:, ::-1][0] + w[-1, 0],
    "set": lambda x, w: w[0].set(x),
    "set a number": lambda x, w: w[:, 1].set(7.0),
    "set a broadcast": lambda x, w: w[:, 1:3].set(x[0]),
    "increment": lambda x, w: pt.zeros((3, 4))[1:].inc(x),
    "join": lambda x, w: pt.concatenate([w, x[None], pt.ones((1, 4))]),
    "join of columns": lambda x, w: pt.concatenate([w, w], axis=1),
    "stack of scalars": lambda x, w: pt.stack([x[0], w[0, 0], 3.0]),
    "broadcast": lambda x, w: pt.broadcast_to(x, (2, 4)),
    "specified shape": lambda x, w: pt.specify_shape(w, (3, None)) * 2,
    "lengths": lambda x, w: x * w.shape[0] + x.shape,
    "gradient": lambda x, w: grad((pt.tanh(w @ x) ** 2).sum(), w),
}  # fmt: skip


@pytest.mark.parametrize("batched", ["x", "w", "both"])
@pytest.mark.parametrize("case", CASES)
def test_a_vectorized_graph_is_the_graph_for_each_element(case, batched):
    x, w = pt.vector("x"), pt.matrix("w")
    xs = pt.tensor3("xs")
    # batches of 2 by 5 for x, and of 1 by 5 for w
    ws = pt.tensor("ws", shape=(1, None, None, None))
    values = {x: RNG.normal(size=4), w: RNG.normal(size=(3, 4))}
    batches = {xs: RNG.normal(size=(2, 5, 4)), ws: RNG.normal(size=(1, 5, 3, 4))}
    replace = {"x": {x: xs}, "w": {w: ws}, "both": {x: xs, w: ws}}[batched]
    y = CASES[case](x, w)
    result = vectorize_graph(y, replace)
    actual = evaluate(result, {**values, **batches})
    lead = (1, 5) if batched == "w" else (2, 5)
    expected = np.array([
        [
            evaluate(y, {
                x: batches[xs][i, j] if x in replace else values[x],
                w: batches[ws][0, j] if w in replace else values[w],
            })
            for j in range(5)
        ]
        for i in range(lead[0])
    ])  # fmt: skip
    if result.type.ndim == y.type.ndim:  # does not depend on the batch
        expected = expected[0, 0]
    elif result.type.ndim == y.type.ndim + 2 and actual.shape[0] != lead[0]:
        expected = expected[:1]
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-14)
    assert actual.dtype == expected.dtype


def test_several_outputs_and_those_that_do_not_depend_on_the_batch():
    x, y, xs = pt.scalar("x"), pt.scalar("y"), pt.vector("xs")
    independent = pt.exp(y)
    a, b = vectorize_graph([x + y, independent], {x: xs})
    assert (a.type.ndim, b) == (1, independent)


def test_a_variable_of_another_dtype_or_lower_rank_is_no_batch():
    x = pt.vector("x")
    for wrong in (pt.matrix("m", dtype="float32"), pt.scalar("s")):
        with pytest.raises(TypeError, match="is no batch of x"):
            vectorize_graph(pt.exp(x), {x: wrong})


class Reverse(Op):
    def make_node(self, x):
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0][..., ::-1].copy()


class RowReverse(Reverse):
    pass


@_vectorize_node.register
def _row_reverse(op: RowReverse, node, x):
    return op.make_node(x)


def test_an_op_of_which_nothing_is_known_is_applied_to_each_element():
    x, xs = pt.vector("x"), pt.matrix("xs")
    y = vectorize_graph(Reverse()(x) * 2, {x: xs})
    assert [str(node.op) for node in toposort([y])][0] == "Blockwise{Reverse, (i00)->(o00)}"
    np.testing.assert_equal(evaluate(y, {xs: [[1, 2], [3, 4]]}), [[4, 2], [8, 6]])


def test_an_op_that_is_not_about_arrays_alone_is_an_error_with_its_line():
    n, ns = pt.lscalar("n"), pt.lvector("ns")
    y = make_slice(n, None)
    with pytest.raises(NotImplementedError, match=r"MakeSlice.*`y = make_slice\(n, None\)`"):
        vectorize_graph(y, {n: ns})


def test_a_user_can_say_how_an_op_is_vectorized():
    x, xs = pt.vector("x"), pt.matrix("xs")
    y = vectorize_graph(RowReverse()(x) * 2, {x: xs})
    np.testing.assert_equal(evaluate(y, {xs: [[1, 2], [3, 4]]}), [[4, 2], [8, 6]])


def test_batched_lengths_and_indices_are_refused():
    n, ns, x = pt.lscalar("n"), pt.lvector("ns"), pt.vector("x")
    for y in (x[n], x[:n], pt.broadcast_to(x[0], (n,)), x.reshape((n, -1))):
        with pytest.raises(NotImplementedError, match="cannot be vectorized over operand"):
            vectorize_graph(y, {n: ns})


def test_vectorizing_goes_through_a_chain_of_20000_ops():
    x, xs = pt.scalar("x"), pt.vector("xs")
    y = x
    for _ in range(20_000):
        y = -y
    np.testing.assert_equal(evaluate(vectorize_graph(y, {x: xs}), {xs: [1, 2]}), [1, 2])


def test_a_replacement_of_the_same_rank_is_plain_replacement():
    x, y = pt.vector("x"), pt.tensor("y", shape=(3,))
    assert vectorize_graph(pt.exp(x), {x: y}).type.shape == (3,)


@pytest.mark.parametrize("scale", [1.0, -2.0])
def test_products_that_rewrites_have_made_of_matrices_take_batches(scale):
    a, b, c, x = pt.dmatrices("a", "b", "c") + [pt.dvector("x")]
    plain = [c - scale * (a.T @ b), a @ b.T, c[0] + scale * (a.T @ x), (b * scale) @ c[0]]
    chosen = rewrite_graph(plain, include=("fast_run",))
    ops = {type(v.owner.op).__name__ for v in chosen}
    assert ops == {"Gemm", "Gemv"}
    batches = {v: pt.tensor(v.name, shape=(None,) * (v.type.ndim + 1)) for v in (a, b, x)}
    numbers = np.random.default_rng(3)
    values = {v: numbers.normal(size=(2, *[3] * (v.type.ndim - 1))) for v in batches.values()}
    values[c] = numbers.normal(size=(3, 3))
    found, expected = (vectorize_graph(form, batches) for form in (chosen, plain))
    for y, wanted in zip(evaluate(found, values), evaluate(expected, values), strict=True):
        np.testing.assert_allclose(y, wanted, rtol=1e-12)
