# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.operators import (
    beta, betaln, logit, poch, xlog1py, xlogy,
)
from lamina.ir.ops.softmax import (
    log_softmax, softmax,
)
from lamina.ir.ops.special_compositions import (
    factorial,
)

__all__ = [
    "beta", "betaln", "factorial", "log_softmax", "logit", "poch", "softmax", "xlog1py", "xlogy",
]
