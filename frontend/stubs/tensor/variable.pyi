# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.tensor_variable import (
    TensorConstant, TensorVariable,
)
from lamina.tensor.dense import (
    DenseTensorConstant, DenseTensorVariable,
)

__all__ = [
    "DenseTensorConstant", "DenseTensorVariable", "TensorConstant", "TensorVariable",
]
