# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.own_scalar_op import (
    BinaryScalarOp, ScalarOp, UnaryScalarOp, complex_out, float_out, int_out, same_out,
    same_out_float_only, same_out_nocomplex, specific_out, transfer_type, upcast_out,
    upgrade_to_float, upgrade_to_float64, upgrade_to_float_no_complex,
)
from lamina.tensor.scalar_types import (
    as_scalar, bool, complex128, complex64, float16, float32, float64, identity, int16, int32,
    int64, int8, scalar_from_tensor, tensor_from_scalar, uint16, uint32, uint64, uint8, upcast,
)

__all__ = [
    "BinaryScalarOp", "ScalarOp", "UnaryScalarOp", "as_scalar", "bool", "complex128", "complex64",
    "complex_out", "float16", "float32", "float64", "float_out", "identity", "int16", "int32",
    "int64", "int8", "int_out", "same_out", "same_out_float_only", "same_out_nocomplex",
    "scalar_from_tensor", "specific_out", "tensor_from_scalar", "transfer_type", "uint16", "uint32",
    "uint64", "uint8", "upcast", "upcast_out", "upgrade_to_float", "upgrade_to_float64",
    "upgrade_to_float_no_complex",
]
