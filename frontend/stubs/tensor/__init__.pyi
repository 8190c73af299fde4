# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.derivatives import (
    grad, hessian, jacobian,
)
from lamina.ir.graph.op import (
    Op,
)
from lamina.ir.graph.tensor_type import (
    TensorType,
)
from lamina.ir.graph.tensor_variable import (
    TensorConstant, TensorSharedVariable, TensorVariable,
)
from lamina.ir.operators import (
    abs, add, and_, angle, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, beta,
    betainc, betaincinv, betaln, bitwise_and, bitwise_not, bitwise_or, bitwise_xor, cast, ceil,
    clip, complex, conj, cos, cosh, deg2rad, digamma, eq, erf, erfc, erfcinv, erfcx, erfinv, exp,
    exp2, expit, expm1, fill, floor, floor_div, gamma, gammainc, gammaincc, gammainccinv,
    gammaincinv, gammaln, ge, gt, hyp2f1, i0, i1, identity, identity as tensor_copy, imag, invert,
    iround, isfinite, isinf, isnan, isneginf, isposinf, iv, ive, j0, j1, jv, kv, kve, le,
    left_shift, log, log10, log1mexp, log1p, log1pexp, log2, logaddexp, logical_and, logical_not,
    logical_or, logical_xor, logit, lt, maximum, minimum, mod, mul, neg, neq, or_, owens_t, poch,
    polygamma, pow, psi, rad2deg, real, reciprocal, right_shift, round, round_half_away_from_zero,
    round_half_to_even, second, sgn, sigmoid, sign, sin, sinh, softplus, sqr, sqrt, square, sub,
    switch, tan, tanh, tri_gamma, true_div, trunc, where, xlog1py, xlogy, xor,
)
from lamina.ir.ops.alloc import (
    broadcast_to,
)
from lamina.ir.ops.arguments import (
    slice_at_axis,
)
from lamina.ir.ops.arrangement import (
    flip, fliplr, flipud, repeat, roll, rot90, tile,
)
from lamina.ir.ops.broadcasting import (
    atleast_1d, atleast_2d, atleast_3d, atleast_Nd, broadcast_arrays, broadcast_shape,
)
from lamina.ir.ops.closeness import (
    allclose, isclose,
)
from lamina.ir.ops.constant import (
    as_tensor, as_tensor_variable, constant,
)
from lamina.ir.ops.contraction import (
    dot, matmul, outer,
)
from lamina.ir.ops.convolution import (
    convolve1d, convolve2d, correlate,
)
from lamina.ir.ops.counting import (
    bincount,
)
from lamina.ir.ops.creation import (
    alloc, arange, empty, empty_like, eye, full, full_like, ones, ones_like, zeros, zeros_like,
)
from lamina.ir.ops.cumulative import (
    cumprod, cumsum,
)
from lamina.ir.ops.diagonal import (
    diag, diagonal, extract_diag, fill_diagonal, fill_diagonal_offset, identity, identity_like,
    trace,
)
from lamina.ir.ops.difference import (
    diff,
)
from lamina.ir.ops.dimshuffle import (
    expand_dims, matrix_transpose, moveaxis, shape_padaxis, shape_padleft, shape_padright, squeeze,
    swapaxes, transpose,
)
from lamina.ir.ops.einsum import (
    einsum,
)
from lamina.ir.ops.elementwise_compositions import (
    ceil_intdiv, complex_from_polar, divmod, largest, nan_to_num, smallest,
)
from lamina.ir.ops.flat_indices import (
    ravel_multi_index, unravel_index,
)
from lamina.ir.ops.grid import (
    geomspace, linspace, logspace, meshgrid, mgrid, ogrid,
)
from lamina.ir.ops.histogram import (
    histogram,
)
from lamina.ir.ops.indexing import (
    inc_subtensor, set_subtensor,
)
from lamina.ir.ops.interpolation import (
    interp, interpolate1d,
)
from lamina.ir.ops.joined_dimensions import (
    join_dims, pack, split_dims, unpack,
)
from lamina.ir.ops.joining import (
    concatenate, join, stack,
)
from lamina.ir.ops.known_scalar import (
    get_scalar_constant_value, get_underlying_scalar_constant_value, get_vector_length, is_flat,
)
from lamina.ir.ops.linear_algebra import (
    cho_solve, cholesky, det, eig, eigh, eigvalsh, expm, inv, lstsq, lu, lu_factor, lu_solve, pinv,
    qr, qz, schur, slogdet, solve, solve_continuous_lyapunov, solve_discrete_are,
    solve_discrete_lyapunov, solve_sylvester, solve_triangular, svd, tensorinv, tensorsolve,
)
from lamina.ir.ops.matrix_products import (
    block_diag, kron, matrix_dot, matrix_power,
)
from lamina.ir.ops.moments import (
    mean, std, var,
)
from lamina.ir.ops.nonzero import (
    argwhere, flatnonzero, nonzero, nonzero_values,
)
from lamina.ir.ops.norm import (
    norm,
)
from lamina.ir.ops.padding import (
    pad,
)
from lamina.ir.ops.quantiles import (
    median, percentile, quantile,
)
from lamina.ir.ops.reduction import (
    all, any, argmax, argmin, logsumexp, max, max_and_argmax, min, prod, sum,
)
from lamina.ir.ops.reshape import (
    flatten, ravel, reshape,
)
from lamina.ir.ops.searching import (
    digitize, searchsorted,
)
from lamina.ir.ops.shape import (
    shape, size,
)
from lamina.ir.ops.softmax import (
    log_softmax, softmax,
)
from lamina.ir.ops.sorting import (
    argsort, lexsort, sort,
)
from lamina.ir.ops.special_compositions import (
    chi2sf, factorial, gammal, gammau, kn,
)
from lamina.ir.ops.specify_shape import (
    specify_broadcastable, specify_shape,
)
from lamina.ir.ops.splitting import (
    array_split, dsplit, hsplit, split, unstack, vsplit,
)
from lamina.ir.ops.stacking import (
    block, column_stack, concat_with_broadcast, dstack, horizontal_stack, hstack, stacklists,
    vertical_stack, vstack,
)
from lamina.ir.ops.statistics import (
    average, corrcoef, cov, ptp,
)
from lamina.ir.ops.taking import (
    choose, compress, inverse_permutation, permute_row_elements, take, take_along_axis,
    tril_indices, tril_indices_from, triu_indices, triu_indices_from,
)
from lamina.ir.ops.tensor_products import (
    batched_dot, batched_tensordot, inner, tensordot,
)
from lamina.ir.ops.topk import (
    argtopk, topk, topk_and_argtopk,
)
from lamina.ir.ops.triangle import (
    tri, tril, triu,
)
from lamina.ir.ops.unique import (
    unique,
)
from lamina.ir.ops.vector_products import (
    cross, dense_dot, matvec, vecdot, vecmat,
)
from lamina.ir.ops.window import (
    bartlett, blackman, hamming, hanning,
)
from lamina.tensor.constants import (
    e, euler_gamma, inf, nan, newaxis, pi,
)
from lamina.tensor.constructors import (
    bcol, bcols, bmatrices, bmatrix, brow, brows, bscalar, bscalars, btensor3, btensor4, btensor5,
    btensor6, btensor7, bvector, bvectors, ccol, ccols, cmatrices, cmatrix, col, cols, crow, crows,
    cscalar, cscalars, ctensor3, ctensor4, ctensor5, ctensor6, ctensor7, cvector, cvectors, dcol,
    dcols, dmatrices, dmatrix, drow, drows, dscalar, dscalars, dtensor3, dtensor4, dtensor5,
    dtensor6, dtensor7, dvector, dvectors, fcol, fcols, fmatrices, fmatrix, frow, frows, fscalar,
    fscalars, ftensor3, ftensor4, ftensor5, ftensor6, ftensor7, fvector, fvectors, icol, icols,
    imatrices, imatrix, irow, irows, iscalar, iscalars, itensor3, itensor4, itensor5, itensor6,
    itensor7, ivector, ivectors, lcol, lcols, lmatrices, lmatrix, lrow, lrows, lscalar, lscalars,
    ltensor3, ltensor4, ltensor5, ltensor6, ltensor7, lvector, lvectors, matrices, matrix, row,
    rows, scalar, scalars, tensor, tensor3, tensor3s, tensor4, tensor4s, tensor5, tensor5s, tensor6,
    tensor6s, tensor7, tensor7s, vector, vectors, wcol, wcols, wmatrices, wmatrix, wrow, wrows,
    wscalar, wscalars, wtensor3, wtensor4, wtensor5, wtensor6, wtensor7, wvector, wvectors, zcol,
    zcols, zmatrices, zmatrix, zrow, zrows, zscalar, zscalars, ztensor3, ztensor4, ztensor5,
    ztensor6, ztensor7, zvector, zvectors,
)
from lamina.tensor.functional import (
    vectorize,
)
from lamina.tensor.minimization import (
    minimize, minimize_scalar,
)
from lamina.tensor.numpy_names import (
    absolute, acos, acosh, asin, asinh, atan, atan2, atanh, bitwise_invert, bitwise_left_shift,
    bitwise_right_shift, conjugate, degrees, divide, equal, floor_divide, greater, greater_equal,
    int_div, less, less_equal, multiply, negative, not_equal, power, radians, remainder, rint,
    subtract, true_divide,
)
from lamina.tensor.other_types import (
    NoneConst,
)
from lamina.tensor.root_finding import (
    root, root_scalar,
)
from lamina.tensor.scalar_types import (
    scalar_from_tensor, tensor_from_scalar,
)

