"""What a loop carries from step to step: earlier values of outputs, and shared variables.

The values x[t-1], ..., x[t-k] of an output are k carries, a shift register: each takes the value of
the one before it, and the first takes what the step makes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.source_line import describe
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.requirement import require
from lamina.ir.ops.shape import length_of
from lamina.scan.arguments import Recurrence
from lamina.scan.test_values import with_test_value


class State:
    """The carries of one output.

    Attributes
    ----------
    carries : list of Variable
        Of the inner graph: the value 1 step ago, 2 steps ago, ...
    starts : list of Variable
        What they are in the first step.
    """

    def __init__(self, output: Recurrence, loop: str):
        self.output, self.loop = output, loop
        initial = output.initial
        depth = output.depth
        if not output.stacked:
            self.starts = [initial]
            kind = initial.type
        else:
            if initial.type.shape[0] is None:
                initial = _with_rows(initial, depth, output, loop)
            # the last row is the latest value
            self.starts = [initial[depth - k] for k in range(1, depth + 1)]
            kind = initial.type.clone(shape=initial.type.shape[1:])
        self.carries = [kind(_name(output, -k)) for k in range(1, depth + 1)]
        for carry, start in zip(self.carries, self.starts, strict=True):
            with_test_value(carry, start)

    def given(self) -> list[Variable]:
        """What a step gets, in the order of the taps."""
        return [self.carries[-tap - 1] for tap in self.output.taps]

    def carried_on(self, new: Variable) -> list[Variable]:
        """The next values of the carries, if a step makes `new`."""
        return [self.fitted(new), *self.carries[:-1]]

    def fitted(self, new: Any) -> Variable:
        """What a step makes, in the dtype of the initial value.

        Raises
        ------
        TypeError
            It has another rank or static shape, or a dtype that the initial one does not hold.
        """
        old = self.carries[0].type
        kind = new.type
        if isinstance(old, TensorType) and isinstance(kind, TensorType):
            if kind.dtype != old.dtype and kind.ndim == old.ndim:
                if not np.can_cast(kind.dtype, old.dtype):
                    raise TypeError(self._drift(new, _dtype_advice(old.dtype, kind.dtype)))
                new = cast(new, old.dtype)
            elif kind.ndim != old.ndim:
                raise TypeError(self._drift(new, "Give it the rank of what a step makes."))
            for a, b in zip(old.shape, kind.shape, strict=True):
                if a is not None and b is not None and a != b:
                    raise TypeError(self._drift(new, "Give it the shape of what a step makes."))
        elif old != kind:
            raise TypeError(self._drift(new, "Give it the type of what a step makes."))
        return new

    def _drift(self, new: Variable, advice: str) -> str:
        made = describe(new.owner.line) if new.owner is not None else ""
        return (
            f"{self.loop}: {self.output.title} begins as {self.carries[0].type}, but a step makes "
            f"{new.type} of it{made and ', at ' + made}. The initial value must be of the type "
            f"that the steps make. {advice}"
        )


def _dtype_advice(old: str, new: str) -> str:
    return (
        f'Convert it by .astype("{new}"), or what the step returns by .astype("{old}"), which '
        "loses precision."
    )


def _with_rows(initial: Any, depth: int, output: Recurrence, loop: str) -> Any:
    """`initial`, checked when the loop runs to have as many rows as taps need."""
    rows = length_of(initial, 0)
    message = (
        f"{loop}: {output.title} with the taps {list(output.taps)} needs {depth} initial values, "
    ).replace("{", "{{").replace("}", "}}") + "got {0}"
    count = require(np.int64(depth), nd.eq(rows, np.int64(depth)), message, rows)
    return initial[:count]


def _name(output: Recurrence, tap: int) -> str | None:
    name = getattr(output.initial, "name", None)
    return name and f"{name}[t{tap:+d}]"
