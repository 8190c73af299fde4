"""Gauss' hypergeometric function and its derivatives; Pochhammer's symbol."""

import math

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.dual import Dual
from lamina.ir.ops.elementwise import elementwise, like
from lamina.ir.ops.formula import Formula, branch, iterate
from lamina.ir.ops.gamma import digamma
from lamina.ir.ops.scipy_special import floating, scipy_call, scipy_special

_EPSILON = 2.0**-56
_MOST = 30_000  # terms
_NEAR_1 = 0.9985  # its powers fall below the last place within so many
_FACTS = {
    "types": floating(4), "nin": 4,
    "domains": ((0.2, 2.0), (0.2, 2.0), (1.0, 4.0), (-2.0, 0.8)),
}  # fmt: skip


def _series(a, b, c, z):
    """Gauss' series (DLMF 15.2.1) of dual numbers; NaN where it does not settle."""

    def more(k, term, slope, total, slopes, settled):
        return nd.and_(settled < 3, k < _MOST)

    def step(k, term, slope, total, slopes, settled):
        t = Dual(term, slope) * (a + k) * (b + k) / ((c + k) * (k + 1)) * z
        small = nd.abs(t.value) + nd.abs(t.slope) <= _EPSILON * (nd.abs(total) + nd.abs(slopes))
        one = k * 0 + 1
        again = nd.switch(small, settled + 1, 0 * one)
        # what overflows does not settle either
        broken = nd.neq(t.slope - t.slope, 0)
        again = nd.switch(broken, 9 * one, again)
        return k + 1, t.value, t.slope, total + t.value, slopes + t.slope, again

    start = z * 0
    _, _, _, total, slopes, settled = iterate(more, step, start, 1.0, 0.0, 1.0, 0.0, 0.0)
    good = nd.and_(settled >= 3, settled < 9)
    return Dual(total, nd.switch(good, slopes, math.nan))


def _slope_by(which):
    def slope(a, b, c, z):
        def given():
            first, second, third = (int(i == which) for i in range(3))
            return Dual(a, first), Dual(b, second), Dual(c, third)

        def by_series():
            return _series(*given(), z).slope

        def by_pfaff():
            # (1 - z)^-a F(a, c - b; c; z / (z - 1)), DLMF 15.8.1
            first, second, third = given()
            f = _series(first, third - second, third, z / (z - 1))
            log = nd.log1p(-z)
            inner = f.slope - log * f.value if which == 0 else f.slope
            return nd.exp(-a * log) * inner

        settles = nd.and_(z <= _NEAR_1, z >= _NEAR_1 / (_NEAR_1 - 1))
        return branch(settles, lambda: branch(z >= -0.5, by_series, by_pfaff), lambda: math.nan)

    return slope


_BY_A, _BY_C = Formula("hyp2f1_slope_a", _slope_by(0)), Formula("hyp2f1_slope_c", _slope_by(2))
_SLOPE_DOC = """Derivative of `hyp2f1` by {}, for z < 1: Gauss' series (DLMF 15.2.1), for z < -1/2
    after Pfaff's transformation (DLMF 15.8.1), differentiated term by term.

    NaN where 30,000 terms do not suffice: above z = 0.9985 and below z = -665."""


hyp2f1_slope_a = elementwise(
    "hyp2f1_slope_a", _BY_A.on_arrays, scalar=_BY_A,
    pullback=lambda a, b, c, z, y, g: (None, None, None, g * b / c * (
        hyp2f1(a + 1, b + 1, c + 1, z) + a * hyp2f1_slope_a(a + 1, b + 1, c + 1, z))),
    **_FACTS, orders=(0, 1, 2), doc=_SLOPE_DOC.format("a"),
)  # fmt: skip
hyp2f1_slope_c = elementwise(
    "hyp2f1_slope_c", _BY_C.on_arrays, scalar=_BY_C,
    pullback=lambda a, b, c, z, y, g: (None, None, None, g * a * b / c * (
        hyp2f1_slope_c(a + 1, b + 1, c + 1, z) - hyp2f1(a + 1, b + 1, c + 1, z) / c)),
    **_FACTS, orders=(0, 1, 2), doc=_SLOPE_DOC.format("c"),
)  # fmt: skip
hyp2f1 = elementwise(
    "hyp2f1", scipy_special("hyp2f1"), scalar=scipy_call("hyp2f1"),
    pullback=lambda a, b, c, z, y, g: (
        g * hyp2f1_slope_a(a, b, c, z), g * hyp2f1_slope_a(b, a, c, z),
        g * hyp2f1_slope_c(a, b, c, z), g * a * b / c * hyp2f1(a + 1, b + 1, c + 1, z)),
    **_FACTS, doc="Gauss' hypergeometric function F(a, b; c; z) (DLMF 15.2.1).",
)  # fmt: skip
poch = elementwise(
    "poch", scipy_special("poch"), scalar=scipy_call("poch"),
    pullback=lambda z, m, y, g: (
        g * y * (digamma(z + m) - digamma(z)), g * y * digamma(z + m)),
    types=like(np.arctan2), nin=2, domain=(0.2, 4.0),
    doc="Pochhammer's symbol Gamma(z + m) / Gamma(z) (DLMF 5.2.5).",
)  # fmt: skip
