# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.derivatives import (
    DisconnectedInputError, Lop, NullTypeGradError, grad, grad_not_implemented, grad_undefined,
    hessian, hessian_vector_product, jacobian, pullback, subgraph_grad,
)
from lamina.forward_mode import (
    Rop, pushforward,
)
from lamina.ir.graph.gradient_types import (
    DisconnectedType, disconnected_type,
)
from lamina.ir.ops.gradient_barriers import (
    DisconnectedGrad, GradClip, GradScale, UndefinedGrad, ZeroGrad, consider_constant,
    disconnected_grad, grad_clip, grad_scale, undefined_grad, zero_grad,
)
from lamina.numeric_gradient import (
    GradientError, numeric_grad, verify_grad,
)

__all__ = [
    "DisconnectedGrad", "DisconnectedInputError", "DisconnectedType", "GradClip", "GradScale",
    "GradientError", "Lop", "NullTypeGradError", "Rop", "UndefinedGrad", "ZeroGrad",
    "consider_constant", "disconnected_grad", "disconnected_type", "grad", "grad_clip",
    "grad_not_implemented", "grad_scale", "grad_undefined", "hessian", "hessian_vector_product",
    "jacobian", "numeric_grad", "pullback", "pushforward", "subgraph_grad", "undefined_grad",
    "verify_grad", "zero_grad",
]
