import sys

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.breakpoint import PdbBreakpoint

MODES = ("FAST_RUN", "NUMPY")


@pytest.fixture
def met(monkeypatch):
    """The values in scope where the debugger would have started."""
    found = []

    def hook():
        found.append([np.array(v) for v in sys._getframe(1).f_locals["values"]])

    monkeypatch.setattr(sys, "breakpointhook", hook)
    return found


@pytest.mark.parametrize("mode", MODES)
def test_the_debugger_starts_where_the_condition_holds(mode, met, capsys):
    x, y = pt.dvector("x"), pt.dscalar("y")
    a, b = PdbBreakpoint("large")(y > 2, x, y)
    f = lamina.function([x, y], [a * 2, b + 1], mode=mode)
    assert [r.tolist() for r in f([1, 2], 1)] == [[2, 4], 2]
    assert met == [] and capsys.readouterr().out == ""
    assert [r.tolist() for r in f([1, 2], 3)] == [[2, 4], 4]
    ((vector, number),) = met
    assert vector.tolist() == [1, 2] and number == 3
    out = capsys.readouterr().out
    assert "PdbBreakpoint{large}: the condition holds" in out and "values[0], x = [1. 2.]" in out


@pytest.mark.parametrize("mode", MODES)
def test_a_step_of_a_loop_can_stop(mode, met):
    x = pt.dvector("x")

    def step(v, total):
        return PdbBreakpoint("step")(v < 0, total + v)

    y, _ = lamina.scan(step, x, np.float64(0))
    assert lamina.function([x], y, mode=mode)([1, -2, 3, -4]).tolist() == [1, -1, 2, -2]
    assert [values[0] for values in met] == [-1, -2]


def test_derivatives_and_lengths_pass(met):
    x, y = pt.dvector("x"), pt.dvector("y")
    a, b = PdbBreakpoint("p")(x.sum() > 0, x, y)
    outputs = [
        lamina.grad((a**2).sum() + b.sum(), [x, y])[0],
        lamina.Rop(a * b, x, y),
        a.shape[0],
    ]
    found = lamina.function([x, y], outputs)([1, 2], [3, 4])
    assert [v.tolist() for v in found] == [[2, 4], [9, 16], 2]


def test_one_variable_is_returned_by_itself_and_errors_come_early():
    x = pt.dvector("x")
    assert PdbBreakpoint("p")(True, x).type == x.type
    with pytest.raises(TypeError, match="needs a variable"):
        PdbBreakpoint("p")(True)
    with pytest.raises(TypeError, match="condition"):
        PdbBreakpoint("p")(x > 0, x)
    assert PdbBreakpoint("p") == PdbBreakpoint("p") != PdbBreakpoint("q")


def test_the_debugger_can_be_left_by_an_exception(monkeypatch):
    def hook():
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "breakpointhook", hook)
    x = pt.dscalar("x")
    f = lamina.function([x], PdbBreakpoint("p")(x > 0, x))
    with pytest.raises(KeyboardInterrupt):
        f(1.0)
    assert f(-1.0) == -1
