"""The two namespaces that cases are functions of: what Lamina computes, and what it should.

`LAMINA` is `lamina.tensor`, and knows which of its functions have been asked for. `NUMPY` is NumPy
and SciPy under the same names.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.tensor as pt

_ROOMS = ("linalg", "signal", "fft", "special")


class LaminaNames:
    """``lamina.tensor`` or a module in it, with methods as functions of their own.

    Attributes
    ----------
    used : set of str
        What has been asked for, with dots: "linalg.norm".
    """

    def __init__(self, room: Any = pt, prefix: str = "", used: set[str] | None = None):
        self._room, self._prefix = room, prefix
        self.used: set[str] = set() if used is None else used

    def __getattr__(self, name: str) -> Any:
        if name in _ROOMS and not self._prefix:
            return LaminaNames(getattr(pt, name), f"{name}.", self.used)
        self.used.add(self._prefix + name)
        return getattr(self._room, name)

    @staticmethod
    def dimshuffle(x: Any, order: Any) -> Any:
        return x.dimshuffle(*order)

    @staticmethod
    def put(x: Any, index: Any, value: Any, add: bool = False) -> Any:
        return x[index].inc(value) if add else x[index].set(value)


class _Linalg:
    def __getattr__(self, name: str) -> Any:
        return getattr(np.linalg, name)

    @staticmethod
    def kron(a: Any, b: Any) -> Any:
        return np.kron(a, b)

    @staticmethod
    def matrix_dot(*factors: Any) -> Any:
        return np.linalg.multi_dot(factors)

    @staticmethod
    def block_diag(*matrices: Any) -> Any:
        import scipy.linalg

        return scipy.linalg.block_diag(*matrices)


class _Signal:
    @staticmethod
    def convolve1d(a: Any, b: Any, mode: str = "full") -> Any:
        return np.convolve(a, b, mode) if mode != "valid" else _valid(a, b)

    @staticmethod
    def convolve2d(a: Any, b: Any, mode: str = "full") -> Any:
        import scipy.signal

        return _direct(scipy.signal.convolve, a, b, mode)

    @staticmethod
    def correlate(a: Any, b: Any, mode: str = "full") -> Any:
        import scipy.signal

        return _direct(scipy.signal.correlate, a, b, mode)


class _FFT:
    def __getattr__(self, name: str) -> Any:
        import scipy.fft

        return getattr(scipy.fft, name)

    @staticmethod
    def rfft(x: Any, norm: Any = None) -> Any:
        """With real and imaginary parts along a last dimension, as Theano had it."""
        import scipy.fft

        y = scipy.fft.rfftn(x, axes=range(1, x.ndim), norm=norm)
        return np.stack([y.real, y.imag], axis=-1)


def _direct(function: Any, a: Any, b: Any, mode: str) -> Any:
    """A function of SciPy's, which has no loop for float16."""
    dtype = np.result_type(a, b)
    wide = np.float32 if dtype == np.float16 else dtype
    return function(np.asarray(a, wide), np.asarray(b, wide), mode, "direct").astype(dtype)


def _valid(a: Any, b: Any) -> Any:
    return np.convolve(a, b, "valid") if len(a) >= len(b) else np.convolve(a, b, "valid")[:0]


