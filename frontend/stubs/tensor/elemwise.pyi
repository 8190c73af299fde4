# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.composite import (
    Composite,
)
from lamina.ir.ops.dimshuffle import (
    DimShuffle,
)
from lamina.ir.ops.elementwise import (
    Elemwise,
)
from lamina.ir.ops.reduction import (
    All, Any_, CAReduce, Max, Min, Prod, Sum,
)

__all__ = [
    "All", "Any_", "CAReduce", "Composite", "DimShuffle", "Elemwise", "Max", "Min", "Prod", "Sum",
]
