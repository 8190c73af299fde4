"""MonitorMode: the user's functions around each op."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.debug.monitormode import MonitorMode


def test_functions_see_each_op_before_and_after_it():
    x = pt.dvector("x")
    seen = []

    def before(fgraph, i, node, computation):
        assert computation.outputs == [[None]]
        seen.append(("before", i, str(node.op), computation.inputs[0][0].copy()))

    def after(fgraph, i, node, computation):
        assert node in fgraph.apply_nodes
        seen.append(("after", i, str(node.op), computation.outputs[0][0].copy()))

    mode = MonitorMode(before, after, optimizer=None)
    f = lamina.function([x], pt.exp(x).sum(), mode=mode)
    assert f([0.0, 0.0]) == 2
    assert [(when, i) for when, i, *_ in seen] == [
        ("before", 0), ("after", 0), ("before", 1), ("after", 1),
    ]  # fmt: skip
    np.testing.assert_array_equal(seen[0][3], [0, 0])
    np.testing.assert_array_equal(seen[1][3], [1, 1])
    assert seen[3][3] == 2


def test_an_error_of_such_a_function_ends_the_call():
    def stop(fgraph, i, node, computation):
        if np.isnan(computation.outputs[0][0]).any():
            raise FloatingPointError(f"{node} gives NaN")

    x = pt.dvector("x")
    f = lamina.function([x], pt.log(x) * 2, mode=MonitorMode(post_func=stop))
    assert f([1.0]) == 0
    with pytest.raises(FloatingPointError, match="Log"), np.errstate(all="ignore"):
        f([-1.0])


def test_it_has_no_machine_code():
    with pytest.raises(ValueError, match="op by op"):
        MonitorMode(linker="c")
