"""Loops, against ones written by hand for numba and against jax.lax.scan.

Needs numba and jax, which Lamina does not: `pip install numba jax`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable

import numpy as np

import lamina
import lamina.tensor as pt
from benchmarks.timing import compare, show
from lamina.scan import until as stop

Ways = dict[str, Callable[[], object]]
rng = np.random.default_rng(0)


def _numba() -> object:
    return importlib.import_module("benchmarks.scan_numba")


def _jax() -> object:
    return importlib.import_module("benchmarks.scan_jax")


def logistic_map() -> Ways:
    """x <- r x (1 - x), 1e6 times; the last value."""
    r, x = pt.scalars("r", "x")
    xs = lamina.scan(
        lambda x, r: r * x * (1 - x), outputs_info=[x], non_sequences=[r], n_steps=1_000_000,
        return_updates=False,
    )  # fmt: skip
    f = lamina.function([r, x], xs[-1])
    return {"lamina": lambda: f(3.7, 0.3)} | _others("logistic_map", 3.7, 0.3, 1_000_000)


def fibonacci() -> Ways:
    """Fibonacci numbers in float64 and the ratio of two: 1000 of both."""
    a, b = pt.scalars("a", "b")

    def step(a, b):
        return [b, a + b, (a + b) / b]

    _, sums, ratios = lamina.scan(
        step, outputs_info=[a, b, None], n_steps=1000, return_updates=False
    )
    f = lamina.function([a, b], [sums, ratios])
    return {"lamina": lambda: f(0.0, 1.0)} | _others("fibonacci", 0.0, 1.0, 1000)


def row_sums(rows: int, columns: int) -> Ways:
    """Running sums over the rows of a matrix."""
    x, start = pt.matrix("x"), pt.vector("start")
    sums = lamina.scan(
        lambda row, total: total + row, [x], outputs_info=[start], return_updates=False
    )
    f = lamina.function([x, start], sums)
    values, zero = rng.normal(size=(rows, columns)), np.zeros(columns)
    return {"lamina": lambda: f(values, zero)} | _others("row_sums", values, zero)


def until() -> Ways:
    """Bisection steps until a bound is passed: 6903 of at most 10000; all values."""
    x = pt.scalar("x")
    xs = lamina.scan(
        lambda x: (x * 1.001, stop(x * 1.001 > 1000.0)),
        outputs_info=[x], n_steps=10_000, return_updates=False,
    )  # fmt: skip
    f = lamina.function([x], xs)
    return {"lamina": lambda: f(1.0)} | _others("until", 1.0, 10_000)


def affine_rows(rows: int, columns: int) -> Ways:
    """x W + b, row by row."""
    x, w, b = pt.matrix("x"), pt.matrix("w"), pt.vector("b")
    ys = lamina.scan(
        lambda row, w, b: pt.dot(row, w) + b, [x], non_sequences=[w, b],
        return_updates=False,
    )  # fmt: skip
    f = lamina.function([x, w, b], ys)
    values = rng.normal(size=(rows, columns)), rng.normal(size=(columns, columns)), np.ones(columns)
    return {"lamina": lambda: f(*values)} | _others("affine_rows", *values)


def polynomial() -> Ways:
    """The sum of c_i x^i: the tutorial's exercise, of 1e4 terms."""
    c, x = pt.vector("c"), pt.scalar("x")
    terms = lamina.scan(
        lambda c, power, x: c * x**power, [c, pt.arange(c.shape[0], dtype="float64")],
        non_sequences=[x], return_updates=False,
    )  # fmt: skip
    f = lamina.function([c, x], terms.sum())
    values = rng.normal(size=10_000)
    return {"lamina": lambda: f(values, 0.999)} | _others("polynomial", values, 0.999)


def nested() -> Ways:
    """For each of 1000 numbers an inner loop of 100 steps."""
    x = pt.vector("x")

    def inner(y, x):
        return 0.9 * y + x

    def outer(x):
        return lamina.scan(
            inner, outputs_info=[pt.zeros_like(x)], non_sequences=[x], n_steps=100,
            return_updates=False,
        )[-1]  # fmt: skip

    f = lamina.function([x], lamina.scan(outer, [x], return_updates=False))
    values = rng.normal(size=1000)
    return {"lamina": lambda: f(values)} | _others("nested", values, 100)


def _network(steps: int = 200, batch: int = 32, width: int = 64) -> list[np.ndarray]:
    sizes = (steps, batch, width), (batch, width), (width, width), (width, width), (width,)
    scales = 1, 0.1, 0.1, 0.1, 0.1
    return [rng.normal(size=n) * s for n, s in zip(sizes, scales, strict=True)]


def _recurrent() -> tuple[list, object]:
    x, h0 = pt.tensor3("x"), pt.matrix("h0")
    wx, wh, b = pt.matrix("wx"), pt.matrix("wh"), pt.vector("b")
    hs = lamina.scan(
        lambda x, h, wx, wh, b: pt.tanh(x @ wx + h @ wh + b), [x], outputs_info=[h0],
        non_sequences=[wx, wh, b], return_updates=False,
    )  # fmt: skip
    return [x, h0, wx, wh, b], hs


def recurrent_network() -> Ways:
    """200 steps of tanh(x_t Wx + h Wh + b), 32 by 64."""
    inputs, hs = _recurrent()
    f, values = lamina.function(inputs, hs), _network()
    return {"lamina": lambda: f(*values)} | _others("recurrent_network", *values)


