import pickle

import numpy as np
import pytest

import lamina.ir.operators as nd
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.composite import Composite
from lamina.ir.ops.constant import constant
from lamina.ir.ops.reduction import sum as sum_

SCALAR, VECTOR = TensorType("float64", ()), TensorType("float64", (None,))


def scalars(count, dtype="float64"):
    return [TensorType(dtype, ())() for _ in range(count)]


def perform(outputs, *arrays):
    node = outputs[0].owner
    storage = [[None] for _ in node.outputs]
    node.op.perform(node, arrays, storage)
    return [cell[0] for cell in storage]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (lambda i0, i1, i2: nd.exp(nd.sin(i0)), "exp(sin(i0))"),
        (lambda i0, i1, i2: (i2 / i1) + (i0 / i1), "((i2 / i1) + (i0 / i1))"),
        (lambda i0, i1, i2: i2 - i0 * i1, "(i2 - (i0 * i1))"),
        (lambda i0, i1, i2: -i0 * constant(2.0), "((-i0) * 2.0)"),
        (lambda i0, i1, i2: nd.switch(i0 > i1, i1, i2), "switch((i0 > i1), i1, i2)"),
        (lambda i0, i1, i2: nd.cast(i0, "int64"), "Cast{int64}(i0)"),
        (lambda i0, i1, i2: i1, "i1"),
    ],
)
def test_its_name_is_the_expression(expression, text):
    i = scalars(3)
    op = Composite(i, [expression(*i)])
    assert str(op) == repr(op) == f"Composite{{{text}}}"


def test_its_name_is_short_for_several_outputs_or_a_long_expression():
    (i,) = scalars(1)
    assert str(Composite([i], [nd.exp(i), nd.log(i)])) == "Composite{...}"
    chain = i
    for _ in range(50):
        chain = chain * chain
    assert str(Composite([i], [chain])) == "Composite{...}"


def test_its_variables_are_named_and_the_given_ones_left_alone():
    i, j = scalars(2)
    i.name = "mine"
    shared = i + j
    op = Composite([i, j], [nd.exp(shared), shared * nd.sin(j)])
    assert [v.name for v in op.inner_inputs] == ["i0", "i1"]
    assert [v.name for v in op.inner_outputs] == ["o0", "o1"]
    named = {str(n): n.outputs[0].name for n in op.fgraph.toposort()}
    assert named["Add(i0, i1)"] == "t2"
    assert named["Sin(i1)"] is None
    assert (i.name, j.name, shared.name) == ("mine", None, None)


def test_it_agrees_with_numpy_on_arrays():
    i, j, k = scalars(3)
    op = Composite([i, j, k], [nd.exp(i) * j - k, nd.cast(i > j, "int64")])
    a, b, c = np.random.default_rng(0).normal(size=(3, 4, 5))
    matrix = TensorType("float64", (None, None))
    first, second = perform(op(matrix(), matrix(), matrix()), a, b, c)
    np.testing.assert_array_equal(first, np.exp(a) * b - c)
    np.testing.assert_array_equal(second, (a > b).astype(np.int64))
    assert second.dtype == np.int64


def test_every_output_has_the_shape_of_all_inputs_together():
    i, j = scalars(2)
    outputs = Composite([i, j], [nd.exp(i), j, constant(np.float64(7)), i + j])(SCALAR(), VECTOR())
    assert [v.type for v in outputs] == [VECTOR] * 4
    values = perform(outputs, np.ones(1), np.arange(3.0))
    expected = [np.full(3, np.e), [0, 1, 2], [7, 7, 7], [1, 2, 3]]
    for value, wanted in zip(values, expected, strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-15)


def test_an_input_that_is_an_output_is_copied():
    (i,) = scalars(1)
    a = np.ones(3)
    (b,) = perform([Composite([i], [i])(VECTOR())], a)
    assert not np.shares_memory(a, b)


def test_a_length_that_is_1_by_chance_does_not_broadcast():
    i, j = scalars(2)
    y = Composite([i, j], [i + j])(VECTOR("a"), VECTOR("b"))
    with pytest.raises(ValueError, match=r"a \(1,\), b \(3,\)"):
        perform([y], np.ones(1), np.ones(3))


def test_wrong_operands_are_refused_when_the_graph_is_built():
    i, j = scalars(2)
    op = Composite([i, j], [i + j])
    with pytest.raises(TypeError, match="takes 2 operands, got 1"):
        op(VECTOR())
    with pytest.raises(TypeError, match="i1 is Scalar.float64, .* got n: Scalar.int64"):
        op(VECTOR(), TensorType("int64", ())("n"))
    with pytest.raises(ValueError, match="lengths 2 and 3"):
        op(TensorType("float64", (2,))(), TensorType("float64", (3,))())


def test_only_elementwise_ops_on_scalars_make_one():
    v, i = VECTOR("v"), SCALAR()
    with pytest.raises(TypeError, match="scalars, got v"):
        Composite([v], [nd.exp(v)])
    with pytest.raises(TypeError, match="elementwise ops, got Sum"):
        Composite([i], [sum_(i)])
    with pytest.raises(ValueError, match="needs an output"):
        Composite([i], [])


def test_equal_structure_makes_equal_ops():
    def build(function=nd.exp, value=2.0, destroy_map=None):
        i, j = scalars(2)
        return Composite([i, j], [function(i) * constant(value) + j], destroy_map)

    assert build() == build()
    assert hash(build()) == hash(build())
    others = build(nd.log), build(value=3.0), build(destroy_map={0: [1]}), nd.exp
    assert all(build() != other for other in others)
    assert build(destroy_map={0: [1]}).destroy_map == {0: [1]}


def test_it_is_pickled_with_its_graph():
    i, j = scalars(2)
    op = Composite([i, j], [i + j, nd.exp(i + j)], {0: [0]})
    copy = pickle.loads(pickle.dumps(op))
    assert copy == op and copy.fgraph is not op.fgraph
    assert [v.name for v in copy.inner_outputs] == ["o0", "o1"]
