"""When a result agrees with NumPy's.

Integers and bools are equal. Of floats the NaN, the infinities and the signs of zeros are equal,
and the error against an evaluation of higher precision is at most four times NumPy's own plus 8 ULP
of the largest intermediate.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

WIDER = {
    "float16": "float64", "float32": "float64", "float64": "longdouble",
    "complex64": "complex128", "complex128": "clongdouble",
}  # fmt: skip


def widen(array: Any) -> Any:
    """`array` in a higher precision, where it has floats."""
    array = np.asarray(array)
    return array.astype(WIDER[array.dtype.name]) if array.dtype.name in WIDER else array


def exactly(function: Callable[..., Any], *operands: Any) -> Any:
    """`function` of operands in higher precision."""
    with np.errstate(all="ignore"):
        return function(*map(widen, operands))


def difference(
    found: np.ndarray,
    expected: np.ndarray,
    exact: np.ndarray | None = None,
    largest: Any = 0,
    signs: bool = True,
) -> str:
    """What is wrong with `found`; empty if nothing is.

    Parameters
    ----------
    expected : ndarray
        NumPy's result.
    exact : ndarray, optional
        That of higher precision. Without it the result must equal NumPy's.
    largest : array_like
        Magnitude of the largest intermediate, if it is larger than the result.
    signs : bool
        Compare the signs of zeros.
    """
    if not isinstance(found, np.ndarray) or (found.dtype, found.shape) != (
        expected.dtype,
        expected.shape,
    ):
        shape = getattr(found, "shape", None)
        dtype = getattr(found, "dtype", type(found))
        return f"is {dtype} {shape}, not {expected.dtype} {expected.shape}"
    if expected.dtype.kind in "biu":
        return _where(found == expected, found, expected)
    if expected.dtype.kind == "c":
        if exact is not None:
            largest = np.maximum(largest, np.abs(exact))
            # which part of a product overflows first depends on the rounding of the others
            overflows = np.isfinite(exact) & (np.abs(exact) > np.finfo(expected.dtype).max / 8)
            found = np.where(overflows & (np.abs(found) > 1e30), expected, found)
        parts = [
            difference(p(found), p(expected), None if exact is None else p(exact), largest, signs)
            for p in (np.real, np.imag)
        ]
        return "; ".join(
            f"{n} part {text}" for n, text in zip(("real", "imaginary"), parts, strict=True) if text
        )
    with np.errstate(all="ignore"):
        same = (found == expected) | (np.isnan(found) & np.isnan(expected))
        if signs:
            same &= (found != 0) | (expected != 0) | (np.signbit(found) == np.signbit(expected))
        if exact is not None:
            close = np.isfinite(found) & np.isfinite(expected) & ((found != 0) | (expected != 0))
            same |= close & (np.abs(found - exact) <= tolerance(expected, exact, largest))
    return _where(same, found, expected)


def tolerance(expected: np.ndarray, exact: np.ndarray, largest: Any) -> Any:
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(np.asarray(exact)), np.abs(np.asarray(largest)))
        limits = np.finfo(expected.dtype)
        ulp = np.maximum(np.asarray(size, np.longdouble) * limits.eps, limits.smallest_subnormal)
        return 4 * np.abs(expected - exact) + 8 * np.where(np.isfinite(ulp), ulp, 0)


def _where(good: np.ndarray, found: np.ndarray, expected: np.ndarray) -> str:
    if good.all():
        return ""
    bad = np.argwhere(~good)
    at = tuple(map(int, bad[0]))
    return f"is {found[at]!r}, not {expected[at]!r}, at {at} (and {len(bad) - 1} more)"
