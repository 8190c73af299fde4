"""Minimax polynomials of the vector functions, computed from their mathematical definitions.

``python -m lamina.codegen.vector_math_fits`` writes ``vector_math_coefficients.json`` anew (some
seconds; needs mpmath, as nothing else in the compiler does). Coefficients are lowest power first.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath as mp

Real = Any  # an mpmath.mpf: mpmath has no types

PATH = Path(__file__).with_name("vector_math_coefficients.json")
PRECISION = 240
_TINY = mp.mpf(2) ** -100


@dataclass(frozen=True)
class Fit:
    """A function to approximate on an interval.

    Parameters
    ----------
    f : callable
        What the polynomial approximates.
    low, high : float
        The interval.
    degree : dict
        Degree of the polynomial for ``"f64"`` and ``"f32"``.
    weight : callable
        The error is made equal in size after multiplication by this: how much an error of the
        polynomial at x matters for the relative error of the result.
    """

    f: Callable[[Real], Real]
    low: float
    high: float
    degree: dict[str, int]
    weight: Callable[[Real], Real]


def remez(fit: Fit, degree: int) -> tuple[list[Real], Real]:
    """Return the minimax polynomial's coefficients and its weighted error.

    Remez' exchange: solve for equal errors of alternating sign at degree + 2 points, move the
    points to the extrema of the error (here on a Chebyshev grid), repeat.
    """
    low, high = mp.mpf(fit.low), mp.mpf(fit.high)
    points = degree + 2
    center, radius = (low + high) / 2, (high - low) / 2
    last = 12 * points
    grid = [center + radius * mp.cos(mp.pi * (last - i) / last) for i in range(last + 1)]
    values = [fit.f(x) for x in grid]
    weights = [fit.weight(x) for x in grid]
    chosen = sorted({round(last * (2 * i + 1) / (2 * points)) for i in range(points)})
    coefficients: list[Real] = []
    errors: list[Real] = []
    for _ in range(12):
        matrix, right = mp.matrix(points, points), mp.matrix(points, 1)
        for row, at in enumerate(chosen):
            for power in range(degree + 1):
                matrix[row, power] = grid[at] ** power
            matrix[row, degree + 1] = (-1) ** row / weights[at]
            right[row] = values[at]
        solution = mp.lu_solve(matrix, right)
        coefficients = [solution[i] for i in range(degree + 1)]
        errors = [
            w * (v - _evaluate(coefficients, x))
            for x, v, w in zip(grid, values, weights, strict=True)
        ]
        extrema = _alternating_extrema(errors)
        if len(extrema) < points:
            break
        while len(extrema) > points:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        if extrema == chosen:
            break
        chosen = extrema
    return coefficients, max(abs(e) for e in errors)


def _evaluate(coefficients: list[Real], x: Real) -> Real:
    result = mp.mpf(0)
    for c in reversed(coefficients):
        result = result * x + c
    return result


def _alternating_extrema(errors: list[Real]) -> list[int]:
    """Return where each run of errors of one sign is largest."""
    extrema: list[int] = []
    for i, error in enumerate(errors):
        if extrema and error * errors[extrema[-1]] >= 0:
            if abs(error) > abs(errors[extrema[-1]]):
                extrema[-1] = i
        else:
            extrema.append(i)
    return extrema


def _one(x: Real) -> Real:
    return mp.mpf(1)


def _in_square(f: Callable[[Real], Real], at_zero: Real) -> Callable[[Real], Real]:
    """Return f as a function of the square of its argument."""
    return lambda z: f(mp.sqrt(z)) if z > _TINY else mp.mpf(at_zero)


def _away_from_zero(f: Callable[[Real], Real], at_zero: Real) -> Callable[[Real], Real]:
    return lambda x: f(x) if abs(x) > _TINY else mp.mpf(at_zero)


def _above(floor: float, f: Callable[[Real], Real]) -> Callable[[Real], Real]:
    """Keep a weight away from zero, where the result does not depend on the polynomial at all."""
    return lambda x: f(x) + mp.mpf(floor)


def _minus_log_erfc_over_x(x: Real) -> Real:
    return -mp.log(mp.erfc(x)) / x - 1 if x > _TINY else 2 / mp.sqrt(mp.pi) - 1


def _erf_sensitivity(x: Real) -> Real:
    """Relative change of ``erf x = 1 - exp(-x p)`` when p changes."""
    return mp.erfc(x) * x / mp.erf(x) + mp.mpf(2) ** -60 if x > _TINY else mp.sqrt(mp.pi) / 2


def _scaled_erfcx(q: Real) -> Real:
    """``(1 + 2 x) exp(x^2) erfc(x)`` of ``q = (x - 4) / (x + 4)``."""
    x = 4 * (1 + q) / (1 - q)
    return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x)


ERF_SATURATES = 6
_HALF_LN2 = 0.34658  # a little more than ln(2) / 2, as the reduction rounds
_QUARTER_PI = 0.7861
LOG_NEAR = 0.0469  # the largest |m c - 1| of `_reciprocals`
EXP_NEAR = 0.02168  # a little more than ln(2) / 32

FITS: dict[str, Fit] = {
    # exp r = 1 + r + r^2 p(r)
    "exp": Fit(
        _away_from_zero(lambda r: (mp.expm1(r) - r) / r**2, 0.5),
        -_HALF_LN2,
        _HALF_LN2,
        {"f64": 10, "f32": 4},
        _above(1e-2, lambda r: r * r),
    ),
    # 2^r = 1 + r p(r)
    "exp2": Fit(
        _away_from_zero(lambda r: mp.expm1(r * mp.ln2) / r, mp.ln2),
        -0.5,
        0.5,
        {"f64": 10, "f32": 5},
        _above(1e-2, abs),
    ),
    # 2 atanh s = 2 s + s z p(z), z = s^2, s = f / (2 + f)
    "atanh": Fit(
        _in_square(lambda s: 2 * (mp.atanh(s) - s) / s**3, mp.mpf(2) / 3),
        0,
        0.02945,
        {"f64": 6, "f32": 3},
        _above(1e-5, abs),
    ),
    # The same on the whole of f in [0, 1], for log1p of a number that is at most 1
    "atanh_wide": Fit(
        _in_square(lambda s: 2 * (mp.atanh(s) - s) / s**3, mp.mpf(2) / 3),
        0,
        0.11112,
        {"f64": 9, "f32": 4},
        _above(1e-4, abs),
    ),
    # For pow, after a table: log(1 + f) = f - f^2 / 2 (1 + f p(f)), 2^(j / 16) exp r likewise ...
    "log_near": Fit(
        _away_from_zero(lambda f: -2 * (mp.log1p(f) - f + f * f / 2) / f**3, -mp.mpf(2) / 3),
        -LOG_NEAR,
        LOG_NEAR,
        {"f64": 9},
        _above(1e-8, lambda f: abs(f) ** 3),
    ),
    "exp_near": Fit(
        _away_from_zero(lambda r: (mp.expm1(r) - r) / r**2, 0.5),
        -EXP_NEAR,
        EXP_NEAR,
        {"f64": 4},
        _above(1e-5, lambda r: r * r),
    ),
    # ... and in double precision for single: log2(1 + f) = f p(f), 2^r = 1 + r p(r)
    "log2_near": Fit(
        _away_from_zero(lambda f: mp.log1p(f) / (f * mp.ln2), 1 / mp.ln2),
        -LOG_NEAR,
        LOG_NEAR,
        {"f64": 6},
        _one,
    ),
    "exp2_near": Fit(
        _away_from_zero(lambda r: mp.expm1(r * mp.ln2) / r, mp.ln2),
        -1 / 32,
        1 / 32,
        {"f64": 3},
        _above(1e-3, abs),
    ),
    # m^(-1/3), to start an iteration that raises the error to its fourth power
    "inverse_cbrt": Fit(
        lambda m: m ** (-mp.mpf(1) / 3), 0.7071, 1.4143, {"f64": 4, "f32": 2}, _one
    ),
    # sin x = x + x z p(z), z = x^2
    "sin": Fit(
        _in_square(lambda x: (mp.sin(x) - x) / x**3, -mp.mpf(1) / 6),
        0,
        _QUARTER_PI**2,
        {"f64": 5, "f32": 2},
        _above(1e-3, abs),
    ),
    # cos x = 1 - z / 2 + z^2 p(z)
    "cos": Fit(
        _in_square(lambda x: (mp.cos(x) - 1 + x * x / 2) / x**4, mp.mpf(1) / 24),
        0,
        _QUARTER_PI**2,
        {"f64": 5, "f32": 2},
        _above(1e-3, lambda z: z * z),
    ),
    # asin x = x + x z p(z), |x| <= 1/2
    "asin": Fit(
        _in_square(lambda x: (mp.asin(x) - x) / x**3, mp.mpf(1) / 6),
        0,
        0.25,
        {"f64": 11, "f32": 4},
        _above(1e-3, abs),
    ),
    # atan x = x + x z p(z), |x| <= 1
    "atan": Fit(
        _in_square(lambda x: (mp.atan(x) - x) / x**3, -mp.mpf(1) / 3),
        0,
        1,
        {"f64": 19, "f32": 8},
        _above(1e-3, abs),
    ),
    # erf x = 1 - exp(-(x + x p(x)))
    "erf": Fit(_minus_log_erfc_over_x, 0, ERF_SATURATES, {"f64": 24, "f32": 11}, _erf_sensitivity),
    # erfc x = exp(-x^2) / (1 + 2 x) p(q), q = (x - 4) / (x + 4), x up to 28
    "erfc": Fit(_scaled_erfcx, -1, 0.75, {"f64": 23, "f32": 12}, _one),
}


def _reciprocals() -> list[Real]:
    """Return 1 / m for 16 intervals of m, from 45/64 to 45/32, to so few bits that m c is exact.

    The intervals on both sides of 1 have c = 1, so that log x keeps its digits there.
    """
    table = []
    for j in range(16):
        low, high = (mp.mpf(13) / 32 + mp.mpf(j + end) / 16 for end in (0, 1))
        # below 1 the intervals are half as wide
        low, high = ((1 + edge) / 2 if edge < 1 else edge for edge in (low, high))
        grid = 16 if j < 9 else 32
        table.append(mp.mpf(1) if j in (8, 9) else mp.nint(grid * 2 / (low + high)) / grid)
    return table


def _tables() -> dict[str, list[Real]]:
    """Return the tables of pow; `log_high` has 42 fraction bits, so that adding k ln 2 is exact."""
    reciprocals = _reciprocals()
    logs = [-mp.log(c) for c in reciprocals]
    high = [mp.nint(v * 2**42) / 2**42 for v in logs]
    powers = [mp.mpf(2) ** (mp.mpf(j) / 16) for j in range(16)]
    return {
        "reciprocal": reciprocals,
        "log_high": high,
        "log_low": [v - h for v, h in zip(logs, high, strict=True)],
        "log2": [v / mp.ln2 for v in logs],
        "power": powers,
        "power_low": [v - mp.mpf(float(v)) for v in powers],
    }


def fitted() -> dict[str, dict[str, list[float]]]:
    """Compute every polynomial and table.

    Returns
    -------
    dict
        Name, then format, to coefficients or entries rounded to doubles.
    """
    with mp.workprec(PRECISION):
        polynomials = {
            name: {
                kind: [float(c) for c in remez(fit, degree)[0]]
                for kind, degree in fit.degree.items()
            }
            for name, fit in FITS.items()
        }
        tables = {name: {"f64": [float(v) for v in table]} for name, table in _tables().items()}
    return polynomials | tables


if __name__ == "__main__":
    PATH.write_text(json.dumps(fitted(), indent=1) + "\n", encoding="utf-8")
