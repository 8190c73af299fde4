"""Functions of elements that are made of others."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.cast import cast


def nan_to_num(x: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Numbers in place of NaN and infinities.

    Parameters
    ----------
    x : tensor-like
        Of a complex number each part is replaced.
    nan : scalar
    posinf, neginf : scalar, optional
        By default the largest and the smallest number of the dtype.
    """
    x = as_array(x)
    kind, dtype = np.dtype(x.type.dtype).kind, real_dtype(x.type.dtype)
    if kind == "c":
        parts = (nan_to_num(part, nan, posinf, neginf) for part in (nd.real(x), nd.imag(x)))
        return nd.complex(*parts)
    if kind != "f":
        return x
    limits = np.finfo(dtype)
    for where, value in (
        (nd.isnan(x), nan),
        (nd.eq(x, np.inf), limits.max if posinf is None else posinf),
        (nd.eq(x, -np.inf), limits.min if neginf is None else neginf),
    ):
        x = nd.switch(where, cast(value, dtype), x)
    return x


def smallest(*args: Any) -> Any:
    """The smallest of several arrays, element by element."""
    return reduce(nd.minimum, map(as_array, args))


def largest(*args: Any) -> Any:
    """The largest of several arrays, element by element."""
    return reduce(nd.maximum, map(as_array, args))


def ceil_intdiv(a: Any, b: Any) -> Any:
    """The smallest integer not below the quotient of two integers."""
    a, b = as_array(a), as_array(b)
    quotient = nd.floor_div(a, b)
    return quotient + cast(nd.neq(nd.mod(a, b), 0), quotient.type.dtype)


def divmod(a: Any, b: Any) -> tuple[Any, Any]:
    """The largest integer not above the quotient, and what is left: ``a // b, a % b``."""
    return nd.floor_div(a, b), nd.mod(a, b)


def complex_from_polar(abs: Any, angle: Any) -> Any:
    """The complex number of a modulus and an argument in radians."""
    return nd.complex(abs * nd.cos(angle), abs * nd.sin(angle))
