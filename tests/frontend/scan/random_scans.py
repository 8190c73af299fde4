"""Loops by seed, each with the same computation written out step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.gradient import disconnected_grad
from lamina.scan import until

SHAPES = ((), (3,), (2, 2))
INNER_STEPS = 3


@dataclass
class RandomScan:
    """A loop and its arguments.

    Attributes
    ----------
    shape : tuple of int
        Of all rows, states and fixed values.
    program : list of tuple
        What a step does: an operation and the numbers of two values that it takes, which are the
        arguments of the step and the results so far.
    sequence_taps, output_taps : list of tuple of int
        No taps: the output is not passed on.
    results : list of int
        The values that a step returns.
    stop : tuple of int and float, or None
        The value that ends the loop where its sum exceeds a threshold.
    """

    seed: int
    shape: tuple[int, ...]
    steps: int
    sequence_taps: list[tuple[int, ...]]
    output_taps: list[tuple[int, ...]]
    fixed: int
    program: list[tuple[str, int, int]]
    results: list[int]
    stop: tuple[int, float] | None
    backwards: bool
    truncate: int
    symbolic_steps: bool
    values: dict[str, Any] = field(default_factory=dict)


def random_scan(seed: int) -> RandomScan:
    """The loop of a seed."""
    rng = np.random.default_rng(seed)
    shape = SHAPES[rng.integers(len(SHAPES))]
    steps = int(rng.integers(1, 7))
    sequence_taps = [_taps(rng, -2, 2) for _ in range(rng.integers(0, 3))]
    output_taps = [_taps(rng, -3, -1) for _ in range(rng.integers(1, 3))]
    output_taps += [()] * int(rng.integers(0, 2))
    fixed = int(rng.integers(0, 3))
    count = fixed + sum(map(len, sequence_taps)) + sum(map(len, output_taps))
    operations = ["add", "sub", "mul", "tanh", "sin", "max", "switch", "mean", "inner", "trace"]
    if len(shape) == 2:
        operations.append("matmul")
    program = []
    for i in range(rng.integers(2, 7)):
        op = operations[rng.integers(len(operations))]
        program.append((op, int(rng.integers(count + i)), int(rng.integers(count + i))))
    total = count + len(program)
    results = [int(rng.integers(count, total)) for _ in output_taps]
    stop = (results[0], float(rng.normal(0, 1))) if rng.random() < 0.3 else None
    truncate = int(rng.integers(1, steps + 1)) if rng.random() < 0.25 else -1
    loop = RandomScan(
        seed, shape, steps, sequence_taps, output_taps, fixed, program, results, stop,
        bool(rng.random() < 0.3), truncate, bool(rng.random() < 0.5),
    )  # fmt: skip
    for i, taps in enumerate(sequence_taps):
        rows = steps + max(0, *taps) - min(0, *taps) + int(rng.integers(0, 2))
        loop.values[f"x{i}"] = rng.normal(0, 0.7, (rows, *shape))
    for i, taps in enumerate(output_taps):
        if taps:
            depth = -min(taps)
            stacked = () if taps == (-1,) else (depth,)
            loop.values[f"s{i}"] = rng.normal(0, 0.7, (*stacked, *shape))
    for i in range(fixed):
        loop.values[f"w{i}"] = rng.normal(0, 0.7, shape)
    return loop


def _taps(rng: np.random.Generator, low: int, high: int) -> tuple[int, ...]:
    count = int(rng.integers(1, 3))
    return tuple(int(k) for k in rng.permutation(np.arange(low, high + 1))[:count])


def variables(loop: RandomScan) -> dict[str, Any]:
    """The inputs of the graphs of a loop."""
    return {name: pt.tensor(name, shape=(None,) * v.ndim) for name, v in loop.values.items()}


def step_of(loop: RandomScan, given: list[Any], unrolled: bool) -> tuple[list[Any], Any]:
    """What a step makes of its arguments: outputs, and the condition to end."""
    pool = list(given)
    for op, i, j in loop.program:
        pool.append(_apply(op, pool[i], pool[j], unrolled))
    # what is passed on stays small
    outputs = [pt.tanh(pool[i]) for i in loop.results]
    condition = None
    if loop.stop is not None:
        condition = pt.gt(pt.tanh(pool[loop.stop[0]]).sum(), loop.stop[1])
    return outputs, condition


def _apply(op: str, a: Any, b: Any, unrolled: bool) -> Any:
    match op:
        case "add":
            return a + 0.5 * b
        case "sub":
            return a - b
        case "mul":
            return a * b
        case "tanh":
            return pt.tanh(a + b)
        case "sin":
            return pt.sin(a) + b
        case "max":
            return pt.maximum(a, b)
        case "switch":
            return pt.switch(pt.gt(a, 0), a * b, b)
        case "mean":
            return a + b.mean()
        case "matmul":
            return 0.5 * (a @ b)
    if unrolled:
        states = [pt.tanh(a * b)]
        while len(states) < INNER_STEPS:
            states.append(pt.tanh(states[-1] * b))
        return states[-1] if op == "inner" else sum(states[1:], states[0])
    inner = lamina.scan(
        lambda s, b: pt.tanh(s * b), outputs_info=a, non_sequences=b, n_steps=INNER_STEPS,
        return_updates=False,
    )  # fmt: skip
    return inner[-1] if op == "inner" else inner.sum(axis=0)


def looped(loop: RandomScan, v: dict[str, Any], n_steps: Any) -> list[Any]:
    """The outputs of the loop."""

    def step(*given: Any) -> Any:
        # fixed values come last, and first in the program
        cut = len(given) - loop.fixed
        outputs, condition = step_of(loop, [*given[cut:], *given[:cut]], False)
        return outputs if condition is None else (outputs, until(condition))

    return lamina.scan(
        step,
        sequences=[
            dict(input=v[f"x{i}"], taps=list(taps)) for i, taps in enumerate(loop.sequence_taps)
        ],
        outputs_info=[
            dict(initial=v[f"s{i}"], taps=list(taps)) if taps else None
            for i, taps in enumerate(loop.output_taps)
        ],
        non_sequences=[v[f"w{i}"] for i in range(loop.fixed)],
        n_steps=n_steps,
        go_backwards=loop.backwards,
        truncate_gradient=loop.truncate,
        return_list=True,
        return_updates=False,
    )


def unrolled(loop: RandomScan, v: dict[str, Any], steps: int, cut: int) -> tuple[Any, Any]:
    """All outputs by step, and conditions; no gradient goes back beyond step `cut`."""
    fixed = [v[f"w{i}"] for i in range(loop.fixed)]
    history: list[list[Any]] = []
    for i, taps in enumerate(loop.output_taps):
        start = v.get(f"s{i}")
        if start is not None and cut:
            start = disconnected_grad(start)
        if not taps:
            history.append([])
        elif taps == (-1,):
            history.append([start])
        else:
            history.append([start[k] for k in range(-min(taps))])
    conditions = []
    for t in range(steps):
        rows = []
        for i, taps in enumerate(loop.sequence_taps):
            x = v[f"x{i}"]
            first = -min(0, *taps)
            last = loop.values[f"x{i}"].shape[0] - 1 - max(0, *taps)
            rows += [x[(last - t if loop.backwards else first + t) + tap] for tap in taps]
        before = [history[i][tap] for i, taps in enumerate(loop.output_taps) for tap in taps]
        outputs, condition = step_of(loop, [*fixed, *rows, *before], True)
        conditions.append(condition)
        for made, y in zip(history, outputs, strict=True):
            made.append(disconnected_grad(y) if t < cut else y)
    depths = [-min(taps, default=0) for taps in loop.output_taps]
    return [made[d:] for made, d in zip(history, depths, strict=True)], conditions


def check(seed: int, mode: str, second: bool = True) -> None:
    """Compare the loop of a seed with its written out form: outputs, gradients, second ones too
    unless they are truncated.
    """
    loop = random_scan(seed)
    v = variables(loop)
    inputs, arguments = list(v.values()), list(loop.values.values())
    n = pt.lscalar("n") if loop.symbolic_steps else loop.steps
    extra = [n] if loop.symbolic_steps else []
    numbers = [loop.steps] if loop.symbolic_steps else []

    done = loop.steps
    if loop.stop is not None:
        _, conditions = unrolled(loop, v, loop.steps, 0)
        ends = _call(inputs, conditions, arguments, "NUMPY")
        done = next((t + 1 for t, end in enumerate(ends) if end), loop.steps)
    cut = 0 if loop.truncate < 0 else max(done - loop.truncate, 0)
    by_step, _ = unrolled(loop, v, done, cut)
    expected = [pt.stack(rows) for rows in by_step]
    found = looped(loop, v, n)
    wanted = _with_gradients(expected, inputs, second and not cut)
    made = _with_gradients(found, inputs, second and not cut)
    a = _call([*inputs, *extra], made, [*arguments, *numbers], mode)
    b = _call(inputs, wanted, arguments, "NUMPY")
    for k, (x, y) in enumerate(zip(a, b, strict=True)):
        assert x.shape == y.shape and x.dtype == y.dtype, (seed, k, loop)
        np.testing.assert_allclose(x, y, rtol=1e-7, atol=1e-9, err_msg=f"{seed} {k} {loop}")


def _call(inputs: list[Any], outputs: list[Any], arguments: list[Any], mode: str) -> list[Any]:
    return lamina.function(inputs, outputs, mode=mode, on_unused_input="ignore")(*arguments)


def _with_gradients(outputs: list[Any], wrt: list[Any], second: bool) -> list[Any]:
    """Outputs, the gradients of a sum over them and their last steps, and those of these."""
    if not wrt:
        return outputs
    cost = sum((pt.sin(y * (k + 1)).sum() + y[-1].sum() for k, y in enumerate(outputs)), 0.0)
    first = lamina.grad(cost, wrt, disconnected_inputs="ignore")
    if not second:
        return [*outputs, *first]
    slope = sum((pt.cos(g).sum() for g in first), 0.0)
    return [*outputs, *first, *lamina.grad(slope, wrt, disconnected_inputs="ignore")]
