"""One random graph differentiated, vectorised, rewritten, replaced, wrapped and pickled, in one
order and another: all forms compute the same.
"""

from __future__ import annotations

import pickle
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.compile.builders import OpFromGraph
from lamina.gradient import NullTypeGradError
from lamina.graph import clone_replace, graph_replace, rewrite_graph, vectorize_graph
from lamina.ir.graph.traversal import ancestors
from lamina.ir.graph.variable import Variable
from tests.fuzz.check import ERRORS, meaning
from tests.fuzz.evaluation import Samples, evaluate, problem
from tests.fuzz.graph import Graph
from tests.fuzz.search import Met

BATCH = 3
FLOATS = ("float64", "float32")
COMPILED = 4  # of so many graphs one is compiled
# What is done to the graph of a cost. Each order has its gradient once.
ORDERS = (
    "grad vectorize", "vectorize grad", "rewrite grad vectorize", "grad rewrite vectorize",
    "grad vectorize rewrite", "rewrite vectorize grad rewrite", "vectorize rewrite grad",
    "replace grad", "grad replace", "replace vectorize grad", "grad vectorize replace",
    "rewrite grad rewrite", "wrap grad", "grad wrap vectorize", "wrap vectorize grad",
    "clone grad pickle vectorize", "pickle vectorize grad clone", "inline grad vectorize",
)  # fmt: skip


@dataclass(frozen=True)
class Program:
    """A graph on the way.

    Attributes
    ----------
    inputs, outputs : list of Variable
        The outputs are a cost and, once they have been taken, its gradients.
    wrt : list of int
        Which inputs the cost is differentiated with respect to, and is vectorised over.
    """

    inputs: list[Variable]
    outputs: list[Variable]
    wrt: list[int]
    draw: random.Random


def fresh(program: Program, batched: bool = False) -> list[Variable]:
    """New inputs; with a dimension in front of those that are vectorised over."""
    made = [v.type(name=v.name) for v in program.inputs]
    for i in program.wrt if batched else ():
        kind: Any = program.inputs[i].type
        made[i] = pt.tensor(program.inputs[i].name, dtype=kind.dtype, shape=(None, *kind.shape))
    return made


def take_gradients(program: Program) -> Program:
    """The gradients of the cost, of the sum of a batch of costs."""
    (cost,) = program.outputs
    wrt = [program.inputs[i] for i in program.wrt]
    gradients = lamina.grad(pt.sum(cost), wrt, disconnected_inputs="ignore")
    return replace(program, outputs=[cost, *gradients])


def vectorize(program: Program) -> Program:
    inputs = fresh(program, batched=True)
    pairs = {program.inputs[i]: inputs[i] for i in program.wrt}
    kept = [inputs[i] if i in program.wrt else v for i, v in enumerate(program.inputs)]
    return replace(program, inputs=kept, outputs=vectorize_graph(program.outputs, pairs))


def rewrite(program: Program) -> Program:
    tags = ("canonicalize", "stabilize", "specialize")[: program.draw.randint(1, 3)]
    # barriers go when gradients have been taken
    barriers = ("gradient-barrier",) if len(program.outputs) == 1 else ()
    outputs = rewrite_graph(program.outputs, include=tags, exclude=barriers)
    return replace(program, outputs=outputs)


def change_inputs(program: Program) -> Program:
    inputs = fresh(program)
    pairs = dict(zip(program.inputs, inputs, strict=True))
    outputs = graph_replace(program.outputs, pairs, strict=False)
    return replace(program, inputs=inputs, outputs=outputs)


def clone(program: Program) -> Program:
    inputs = fresh(program)
    pairs = dict(zip(program.inputs, inputs, strict=True))
    return replace(program, inputs=inputs, outputs=clone_replace(program.outputs, pairs))


def wrap(program: Program, inline: bool = False) -> Program:
    op = OpFromGraph(program.inputs, program.outputs, inline, on_unused_input="ignore")
    inputs = fresh(program)
    return replace(program, inputs=inputs, outputs=op(*inputs, return_list=True))


def through_pickle(program: Program) -> Program:
    inputs, outputs = pickle.loads(pickle.dumps((program.inputs, program.outputs)))
    return replace(program, inputs=inputs, outputs=outputs)


CHANGES: dict[str, Callable[[Program], Program]] = {
    "grad": take_gradients,
    "vectorize": vectorize,
    "rewrite": rewrite,
    "replace": change_inputs,
    "clone": clone,
    "wrap": wrap,
    "inline": lambda program: wrap(program, inline=True),
    "pickle": through_pickle,
}


