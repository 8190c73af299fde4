"""Quantiles of the Poisson and the binomial distribution, as one function."""

import math

import lamina.ir.operators as nd
from lamina.ir.ops.elementwise import elementwise, zero
from lamina.ir.ops.formula import Formula, branch, iterate
from lamina.ir.ops.scipy_special import floating

_SMALL = 16.0  # a variance; below it probabilities are added up from that of 0 on
_LARGE = 1e8  # beyond it the expansion is nowhere told from the quantile
_NOTHING = 1e-18
_LAST = 1 - 2.0**-53


def _by_sums(u, first, slope, mean, deviation):
    """The least k whose distribution function is above `u`."""
    known = nd.eq(slope, 0)
    scale = nd.log1p(-slope) / nd.switch(known, 1.0, slope)
    none = nd.exp(nd.switch(known, -first, first * scale))

    def more(k, p, total):
        some = nd.or_(k < mean, p > _NOTHING)
        return nd.and_(nd.and_(total <= u, some), k < mean + 12 * deviation + 60)

    def step(k, p, total):
        following = p * (first + slope * k) / (k + 1)
        return k + 1, following, total + following

    return iterate(more, step, 0 * u, none, none)[0]


def _by_proportion(u, first, slope, mean, deviation):
    """The same where the probability of 0 may be too small: of all that is not too far."""
    start = nd.maximum(nd.floor(mean - 9 * deviation), 0)
    stop = mean + 9 * deviation + 60  # the upper tail is the longer one

    def step(k, p, total):
        following = p * (first + slope * k) / (k + 1)
        return k + 1, following, total + following

    _, _, whole = iterate(lambda k, p, total: k < stop, step, start, 1.0, 1.0)
    part = u * whole
    return iterate(lambda k, p, total: nd.and_(total <= part, k < stop), step, start, 1.0, 1.0)[0]


def _quantile(x, first, slope):
    mean = first / (1 - slope)
    variance = mean / (1 - slope)
    deviation = nd.sqrt(variance)
    u = nd.minimum((1 + x) * 0.5, _LAST)

    def by_expansion():
        # Cornish and Fisher's expansion to the fifth cumulant, with Sheppard's corrections of the
        # second one for a distribution of integers, at the middle between two of them; the ratios
        # of cumulants to the second one are Eulerian polynomials
        r3 = (1 + slope) / (1 - slope)
        r4 = (1 + slope * (4 + slope)) / ((1 - slope) * (1 - slope))
        r5 = r3 * (1 + slope * (10 + slope)) / ((1 - slope) * (1 - slope))
        w = math.sqrt(2) * nd.erfinv(x)
        w2 = w * w
        by_1 = w * (r4 * (w2 - 3) / 24 - r3 * r3 * (2 * w2 - 5) / 36 - 1 / 24)
        by_2 = (
            r5 * ((w2 - 6) * w2 + 3) / 120
            - r3 * r4 * ((w2 - 5) * w2 + 2) / 24
            + r3 * r3 * r3 * ((12 * w2 - 53) * w2 + 17) / 324
            + r3 * (w2 - 1) / 72
        )
        at = mean + 0.5 + deviation * w + r3 * (w2 - 1) / 6 + by_1 / deviation + by_2 / variance
        # 0.011 is the most that was found, for slopes from -1 to 0
        error = 0.02 * (1 + nd.abs(w) * w2 * w2) / (variance * deviation)
        near = nd.and_(nd.abs(at - nd.round_half_to_even(at)) < error, variance < _LARGE)
        return branch(
            near, lambda: _by_proportion(u, first, slope, mean, deviation), lambda: nd.floor(at)
        )

    def inside():
        return branch(
            variance < _SMALL, lambda: _by_sums(u, first, slope, mean, deviation), by_expansion
        )

    known = nd.and_(nd.abs(x) < 1, nd.and_(first >= 0, first < math.inf))
    known = nd.and_(known, nd.and_(slope >= -1, slope <= 0))
    return branch(known, inside, lambda: math.nan)


_QUANTILE = Formula("panjer_quantile", _quantile)

panjer_quantile = elementwise(
    "panjer_quantile", _QUANTILE.on_arrays, scalar=_QUANTILE, types=floating(3), nin=3,
    pullback=zero,
    domains=((-0.95, 0.95), (0.5, 6.0), (-0.9, 0.0)),
    doc="""Quantile at (1 + x) / 2, of x, a and b, of the distribution of integers from 0 on whose
    probabilities have the ratios (a + b k) / (k + 1) (H. H. Panjer, ASTIN Bull. 12 (1981) 22),
    with -1 <= b <= 0; NaN elsewhere.

    With b = 0 that is Poisson's of mean a, with b = -p / (1 - p) and a = -n b the binomial one, of
    p up to 1 / 2. Where the variance is large it is the integer below an
    asymptotic expansion (E. A. Cornish and R. A. Fisher, Rev. Inst. Int. Stat. 5 (1938) 307; for
    Poisson's, M. B. Giles, ACM Trans. Math. Softw. 42 (2016) 7), unless that is as near to an
    integer as its error.""",
)  # fmt: skip


def poisson_quantile(x, mean):
    """The quantile at (1 + x) / 2 of Poisson's distribution."""
    return panjer_quantile(x, mean, 0 * mean)


def binomial_quantile(x, n, p):
    """The quantile at (1 + x) / 2 of the binomial distribution, as `n` is, a float64; of failures,
    from `n` down, where those are the fewer.
    """
    few = p <= 0.5
    odds = nd.switch(few, p / (1 - p), (1 - p) / p)
    found = nd.minimum(panjer_quantile(nd.switch(few, x, -x), n * odds, -odds), n)
    return nd.switch(few, found, n - found)
