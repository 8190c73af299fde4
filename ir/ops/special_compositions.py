"""Special functions that are others of other arguments."""

from __future__ import annotations

from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array


def gammau(k: Any, x: Any) -> Any:
    """Upper incomplete gamma function, the integral of t^(k - 1) exp(-t) from x on (DLMF 8.2.2).

    Parameters
    ----------
    k, x : tensor-like
        Positive and not negative.
    """
    return nd.gammaincc(k, x) * nd.gamma(k)


def gammal(k: Any, x: Any) -> Any:
    """Lower incomplete gamma function, the integral of t^(k - 1) exp(-t) from 0 to x (DLMF 8.2.1).

    Parameters
    ----------
    k, x : tensor-like
        Positive and not negative.
    """
    return nd.gammainc(k, x) * nd.gamma(k)


def chi2sf(x: Any, k: Any) -> Any:
    """Probability that a chi-squared variable of k degrees of freedom exceeds x."""
    return nd.gammaincc(as_array(k) / 2, as_array(x) / 2)


def factorial(n: Any) -> Any:
    """Gamma(n + 1), and 0 of a negative n, as ``scipy.special.factorial(n, exact=False)``."""
    n = as_array(n)
    return nd.switch(n < 0, 0, nd.gamma(n + 1))


def kn(n: Any, x: Any) -> Any:
    """Modified Bessel function of the second kind of the whole order nearest to n towards 0."""
    return nd.kv(nd.trunc(as_array(n)), x)
