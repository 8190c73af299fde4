"""Test values: example values that travel with variables while a graph is built."""

from __future__ import annotations

import warnings
from typing import Any

from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.variable import Constant, Variable


def get_test_value(v: Any) -> Any:
    """The test value of `v`.

    Raises
    ------
    AttributeError
        It has none.
    """
    if not isinstance(v, Variable):
        from lamina.ir.ops.constant import as_tensor_variable

        v = as_tensor_variable(v)
    if isinstance(v, Constant):
        return v.data
    if isinstance(v, SharedVariable):
        return v.get_value(borrow=True)
    if hasattr(v.tag, "test_value"):
        return v.type.filter(v.tag.test_value)
    raise AttributeError(f"{v} has no test value; set {v}.tag.test_value")


def compute_test_value(node: Apply) -> None:
    """Set the test values of the outputs of `node` from those of its inputs."""
    try:
        values = [get_test_value(v) for v in node.inputs]
    except AttributeError as error:
        missing_test_message(str(error))
        return
    storage: list[list[Any]] = [[None] for _ in node.outputs]
    node.op.perform(node, values, storage)
    for output, (value,) in zip(node.outputs, storage, strict=True):
        output.tag.test_value = value


def get_test_values(*args: Variable) -> Any:
    """A list of one element, the test values of `args`; empty if test values are off or one is
    missing.
    """
    if config.compute_test_value == "off":
        return []
    try:
        values = [get_test_value(v) for v in args]
    except AttributeError as error:
        missing_test_message(str(error))
        return []
    return [values[0] if len(values) == 1 else tuple(values)]


def missing_test_message(msg: str) -> None:
    """Report a missing test value as ``config.compute_test_value`` says."""
    action = config.compute_test_value
    if action == "raise":
        raise AttributeError(msg)
    if action == "warn":
        warnings.warn(msg, stacklevel=2)
