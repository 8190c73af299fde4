"""What it means to apply an op: one set of operators with several readings.

An op called on graph variables makes an application; on a rule's variables, a pattern; on nd
values, an nd operation; on scalars of a kernel body, an instruction. So gradients, rules and scalar
bodies are the same expressions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lamina.ir.graph.op import Op


class Operand(ABC):
    """Anything that an op can be applied to."""

    @abstractmethod
    def bind(self, op: Op, operands: Sequence[Any]) -> Any:
        """The application of `op` to `operands`, one of which is this."""

    def __neg__(self) -> Any:
        return _ops().neg(self)

    def __abs__(self) -> Any:
        return _ops().abs(self)

    def __invert__(self) -> Any:
        return _ops().invert(self)

    def __add__(self, other: Any) -> Any:
        return _ops().add(self, other)

    def __radd__(self, other: Any) -> Any:
        return _ops().add(other, self)

    def __sub__(self, other: Any) -> Any:
        return _ops().sub(self, other)

    def __rsub__(self, other: Any) -> Any:
        return _ops().sub(other, self)

    def __mul__(self, other: Any) -> Any:
        return _ops().mul(self, other)

    def __rmul__(self, other: Any) -> Any:
        return _ops().mul(other, self)

    def __truediv__(self, other: Any) -> Any:
        return _ops().true_div(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _ops().true_div(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return _ops().floor_div(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _ops().floor_div(other, self)

    def __mod__(self, other: Any) -> Any:
        return _ops().mod(self, other)

    def __rmod__(self, other: Any) -> Any:
        return _ops().mod(other, self)

    def __divmod__(self, other: Any) -> Any:
        return _ops().floor_div(self, other), _ops().mod(self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return _ops().floor_div(other, self), _ops().mod(other, self)

    def __pow__(self, other: Any) -> Any:
        return _ops().pow(self, other)

    def __rpow__(self, other: Any) -> Any:
        return _ops().pow(other, self)

    def __and__(self, other: Any) -> Any:
        return _ops().and_(self, other)

    def __rand__(self, other: Any) -> Any:
        return _ops().and_(other, self)

    def __or__(self, other: Any) -> Any:
        return _ops().or_(self, other)

    def __ror__(self, other: Any) -> Any:
        return _ops().or_(other, self)

    def __xor__(self, other: Any) -> Any:
        return _ops().xor(self, other)

    def __rxor__(self, other: Any) -> Any:
        return _ops().xor(other, self)

    def __lshift__(self, other: Any) -> Any:
        return _ops().left_shift(self, other)

    def __rlshift__(self, other: Any) -> Any:
        return _ops().left_shift(other, self)

    def __rshift__(self, other: Any) -> Any:
        return _ops().right_shift(self, other)

    def __rrshift__(self, other: Any) -> Any:
        return _ops().right_shift(other, self)

    def __lt__(self, other: Any) -> Any:
        return _ops().lt(self, other)

    def __le__(self, other: Any) -> Any:
        return _ops().le(self, other)

    def __gt__(self, other: Any) -> Any:
        return _ops().gt(self, other)

    def __ge__(self, other: Any) -> Any:
        return _ops().ge(self, other)


def _ops() -> Any:
    from lamina.ir import operators

    return operators