__all__ = [
    "NoneConst", "Op", "TensorConstant", "TensorSharedVariable", "TensorType", "TensorVariable",
    "abs", "absolute", "acos", "acosh", "add", "all", "allclose", "alloc", "and_", "angle", "any",
    "arange", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax",
    "argmin", "argsort", "argtopk", "argwhere", "array_split", "as_tensor", "as_tensor_variable",
    "asin", "asinh", "atan", "atan2", "atanh", "atleast_1d", "atleast_2d", "atleast_3d",
    "atleast_Nd", "average", "bartlett", "batched_dot", "batched_tensordot", "bcol", "bcols",
    "beta", "betainc", "betaincinv", "betaln", "bincount", "bitwise_and", "bitwise_invert",
    "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor",
    "blackman", "block", "block_diag", "bmatrices", "bmatrix", "broadcast_arrays",
    "broadcast_shape", "broadcast_to", "brow", "brows", "bscalar", "bscalars", "btensor3",
    "btensor4", "btensor5", "btensor6", "btensor7", "bvector", "bvectors", "cast", "ccol", "ccols",
    "ceil", "ceil_intdiv", "chi2sf", "cho_solve", "cholesky", "choose", "clip", "cmatrices",
    "cmatrix", "col", "cols", "column_stack", "complex", "complex_from_polar", "compress",
    "concat_with_broadcast", "concatenate", "conj", "conjugate", "constant", "convolve1d",
    "convolve2d", "corrcoef", "correlate", "cos", "cosh", "cov", "cross", "crow", "crows",
    "cscalar", "cscalars", "ctensor3", "ctensor4", "ctensor5", "ctensor6", "ctensor7", "cumprod",
    "cumsum", "cvector", "cvectors", "dcol", "dcols", "deg2rad", "degrees", "dense_dot", "det",
    "diag", "diagonal", "diff", "digamma", "digitize", "divide", "divmod", "dmatrices", "dmatrix",
    "dot", "drow", "drows", "dscalar", "dscalars", "dsplit", "dstack", "dtensor3", "dtensor4",
    "dtensor5", "dtensor6", "dtensor7", "dvector", "dvectors", "e", "eig", "eigh", "eigvalsh",
    "einsum", "empty", "empty_like", "eq", "equal", "erf", "erfc", "erfcinv", "erfcx", "erfinv",
    "euler_gamma", "exp", "exp2", "expand_dims", "expit", "expm", "expm1", "extract_diag", "eye",
    "factorial", "fcol", "fcols", "fill", "fill_diagonal", "fill_diagonal_offset", "flatnonzero",
    "flatten", "flip", "fliplr", "flipud", "floor", "floor_div", "floor_divide", "fmatrices",
    "fmatrix", "frow", "frows", "fscalar", "fscalars", "ftensor3", "ftensor4", "ftensor5",
    "ftensor6", "ftensor7", "full", "full_like", "fvector", "fvectors", "gamma", "gammainc",
    "gammaincc", "gammainccinv", "gammaincinv", "gammal", "gammaln", "gammau", "ge", "geomspace",
    "get_scalar_constant_value", "get_underlying_scalar_constant_value", "get_vector_length",
    "grad", "greater", "greater_equal", "gt", "hamming", "hanning", "hessian", "histogram",
    "horizontal_stack", "hsplit", "hstack", "hyp2f1", "i0", "i1", "icol", "icols", "identity",
    "identity_like", "imag", "imatrices", "imatrix", "inc_subtensor", "inf", "inner", "int_div",
    "interp", "interpolate1d", "inv", "inverse_permutation", "invert", "iround", "irow", "irows",
    "is_flat", "iscalar", "iscalars", "isclose", "isfinite", "isinf", "isnan", "isneginf",
    "isposinf", "itensor3", "itensor4", "itensor5", "itensor6", "itensor7", "iv", "ive", "ivector",
    "ivectors", "j0", "j1", "jacobian", "join", "join_dims", "jv", "kn", "kron", "kv", "kve",
    "largest", "lcol", "lcols", "le", "left_shift", "less", "less_equal", "lexsort", "linspace",
    "lmatrices", "lmatrix", "log", "log10", "log1mexp", "log1p", "log1pexp", "log2", "log_softmax",
    "logaddexp", "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "logspace",
    "logsumexp", "lrow", "lrows", "lscalar", "lscalars", "lstsq", "lt", "ltensor3", "ltensor4",
    "ltensor5", "ltensor6", "ltensor7", "lu", "lu_factor", "lu_solve", "lvector", "lvectors",
    "matmul", "matrices", "matrix", "matrix_dot", "matrix_power", "matrix_transpose", "matvec",
    "max", "max_and_argmax", "maximum", "mean", "median", "meshgrid", "mgrid", "min", "minimize",
    "minimize_scalar", "minimum", "mod", "moveaxis", "mul", "multiply", "nan", "nan_to_num", "neg",
    "negative", "neq", "newaxis", "nonzero", "nonzero_values", "norm", "not_equal", "ogrid", "ones",
    "ones_like", "or_", "outer", "owens_t", "pack", "pad", "percentile", "permute_row_elements",
    "pi", "pinv", "poch", "polygamma", "pow", "power", "prod", "psi", "ptp", "qr", "quantile", "qz",
    "rad2deg", "radians", "ravel", "ravel_multi_index", "real", "reciprocal", "remainder", "repeat",
    "reshape", "right_shift", "rint", "roll", "root", "root_scalar", "rot90", "round",
    "round_half_away_from_zero", "round_half_to_even", "row", "rows", "scalar",
    "scalar_from_tensor", "scalars", "schur", "searchsorted", "second", "set_subtensor", "sgn",
    "shape", "shape_padaxis", "shape_padleft", "shape_padright", "sigmoid", "sign", "sin", "sinh",
    "size", "slice_at_axis", "slogdet", "smallest", "softmax", "softplus", "solve",
    "solve_continuous_lyapunov", "solve_discrete_are", "solve_discrete_lyapunov", "solve_sylvester",
    "solve_triangular", "sort", "specify_broadcastable", "specify_shape", "split", "split_dims",
    "sqr", "sqrt", "square", "squeeze", "stack", "stacklists", "std", "sub", "subtract", "sum",
    "svd", "swapaxes", "switch", "take", "take_along_axis", "tan", "tanh", "tensor", "tensor3",
    "tensor3s", "tensor4", "tensor4s", "tensor5", "tensor5s", "tensor6", "tensor6s", "tensor7",
    "tensor7s", "tensor_copy", "tensor_from_scalar", "tensordot", "tensorinv", "tensorsolve",
    "tile", "topk", "topk_and_argtopk", "trace", "transpose", "tri", "tri_gamma", "tril",
    "tril_indices", "tril_indices_from", "triu", "triu_indices", "triu_indices_from", "true_div",
    "true_divide", "trunc", "unique", "unpack", "unravel_index", "unstack", "var", "vecdot",
    "vecmat", "vector", "vectorize", "vectors", "vertical_stack", "vsplit", "vstack", "wcol",
    "wcols", "where", "wmatrices", "wmatrix", "wrow", "wrows", "wscalar", "wscalars", "wtensor3",
    "wtensor4", "wtensor5", "wtensor6", "wtensor7", "wvector", "wvectors", "xlog1py", "xlogy",
    "xor", "zcol", "zcols", "zeros", "zeros_like", "zmatrices", "zmatrix", "zrow", "zrows",
    "zscalar", "zscalars", "ztensor3", "ztensor4", "ztensor5", "ztensor6", "ztensor7", "zvector",
    "zvectors",
]
