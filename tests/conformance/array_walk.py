"""Cases as the outputs of one function, and what they should be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import lamina.tensor as pt
from tests.conformance.accuracy import WIDER, widen
from tests.conformance.family import Case, Family, array, dtype_of, operands, static_shape
from tests.conformance.names import LAMINA, NUMPY

Arrays = dict[str, np.ndarray]
# What Lamina and NumPy raise for lengths that they do not take.
WRONG = (ValueError, IndexError, AssertionError, ZeroDivisionError)


@dataclass
class Use:
    """One case on arrays of one dtype.

    Attributes
    ----------
    names : list of str
        Of its operands among the inputs of the function: "v_float64".
    """

    title: str
    family: Family
    dtype: str
    case: Case
    names: list[str]
    variable: Any

    def numpy(self, arrays: Arrays, wide: bool = False, sizes: bool = False) -> np.ndarray:
        """What NumPy gives; of wider arrays, or of their absolute values."""
        given = [arrays[n] for n in self.names]
        given = [widen(a) if wide else a for a in given]
        given = [np.abs(a) if sizes and a.dtype.kind in "fc" else a for a in given]
        with np.errstate(all="ignore"):
            return np.asarray(self.case(NUMPY, *given))

    def problem(self, found: Any, arrays: Arrays) -> str:
        """What is wrong with the result; empty if nothing is."""
        expected = self.numpy(arrays)
        if self.family.own_dtype:
            expected = expected.astype(self.variable.type.dtype)
        if not isinstance(found, np.ndarray) or found.dtype != expected.dtype:
            return f"is {getattr(found, 'dtype', type(found))}, not {expected.dtype}"
        if found.shape != expected.shape:
            return f"has shape {found.shape}, not {expected.shape}"
        if not self.variable.type.is_valid_value(found):
            return f"of shape {found.shape} is no value of {self.variable.type}"
        if expected.dtype.kind in "biu":
            good = found == expected
        else:
            with np.errstate(all="ignore"):
                off = np.abs(found - expected) <= self._allowed(expected, arrays)
                good = off | (found == expected) | (np.isnan(found) & np.isnan(expected))
        if np.all(good):
            return ""
        at = tuple(map(int, np.argwhere(~np.asarray(good))[0]))
        return f"is {found[at]!r}, not {expected[at]!r}, at {at}"

    def _allowed(self, expected: np.ndarray, arrays: Arrays) -> Any:
        """Four times NumPy's own error and some ULP of the largest intermediate."""
        largest = np.abs(expected[np.isfinite(expected)]).max(initial=0)
        own: Any = 0
        try:
            exact = self.numpy(arrays, wide=True)
            sizes = self.numpy(arrays, wide=True, sizes=True)
        except (TypeError, ValueError, NotImplementedError):  # LAPACK has no wider dtype
            pass
        else:
            own = np.abs(exact - expected)
            own = np.where(np.isfinite(own), own, 0)
            if sizes.shape == expected.shape:
                sizes = np.abs(sizes)
                largest = max(largest, sizes[np.isfinite(sizes)].max(initial=0))
        limits = np.finfo(expected.dtype)
        return 4 * own + self.family.ulp * (float(largest) * limits.eps + limits.smallest_subnormal)


def dtypes_of(family: Family, number: int, every: bool) -> Iterable[str]:
    """The dtypes that a case is tried on: float64 and some more, of different kinds, so that the
    cases of a family meet all.
    """
    others = [d for d in family.dtypes if d != "float64"]
    n = max(family.more_dtypes, math.ceil(len(others) / len(family.cases)))
    if every or len(family.dtypes) <= n + 1:
        return family.dtypes
    step = next(k for k in (5, 3, 1) if math.gcd(k, len(others)) == 1)
    chosen = {others[step * (n * number + i) % len(others)] for i in range(n)}
    return [d for d in family.dtypes if d == "float64" or d in chosen]


def inputs_for(names: Iterable[str], static: bool = False) -> dict[str, Any]:
    """Variables: "v_int8" is v of dtype int8. Lengths are unknown, but for those of 1."""
    made = {}
    for name in names:
        letter, _, dtype = name.partition("_")
        shape = array(letter, dtype).shape if static else static_shape(letter)
        made[name] = pt.tensor(name, dtype=dtype, shape=shape)
    return made


def input_names(case: Case, dtype: str) -> list[str]:
    return [f"{letter}_{dtype_of(letter, dtype)}" for letter in operands(case)]


def arrays_for(names: Iterable[str], length: int | None = None) -> Arrays:
    return {n: array(*n.split("_"), length) for n in names}


def uses(title: str, family: Family, every: bool = False, only: Sequence[str] = ()) -> list[Use]:
    """The cases of a family on its dtypes; where Lamina refuses one, NumPy does so, too."""
    pairs = [
        (number, case, dtype)
        for number, case in enumerate(family.cases)
        for dtype in (only or dtypes_of(family, number, every))
    ]
    inputs = inputs_for(dict.fromkeys(n for _, case, d in pairs for n in input_names(case, d)))
    made = []
    for number, case, dtype in pairs:
        names = input_names(case, dtype)
        try:
            variable = case(LAMINA, *(inputs[n] for n in names))
        except TypeError:
            with pytest.raises(TypeError):
                case(NUMPY, *(arrays_for(names)[n] for n in names))
            continue
        made.append(Use(f"{title} {number} of {dtype}", family, dtype, case, names, variable))
    return made


def raises(use: Use, length: int | None) -> bool:
    """Whether NumPy refuses arrays of a length."""
    try:
        use.numpy(arrays_for(use.names, length))
    except WRONG:
        return True
    return False


def read(made: Iterable[Use]) -> dict[str, Any]:
    """The inputs of uses that were made together, by name."""
    found: dict[str, Any] = {}
    for use in made:
        known = {v.name: v for v in _inputs_of(use.variable)}
        found.update({n: known[n] for n in use.names if n in known})
    return found


def _inputs_of(variable: Any) -> list[Any]:
    from lamina.ir.graph.traversal import explicit_graph_inputs

    return list(explicit_graph_inputs([variable]))


__all__ = ["WIDER", "Use"]
