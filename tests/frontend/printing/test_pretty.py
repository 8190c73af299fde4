import pytest

import lamina
import lamina.tensor as pt
from lamina.printing import (
    FunctionPrinter,
    IgnorePrinter,
    OperatorPrinter,
    PatternPrinter,
    PPrinter,
    pp,
    pprint,
)

x, y, z = pt.dscalars("x", "y", "z")


def arithmetic():
    """A printer with the precedences of Python."""
    printer = PPrinter()
    printer.assign(pt.add, OperatorPrinter("+", 1, "either"))
    printer.assign(pt.sub, OperatorPrinter("-", 1, "left"))
    printer.assign(pt.mul, OperatorPrinter("*", 2, "either"))
    printer.assign(pt.true_div, OperatorPrinter("/", 2, "left"))
    printer.assign(pt.neg, OperatorPrinter("-", 3, "either"))
    printer.assign(pt.pow, OperatorPrinter("**", 4, "right"))
    return printer


@pytest.mark.parametrize(
    ("graph", "shown"),
    [
        (x + y * z, "x + y * z"),
        ((x + y) * z, "(x + y) * z"),
        (x + y + z, "x + y + z"),
        (x - y - z, "x - y - z"),
        (x - (y - z), "x - (y - z)"),
        (x - (y + z), "x - (y + z)"),
        (x / y / z, "x / y / z"),
        (x / (y * z), "x / (y * z)"),
        (x**y**z, "x ** y ** z"),
        ((x**y) ** z, "(x ** y) ** z"),
        (-(x + y), "-(x + y)"),
        (-x * y, "-x * y"),
        (pt.exp(x + y) * z, "Exp(x + y) * z"),
    ],
)
def test_operators_have_parentheses_where_they_need_them(graph, shown):
    assert arithmetic()(graph) == shown


def test_an_expression_means_what_it_is_read_as():
    graph = -(x - (y + z) * 2) / (x * (y / z)) - (y - (x - z))
    text = arithmetic()(graph)
    values = {"x": 1.3, "y": -0.7, "z": 2.1}
    expected = graph.eval({x: 1.3, y: -0.7, z: 2.1})
    assert eval(text, {}, values) == pytest.approx(float(expected), rel=1e-14)


def test_patterns_name_operands_by_number():
    printer = arithmetic()
    printer.assign(pt.exp, PatternPrinter("e^{%(0)s}"))
    printer.assign(pt.sqrt, PatternPrinter(("√%(0)s", 9)))
    assert printer(pt.exp(x + y)) == "e^{x + y}"
    assert printer(pt.sqrt(x + y) + pt.sqrt(x)) == "√(x + y) + √x"
    printer.assign(pt.arctan2, PatternPrinter("∠(%(1)s, %(0)s)"))
    assert printer(pt.arctan2(x, y)) == "∠(y, x)"


def test_a_pattern_for_each_output():
    values, vectors = pt.linalg.eigh(pt.dmatrix("A"))
    printer = PPrinter()
    printer.assign(type(values.owner.op), PatternPrinter("λ(%(0)s)", "Q(%(0)s)"))
    assert [printer(values), printer(vectors)] == ["λ(A)", "Q(A)"]


def test_what_is_assigned_last_comes_first():
    printer = PPrinter()
    printer.assign(type(pt.exp), FunctionPrinter(["f"]))
    assert printer(pt.exp(pt.log(x))) == "f(f(x))"
    printer.assign(pt.log, IgnorePrinter())
    assert printer(pt.exp(pt.log(x))) == "f(x)"
    printer.assign(lambda pstate, v: v is x, lambda v, pstate: "X!")
    assert printer(pt.exp(pt.log(x))) == "f(X!)"


def test_a_copy_leaves_the_original_as_it_is():
    mine = pprint.clone_assign(pt.exp, PatternPrinter("e^%(0)s"))
    assert mine(pt.exp(x) + y) == "(e^x + y)"
    assert pprint(pt.exp(x) + y) == pp(pt.exp(x) + y) == "(exp(x) + y)"


def test_parameters_of_an_op_are_shown_by_keyword():
    printer = PPrinter().clone_assign(
        lambda pstate, v: v.owner is not None and hasattr(v.owner.op, "axis"),
        FunctionPrinter(["total"], ["axis"]),
    )
    assert printer(pt.dmatrix("A").sum(axis=0)) == "total(A, axis=(0,))"


def test_graphs_are_written_with_inputs_and_updates():
    s = lamina.shared(1.0, "s")
    text = pprint([x, y], [x + y, x * s], updates={s: s + 1}, display_inputs=True)
    assert text == "inputs: x, y\n(x + y)\n(x * s)\ns <- (s + 1)"


def test_a_chain_of_operators_needs_no_recursion():
    printer, total = arithmetic(), x
    for _ in range(2000):
        total = y - total
    assert printer(total).startswith("y - (")


def test_what_no_op_computes_is_refused():
    for printer in (
        PatternPrinter("a"),
        OperatorPrinter("+", 1),
        FunctionPrinter(["f"]),
        IgnorePrinter(),
    ):
        with pytest.raises(TypeError, match="x"):
            PPrinter().clone_assign(lambda pstate, v: True, printer)(x)
