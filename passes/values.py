"""Values under rewriting as things to calculate with: ``m + log(s)`` builds nd operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.binding import Operand
from lamina.ir.graph.op import Op
from lamina.ir.ops.cast import cast_op
from lamina.ir.ops.dimshuffle import NEW, DimShuffle

if TYPE_CHECKING:
    from lamina.passes.builder import Builder


class Value(Operand):
    """A value of the block under rewriting; an op on it inserts the operation."""

    __slots__ = ("rewriter", "ssa")

    def __init__(self, ssa: SSAValue, rewriter: Builder):
        self.ssa, self.rewriter = ssa, rewriter

    @property
    def dtype(self) -> str:
        return nd.dtype_of(self.ssa)

    @property
    def ndim(self) -> int:
        return nd.rank(self.ssa)

    def bind(self, op: Op, operands: Sequence[Any]) -> Value:
        return Value(self.rewriter.apply(op, operands), self.rewriter)

    def cast(self, dtype: str) -> Value:
        """This value converted to `dtype`."""
        return self if self.dtype == dtype else self.bind(cast_op(dtype), [self])

    def dimshuffle(self, order: Sequence[int]) -> Value:
        """This value with its dimensions in another order; NEW adds one."""
        order = tuple(order)
        if order == tuple(range(self.ndim)):
            return self
        return self.bind(DimShuffle(input_ndim=self.ndim, order=order), [self])

    def with_axes(self, axes: Sequence[int]) -> Value:
        """This value with dimensions of length 1 at `axes` of the result."""
        kept = iter(range(self.ndim))
        return self.dimshuffle(
            [NEW if i in axes else next(kept) for i in range(self.ndim + len(axes))]
        )


def operand_dtype(values: Sequence[SSAValue], op: Operation) -> str:
    """The dtype of a number beside `values`: theirs, a condition's aside; else that of `op`."""
    dtypes = [nd.dtype_of(v) for v in values]
    other = [d for d in dtypes if d != "bool"]
    return next(iter(other or dtypes), None) or nd.dtype_of(op.results[0])


def maker(value: SSAValue) -> Any:
    """The operation that made `value`; None of an argument of the block."""
    owner = value.owner
    return owner if isinstance(owner, Operation) else None


def made_by(value: SSAValue, name: str) -> Any:
    """The operation ``nd.name`` that made `value`, None if another did."""
    owner = value.owner
    return owner if isinstance(owner, Operation) and owner.name == "nd." + name else None


def used_once(value: SSAValue) -> bool:
    """Whether exactly one operand is `value`."""
    return value.has_one_use()


def kind(value: SSAValue) -> str:
    """The kind of the dtype: one of ``biufc``."""
    return np.dtype(nd.dtype_of(value)).kind


_NOT_UNIFORM = object()


def uniform(value: SSAValue) -> Any:
    """The number that all elements of a constant are, a NumPy scalar; None for all else."""
    op = value.owner
    if op.__class__ is not nd.ConstantOp:
        return None
    known = op.__dict__.get("_uniform")
    if known is None:
        data = op.data  # type: ignore[union-attr]
        first = data.reshape(-1)[:1]
        same = data.size and data.tobytes() == first.tobytes() * data.size
        known = vars(op)["_uniform"] = first[0] if same else _NOT_UNIFORM
    return None if known is _NOT_UNIFORM else known
