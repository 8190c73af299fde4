"""Ops of the user's own that overwrite operands: no value that is needed is ever lost."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.mode import Mode
from lamina.graph.basic import Apply
from lamina.graph.op import Op
from lamina.graph.rewriting.basic import dfs_rewriter, node_rewriter

MODES = ["FAST_RUN", "FAST_COMPILE", "NUMPY"]


class Add1(Op):
    """x + 1, in the memory of x if `inplace`."""

    __props__ = ("inplace",)

    def __init__(self, inplace):
        self.inplace = inplace
        self.destroy_map = {0: [0]} if inplace else {}

    def make_node(self, x):
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        output_storage[0][0] = np.add(x, 1, out=x if self.inplace else None)


class Same(Op):
    """x itself, as a view."""

    __props__ = ()
    view_map = {0: [0]}

    def make_node(self, x):
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0][:]


plus, plus_in_place, same = Add1(False), Add1(True), Same()


@pytest.mark.parametrize("mode", MODES)
def test_no_value_that_is_needed_is_overwritten(mode):
    x, shared = pt.dvector("x"), lamina.shared(np.array([10.0, 20.0]), "s")
    y = 2 * x
    constant = pt.constant([5.0, 6.0])
    outputs = {
        x + plus_in_place(x): lambda v: 2 * v + 1,
        plus_in_place(plus_in_place(y)) + y: lambda v: 4 * v + 2,
        plus_in_place(same(y)) * y: lambda v: (2 * v + 1) * 2 * v,
        same(y) + plus_in_place(y): lambda v: 4 * v + 1,
        plus_in_place(shared) + shared: lambda v: np.array([21.0, 41.0]),
        plus_in_place(constant) + constant: lambda v: np.array([11.0, 13.0]),
        plus_in_place(x): lambda v: v + 1,
        x.copy(): lambda v: v,
        y: lambda v: 2 * v,
        same(x): lambda v: v,
    }
    f = lamina.function([x], list(outputs), mode=mode)
    given = np.array([1.0, 2.0])
    for _ in range(2):
        results = f(given)
        assert given.tolist() == [1.0, 2.0]
        for result, expected in zip(results, outputs.values(), strict=True):
            assert result.tolist() == expected(given).tolist()
            assert not np.shares_memory(result, given)
    assert shared.get_value().tolist() == [10.0, 20.0]


@pytest.mark.parametrize("mode", MODES)
def test_an_update_in_place_leaves_what_is_returned(mode):
    s = lamina.shared(np.array([1.0, 2.0]))
    f = lamina.function([], [s, same(s)], updates={s: plus_in_place(s)}, mode=mode)
    first = f()
    f()
    assert [r.tolist() for r in first] == [[1.0, 2.0], [1.0, 2.0]]
    assert s.get_value().tolist() == [3.0, 4.0]


@pytest.mark.parametrize("mode", MODES)
def test_steps_of_a_loop_overwrite_nothing_but_their_own(mode):
    x = pt.dmatrix("x")
    states, _ = lamina.scan(
        lambda row, state: plus_in_place(state) + plus_in_place(row) + row,
        x,
        outputs_info=pt.zeros(2),
    )
    f = lamina.function([x], states, mode=mode)
    given = np.arange(6.0).reshape(3, 2)
    assert f(given).tolist() == np.cumsum(2 * given + 2, axis=0).tolist()
    assert given.tolist() == np.arange(6.0).reshape(3, 2).tolist()


def in_place(fired):
    @node_rewriter([Add1])
    def rewriter(fgraph, node):
        if not node.op.inplace:
            new = plus_in_place(*node.inputs)
            fgraph.replace_validate(node.outputs[0], new, reason="in place")
            fired.append(new)
        return None

    return dfs_rewriter(rewriter)


@pytest.mark.parametrize(("linker", "declared"), [("auto", True), ("py", True), ("py", False)])
def test_a_rewriter_may_put_in_only_what_overwrites_nothing_that_is_needed(linker, declared):
    x = pt.dvector("x")
    fired = []
    mode = Mode(linker=linker).register((in_place(fired), 50))
    y = 2 * x
    outputs = [plus(x), plus(y) * pt.exp(y), plus(pt.exp(x))]
    f = lamina.function([lamina.In(x, mutable=declared)], outputs, mode=mode)
    assert len(fired) == (3 if declared else 2)  # exp(y) is read before; x belongs to the caller
    v = np.array([1.0, 2.0])
    results = f(v.copy())
    expected = [v + 1, (2 * v + 1) * np.exp(2 * v), np.exp(v) + 1]
    for result, value in zip(results, expected, strict=True):
        np.testing.assert_allclose(result, value)
