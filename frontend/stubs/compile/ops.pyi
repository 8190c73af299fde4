# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.from_function import (
    FromFunctionOp, as_op, wrap_py,
)
from lamina.ir.ops.copying import (
    DeepCopyOp, ViewOp, deep_copy_op, view_op,
)

__all__ = [
    "DeepCopyOp", "FromFunctionOp", "ViewOp", "as_op", "deep_copy_op", "view_op", "wrap_py",
]
