"""A small use of each promised function of arrays, compared with NumPy's or SciPy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg
import scipy.signal
import scipy.special

import lamina
import lamina.tensor as pt

Use = Callable[[Any], None]

X = np.array([[0.25, -0.5, 0.75], [0.5, 0.125, -0.375]])
P = np.array([0.25, 0.5, 0.75])  # of (0, 1), where all special functions are defined
N = np.array([[1, 2, 3], [6, 5, 4]])
B = np.array([[True, False, True], [False, False, True]])
SQUARE = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.25], [0.5, 0.25, 2.0]])  # positive definite
OTHER = np.array([[1.0, 2.0, 0.0], [0.5, 1.0, 1.0], [0.0, 0.25, 3.0]])
EVEN = np.arange(8.0).reshape(2, 4)
LOWER = np.tril(OTHER) + np.eye(3)


def like(reference: Callable[..., Any], *args: Any, **kwargs: Any) -> Use:
    """The function agrees with `reference` on these arguments, of which arrays become variables."""

    def use(function: Any) -> None:
        symbolic = [pt.as_tensor(a) if isinstance(a, np.ndarray) else a for a in args]
        agree(function(*symbolic, **kwargs), reference(*args, **kwargs))

    return use


def gives(expected: Any, *args: Any, **kwargs: Any) -> Use:
    """The function gives `expected` on these arguments."""
    return like(lambda *_, **__: expected, *args, **kwargs)


def agree(symbolic: Any, expected: Any) -> None:
    several = isinstance(symbolic, (list, tuple))
    outputs = list(symbolic) if several else [symbolic]
    values = lamina.function([], outputs, mode="NUMPY")()
    wanted = list(expected) if several else [expected]
    assert len(values) == len(wanted)
    for value, array in zip(values, wanted, strict=True):
        assert value.shape == np.shape(array)
        np.testing.assert_allclose(value, array, rtol=1e-6, atol=1e-12)


def solves(*operands: np.ndarray, residual: Callable[..., Any], **kwargs: Any) -> Use:
    """The residual of what the function finds is 0."""

    def use(function: Any) -> None:
        found = function(*(pt.as_tensor(a) for a in operands), **kwargs)
        outputs = list(found) if isinstance(found, (list, tuple)) else [found]
        values = lamina.function([], outputs, mode="NUMPY")()
        np.testing.assert_allclose(residual(*values), 0, atol=1e-8)

    return use


def _named(module: Any, names: str, *args: Any) -> dict[str, Use]:
    return {name: like(getattr(module, name), *args) for name in names.split()}


ELEMENTWISE = {
    **_named(
        np,
        "abs arctan ceil conj cos cosh arcsinh deg2rad exp exp2 expm1 floor imag isfinite isinf "
        "isnan isneginf isposinf nan_to_num rad2deg real reciprocal sign sin sinh square tan tanh "
        "trunc arccos arcsin arctanh",
        X,
    ),
    **_named(np, "log log10 log1p log2 sqrt", P),
    **_named(np, "arctan2 logaddexp maximum minimum mod true_divide", X, X[::-1].copy()),
    **_named(np, "bitwise_and bitwise_or bitwise_xor", N, N[::-1].copy()),
    "add": like(np.add, X, X),
    "arccosh": like(np.arccosh, 1 + P),
    "cast": lambda f: agree(f(pt.as_tensor(X), "int32"), X.astype("int32")),
    "ceil_intdiv": gives([3, 1], np.array([7, 2]), 3),
    "clip": like(np.clip, X, -0.2, 0.3),
    "complex": like(lambda a, b: a + 1j * b, X, X),
    "complex_from_polar": like(lambda r, t: r * np.exp(1j * t), P, P),
    "eq": like(np.equal, N, N.T.copy().reshape(2, 3)),
    "fill": like(np.full_like, X, 3.0),
    "floor_div": like(np.floor_divide, N, 2),
    "ge": like(np.greater_equal, X, 0.25),
    "gt": like(np.greater, X, 0.25),
    "int_div": like(np.floor_divide, N, 2),
    "invert": like(np.invert, N),
    "iround": gives([-2, 2, 3], np.array([-1.5, 1.5, 2.6])),
    "isclose": like(np.isclose, X, X + 1e-9),
    "allclose": like(np.allclose, X, X + 1e-9),
    "le": like(np.less_equal, X, 0.25),
    "log1mexp": like(lambda x: np.log1p(-np.exp(x)), -P),
    "log1pexp": like(lambda x: np.log1p(np.exp(x)), X),
    "lt": like(np.less, X, 0.25),
    "mul": like(np.multiply, X, X),
    "neg": like(np.negative, X),
    "neq": like(np.not_equal, N, 3),
    "pow": like(np.power, P, 2.5),
    "power": like(np.power, P, 2.5),
    "round": like(np.round, 4 * X),
    "round_half_away_from_zero": gives([-1, 1, 3], np.array([-0.5, 0.5, 2.5])),
    "round_half_to_even": like(np.rint, 4 * X),
    "second": like(np.full_like, X, 3.0),
    "sigmoid": like(scipy.special.expit, X),
    "smallest": like(np.minimum, X, 0.1),
    "softplus": like(lambda x: np.log1p(np.exp(x)), X),
    "sqr": like(np.square, X),
    "sub": like(np.subtract, X, 1.0),
    "switch": like(np.where, B, X, 0.0),
    "tensor_copy": like(np.copy, X),
    "true_div": like(np.true_divide, N, 4),
    "where": like(np.where, B, X, 0.0),
    "xor": like(np.logical_xor, B, B[::-1].copy()),
}

SPECIAL = {
    **_named(
        scipy.special,
        "digamma erf erfc erfcinv erfcx erfinv factorial gamma gammaln i0 i1 j0 j1 log_softmax "
        "logit psi softmax",
        P,
    ),
    **_named(
        scipy.special,
        "beta betaln gammainc gammaincc gammainccinv gammaincinv iv ive jv kv kve owens_t poch "
        "xlog1py xlogy",
        P,
        P[::-1].copy(),
    ),
    "betainc": like(scipy.special.betainc, P, 1 + P, P),
    "betaincinv": like(scipy.special.betaincinv, P, 1 + P, P),
    "chi2sf": like(lambda x, k: scipy.special.chdtrc(k, x), P, 3.0),
    "gammal": like(lambda k, x: scipy.special.gammainc(k, x) * scipy.special.gamma(k), P, P),
    "gammau": like(lambda k, x: scipy.special.gammaincc(k, x) * scipy.special.gamma(k), P, P),
    "hyp2f1": like(scipy.special.hyp2f1, P, P, 1 + P, P / 2),
    "kn": like(scipy.special.kn, 2, P),
    "polygamma": like(scipy.special.polygamma, 2, P),
    "tri_gamma": like(lambda x: scipy.special.polygamma(1, x), P),
}

REDUCTIONS = {
    **_named(np, "all any", B),
    **_named(np, "argmax argmin cumprod cumsum max mean median min prod ptp std sum var", X),
    "cov": like(np.cov, X),
    "diff": like(np.diff, X),
    "logsumexp": like(scipy.special.logsumexp, X),
    "max_and_argmax": like(lambda x: [x.max(), x.argmax()], X),
    "sort": like(np.sort, X),
    "argsort": like(np.argsort, X),
    "bincount": like(np.bincount, np.array([0, 2, 2])),
    "searchsorted": like(np.searchsorted, P, np.array([0.3, 0.9])),
    "unique": like(np.unique, np.array([3, 1, 3])),
}

SHAPES = {
    **_named(np, "broadcast_to", P, (2, 3)),
    **_named(np, "ones_like transpose zeros_like", X),
    **_named(np, "diag diagonal trace tril triu", SQUARE),
    "alloc": gives(np.full((2, 3), 1.5), 1.5, 2, 3),
    "arange": like(np.arange, 2, 9, 3),
    "atleast_Nd": like(lambda x, n: x.reshape(1, 2, 3), X, n=3),
    "bartlett": like(np.bartlett, 5),
    "broadcast_arrays": like(np.broadcast_arrays, X, X[:1]),
    "broadcast_shape": lambda f: agree(pt.stack(f(pt.as_tensor(X), pt.as_tensor(P))), [2, 3]),
    "concat_with_broadcast": gives(np.concatenate([X, X[:, :1]], 1), [X, X[:, :1]], axis=1),
    "concatenate": gives(np.concatenate([X, X], 1), [X, X], axis=1),
    "empty": lambda f: _is_of_shape(f((2, 3), dtype="float32"), (2, 3), "float32"),
    "empty_like": lambda f: _is_of_shape(f(pt.as_tensor(N)), (2, 3), "int64"),
    "expand_dims": like(np.expand_dims, X, 1),
    "extract_diag": like(np.diagonal, SQUARE),
    "eye": like(np.eye, 3, 4, 1),
    "fill_diagonal": gives(SQUARE - np.diag(np.diag(SQUARE)) + 9 * np.eye(3), SQUARE, 9.0),
    "fill_diagonal_offset": gives(np.diag([9.0, 9.0], 1), np.zeros((3, 3)), 9.0, 1),
    "flatten": like(np.ravel, X),
    "flip": like(np.flip, X),
    "full": like(np.full, (2, 3), 1.5),
    "full_like": like(np.full_like, X, 1.5),
    "get_scalar_constant_value": lambda f: np.testing.assert_equal(f(pt.constant(3)), 3),
    "get_underlying_scalar_constant_value":
        lambda f: np.testing.assert_equal(f(pt.as_tensor(X).shape[1]), 3),
    "get_vector_length": lambda f: np.testing.assert_equal(f(pt.as_tensor(P)), 3),
    "horizontal_stack": gives(np.hstack([X, X]), X, X),
    "identity": like(np.identity, 3),
    "identity_like": gives(np.eye(2, 3), X),
    "is_flat": lambda f: np.testing.assert_equal([f(pt.dvector()), f(pt.dmatrix())], [True, False]),
    "join": gives(np.concatenate([X, X], 1), 1, X, X),
    "join_dims": gives(X.ravel(), X, 0, 2),
    "matrix_transpose": like(np.transpose, X),
    "mgrid": lambda f: agree(f[0:2, 0:3], np.mgrid[0:2, 0:3]),
    "moveaxis": like(np.moveaxis, X, 0, 1),
    "ogrid": lambda f: agree(list(f[0:2, 0:3]), np.ogrid[0:2, 0:3]),
    "ones": like(np.ones, (2, 3)),
    "pack": lambda f: agree(f(X, P)[0], [*X.ravel(), *P]),
    "pad": like(np.pad, X, 1),
    "permute_row_elements": gives(X[:, [2, 0, 1]], X, np.array([2, 0, 1])),
    "repeat": like(np.repeat, X, 2, 1),
    "reshape": like(np.reshape, X, (3, 2)),
    "roll": like(np.roll, X, 1, 1),
    "set_subtensor": lambda f: agree(f(pt.as_tensor(P)[:1], 9.0), [9.0, 0.5, 0.75]),
    "inc_subtensor": lambda f: agree(f(pt.as_tensor(P)[:1], 9.0), [9.25, 0.5, 0.75]),
    "shape": like(np.shape, X),
    "shape_padright": like(lambda x: x[..., None], X),
    "slice_at_axis": lambda f: np.testing.assert_equal(X[f(slice(1, 2), 1)], X[:, 1:2]),
    "specify_broadcastable": lambda f: np.testing.assert_equal(
        f(pt.dmatrix(), 0).type.shape, (1, None)
    ),
    "specify_shape": like(lambda x, _: x, X, (2, 3)),
    "split": gives([X[:, :1], X[:, 1:]], X, [1, 2], 2, axis=1),
    "split_dims": gives(X.reshape(2, 3, 1), X, axis=1, shape=(3, 1)),
    "squeeze": like(np.squeeze, X[:1]),
    "stack": gives(np.stack([X, X]), [X, X]),
    "stacklists": gives(np.arange(4.0).reshape(2, 2), [[0.0, 1.0], [2.0, 3.0]]),
    "swapaxes": like(np.swapaxes, X, 0, 1),
    "tile": like(np.tile, X, (2, 1)),
    "tri": like(np.tri, 3, 4),
    "tril_indices": like(np.tril_indices, 3),
    "triu_indices": like(np.triu_indices, 3),
    "tril_indices_from": like(np.tril_indices_from, SQUARE),
    "triu_indices_from": like(np.triu_indices_from, SQUARE),
    "unpack": gives([X, P], np.array([*X.ravel(), *P]), None, [(2, 3), (3,)]),
    "vectorize": lambda f: agree(f(pt.sum, signature="(n)->()")(pt.as_tensor(X)), X.sum(1)),
    "vertical_stack": gives(np.vstack([X, X]), X, X),
    "zeros": like(np.zeros, (2, 3)),
}  # fmt: skip

INDEXING = {
    **_named(np, "nonzero flatnonzero", N - 2),
    "choose": like(np.choose, np.array([0, 1, 0]), [P, -P]),
    "compress": gives(X[:, [0, 2]], np.array([True, False, True]), X, axis=1),
    "inverse_permutation": gives([1, 2, 0], np.array([2, 0, 1])),
    "nonzero_values": gives([-1, 1, 4, 3, 2], N - 2),
    "ravel_multi_index": gives([5, 7], (np.array([1, 1]), np.array([1, 3])), (3, 4)),
    "take": like(np.take, X, np.array([2, 0]), axis=1),
    "take_along_axis": like(np.take_along_axis, X, np.argsort(X, 1), 1),
    "unravel_index": like(np.unravel_index, np.array([5, 7]), (3, 4)),
}

PRODUCTS = {
    **_named(np, "dot matmul", SQUARE, OTHER),
    **_named(np, "outer", P, P),
    "batched_dot": gives(np.stack([SQUARE @ OTHER]), SQUARE[None], OTHER[None]),
    "batched_tensordot": gives(np.stack([SQUARE @ OTHER]), SQUARE[None], OTHER[None], 1),
    "block_diag": like(scipy.linalg.block_diag, SQUARE, X),
    "dense_dot": like(np.dot, SQUARE, OTHER),
    "einsum": lambda f: agree(f("ij,jk->ik", SQUARE, OTHER), SQUARE @ OTHER),
    "kron": like(np.kron, X, SQUARE),
    "matrix_dot": like(lambda *a: np.linalg.multi_dot(a), SQUARE, OTHER, SQUARE),
    "matrix_power": like(np.linalg.matrix_power, OTHER, 3),
    "matvec": like(np.dot, SQUARE, P),
    "tensordot": like(np.tensordot, SQUARE, OTHER, 1),
    "vecdot": like(np.dot, P, P),
    "vecmat": like(np.dot, P, SQUARE),
}

_W, _V = np.linalg.eigh(SQUARE)
_LU, _PIVOTS = scipy.linalg.lu_factor(OTHER)

LINALG = {
    **_named(np.linalg, "det eigvalsh pinv slogdet", SQUARE),
    "cho_solve": lambda f: agree(
        f((pt.as_tensor(np.linalg.cholesky(SQUARE)), True), P), np.linalg.solve(SQUARE, P)
    ),
    "cholesky": like(np.linalg.cholesky, SQUARE),
    "eig": solves(OTHER, residual=lambda w, v: OTHER @ v - v * w),
    "eigh": solves(SQUARE, residual=lambda w, v: SQUARE @ v - v * w),
    "expm": like(scipy.linalg.expm, OTHER),
    "inv": like(np.linalg.inv, SQUARE),
    "matrix_inverse": like(np.linalg.inv, SQUARE),
    "lstsq": solves(
        SQUARE, P, residual=lambda x, *_: SQUARE @ x - P
    ),
    "lu": solves(OTHER, residual=lambda p, lower, upper: p @ lower @ upper - OTHER),
    "lu_factor": like(scipy.linalg.lu_factor, OTHER),
    "lu_solve": lambda f: agree(
        f((pt.as_tensor(_LU), pt.as_tensor(_PIVOTS)), P), np.linalg.solve(OTHER, P)
    ),
    "norm": like(np.linalg.norm, X),
    "pivot_to_permutation": gives([1, 0, 2], np.array([1, 1, 2]), inverse=True),
    "qr": solves(OTHER, residual=lambda q, r: q @ r - OTHER),
    "qz": solves(SQUARE, OTHER, residual=lambda a, b, q, z: q @ a @ z.conj().T - SQUARE),
    "schur": solves(OTHER, residual=lambda t, z: z @ t @ z.conj().T - OTHER),
    "solve": like(np.linalg.solve, SQUARE, P),
    "solve_continuous_lyapunov": like(scipy.linalg.solve_continuous_lyapunov, OTHER, SQUARE),
    "solve_discrete_are": like(
        scipy.linalg.solve_discrete_are, OTHER, np.eye(3), SQUARE, np.eye(3)
    ),
    "solve_discrete_lyapunov": like(scipy.linalg.solve_discrete_lyapunov, OTHER / 5, SQUARE),
    "solve_sylvester": like(scipy.linalg.solve_sylvester, SQUARE, OTHER + 4 * np.eye(3), SQUARE),
    "solve_triangular": like(scipy.linalg.solve_triangular, LOWER, P, lower=True),
    "svd": solves(X, residual=lambda u, s, vt: u[:, : len(s)] * s @ vt[: len(s)] - X),
    "tensorinv": like(np.linalg.tensorinv, SQUARE, 1),
    "tensorsolve": like(np.linalg.tensorsolve, SQUARE, P),
}  # fmt: skip

SIGNAL = {
    "rfft": lambda f: agree(f(pt.as_tensor(X)), _real_imag(np.fft.rfft(X))),
    "irfft": lambda f: agree(f(pt.as_tensor(_real_imag(np.fft.rfft(EVEN)))), EVEN),
    "Fourier": lambda f: agree(f()(pt.as_tensor(X), 2, 0), np.fft.fft(X, 2, 0)),
    "convolve1d": like(np.convolve, P, np.array([1.0, 2.0])),
    "convolve2d": like(lambda a, b: scipy.signal.convolve2d(a, b), X, np.ones((2, 2))),
    "interp": like(np.interp, np.array([0.5, 1.5]), np.arange(3.0), P),
    "interpolate1d": lambda f: agree(
        f(pt.as_tensor(np.arange(3.0)), pt.as_tensor(P))(pt.as_tensor(1.5)), 0.625
    ),
}  # fmt: skip


def _real_imag(z: np.ndarray) -> np.ndarray:
    return np.stack([z.real, z.imag], -1)


def _is_of_shape(variable: Any, shape: tuple[int, ...], dtype: str) -> None:
    value = variable.eval(mode="NUMPY")
    assert (value.shape, value.dtype) == (shape, dtype)


def _finds(expected: Any, problem: Callable[[Any], Any], start: Any) -> Use:
    """The function finds `expected` where it solves or minimises what `problem` makes."""

    def use(function: Any) -> None:
        x = pt.as_tensor(start).copy()
        agree(function(problem(x), x), (np.asarray(expected), np.array(True)))

    return use


SOLVERS = {
    "minimize": _finds(
        [2.0, -2.0], lambda x: ((x - x.sum() - np.array([2.0, -2.0])) ** 2).sum(), P[:2]
    ),
    "minimize_scalar": _finds(3.0, lambda x: (x - 3) ** 2, 1.0),
    "root": _finds([2.0, 3.0], lambda x: x**3 - np.array([8.0, 27.0]), P[:2] + 1),
    "root_scalar": _finds(2.0, lambda x: x**3 - 8, 1.0),
}

USES: dict[str, Use] = {
    **SOLVERS,
    **ELEMENTWISE,
    **SPECIAL,
    **REDUCTIONS,
    **SHAPES,
    **INDEXING,
    **PRODUCTS,
    **LINALG,
    **SIGNAL,
}
