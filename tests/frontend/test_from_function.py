"""Python functions as ops."""

import copy
import pickle

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile import not_native
from lamina.compile.ops import FromFunctionOp, as_op, wrap_py
from lamina.graph import vectorize_graph
from lamina.graph.utils import MethodNotDefined


def row_lengths(fgraph, node, input_shapes):
    return [(input_shapes[0][0] * 2,)]


@wrap_py(itypes=[pt.dmatrix, pt.dvector], otypes=[pt.dvector], infer_shape=row_lengths)
def doubled_product(a, b):
    """Each element of a product, twice."""
    return np.repeat(a @ b, 2)


@as_op(itypes=pt.dvector, otypes=[pt.dscalar, pt.lvector])
def peaks(x):
    return x.max(), np.flatnonzero(x == x.max())


def plain(x):
    return x + 1


bare = wrap_py(pt.dvector, pt.dvector)(plain)

A, B = pt.dmatrix("a"), pt.dvector("b")


@pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])
def test_a_decorated_function_is_an_op(mode):
    top, places = peaks(B)
    f = lamina.function([A, B], [doubled_product(A, B) + 1, top * 2, places], mode=mode)
    found = f([[1.0, 2.0]], [3.0, 3.0])
    for ours, theirs in zip(found, ([10, 10], 6, [0, 1]), strict=True):
        np.testing.assert_equal(ours, theirs)
    assert isinstance(peaks, FromFunctionOp) and str(peaks) == "FromFunctionOp{peaks}"
    assert doubled_product.__doc__ == "Each element of a product, twice."


def test_where_only_the_shape_is_needed_the_function_is_not_called():
    y = doubled_product(A, B)
    f = lamina.function([A, B], [y.shape[0] + 1, y.shape])
    not_native.callbacks.clear()
    for ours, theirs in zip(f(np.ones((3, 2)), np.ones(2)), (7, [6]), strict=True):
        np.testing.assert_equal(ours, theirs)
    assert not not_native.callbacks
    with pytest.raises(ValueError, match="must state 1 lengths of output 0"):
        wrong = wrap_py(pt.dvector, pt.dvector, lambda fgraph, node, shapes: [()])(plain)
        lamina.function([B], wrong(B).shape)
    with pytest.raises(ValueError, match="must state 1 shapes, got 2"):
        wrong = wrap_py(pt.dvector, pt.dvector, lambda fgraph, node, shapes: [(), ()])(plain)
        lamina.function([B], wrong(B).shape)


def test_it_works_on_batches_in_loops_and_after_pickling():
    xs = pt.dmatrix("xs")
    batched = vectorize_graph(bare(B), {B: xs})
    looped = lamina.map(lambda row: peaks(row)[0], xs)
    looped = looped[0] if isinstance(looped, (list, tuple)) else looped
    f = lamina.function([xs], [batched, looped])
    again = pickle.loads(pickle.dumps(batched))
    for values in (
        f([[1.0, 2.0], [5.0, 4.0]]),
        [again.eval({"xs": [[1.0, 2.0], [5.0, 4.0]]}), [2, 5]],
    ):
        np.testing.assert_equal(values[0], [[2, 3], [6, 5]])
        np.testing.assert_equal(values[1], [2, 5])


def test_a_pickled_op_is_the_op_of_its_function():
    assert pickle.loads(pickle.dumps(peaks)) is peaks
    assert pickle.loads(pickle.dumps(bare)) == bare
    assert copy.deepcopy(peaks) is peaks
    assert (
        bare == wrap_py([pt.dvector], [pt.dvector])(plain) != wrap_py(pt.dvector, pt.lvector)(plain)
    )
    local = wrap_py(pt.dvector, pt.dvector)(lambda x: x)
    assert copy.copy(local) == local


def test_it_has_no_gradient_and_refuses_other_types():
    with pytest.raises(MethodNotDefined, match="FromFunctionOp.grad"):
        lamina.grad(bare(B).sum(), B)
    with pytest.raises(TypeError, match="Cannot convert"):
        bare(A)
    with pytest.raises(TypeError, match="must be types, got 3"):
        wrap_py([3], [pt.dvector])
    with pytest.raises(TypeError, match="infer_shape must be a function"):
        wrap_py(pt.dvector, pt.dvector, 3)


def test_a_function_that_computes_something_else_is_an_error():
    two = wrap_py([pt.dvector], [pt.dvector, pt.dvector])(plain)
    with pytest.raises(ValueError, match="must compute 2 values, got 1"):
        lamina.function([B], two(B))([1.0])
    integers = wrap_py([pt.dvector], [pt.lvector])(plain)
    with pytest.raises(TypeError, match="declared to be"):
        lamina.function([B], integers(B))([1.0])
