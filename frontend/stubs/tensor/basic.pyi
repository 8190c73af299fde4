# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.tensor_variable import (
    TensorVariable,
)
from lamina.ir.ops.alloc import (
    Alloc,
)
from lamina.ir.ops.arrangement import (
    flip, repeat, roll, tile,
)
from lamina.ir.ops.broadcasting import (
    atleast_1d, atleast_2d, atleast_3d, atleast_Nd,
)
from lamina.ir.ops.cast import (
    cast,
)
from lamina.ir.ops.constant import (
    as_tensor, as_tensor_variable, constant,
)
from lamina.ir.ops.creation import (
    ARange, Eye, alloc, arange, empty, empty_like, eye, full, full_like, ones, ones_like, zeros,
    zeros_like,
)
from lamina.ir.ops.diagonal import (
    diag, diagonal, extract_diag, identity, identity_like, trace,
)
from lamina.ir.ops.dimshuffle import (
    expand_dims, matrix_transpose, moveaxis, swapaxes, transpose,
)
from lamina.ir.ops.grid import (
    mgrid, ogrid,
)
from lamina.ir.ops.joining import (
    Join, concatenate, join, stack,
)
from lamina.ir.ops.known_scalar import (
    get_scalar_constant_value, get_underlying_scalar_constant_value, get_vector_length, is_flat,
)
from lamina.ir.ops.logic import (
    fill, second, switch, where,
)
from lamina.ir.ops.nonzero import (
    Nonzero, flatnonzero, nonzero, nonzero_values,
)
from lamina.ir.ops.reshape import (
    flatten,
)
from lamina.ir.ops.shape import (
    MakeVector, make_vector,
)
from lamina.ir.ops.splitting import (
    split,
)
from lamina.ir.ops.stacking import (
    horizontal_stack, stacklists, vertical_stack,
)
from lamina.ir.ops.taking import (
    choose, inverse_permutation, permute_row_elements, take_along_axis, tril_indices,
    tril_indices_from, triu_indices, triu_indices_from,
)
from lamina.ir.ops.triangle import (
    tri, tril, triu,
)
from lamina.tensor import (
    tensor_copy,
)
from lamina.tensor.constructors import (
    tensor,
)
from lamina.tensor.scalar_types import (
    scalar_from_tensor, tensor_from_scalar,
)

__all__ = [
    "ARange", "Alloc", "Eye", "Join", "MakeVector", "Nonzero", "TensorVariable", "alloc", "arange",
    "as_tensor", "as_tensor_variable", "atleast_1d", "atleast_2d", "atleast_3d", "atleast_Nd",
    "cast", "choose", "concatenate", "constant", "diag", "diagonal", "empty", "empty_like",
    "expand_dims", "extract_diag", "eye", "fill", "flatnonzero", "flatten", "flip", "full",
    "full_like", "get_scalar_constant_value", "get_underlying_scalar_constant_value",
    "get_vector_length", "horizontal_stack", "identity", "identity_like", "inverse_permutation",
    "is_flat", "join", "make_vector", "matrix_transpose", "mgrid", "moveaxis", "nonzero",
    "nonzero_values", "ogrid", "ones", "ones_like", "permute_row_elements", "repeat", "roll",
    "scalar_from_tensor", "second", "split", "stack", "stacklists", "swapaxes", "switch",
    "take_along_axis", "tensor", "tensor_copy", "tensor_from_scalar", "tile", "trace", "transpose",
    "tri", "tril", "tril_indices", "tril_indices_from", "triu", "triu_indices", "triu_indices_from",
    "vertical_stack", "where", "zeros", "zeros_like",
]
