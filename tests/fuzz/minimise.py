"""The shortest program that still shows what a graph has shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tests.fuzz.evaluation import VARIANTS, evaluate
from tests.fuzz.graph import Graph, Input

Fails = Callable[[Graph], bool]


def minimise(graph: Graph, fails: Fails) -> Graph:
    """A smaller graph for which `fails` holds; `graph` itself if there is none."""
    for sizes in (graph.sizes, graph.other_sizes):
        single = replace(graph, sizes=sizes, other_sizes=sizes)
        if fails(single):
            graph = single
            break
    graph = _fewer_outputs(graph, fails)
    graph = _pruned(graph)
    position = len(graph.steps) - 1
    while position >= 0:
        smaller = _with_value(graph, position)
        if smaller is not None and fails(smaller):
            graph = smaller
            position = min(position, len(graph.steps))
        position -= 1
    return graph


def _fewer_outputs(graph: Graph, fails: Fails) -> Graph:
    for name in graph.outputs:
        single = replace(graph, outputs=[name], updates=[])
        if fails(single):
            return single
    for name in list(graph.outputs):
        fewer = replace(graph, outputs=[n for n in graph.outputs if n != name])
        if fewer.outputs and fails(fewer):
            graph = fewer
    return graph


def _pruned(graph: Graph) -> Graph:
    """Without the steps and inputs that nothing uses."""
    used = {*graph.outputs, *(n for pair in graph.updates for n in pair)}
    steps = []
    for name, text in reversed(graph.steps):
        if name in used:
            steps.append((name, text))
            used.update(re.findall(r"\b[vx]\d+\b", text))
    return replace(graph, steps=steps[::-1], inputs=[i for i in graph.inputs if i.name in used])


def _with_value(graph: Graph, position: int) -> Graph | None:
    """With the value of a step as an input in its place."""
    name, _ = graph.steps[position]
    names = graph.build()
    known = {names[n]: [a] * (VARIANTS + 1) for n, a in graph.data(graph.sizes).items()}
    try:
        with np.errstate(all="ignore"):
            value = evaluate([names[name]], known, np.random.default_rng(0))[0][0]
    except Exception:
        return None
    made = Input(
        name,
        value.dtype.name,
        (),
        (),
        False,
        "as it is",
        0,
        fixed=value,
        shape_of_type=names[name].type.shape,
    )
    steps = [step for step in graph.steps if step[0] != name]
    return _pruned(replace(graph, inputs=[*graph.inputs, made], steps=steps))
