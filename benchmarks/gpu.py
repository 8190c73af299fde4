"""Functions on a CUDA device, against torch.compile, JAX and CuPy: ``python -m benchmarks.gpu``.

Needs a device; those of the others that are not installed are left out. ``--device cuda-emu`` and
``--size 1000`` try the benchmark itself without one.
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np

import lamina
import lamina.tensor as pt
from lamina import cuda
from lamina.ir.dialect import ProductKernelOp

REPEATS, CALLS = 7, 20


@dataclass
class Workload:
    """What is timed.

    Attributes
    ----------
    title : str
    arrays : list of array
    lamina, numpy : callable
        Of variables, and of arrays; what other libraries compute is `numpy` with their module.
    nbytes, flops : int
        What a call moves at least, and computes.
    has_product : bool
        Whether it is a product of matrices and a map of it: timed as one kernel, and as a product
        of cuBLAS and a kernel, whichever is chosen.
    """

    title: str
    arrays: list[np.ndarray]
    lamina: Callable[..., Any]
    numpy: Callable[..., Any]
    nbytes: int = 0
    flops: int = 0
    has_product: bool = False


def workloads(n: int) -> list[Workload]:
    """The workloads, of about `n` elements."""
    rng, side = np.random.default_rng(0), max(int(n**0.5), 1)
    found = []
    for dtype in ("float32", "float64"):
        x, y = (rng.uniform(0.1, 1, n).astype(dtype) for _ in range(2))
        a = rng.normal(size=(side, side)).astype(dtype)
        row = rng.normal(size=side).astype(dtype)
        size = np.dtype(dtype).itemsize
        found += [
            Workload(
                f"exp(-x^2/2) sin(3y) {dtype}", [x, y],
                lambda x, y: pt.exp(-x * x / 2) * pt.sin(3 * y),
                lambda np, x, y: np.exp(-x * x / 2) * np.sin(3 * y), 3 * n * size,
            ),
            Workload(
                f"matrix + row {dtype}", [a, row], lambda a, b: a * 2 + b,
                lambda np, a, b: a * 2 + b, 2 * side * side * size,
            ),
            Workload(
                f"sum {dtype}", [x], lambda x: x.sum(), lambda np, x: x.sum(), n * size,
            ),
            Workload(
                f"softmax of rows {dtype}", [a], lambda a: pt.special.softmax(a, axis=-1),
                lambda np, a: _softmax(np, a), 2 * side * side * size,
            ),
            Workload(
                f"layer norm {dtype}", [a],
                lambda a: (a - a.mean(1, keepdims=True)) / pt.sqrt(a.var(1, keepdims=True) + 1e-5),
                lambda np, a: (a - a.mean(1).reshape(-1, 1))
                / np.sqrt(((a - a.mean(1).reshape(-1, 1)) ** 2).mean(1).reshape(-1, 1) + 1e-5),
                2 * side * side * size,
            ),
            Workload(
                f"Black-Scholes {dtype}", [x, y], _black_scholes(pt.exp, pt.log, pt.sqrt, pt.tanh),
                lambda np, x, y: _black_scholes(np.exp, np.log, np.sqrt, np.tanh)(x, y),
                3 * n * size,
            ),
        ]  # fmt: skip
        found += [_logistic_regression(rng, n // 64 + 1, dtype), _network(rng, n // 256 + 1, dtype)]
    for dtype in ("float16", "float32", "float64"):
        found += _products(rng, side, dtype)
    return found


def _logistic_regression(rng: Any, rows: int, dtype: str) -> Workload:
    """Ten steps of gradient descent on 64 weights, as a loop."""
    x, w = rng.normal(size=(rows, 64)).astype(dtype), np.zeros(64, dtype)
    y = (rng.random(rows) > 0.5).astype(dtype)
    rate = np.asarray(0.1 / rows, dtype)

    def descended(x: Any, y: Any, w: Any) -> Any:
        def step(w: Any, x: Any, y: Any) -> Any:
            return w - rate * (x.T @ (pt.sigmoid(x @ w) - y))

        return lamina.scan(
            step, outputs_info=[w], non_sequences=[x, y], n_steps=10, return_updates=False
        )[-1]

    def by_numpy(np: Any, x: Any, y: Any, w: Any) -> Any:
        for _ in range(10):
            w = w - float(rate) * (x.T @ (1 / (1 + np.exp(-(x @ w))) - y))
        return w

    return Workload(
        f"logistic regression, 10 steps {dtype}", [x, y, w], descended, by_numpy,
        flops=10 * 4 * rows * 64,
    )  # fmt: skip


def _network(rng: Any, rows: int, dtype: str) -> Workload:
    """A step of training a network of 64, 128 and 16 units; the weights after it."""
    shapes = (rows, 64), (64, 128), (128, 16)
    x, w1, w2 = ((rng.normal(size=n) * 0.1).astype(dtype) for n in shapes)
    y = np.eye(16, dtype=dtype)[rng.integers(0, 16, rows)]

    def trained(x: Any, y: Any, w1: Any, w2: Any) -> Any:
        scores = pt.tanh(x @ w1) @ w2
        loss = -(y * pt.special.log_softmax(scores, axis=-1)).sum() / pt.cast(x.shape[0], dtype)
        slopes = lamina.grad(loss, [w1, w2])
        rate = np.asarray(0.1, dtype)
        return pt.concatenate(
            [(w - rate * g).ravel() for w, g in zip((w1, w2), slopes, strict=True)]
        )

    def by_numpy(np: Any, x: Any, y: Any, w1: Any, w2: Any) -> Any:
        h = np.tanh(x @ w1)
        d = (_softmax(np, h @ w2) - y) / rows
        w2_after = w2 - 0.1 * (h.T @ d)
        w1_after = w1 - 0.1 * (x.T @ ((d @ w2.T) * (1 - h * h)))
        return np.concatenate([w1_after.reshape(-1), w2_after.reshape(-1)])

    flops = 2 * rows * (2 * 64 * 128 + 3 * 128 * 16)
    return Workload(f"training step {dtype}", [x, y, w1, w2], trained, by_numpy, flops=flops)


def _products(rng: Any, side: int, dtype: str) -> list[Workload]:
    """A product of two square matrices, of narrow ones, and of stacks of small ones."""
    a, row = (rng.normal(size=n).astype(dtype) for n in ((side, side), (side,)))
    narrow = [rng.normal(size=n).astype(dtype) for n in ((side, 64), (64, side))]
    stacks = [rng.normal(size=(side**2 // 256 + 1, 16, 16)).astype(dtype) for _ in range(2)]
    return [
        Workload(
            f"tanh(a @ a + row) {dtype}", [a, row], lambda a, r: pt.tanh(a @ a + r),
            lambda np, a, r: np.tanh(a @ a + r), flops=2 * side**3, has_product=True,
        ),
        Workload(
            f"tanh(a @ b + row), 64 terms {dtype}", [*narrow, row],
            lambda a, b, r: pt.tanh(a @ b + r), lambda np, a, b, r: np.tanh(a @ b + r),
            flops=2 * side**2 * 64, has_product=True,
        ),
        Workload(
            f"a @ b of stacks of 16 x 16 {dtype}", stacks, lambda a, b: a @ b,
            lambda np, a, b: a @ b, 3 * stacks[0].nbytes,
        ),
    ]  # fmt: skip


def _softmax(np: Any, a: Any) -> Any:
    e = np.exp(a)
    return e / e.sum(1).reshape(-1, 1)


def _black_scholes(exp: Any, log: Any, sqrt: Any, tanh: Any) -> Callable[..., Any]:
    def phi(d: Any) -> Any:
        return 0.5 * (1 + tanh(0.7978845608 * (d + 0.044715 * d * d * d)))

    def price(s: Any, k: Any) -> Any:
        d1 = (log(s / k) + 0.07) / 0.3
        return s * phi(d1) - k * exp(-0.02 * s) * phi(d1 - 0.3 * sqrt(s))

    return price


Way = tuple[Callable[[], Any], Callable[[], Any]]


def ways(workload: Workload, device: str) -> dict[str, Way]:
    """For each library a call, with its arrays on the device, and what waits for its end."""
    own = [cuda.to_device(a, device) for a in workload.arrays]
    wait = own[0].driver.synchronize
    found: dict[str, Way] = {"lamina": (_call(workload, device, own), wait)}
    if workload.has_product:
        for name, most in (("one kernel", 1 << 62), ("cuBLAS and a kernel", -1)):
            bounds = dict.fromkeys(ProductKernelOp.MOST_SUMMED, most)
            with patch.dict(ProductKernelOp.MOST_SUMMED, bounds):
                found[name] = _call(workload, device, own), wait
    for name, make in (("torch", _torch), ("jax", _jax), ("cupy", _cupy)):
        try:
            found[name] = make(workload)
        except ImportError:
            continue
    return found


def _call(workload: Workload, device: str, arrays: list[Any]) -> Callable[[], Any]:
    inputs = [pt.tensor(dtype=a.dtype, shape=(None,) * a.ndim) for a in workload.arrays]
    function = lamina.function(inputs, workload.lamina(*inputs), mode=device.upper())
    return lambda: function(*arrays)


def _torch(workload: Workload) -> Way:
    torch = importlib.import_module("torch")
    arrays = [torch.from_numpy(a).cuda() for a in workload.arrays]
    compiled = torch.compile(lambda *xs: workload.numpy(torch, *xs))
    return lambda: compiled(*arrays), torch.cuda.synchronize


def _jax(workload: Workload) -> Way:
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    jnp = importlib.import_module("jax.numpy")
    arrays = [jax.device_put(a) for a in workload.arrays]
    compiled = jax.jit(lambda *xs: workload.numpy(jnp, *xs))
    return lambda: compiled(*arrays), lambda: compiled(*arrays).block_until_ready()


def _cupy(workload: Workload) -> Way:
    cupy = importlib.import_module("cupy")
    arrays = [cupy.asarray(a) for a in workload.arrays]
    fused = None if workload.flops else cupy.fuse(lambda *xs: workload.numpy(cupy, *xs))
    call = fused or (lambda *xs: workload.numpy(cupy, *xs))
    return lambda: call(*arrays), cupy.cuda.Device().synchronize


def seconds(call: Callable[[], Any], wait: Callable[[], Any], calls: int) -> float:
    """The median time of a call, of many that follow each other."""
    call()
    wait()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        wait()
        times.append((time.perf_counter() - start) / calls)
    return median(times)


def main() -> None:
    """Print a line for each workload."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--size", type=int, default=1 << 25)
    options = parser.parse_args()
    calls = CALLS if options.device == "cuda" else 1
    driver = cuda.to_device(np.zeros(1), options.device).driver
    print(f"{driver.name}, {options.size} elements; ms a call")
    for workload in workloads(options.size):
        made = ways(workload, options.device)
        # NumPy multiplies matrices of float16 without BLAS
        wide = [a.astype(np.result_type(a, np.float32)) for a in workload.arrays]
        expected = workload.numpy(np, *wide)
        error = float(np.max(np.abs(np.asarray(made["lamina"][0]()) - expected), initial=0))
        scale = float(np.max(np.abs(expected), initial=1e-300))
        times = {name: seconds(*way, calls) for name, way in made.items()}
        own = times["lamina"]
        rate = f"{workload.nbytes / own / 1e9:.0f} GB/s" if workload.nbytes else (
            f"{workload.flops / own / 1e12:.1f} TFLOP/s")  # fmt: skip
        shown = ", ".join(f"{name} {t * 1e3:.3f}" for name, t in times.items())
        print(f"{workload.title}: {shown}; {rate}; off by {error / scale:.1e} of the largest")


if __name__ == "__main__":
    main()
