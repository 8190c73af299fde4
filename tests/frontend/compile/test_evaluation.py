import gc
import weakref

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina import shared
from lamina.graph.utils import MissingInputError


def test_a_value_is_computed_from_values_of_inputs(mode):
    x, y = pt.dvectors("x", "y")
    z = x + 2 * y
    np.testing.assert_array_equal(z.eval({x: [1, 2], y: [3, 4]}, mode=mode), [7, 10])
    np.testing.assert_array_equal(z.eval({"y": [3, 4], x: [1, 2]}, mode=mode), [7, 10])


def test_inputs_constants_and_shared_variables_have_values():
    x, s = pt.dscalar("x"), shared(2.0)
    assert x.eval({x: 3}) == 3
    assert pt.constant([1, 2]).eval().tolist() == [1, 2]
    assert s.eval() == 2
    s.set_value(5)
    assert s.eval() == 5


def test_a_computed_variable_may_be_given():
    x = pt.dscalar("x")
    y = pt.exp(x)
    y.name = "y"
    assert (y + 1).eval({"y": 2}) == 3


def test_values_that_are_not_needed_are_ignored_unless_asked_otherwise():
    x, y = pt.dscalars("x", "y")
    assert (x + 1).eval({x: 1, y: 2}) == 2
    with pytest.raises(lamina.compile.UnusedInputError):
        (x + 1).eval({x: 1, y: 2}, on_unused_input="raise")


def test_a_missing_value_is_named():
    x, y = pt.dscalars("x", "y")
    with pytest.raises(MissingInputError, match="depends on y"):
        (x + y).eval({x: 1})


def test_a_wrong_key_is_refused():
    x, other = pt.dscalar("x"), pt.dscalar("x")
    with pytest.raises(ValueError, match="no variable is called 'z'"):
        (x + 1).eval({"z": 1})
    with pytest.raises(ValueError, match="2 variables are called 'x'"):
        (x + other).eval({"x": 1})
    with pytest.raises(TypeError, match="keys must be Variables or names, got 3"):
        (x + 1).eval({3: 1})


def test_a_function_is_made_once_for_a_set_of_inputs(monkeypatch):
    made = []
    import lamina.compile.evaluation as module

    original = module.function
    monkeypatch.setattr(module, "function", lambda *a, **k: made.append(a) or original(*a, **k))
    x, y = pt.dscalars("x", "y")
    z = x * y
    for value in range(3):
        assert z.eval({x: value, y: 2}, mode="NUMPY") == 2 * value
        assert z.eval({"y": 2, x: value}, mode="NUMPY") == 2 * value
    assert len(made) == 1
    z.eval({x: 1}, givens={y: 3.0}, mode="NUMPY")
    assert z.eval({x: 1}, givens={y: 4.0}, mode="NUMPY") == 4
    assert len(made) == 3


@pytest.mark.parametrize("make", [pt.exp, lambda x: x, lambda x: shared(1.0)])
def test_evaluating_does_not_keep_a_variable_alive(make):
    x = pt.dscalar("x")
    y = make(x)
    y.eval({x: 1}, mode="NUMPY")
    held = weakref.ref(y)
    del x, y
    gc.collect()
    assert held() is None


def test_the_reference_evaluates_lists_of_integers():
    z_value = pt.vector("z")
    out = -0.5 * z_value**2
    np.testing.assert_array_equal(out.eval({z_value: [0, 2]}), [0, -2])
