"""One random graph against its meaning: compiled, interpreted, printed and read back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

import lamina
from lamina.compile.modes import get_mode
from lamina.ir.graph.variable import Variable
from tests.conformance.samples import FORMS
from tests.fuzz.evaluation import VARIANTS, Samples, Unstable, evaluate, needed, problem
from tests.fuzz.graph import Graph

# Sums in the dtype of their terms, one after another, as NumPy may do them.
INTERPRETED = 64.0
ERRORS = (ValueError, IndexError, AssertionError, ArithmeticError, MemoryError)


@dataclass
class Verdict:
    """What came of a graph.

    Attributes
    ----------
    problems : list of str
        Empty if all is well.
    compared, raised, unstable : int
        Calls whose results were compared, that raised as they should, and of which nothing can be
        expected.
    """

    problems: list[str] = field(default_factory=list)
    compared: int = 0
    raised: int = 0
    unstable: int = 0


def check(graph: Graph, modes: tuple[str, ...] = ("FAST_RUN", "NUMPY")) -> Verdict:
    """Compile `graph` and call it on both of its sets of sizes."""
    verdict = Verdict()
    for mode in modes:
        names = graph.build()
        inputs = [names[i.name] for i in graph.inputs if not i.shared]
        outputs = [names[n] for n in graph.outputs]
        updates = [(names[s], names[n]) for s, n in graph.updates]
        with lamina.config.change_flags(strict_ieee=graph.special, cache=False):
            chosen: Any = mode
            if graph.special and mode != "NUMPY":
                chosen = get_mode(mode).excluding("stabilize")
            function = lamina.function(
                inputs, outputs, chosen, updates=updates, on_unused_input="ignore"
            )
        kept: list[tuple[Any, bytes]] = []
        for sizes in (graph.sizes, graph.other_sizes):
            _call(graph, names, function, sizes, mode, verdict, kept)
        for array, content in kept:
            if np.asarray(array).tobytes() != content:
                verdict.problems.append(f"{mode}: a later call changed an earlier result")
        if mode == "FAST_RUN" and graph.seed % 8 == 0 and not graph.special:
            _read_back(function, graph.seed, graph.special, verdict)
    return verdict


def _call(
    graph: Graph,
    names: dict[str, Any],
    function: Any,
    sizes: dict[str, int],
    mode: str,
    verdict: Verdict,
    kept: list[Any],
) -> None:
    data = graph.data(sizes)
    for i in graph.inputs:
        if i.shared:
            names[i.name].set_value(data[i.name])
    wanted = [names[n] for n in (*graph.outputs, *(new for _, new in graph.updates))]
    expected = meaning(wanted, {names[n]: a for n, a in data.items()}, graph.seed, graph.special)
    arguments = [FORMS.get(i.form, np.copy)(data[i.name]) for i in graph.inputs if not i.shared]
    before = [a.tobytes() for a in arguments]
    try:
        made = function(*arguments)
        results = [np.asarray(r) for r in made]
    except ERRORS as error:
        if not isinstance(expected, Exception):
            if expected is not None:
                verdict.problems.append(f"{mode}: {type(error).__name__}: {error}")
        elif not isinstance(error, ERRORS):
            verdict.problems.append(
                f"{mode}: {type(error).__name__} where {type(expected).__name__} is right: {error}"
            )
        verdict.raised += 1
        return
    if [a.tobytes() for a in arguments] != before:
        verdict.problems.append(f"{mode}: an argument was changed")
    cells = [s.get_value(borrow=True) for s in (names[n] for n, _ in graph.updates)]
    _check_apart([*results, *cells], arguments, mode, verdict)
    kept += [(r, a.tobytes()) for r, a in zip(made, results, strict=True)]
    if isinstance(expected, Exception):
        # what an unused array would have raised need not come, nor what a rewrite has no use for
        if expected.node in needed(wanted) and not (  # type: ignore[attr-defined]
            mode != "NUMPY" and _raises_as_written(graph, sizes)
        ):
            verdict.problems.append(
                f"{mode}: no error, where {type(expected).__name__} is right: {expected}"
            )
        verdict.unstable += 1
    elif expected is None:
        verdict.unstable += 1
    else:
        verdict.compared += 1
        factor = INTERPRETED if mode == "NUMPY" else 1
        titles = graph.outputs + [f"update of {n}" for n, _ in graph.updates]
        for title, found, samples in zip(titles, [*results, *cells], expected, strict=True):
            wrong = problem(found, samples, factor)
            if wrong:
                verdict.problems.append(f"{mode}: {title} {wrong}, sizes {sizes}")


def _raises_as_written(graph: Graph, sizes: dict[str, int]) -> bool:
    """Whether the graph raises if no rewrite changes it."""
    names, data = graph.build(), graph.data(sizes)
    given = [names[i.name] for i in graph.inputs if not i.shared]
    for i in graph.inputs:
        if i.shared:
            names[i.name].set_value(data[i.name])
    wanted = [names[n] for n in (*graph.outputs, *(new for _, new in graph.updates))]
    mode = get_mode("FAST_RUN").excluding("canonicalize", "stabilize", "specialize")
    with lamina.config.change_flags(cache=False):
        function = lamina.function(given, wanted, mode, on_unused_input="ignore")
    try:
        function(*(data[i.name] for i in graph.inputs if not i.shared))
    except ERRORS:
        return True
    return False


def meaning(
    wanted: list[Variable], data: dict[Variable, np.ndarray], seed: int, special: bool
) -> list[Samples] | Exception | None:
    """The samples of `wanted`, what they raise, or None if nothing can be expected of them."""
    known: dict[Variable, Samples] = {v: [a] * (VARIANTS + 1) for v, a in data.items()}
    try:
        with np.errstate(all="ignore"):
            results = evaluate(wanted, known, np.random.default_rng(seed))
    except Unstable:
        return None
    except ERRORS as error:
        return error
    kinds = "c" if special else "fc"  # rewrites may lose a NaN where strict_ieee is off: x / x is 1
    if any(s[0].dtype.kind in kinds and not np.isfinite(s[0]).all() for s in known.values()):
        return None
    return results


def _check_apart(
    results: list[np.ndarray], arguments: list[np.ndarray], mode: str, verdict: Verdict
) -> None:
    for k, one in enumerate(results):
        for other in (*results[:k], *arguments):
            if one.size and np.may_share_memory(one, other):
                verdict.problems.append(f"{mode}: result {k} shares memory with another array")


def _read_back(function: Any, seed: int, special: bool, verdict: Verdict) -> None:
    """Every stage that is text compiles to the same object."""
    from lamina.compile.from_text import compile_text
    from lamina.compile.pipeline import CODE_STAGES, ND_STAGES

    stages = [s for s in (*ND_STAGES, *CODE_STAGES[:4]) if not special or s != "stabilize"]
    stage = stages[seed // 8 % len(stages)]
    native = function._executable
    again = compile_text(stage, native.ir(stage))
    if again.object != native.artefact.object:
        verdict.problems.append(f"the text of stage {stage} compiles to another object")
