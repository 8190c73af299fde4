"""What the check of rewrites is made with: random inputs, and what it is for results to agree."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.configuration import config

# How many sets of inputs each firing is tried on, and the lengths that nothing is known about.
TRIALS = 2
LENGTH = 3

# Of the largest magnitude, by the size of a real number in bytes: terms may be added in any order.
_TOLERANCE = {2: 3e-2, 4: 3e-4, 8: 1e-7}


class WrongRewrite(ValueError):
    """A rewrite changed what is computed."""


def random_array(
    dtype: Any, shape: Sequence[int | None], generator: np.random.Generator, trial: int = 0
) -> np.ndarray:
    """Small numbers; of both signs if `trial` is 0, else positive floats, for what has a domain."""
    lengths = [LENGTH if n is None else n for n in shape]
    kind = np.dtype(dtype).kind
    if kind == "b":
        return generator.integers(0, 2, lengths).astype(dtype)
    if kind in "iu":
        return generator.integers(1, 4, lengths).astype(dtype)
    real = generator.normal(size=lengths) if trial == 0 else generator.uniform(0.1, 2, lengths)
    if kind == "c":
        return (real + 1j * generator.normal(size=lengths)).astype(dtype)
    return np.asarray(real).astype(dtype)


def difference(before: Any, after: Any) -> str | None:
    """How two results differ, None if they agree.

    A NaN or infinity may become a number: that is what stable formulas are for. A result that is
    not known (None) agrees with all.
    """
    if before is None or after is None:
        return None
    a, b = np.asarray(before), np.asarray(after)
    if a.dtype != b.dtype or a.shape != b.shape:
        return f"{a.dtype}{a.shape} became {b.dtype}{b.shape}"
    if a.dtype.kind not in "fc":
        return None if np.array_equal(a, b) else f"{a.tolist()} became {b.tolist()}"
    finite = np.isfinite(a)
    size = np.finfo(a.dtype).dtype.itemsize
    near = _TOLERANCE.get(size, 1e-7) * max(1.0, float(np.max(np.abs(a[finite]), initial=0.0)))
    with np.errstate(all="ignore"):
        wrong = finite & ~(np.abs(a - b) <= near)
    if not wrong.any():
        return None
    return f"{a[wrong][0]} became {b[wrong][0]}"


def complain(rewrite: Any, how: str) -> None:
    """Raise a WrongRewrite or warn, as the flag check_rewrites says."""
    message = f"{rewrite}: the rewrite changes what is computed: {how}"
    if config.check_rewrites == "raise":
        raise WrongRewrite(message)
    warnings.warn(message, RuntimeWarning, stacklevel=2)
