"""Formulas with loops and branches, written once and read twice.

Where no library has a function, its formula is Python on operands: ops, `iterate`, `branch`. On
scalars of compiled code it writes a function of the module; on arrays it is computed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import local
from typing import Any

import numpy as np

from lamina.ir.binding import Operand


@dataclass(frozen=True)
class Formula:
    """A function of doubles.

    Attributes
    ----------
    name : str
        Unique; part of the symbol in compiled code.
    function : callable
        From operands to their value: operators, elementwise ops, other formulas, `iterate` and
        `branch`. Numbers are constants.
    """

    name: str
    function: Callable[..., Any]

    def __call__(self, *operands: Any) -> Any:
        symbolic = next(x for x in operands if isinstance(x, Operand))
        return symbolic.bind(self, operands)  # type: ignore[arg-type]

    def on_arrays(self, *arrays: Any) -> np.ndarray:
        """The value on arrays that broadcast, computed in double precision."""
        dtype = np.result_type(*arrays)
        wide = np.broadcast_arrays(*(np.asarray(a, np.float64) for a in arrays))
        with np.errstate(all="ignore"):
            return self.function(*map(Elements, wide)).array.astype(dtype)


def iterate(condition: Callable[..., Any], step: Callable[..., Any], *state: Any) -> tuple:
    """Replace the state by ``step(*state)`` as long as ``condition(*state)`` holds.

    The state is made of doubles, at least one of them an operand. What is not a number should end
    the loop: every comparison with it is false.
    """
    symbolic = next(x for x in state if isinstance(x, Operand))
    return symbolic.iterate(condition, step, state)  # type: ignore[attr-defined]


def branch(condition: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    """``yes()`` where the condition holds, ``no()`` elsewhere; only one of them is computed."""
    return condition.branch(yes, no)


class Elements(Operand):
    """An array, on which formulas are computed at once.

    Where a branch is not taken its value has no meaning, and no loop waits for it.
    """

    def __init__(self, array: Any):
        self.array = np.asarray(array)

    def bind(self, op: Any, operands: Sequence[Any]) -> Elements:
        if isinstance(op, Formula):
            return op.function(*map(self._operand, operands))
        return Elements(op.scalar_op.numpy(*map(np.asarray, map(_value, operands))))

    def _operand(self, x: Any) -> Elements:
        if isinstance(x, Elements) and x.array.shape == self.array.shape:
            return x
        return Elements(np.broadcast_to(np.asarray(_value(x), np.float64), self.array.shape))

    def iterate(
        self, condition: Callable[..., Any], step: Callable[..., Any], state: Sequence[Any]
    ) -> tuple[Elements, ...]:
        now = [self._operand(x) for x in state]
        active = _active()
        while (more := condition(*now).array & active).any():
            after = map(_value, step(*now))
            now = [Elements(np.where(more, b, a.array)) for a, b in zip(now, after, strict=True)]
        return tuple(now)

    def branch(self, yes: Callable[[], Any], no: Callable[[], Any]) -> Elements:
        outer, parts = _active(), []
        for taken, part in ((self.array, yes), (~self.array, no)):
            _branch.active = outer & taken
            parts.append(_value(part()) if _branch.active.any() else np.nan)
        _branch.active = outer
        return Elements(np.where(self.array, *parts))


# where, in this thread, the branches taken lead
_branch = local()


def _active() -> Any:
    return getattr(_branch, "active", np.True_)


def _value(x: Any) -> Any:
    return x.array if isinstance(x, Elements) else x
