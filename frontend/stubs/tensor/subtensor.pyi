# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.arguments import (
    slice_at_axis,
)
from lamina.ir.ops.arrangement import (
    flip,
)
from lamina.ir.ops.indexing import (
    IncSubtensor, Subtensor, inc_subtensor, set_subtensor,
)

__all__ = [
    "IncSubtensor", "Subtensor", "flip", "inc_subtensor", "set_subtensor", "slice_at_axis",
]
