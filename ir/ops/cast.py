"""Conversion between dtypes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from lamina.ir.graph.tensor_type import dtype_name
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.elementwise import Elemwise, ScalarOp, zero

_DTYPE_KINDS = {"int": "int64", "float": "float64", "complex": "complex128"}


class CastOp(ScalarOp):
    """Conversion to one dtype."""

    def __reduce__(self) -> Any:
        return _cast_scalar_op, (self.name[5:-1],)


@cache
def cast_op(dtype: str) -> Elemwise:
    """The elementwise conversion to `dtype`."""

    def types(dtypes: Any, weaks: Any) -> Any:
        return tuple(dtypes), dtype

    def numpy(x: np.ndarray) -> np.ndarray:
        real = np.dtype(dtype).kind not in "cb" and x.dtype.kind == "c"
        return np.asarray(np.real(x) if real else x).astype(dtype)

    def pullback(x: Any, y: Any, g: Any) -> Any:
        return g if np.dtype(dtype).kind in "fc" else zero(x, y, g)

    doc = f"Conversion to {dtype}, as NumPy's astype."
    return Elemwise(CastOp(f"Cast{{{dtype}}}", 1, numpy, types, "cast", pullback, doc=doc))


def _cast_scalar_op(dtype: str) -> ScalarOp:
    return cast_op(dtype).scalar_op


def cast(x: Any, dtype: Any) -> Any:
    """`x` converted to `dtype`.

    Parameters
    ----------
    x : tensor-like
    dtype : str, type or numpy dtype
        ``"floatX"`` is ``config.floatX``; ``int`` is int64, ``float`` float64, ``bool`` bool.

    Raises
    ------
    TypeError
        Complex to real, which would lose the imaginary part: use `real`, `imag` or `abs`.
    """
    dtype = dtype_name(_DTYPE_KINDS.get(dtype, dtype) if isinstance(dtype, str) else dtype)
    x = as_tensor_variable(x)
    if x.type.dtype == dtype and getattr(x, "weak", None) is None:
        return x
    if x.type.dtype.startswith("complex") and np.dtype(dtype).kind not in "cb":
        raise TypeError(
            "Casting from complex to real is ambiguous: consider real(), imag(), angle() or abs()"
        )
    return cast_op(dtype)(x)
