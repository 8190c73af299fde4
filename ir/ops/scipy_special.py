"""Functions of scipy.special as facts of elementwise ops: their meaning, and their address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.ir.ops.elementwise import TypeRule, common_dtype, like
from lamina.ir.ops.primitive import Primitive

_UNARY = like(np.deg2rad)


def scipy_special(name: str) -> Callable[..., np.ndarray]:
    """SciPy's function on arrays, computed in double precision and rounded to their dtype."""

    def on_arrays(*arrays: np.ndarray) -> np.ndarray:
        import scipy.special

        dtype = np.result_type(*arrays)
        wide = [np.asarray(a, np.float64) for a in arrays]
        return np.asarray(getattr(scipy.special, name)(*wide)).astype(dtype)

    return on_arrays


def scipy_call(name: str) -> Primitive:
    """The function of doubles `name` of SciPy's C interface."""
    return Primitive(name, "scipy")


def floating(nin: int) -> TypeRule:
    """All operands and the result are of one floating-point dtype, that of ``np.deg2rad`` of their
    common one.
    """

    def rule(dtypes: tuple[str, ...], weaks: tuple[Any, ...]) -> tuple[tuple[str, ...], str]:
        _, dtype = _UNARY((common_dtype(dtypes, weaks),), (None,))
        return (dtype,) * nin, dtype

    return rule
