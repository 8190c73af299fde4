import pytest

import lamina.tensor as pt
from lamina.graph.basic import as_string


@pytest.fixture
def x():
    return pt.dvector("x")


def test_what_is_used_once_is_written_in_its_place(x):
    assert as_string([x], [pt.exp(x) + x]) == ["Add(Exp(x), x)"]
    assert as_string([], [x]) == ["x"]


def test_what_is_used_twice_is_written_where_it_is_read_first(x):
    y = pt.exp(x)
    z = pt.log(y)
    assert as_string([x], [y - z]) == ["Sub(*1 -> Exp(x), Log(*1))"]
    assert as_string([x], [z - y]) == ["Sub(Log(*1 -> Exp(x)), *1)"]
    assert as_string([x], [z - y, z]) == ["Sub(*1 -> Log(*2 -> Exp(x)), *2)", "*1"]


def test_inputs_end_a_text(x):
    y = pt.exp(x)
    y.name = "y"
    assert as_string([y], [pt.log(y) + y]) == ["Add(Log(y), y)"]


def test_outputs_of_one_application_are_told_apart(x):
    values, vectors = pt.linalg.eigh(pt.outer(x, x))
    (text,) = as_string([x], [values + vectors[0]])
    assert "*1 -> " in text and text.index("::0") < text.index("*1::1")


def test_formatters_make_the_parts(x):
    texts = as_string(
        [x],
        [pt.exp(x) * 2],
        leaf_formatter=lambda v: f"<{v}>",
        node_formatter=lambda node, parts: f"[{' '.join(parts)}]",
    )
    assert texts == ["[[<x>] [<2>]]"]


def test_a_long_chain_needs_no_recursion(x):
    y = x
    for _ in range(3000):
        y = pt.exp(y)
    (text,) = as_string([x], [y])
    assert text.count("Exp(") == 3000
