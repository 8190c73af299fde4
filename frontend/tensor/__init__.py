"""Symbolic arrays under NumPy's names: ``import lamina.tensor as pt``."""

# ruff: noqa: F401, F403  a namespace
# pyright: reportUnsupportedDunderAll=false

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lamina.homes import HOMES
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.tensor_variable import TensorConstant, TensorSharedVariable, TensorVariable
from lamina.ir.operators import *  # every elementwise op, by its own name
from lamina.ir.operators import identity as tensor_copy
from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.arguments import slice_at_axis
from lamina.ir.ops.arrangement import flip, fliplr, flipud, repeat, roll, rot90, tile
from lamina.ir.ops.broadcasting import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    atleast_Nd,
    broadcast_arrays,
    broadcast_shape,
)
from lamina.ir.ops.closeness import allclose, isclose
from lamina.ir.ops.constant import as_tensor, as_tensor_variable, constant
from lamina.ir.ops.contraction import dot, matmul, outer
from lamina.ir.ops.counting import bincount
from lamina.ir.ops.creation import (
    alloc,
    arange,
    empty,
    empty_like,
    eye,
    full,
    full_like,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from lamina.ir.ops.cumulative import cumprod, cumsum
from lamina.ir.ops.diagonal import (
    diag,
    diagonal,
    extract_diag,
    fill_diagonal,
    fill_diagonal_offset,
    identity,
    identity_like,
    trace,
)
from lamina.ir.ops.difference import diff
from lamina.ir.ops.dimshuffle import (
    expand_dims,
    matrix_transpose,
    moveaxis,
    shape_padaxis,
    shape_padleft,
    shape_padright,
    squeeze,
    swapaxes,
    transpose,
)
from lamina.ir.ops.einsum import einsum
from lamina.ir.ops.elementwise_compositions import (
    ceil_intdiv,
    complex_from_polar,
    divmod,
    largest,
    nan_to_num,
    smallest,
)
from lamina.ir.ops.flat_indices import ravel_multi_index, unravel_index
from lamina.ir.ops.grid import geomspace, linspace, logspace, meshgrid, mgrid, ogrid
from lamina.ir.ops.histogram import histogram
from lamina.ir.ops.indexing import inc_subtensor, set_subtensor
from lamina.ir.ops.interpolation import interp, interpolate1d
from lamina.ir.ops.joined_dimensions import join_dims, pack, split_dims, unpack
from lamina.ir.ops.joining import concatenate, join, stack
from lamina.ir.ops.known_scalar import (
    get_scalar_constant_value,
    get_underlying_scalar_constant_value,
    get_vector_length,
    is_flat,
)
from lamina.ir.ops.matrix_products import kron
from lamina.ir.ops.moments import mean, std, var
from lamina.ir.ops.nonzero import argwhere, flatnonzero, nonzero, nonzero_values
from lamina.ir.ops.padding import pad
from lamina.ir.ops.quantiles import median, percentile, quantile
from lamina.ir.ops.reduction import (
    all,
    any,
    argmax,
    argmin,
    logsumexp,
    max,
    max_and_argmax,
    min,
    prod,
    sum,
)
from lamina.ir.ops.reshape import flatten, ravel, reshape
from lamina.ir.ops.searching import digitize, searchsorted
from lamina.ir.ops.shape import shape, size
from lamina.ir.ops.softmax import log_softmax, softmax
from lamina.ir.ops.sorting import argsort, lexsort, sort
from lamina.ir.ops.special_compositions import chi2sf, factorial, gammal, gammau, kn
from lamina.ir.ops.specify_shape import specify_broadcastable, specify_shape
from lamina.ir.ops.splitting import array_split, dsplit, hsplit, split, unstack, vsplit
from lamina.ir.ops.stacking import (
    block,
    column_stack,
    concat_with_broadcast,
    dstack,
    horizontal_stack,
    hstack,
    stacklists,
    vertical_stack,
    vstack,
)
from lamina.ir.ops.statistics import average, corrcoef, cov, ptp
from lamina.ir.ops.taking import (
    choose,
    compress,
    inverse_permutation,
    permute_row_elements,
    take,
    take_along_axis,
    tril_indices,
    tril_indices_from,
    triu_indices,
    triu_indices_from,
)
from lamina.ir.ops.tensor_products import batched_dot, batched_tensordot, inner, tensordot
from lamina.ir.ops.topk import argtopk, topk, topk_and_argtopk
from lamina.ir.ops.triangle import tri, tril, triu
from lamina.ir.ops.unique import unique
from lamina.ir.ops.vector_products import cross, dense_dot, matvec, vecdot, vecmat
from lamina.ir.ops.window import bartlett, blackman, hamming, hanning
from lamina.tensor.constants import e, euler_gamma, inf, nan, newaxis, pi
from lamina.tensor.constructors import *  # scalar to tensor7, typed and plural
from lamina.tensor.functional import vectorize
from lamina.tensor.numpy_names import *  # power for pow, equal for eq
from lamina.tensor.other_types import NoneConst
from lamina.tensor.scalar_types import scalar_from_tensor, tensor_from_scalar

if TYPE_CHECKING:
    from lamina.derivatives import grad, hessian, jacobian
    from lamina.ir.ops.convolution import convolve1d, convolve2d, correlate
    from lamina.ir.ops.linear_algebra import (
        cho_solve,
        cholesky,
        det,
        eig,
        eigh,
        eigvalsh,
        expm,
        inv,
        lstsq,
        lu,
        lu_factor,
        lu_solve,
        pinv,
        qr,
        qz,
        schur,
        slogdet,
        solve,
        solve_continuous_lyapunov,
        solve_discrete_are,
        solve_discrete_lyapunov,
        solve_sylvester,
        solve_triangular,
        svd,
        tensorinv,
        tensorsolve,
    )
    from lamina.ir.ops.matrix_products import block_diag, matrix_dot, matrix_power
    from lamina.ir.ops.norm import norm
    from lamina.tensor.minimization import minimize, minimize_scalar
    from lamina.tensor.root_finding import root, root_scalar

# Fetched when they are first asked for, so that an import of lamina does not wait for them.
_LATER = {
    name: module
    for module, names in {
        "lamina.gradient": "grad hessian jacobian",
        "lamina.tensor.linalg":
            "block_diag cho_solve cholesky det eig eigh eigvalsh expm inv lstsq lu lu_factor "
            "lu_solve matrix_dot matrix_power norm pinv qr qz schur slogdet solve "
            "solve_continuous_lyapunov solve_discrete_are solve_discrete_lyapunov solve_sylvester "
            "solve_triangular svd tensorinv tensorsolve",
        "lamina.tensor.optimize": "minimize minimize_scalar root root_scalar",
        "lamina.tensor.signal": "convolve1d convolve2d correlate",
    }.items()
    for name in names.split()
}  # fmt: skip

_NOT_PUBLIC = ("Any", "HOMES", "import_module", "ModuleType", "TYPE_CHECKING", "by_ufunc")

__all__ = [
    name
    for name, value in list(globals().items())
    if not (name.startswith("_") or name in _NOT_PUBLIC or isinstance(value, ModuleType))
]
__all__ += _LATER


def __getattr__(name: str) -> Any:
    if name in _LATER:
        value = globals()[name] = getattr(import_module(_LATER[name]), name)
        return value
    if name == "random":  # with it comes numpy.random
        return import_module("lamina.tensor.random")
    if f"lamina.tensor.{name}" in HOMES:  # pt.linalg, without an import of it
        return import_module(f"lamina.tensor.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
