import numpy as np
import pytest

from lamina.tensor.utils import hash_from_ndarray


def test_equal_arrays_have_one_hash_whatever_their_layout():
    a = np.arange(12.0).reshape(3, 4)
    assert hash_from_ndarray(a) == hash_from_ndarray(np.asfortranarray(a))
    assert hash_from_ndarray(a[::2]) == hash_from_ndarray(a[::2].copy())


def test_dtype_shape_and_elements_count():
    a = np.arange(6, dtype="int64")
    others = [a + 1, a.reshape(2, 3), a.astype("uint64"), a[:0], a[:0].reshape(0, 2)]
    hashes = {hash_from_ndarray(b) for b in [a, *others]}
    assert len(hashes) == 6


def test_objects_have_no_hash():
    with pytest.raises(TypeError, match="Python objects"):
        hash_from_ndarray(np.array([None]))
