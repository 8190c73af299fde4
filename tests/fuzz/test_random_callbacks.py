"""Random graphs of which Python computes some of the ops, here and there between machine code."""

import zlib

import pytest

from lamina.compile import not_native
from lamina.ir import dialect as nd
from lamina.ir.graph.traversal import toposort
from lamina.ir.ops.composed import ComposedOp
from tests.fuzz.check import check
from tests.fuzz.generate import generate
from tests.fuzz.graph import Graph

# Python adds in another order than machine code, which the tolerance for it does not allow.
SUMS = ("Sum", "Prod", "Mean", "Blockwise", "Dot", "Cum")


def _with_ops_of_the_compiler(seed: int) -> Graph:
    """The graph of a seed or, if Python cannot compute its ops one by one because the compiler sees
    several in the place of one, of the first after it.
    """
    while True:
        graph = generate(seed)
        names = graph.build()
        nodes = toposort([names[n] for n, _ in graph.steps])
        if not any(isinstance(node.op, ComposedOp) for node in nodes):
            return graph
        seed += 1000


@pytest.mark.parametrize(("seed", "percent"), [(1, 10), (2, 30), (3, 60), (4, 100), (5, 30)])
def test_a_random_graph_with_callbacks_agrees_with_its_meaning(seed, percent, monkeypatch):
    has_operation = nd.has_operation

    def chosen(op):
        if str(op).startswith(SUMS) or not has_operation(op):
            return has_operation(op)
        return zlib.crc32(f"{seed} {op}".encode()) % 100 >= percent

    monkeypatch.setattr(nd, "has_operation", chosen)
    not_native.callbacks.clear()
    assert not check(_with_ops_of_the_compiler(seed), ("FAST_RUN",)).problems
    assert not_native.callbacks and not not_native.interpreted
    not_native.callbacks.clear()
