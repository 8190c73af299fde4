# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.operators import (
    abs, add, and_, angle, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, beta,
    betainc, betaincinv, betaln, bitwise_and, bitwise_not, bitwise_or, bitwise_xor, by_ufunc, cast,
    ceil, clip, complex, conj, cos, cosh, deg2rad, digamma, eq, erf, erfc, erfcinv, erfcx, erfinv,
    exp, exp2, expit, expm1, fill, floor, floor_div, gamma, gammainc, gammaincc, gammainccinv,
    gammaincinv, gammaln, ge, gt, hyp2f1, i0, i1, identity, imag, invert, iround, isfinite, isinf,
    isnan, isneginf, isposinf, iv, ive, j0, j1, jv, kv, kve, le, left_shift, log, log10, log1mexp,
    log1p, log1pexp, log2, logaddexp, logical_and, logical_not, logical_or, logical_xor, logit, lt,
    maximum, minimum, mod, mul, neg, neq, or_, owens_t, poch, polygamma, pow, psi, rad2deg, real,
    reciprocal, right_shift, round, round_half_away_from_zero, round_half_to_even, second, sgn,
    sigmoid, sign, sin, sinh, softplus, sqr, sqrt, square, sub, switch, tan, tanh, tri_gamma,
    true_div, trunc, where, xlog1py, xlogy, xor,
)
from lamina.ir.ops.closeness import (
    allclose, isclose,
)
from lamina.ir.ops.contraction import (
    Dot, dot, matmul, outer,
)
from lamina.ir.ops.elementwise_compositions import (
    ceil_intdiv, complex_from_polar, divmod, largest, nan_to_num, smallest,
)
from lamina.ir.ops.moments import (
    mean, std, var,
)
from lamina.ir.ops.quantiles import (
    median,
)
from lamina.ir.ops.reduction import (
    Argmax, Argmin, all, any, argmax, argmin, logsumexp, max, max_and_argmax, min, prod, sum,
)
from lamina.ir.ops.special_compositions import (
    chi2sf, gammal, gammau, kn,
)
from lamina.ir.ops.statistics import (
    cov, ptp,
)
from lamina.ir.ops.tensor_products import (
    tensordot,
)
from lamina.ir.ops.vector_products import (
    dense_dot, matvec, vecdot, vecmat,
)
from lamina.tensor.numpy_names import (
    absolute, acos, acosh, asin, asinh, atan, atan2, atanh, bitwise_invert, bitwise_left_shift,
    bitwise_right_shift, conjugate, degrees, divide, equal, floor_divide, greater, greater_equal,
    int_div, less, less_equal, multiply, negative, not_equal, power, radians, remainder, rint,
    subtract, true_divide,
)

__all__ = [
    "Argmax", "Argmin", "Dot", "abs", "absolute", "acos", "acosh", "add", "all", "allclose", "and_",
    "angle", "any", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh",
    "argmax", "argmin", "asin", "asinh", "atan", "atan2", "atanh", "beta", "betainc", "betaincinv",
    "betaln", "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_not", "bitwise_or",
    "bitwise_right_shift", "bitwise_xor", "by_ufunc", "cast", "ceil", "ceil_intdiv", "chi2sf",
    "clip", "complex", "complex_from_polar", "conj", "conjugate", "cos", "cosh", "cov", "deg2rad",
    "degrees", "dense_dot", "digamma", "divide", "divmod", "dot", "eq", "equal", "erf", "erfc",
    "erfcinv", "erfcx", "erfinv", "exp", "exp2", "expit", "expm1", "fill", "floor", "floor_div",
    "floor_divide", "gamma", "gammainc", "gammaincc", "gammainccinv", "gammaincinv", "gammal",
    "gammaln", "gammau", "ge", "greater", "greater_equal", "gt", "hyp2f1", "i0", "i1", "identity",
    "imag", "int_div", "invert", "iround", "isclose", "isfinite", "isinf", "isnan", "isneginf",
    "isposinf", "iv", "ive", "j0", "j1", "jv", "kn", "kv", "kve", "largest", "le", "left_shift",
    "less", "less_equal", "log", "log10", "log1mexp", "log1p", "log1pexp", "log2", "logaddexp",
    "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "logsumexp", "lt", "matmul",
    "matvec", "max", "max_and_argmax", "maximum", "mean", "median", "min", "minimum", "mod", "mul",
    "multiply", "nan_to_num", "neg", "negative", "neq", "not_equal", "or_", "outer", "owens_t",
    "poch", "polygamma", "pow", "power", "prod", "psi", "ptp", "rad2deg", "radians", "real",
    "reciprocal", "remainder", "right_shift", "rint", "round", "round_half_away_from_zero",
    "round_half_to_even", "second", "sgn", "sigmoid", "sign", "sin", "sinh", "smallest", "softplus",
    "sqr", "sqrt", "square", "std", "sub", "subtract", "sum", "switch", "tan", "tanh", "tensordot",
    "tri_gamma", "true_div", "true_divide", "trunc", "var", "vecdot", "vecmat", "where", "xlog1py",
    "xlogy", "xor",
]
