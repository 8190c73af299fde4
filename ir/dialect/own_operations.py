"""Operations of the dialect's own: checks, slices, kernels, what Python computes."""

from __future__ import annotations

from typing import ClassVar

from xdsl.dialects.builtin import TensorType
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    region_def,
    traits_def,
    var_operand_def,
)
from xdsl.traits import IsolatedFromAbove, IsTerminator, Pure

from lamina.ir.dialect.types import ArrayOperation


@irdl_op_definition
class AssertEqualOp(ArrayOperation):
    """Check that two lengths are equal; else the call raises.

    ``node`` is the number of the application that needs it, ``axis`` the axis; ``what`` says what
    failed.
    """

    name = "nd.assert_equal"


@irdl_op_definition
class AssertIndexOp(ArrayOperation):
    """Check that an index is at least -n and less than n, operands index and n; else the call
    raises IndexError.
    """

    name = "nd.assert_index"


@irdl_op_definition
class SliceOp(ArrayOperation):
    """A view: operands x and, for each axis of x, offset, length and step. The axes ``dropped``
    have length 1 and go.
    """

    name = "nd.slice"
    traits = traits_def(Pure())


@irdl_op_definition
class UpdateSliceOp(ArrayOperation):
    """x with y added to a slice of it, or in its place (``set``): operands x, y, and offset,
    length, step for each axis.

    ``buffers``, once planned, says where the result lives.
    """

    name = "nd.update_slice"
    traits = traits_def(Pure())


@irdl_op_definition
class ReshapeToOp(ArrayOperation):
    """The elements of x, in row-major order, with the lengths given by the other operands."""

    name = "nd.reshape_to"
    traits = traits_def(Pure())


@irdl_op_definition
class IotaOp(ArrayOperation):
    """0, 1, ... below the length that is the operand."""

    name = "nd.iota"
    traits = traits_def(Pure())


@irdl_op_definition
class LoopIndexOp(ArrayOperation):
    """In a kernel: the position, an int64, of its loop number ``loop``."""

    name = "nd.loop_index"
    traits = traits_def(Pure())


@irdl_op_definition
class KernelOp(ArrayOperation):
    """One loop nest: elementwise ops and reductions on the elements of its operands.

    The region has an argument of rank 0 for each operand; it ends in nd.yield. ``iterators`` names
    the loops ("parallel" or "reduction"); ``maps`` has, for each operand and then each result, the
    loop that runs along each of its dimensions (-1: the dimension has length 1); ``combine`` has,
    for each result, "" or the reduction that combines what is yielded over the reduction loops.
    ``buffers``, once planned, says where each result lives.
    """

    name = "nd.kernel"
    body = region_def("single_block")
    assembly_format = "$args attr-dict-with-keyword $body `:` functional-type($args, $res)"
    traits = traits_def(Pure(), IsolatedFromAbove())


@irdl_op_definition
class ProductKernelOp(ArrayOperation):
    """A product of matrices, or of stacks of them, and a map of its elements: one kernel of a
    device, which makes no array of the product.

    Operands are A and B, which ``transpose_a`` and ``transpose_b`` turn, and those of the map. The
    region has an argument for the element of the product, rounded to its dtype, and one for each
    of those; it ends in nd.yield of the elements of the results. ``maps`` has, for each operand of
    the map and then each result, the dimension of the product that runs along each of its own (-1:
    it has length 1). ``buffers``, once planned, says where each result lives.
    """

    # Where more is summed, the product and the map are better apart. What a fused map saves are the
    # writes and reads of the product's m n elements, which take as long as some multiples of m n
    # operations; what it costs is that the library's product of m n k is quicker than ours. With 13
    # to 20 operations a byte that memory gives (A100, H100) and twice the time of the library's, or
    # three times on tensor cores of float16, they are even at about these k. No device has measured
    # them.
    MOST_SUMMED: ClassVar[dict[str, int]] = {
        "float16": 512, "float32": 128, "float64": 128, "complex64": 32, "complex128": 32,
    }  # fmt: skip

    name = "nd.product_kernel"
    body = region_def("single_block")
    assembly_format = "$args attr-dict-with-keyword $body `:` functional-type($args, $res)"
    traits = traits_def(Pure(), IsolatedFromAbove())

    def flag(self, name: str) -> bool:
        """The attribute ``transpose_a`` or ``transpose_b``."""
        return bool(self.attributes[name].value.data)  # type: ignore[attr-defined]


@irdl_op_definition
class CallbackOp(ArrayOperation):
    """What Python computes while the function runs: the results of an op that has no operation.

    ``node`` is the number of the application in the graph. Two with the same ``op``, the number of
    the first application of an equal op, compute the same of the same operands. ``title`` is what
    the op calls itself.
    """

    name = "nd.callback"
    traits = traits_def(Pure())

    @property
    def node(self) -> int:
        """The number of the application."""
        return self.attributes["node"].value.data  # type: ignore[attr-defined]

    @property
    def title(self) -> str:
        """What the op calls itself, on one line."""
        return self.attributes["title"].data  # type: ignore[attr-defined]


@irdl_op_definition
class YieldOp(IRDLOperation):
    """What a region results in: at one point of a kernel's loops, or at the end of a step."""

    name = "nd.yield"
    args = var_operand_def(TensorType)
    assembly_format = "$args attr-dict `:` type($args)"
    traits = traits_def(IsTerminator(), Pure())
