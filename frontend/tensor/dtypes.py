"""The dtypes of arrays, by kind."""

from __future__ import annotations

from typing import Any

from lamina.ir.graph.tensor_type import DTYPES

bool_dtypes = ("bool",)
int_dtypes = tuple(dtype for dtype in DTYPES if dtype.startswith("int"))
uint_dtypes = tuple(dtype for dtype in DTYPES if dtype.startswith("uint"))
float_dtypes = tuple(dtype for dtype in DTYPES if dtype.startswith("float"))
complex_dtypes = tuple(dtype for dtype in DTYPES if dtype.startswith("complex"))
integer_dtypes = int_dtypes + uint_dtypes
discrete_dtypes = bool_dtypes + integer_dtypes
continuous_dtypes = float_dtypes + complex_dtypes
all_dtypes = discrete_dtypes + continuous_dtypes


def values_eq_approx_always_true(a: Any, b: Any) -> bool:
    """True: what a type's ``values_eq_approx`` is set to where no values are to be compared."""
    return True


__all__ = [
    "all_dtypes", "bool_dtypes", "complex_dtypes", "continuous_dtypes", "discrete_dtypes",
    "float_dtypes", "int_dtypes", "integer_dtypes", "uint_dtypes",
    "values_eq_approx_always_true",
]  # fmt: skip
