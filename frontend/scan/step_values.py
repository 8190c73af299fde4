"""What the function of a step returns, in all the forms that it may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina.compile.rebuild import fitting_update
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.constant import as_tensor_variable
from lamina.scan.condition import until


@dataclass
class StepValues:
    """What a step makes.

    Attributes
    ----------
    outputs : list of Variable
    updates : dict
        New values of shared variables.
    condition : Variable or None
        Whether the step is the last.
    """

    outputs: list[Any] = field(default_factory=list)
    updates: dict[SharedVariable, Variable] = field(default_factory=dict)
    condition: Variable | None = None


def step_values(returned: Any) -> StepValues:
    """What a step returned, sorted.

    It is an output or a list of them, a dict (or list of pairs) of updates, an ``until``, or
    several of these in any order.

    Raises
    ------
    TypeError
        Something else is among it, an update is of no shared variable or has another type.
    ValueError
        There are two conditions, two lists of outputs, or two updates of one variable.
    """
    values = StepValues()
    if not isinstance(returned, (tuple, list)) or _are_pairs(returned):
        _sort(returned, values)
    elif any(_is_part(part) for part in returned):
        groups = 0
        for part in returned:
            if isinstance(part, (tuple, list)) and part and not _are_pairs(part):
                groups += 1
            _sort(part, values)
        if groups > 1:
            raise ValueError(f"scan: the step returned {groups} lists of outputs; return one")
    else:
        values.outputs = [_output(v) for v in returned]
    return values


def _is_part(part: Any) -> bool:
    return part is None or isinstance(part, (until, Mapping, tuple, list))


def _are_pairs(part: Any) -> bool:
    """Whether these are updates, as pairs."""
    return (
        isinstance(part, (tuple, list))
        and bool(part)
        and all(
            isinstance(pair, (tuple, list))
            and len(pair) == 2
            and isinstance(pair[0], SharedVariable)
            for pair in part
        )
    )


def _sort(part: Any, values: StepValues) -> None:
    if part is None:
        return
    if isinstance(part, until):
        if values.condition is not None:
            raise ValueError("scan: the step returned two conditions; combine them by & or |")
        values.condition = part.condition
    elif isinstance(part, Mapping) or _are_pairs(part):
        for target, new in part.items() if isinstance(part, Mapping) else part:
            _add_update(target, new, values)
    elif isinstance(part, (tuple, list)):
        values.outputs += [_output(v) for v in part]
    else:
        values.outputs.append(_output(part))


def _add_update(target: Any, new: Any, values: StepValues) -> None:
    if not isinstance(target, SharedVariable):
        raise TypeError(
            f"scan: a step can update shared variables, got {target!r} of type "
            f"{type(target).__name__}. A value that is passed from step to step goes to "
            "outputs_info."
        )
    if target in values.updates:
        raise ValueError(f"scan: the step updates {target} twice")
    values.updates[target] = fitting_update(target, new)


def _output(value: Any) -> Variable:
    if isinstance(value, Apply):
        value = value.default_output()
    if isinstance(value, Variable):
        return value
    numbers = (bool, int, float, complex, np.ndarray, np.generic, Sequence)
    if not isinstance(value, numbers) or isinstance(value, str):
        raise TypeError(
            f"scan: a step returns variables, updates or until(...), got {value!r} of type "
            f"{type(value).__name__}"
        )
    return as_tensor_variable(value)
