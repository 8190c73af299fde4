"""Discrete Fourier transforms, by SciPy's pocketfft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.apply import Apply
from lamina.ir.ops.arguments import (
    Length,
    as_array,
    as_count,
    length,
    part,
    smaller,
    with_length,
)
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.creation import arange
from lamina.ir.ops.dimshuffle import moveaxis
from lamina.ir.ops.padding import pad
from lamina.ir.ops.routine import Routine

_SIGNATURES = {
    "fft": "({0}n)->({0}n)",
    "ifft": "({0}n)->({0}n)",
    "rfft": "({0}n),r->({0}r)",
    "irfft": "({0}r),n->({0}n)",
}
_ADJOINT = {"fft": "ifft", "ifft": "fft", "rfft": "irfft", "irfft": "rfft"}
_OPPOSITE = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


class FFT(Routine):
    """The discrete Fourier transform of the last `ndim` dimensions.

    Parameters
    ----------
    kind : {"fft", "ifft", "rfft", "irfft"}
        The transform with ``exp(-2 pi i j k / n)``, its inverse, and both for real arrays: of these
        the last dimension has the ``n // 2 + 1`` numbers of which the others are conjugates.
        "rfft" takes this length as a second operand, "irfft" takes ``n``.
    norm : {"backward", "ortho", "forward"}
        Whether the factor 1/n is that of the inverse, its root that of either, or the transform's.
    ndim : int
    """

    __module__ = "lamina.tensor.fourier"
    __props__ = ("kind", "norm", "ndim")
    callback = True

    def __init__(self, kind: str = "fft", norm: str | None = None, ndim: int = 1):
        if kind not in _SIGNATURES:
            raise ValueError(f"kind must be one of {', '.join(_SIGNATURES)}, got {kind!r}")
        norm = norm or "backward"
        if norm not in _OPPOSITE:
            raise ValueError(f"norm must be None or one of {', '.join(_OPPOSITE)}, got {norm!r}")
        self.kind, self.norm, self.ndim = kind, norm, ndim

    @property
    def gufunc_signature(self) -> str:
        return _SIGNATURES[self.kind].format("".join(f"m{d}," for d in range(self.ndim - 1)))

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        real, complex = _precision(dtypes[0])
        if self.kind == "rfft" and dtypes[0].startswith("complex"):
            raise TypeError(f"rfft takes real numbers, got {dtypes[0]}")
        return [real if self.kind == "rfft" else complex, *dtypes[1:]]

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return [_precision(dtypes[0])[self.kind != "irfft"]]

    def numpy(self, *arrays: Any) -> Any:
        from scipy import fft

        x, *n = arrays
        axes = range(-self.ndim, 0)
        lengths = [*x.shape[x.ndim - self.ndim : -1], int(n[0])] if self.kind == "irfft" else None
        return getattr(fft, self.kind + "n")(x, lengths, axes, self.norm)

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        output_storage[0][0] = self.numpy(*inputs)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        (x, *_), (y,), (g,) = inputs, outputs, output_grads
        adjoint = FFT(_ADJOINT[self.kind], _OPPOSITE[self.norm], self.ndim)
        if self.kind == "rfft":
            n = length(x, -1)
            return [adjoint(g / _multiplicity(length(y, -1), n, x.type.dtype), n), None]
        if self.kind == "irfft":
            r, n = length(x, -1), length(y, -1)
            return [adjoint(g, r) * _multiplicity(r, n, y.type.dtype), None]
        return [adjoint(g)]


class Fourier(FFT):
    """The discrete Fourier transform along one dimension, as an op: ``Fourier()(a, n, axis)``.

    `fft` tells what the operands are.
    """

    __props__ = ()

    def __init__(self) -> None:
        super().__init__()

    def __call__(self, a: Any, n: Any = None, axis: Any = None, **kwargs: Any) -> Any:
        a = as_array(a)
        axis = a.type.ndim - 1 if axis is None else normalize_axis(axis, a.type.ndim)
        a = moveaxis(a if n is None else fitted(a, axis, as_count(n)), axis, -1)
        y = super().__call__(a, **kwargs)
        return y if isinstance(y, list) else moveaxis(y, -1, axis)


def _precision(dtype: str) -> tuple[str, str]:
    """The real and the complex dtype in which a transform of `dtype` is computed."""
    single = dtype in ("float16", "float32", "complex64")
    return ("float32", "complex64") if single else ("float64", "complex128")


def _multiplicity(r: Length, n: Length, dtype: str) -> Any:
    """How many of the n numbers of a real array's transform each of the r stands for."""
    k = arange(r)
    single = nd.or_(nd.eq(k, 0), nd.eq(k * 2, n))
    return nd.switch(single, np.ones((), dtype), np.full((), 2, dtype))