@dataclass
class Compared(Met):
    """What came of graphs.

    Attributes
    ----------
    compiled : int
        Forms that were compiled.
    forms, refused : Counter
        Forms that agree, by order; graphs and forms about which nothing can be said, by reason.
    """

    compiled: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def program_of(graph: Graph) -> tuple[Program, list[np.ndarray]] | None:
    """The cost of all outputs of a graph that are floats, and values of its inputs; None if none
    of them depends smoothly on an input.
    """
    names = graph.build()
    old = [names[i.name] for i in graph.inputs]
    inputs = [pt.tensor(v.name, dtype=v.type.dtype, shape=v.type.shape) for v in old]
    floats = [names[n] for n in graph.outputs if names[n].dtype in FLOATS]
    terms = [(k + 0.5) * pt.sum(v, dtype="float64") for k, v in enumerate(floats)]
    if graph.special or not terms:
        return None
    (cost,) = graph_replace(
        [sum(terms[1:], terms[0])], dict(zip(old, inputs, strict=True)), strict=False
    )
    above = set(ancestors([cost]))
    wrt = [i for i, v in enumerate(inputs) if v.dtype in FLOATS and v in above]
    if not wrt:
        return None
    data = graph.data(graph.sizes)
    return Program(inputs, [cost], wrt, random.Random(graph.seed)), [
        data[i.name] for i in graph.inputs
    ]


def check(graph: Graph) -> Compared:
    """Compare what the orders make of the gradients of a graph; one of them may be compiled."""
    made = Compared()
    found = program_of(graph)
    if found is None:
        made.refused["no gradient"] += 1
        return made
    program, data = found
    try:
        plain = take_gradients(program)
    except (NotImplementedError, NullTypeGradError) as error:
        made.refused[str(error)[-60:]] += 1
        return made
    points = [data, *_moved(program, data, graph.seed)]
    expected = []
    for point in points:
        values = dict(zip(program.inputs, point, strict=True))
        samples = meaning(plain.outputs, values, graph.seed, False)
        if not isinstance(samples, list):
            made.refused["decided by rounding errors"] += 1
            return made
        expected.append(samples)
    made.graphs += 1
    native = program.draw.choice(ORDERS) if graph.seed % COMPILED == 0 else ""
    problems = []
    for order in ORDERS:
        wrong = _wrong(program, order, points, expected, order == native, made)
        if wrong:
            problems.append(f"{order}: {wrong}")
    if problems:
        made.problems[graph.seed] = "\n".join(problems)
    return made


def _moved(program: Program, data: Sequence[np.ndarray], seed: int) -> list[list[np.ndarray]]:
    """Other points nearby."""
    numbers = np.random.default_rng(seed)
    points = []
    for _ in range(BATCH - 1):
        points.append(
            [
                (a * (1 + 1e-3 * numbers.uniform(-1, 1, a.shape))).astype(a.dtype)
                if i in program.wrt
                else a
                for i, a in enumerate(data)
            ]
        )
    return points


def _wrong(
    program: Program,
    order: str,
    points: list[list[np.ndarray]],
    expected: list[list[Samples]],
    compiled: bool,
    made: Compared,
) -> str:
    batched = "vectorize" in order
    if batched:
        points = [
            [
                np.stack(arrays) if i in program.wrt else arrays[0]
                for i, arrays in enumerate(zip(*points, strict=True))
            ]
        ]
        expected = [
            [
                [np.stack(arrays) for arrays in zip(*samples, strict=True)]
                for samples in zip(*expected, strict=True)
            ]
        ]
    form = program
    try:
        for change in order.split():
            form = CHANGES[change](form)
        function = None
        if compiled:
            function = lamina.function(form.inputs, form.outputs, on_unused_input="ignore")
    except NotImplementedError as error:
        made.refused[str(error)[:60]] += 1
        return ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    for point, wanted in zip(points, expected, strict=True):
        known = {v: [a] for v, a in zip(form.inputs, point, strict=True)}
        try:
            with np.errstate(all="ignore"):
                found = [a for (a,) in evaluate(form.outputs, known, np.random.default_rng(0), 0)]
            wrong = _difference(found, wanted)
            if function is not None and not wrong:
                wrong = _difference(function(*point), wanted)
        except ERRORS as error:
            wrong = f"{type(error).__name__}: {error}"
        if wrong:
            return wrong
    made.forms[order] += 1
    made.compiled += compiled
    return ""


def _difference(found: list[np.ndarray], wanted: list[Samples]) -> str:
    for k, (y, samples) in enumerate(zip(found, wanted, strict=True)):
        y = np.asarray(y)
        if y.ndim < samples[0].ndim:  # the same for all of the batch
            y = np.broadcast_to(y, samples[0].shape)
        wrong = problem(y, samples)
        if wrong:
            return f"{'gradient' if k else 'cost'} {k} {wrong}"
    return ""
