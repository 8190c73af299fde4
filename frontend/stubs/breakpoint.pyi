# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.pdb_breakpoint import (
    PdbBreakpoint,
)

__all__ = [
    "PdbBreakpoint",
]
