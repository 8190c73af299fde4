"""Models that people run on devices, small: their inputs, outputs and updates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import lamina
import lamina.tensor as pt


@dataclass
class Model:
    """A function to be.

    Attributes
    ----------
    inputs, outputs : list of variable
    arrays : list of array
        What the inputs are called with.
    updates : dict
        Of shared variables.
    """

    inputs: list[Any]
    outputs: list[Any]
    arrays: list[np.ndarray]
    updates: dict[Any, Any] = field(default_factory=dict)

    def function(self, mode: str | None = None) -> Any:
        return lamina.function(self.inputs, self.outputs, updates=self.updates, mode=mode)


def _descent(loss: Any, parameters: list[Any], rate: float = 0.1) -> dict[Any, Any]:
    slopes = lamina.grad(loss, parameters)
    return {p: p - np.asarray(rate, p.dtype) * g for p, g in zip(parameters, slopes, strict=True)}


def logistic_regression(dtype: str, device: str = "cpu", rows: int = 40) -> Model:
    """A step of gradient descent, with the weights' squares as a penalty."""
    rng = np.random.default_rng(1)
    x, y = pt.matrix("x", dtype=dtype), pt.vector("y", dtype=dtype)
    w = lamina.shared(rng.normal(size=7).astype(dtype), "w", device=device)
    b = lamina.shared(np.zeros((), dtype), "b", device=device)
    p = pt.sigmoid(x @ w + b)
    loss = -(y * pt.log(p) + (1 - y) * pt.log(1 - p)).mean() + 0.01 * (w**2).sum()
    arrays = [rng.normal(size=(rows, 7)).astype(dtype), (rng.random(rows) > 0.5).astype(dtype)]
    return Model([x, y], [loss, p > 0.5], arrays, _descent(loss, [w, b]))


def network(dtype: str, device: str = "cpu", rows: int = 33) -> Model:
    """A step of a network with two layers, that tells classes apart."""
    rng = np.random.default_rng(2)
    x, labels = pt.matrix("x", dtype=dtype), pt.lvector("labels")
    sizes = [(9, 12), (12,), (12, 5), (5,)]
    parameters = [
        lamina.shared(rng.normal(0, 0.3, size).astype(dtype), f"p{i}", device=device)
        for i, size in enumerate(sizes)
    ]
    w1, b1, w2, b2 = parameters
    scores = pt.tanh(x @ w1 + b1) @ w2 + b2
    log_p = pt.special.log_softmax(scores, axis=1)
    loss = -log_p[pt.arange(labels.shape[0]), labels].mean()
    arrays = [rng.normal(size=(rows, 9)).astype(dtype), rng.integers(0, 5, rows)]
    return Model([x, labels], [loss, scores.argmax(axis=1)], arrays, _descent(loss, parameters))


def rows(dtype: str, shape: tuple[int, int] = (9, 21)) -> Model:
    """Softmax, layer norm and logsumexp, with their gradients."""
    rng = np.random.default_rng(3)
    x, scale = pt.matrix("x", dtype=dtype), pt.vector("scale", dtype=dtype)
    centred = x - x.mean(axis=1, keepdims=True)
    norm = centred / pt.sqrt(x.var(axis=1, keepdims=True) + np.asarray(1e-5, dtype)) * scale
    softmax, total = pt.special.softmax(x, axis=1), pt.logsumexp(x, axis=1)
    loss = (norm**3).sum() + (softmax**2).sum() + total.sum()
    arrays = [rng.normal(size=shape).astype(dtype), rng.normal(size=shape[1]).astype(dtype)]
    return Model([x, scale], [softmax, norm, total, *lamina.grad(loss, [x, scale])], arrays)


def black_scholes(dtype: str, count: int = 301) -> Model:
    """Prices of European calls and puts, and their slopes by the spot price."""
    rng = np.random.default_rng(4)
    spot, strike, years = pt.vectors("spot", "strike", "years", dtype=dtype)
    rate, sigma = np.asarray(0.02, dtype), np.asarray(0.3, dtype)

    def phi(d: Any) -> Any:
        return 0.5 * pt.erfc(-d / np.asarray(2**0.5, dtype))

    d1 = (pt.log(spot / strike) + (rate + sigma**2 / 2) * years) / (sigma * pt.sqrt(years))
    d2 = d1 - sigma * pt.sqrt(years)
    call = spot * phi(d1) - strike * pt.exp(-rate * years) * phi(d2)
    put = call - spot + strike * pt.exp(-rate * years)
    arrays = [rng.uniform(lo, hi, count).astype(dtype) for lo, hi in ((5, 30), (1, 90), (0.2, 9))]
    return Model([spot, strike, years], [call, put, lamina.grad(call.sum(), spot)], arrays)


def recurrent(dtype: str, device: str = "cpu", steps: int = 6) -> Model:
    """A step of a recurrent network: a loop, and the loop of its gradient."""
    rng = np.random.default_rng(5)
    x, target = pt.tensor3("x", dtype=dtype), pt.matrix("target", dtype=dtype)
    sizes = [(3, 8), (8, 8), (8,), (8, 2)]
    parameters = [
        lamina.shared(rng.normal(0, 0.4, size).astype(dtype), f"p{i}", device=device)
        for i, size in enumerate(sizes)
    ]
    w_in, w, b, w_out = parameters

    def step(row: Any, state: Any, *rest: Any) -> Any:
        return pt.tanh(row @ w_in + state @ w + b)

    start = pt.zeros((x.shape[1], 8), dtype=dtype)
    states = lamina.scan(
        step, [x], outputs_info=[start], non_sequences=[w_in, w, b], return_updates=False
    )
    loss = ((states[-1] @ w_out - target) ** 2).mean()
    arrays = [rng.normal(size=(steps, 4, 3)).astype(dtype), rng.normal(size=(4, 2)).astype(dtype)]
    return Model([x, target], [loss, states], arrays, _descent(loss, parameters))


TRAINED: dict[str, Callable[..., Model]] = {
    "logistic regression": logistic_regression, "network": network, "recurrent": recurrent,
}  # fmt: skip
PLAIN: dict[str, Callable[..., Model]] = {"rows": rows, "Black-Scholes": black_scholes}
