# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.shape import (
    Reshape, Shape, Shape_i, SpecifyShape, reshape, shape, shape_padaxis, shape_padleft,
    shape_padright, specify_broadcastable, specify_shape,
)

__all__ = [
    "Reshape", "Shape", "Shape_i", "SpecifyShape", "reshape", "shape", "shape_padaxis",
    "shape_padleft", "shape_padright", "specify_broadcastable", "specify_shape",
]
