"""Methods of array variables that are functions of one array: ``x.exp()`` is ``exp(x)``."""

from __future__ import annotations

import math
from typing import Any


class ArrayMethods:
    """NumPy's methods, and a method for each elementary function."""

    owner: Any
    dtype: Any

    def arccos(self) -> Any:
        return _elementwise().arccos(self)

    def arccosh(self) -> Any:
        return _elementwise().arccosh(self)

    def arcsin(self) -> Any:
        return _elementwise().arcsin(self)

    def arcsinh(self) -> Any:
        return _elementwise().arcsinh(self)

    def arctan(self) -> Any:
        return _elementwise().arctan(self)

    def arctanh(self) -> Any:
        return _elementwise().arctanh(self)

    def ceil(self) -> Any:
        return _elementwise().ceil(self)

    def cos(self) -> Any:
        return _elementwise().cos(self)

    def cosh(self) -> Any:
        return _elementwise().cosh(self)

    def deg2rad(self) -> Any:
        return _elementwise().deg2rad(self)

    def exp(self) -> Any:
        return _elementwise().exp(self)

    def exp2(self) -> Any:
        return _elementwise().exp2(self)

    def expm1(self) -> Any:
        return _elementwise().expm1(self)

    def floor(self) -> Any:
        return _elementwise().floor(self)

    def log(self) -> Any:
        return _elementwise().log(self)

    def log10(self) -> Any:
        return _elementwise().log10(self)

    def log1p(self) -> Any:
        return _elementwise().log1p(self)

    def log2(self) -> Any:
        return _elementwise().log2(self)

    def rad2deg(self) -> Any:
        return _elementwise().rad2deg(self)

    def sin(self) -> Any:
        return _elementwise().sin(self)

    def sinh(self) -> Any:
        return _elementwise().sinh(self)

    def sqrt(self) -> Any:
        return _elementwise().sqrt(self)

    def tan(self) -> Any:
        return _elementwise().tan(self)

    def tanh(self) -> Any:
        return _elementwise().tanh(self)

    def trunc(self) -> Any:
        return _elementwise().trunc(self)

    def argsort(self, axis: int | None = -1, kind: str | None = None, order: None = None) -> Any:
        from lamina.ir.ops.sorting import argsort

        return argsort(self, axis, kind, order)

    def choose(self, choices: Any, mode: str = "raise") -> Any:
        from lamina.ir.ops.taking import choose

        return choose(self, choices, mode=mode)

    def compress(self, condition: Any, axis: int | None = None) -> Any:
        from lamina.ir.ops.taking import compress

        return compress(condition, self, axis=axis)

    def copy(self, name: str | None = None) -> Any:
        """An array of its own with the same elements; a new variable, called `name`."""
        variable = _elementwise().identity(self)
        variable.name = name
        return variable

    def cumprod(self, axis: int | None = None) -> Any:
        from lamina.ir.ops.cumulative import cumprod

        return cumprod(self, axis)

    def cumsum(self, axis: int | None = None) -> Any:
        from lamina.ir.ops.cumulative import cumsum

        return cumsum(self, axis)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        from lamina.ir.ops.diagonal import diagonal

        return diagonal(self, offset, axis1, axis2)

    def get_underlying_scalar_constant(self) -> Any:
        """The number that this is, where the graph alone says it.

        Raises
        ------
        NotScalarConstantError
            The number depends on an input.
        """
        from lamina.ir.ops.known_scalar import get_underlying_scalar_constant_value

        return get_underlying_scalar_constant_value(self)

    def nonzero(self, return_matrix: bool = False) -> Any:
        from lamina.ir.ops.nonzero import nonzero

        return nonzero(self, return_matrix)

    def nonzero_values(self) -> Any:
        from lamina.ir.ops.nonzero import nonzero_values

        return nonzero_values(self)

    def norm(self, L: Any, axis: Any = None, keepdims: bool = False) -> Any:  # noqa: N803
        """The `L` norm of the elements along `axis`, or of all.

        Parameters
        ----------
        L : number
            Inf and -inf are the largest and smallest magnitude, 0 the number of elements that are
            not 0.
        """
        from lamina.ir.ops import reduction

        magnitude = _elementwise().abs(self)
        if L in (math.inf, -math.inf):
            extreme = reduction.max if L > 0 else reduction.min
            return extreme(magnitude, axis, keepdims=keepdims)
        if L == 0:
            total = reduction.sum(_elementwise().neq(self, 0), axis, keepdims=keepdims)
            return _elementwise().cast(total, magnitude.dtype)
        return reduction.sum(magnitude**L, axis, keepdims=keepdims) ** (1.0 / L)

    @property
    def owner_op(self) -> Any:
        """The op that computes it; None for an input."""
        return self.owner.op if self.owner is not None else None

    @property
    def owner_op_and_inputs(self) -> Any:
        """The op that computes it and its operands, for ``match``; (None,) for an input."""
        return (self.owner.op, *self.owner.inputs) if self.owner is not None else (None,)

    def ptp(self, axis: int | None = None) -> Any:
        from lamina.ir.ops.statistics import ptp

        return ptp(self, axis)

    def repeat(self, repeats: Any, axis: int | None = None) -> Any:
        from lamina.ir.ops.arrangement import repeat

        return repeat(self, repeats, axis)

    def searchsorted(self, v: Any, side: str = "left", sorter: Any = None) -> Any:
        from lamina.ir.ops.searching import searchsorted

        return searchsorted(self, v, side, sorter)

    def sort(self, axis: int | None = -1, kind: str | None = None, order: None = None) -> Any:
        from lamina.ir.ops.sorting import sort

        return sort(self, axis, kind, order)

    def take(self, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
        from lamina.ir.ops.taking import take

        return take(self, indices, axis, mode)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
        from lamina.ir.ops.diagonal import trace

        return trace(self, offset, axis1, axis2)

    def transfer(self, target: str) -> Any:
        """This array on another device: there is one, ``"cpu"``.

        Raises
        ------
        ValueError
            `target` is another.
        """
        if target != "cpu":
            raise ValueError(f"transfer: {self} cannot go to {target!r}; the one device is 'cpu'")
        return self


def _elementwise() -> Any:
    from lamina.ir import operators

    return operators
