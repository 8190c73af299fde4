"""Checks raise what they are told to, when their function runs, and only then."""

import copy
import pickle

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.graph import rewrite_graph, vectorize_graph
from lamina.raise_op import Assert, CheckAndRaise, assert_op

MODES = ("FAST_RUN", "FAST_COMPILE", "NUMPY")


class Unphysical(Exception):
    """The user's own."""


class ParameterCheck(CheckAndRaise):
    """As a library of distributions has it."""

    __props__ = ("msg", "exc_type")

    def __init__(self, msg):
        super().__init__(Unphysical, msg)

    def __str__(self):
        return f"Check{{{self.msg}}}"


@pytest.mark.parametrize("mode", MODES)
def test_checks_raise_the_exception_with_the_message(mode):
    x, y = pt.dvector("x"), pt.dscalar("y")
    positive = ParameterCheck("x > 0")(pt.log(x), pt.all(x > 0), pt.lt(y, 10))
    negative = CheckAndRaise(ValueError, "y {must} be > 1")(positive, y > 1)
    f = lamina.function([x, y], Assert("too long")(negative + y, x.size < 4), mode=mode)
    np.testing.assert_allclose(f([1, np.e], 2), [2, 3])
    with pytest.raises(Unphysical) as error:
        f([1, -1], 2)
    assert error.value.args[0].startswith("x > 0")
    with pytest.raises(Unphysical):
        f([1, 1], 20)
    with pytest.raises(ValueError, match="y {must} be > 1"):
        f([1], 0)
    with pytest.raises(AssertionError, match="too long"):
        f([1, 1, 1, 1], 2)
    assert f([], 2).shape == (0,)
    with pytest.raises(ValueError, match="must"):
        f([], 0)


def test_conditions_may_be_arrays_and_numbers():
    x = pt.dvector("x")
    f = lamina.function([x], Assert("zero")(x, x), mode="FAST_RUN")
    assert f([1, 2]).tolist() == [1, 2]
    with pytest.raises(AssertionError, match="zero"):
        f([1, 0])
    assert lamina.function([x], assert_op(x, True))([3]).tolist() == [3]
    with pytest.raises(AssertionError, match="failed"):
        lamina.function([x], assert_op(x, False))([3])


def test_a_check_is_made_though_its_value_is_multiplied_away():
    x = pt.dscalar("x")
    f = lamina.function([x], 0 * Assert("negative")(x, x >= 0) + 1)
    assert f(1) == 1
    with pytest.raises(AssertionError, match="negative"):
        f(-1)


def test_checks_print_as_in_the_reference():
    x = pt.dscalar("x")
    assert str(Assert("Could not broadcast dimensions together")) == (
        "Assert{msg='Could not broadcast dimensi...'}"
    )
    assert str(Assert("short")) == "Assert{msg='short'}"
    checked = ParameterCheck("sigma > 0")(x, x > 0)
    assert lamina.dprint(checked, file="str") == (
        "Check{sigma > 0} [id A]\n ├─ x [id B]\n └─ Gt [id C]\n    ├─ x [id B]\n    └─ 0 [id D]\n"
    )


def test_checks_of_equal_parameters_are_equal_and_are_copied():
    a, b = CheckAndRaise(ValueError, "m"), CheckAndRaise(ValueError, "m")
    assert a == b and hash(a) == hash(b)
    assert a != CheckAndRaise(TypeError, "m") and a != Assert("m")
    assert pickle.loads(pickle.dumps(a)) == a and copy.deepcopy(Assert("m")) == Assert("m")


def test_gradients_pass_through_a_check():
    x = pt.dscalar("x")
    y = Assert("negative")(x**2, x >= 0)
    f = lamina.function([x], lamina.grad(y * y, x))
    assert f(2) == 4 * 8
    with pytest.raises(AssertionError):
        f(-2)


def test_a_rewritten_graph_keeps_its_checks():
    x = pt.dscalar("x")
    rewritten = rewrite_graph(Assert("negative")(x, x >= 0) * 1)
    assert any(isinstance(node.op, Assert) for node in lamina.graph.FunctionGraph([x], [rewritten]))


def test_all_elements_of_a_batch_are_checked():
    x, xs = pt.dvector("x"), pt.dmatrix("xs")
    batch = vectorize_graph(Assert("negative")(pt.sqrt(x), pt.all(x >= 0)), {x: xs})
    f = lamina.function([xs], batch)
    np.testing.assert_allclose(f([[1, 4], [9, 16]]), [[1, 2], [3, 4]])
    with pytest.raises(AssertionError):
        f([[1, 4], [9, -16]])


@pytest.mark.parametrize("mode", MODES)
def test_checks_in_loops_are_made_in_every_step(mode):
    x = pt.dvector("x")
    y, _ = lamina.scan(lambda v, s: Assert("fell below 0")(s + v, s + v >= 0), x, np.float64(1))
    f = lamina.function([x], y, mode=mode)
    assert f([1, -2]).tolist() == [2, 0]
    with pytest.raises(AssertionError, match="fell below 0"):
        f([1, -3, 5])


def test_a_class_with_a_meaning_of_its_own_runs_in_python():
    class Lenient(CheckAndRaise):
        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = inputs[0]

    x = pt.dscalar("x")
    assert lamina.function([x], Lenient(ValueError, "no")(x, x > 0))(-1) == -1


def test_what_is_no_exception():
    with pytest.raises(ValueError, match="must be a class of exceptions"):
        CheckAndRaise("ValueError", "m")


def test_a_check_tells_the_line():
    x = pt.dscalar("x")
    f = lamina.function([x], Assert("negative")(x, x >= 0))
    with pytest.raises(AssertionError) as error:
        f(-1)
    assert "test_check.py" in " ".join(error.value.__notes__)