class NumpyNames:
    """NumPy under the names of ``lamina.tensor``, with what it lacks or calls otherwise."""

    linalg, signal, fft = _Linalg(), _Signal(), _FFT()

    @property
    def special(self) -> NumpyNames:
        return self

    def __getattr__(self, name: str) -> Any:
        if hasattr(np, name):
            return getattr(np, name)
        import scipy.special

        return getattr(scipy.special, name)

    # -- shapes ------------------------------------------------------------------------------------

    @staticmethod
    def dimshuffle(x: Any, order: Any) -> Any:
        kept = [d for d in order if d != "x"]
        dropped = [d for d in range(x.ndim) if d not in kept]
        assert all(x.shape[d] == 1 for d in dropped)
        return x.transpose(kept + dropped).reshape([1 if d == "x" else x.shape[d] for d in order])

    @staticmethod
    def flatten(x: Any, ndim: int = 1) -> Any:
        return x.reshape((*x.shape[: ndim - 1], int(np.prod(x.shape[ndim - 1 :]))))

    @staticmethod
    def specify_shape(x: Any, shape: Any) -> Any:
        if any(m is not None and n != m for n, m in zip(np.shape(x), shape, strict=True)):
            raise AssertionError
        return x

    @staticmethod
    def specify_broadcastable(x: Any, *axes: int) -> Any:
        assert all(x.shape[a] == 1 for a in axes)
        return x

    @staticmethod
    def shape(x: Any) -> Any:
        return np.array(np.shape(x), np.int64)

    @staticmethod
    def size(x: Any) -> Any:
        return np.int64(np.size(x))

    @staticmethod
    def alloc(value: Any, *shape: int) -> Any:
        return np.broadcast_to(value, shape).copy()

    @staticmethod
    def shape_padleft(x: Any, n_ones: int = 1) -> Any:
        return x.reshape((1,) * n_ones + x.shape)

    @staticmethod
    def shape_padright(x: Any, n_ones: int = 1) -> Any:
        return x.reshape(x.shape + (1,) * n_ones)

    @staticmethod
    def shape_padaxis(x: Any, axis: int) -> Any:
        return np.expand_dims(x, axis)

    @staticmethod
    def matrix_transpose(x: Any) -> Any:
        return np.swapaxes(x, -1, -2)

    @staticmethod
    def atleast_Nd(x: Any, n: int = 1, left: bool = True) -> Any:
        more = (1,) * max(0, n - x.ndim)
        return x.reshape(more + x.shape if left else x.shape + more)

    @staticmethod
    def join_dims(x: Any, start_axis: int = 0, n_axes: int | None = None) -> Any:
        n = x.ndim - start_axis if n_axes is None else n_axes
        joined = int(np.prod(x.shape[start_axis : start_axis + n]))
        return x.reshape((*x.shape[:start_axis], joined, *x.shape[start_axis + n :]))

    @staticmethod
    def split_dims(x: Any, shape: Any, axis: int = 0) -> Any:
        return x.reshape((*x.shape[:axis], *shape, *x.shape[axis + 1 :]))

    @staticmethod
    def pack(*xs: Any) -> Any:
        return np.concatenate([x.ravel() for x in xs]), [x.shape for x in xs]

    @staticmethod
    def unpack(x: Any, axes: Any, shapes: Any) -> Any:
        ends = np.cumsum([int(np.prod(s)) for s in shapes])[:-1]
        return [p.reshape(s) for p, s in zip(np.split(x, ends), shapes, strict=True)]

    # -- indexing ----------------------------------------------------------------------------------

    @staticmethod
    def put(x: Any, index: Any, value: Any, add: bool = False) -> Any:
        if getattr(value, "ndim", None) and not np.can_cast(value.dtype, x.dtype, "same_kind"):
            raise TypeError(f"cannot put {value.dtype} into {x.dtype}")
        x = x.copy()
        if add:
            np.add.at(x, index, np.asarray(value).astype(x.dtype))
        else:
            x[index] = value
        return x

    @staticmethod
    def set_subtensor(x: Any, value: Any) -> Any:
        x = x.copy()
        x[...] = value
        return x

    @staticmethod
    def nonzero_values(x: Any) -> Any:
        return x[np.nonzero(x)]

    @staticmethod
    def slice_at_axis(s: slice, axis: int) -> Any:
        return (slice(None),) * axis + (s,)

    @staticmethod
    def permute_row_elements(x: Any, y: Any, inverse: bool = False) -> Any:
        return np.take_along_axis(x, y, -1)

    @staticmethod
    def inverse_permutation(p: Any) -> Any:
        return np.argsort(p)

    @staticmethod
    def fill_diagonal(a: Any, val: Any) -> Any:
        a = a.copy()
        np.fill_diagonal(a, val)
        return a

    @staticmethod
    def fill_diagonal_offset(a: Any, val: Any, offset: int) -> Any:
        a = a.copy()
        for i in range(a.shape[0]):
            if 0 <= i + offset < a.shape[1]:
                a[i, i + offset] = val
        return a

    @staticmethod
    def identity_like(x: Any) -> Any:
        return np.eye(*x.shape, dtype=x.dtype)

    @staticmethod
    def extract_diag(x: Any) -> Any:
        return np.diagonal(x)

    # -- joining -----------------------------------------------------------------------------------

    @staticmethod
    def join(axis: int, *xs: Any) -> Any:
        return np.concatenate(xs, axis)

    @staticmethod
    def horizontal_stack(*xs: Any) -> Any:
        return np.hstack(xs)

    @staticmethod
    def vertical_stack(*xs: Any) -> Any:
        return np.vstack(xs)

    @staticmethod
    def stacklists(xs: Any) -> Any:
        return np.array([np.array([np.asarray(v) for v in row]) for row in xs])

    @staticmethod
    def concat_with_broadcast(xs: Any, axis: int = 0) -> Any:
        shape = np.broadcast_shapes(*(np.delete(x.shape, axis) for x in xs))
        full = [np.broadcast_to(x, np.insert(shape, axis, x.shape[axis])) for x in xs]
        return np.concatenate(full, axis)

    @staticmethod
    def split(x: Any, sizes: Any, n_splits: int | None = None, axis: int = 0) -> Any:
        return np.split(x, np.cumsum(sizes)[:-1], axis)

    @staticmethod
    def unstack(x: Any, axis: int = 0) -> Any:
        return [np.take(x, i, axis) for i in range(x.shape[axis])]

    # -- reductions --------------------------------------------------------------------------------

    @staticmethod
    def logsumexp(x: Any, axis: Any = None) -> Any:
        return np.log(np.sum(np.exp(x), axis=axis))

    @staticmethod
    def max_and_argmax(x: Any, axis: Any = None) -> Any:
        return np.max(x, axis), np.argmax(x, axis)

    @staticmethod
    def argmax(x: Any, axis: Any = None) -> Any:
        return _position(np.argmax, x, axis)

    @staticmethod
    def argmin(x: Any, axis: Any = None) -> Any:
        return _position(np.argmin, x, axis)

    @staticmethod
    def softmax(x: Any, axis: Any = None) -> Any:
        y = np.exp(x - np.max(x, axis, keepdims=True, initial=-np.inf))
        return y / y.sum(axis, keepdims=True)

    @staticmethod
    def log_softmax(x: Any, axis: Any = None) -> Any:
        y = x - np.max(x, axis, keepdims=True, initial=-np.inf)
        return y - np.log(np.exp(y).sum(axis, keepdims=True))

    # -- order -------------------------------------------------------------------------------------

    @staticmethod
    def topk(x: Any, k: int, axis: int = -1) -> Any:
        y = np.sort(x, axis)
        return np.flip(np.take(y, range(y.shape[axis] - k, y.shape[axis]), axis), axis)

    @staticmethod
    def argtopk(x: Any, k: int, axis: int = -1) -> Any:
        return np.take(np.argsort(-x, axis, kind="stable"), range(k), axis)

    def topk_and_argtopk(self, x: Any, k: int, axis: int = -1) -> Any:
        return self.topk(x, k, axis), self.argtopk(x, k, axis)

    # -- products ----------------------------------------------------------------------------------

    @staticmethod
    def batched_dot(a: Any, b: Any) -> Any:
        return np.stack([x @ y for x, y in zip(a, b, strict=True)])

    @staticmethod
    def batched_tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
        axes = [[i - 1 for i in side] for side in axes]  # counted from the batch on
        return np.stack([np.tensordot(x, y, axes) for x, y in zip(a, b, strict=True)])

    @staticmethod
    def dense_dot(a: Any, b: Any) -> Any:
        return np.dot(a, b)

    @staticmethod
    def vecdot(a: Any, b: Any, axis: int = -1) -> Any:
        return (np.conj(a) * b).sum(axis, dtype=np.result_type(a, b))

    @staticmethod
    def matvec(a: Any, b: Any) -> Any:
        return a @ b

    @staticmethod
    def vecmat(a: Any, b: Any) -> Any:
        return np.conj(a) @ b

    # -- compositions ------------------------------------------------------------------------------

    @staticmethod
    def interpolate1d(x: Any, y: Any, extrapolate: bool = True) -> Any:
        return lambda at: np.interp(at, x, y)

    @staticmethod
    def largest(*xs: Any) -> Any:
        return np.max(np.broadcast_arrays(*xs), 0)

    @staticmethod
    def smallest(*xs: Any) -> Any:
        return np.min(np.broadcast_arrays(*xs), 0)

    @staticmethod
    def ceil_intdiv(a: Any, b: Any) -> Any:
        return -(-a // b)

    @staticmethod
    def complex_from_polar(size: Any, angle: Any) -> Any:
        return size * np.exp(1j * angle)

    @staticmethod
    def chi2sf(x: Any, k: Any) -> Any:
        import scipy.special

        return scipy.special.chdtrc(k, x)

    @staticmethod
    def gammal(k: Any, x: Any) -> Any:
        import scipy.special

        return scipy.special.gammainc(k, x) * scipy.special.gamma(k)

    @staticmethod
    def gammau(k: Any, x: Any) -> Any:
        import scipy.special

        return scipy.special.gammaincc(k, x) * scipy.special.gamma(k)

    @staticmethod
    def cast(x: Any, dtype: str) -> Any:
        return x.astype(dtype)

    @staticmethod
    def fill(a: Any, value: Any) -> Any:
        return np.full(a.shape, value, a.dtype)


def _position(function: Any, x: Any, axis: Any) -> Any:
    """`function` over several axes, which count as one in C order."""
    axes = tuple(range(x.ndim)) if axis is None else np.atleast_1d(axis) % max(x.ndim, 1)
    kept = [d for d in range(x.ndim) if d not in axes]
    order = kept + sorted(int(a) for a in axes)
    count = int(np.prod([x.shape[a] for a in axes]))
    return function(x.transpose(order).reshape([x.shape[d] for d in kept] + [count]), axis=-1)


LAMINA, NUMPY = LaminaNames(), NumpyNames()
