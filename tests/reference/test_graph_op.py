"""Sentences of the reference's pages on ops and test values, and the aliases of the top level."""

import importlib

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.graph.basic import Apply
from lamina.graph.op import Op, get_test_value, get_test_values, missing_test_message

change = lamina.config.change_flags


class SumAndIncrement(Op):
    """x + y, in the memory of y, and x + 1, in the memory of x."""

    __props__ = ()
    destroy_map = {0: [1], 1: [0]}

    def make_node(self, x, y):
        return Apply(self, [x, y], [x.type(), y.type()])

    def perform(self, node, inputs, output_storage):
        x, y = inputs
        y += x
        x += 1
        output_storage[0][0], output_storage[1][0] = y, x


@pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])
def test_outputs_may_take_the_memory_of_other_inputs_than_their_own(mode):
    x, y = pt.dvectors("x", "y")
    made = SumAndIncrement()(x, y)
    assert isinstance(made, list)  # there is no default output
    twice = SumAndIncrement()(pt.exp(x), made[1])
    f = lamina.function([x, y], [*made, *twice, x * y], mode=mode)
    a, b = np.array([1.0, 2.0]), np.array([10.0, 20.0])
    expected = [a + b, a + 1, np.exp(a) + a + 1, np.exp(a) + 1, a * b]
    for found, wanted in zip(f(a, b), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-15)
    np.testing.assert_array_equal([a, b], [[1, 2], [10, 20]])


def test_an_op_without_make_node_or_perform_says_so():
    class Unfinished(Op):
        pass

    with pytest.raises((NotImplementedError, TypeError), match="make_node|perform|abstract"):
        Unfinished()(pt.dscalar())


def test_the_left_operator_is_the_gradient_unless_an_op_has_its_own():
    class Double(Op):
        def make_node(self, x):
            return Apply(self, [x], [x.type()])

        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = 2 * inputs[0]

        def grad(self, inputs, output_grads):
            return [2 * output_grads[0]]

    x = pt.dvector("x")
    y = Double()(x)
    (g,) = Double().L_op([x], [y], [pt.ones_like(x)])
    np.testing.assert_array_equal(g.eval({x: [1.0, 2.0]}), [2, 2])


def valued(name, value):
    v = pt.dscalar(name)
    v.tag.test_value = np.float64(value)
    return v


def test_the_loop_over_values_runs_once_if_all_have_one_and_the_debugger_is_on():
    a, b = valued("a", 2), valued("b", 3)
    messages = []
    with change(compute_test_value="raise"):
        for val_1, val_2 in get_test_values(a, b):
            if val_1 != val_2:
                messages.append("condition was not met")
        assert get_test_values(a) == [2]
    assert messages == ["condition was not met"]
    with change(compute_test_value="off"):
        assert get_test_values(a, b) == []


def test_a_variable_without_a_value_is_told_of_and_gives_no_values():
    with change(compute_test_value="warn"), pytest.warns(UserWarning, match="b"):
        assert get_test_values(valued("a", 2), pt.dscalar("b")) == []
    with change(compute_test_value="ignore"):
        assert get_test_values(valued("a", 2), pt.dscalar("b")) == []
    with pytest.raises(AttributeError):
        get_test_value(pt.dscalar("b"))
    assert get_test_value([1, 2]).tolist() == [1, 2]  # turned into a variable first


@pytest.mark.parametrize("flag", ["off", "ignore"])
@pytest.mark.filterwarnings("error")
def test_a_missing_value_is_not_told_of_where_the_debugger_is_off_or_ignores_it(flag):
    with change(compute_test_value=flag):
        assert missing_test_message("no value") is None


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("shared", "lamina.compile.sharedvalue.shared"),
        ("function", "lamina.compile.function.function"),
        ("clone_replace", "lamina.graph.basic.clone_replace"),
        ("dprint", "lamina.printing.debugprint"),
    ],
)
def test_names_of_the_top_level_are_aliases(name, path):
    module, _, attribute = path.rpartition(".")
    assert getattr(lamina, name) is getattr(importlib.import_module(module), attribute)


def test_the_loop_of_the_top_level_can_be_called_and_is_a_package():
    assert callable(lamina.scan) and lamina.scan.scan is lamina.scan.basic.scan
