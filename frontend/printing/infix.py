"""Graphs in the notation of mathematics and Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.basic_indexing import Subtensor
from lamina.ir.ops.blockwise import Blockwise
from lamina.ir.ops.composite import scalar_text
from lamina.ir.ops.contraction import Dot
from lamina.ir.ops.dimshuffle import DimShuffle
from lamina.ir.ops.elementwise import Elemwise
from lamina.printing.pretty import PPrinter, PrinterState, operands_of


def _default(var: Variable, pstate: PrinterState) -> str:
    node = var.owner
    assert node is not None
    text = _application(node, operands_of(var, pstate))
    return text if len(node.outputs) == 1 else f"{text}[{var.index}]"


pprint = PPrinter(_default)


def pp(expression: Variable) -> str:
    """The graph of a variable as an expression; ``pprint.assign`` changes how ops are written.

    Dimensions added or dropped for broadcasting are not shown, and ``···`` stands for parts of more
    than 10,000 characters.

    Examples
    --------
    >>> from lamina.ir.graph.tensor_type import TensorType
    >>> x, y = TensorType("float64", (3,))("x"), TensorType("float64", (3, 3))("y")
    >>> pp(1 / (x + y[0, 1:].sum()))
    '(1 / (x + Sum{axes=None}(y[0, 1:])))'
    """
    return pprint.process(expression)


def _application(node: Apply, operands: Sequence[str]) -> str:
    op: Any = node.op
    if isinstance(op, Elemwise):
        return scalar_text(op.scalar_op, operands)
    if isinstance(op, (Dot, Blockwise)) and isinstance(getattr(op, "core_op", op), Dot):
        return f"({operands[0]} @ {operands[1]})"
    if isinstance(op, Subtensor):
        return f"{operands[0]}[{', '.join(map(_index, op.index(operands[1:])))}]"
    if isinstance(op, DimShuffle):
        kept = [d for d in op.new_order if d != "x"]
        if kept == sorted(kept):
            return operands[0]
        if op.new_order == (1, 0):
            return f"{operands[0]}.T"
    return f"{op}({', '.join(operands)})"


def _index(entry: Any) -> str:
    if not isinstance(entry, slice):
        return entry
    text = f"{entry.start or ''}:{entry.stop or ''}"
    return text if entry.step is None else f"{text}:{entry.step}"
