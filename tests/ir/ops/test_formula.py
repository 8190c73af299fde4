"""Formulas with loops and branches, and numbers that carry a derivative."""

import numpy as np

from lamina.codegen.emit_scalar import Element, Writer
from lamina.ir.ops.dual import Dual
from lamina.ir.ops.formula import Formula, branch, iterate


def _root(x):
    """The square root by Newton's iteration from above, NaN of what is negative."""

    def from_above():
        step = lambda y, last: ((y + x / y) / 2, y)  # noqa: E731
        return iterate(lambda y, last: y < last, step, x + 1, x + 2)[1]

    return branch(x >= 0, from_above, lambda: np.nan)


ROOT = Formula("newton_root", _root)


def test_a_formula_on_arrays_loops_for_each_element_as_long_as_it_needs():
    x = np.array([0.25, 2.0, 1e8, -1.0, np.nan])
    found = ROOT.on_arrays(x)
    np.testing.assert_allclose(found, [0.5, np.sqrt(2), 1e4, np.nan, np.nan], rtol=1e-15)
    assert ROOT.on_arrays(x.astype("float32")).dtype == "float32"
    assert ROOT.on_arrays(np.ones((0, 3))).shape == (0, 3)


def test_no_loop_waits_for_an_element_whose_branch_is_not_taken():
    def endless_of_negative(x):
        def count():
            return iterate(lambda n: n < 3, lambda n: (n + x,), x)[0]

        return branch(x > 0, count, lambda: 0.0)

    found = Formula("counted", endless_of_negative).on_arrays(np.array([1.0, -1.0, 2.0]))
    np.testing.assert_array_equal(found, [3, 0, 4])


def test_a_formula_is_one_function_of_a_module_however_often_it_is_called():
    writer = Writer({})
    x = Element("%x", "float32", writer)
    ROOT(ROOT(x))
    (symbol,) = writer.declared
    assert symbol == "formula_newton_root"
    assert "scf.while" in writer.declared[symbol] and "no_inline" in writer.declared[symbol]
    assert writer.text().count("func.call @formula_newton_root") == 2


def test_a_formula_without_loops_is_inlined():
    writer = Writer({})
    Formula("square_and_one", lambda x: x * x + 1)(Element("%x", "float64", writer))
    assert "always_inline" in writer.declared["formula_square_and_one"]


def test_arithmetic_carries_the_derivative():
    x, c = Dual(3.0, 1), Dual(5.0)
    y = (2 * x * x - c) / (1 + x) - 1 / x
    assert np.isclose(y.value, 13 / 4 - 1 / 3)
    # (4 x (1 + x) - 2 x x + 5) / (1 + x)^2 + 1 / x^2
    assert np.isclose(y.slope, (48 - 18 + 5) / 16 + 1 / 9)
    assert (c * c + 1).slope == 0
