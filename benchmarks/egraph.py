"""What equality saturation finds that greedy rewriting, rule by rule, does not.

Each expression is compiled by both optimizers; results are compared, times taken in turn. Costs are
those of the model, of the expression as it is written, after greedy rewriting and after saturation.

``python -m benchmarks.egraph N`` puts N pairs of rules of the catalogue into each other, and lists
those where the order in which greedy rewriting applies them costs something.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import lamina
import lamina.tensor as pt
from benchmarks.timing import compare
from lamina.import_graph import import_graph
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.traversal import graph_inputs
from lamina.ir.graph.variable import Constant
from lamina.passes.registry import TAGS
from lamina.passes.rules import Applied, Rule, Var
from lamina.passes.saturation.equalities import conditions, variables
from lamina.passes.saturation.saturate import Report, saturate


@dataclass(frozen=True)
class Expression:
    """Something to compute.

    Attributes
    ----------
    title : str
    inputs : sequence of Variable
    outputs : sequence of Variable
    shapes : sequence of tuple of int
        Of the arguments that are timed.
    reassociate : bool
        Whether floats may be added and multiplied in another order.
    """

    title: str
    inputs: Sequence[Any]
    outputs: Sequence[Any]
    shapes: Sequence[tuple[int, ...]]
    reassociate: bool = False

    def report(self) -> Report:
        """What saturation finds in it."""
        program = import_graph(FunctionGraph(list(self.inputs), list(self.outputs), clone=False))
        include = ("fast_run", *(["reassociate"] if self.reassociate else []))
        return max(saturate(program.block, include), key=lambda report: report.written)

    def functions(self) -> dict[str, Callable[..., Any]]:
        """It, compiled by each optimizer."""
        saturating = lamina.Mode(optimizer="egraph")
        if self.reassociate:
            saturating = saturating.including("reassociate")
        return {
            name: lamina.function(list(self.inputs), list(self.outputs), mode=mode)
            for name, mode in (("greedy", "FAST_RUN"), ("egraph", saturating))
        }

    def arguments(self) -> list[np.ndarray]:
        """Numbers between 0.5 and 1.5, or small integers."""
        generator = np.random.default_rng(0)
        return [
            generator.integers(1, 9, shape).astype(v.type.dtype)
            if v.type.dtype.startswith("int")
            else generator.uniform(0.5, 1.5, shape).astype(v.type.dtype)
            for v, shape in zip(self.inputs, self.shapes, strict=True)
        ]


def expressions() -> list[Expression]:
    """Expressions in which the order of greedy rewriting misses something."""
    x, y, z, w = pt.dvectors("x", "y", "z", "w")
    i, j, k = (pt.lvector(name) for name in "ijk")
    A, B, C = pt.dmatrices("A", "B", "C")
    tall = pt.tensor("tall", shape=(2000, 20), dtype="float64")
    wide = pt.tensor("wide", shape=(20, 2000), dtype="float64")
    thin = pt.tensor("thin", shape=(2000, 20), dtype="float64")
    n, square = (4000,), (600, 600)
    vectors = [x, y, z]
    return [
        Expression(
            "(A @ B) @ v, (A @ B) @ w", [A, B, x, y], [(A @ B) @ x, (A @ B) @ y],
            [square, square, (600,), (600,)],
        ),
        Expression(
            "A @ B @ C, by static shapes", [tall, wide, thin], [tall @ wide @ thin],
            [(2000, 20), (20, 2000), (2000, 20)],
        ),
        Expression("i j + i k, integers", [i, j, k], [i * j + i * k], [n] * 3),
        Expression(
            "a polynomial of integers", [i, j, k], [j * i * i * i + k * i * i + j * i],
            [n] * 3,
        ),
        Expression(
            "max(max(x, y), z), max(y, z)", vectors,
            [pt.maximum(pt.maximum(x, y), z), pt.maximum(y, z)], [n] * 3,
        ),
        Expression(
            "exp(x) exp(y), exp(x) exp(z)", vectors,
            [pt.exp(x) * pt.exp(y), pt.exp(x) * pt.exp(z)], [n] * 3,
        ),
        Expression(
            "|x| |y|, |x| |z|", vectors, [abs(x) * abs(y), abs(x) * abs(z)], [n] * 3
        ),
        Expression(
            "x y + x z", vectors, [x * y + x * z], [n] * 3, reassociate=True
        ),
        Expression(
            "(x y + x z) / x", vectors, [(x * y + x * z) / x], [n] * 3, reassociate=True
        ),
        Expression(
            "x / w + y / w + z / w", [x, y, z, w], [x / w + y / w + z / w], [n] * 4,
            reassociate=True,
        ),
        Expression("((x / y) / z) / w", [x, y, z, w], [((x / y) / z) / w], [n] * 4,
                   reassociate=True),
        Expression(
            "exp(x) y exp(z)", vectors, [pt.exp(x) * y * pt.exp(z)], [n] * 3,
            reassociate=True,
        ),
        Expression(
            "A @ B + A @ C", [A, B, C], [A @ B + A @ C], [square] * 3, reassociate=True
        ),
    ]  # fmt: skip


def superposed(number: int) -> tuple[str, list[Any], list[Any]] | None:
    """What one rule of the catalogue matches, in the place of a variable of another. Of every other
    pair both are results, so that the inner one is used elsewhere. None if they do not fit.
    """
    draw = random.Random(number)
    outer, inner = draw.sample(_RULES, 2)
    chosen = conditions(outer) | conditions(inner)
    given = {n: pt.vector(n, dtype="bool" if n in chosen else "float64") for n in "abxyz"}
    place = draw.choice(sorted(variables(outer.before)))
    try:
        made = _applied(inner.before, given)
        whole = _applied(outer.before, {**given, place: made})
    except TypeError:
        return None  # a bool in the place of a number
    outputs = [whole, made] if draw.random() < 0.5 else [whole]
    inputs = [v for v in graph_inputs(outputs) if not isinstance(v, Constant)]
    return f"{outer.name} of {inner.name}", inputs, outputs


_RULES = [
    rule
    for rules in TAGS.values()
    for rule in rules
    if isinstance(rule, Rule) and "f" in rule.kinds and rule.is_elementwise
]


def _applied(pattern: Any, given: dict[str, Any]) -> Any:
    if isinstance(pattern, Var):
        return given[pattern.name]
    if isinstance(pattern, Applied):
        return pattern.op(*(_applied(p, given) for p in pattern.operands))
    return pattern


def list_misses(pairs: int) -> None:
    """Search pairs of rules, and print where saturation finds something cheaper."""
    tried = found = 0
    for number in range(pairs):
        superposition = superposed(number)
        if superposition is None:
            continue
        title, inputs, outputs = superposition
        program = import_graph(FunctionGraph(inputs, outputs, clone=False))
        reports = saturate(program.block)
        tried += 1
        if any(report.gains for report in reports):
            found += 1
            greedy, cheapest = (sum(getattr(r, k) for r in reports) for k in ("greedy", "found"))
            print(f"{title:70}{greedy:10.4g}{cheapest:10.4g}")
    print(f"{found} of {tried} pairs of rules")


def main() -> None:
    if len(sys.argv) > 1 and sys.argv[-1].isdigit():
        list_misses(int(sys.argv[-1]))
        return
    print(f"{'':32}{'cost':>10} {'greedy':>10} {'egraph':>10} {'us':>10} {'us':>10}  ratio")
    for expression in expressions():
        report = expression.report()
        functions, arguments = expression.functions(), expression.arguments()
        times = compare({name: partial(f, *arguments) for name, f in functions.items()}, 5)
        print(
            f"{expression.title:32}{report.written:10.3g} {report.greedy:10.3g}"
            f" {report.found:10.3g} {times['greedy'] * 1e6:10.2f} {times['egraph'] * 1e6:10.2f}"
            f"  {times['greedy'] / times['egraph']:5.2f}"
            f"  ({report.nodes} nodes, {report.seconds:.2f} s)"
        )


if __name__ == "__main__":
    main()
