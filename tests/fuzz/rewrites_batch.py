"""Rewrite random graphs: ``python -m tests.fuzz.rewrites_batch FIRST LAST``, a line of JSON for
each problem, and of all that was met at the end.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

from tests.fuzz import library_steps, rule_steps, steps
from tests.fuzz.generate import generate
from tests.fuzz.graph import Graph
from tests.fuzz.isolated import Crash, in_child
from tests.fuzz.minimise import minimise
from tests.fuzz.rewriting import COMPILED, Rewritten, check

# About half of all steps are what some rule looks for.
STEPS = (*steps.STEPS, *library_steps.STEPS, *rule_steps.STEPS)


def drawn(seed: int) -> Graph:
    """The graph of a seed."""
    return generate(seed, STEPS)


def one(seed: int) -> Rewritten:
    """What comes of the graph of a seed, in a process of its own."""
    try:
        return in_child(lambda: check(drawn(seed), compiled=seed % COMPILED == 0))
    except Crash as crash:
        return Rewritten(1, problems={seed: str(crash)})


def run(seeds: Iterable[int]) -> Rewritten:
    """Try the graphs of `seeds`; the problem of a failing one has the shortest such program."""
    total = Rewritten()
    for seed in seeds:
        total.add(one(seed))
        if seed in total.problems:
            total.problems[seed] += "\n" + _program(seed)
    return total


def _program(seed: int) -> str:
    graph = minimise(drawn(seed), _fails)
    return graph.source(graph.sizes)


def _fails(graph: Graph) -> bool:
    try:
        return in_child(lambda: bool(check(graph, graph.seed % COMPILED == 0).problems), 60)
    except Crash:
        return True


def main(first: int, last: int) -> None:
    """Check the graphs of the seeds from `first` to before `last`."""
    check(drawn(0))  # loads what the processes of the others need
    total = Rewritten()
    for seed in range(first, last):
        found = one(seed)
        for text in found.problems.values():
            print(json.dumps({"seed": seed, "problem": text}), flush=True)
        total.add(found)
    met = vars(total) | {"problems": len(total.problems), "never_fired": total.never_fired()}
    print(json.dumps({"seeds": [first, last]} | met), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
