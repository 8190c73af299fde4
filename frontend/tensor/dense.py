"""Variables whose arrays are dense, which all arrays are."""

from lamina.ir.graph.tensor_variable import TensorConstant, TensorVariable

DenseTensorVariable = TensorVariable
DenseTensorConstant = TensorConstant
