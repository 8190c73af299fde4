import numpy as np
import pytest

import lamina.tensor as pt
from lamina import shared
from lamina.compile import rebuild_collect_shared
from lamina.compile.rebuild import Copy
from lamina.graph.traversal import ancestors


def test_a_copy_has_new_variables_except_constants():
    x, s = pt.dvector("x"), shared(1.0, "s")
    y = pt.exp(x) * s + 1
    copied = Copy([x])(y)
    old, new = set(ancestors([y])), set(ancestors([copied]))
    assert {str(v) for v in old & new} == {"1"}
    assert copied.type == y.type
    assert copied.owner.line == y.owner.line


def test_a_copy_without_inputs_keeps_leaves():
    x, s = pt.dvector("x"), shared(1.0, "s")
    copied = Copy([x], copy_inputs=False)(pt.exp(x) * s)
    assert {x, s} <= set(ancestors([copied]))


def test_a_copied_shared_variable_has_the_same_cell():
    s = shared(1.0, "s")
    copy = Copy([])
    copy(s + 1)
    assert list(copy.shared) == [s]
    assert copy.shared[s] is not s and copy.shared[s].cell is s.cell


def test_parts_that_two_outputs_share_are_copied_once():
    x = pt.dscalar("x")
    y = pt.exp(x)
    copy = Copy([x])
    a, b = copy(y + 1), copy(y + 2)
    assert a.owner.inputs[0] is b.owner.inputs[0]


def test_narrower_replacements_narrow_the_graph():
    x, v = pt.dvector("x"), pt.vector("v", dtype="float64", shape=(3,))
    assert Copy([v], {x: v})(x + 1).type.shape == (3,)


def test_rebuild_collect_shared_returns_the_copy_and_its_maps():
    x, y, s = pt.dscalar("x"), pt.dscalar("y"), shared(1.0, "s")
    z = x + s
    inputs, output, (copies, updates, pairs, found) = rebuild_collect_shared(
        z, inputs=[y], replace={x: y}, updates={s: s * 2}, copy_inputs_over=True
    )
    assert inputs == [y] and found == [s]
    assert output.owner.inputs == [y, s]
    assert copies[z] is output
    assert pairs == list(updates.items()) and updates[s].owner.inputs[0] is s
    assert output.eval({y: 2}) == 3


def test_rebuild_collect_shared_keeps_lists():
    x = pt.dscalar("x")
    _, outputs, _ = rebuild_collect_shared([x + 1, x], copy_inputs_over=False)
    assert len(outputs) == 2 and outputs[1] is not x


def test_a_key_of_a_replacement_is_a_variable():
    with pytest.raises(TypeError, match="keys must be Variables, got 'x'"):
        Copy([], {"x": 1})


def test_a_deep_graph_is_copied():
    x = pt.dscalar("x")
    y = x
    for _ in range(5000):
        y = pt.exp(y)
    assert len(list(ancestors([Copy([x], {x: x * 2})(y)]))) == 5000 + 3


def test_an_array_may_replace_a_variable():
    x = pt.dvector("x")
    copied = Copy([], {x: np.arange(3)})(x.sum())
    assert copied.eval() == 3
