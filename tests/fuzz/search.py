"""Random graphs checked one after another, each in a process of its own, and what was met."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from tests.fuzz.graph import Graph
from tests.fuzz.isolated import Crash, each_in_child, in_child
from tests.fuzz.minimise import minimise

TOGETHER = 25  # seeds of a process: to begin one takes a quarter of the time of a graph


@dataclass
class Met:
    """What came of graphs.

    Attributes
    ----------
    graphs : int
    problems : dict
        What is wrong, by seed.
    """

    graphs: int = 0
    problems: dict[int, str] = field(default_factory=dict)

    def told(self) -> str:
        """The problems, for a failure."""
        return "\n\n".join(f"seed {seed}: {text}" for seed, text in self.problems.items())

    def add(self, other: Any) -> None:
        """Take in what came of other graphs."""
        for name, value in vars(other).items():
            mine = getattr(self, name)
            if isinstance(mine, int):
                setattr(self, name, mine + value)
            else:
                mine.update(value)


M = TypeVar("M", bound=Met)


@dataclass(frozen=True)
class Search(Generic[M]):
    """A search for graphs of which something is wrong.

    Attributes
    ----------
    draw : callable
        From a seed, its graph.
    check : callable
        From a graph, what came of it.
    kind : type
        Of what comes of graphs.
    """

    draw: Callable[[int], Graph]
    check: Callable[[Graph], M]
    kind: type[M]

    def several(self, seeds: Sequence[int]) -> Iterator[M]:
        """What comes of the graphs of seeds."""
        found = each_in_child(lambda seed: self.check(self.draw(seed)), seeds, 60)
        for seed, one in zip(seeds, found, strict=True):
            yield self.kind(1, {seed: str(one)}) if isinstance(one, Crash) else one

    def run(self, seeds: Iterable[int], smaller: bool = True) -> M:
        """Try the graphs of `seeds`; the program of a failing one is made `smaller` first."""
        total = self.kind()
        for found in self.several(list(seeds)):
            total.add(found)
        for seed in total.problems if smaller else ():
            total.problems[seed] += "\n" + self.program(seed)
        return total

    def program(self, seed: int) -> str:
        """The shortest program of which something is wrong, found from the graph of a seed."""
        graph = minimise(self.draw(seed), self._fails)
        return graph.source(graph.sizes)

    def _fails(self, graph: Graph) -> bool:
        try:
            return in_child(lambda: bool(self.check(graph).problems), 60)
        except Crash:
            return True

    def report(self, first: int, last: int) -> M:
        """Print a line of JSON for each problem, and of all that was met but for the problems."""
        self.check(self.draw(0))  # loads what the processes of the graphs need
        total = self.kind()
        for start in range(first, last, TOGETHER):
            for found in self.several(range(start, min(start + TOGETHER, last))):
                for seed, text in found.problems.items():
                    print(json.dumps({"seed": seed, "problem": text}), flush=True)
                total.add(found)
        met = vars(total) | {"problems": len(total.problems)}
        print(json.dumps({"seeds": [first, last]} | met), flush=True)
        return total
