# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.advanced_indexing import (
    AdvancedIncSubtensor, AdvancedSubtensor,
)
from lamina.ir.ops.arguments import (
    slice_at_axis,
)
from lamina.ir.ops.arrangement import (
    flip,
)
from lamina.ir.ops.basic_indexing import (
    IncSubtensor, Subtensor,
)
from lamina.ir.ops.indexing import (
    inc_subtensor, set_subtensor,
)
from lamina.ir.ops.taking import (
    take,
)

__all__ = [
    "AdvancedIncSubtensor", "AdvancedSubtensor", "IncSubtensor", "Subtensor", "flip",
    "inc_subtensor", "set_subtensor", "slice_at_axis", "take",
]
