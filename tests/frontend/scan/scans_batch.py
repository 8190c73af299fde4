"""Compile random loops: ``python -m tests.frontend.scan.scans_batch FIRST LAST``, a line of JSON
for each that differs from its written out form, in outputs, first or second gradients, and of what
the loops were at the end.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

from tests.frontend.scan.random_scans import check, random_scan
from tests.fuzz.isolated import Crash, in_child


def problem(seed: int) -> str:
    """What is wrong with the loop of a seed; empty if nothing is."""

    def answer() -> str:
        try:
            check(seed, "FAST_RUN")
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    try:
        return in_child(answer, 600)
    except Crash as crash:
        return str(crash)


def main(first: int, last: int) -> None:
    """Check the loops of the seeds from `first` to before `last`."""
    met: Counter[str] = Counter()
    for seed in range(first, last):
        loop = random_scan(seed)
        met["until"] += loop.stop is not None
        met["truncated"] += loop.truncate > 0
        met["backwards"] += loop.backwards
        met["nested"] += any(op in ("inner", "trace") for op, *_ in loop.program)
        met["symbolic steps"] += loop.symbolic_steps
        text = problem(seed)
        if text:
            met["problems"] += 1
            print(json.dumps({"seed": seed, "problem": text}), flush=True)
    print(json.dumps({"seeds": [first, last]} | met))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
