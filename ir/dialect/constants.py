"""Constant arrays, whose elements are an attribute."""

from __future__ import annotations

import numpy as np
from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, traits_def
from xdsl.traits import Pure

from lamina.ir.dialect.types import ArrayOperation, graph_type, nd_type
from lamina.ir.graph import tensor_type as graph


@irdl_op_definition
class ConstantOp(ArrayOperation):
    """A constant array. Its bytes are those of the array in row-major order, in hexadecimal where
    not plain text.
    """

    name = "nd.constant"
    traits = traits_def(Pure())

    @property
    def data(self) -> np.ndarray:
        """The array, read-only."""
        known = self.__dict__.get("_data")
        if known is None:
            known = decode_array(self.attributes["value"], graph_type(self.results[0].type))  # type: ignore[arg-type]
            known.flags.writeable = False
            vars(self)["_data"] = known
        return known


def constant_op(array: np.ndarray) -> ConstantOp:
    """The operation that makes a constant of `array`."""
    array = np.array(array, order="C")
    array.flags.writeable = False
    type = nd_type(graph.TensorType(array.dtype, array.shape))
    op = ConstantOp.create(result_types=[type], attributes={"value": encode_array(array)})
    vars(op)["_data"] = array
    return op


def encode_array(array: np.ndarray) -> Attribute:
    """An array as an attribute: a number where that is exact and short, else its bytes in
    hexadecimal.
    """
    if array.ndim == 0 and array.dtype.kind in "iub":
        return StringAttr(str(int(array)))
    if array.ndim == 0 and array.dtype.kind == "f" and np.isfinite(array):
        return StringAttr(repr(float(array)))
    if array.ndim == 0 and array.dtype.kind == "f":
        bits = array.tobytes()
        if bits == np.asarray(np.nan, array.dtype).tobytes() or np.isinf(array):
            return StringAttr(str(float(array)))
    return StringAttr("0x" + array.astype(array.dtype.newbyteorder("<")).tobytes().hex())


def decode_array(value: Attribute, type: graph.TensorType) -> np.ndarray:
    """The array that ``encode_array`` wrote."""
    text, dtype = value.data, type.numpy_dtype  # type: ignore[attr-defined]
    if text.startswith("0x"):
        array = np.frombuffer(bytes.fromhex(text[2:]), dtype.newbyteorder("<")).astype(dtype)
        return array.reshape([n or 0 for n in type.shape])
    return np.array(int(text) if dtype.kind in "iub" else float(text), dtype)


def constant_data(value: SSAValue) -> np.ndarray | None:
    """The array of a constant, None for all else."""
    return value.owner.data if isinstance(value.owner, ConstantOp) else None
