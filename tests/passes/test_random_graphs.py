"""Random graphs mean the same after rewriting, and rewriting ends."""

import numpy as np
import pytest

from lamina.graph import rewrite_graph
from lamina.import_graph import import_graph
from lamina.ir.configuration import config
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.traversal import toposort
from lamina.passes.registry import optimize
from tests.evaluate import evaluate
from tests.passes.random_graphs import RandomGraph

SEEDS = range(300)
BLOCKS = [SEEDS[i : i + 50] for i in range(0, len(SEEDS), 50)]


def values_of_all(graph: RandomGraph) -> list[np.ndarray] | None:
    """Every value in the graph; None where an op refuses its operands."""
    inner = [v for node in toposort(graph.outputs) for v in node.outputs]
    try:
        return evaluate([*inner, *graph.outputs], graph.values)
    except (IndexError, ValueError, OverflowError):
        return None


def tolerance(graph: RandomGraph) -> float:
    return 1e-3 if any(v.dtype in ("float32", "complex64") for v in graph.values) else 1e-7


def agree(before: np.ndarray, after: np.ndarray, rtol: float) -> bool:
    if (before.dtype, before.shape) != (after.dtype, after.shape):
        return False
    if before.dtype.kind not in "fc":
        return np.array_equal(before, after)
    finite = np.isfinite(before)
    scale = np.abs(before[finite]).max(initial=1)
    return np.allclose(before[finite], after[finite], rtol, rtol * scale)


@pytest.mark.parametrize("seeds", BLOCKS, ids=str)
def test_rewritten_graphs_mean_the_same(seeds: range):
    compared = 0
    for seed in seeds:
        graph = RandomGraph(seed)
        with np.errstate(all="ignore"):
            everything = values_of_all(graph)
        if everything is None or not all(np.isfinite(a).all() for a in everything):
            continue  # what becomes of a NaN is said by strict_ieee
        before = everything[-len(graph.outputs) :]
        after = evaluate(rewrite_graph(graph.outputs, include=("fast_run",)), graph.values)
        for number, pair in enumerate(zip(before, after, strict=True)):
            assert agree(*pair, tolerance(graph)), (seed, number, pair)
        compared += 1
    assert compared > 20


@pytest.mark.parametrize("seeds", BLOCKS[:3], ids=str)
def test_under_strict_ieee_every_nan_and_infinity_stays(seeds: range):
    compared = 0
    for seed in seeds:
        graph = RandomGraph(seed)
        with np.errstate(all="ignore"), config.change_flags(strict_ieee=True):
            everything = values_of_all(graph)
            if everything is None:
                continue
            include = ("canonicalize", "specialize")
            after = evaluate(rewrite_graph(graph.outputs, include), graph.values)
        for a, b in zip(everything[-len(graph.outputs) :], after, strict=True):
            assert np.array_equal(np.isnan(a), np.isnan(b)), seed
            assert np.array_equal(np.isinf(a), np.isinf(b)), seed
            assert agree(a, b, tolerance(graph)), seed
        compared += 1
    assert compared > 20


@pytest.mark.filterwarnings("error")  # rewrites that undo each other are stopped with a warning
def test_rewriting_large_graphs_comes_to_an_end():
    for seed in range(5):
        graph = RandomGraph(seed, size=150)
        with config.change_flags(verify_ir=False):  # what would raise may contradict itself
            program = import_graph(FunctionGraph(None, graph.known, clone=False))
            trace = optimize(program.block)
            again = optimize(program.block)
        assert len(trace.fired) > 50
        assert len(again.fired) <= len(trace.fired) / 10
