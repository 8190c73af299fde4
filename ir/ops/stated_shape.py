"""Shapes of results that ops of the user's own state before these are computed."""

from __future__ import annotations

from typing import Any

from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.shape import length_of


def stated_shape(variable: Variable) -> list[Any] | None:
    """The lengths of `variable` by the ``infer_shape`` of the op that computes it.

    ``infer_shape(fgraph, node, input_shapes)`` gets for each input a tuple of int64 scalars, and
    None for what is no array; it returns as much about the outputs. `fgraph` is None.

    Returns
    -------
    list of int64 scalar variables, or None
        None if the op states nothing.

    Raises
    ------
    ValueError
        It states the shape of another number of outputs, or of another rank.
    """
    node = variable.owner
    infer = getattr(node.op, "infer_shape", None) if node is not None else None
    if node is None or infer is None:
        return None
    given = [_lengths(v) if isinstance(v.type, TensorType) else None for v in node.inputs]
    try:
        shapes = infer(None, node, given)
    except NotImplementedError:
        return None
    if len(shapes) != len(node.outputs):
        raise ValueError(
            f"{node.op}: infer_shape must state {len(node.outputs)} shapes, got {len(shapes)}"
        )
    shape = shapes[variable.index]  # type: ignore[index]
    if shape is None:
        return None
    rank = variable.type.ndim  # type: ignore[attr-defined]
    if len(shape) != rank:
        raise ValueError(
            f"{node.op}: infer_shape must state {rank} lengths of output {variable.index}, got "
            f"{shape}"
        )
    return [cast(as_tensor_variable(n), "int64") for n in shape]


def _lengths(v: Any) -> tuple[Any, ...]:
    return tuple(length_of(v, axis) for axis in range(v.type.ndim))
