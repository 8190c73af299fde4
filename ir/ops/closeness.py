"""Whether arrays are equal up to rounding."""

from __future__ import annotations

from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, float_dtype
from lamina.ir.ops.cast import cast
from lamina.ir.ops.reduction import all as all_of


def isclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Whether ``abs(a - b) <= atol + rtol * abs(b)``, element by element.

    Parameters
    ----------
    a, b : tensor-like
        Infinities are close to themselves only.
    rtol, atol : tensor-like
    equal_nan : bool
        Whether NaN is close to NaN.
    """
    x, y = as_array(a), as_array(b)
    y = cast(y, float_dtype(y))  # abs of the smallest integer is no integer of its dtype
    near = nd.le(nd.abs(x - y), atol + rtol * nd.abs(y))
    close = nd.or_(nd.and_(near, nd.isfinite(y)), nd.eq(x, y))
    return nd.or_(close, nd.and_(nd.isnan(x), nd.isnan(y))) if equal_nan else close


def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> Any:
    """Whether all elements are close, as ``isclose`` says."""
    return all_of(isclose(a, b, rtol, atol, equal_nan))
