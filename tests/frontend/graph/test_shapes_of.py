import pytest

import lamina.tensor as pt
from lamina.graph import FunctionGraph
from lamina.tensor.utils import shape_of_variables


def test_every_array_of_a_graph_gets_its_shape():
    x, s = pt.matrix("x"), pt.tensor("s", shape=(3, 1))
    y = x[512:]
    z = pt.dot(y.T, y)
    total = (z + s.sum()).sum(axis=0)
    shapes = shape_of_variables(FunctionGraph([x, s], [total], clone=False), {x: (1024, 4)})
    assert shapes[x] == (1024, 4)
    assert shapes[s] == (3, 1)
    assert shapes[y] == (512, 4)
    assert shapes[z] == (4, 4)
    assert shapes[total] == (4,)
    assert all(isinstance(n, int) for shape in shapes.values() for n in shape)


def test_a_shape_that_is_missing_or_does_not_fit_is_an_error():
    x = pt.tensor("x", shape=(None, 3))
    graph = FunctionGraph([x], [x + 1], clone=False)
    with pytest.raises(ValueError, match="give the shape of x"):
        shape_of_variables(graph, {})
    with pytest.raises(ValueError, match="cannot have the shape"):
        shape_of_variables(graph, {x: (2, 4)})
    with pytest.raises(ValueError, match="cannot have the shape"):
        shape_of_variables(graph, {x: (2,)})
