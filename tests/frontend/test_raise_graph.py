"""Compiled functions as graphs: fused kernels as Composite, reused buffers as destroy maps."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.interpreter import Interpreter
from lamina.ir.ops.composite import Composite
from lamina.ir.ops.elementwise import Elemwise


def graph(inputs, outputs, **kwargs):
    return lamina.function(inputs, outputs, **kwargs).maker.fgraph


def ops(fgraph):
    return [str(node.op) for node in fgraph.toposort()]


def test_a_kernel_of_several_ops_is_a_composite():
    x = pt.dvector("x")
    fgraph = graph([x], pt.exp(pt.sin(x)))
    assert ops(fgraph) == ["Composite{exp(sin(i0))}"]


def test_a_kernel_of_one_op_is_that_op():
    x, y = pt.dvector("x"), pt.dvector("y")
    assert ops(graph([x], pt.exp(x))) == ["Exp"]
    fgraph = graph([x, y], y - x)
    assert ops(fgraph) == ["Sub"]
    assert [v.name for v in fgraph.outputs[0].owner.inputs] == ["y", "x"]


def test_numbers_are_computed_outside_of_kernels():
    a, x = pt.dscalar("a"), pt.dvector("x")
    assert ops(graph([a, x], x * pt.exp(a)))[0] == "Exp"


def test_an_operand_that_is_summed_as_it_is_needs_no_composite():
    x = pt.dmatrix("x")
    assert ops(graph([x], x.sum(axis=0))) == ["Sum{axis=0}"]


def test_a_value_stored_and_summed_is_one_output():
    x = pt.dvector("x")
    y = pt.exp(pt.sin(x))
    fgraph = graph([x], [y, y.sum()])
    assert ops(fgraph) == ["Composite{exp(sin(i0))}", "Sum{axes=None}"]
    assert fgraph.outputs[1].owner.inputs == [fgraph.outputs[0]]


def test_a_row_keeps_its_dimension_of_length_1():
    x, m = pt.drow("x"), pt.dmatrix("m")
    (node,) = graph([x, m], x * m + 1).toposort()
    assert [v.name for v in node.inputs] == ["x", "m"]


def test_names_of_outputs_and_of_what_lies_between_are_kept():
    X, y, beta = pt.dmatrix("X"), pt.dvector("y"), pt.dvector("beta")
    p = pt.sigmoid(X @ beta)
    p.name = "p_class_0"
    loss = ((p - y) ** 2).sum()
    loss.name = "squared error"
    fgraph = graph([X, y, beta], [p, loss])
    assert [v.name for v in fgraph.inputs] == ["X", "y", "beta"]
    assert [v.name for v in fgraph.outputs] == ["p_class_0", "squared error"]


def test_what_is_not_needed_is_not_shown():
    x, y = pt.dvector("x"), pt.dvector("y")
    fgraph = graph([x, y], pt.exp(x * y).shape[0] + 0 * x.sum(), on_unused_input="ignore")
    assert not any("Exp" in op or "Sum" in op for op in ops(fgraph))


def test_a_buffer_that_is_overwritten_is_in_the_destroy_map():
    X, beta = pt.dmatrix("X"), pt.dvector("beta")
    f = lamina.function([X, beta], X.T @ pt.tanh(X @ beta))
    text = f.dprint(print_destroy_map=True, file="str")
    assert "Tanh [id C] d={0: [0]} 1" in text
    (node,) = [n for n in f.maker.fgraph.toposort() if isinstance(n.op, Elemwise)]
    assert node.op.destroy_map == {0: [0]}
    assert pt.tanh.destroy_map == {}


def test_destroyed_operands_are_counted_as_the_op_counts_them():
    X, beta, y = pt.dmatrix("X"), pt.dvector("beta"), pt.dvector("y")
    f = lamina.function([X, beta, y], X.T @ pt.maximum(y, X @ beta))
    (node,) = [n for n in f.maker.fgraph.toposort() if isinstance(n.op, Elemwise)]
    assert node.inputs[0].name == "y"
    assert node.op.destroy_map == {0: [1]}


def test_the_destroy_map_of_a_composite_counts_its_operands():
    X, beta = pt.dmatrix("X"), pt.dvector("beta")
    f = lamina.function([X, beta], X.T @ pt.exp(-((X @ beta) ** 2)))
    (node,) = [n for n in f.maker.fgraph.toposort() if isinstance(n.op, Composite)]
    assert node.op.destroy_map == {0: [0]}
    assert "d={0: [0]}" in f.dprint(print_destroy_map=True, file="str")


def test_a_part_set_in_place_shows_the_array_that_it_overwrites():
    X, beta = pt.dmatrix("X"), pt.dvector("beta")
    z = pt.exp(X @ beta)
    f = lamina.function([X, beta], X.T @ z[:2].set(0.0))
    text = f.dprint(print_destroy_map=True, file="str")
    (line,) = [line for line in text.splitlines() if "SetView" in line]
    assert "d={0: [0]}" in line


def test_updates_are_outputs_too():
    count = lamina.shared(0, name="count")
    x = pt.dvector("x")
    f = lamina.function([x], 2 * x, updates={count: count + 1})
    assert len(f.maker.fgraph.outputs) == 2
    assert [v.name for v in f.maker.fgraph.inputs] == ["x", "count"]


def test_a_branch_of_a_compiled_graph_computes_what_it_did():
    x, side = pt.dvector("x"), pt.bscalar("side")
    f = lamina.function([x, side], lamina.ifelse(side, pt.sort(x) + 1, x[::-1] * 2))
    run = Interpreter(f.maker.fgraph)
    for chosen in (0, 1):
        (value,) = run([np.array([3.0, 1.0, 2.0]), np.int8(chosen)])
        assert value.tolist() == f([3.0, 1.0, 2.0], chosen).tolist()
    assert "if{}" in f.dprint(file="str")


def test_an_array_of_one_value_is_an_alloc():
    n = pt.lscalar("n")
    fgraph = graph([n], pt.zeros((n,)) + 2.5)
    node = fgraph.outputs[0].owner
    assert str(node.op) == "Alloc"
    assert node.inputs[0].data == 2.5


def test_positions_are_an_iota_as_long_as_the_loop():
    x = pt.dvector("x")
    fgraph = graph([x], x * pt.arange(x.shape[0]))
    (iota,) = [node for node in fgraph.toposort() if str(node.op) == "Iota"]
    assert str(iota.inputs[0].owner.op) == "Shape_i{0}"


def test_the_compiled_graph_is_printed_with_types_and_places():
    x = pt.tensor("x", shape=(3,))
    f = lamina.function([x], pt.exp(pt.sin(x)).sum())
    assert f.dprint(print_type=True, file="str").splitlines() == [
        "Sum{axes=None} [id A] <Scalar(float64, shape=())> 1",
        " └─ Composite{exp(sin(i0))} [id B] <Vector(float64, shape=(3,))> 0",
        "    └─ x [id C] <Vector(float64, shape=(3,))>",
        "",
        "Inner graphs:",
        "",
        "Composite{exp(sin(i0))} [id B]",
        " ← exp [id D] <float64> 'o0'",
        "    └─ sin [id E] <float64>",
        "       └─ i0 [id F] <float64>",
    ]


@pytest.mark.parametrize("dtype", ["float32", "int16", "complex128", "uint8"])
def test_composites_keep_dtypes(dtype):
    x = pt.tensor("x", shape=(None,), dtype=dtype)
    fgraph = graph([x], (x * x + x) * x)
    assert isinstance(fgraph.outputs[0].owner.op, Composite)
    assert fgraph.outputs[0].type.dtype == dtype
