import numpy as np
import pytest

import lamina.tensor as pt
from lamina.tensor.type import TensorType


def test_a_clone_has_another_dtype_or_shape():
    kind = TensorType("float32", (None, 3))
    assert kind.clone(dtype="int8") == TensorType("int8", (None, 3))
    assert kind.clone(shape=(2, 3)) == TensorType("float32", (2, 3))
    assert kind.clone() == kind


def test_values_are_converted_where_nothing_is_lost():
    kind = TensorType("float32", (None,))
    value = kind.filter([1, 2])
    assert (value.dtype, value.tolist()) == (np.float32, [1.0, 2.0])
    same = np.ones(2, "float32")
    assert kind.filter(same) is same
    assert kind.filter([0.1], allow_downcast=True).dtype == np.float32
    for wrong in ([0.1], np.ones(2), ["a"], [[1.0]], None, pt.fvector("x")):
        with pytest.raises(TypeError):
            kind.filter(wrong, strict=False, allow_downcast=False)
    with pytest.raises(TypeError, match="ndarray"):
        kind.filter([1.0], strict=True)
    assert not kind.is_valid_value(np.ones(2)) and kind.is_valid_value(same)


def test_masked_arrays_are_refused():
    with pytest.raises(TypeError, match="mask"):
        TensorType("float64", (None,)).filter(np.ma.array([1.0], mask=[True]))


def test_static_lengths_are_part_of_a_type():
    wide, narrow = TensorType("float64", (None,)), TensorType("float64", (3,))
    assert wide.is_super(narrow) and not narrow.is_super(wide)
    assert not wide.in_same_class(TensorType("float64", (1,)))
    assert narrow.broadcastable == (False,) and TensorType("int8", (1, None)).broadcastable == (
        True,
        False,
    )
    with pytest.raises(TypeError, match="not compatible"):
        narrow.filter(np.ones(4))


def test_values_are_compared_exactly_or_nearly():
    a = np.array([1.0, np.nan])
    kind = TensorType("float64", (None,))
    assert kind.values_eq(a, a.copy()) and kind.values_eq_approx(a, a * (1 + 1e-9))
    assert not kind.values_eq(a, a * (1 + 1e-9))
    assert not kind.values_eq(a, a[:1]) and not kind.values_eq_approx(a, a[:1])
    assert not kind.values_eq(a, a.astype("float32"))
    assert not kind.values_eq_approx(a, np.array([1.1, np.nan]))
