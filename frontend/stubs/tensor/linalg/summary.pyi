# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.linear_algebra import (
    Det, SLogDet, det, slogdet, trace,
)
from lamina.ir.ops.norm import (
    norm,
)

__all__ = [
    "Det", "SLogDet", "det", "norm", "slogdet", "trace",
]
