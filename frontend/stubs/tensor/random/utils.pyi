# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.random_size import (
    broadcast_params, normalize_size_param, supp_shape_from_ref_param_shape,
)
from lamina.ir.ops.random_variable import (
    custom_rng_deepcopy,
)
from lamina.tensor.random.random_stream import (
    RandomStream,
)

__all__ = [
    "RandomStream", "broadcast_params", "custom_rng_deepcopy", "normalize_size_param",
    "supp_shape_from_ref_param_shape",
]
