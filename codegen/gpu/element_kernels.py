"""Kernels between calls of libraries, stated as functions of elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from xdsl.dialects.builtin import IntegerAttr, i64
from xdsl.ir import Block, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.binding import Operand
from lamina.ir.ops.cast import cast_op

if TYPE_CHECKING:
    from lamina.codegen.array import Array
    from lamina.codegen.emit_scalar import Element
    from lamina.codegen.gpu.host import DeviceHost

# An array, or a number, and the loop that runs along each of its dimensions.
Use = tuple["Array | Element", Sequence[int]]


class Scalar(Operand):
    """A value in the body of a kernel; an op on it is written there."""

    def __init__(self, value: SSAValue, body: Block):
        self.value, self.body = value, body

    @property
    def dtype(self) -> str:
        return nd.dtype_of(self.value)

    def bind(self, op: Any, operands: Sequence[Any]) -> Scalar:
        scalars = [x for x in operands if isinstance(x, Scalar)]
        dtype = next((x.dtype for x in scalars if x.dtype != "bool"), "bool")
        values = [x if isinstance(x, Scalar) else self.number(x, dtype) for x in operands]
        made = nd.create(op, [x.value for x in values])
        self.body.add_op(made)
        return Scalar(made.results[0], self.body)

    def number(self, x: Any, dtype: str) -> Scalar:
        """A constant beside this value."""
        made = nd.constant_op(np.array(x, dtype))
        self.body.add_op(made)
        return Scalar(made.res[0], self.body)

    def cast(self, dtype: str) -> Scalar:
        """This value, converted."""
        return self if self.dtype == dtype else self.bind(cast_op(dtype), [self])


def run(
    host: DeviceHost,
    lengths: Sequence[str],
    inputs: Sequence[Use],
    outputs: Sequence[tuple[Array, Sequence[int]]],
    function: Callable[..., Any],
    combine: Sequence[str] = (),
) -> None:
    """Launch a kernel that computes ``function(at, *elements)`` for each position of its loops.

    Parameters
    ----------
    lengths : sequence of str
        Of the loops; those that no output has are reduced.
    inputs, outputs : sequence of pairs
        Arrays, and the loops along their dimensions; an output may be an input.
    function : callable
        ``at(loop)`` is the position in a loop, an int64; it returns what the outputs get.
    combine : sequence of str
        The reduction of each output; by default there is none.
    """
    body = Block(arg_types=[nd.TensorType(nd.ELEMENT[x.dtype], []) for x, _ in inputs])

    def at(loop: int) -> Scalar:
        position = nd.LoopIndexOp.create(
            result_types=[nd.TensorType(i64, [])], attributes={"loop": IntegerAttr(loop, i64)}
        )
        body.add_op(position)
        return Scalar(position.results[0], body)

    found = function(at, *(Scalar(a, body) for a in body.args))
    made = found if isinstance(found, tuple) else (found,)
    values = [x.cast(y.dtype).value for x, (y, _) in zip(made, outputs, strict=True)]
    body.add_op(nd.YieldOp.create(operands=values))
    kept = {loop for _, loops in outputs for loop in loops}
    places = [getattr(x, "pointer", None) for x, _ in inputs]
    shared = tuple(places.index(y.pointer) if y.pointer in places else None for y, _ in outputs)
    host._call_kernel(
        body, ["parallel" if loop in kept else "reduction" for loop in range(len(lengths))],
        [x for x, _ in inputs], [list(loops) for _, loops in inputs],
        [y for y, _ in outputs], [list(loops) for _, loops in outputs],
        tuple(combine) or ("",) * len(outputs), shared, dict(enumerate(lengths)),
        [y.dtype for y, _ in outputs],
    )  # fmt: skip
