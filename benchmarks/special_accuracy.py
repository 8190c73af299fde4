"""Measures the errors of the special functions, for the second table of ``docs/accuracy.md``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

import lamina
import lamina.tensor as pt

POINTS = 1500
DIGITS = 50


@dataclass(frozen=True)
class Case:
    """A function to measure.

    Attributes
    ----------
    name : str
    function : callable
        Of variables.
    exact : callable
        By mpmath.
    ranges : tuple of (low, high)
        For each operand. Where low is positive and high more than a thousand times larger, points
        are spread over the magnitudes; integers stand for whole numbers.
    by : str
        "native", or who provides the function.
    points : int
    """

    name: str
    function: Callable[..., Any]
    exact: Callable[..., Any]
    ranges: tuple[tuple[float, float], ...]
    by: str = "SciPy"
    points: int = POINTS


def _slope(f: Callable[..., Any], place: int) -> Callable[..., Any]:
    def exact(*operands: Any) -> Any:
        def along(t: Any) -> Any:
            return f(*operands[:place], t, *operands[place + 1 :])

        with mpmath.workdps(240):
            return mpmath.diff(along, operands[place], h=mpmath.mpf(10) ** -110)

    return exact


def _gradient(f: Callable[..., Any], place: int) -> Callable[..., Any]:
    return lambda *operands: lamina.grad(f(*operands).sum(), operands[place])


def _inverse(
    f: Callable[[Any], Any], slope: Callable[[Any], Any], start: Callable[..., Any]
) -> Any:
    """By Newton's method from the double that `start` gives."""

    def exact(*operands: Any) -> Any:
        *shape, p = operands
        x = mpmath.mpf(float(start(*map(float, operands))))
        for _ in range(4):
            x -= (f(*shape, x) - p) / slope(*shape, x)
        return x

    return exact


def _lower(a: Any, x: Any) -> Any:
    return mpmath.gammainc(a, 0, x, regularized=True)


def _beta(a: Any, b: Any, x: Any) -> Any:
    return mpmath.betainc(a, b, 0, x, regularized=True)


def _owens_t(h: Any, a: Any) -> Any:
    with mpmath.workdps(20):
        area = mpmath.quad(lambda t: mpmath.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a])
        return area / (2 * mpmath.pi)


def cases() -> list[Case]:
    """All of the table."""
    import scipy.special as special

    m = mpmath
    two_over = 2 / m.sqrt(m.pi)
    return [
        Case("gamma", pt.gamma, m.gamma, ((1e-3, 170.0),), "native"),
        Case("gamma", pt.gamma, m.gamma, ((-20.0, 0.0),), "native"),
        Case("gammaln", pt.gammaln, m.loggamma, ((1e-3, 1e9),), "native"),
        Case("gammaln", pt.gammaln, m.loggamma, ((0.5, 3.0),), "native"),
        Case("digamma", pt.digamma, lambda x: m.psi(0, x), ((1e-3, 1e9),), "native"),
        Case("digamma", pt.digamma, lambda x: m.psi(0, x), ((0.5, 3.0),), "native"),
        Case("tri_gamma", pt.tri_gamma, lambda x: m.psi(1, x), ((1e-3, 1e9),), "native"),
        Case("polygamma", pt.polygamma, lambda n, x: m.psi(int(n), x), ((1, 8), (0.01, 100.0)),
             "native"),
        Case("gammainc", pt.gammainc, _lower, ((0.1, 50.0), (0.1, 50.0))),
        Case("gammaincc", pt.gammaincc, lambda a, x: m.gammainc(a, x, m.inf, regularized=True),
             ((0.1, 50.0), (0.1, 50.0))),
        Case("gammainc, by a", _gradient(pt.gammainc, 0), _slope(_lower, 0),
             ((0.1, 50.0), (0.1, 50.0)), "native", 200),
        Case("gammaincinv", pt.gammaincinv, _inverse(
            _lower, lambda a, x: x ** (a - 1) * m.exp(-x) / m.gamma(a), special.gammaincinv),
            ((0.5, 50.0), (0.01, 0.99)), points=400),
        Case("beta", pt.beta, m.beta, ((0.1, 50.0), (0.1, 50.0))),
        Case("betaln", pt.betaln, lambda a, b: m.log(m.beta(a, b)), ((2.0, 50.0), (2.0, 50.0))),
        Case("betainc", pt.betainc, _beta, ((0.1, 50.0), (0.1, 50.0), (0.01, 0.99)), points=400),
        Case("betainc, by a", _gradient(pt.betainc, 0), _slope(_beta, 0),
             ((0.1, 50.0), (0.1, 50.0), (0.01, 0.99)), "native", 100),
        Case("betainc, by b", _gradient(pt.betainc, 1), _slope(_beta, 1),
             ((0.1, 50.0), (0.1, 50.0), (0.01, 0.99)), "native", 100),
        Case("erfcx", pt.erfcx, lambda x: m.exp(x * x) * m.erfc(x), ((-5.0, 20.0),), "native"),
        Case("erfinv", pt.erfinv, _inverse(
            m.erf, lambda x: two_over * m.exp(-x * x), special.erfinv), ((-1.0, 1.0),), "native",
            400),
        Case("erfcinv", pt.erfcinv, _inverse(
            m.erfc, lambda x: -two_over * m.exp(-x * x), special.erfcinv), ((1e-30, 1.9),),
            "native", 400),
        Case("owens_t", pt.owens_t, _owens_t, ((0.0, 3.0), (0.0, 3.0)), points=200),
        Case("j0", pt.j0, lambda x: m.besselj(0, x), ((0.0, 2.0),)),
        Case("j1", pt.j1, lambda x: m.besselj(1, x), ((0.01, 3.0),)),
        Case("i0", pt.i0, lambda x: m.besseli(0, x), ((0.0, 100.0),)),
        Case("i1", pt.i1, lambda x: m.besseli(1, x), ((0.01, 100.0),)),
        Case("jv", pt.jv, m.besselj, ((0.0, 10.0), (0.01, 2.0))),
        Case("iv", pt.iv, m.besseli, ((0.0, 10.0), (0.01, 50.0))),
        Case("ive", pt.ive, lambda v, x: m.besseli(v, x) * m.exp(-x), ((0.0, 10.0), (0.01, 50.0))),
        Case("kv", pt.kv, m.besselk, ((0.0, 10.0), (0.01, 50.0)), points=400),
        Case("kve", pt.kve, lambda v, x: m.besselk(v, x) * m.exp(x), ((0.0, 10.0), (0.01, 50.0)),
             points=400),
        Case("hyp2f1", pt.hyp2f1, m.hyp2f1, ((0.1, 3.0), (0.1, 3.0), (0.5, 5.0), (-2.0, 0.9))),
        Case("hyp2f1, by a", _gradient(pt.hyp2f1, 0), _slope(m.hyp2f1, 0),
             ((0.1, 3.0), (0.1, 3.0), (0.5, 5.0), (-2.0, 0.9)), "native", 100),
        Case("hyp2f1, by c", _gradient(pt.hyp2f1, 2), _slope(m.hyp2f1, 2),
             ((0.1, 3.0), (0.1, 3.0), (0.5, 5.0), (-2.0, 0.9)), "native", 100),
        Case("poch", pt.special.poch, m.rf, ((0.1, 20.0), (0.1, 20.0))),
    ]  # fmt: skip


