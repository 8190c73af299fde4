"""Rounding to integers, in the dtype of the operand."""

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.elementwise import elementwise, zero


def _half_away(x):
    if x.dtype.kind != "f":
        return x
    # not floor(x + 0.5): the sum of 0.5 and the number below it rounds to 1
    whole = np.trunc(x)
    return np.where(np.abs(x - whole) >= 0.5, whole + np.copysign(x.dtype.type(1), x), whole)


floor = elementwise(
    "floor", np.floor, scalar={"f": "math.floor", "iub": "identity"}, pullback=zero,
    doc="Largest integer not above x.",
)  # fmt: skip
ceil = elementwise(
    "ceil", np.ceil, scalar={"f": "math.ceil", "iub": "identity"}, pullback=zero,
    doc="Smallest integer not below x.",
)  # fmt: skip
trunc = elementwise(
    "trunc", np.trunc, scalar={"f": "math.trunc", "iub": "identity"}, pullback=zero,
    doc="The integer part.",
)  # fmt: skip
round_half_to_even = elementwise(
    "round_half_to_even", np.rint,
    scalar={"f": "math.roundeven", "c": lambda z: nd.complex(
        round_half_to_even(nd.real(z)), round_half_to_even(nd.imag(z)))},
    pullback=zero, doc="Nearest integer, the even one of two.",
)  # fmt: skip
round_half_away_from_zero = elementwise(
    "round_half_away_from_zero",
    lambda x: _half_away(x),
    scalar={"f": "math.round", "iub": "identity"},
    types=lambda dtypes, weaks: floor.scalar_op.types(dtypes, weaks),
    nin=1,
    pullback=zero,
    doc="Nearest integer, the one farther from 0 of two.",
)


def round(x, mode=None):
    """Nearest integer.

    Parameters
    ----------
    x : tensor-like
    mode : {None, "half_to_even", "half_away_from_zero"}
        What becomes of a number midway between two; None is half_to_even, as in NumPy.
    """
    if mode in (None, "half_to_even"):
        return round_half_to_even(x)
    if mode == "half_away_from_zero":
        return round_half_away_from_zero(x)
    raise ValueError(f"mode is 'half_to_even' or 'half_away_from_zero', got {mode!r}")


def iround(x, mode=None):
    """`round`, as int64."""
    return nd.cast(round(x, mode), "int64")
