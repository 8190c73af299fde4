# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.joined_dimensions import (
    join_dims, pack, split_dims, unpack,
)

__all__ = [
    "join_dims", "pack", "split_dims", "unpack",
]
