# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.alloc import (
    broadcast_to,
)
from lamina.ir.ops.arrangement import (
    repeat,
)
from lamina.ir.ops.broadcasting import (
    broadcast_arrays, broadcast_shape,
)
from lamina.ir.ops.counting import (
    BinCount, bincount,
)
from lamina.ir.ops.cumulative import (
    CumOp, LinearRecurrence, cumprod, cumsum,
)
from lamina.ir.ops.diagonal import (
    fill_diagonal, fill_diagonal_offset,
)
from lamina.ir.ops.difference import (
    diff,
)
from lamina.ir.ops.dimshuffle import (
    squeeze,
)
from lamina.ir.ops.flat_indices import (
    ravel_multi_index, unravel_index,
)
from lamina.ir.ops.grid import (
    geomspace, linspace, logspace,
)
from lamina.ir.ops.searching import (
    SearchsortedOp, searchsorted,
)
from lamina.ir.ops.taking import (
    compress,
)
from lamina.ir.ops.unique import (
    unique,
)
from lamina.ir.ops.window import (
    bartlett,
)

__all__ = [
    "BinCount", "CumOp", "LinearRecurrence", "SearchsortedOp", "bartlett", "bincount",
    "broadcast_arrays", "broadcast_shape", "broadcast_to", "compress", "cumprod", "cumsum", "diff",
    "fill_diagonal", "fill_diagonal_offset", "geomspace", "linspace", "logspace",
    "ravel_multi_index", "repeat", "searchsorted", "squeeze", "unique", "unravel_index",
]
