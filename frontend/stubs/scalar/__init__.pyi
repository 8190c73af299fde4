# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.tensor.scalar_types import (
    as_scalar, bool, complex128, complex64, float16, float32, float64, identity, int16, int32,
    int64, int8, scalar_from_tensor, tensor_from_scalar, uint16, uint32, uint64, uint8, upcast,
)

__all__ = [
    "as_scalar", "bool", "complex128", "complex64", "float16", "float32", "float64", "identity",
    "int16", "int32", "int64", "int8", "scalar_from_tensor", "tensor_from_scalar", "uint16",
    "uint32", "uint64", "uint8", "upcast",
]
