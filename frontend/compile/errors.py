"""Exceptions of `function`, and what a run-time error says about where it happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.source_line import describe


class UnusedInputError(ValueError):
    """`function` got an input that no output depends on, or the same input twice.

    Remove the input, or pass ``on_unused_input="ignore"`` to `function`:

    >>> x, y = pt.dscalar("x"), pt.dscalar("y")
    >>> lamina.function([x, y], x + 1)                              # doctest: +SKIP
    UnusedInputError: ... y ...
    >>> lamina.function([x, y], x + 1, on_unused_input="ignore")    # doctest: +SKIP
    """

    __module__ = "lamina.compile.maker"


class WrongResult(TypeError):
    """An op computed what is no value of the type that it declared."""


def describe_value(value: Any) -> str:
    """``float64 (3, 2)`` for an array, the type's name for anything else."""
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{value.dtype} {tuple(value.shape)}"
    return type(value).__name__


def describe_node(node: Apply, values: Sequence[Any]) -> str:
    """Which application this is, and what its operands are."""
    lines = [f"while computing {node}"]
    for variable, value in zip(node.inputs, values, strict=True):
        text = f"  {variable}: {describe_value(value)}"
        if config.exception_verbosity == "high":
            text += f" = {value!r}"
        lines.append(text)
    return "\n".join(lines)


def explain(error: Exception, node: Apply, values: Sequence[Any]) -> None:
    """Add to the message of `error` in which application it happened, and the user's line."""
    detail = describe_node(node, values)
    line = describe(node.line)
    if line and line not in str(error):
        detail += f"\nmade at {line}"
    if len(error.args) == 1 and str(error) == error.args[0]:
        error.args = (f"{error}\n{detail}",)
    else:
        error.add_note(detail)
