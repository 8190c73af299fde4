"""What a user says that a function takes and returns, checked."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from lamina.compile.errors import UnusedInputError
from lamina.compile.io import In, Out
from lamina.compile.rebuild import Copy
from lamina.ir.graph.errors import MissingInputError
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.source_line import describe
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.constant import as_tensor_variable


def checked_inputs(inputs: Any, allow_downcast: bool | None) -> list[In]:
    """The inputs as copies of their declarations; those that take a call's arguments come first.

    Raises
    ------
    TypeError
        They are no list, or one of them cannot be an input.
    UnusedInputError
        One is given twice.
    """
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(
            f"function: the inputs must be a list, even of one variable, got {inputs!r} "
            f"of type {type(inputs).__name__}"
        )
    checked: list[In] = []
    seen: dict[Variable, int] = {}
    for position, given in enumerate(inputs):
        if not isinstance(given, (In, Variable)):
            raise TypeError(
                f"function: input {position} must be a Variable or In, got {given!r} "
                f"of type {type(given).__name__}"
            )
        entry = copy.copy(given) if isinstance(given, In) else In(given)
        if entry.allow_downcast is None:
            entry.allow_downcast = allow_downcast
        v = entry.variable
        if isinstance(v, SharedVariable):
            raise TypeError(
                f"function: the shared variable {v} cannot be an input. Leave it out: its value "
                f"is read. To give a value by argument, replace it: givens={{{v}: x}}."
            )
        if isinstance(v, Constant):
            raise TypeError(f"function: the constant {v} cannot be an input")
        if v in seen:
            raise UnusedInputError(
                f"function: {v} is given twice, as inputs {seen[v]} and {position}; leave one out"
            )
        seen[v] = position
        checked.append(entry)
    return sorted(checked, key=lambda entry: entry.implicit)


def checked_outputs(outputs: Any) -> tuple[list[Out], list[str] | None, bool]:
    """The outputs as a list, the keys of a dict, and whether there is one that stands alone.

    Raises
    ------
    TypeError
        One is no Variable and cannot become one, or a key is no str.
    """
    if outputs is None:
        return [], None, False
    if isinstance(outputs, dict):
        if not all(isinstance(key, str) for key in outputs):
            raise TypeError(f"function: the keys of the outputs must be str, got {list(outputs)}")
        return [_checked_output(o) for o in outputs.values()], list(outputs), False
    if isinstance(outputs, (list, tuple)):
        return [_checked_output(o) for o in outputs], None, False
    return [_checked_output(outputs)], None, True


def _checked_output(output: Any) -> Out:
    if isinstance(output, Out):
        return output
    if isinstance(output, Variable):
        return Out(output)
    try:
        return Out(as_tensor_variable(output))
    except TypeError:
        raise TypeError(
            f"function: an output must be a Variable or Out, got {output!r} "
            f"of type {type(output).__name__}"
        ) from None


def default_cell(entry: In) -> list[Any]:
    """Where the default value of an input is kept: a list, empty if it has none.

    Raises
    ------
    TypeError
        The variable cannot have this value.
    """
    if entry.value is None:
        return []
    kind = entry.variable.type
    value = entry.value if entry.borrow else copy.deepcopy(entry.value)
    try:
        value = kind.filter(value, strict=entry.strict, allow_downcast=entry.allow_downcast)
    except (TypeError, ValueError) as error:
        raise TypeError(f"function: the default value of {entry.variable}: {error}") from None
    return [kind.exact(value)]


def refuse_missing(rebuilt: Copy, inputs: Sequence[In], outputs: Sequence[Out]) -> None:
    """Check that the copied graph begins with nothing but inputs, constants and shared variables.

    Raises
    ------
    MissingInputError
        It needs another variable.
    """
    declared = {entry.variable for entry in inputs}
    for v in rebuilt.leaves():
        if v in declared or isinstance(v, (Constant, SharedVariable)):
            continue
        what = ", ".join(str(o.variable) for o in outputs) or "an update"
        user = next((node for node in rebuilt.copies if v in getattr(node, "inputs", ())), None)
        line = describe(user.line) if user is not None else ""
        raise MissingInputError(
            f"function: {what} depends on {v}, which is not among the inputs "
            f"[{', '.join(str(entry.variable) for entry in inputs)}]."
            + (f" It is used by {user}." if user is not None else "")
            + (f" That was made at {line}." if line else "")
            + f" Add {v} to the inputs, or give it a value: givens={{{v}: value}}."
        )


def report_unused(graph: FunctionGraph, inputs: Sequence[In], action: str) -> None:
    """Raise or warn, as `action` says, if nothing in the graph uses one of `inputs`.

    Raises
    ------
    UnusedInputError
    """
    if action not in ("raise", "warn", "ignore"):
        raise ValueError(f"on_unused_input must be 'raise', 'warn' or 'ignore', got {action!r}")
    if action == "ignore":
        return
    for position, entry in enumerate(inputs):
        if graph.clients[entry.variable] or entry.update is not None:
            continue
        message = (
            f"function: no output or update uses {entry.variable}, input {position}. "
            "Leave it out, or pass on_unused_input='ignore'."
        )
        if action == "raise":
            raise UnusedInputError(message)
        warnings.warn(message, stacklevel=3)


def report_missing_updates(
    graph: FunctionGraph, shared: Mapping[SharedVariable, Variable], updated: Sequence[Any]
) -> None:
    """Warn of shared variables that a loop of the graph updates, and the function does not.

    Parameters
    ----------
    graph : FunctionGraph
    shared : dict
        The variables of the graph by the shared variables that they stand for.
    updated : sequence of list
        The cells of those that the function updates.
    """
    cells = set(map(id, updated))
    missed = {v: s for s, v in shared.items() if id(s.cell) not in cells}
    if not missed:
        return
    for node in graph.apply_nodes:
        for i in getattr(node.op, "updated_operands", ()):
            target = missed.pop(node.inputs[i], None)
            if target is not None:
                warnings.warn(
                    f"function: the loop {node.op} updates the shared variable {target} "
                    f"({describe(node.line)}), but this function does not keep its new value. "
                    "Pass it the updates that scan returned.",
                    stacklevel=3,
                )
