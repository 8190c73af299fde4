"""Sums and means over the axes of a large matrix, on one thread."""

import numpy as np

import lamina
import lamina.tensor as pt
from benchmarks.timing import compare, show


def main(n: int = 2000) -> None:
    X = pt.matrix("X")
    x = np.random.default_rng(0).standard_normal((n, n))
    for axis in (None, 0, 1):
        f = lamina.function([X], X.sum(axis=axis))
        show(
            f"sum, axis {axis}, {n}x{n}",
            compare({"lamina": lambda f=f: f(x), "numpy": lambda a=axis: x.sum(axis=a)}, 5),
        )
    for axis in (0, 1):
        f = lamina.function([X], [X.mean(axis=axis), X.var(axis=axis)])
        show(
            f"mean and var, axis {axis}, {n}x{n}",
            compare(
                {
                    "lamina": lambda f=f: f(x),
                    "numpy": lambda a=axis: [x.mean(axis=a), x.var(axis=a)],
                },
                5,
            ),
        )
    f = lamina.function([X], pt.logsumexp(X, axis=1))
    show(
        f"logsumexp, axis 1, {n}x{n}",
        compare(
            {
                "lamina": lambda: f(x),
                "numpy": lambda: (
                    np.log(np.exp(x - (m := x.max(1, keepdims=True))).sum(1)) + m[:, 0]
                ),
            },
            5,
        ),
    )
    f = lamina.function([X], X.argmax(axis=1))
    show(
        f"argmax, axis 1, {n}x{n}",
        compare({"lamina": lambda: f(x), "numpy": lambda: x.argmax(1)}, 5),
    )
