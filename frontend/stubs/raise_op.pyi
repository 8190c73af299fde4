# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.check import (
    Assert, Check, CheckAndRaise, assert_op,
)

__all__ = [
    "Assert", "Check", "CheckAndRaise", "assert_op",
]
