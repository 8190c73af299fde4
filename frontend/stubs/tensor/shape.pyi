# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.dimshuffle import (
    shape_padaxis, shape_padleft, shape_padright,
)
from lamina.ir.ops.reshape import (
    Reshape, reshape,
)
from lamina.ir.ops.shape import (
    Shape, Shape_i, shape,
)
from lamina.ir.ops.specify_shape import (
    SpecifyShape, specify_broadcastable, specify_shape,
)

__all__ = [
    "Reshape", "Shape", "Shape_i", "SpecifyShape", "reshape", "shape", "shape_padaxis",
    "shape_padleft", "shape_padright", "specify_broadcastable", "specify_shape",
]