def fitted(x: Any, axis: int, n: Length) -> Any:
    """`x` cut off or filled up with zeros to the length `n` along an axis."""
    m = length(x, axis)
    if isinstance(m, int) and m == n:
        return x
    kept = smaller(m, n)
    if isinstance(n, int) and n < 1:
        raise ValueError(f"invalid number of data points ({n}) specified")
    widths: list[Any] = [(0, 0)] * x.type.ndim
    widths[axis] = (0, n - kept)
    x = x if kept is m else part(x, axis, 0, kept)
    return with_length(x if isinstance(kept, int) and kept == n else pad(x, widths), axis, n)


def transformed(
    x: Any, kind: str, norm: str | None = None, ndim: int = 1, n: Length | None = None
) -> Any:
    """The transform of the last `ndim` dimensions; of "irfft" `n` is the last length."""
    op = FFT(kind, norm, ndim)
    if kind == "rfft":
        return op(x, length(x, -1) // 2 + 1)
    return op(x, n) if kind == "irfft" else op(x)


def _along(kind: str, a: Any, n: Any, axis: int, norm: str | None) -> Any:
    x = as_array(a)
    if not x.type.ndim:
        raise ValueError(f"{kind} takes an array of one dimension or more, got {x.type}")
    axis = normalize_axis(axis, x.type.ndim)
    total = None if n is None else as_count(n)
    if kind == "irfft":
        if total is None:
            total = 2 * (length(x, axis) - 1)
        if isinstance(total, int) and total < 1:
            raise ValueError(f"invalid number of data points ({total}) specified")
        x = fitted(x, axis, total // 2 + 1)
    elif total is not None:
        x = fitted(x, axis, total)
    return moveaxis(transformed(moveaxis(x, axis, -1), kind, norm, 1, total), -1, axis)


def fft(a: Any, n: Any = None, axis: int = -1, norm: str | None = None) -> Any:
    """The discrete Fourier transform along an axis, as ``numpy.fft.fft``.

    Parameters
    ----------
    a : tensor-like
        Of one dimension or more; real or complex.
    n : int, optional
        The length to which `a` is cut off or filled up with zeros first; may be symbolic.
    axis : int
    norm : {None, "backward", "ortho", "forward"}
        The factor: 1 (the default), ``n ** -0.5`` or ``1 / n``. That of the inverse makes it
        ``1 / n`` together.

    Returns
    -------
    Variable
        complex64 of 16- and 32-bit floats and complex64, else complex128.
    """
    return _along("fft", a, n, axis, norm)


def ifft(a: Any, n: Any = None, axis: int = -1, norm: str | None = None) -> Any:
    """The inverse of `fft`, with the same arguments."""
    return _along("ifft", a, n, axis, norm)


def rfft(a: Any, n: Any = None, axis: int = -1, norm: str | None = None) -> Any:
    """`fft` of a real array: the first ``n // 2 + 1`` numbers, of which the others are conjugates.

    ``lamina.tensor.fft.rfft`` is the form that has no complex numbers.

    Raises
    ------
    TypeError
        `a` is complex.
    """
    return _along("rfft", a, n, axis, norm)


def irfft(a: Any, n: Any = None, axis: int = -1, norm: str | None = None) -> Any:
    """The inverse of `rfft`: a real array of length `n`, by default ``2 * (a.shape[axis] - 1)``."""
    return _along("irfft", a, n, axis, norm)
