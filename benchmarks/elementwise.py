"""Fused elementwise expressions on large arrays, on one thread."""

import numpy as np
from scipy.special import erf

import lamina
import lamina.tensor as pt
from benchmarks.timing import compare, show


def black_scholes(log, exp, sqrt, cdf, s, k, t, r, v):
    """Prices of European calls and puts (F. Black, M. Scholes, J. Political Economy 81 (1973), eq.
    13).
    """
    spread = v * sqrt(t)
    d1 = (log(s / k) + (r + v * v / 2) * t) / spread
    d2 = d1 - spread
    discounted = k * exp(-r * t)
    call = s * cdf(d1) - discounted * cdf(d2)
    return call, call - s + discounted


def main(n: int = 1_000_000) -> None:
    rng = np.random.default_rng(0)
    for dtype in ("float64", "float32"):
        values = [
            rng.uniform(low, high, n).astype(dtype)
            for low, high in ((80, 120), (80, 120), (0.1, 2), (0.01, 0.05), (0.1, 0.5))
        ]
        inputs = pt.vectors(*"sktrv", dtype=dtype)
        if True:
            outputs = black_scholes(
                pt.log,
                pt.exp,
                pt.sqrt,
                lambda x: 0.5 * (1 + pt.erf(x * 0.7071067811865476)),
                *inputs,
            )
            f = lamina.function(inputs, list(outputs))

            def numpy_way(values=values):
                return black_scholes(
                    np.log,
                    np.exp,
                    np.sqrt,
                    lambda z: 0.5 * (1 + erf(z * z.dtype.type(0.7071067811865476))),
                    *values,
                )

            show(
                f"Black-Scholes {dtype}, {n} options",
                compare({"lamina": lambda f=f, v=values: f(*v), "numpy": numpy_way}, 5),
            )

        x = pt.vector("x", dtype=dtype)
        u = rng.standard_normal(n).astype(dtype)
        g = lamina.function([x], pt.exp(-(x**2) / 2) * pt.sin(3 * x) + pt.log1p(x**2))
        show(
            f"exp(-x^2/2) sin 3x + log1p x^2, {dtype}, {n}",
            compare({
                "lamina": lambda g=g, u=u: g(u),
                "numpy": lambda u=u: np.exp(-(u**2) / 2) * np.sin(3 * u) + np.log1p(u**2),
            }, 5),
        )  # fmt: skip
