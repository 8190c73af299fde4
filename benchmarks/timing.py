"""Interleaved timing of several ways to compute the same thing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import numpy as np


def compare(
    ways: Mapping[str, Callable[[], object]], rounds: int = 9, seconds: float = 0.02
) -> dict[str, float]:
    """Median CPU seconds of one call of each way, measured in turn so that a drift of the machine
    hits all.

    Raises
    ------
    AssertionError
        The ways do not agree.
    """
    results = {name: way() for name, way in ways.items()}
    reference = next(iter(results.values()))
    for name, result in results.items():
        for a, b in zip(_arrays(result), _arrays(reference), strict=True):
            tolerance = 1e-4 if a.dtype == np.float32 else 1e-9
            scale = np.abs(b).max(initial=0)
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * scale, err_msg=name)
    counts = {name: _count(way, seconds) for name, way in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            times[name].append(_time(way, counts[name]))
    return {name: statistics.median(t) for name, t in times.items()}


def show(title: str, times: Mapping[str, float]) -> None:
    """Print the medians and their ratios to the first."""
    first = next(iter(times.values()))
    print(title)
    for name, seconds in times.items():
        print(f"  {name:28} {_text(seconds):>10}   {seconds / first:8.2f}")


def _arrays(result: object) -> list[np.ndarray]:
    return (
        [np.asarray(r) for r in result]
        if isinstance(result, (list, tuple))
        else [np.asarray(result)]
    )


def _count(way: Callable[[], object], seconds: float) -> int:
    return max(1, int(seconds / max(_time(way, 1), 1e-7)))


def _time(way: Callable[[], object], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        way()
    return (time.process_time() - start) / count


def _text(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.2f} {unit}"
    return f"{seconds * 1e9:.0f} ns"
