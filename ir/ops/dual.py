"""Numbers with a derivative, to differentiate a formula term by term."""

from __future__ import annotations

from typing import Any


class Dual:
    """``value + slope e`` where ``e e = 0``: arithmetic carries the derivative along.

    Both parts are numbers or operands of a `Formula`; a slope that is the number 0 costs nothing.
    An operand meets a `Dual` only as ``Dual(operand)``.
    """

    def __init__(self, value: Any, slope: Any = 0):
        self.value, self.slope = value, slope

    def __add__(self, other: Any) -> Dual:
        other = dual(other)
        return Dual(self.value + other.value, _sum(self.slope, other.slope))

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return Dual(-self.value, _product(self.slope, -1))

    def __sub__(self, other: Any) -> Dual:
        return self + -dual(other)

    def __rsub__(self, other: Any) -> Dual:
        return dual(other) + -self

    def __mul__(self, other: Any) -> Dual:
        other = dual(other)
        slopes = _product(self.slope, other.value), _product(other.slope, self.value)
        return Dual(self.value * other.value, _sum(*slopes))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Dual:
        other = dual(other)
        value = self.value / other.value
        slope = _sum(self.slope, _product(_product(other.slope, -1), value))
        return Dual(value, 0 if _is(slope, 0) else slope / other.value)

    def __rtruediv__(self, other: Any) -> Dual:
        return dual(other) / self


def dual(x: Any) -> Dual:
    """`x` as a constant, unless it has a derivative."""
    return x if isinstance(x, Dual) else Dual(x)


def _is(x: Any, number: int) -> bool:
    return isinstance(x, (int, float)) and x == number


def _sum(a: Any, b: Any) -> Any:
    return b if _is(a, 0) else a if _is(b, 0) else a + b


def _product(a: Any, b: Any) -> Any:
    if _is(a, 0) or _is(b, 0):
        return 0
    return b if _is(a, 1) else a if _is(b, 1) else a * b
