"""What a family of cases is, and which there are."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lamina.ir.graph.tensor_type import DTYPES
from tests.conformance.samples import REAL, ordinary

Case = Callable[..., Any]
FLOATS = ("float32", "float64")
INTEGERS = tuple(d for d in DTYPES if np.dtype(d).kind in "iu")
NUMBERS = tuple(d for d in DTYPES if d != "bool")
INEXACT = (*FLOATS, "complex64", "complex128")

# Lengths of the arrays that cases take; a 1 is static.
SHAPES: dict[str, tuple[int, ...]] = {
    "s": (), "t": (), "v": (5,), "w": (5,), "M": (4, 5), "N": (5, 3), "T": (2, 4, 5),
    "U": (2, 5, 3), "Q": (2, 3, 4, 5), "R": (1, 5), "C": (4, 1), "E": (1, 5, 3), "A": (3, 3),
    "B": (2, 3, 3), "P": (4, 5), "k": (3,), "K": (2, 3), "b": (5,), "D": (4, 5),
}  # fmt: skip
FIXED = {"k": "int64", "K": "int64", "b": "bool", "D": "bool"}


@dataclass(frozen=True)
class Family:
    """Cases of one kind.

    Attributes
    ----------
    dtypes : tuple of str
        For which both sides are defined.
    smooth : bool
        Whether there are gradients to compare.
    batched : bool
        Whether the cases have batches: not where values decide on shapes.
    static : bool
        Whether the shapes of arrays of known shapes are known.
    ulp : int
        Units in the last place of the largest intermediate that a result may be off, besides four
        times NumPy's own error.
    own_dtype : bool
        Whether dtypes of results are not those of NumPy's.
    more_dtypes : int
        On how many dtypes besides float64 a case is tried, or more where cases are few.
    lengths : tuple of int
        Which lengths, besides those of `SHAPES`, the cases are tried with.
    """

    cases: Sequence[Case]
    dtypes: tuple[str, ...] = DTYPES
    smooth: bool = True
    batched: bool = True
    static: bool = True
    ulp: int = 16
    own_dtype: bool = False
    lengths: tuple[int, ...] = (0, 1)
    more_dtypes: int = 2

    def but(self, **facts: Any) -> Family:
        return replace(self, **facts)


def operands(case: Case) -> list[str]:
    """The arrays that a case takes."""
    return list(inspect.signature(case).parameters)[1:]


def dtype_of(letter: str, dtype: str) -> str:
    return FIXED.get(letter, dtype)


def array(letter: str, dtype: str, length: int | None = None) -> np.ndarray:
    """The values of an operand; where `length` is given, all lengths are that but the static 1."""
    shape = tuple(n if n == 1 or length is None else length for n in SHAPES[letter])
    dtype = dtype_of(letter, dtype)
    values = np.asarray(ordinary(dtype, shape, seed=ord(letter)))
    if letter in "kK":
        return np.asarray(np.abs(values) % (2 if length is None else 1))
    if letter == "P":
        return (np.abs(values) + values.dtype.type(1)).astype(dtype)
    if letter in "AB" and values.dtype.kind in "fc" and length is None:
        return (values + 6 * np.eye(shape[-1])).astype(dtype)  # regular
    return values


def static_shape(letter: str) -> tuple[int | None, ...]:
    return tuple(1 if n == 1 else None for n in SHAPES[letter])


__all__ = ["Case", "Family", "REAL"]
