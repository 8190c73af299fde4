import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.graph.op import (
    compute_test_value,
    get_test_value,
    get_test_values,
    missing_test_message,
)

change = lamina.config.change_flags


@pytest.fixture
def x():
    x = pt.dvector("x")
    x.tag.test_value = np.array([1.0, 2.0])
    return x


def test_test_values_are_computed_while_a_graph_is_built(x):
    with change(compute_test_value="raise"):
        y = 2 * x + 1
    np.testing.assert_array_equal(y.tag.test_value, [3.0, 5.0])
    np.testing.assert_array_equal(get_test_value(y), [3.0, 5.0])
    assert get_test_value(pt.constant(3)) == 3


def test_a_missing_test_value_is_an_error_a_warning_or_nothing():
    with change(compute_test_value="raise"), pytest.raises((AttributeError, ValueError)):
        pt.dscalar("y") + 1
    with change(compute_test_value="warn"), pytest.warns(UserWarning):
        pt.dscalar("y") + 1
    with change(compute_test_value="ignore"):
        z = pt.dscalar("y") + 1
    assert not hasattr(z.tag, "test_value")


def test_an_error_appears_where_the_graph_is_built(x):
    y = pt.dvector("y")
    y.tag.test_value = np.ones(3)
    with change(compute_test_value="raise"), pytest.raises(ValueError):
        x + y


def test_values_of_several_arguments_come_together(x):
    with change(compute_test_value="raise"):
        (values,) = get_test_values(x, 2)
    np.testing.assert_array_equal(values[0], [1.0, 2.0])
    assert values[1] == 2


def test_a_node_can_be_computed_later_and_a_lack_reported(x):
    y = pt.exp(x)
    compute_test_value(y.owner)
    np.testing.assert_allclose(y.tag.test_value, np.exp([1.0, 2.0]))
    with change(compute_test_value="warn"), pytest.warns(UserWarning, match="no value"):
        missing_test_message("no value")
    with change(compute_test_value="raise"), pytest.raises(AttributeError, match="no value"):
        missing_test_message("no value")
