# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.check import (
    Assert, CheckAndRaise, assert_op,
)

__all__ = [
    "Assert", "CheckAndRaise", "assert_op",
]