def drawn(case: Case, dtype: str) -> list[np.ndarray]:
    """The operands of one function."""
    random = np.random.default_rng(0)
    operands = []
    for low, high in case.ranges:
        if isinstance(low, int):
            x = random.integers(low, high, case.points).astype(float)
        elif low > 0 and high / low > 1000:
            x = np.exp(random.uniform(np.log(low), np.log(high), case.points))
        else:
            x = random.uniform(low, high, case.points)
        operands.append(x.astype(dtype))
    return operands


def measure(case: Case, dtype: str) -> tuple[float, tuple[float, ...]]:
    """The largest error in units of the last place, and where it is."""
    operands = drawn(case, dtype)
    variables = [pt.vector(dtype=dtype) for _ in operands]
    found = lamina.function(variables, case.function(*variables))(*operands)
    limits = np.finfo(dtype)
    worst, place = 0.0, (0.0,) * len(operands)
    with mpmath.workdps(DIGITS):
        for y, *at in zip(found, *operands, strict=True):
            exact = case.exact(*(mpmath.mpf(float(v)) for v in at))
            if not limits.tiny < abs(exact) < limits.max:
                continue
            unit = float(np.spacing(np.abs(np.dtype(dtype).type(float(exact)))))
            error = float(abs(mpmath.mpf(float(y)) - exact) / unit)
            if not error <= worst:  # NaN is worst of all
                worst, place = error, tuple(map(float, at))
    return worst, place


def rows() -> Iterator[str]:
    """Yield the table's lines."""
    for case in cases():
        for dtype in ("float64", "float32"):
            worst, place = measure(case, dtype)
            ranges = "; ".join(f"{low:g} to {high:g}" for low, high in case.ranges)
            at = ", ".join(f"{v:.6g}" for v in place)
            yield f"| {case.name} | {dtype} | {case.by} | {worst:.2f} | {at} | {ranges} |"


TEXT = """
## Special functions

The same for functions of `lamina.tensor` that are no part of the library above, at some hundred
random points of the ranges given, against mpmath. *Native* ones are polynomials, series and
continued fractions compiled with the function that calls them; the others are SciPy's, called by
address, and have the errors of the SciPy that is installed. float32 is computed in double precision
and rounded, so that its error is 0.5 unless double precision fails. Near a root of a function the
error is relative to a small number: gammaln and digamma keep their digits near the roots at 1, 2
and 1.46, Bessel functions and gamma's relatives of negative arguments lose them.

| function | dtype | by | max ULP | at | arguments |
|---|---|---|---|---|---|
{rows}
"""


def section() -> str:
    """Measure, and return the section of the page."""
    return TEXT.format(rows="\n".join(rows()))
