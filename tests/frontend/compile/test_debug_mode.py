import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.debug.debugmode import (
    BadDestroyMap,
    BadThunkOutput,
    BadViewMap,
    DebugMode,
    InvalidValueError,
    str_diagnostic,
)
from lamina.graph import Apply, Op

ALONE = DebugMode(check_c_code=False)


class PythonOp(Op):
    """An op of a vector, computed by a function."""

    __props__ = ("compute",)

    def __init__(self, compute, view_map=None, destroy_map=None):
        self.compute = compute
        self.view_map = view_map or {}
        self.destroy_map = destroy_map or {}

    def make_node(self, x):
        return Apply(self, [x], [pt.dvector()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = self.compute(inputs[0])


def add_in_place(x):
    x += 1
    return x


def run(op, mode=ALONE, value=(1.0, 2.0)):
    x = pt.dvector("x")
    return lamina.function([x], op(x), mode=mode)(np.array(value))


def test_what_is_right_passes_and_is_compared_with_machine_code():
    x, s = pt.dvector("x"), lamina.shared(np.zeros(2))
    f = lamina.function([x], pt.exp(x).sum(), updates={s: s + x}, mode="DebugMode")
    np.testing.assert_allclose(f([0.0, 1.0]), 1 + np.e)
    np.testing.assert_allclose(f(x=[0.0, 1.0]), 1 + np.e)
    np.testing.assert_array_equal(s.get_value(), [0, 2])


def test_an_operand_that_is_changed_in_secret_is_found():
    with pytest.raises(BadDestroyMap, match="operand 0, x, is changed(.|\n)*test_debug_mode.py"):
        run(PythonOp(add_in_place))
    np.testing.assert_array_equal(run(PythonOp(add_in_place, destroy_map={0: [0]})), [2, 3])


def test_a_result_that_is_a_view_in_secret_is_found():
    with pytest.raises(BadViewMap, match="shares memory with operand 0"):
        run(PythonOp(lambda x: x[::-1]))
    np.testing.assert_array_equal(run(PythonOp(lambda x: x[::-1], view_map={0: [0]})), [2, 1])


def test_a_result_of_another_type_is_found():
    with pytest.raises(InvalidValueError, match="declared"):
        run(PythonOp(lambda x: x.sum()))


def test_a_result_that_is_not_finite_is_found():
    with pytest.raises(InvalidValueError, match="not finite"):
        run(PythonOp(lambda x: x + np.inf), value=[1.0])
    mode = DebugMode(check_isfinite=False, check_c_code=False)
    assert np.isinf(run(PythonOp(lambda x: x + np.inf), mode, [1.0])[0])


def test_an_op_that_is_not_a_function_of_its_operands_is_found():
    numbers = iter(range(100))
    with pytest.raises(BadThunkOutput, match="a second run differs"):
        run(PythonOp(lambda x: x + next(numbers)))
    mode = DebugMode(check_py_code=False, check_c_code=False)
    assert run(PythonOp(lambda x: x + next(numbers)), mode).shape == (2,)


def test_machine_code_that_computes_something_else_is_found():
    calls = []

    def first_as_declared(x):
        calls.append(x)
        return x if len(calls) == 1 else x + 1

    mode = DebugMode(check_py_code=False)
    with pytest.raises(BadThunkOutput, match="machine code computes something else"):
        run(PythonOp(first_as_declared, view_map={0: [0]}), mode)


def test_a_difference_is_described():
    text = str_diagnostic(np.array([1.0, 2.0]), np.array([1.0, 2.5]), rtol=1e-3)
    assert "expected: float64 (2,) [1. 2.]" in text
    assert "largest difference: 0.5" in text
    assert "largest relative difference: 0.25" in text
    assert "rtol=0.001" in text
    assert "difference" not in str_diagnostic(np.ones(2), np.ones(3))


def test_there_is_no_other_linker():
    with pytest.raises(ValueError, match="its linker is 'py'"):
        DebugMode(linker="c")
