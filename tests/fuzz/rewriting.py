"""One random graph before and after rewriting: by each tag alone, by all, by random rules in random
order.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from xdsl.ir import Block

import lamina
from lamina.compile.modes import get_mode
from lamina.import_graph import import_graph
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.variable import Variable
from lamina.passes.driver import Trace
from lamina.passes.registry import TAGS, optimize, run_rewrites
from lamina.passes.rules import Procedure, Rule
from lamina.raise_graph import raise_graph
from tests.fuzz.check import meaning
from tests.fuzz.evaluation import Samples, evaluate, problem
from tests.fuzz.graph import Graph
from tests.fuzz.search import Met

RULES = list(dict.fromkeys(r for members in TAGS.values() for r in members))
COMPILED = 16  # of so many graphs what one plan makes of one is compiled too
NOTHING = get_mode("FAST_RUN").excluding(*TAGS)


@dataclass(frozen=True)
class Plan:
    """Rewrites, and what applies them to a block."""

    name: str
    apply: Callable[[Block, Trace], Any]
    chosen: Sequence[Rule | Procedure] = ()


@dataclass
class Rewritten(Met):
    """What came of graphs.

    Attributes
    ----------
    compared, compiled : int
        Results of rewritten graphs that were compared, and rewritten graphs that were compiled.
    unknown : int
        Calls that raise, or of which nothing can be expected.
    fired : Counter
        Firings of each rule.
    """

    compared: int = 0
    compiled: int = 0
    unknown: int = 0
    fired: Counter[str] = field(default_factory=Counter)


def plans(seed: int, special: bool) -> Iterator[Plan]:
    """How the graph of a seed is rewritten; where NaNs are to stay, with no stabilization."""
    draw = random.Random(seed)
    without = ("stabilize",) if special else ()
    names = [tag for tag in TAGS if tag not in without]
    for include in [*([tag] for tag in names), names]:
        yield Plan(
            "+".join(include),
            lambda block, trace, include=include: optimize(block, include, (), trace),
        )
    rules = [r for r in RULES if not special or r not in TAGS["stabilize"]]
    for count in (len(rules), draw.randint(1, len(rules)), draw.randint(1, len(rules))):
        yield chosen_plan(draw.sample(rules, count))


def chosen_plan(chosen: Sequence[Rule | Procedure]) -> Plan:
    """The plan of given rewrites in a given order."""
    return Plan(
        ", ".join(r.name for r in chosen),
        lambda block, trace: run_rewrites(block, chosen, trace),
        chosen,
    )


class Comparison:
    """A graph and what it means on both of its sets of sizes."""

    def __init__(self, graph: Graph):
        self.graph, self.made = graph, Rewritten(1)
        names = graph.build()
        self.inputs = [names[i.name] for i in graph.inputs]
        self.outputs = [names[n] for n in (*graph.outputs, *(new for _, new in graph.updates))]
        self.program = import_graph(FunctionGraph(self.inputs, self.outputs, clone=False))
        self.meanings: list[tuple[dict[Variable, np.ndarray], list[Samples]]] = []
        for sizes in (graph.sizes, graph.other_sizes):
            data = {names[n]: a for n, a in graph.data(sizes).items()}
            expected = meaning(self.outputs, data, graph.seed, graph.special)
            if isinstance(expected, list):
                self.meanings.append((data, expected))
            else:
                self.made.unknown += 1

    def wrong(self, plan: Plan, compiled: bool) -> str:
        """What is wrong with what a plan makes of the graph; empty if nothing is."""
        trace = Trace()
        flags = {"strict_ieee": self.graph.special, "verify_ir": True, "cache": False}
        try:
            with lamina.config.change_flags(**flags):
                program = replace(self.program, module=self.program.module.clone())
                plan.apply(program.block, trace)
                results = raise_graph(program, self.inputs)
                call = self._compiled(results) if compiled else None
            self.made.fired.update(f.rewrite for f in trace.fired)
            for data, expected in self.meanings:
                wrong = _difference(self._values(results, data), expected)
                if call is not None and not wrong:
                    wrong = _difference(call(data), expected, "compiled: ")
                if wrong:
                    return wrong
                self.made.compared += 1
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        self.made.compiled += compiled
        return ""

    def _values(self, results: list[Variable], data: dict[Variable, np.ndarray]) -> Any:
        known = {v: [a] for v, a in data.items()}
        numbers = np.random.default_rng(self.graph.seed)
        with np.errstate(all="ignore"):
            return [array for (array,) in evaluate(results, known, numbers, variants=0)]

    def _compiled(self, results: list[Variable]) -> Callable[[dict[Variable, np.ndarray]], Any]:
        """What calls the compiled graph, which no rewrite changes any more if the seed is odd."""
        mode = NOTHING if self.graph.seed // COMPILED % 2 else get_mode("FAST_RUN")
        if self.graph.special:
            mode = mode.excluding("stabilize")
        shared = [v for v, i in zip(self.inputs, self.graph.inputs, strict=True) if i.shared]
        given = [v for v in self.inputs if v not in shared]
        function = lamina.function(given, results, mode, on_unused_input="ignore")

        def call(data: dict[Variable, np.ndarray]) -> Any:
            for v in shared:
                v.set_value(data[v])
            return function(*(data[v] for v in given))

        return call


def check(graph: Graph) -> Rewritten:
    """Compare `graph` with what each plan makes of it; one may be compiled too."""
    comparison = Comparison(graph)
    every = list(plans(graph.seed, graph.special))
    native = None if graph.seed % COMPILED else random.Random(graph.seed).choice(every)
    problems = []
    for plan in every:
        wrong = comparison.wrong(plan, plan is native)
        if wrong:
            fewest = _with_fewest(plan, comparison, plan is native)
            problems.append(f"{wrong}\nby {fewest.name}")
    if problems:
        comparison.made.problems[graph.seed] = "\n".join(problems)
    return comparison.made


def _with_fewest(plan: Plan, comparison: Comparison, compiled: bool) -> Plan:
    """A plan of as few of the chosen rewrites as are needed for something to be wrong."""
    chosen, size = list(plan.chosen), len(plan.chosen)
    while size:
        start = 0
        while start < len(chosen):
            fewer = chosen_plan(chosen[:start] + chosen[start + size :])
            if fewer.chosen and comparison.wrong(fewer, compiled):
                plan, chosen = fewer, list(fewer.chosen)
            else:
                start += size
        size //= 2
    return plan


def _difference(found: Sequence[Any], expected: list[Samples], title: str = "") -> str:
    for k, (result, samples) in enumerate(zip(found, expected, strict=True)):
        wrong = problem(np.asarray(result), samples)
        if wrong:
            return f"{title}result {k} {wrong}"
    return ""
