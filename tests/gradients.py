"""Gradients against central differences, of many functions at once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.compile.mode import get_mode
from lamina.ir.graph.tensor_type import TensorType

# A function of variables, that returns one or several, and the arrays that it is tried on.
Form = tuple[Callable[..., Any], Sequence[Any]]

# The kernels are those of FAST_RUN, rewritten and fused, but LLVM does not optimise them: that is
# three quarters of a compilation, and other tests compare what it makes of kernels with NumPy's.
UNOPTIMISED = get_mode("FAST_COMPILE").including("fast_run")


def first_and_second(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function that gives, besides, a directional derivative: its gradient is a second one."""

    def both(*xs: Any) -> list[Any]:
        values = _listed(function(*xs))
        moving = [x for x in xs if np.dtype(x.dtype).kind in "fc"]
        gradients = lamina.grad(_cost(values, seed=7), moving, disconnected_inputs="ignore")
        return [*values, *gradients]

    return both


def assert_gradients_agree(
    forms: Mapping[str, Form],
    tolerance: float = 1e-6,
    step: float = 1e-5,
    mode: Any = UNOPTIMISED,
) -> None:
    """Compare the gradients of all forms, in one compiled function, with differences along random
    directions.

    What is differentiated is a fixed random combination of all real and imaginary parts of the
    results.
    """
    inputs, costs, gradients, values, places = [], [], [], [], {}
    for name, (function, arrays) in forms.items():
        arrays = [np.asarray(a) for a in arrays]
        own = [TensorType(a.dtype, (None,) * a.ndim)() for a in arrays]
        moving = [x for x, a in zip(own, arrays, strict=True) if a.dtype.kind in "fc"]
        cost = _cost(_listed(function(*own)), seed=3)
        places[name] = [len(gradients) + i for i in range(len(moving))], len(inputs)
        gradients += lamina.grad(cost, moving, disconnected_inputs="ignore")
        costs.append(cost)
        inputs += own
        values += arrays
    compiled = lamina.function(inputs, [*costs, *gradients], mode, on_unused_input="ignore")
    found = compiled(*values)[len(costs) :]
    wrong = {}
    for seed in range(2):
        rng = np.random.default_rng(seed)
        directions = [_random(rng, a) for a in values]
        above, below = (
            compiled(*(a + sign * step * d for a, d in zip(values, directions, strict=True)))
            for sign in (1, -1)
        )
        for k, (name, (numbers, first)) in enumerate(places.items()):
            slope = (above[k] - below[k]) / (2 * step)
            own = [i for i in range(first, first + len(forms[name][1])) if _moves(values[i])]
            stated = sum(
                np.real(np.vdot(found[n], directions[i])) for n, i in zip(numbers, own, strict=True)
            )
            if not abs(slope - stated) <= tolerance * max(1, abs(slope)):
                wrong[name] = (float(stated), float(slope))
    assert not wrong, wrong


def _moves(a: np.ndarray) -> bool:
    return a.dtype.kind in "fc"


def _random(rng: np.random.Generator, a: np.ndarray) -> Any:
    if not _moves(a):
        return np.zeros_like(a)
    d = rng.normal(size=a.shape)
    return d + 1j * rng.normal(size=a.shape) if a.dtype.kind == "c" else d


def _listed(results: Any) -> list[Any]:
    return list(results) if isinstance(results, (tuple, list)) else [results]


def _cost(values: Sequence[Any], seed: int) -> Any:
    """A combination of all elements, with coefficients that no symmetry makes cancel."""
    cost = 0
    for k, y in enumerate(values):
        if np.dtype(y.dtype).kind not in "fc":
            continue
        places = pt.arange(y.size).reshape(y.shape) + 1.0
        parts = [pt.real(y), pt.imag(y)] if y.dtype.startswith("complex") else [y]
        for j, part in enumerate(parts):
            cost = cost + (pt.sin(places * (seed + k + 0.3 * j + 0.1)) * part).sum()
    return cost
