"""`hash_from_ndarray`: a digest of an array's contents."""

from __future__ import annotations

import hashlib

import numpy as np


def hash_from_ndarray(data: np.ndarray) -> str:
    """A hexadecimal SHA-256 of an array: equal for equal dtype, shape and elements.

    Memory layout does not count; -0.0 and 0.0, and NaNs of different bits, differ.

    Examples
    --------
    >>> a = np.arange(6.0).reshape(2, 3)
    >>> hash_from_ndarray(a) == hash_from_ndarray(np.asfortranarray(a))
    True
    """
    array = np.asarray(data)
    if array.dtype.hasobject:
        raise TypeError(f"hash_from_ndarray: {array.dtype} holds Python objects, not numbers")
    digest = hashlib.sha256(f"{array.dtype.str} {array.shape} ".encode())
    digest.update(np.ascontiguousarray(array).view(np.uint8).data if array.size else b"")
    return digest.hexdigest()