def recurrent_network_gradient() -> Ways:
    """Its mean square and the gradient with respect to Wx, Wh, b."""
    inputs, hs = _recurrent()
    loss = (hs**2).mean()
    f = lamina.function(inputs, [loss, *lamina.grad(loss, inputs[2:])])
    values = _network()
    return {"lamina": lambda: f(*values)} | _others("recurrent_network_gradient", *values)


def lstm() -> Ways:
    """100 steps of an LSTM, 16 by 32."""
    x, h0, c0 = pt.tensor3("x"), pt.matrix("h0"), pt.matrix("c0")
    wx, wh, b = pt.matrix("wx"), pt.matrix("wh"), pt.vector("b")
    width = 32

    def step(x, h, c, wx, wh, b):
        z = x @ wx + h @ wh + b
        i, f, g, o = (z[:, k * width : (k + 1) * width] for k in range(4))
        c = pt.sigmoid(f) * c + pt.sigmoid(i) * pt.tanh(g)
        return [pt.sigmoid(o) * pt.tanh(c), c]

    hs, cs = lamina.scan(
        step, [x], outputs_info=[h0, c0], non_sequences=[wx, wh, b], return_updates=False
    )
    f = lamina.function([x, h0, c0, wx, wh, b], [hs, cs[-1]])
    sizes = (100, 16, width), (16, width), (16, width), (width, 4 * width), (width, 4 * width)
    values = [rng.normal(size=n) * 0.3 for n in (*sizes, (4 * width,))]
    return {"lamina": lambda: f(*values)} | _others("lstm", *values)


def kalman_filter() -> Ways:
    """1000 observations of 2 numbers of a state of 4; the filtered means and log likelihoods."""
    y, m0, p0 = pt.matrix("y"), pt.vector("m0"), pt.matrix("p0")
    a, h, q, r = pt.matrices("a", "h", "q", "r")

    def step(y, m, p, a, h, q, r):
        m, p = a @ m, a @ p @ a.T + q
        v, s = y - h @ m, h @ p @ h.T + r
        k = pt.linalg.solve(s, h @ p, assume_a="pos").T
        m, p = m + k @ v, p - k @ s @ k.T
        log_det = pt.log(s[0, 0] * s[1, 1] - s[0, 1] * s[1, 0])
        return [m, p, -0.5 * (pt.dot(v, pt.linalg.solve(s, v, assume_a="pos")) + log_det)]

    ms, _, ls = lamina.scan(
        step, [y], outputs_info=[m0, p0, None], non_sequences=[a, h, q, r], return_updates=False
    )
    f = lamina.function([y, m0, p0, a, h, q, r], [ms, ls.sum()])
    dt = 0.1
    moved = np.eye(4) + dt * np.eye(4, k=2)
    seen = np.eye(2, 4)
    values = [
        rng.normal(size=(1000, 2)).cumsum(0), np.zeros(4), np.eye(4), moved, seen, 0.01 * np.eye(4),
        0.1 * np.eye(2),
    ]  # fmt: skip
    return {"lamina": lambda: f(*values)} | _others("kalman_filter", *values)


def hidden_markov_model() -> Ways:
    """The forward pass over 1000 observations with 16 states, in logarithms."""
    y, start, moves = pt.lvector("y"), pt.vector("start"), pt.matrix("moves")
    emits = pt.matrix("emits")

    def step(y, alpha, moves, emits):
        return pt.logsumexp(alpha[:, None] + moves, axis=0) + emits[:, y]

    alphas = lamina.scan(
        step, [y], outputs_info=[start], non_sequences=[moves, emits], return_updates=False
    )
    f = lamina.function([y, start, moves, emits], pt.logsumexp(alphas[-1]))
    p, e = rng.dirichlet(np.ones(16), 16), rng.dirichlet(np.ones(8), 16)
    values = rng.integers(0, 8, 1000), np.full(16, -np.log(16)), np.log(p), np.log(e)
    return {"lamina": lambda: f(*values)} | _others("hidden_markov_model", *values)


def _others(name: str, *values: object) -> Ways:
    ways: Ways = {}
    by_numba = getattr(_numba(), name)
    ways["numba"] = lambda: by_numba(*values)
    by_jax = getattr(_jax(), name)
    ways["jax"] = by_jax(*values)
    return ways


CASES: dict[str, Callable[[], Ways]] = {
    "logistic map 1e6": logistic_map,
    "Fibonacci 1000": fibonacci,
    "row sums 100x10": lambda: row_sums(100, 10),
    "row sums 1e4x100": lambda: row_sums(10_000, 100),
    "until, 6908 steps": until,
    "affine rows 100x5": lambda: affine_rows(100, 5),
    "affine rows 1000x64": lambda: affine_rows(1000, 64),
    "polynomial 1e4": polynomial,
    "nested 1000x100": nested,
    "RNN T200 B32 H64": recurrent_network,
    "its gradient": recurrent_network_gradient,
    "LSTM T100 B16 H32": lstm,
    "Kalman filter T1000": kalman_filter,
    "HMM forward T1000 S16": hidden_markov_model,
}


def main() -> None:
    wanted = os.environ.get("CASES")
    for title, case in CASES.items():
        if wanted is None or any(part in title for part in wanted.split(",")):
            show(title, compare(case(), rounds=int(os.environ.get("ROUNDS", "9"))))


if __name__ == "__main__":
    main()
