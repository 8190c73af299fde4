import numpy as np
import pytest

import lamina.ir.operators as nd
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.dimshuffle import transpose
from lamina.ir.ops.reduction import sum as sum_
from lamina.printing import min_informative_str, pp, pprint

VECTOR, MATRIX = TensorType("float64", (None,)), TensorType("float64", (None, None))
x, y, A, n = VECTOR("x"), VECTOR("y"), MATRIX("A"), TensorType("int64", ())("n")


@pytest.mark.parametrize(
    ("graph", "shown"),
    [
        (x, "x"),
        (x + y * 2, "(x + (y * 2))"),
        (-nd.exp(x) / y, "((-exp(x)) / y)"),
        (nd.switch(x > 0, x, y), "switch((x > 0), x, y)"),
        (A @ x, "(A @ x)"),
        (x @ A.T, "(x @ A.T)"),
        (A[0, 1:], "A[0, 1:]"),
        (x[:n], "x[:n]"),
        (x[::-1], "x[::-1]"),
        (sum_(A, 0), "Sum{axis=0}(A)"),
        (
            transpose(TensorType("float64", (1, 2, 3))("B"), (0, 2, 1)),
            "Transpose{axes=[0, 2, 1]}(B)",
        ),
    ],
)
def test_a_graph_is_written_as_an_expression(graph, shown):
    assert pp(graph) == shown
    assert pprint(graph) == shown


def test_a_graph_that_doubles_in_text_at_each_node_stays_short():
    z = x
    for _ in range(200):
        z = z + z
    assert len(pp(z)) <= 3 * 10_000


def test_a_deep_graph_is_written_without_recursion():
    z = x
    for _ in range(20_000):
        z = nd.neg(z)
    assert "···" in pp(z)


def test_an_outline_stops_at_names_and_refers_back_by_tags():
    z = nd.log(x)
    z.name = "z"
    s = z + np.float64(2)
    assert min_informative_str(s * s) == (
        "A. Mul\n B. Add\n  C. z\n  D. ExpandDims{axis=0}\n   E. 2.0\n <B>"
    )


def test_an_outline_is_indented_as_asked():
    assert min_informative_str(-x, 2) == "  A. Neg\n   B. x"


def test_an_outline_of_something_else_is_its_text():
    assert min_informative_str(3) == "A. 3"


def test_an_outline_ends_100_levels_down():
    z = x
    for _ in range(20_000):
        z = nd.neg(z)
    outline = min_informative_str(z).splitlines()
    assert len(outline) == 102
    assert outline[-1].strip() == "···"
