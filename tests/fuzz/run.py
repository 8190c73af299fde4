"""Random graphs that are compiled, and what was met on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lamina.compile.not_native import callbacks, interpreted
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Constant
from tests.fuzz.check import Verdict, check
from tests.fuzz.generate import generate
from tests.fuzz.graph import Graph
from tests.fuzz.search import Met, Search

MODES = ("FAST_RUN", "NUMPY")
ALL_MODES = ("FAST_RUN", "FAST_COMPILE", "NUMPY")  # every fourth graph


@dataclass
class Tally(Met):
    """What a run has met.

    Attributes
    ----------
    compared, raised, unstable : int
        Calls with results compared, that raised as they should, and of which nothing can be
        expected.
    ops, dtypes, ranks, forms, rejected : Counter
        Uses of each op, variables of each dtype and rank, arguments of each form, draws given up.
    """

    compared: int = 0
    raised: int = 0
    unstable: int = 0
    ops: Counter[str] = field(default_factory=Counter)
    dtypes: Counter[str] = field(default_factory=Counter)
    ranks: Counter[int] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)

    def note(self, graph: Graph, verdict: Verdict) -> None:
        """Take in one graph."""
        self.graphs += 1
        for name in ("compared", "raised", "unstable"):
            setattr(self, name, getattr(self, name) + getattr(verdict, name))
        self.rejected.update(graph.rejected)
        self.forms.update(i.form for i in graph.inputs if not i.shared and i.number is None)
        names = graph.build()
        for node in toposort([names[n] for n, _ in graph.steps]):
            self.ops[op_name(node.op)] += 1
            for v in (*node.inputs, *node.outputs):
                if not isinstance(v, Constant):
                    self.dtypes[v.type.dtype] += 1  # type: ignore[attr-defined]
                    self.ranks[v.type.ndim] += 1  # type: ignore[attr-defined]


def op_name(op: object) -> str:
    """The name of an op in nd; casts to all dtypes are one."""
    name = getattr(op, "nd_name", type(op).__name__)
    return "cast" if name.startswith("Cast{") else name


def tried(graph: Graph) -> Tally:
    """What a graph has met."""
    tally = Tally()
    try:
        verdict = check(graph, ALL_MODES if graph.seed % 4 == 0 else MODES)
    except Exception as error:
        verdict = Verdict([f"{type(error).__name__}: {error}"])
    # of the ops that Python computes, only transforms are drawn
    asked = {op: n for op, n in callbacks.items() if not op.startswith("FFT{")} | dict(interpreted)
    if asked:
        verdict.problems.append(f"not native: {asked}")
    tally.note(graph, verdict)
    if verdict.problems:
        tally.problems[graph.seed] = "\n".join(verdict.problems)
    return tally


SEARCH = Search(generate, tried, Tally)
