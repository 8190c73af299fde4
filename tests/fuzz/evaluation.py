"""What a graph means on given arrays, and how far the result of a correct compiler may lie from it.

Every application is computed by its NumPy meaning (sums, products and products of matrices in a
higher precision), once as it is and `VARIANTS` times with each inexact result moved by 2 to 4 units
in the last place, at random, and the terms of sums by one. How far the variants spread is how
strongly the graph magnifies rounding errors, element by element; a result may lie four times as far
from the first as they do, there or at the median element (by chance all variants of one element are
close to the first), plus 8 ULP of itself. An integer, a bool or a position that differs
between variants says that the graph decides by rounding errors there: nothing can be expected of
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.elementwise import Elemwise

VARIANTS = 5
Samples = list[np.ndarray]

_WIDER = {
    "float16": "float64", "float32": "float64", "float64": "longdouble",
    "complex64": "complex128", "complex128": "clongdouble",
}  # fmt: skip
_TOTALS = ("sum", "prod", "dot")
_EXACT_ELEMENTWISE = frozenset(
    "abs neg sign identity second switch clip maximum minimum floor ceil trunc round_half_to_even "
    "round_half_away_from_zero real imag complex conj disconnected_grad zero_grad "
    "undefined_grad grad_clip grad_scale".split()
)
_EXACT = frozenset(
    "dimshuffle shape dim make_vector reshape specify_shape alloc max min all any argmax argmin "
    "eye concatenate subtensor gather nonzero sort argsort lexsort argtopk searchsorted require "
    "swap_rows".split()
)


class Unstable(Exception):
    """Rounding errors decide what an integer or a bool is, or where a result is NaN or infinite."""


def evaluate(
    outputs: Sequence[Variable],
    known: dict[Variable, Samples],
    random: np.random.Generator,
    variants: int = VARIANTS,
) -> list[Samples]:
    """The samples of `outputs`; those of all variables on the way are added to `known`.

    Parameters
    ----------
    outputs : sequence of Variable
    known : dict
        The samples of the inputs, 1 + `variants` of each.
    random : Generator
    variants : int
        How many samples follow the first.

    Raises
    ------
    Unstable
    Exception
        What an op raises. Its attribute ``node`` is the application.
    """
    for node in toposort(list(outputs), set(known)):
        try:
            samples = _sampled(node, known, random, variants)
        except Exception as error:
            error.node = node  # type: ignore[attr-defined]
            raise
        known.update(zip(node.outputs, samples, strict=True))
    for v in outputs:
        if v not in known and isinstance(v, Constant):
            known[v] = [np.asarray(v.data)] * (variants + 1)
    return [known[v] for v in outputs]


def _sampled(
    node: Apply, known: dict[Variable, Samples], random: np.random.Generator, variants: int
) -> list[Samples]:
    """The samples of each result."""
    for v in node.inputs:
        if v not in known and isinstance(v, Constant):
            known[v] = [np.asarray(v.data)] * (variants + 1)
    # where no variants tell what rounding decides, what overflows may be of no use to anything
    runs: list[list[np.ndarray]] = []
    errors: list[Exception] = []
    for k in range(variants + 1):
        try:
            operands = [known[v][k] for v in node.inputs]
            runs.append(_perform(node, operands, k, random, variants > 0))
        except Exception as error:
            errors.append(error)
    if errors:
        raise Unstable(f"{node.op}: {errors[0]}") if runs else errors[0]
    for first, *others in zip(*runs, strict=True):
        if any(_decided_by_rounding(first, other) for other in others):
            raise Unstable(str(node.op))
    return [list(samples) for samples in zip(*runs, strict=True)]


def needed(outputs: Sequence[Variable]) -> set[Apply]:
    """The applications whose values the outputs depend on: not those of which the shape alone
    counts.
    """
    found: set[Apply] = set()
    waiting = [v.owner for v in outputs]
    while waiting:
        node = waiting.pop()
        if node is None or node in found:
            continue
        found.add(node)
        if isinstance(node.op, Elemwise) and node.op.scalar_op.name == "second":
            waiting.append(node.inputs[1].owner)
        elif getattr(node.op, "nd_name", "") not in ("shape", "dim"):
            waiting += [v.owner for v in node.inputs]
    return found


def _perform(
    node: Apply, arrays: list[np.ndarray], variant: int, random: np.random.Generator, refuse: bool
) -> list[np.ndarray]:
    dtype = node.outputs[0].type.dtype  # type: ignore[attr-defined]
    name = getattr(node.op, "nd_name", "")
    if name in _TOTALS and np.dtype(dtype).kind in "fc":
        return [_total(node, arrays, variant, random, dtype)]
    storage: list[list[Any]] = [[None] for _ in node.outputs]
    if isinstance(node.op, Elemwise):
        fact = node.op.scalar_op.name
        exact = fact in _EXACT_ELEMENTWISE or fact.startswith("Cast{")
        exact &= not (fact in ("abs", "sign") and arrays[0].dtype.kind == "c")
    else:
        exact = name in _EXACT
    if refuse:
        _refuse_overflowing_cast(arrays[0], dtype, name)
    rounded = not exact and not isinstance(node.op, Elemwise)
    if rounded and variant:
        arrays = [moved(a, random, 1, 1) for a in arrays]
    node.op.perform(node, arrays, storage)
    results = [np.asarray(y) for (y,) in storage]
    if exact or not variant:
        return results
    return [
        moved(y, random, step=_step_of_loops(name, arrays, y) if rounded else None) for y in results
    ]


def _refuse_overflowing_cast(x: np.ndarray, dtype: str, name: str) -> None:
    """What no integer of the dtype is near becomes whatever the processor makes of it."""
    if not name.startswith("Cast{") or np.dtype(dtype).kind not in "iu" or x.dtype.kind != "f":
        return
    limits = np.iinfo(dtype)
    if not ((x > limits.min - 1.0) & (x < limits.max + 1.0)).all():
        raise Unstable(name)


def _total(
    node: Apply, arrays: list[np.ndarray], variant: int, random: np.random.Generator, dtype: str
) -> np.ndarray:
    if variant:
        storage: list[list[Any]] = [[None]]
        arrays = [moved(a, random, 1, 1) for a in arrays]
        node.op.perform(node, arrays, storage)
        result = np.asarray(storage[0][0])
        return moved(result, random, step=np.spacing(_largest_sum(node, arrays, result)))
    wide = [a.astype(_WIDER.get(a.dtype.name, a.dtype)) for a in arrays]
    definition = getattr(node.op, "core_op", node.op)
    with np.errstate(all="ignore"):
        _check_stacks(node, wide)
        return np.asarray(definition.numpy(*wide)).astype(dtype)


def _step_of_loops(name: str, arrays: list[np.ndarray], result: np.ndarray) -> np.ndarray | None:
    """A unit in the last place of the largest element, times what a random walk over the elements
    reaches: the errors of what combines many elements (a running sum, a factorisation) are of that
    size, wherever they end up. What they cancel is seen from moving the operands.
    """
    if result.dtype.kind not in "fc":
        return None
    largest = np.abs(result[np.isfinite(result)]).max(initial=0)
    length = max((n for a in arrays for n in a.shape), default=1)
    length *= 1 if name != "expm" else 2**16  # SciPy's has errors of 200 ULP
    return np.full(result.shape, np.spacing(largest) * np.sqrt(max(length, 1)))


def _largest_sum(node: Apply, arrays: list[np.ndarray], result: np.ndarray) -> np.ndarray:
    """How large the partial sums of a total are, as a rule: what a random walk reaches."""
    squares = [np.square(np.abs(a).astype(np.float64)) for a in arrays]
    definition = getattr(node.op, "core_op", node.op)
    size = np.abs(result)
    if getattr(node.op, "nd_name", "") == "prod":
        return size
    with np.errstate(all="ignore"):
        walk = np.sqrt(np.asarray(definition.numpy(*squares))).astype(size.dtype)
        return np.fmax(size, walk)


def _check_stacks(node: Apply, arrays: list[np.ndarray]) -> None:
    if getattr(node.op, "nd_name", "") == "dot":
        empty = [np.broadcast_to(np.zeros((), "int8"), a.shape) for a in arrays]
        node.op.perform(node, empty, [[None]])


def moved(
    array: np.ndarray,
    random: np.random.Generator,
    least: int = 2,
    most: int = 4,
    step: np.ndarray | None = None,
) -> np.ndarray:
    """`array` with each element that is no integer by type moved by some steps; 0 stays.

    A step is a unit in the last place unless it is given.
    """
    if array.dtype.kind not in "fc" or not array.size:
        return array
    with np.errstate(all="ignore"):
        step = np.spacing(np.abs(array)) if step is None else step
        result = array.copy()
        for part in (result.real, result.imag) if array.dtype.kind == "c" else (result,):
            _move(part, step, random, least, most)
        return result


def _move(
    array: np.ndarray, step: np.ndarray, random: np.random.Generator, least: int, most: int
) -> None:
    count = random.integers(least, most, array.shape, endpoint=True) * random.choice(
        (-1, 1), array.shape
    )
    there = np.isfinite(array) & np.isfinite(step) & (array != 0)
    array[there] = (array + count.astype(array.dtype) * step)[there]


def _decided_by_rounding(a: np.ndarray, b: np.ndarray) -> bool:
    if a.shape != b.shape:
        return True
    if a.dtype.kind in "biu":
        return not np.array_equal(a, b)
    if a.dtype.kind == "c":
        return _decided_by_rounding(a.real, b.real) or _decided_by_rounding(a.imag, b.imag)
    unequal = np.isnan(a) != np.isnan(b)
    infinite = (np.isinf(a) | np.isinf(b)) & (a != b) & ~np.isnan(a)
    return bool((unequal | infinite).any())


def allowed(samples: Samples, factor: float = 1) -> np.ndarray:
    """How far each element of a result may lie from the first of `samples`."""
    first = samples[0]
    with np.errstate(all="ignore"):
        spread = np.zeros(first.shape)
        for other in samples[1:]:
            spread = np.fmax(
                spread,
                np.abs(other.astype(_wide(other)) - first.astype(_wide(first))).astype(float),
            )
        if spread.size:
            spread = np.fmax(spread, np.nanmedian(spread))
        ulp = np.spacing(np.abs(first)).astype(float)
        return factor * (
            4 * np.where(np.isfinite(spread), spread, 0) + 8 * np.where(np.isfinite(ulp), ulp, 0)
        )


def _wide(array: np.ndarray) -> Any:
    return _WIDER.get(array.dtype.name, array.dtype)


def problem(found: Any, samples: Samples, factor: float = 1) -> str:
    """What is wrong with a result; empty if nothing is."""
    expected = samples[0]
    if not isinstance(found, np.ndarray):
        return f"is a {type(found).__name__}, no array"
    if (found.dtype, found.shape) != (expected.dtype, expected.shape):
        return f"is {found.dtype} {found.shape}, not {expected.dtype} {expected.shape}"
    if expected.dtype.kind in "biu":
        good = found == expected
    else:
        with np.errstate(all="ignore"):
            close = np.abs(found.astype(_wide(found)) - expected.astype(_wide(found))) <= allowed(
                samples, factor
            )
            good = close | _same_special(found, expected)
    if np.all(good):
        return ""
    bad = np.argwhere(~good)
    at = tuple(map(int, bad[0]))
    limit = (
        ""
        if expected.dtype.kind in "biu"
        else f", off by more than {allowed(samples, factor)[at]:.3g},"
    )
    place = f"at {at} (and {len(bad) - 1} more)"
    return f"is {found[at]!r}{limit} where {expected[at]!r} is right, {place}"


def _same_special(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.dtype.kind == "c":
        finite_parts = [
            np.isfinite(p) & np.isfinite(q) for p, q in ((a.real, b.real), (a.imag, b.imag))
        ]
        # a part that is finite may not be compared beside one that is not
        whole = (_same_special(a.real, b.real) | finite_parts[0]) & (
            _same_special(a.imag, b.imag) | finite_parts[1]
        )
        return whole & ~(finite_parts[0] & finite_parts[1])
    return (a == b) | (np.isnan(a) & np.isnan(b))


__all__ = ["Mapping", "Samples", "Unstable", "allowed", "evaluate", "moved", "problem"]
