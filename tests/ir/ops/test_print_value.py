"""Print shows values while a function runs."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.graph import vectorize_graph
from lamina.printing import Print

MODES = ("FAST_RUN", "NUMPY")


@pytest.mark.parametrize("mode", MODES)
def test_a_value_is_printed_with_its_message(mode, capsys):
    x = pt.dvector("x")
    shown = Print("this is a very important value")(x)
    f = lamina.function([x], shown * 5, mode=mode)
    assert f([1, 2, 3]).tolist() == [5, 10, 15]
    assert capsys.readouterr().out == "this is a very important value __str__ = [1. 2. 3.]\n"


def test_attributes_methods_and_a_function_of_the_users(capsys):
    x = pt.dmatrix("x")
    seen = []
    named = Print("x", attrs=("shape", "mean"))(x)
    own = Print("x", global_fn=lambda op, value: seen.append((op.message, value.sum())))(x)
    lamina.function([x], named + own)(np.ones((2, 3)))
    assert capsys.readouterr().out == "x shape = (2, 3)\nx mean = 1.0\n"
    assert seen == [("x", 6)]


@pytest.mark.parametrize("mode", MODES)
def test_every_step_of_a_loop_prints(mode, capsys):
    x = pt.dvector("x")
    y, _ = lamina.scan(lambda v, s: Print("s")(s + v), x, np.float64(0))
    lamina.function([x], y, mode=mode)([1, 2, 3])
    assert capsys.readouterr().out == "s __str__ = 1.0\ns __str__ = 3.0\ns __str__ = 6.0\n"


def test_gradients_and_batches_pass(capsys):
    x, xs = pt.dscalar("x"), pt.dvector("xs")
    y = Print("y")(x**2)
    f = lamina.function([x, xs], [lamina.grad(y, x), vectorize_graph(y, {x: xs})])
    found = f(3, [1, 2])
    assert found[0] == 6 and found[1].tolist() == [1, 4]
    assert "y __str__ = [1. 4.]\n" in capsys.readouterr().out
