"""Convolution and correlation, by sums and by Fourier transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import Length, as_array, larger, length, part, smaller
from lamina.ir.ops.arrangement import flip
from lamina.ir.ops.cast import cast
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.fourier import fitted, transformed
from lamina.ir.ops.padding import pad
from lamina.ir.ops.reduction import sum_to_type
from lamina.ir.ops.routine import Routine

_MODES = ("full", "valid", "same")
_BOUNDARIES = {"fill": "constant", "wrap": "wrap", "symm": "symmetric"}
_TOGETHER = 4  # terms added in one pass over the result


class Convolve(Routine):
    """A part of the convolution of the last `ndim` dimensions of two arrays.

    ``y[t] = sum over j of x[t + start - j] * h[j]``, where what lies outside of ``x`` is 0.

    Parameters
    ----------
    ndim : int

    Notes
    -----
    Operands are ``x``, ``h``, the start of each dimension and the length of each in ``y``. One op
    is enough: of full, valid and same convolutions, correlations and the gradients of all these,
    each is such a part, perhaps of a flipped array.
    """

    __module__ = "lamina.tensor.signal.conv"
    __props__ = ("ndim",)
    nd_name = "convolve"

    def __init__(self, ndim: int = 1):
        self.ndim = ndim

    @property
    def gufunc_signature(self) -> str:
        x, h, y = (",".join(f"{name}{d}" for d in range(self.ndim)) for name in "nkr")
        return f"({x}),({h}),{'(),' * self.ndim}{y}->({y})"

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        common = common_dtype(dtypes[:2])
        # a sum of halves is rounded once, as NumPy does it
        wide = "float32" if common == "float16" else common
        return [wide, wide, *["int64"] * (2 * self.ndim)]

    def numpy(self, *arrays: Any) -> np.ndarray:
        (x, h), numbers = arrays[:2], [int(n) for n in arrays[2:]]
        starts, lengths = numbers[: self.ndim], numbers[self.ndim :]
        y = np.zeros(lengths, x.dtype)
        for j in np.ndindex(*h.shape):
            into, out_of = [], []
            for start, at, n, r in zip(starts, j, x.shape, lengths, strict=True):
                first, last = max(0, at - start), min(r, n + at - start)
                into.append(slice(first, max(first, last)))
                out_of.append(slice(first + start - at, max(first, last) + start - at))
            y[tuple(into)] += x[tuple(out_of)] * h[j]
        return y

    def native(self, b: Any, operands: Any, results: Any) -> None:
        with b.batch() as (x, h, *numbers, y):
            starts = numbers[: self.ndim]
            _set_zero(b, y)
            # the loop inside is that over the longer rows
            with b.when(nd.ge(x.lengths[-1], h.lengths[-1])):
                _add_products(b, x, h, starts, y)
            with b.otherwise():
                _add_products(b, h, x, starts, y)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        (x, h, *numbers), (g,) = inputs, output_grads
        starts = numbers[: self.ndim]
        axes = tuple(range(-self.ndim, 0))

        def by(other: Any, own: Any) -> Any:
            last = [length(other, d) - 1 - s for d, s in zip(axes, starts, strict=True)]
            lengths = [length(own, d) for d in axes]
            return sum_to_type(self(g, nd.conj(flip(other, axes)), *last, *lengths), own.type)

        return [by(h, x), by(x, h), *[None] * (2 * self.ndim)]

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        return [[i < 2] for i in range(len(node.inputs))]


def _set_zero(b: Any, y: Any) -> None:
    with b.loop(y.lengths[0]) as t:
        if len(y.lengths) > 1:
            _set_zero(b, y[t])
        else:
            y[t] = 0


def _add_products(b: Any, x: Any, h: Any, starts: Sequence[Any], y: Any) -> None:
    """Add the sums of products to `y`: loops over all dimensions but the last."""
    start, n, k = starts[0], x.lengths[0], h.lengths[0]
    if len(starts) == 1:
        _add_to_row(b, x, h, start, y)
        return
    with b.loop(y.lengths[0]) as t:
        at = t + start
        with b.loop(nd.maximum(at - n + 1, 0), nd.minimum(at + 1, k)) as j:
            _add_products(b, x[at - j], h[j], starts[1:], y[t])


def _add_to_row(b: Any, x: Any, h: Any, start: Any, y: Any) -> None:
    """Add the sums of one dimension. The loop inside runs over `y`, and adds some terms in a pass
    where all of them exist; each element meets its terms in their order, wherever it lies.
    """
    n, k, r = x.lengths[0], h.lengths[0], y.lengths[0]

    def begin(j: Any) -> Any:
        return nd.maximum(j - start, 0)

    def end(j: Any) -> Any:
        return nd.minimum(n + j - start, r)

    def add(first: Any, last: Any, terms: Sequence[Any]) -> None:
        factors = [h[j] for j in terms]
        with b.loop(first, last) as t:
            total = y[t]
            for j, factor in zip(terms, factors, strict=True):
                total = total + x[t + start - j] * factor
            y[t] = total

    groups = k // _TOGETHER
    with b.loop(groups) as i:
        terms = [i * _TOGETHER + u for u in range(_TOGETHER)]
        first = begin(terms[-1])
        last = nd.maximum(end(terms[0]), first)
        with b.loop(terms[0], terms[-1] + 1) as j:
            add(begin(j), nd.minimum(first, end(j)), [j])
        add(first, last, terms)
        with b.loop(terms[0], terms[-1] + 1) as j:
            add(last, end(j), [j])
    with b.loop(groups * _TOGETHER, k) as j:
        add(begin(j), end(j), [j])


def convolve1d(in1: Any, in2: Any, mode: str = "full") -> Any:
    """The convolution of vectors, or of all those along the last dimensions of two arrays.

    Parameters
    ----------
    in1 : tensor-like, shape (..., n)
    in2 : tensor-like, shape (..., k)
        Leading dimensions are broadcast against those of `in1`.
    mode : {"full", "valid", "same"}
        Which part of the sums of ``in1[t - j] * in2[j]`` is wanted: all that have a term, of length
        ``n + k - 1``; those that have all terms, ``max(n, k) - min(n, k) + 1``; as many from the
        middle as `in1` has elements, ``n``.

    Returns
    -------
    Variable
        Zeros if `in1` or `in2` is empty.

    Examples
    --------
    >>> convolve1d([1.0, 2.0, 3.0], [1.0, 1.0]).eval()
    array([1., 3., 5., 3.])
    """
    return _convolved(*_operands(in1, in2, 1, "convolve1d"), 1, mode)


def convolve2d(
    in1: Any,
    in2: Any,
    mode: str = "full",
    boundary: str = "fill",
    fillvalue: Any = 0,
    method: str = "auto",
) -> Any:
    """The convolution of matrices, or of all those along the last two dimensions of two arrays.

    Parameters
    ----------
    in1 : tensor-like, shape (..., n0, n1)
    in2 : tensor-like, shape (..., k0, k1)
        Leading dimensions are broadcast against those of `in1`.
    mode : {"full", "valid", "same"}
        The part of the sums that is wanted along each dimension, as `convolve1d` has it.
    boundary : {"fill", "wrap", "symm"}
        What lies outside of `in1`: `fillvalue`, `in1` again, or its mirror image.
    fillvalue : scalar
    method : {"auto", "direct", "fft"}
        By sums, or by Fourier transforms: quicker where both arrays are large, and exact to the
        largest number of the result only. "auto" takes sums.

    Raises
    ------
    ValueError
        In mode "valid" `in1` is known to be longer along one dimension and `in2` along the other.
    """
    if boundary not in _BOUNDARIES:
        raise ValueError(f"boundary must be one of {', '.join(_BOUNDARIES)}, got {boundary!r}")
    x, h = _operands(in1, in2, 2, "convolve2d")
    empty = 0 in (*x.type.shape[-2:], *h.type.shape[-2:])
    if mode != "valid" and not empty and (boundary != "fill" or not _is_zero(fillvalue)):
        return _extended(x, h, mode, boundary, fillvalue, method)
    return _convolved(x, h, 2, mode, method)


def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """The cross-correlation of two arrays over all their dimensions, as ``scipy.signal.correlate``:
    the sums over l of ``in1[l] * conj(in2[l - t])``.

    Parameters
    ----------
    in1, in2 : tensor-like
        Of one rank, at least 1.
    mode : {"full", "valid", "same"}
        The part of the sums that is wanted, as `convolve1d` has it.
    method : {"auto", "direct", "fft"}
        As `convolve2d` has it.
    """
    x, h = as_array(in1), as_array(in2)
    ndim = x.type.ndim
    if ndim == 0 or h.type.ndim != ndim:
        raise ValueError(f"correlate takes arrays of one rank, at least 1; got {x.type}, {h.type}")
    return _convolved(x, nd.conj(flip(h)), ndim, mode, method)


def _operands(in1: Any, in2: Any, ndim: int, name: str) -> tuple[Any, Any]:
    x, h = as_array(in1), as_array(in2)
    if min(x.type.ndim, h.type.ndim) < ndim:
        raise ValueError(f"{name} takes {ndim} dimensions or more, got {x.type} and {h.type}")
    return x, h


def _is_zero(value: Any) -> bool:
    return isinstance(value, (int, float, complex, np.number, np.bool_)) and value == 0


def _window(n: Length, k: Length, mode: str) -> tuple[Length, Length]:
    """Where in the full convolution a mode begins, and how long it is."""
    if mode == "valid":
        return smaller(n, k) - 1, larger(n, k) - smaller(n, k) + 1
    if mode == "same":
        return (k - 1) // 2, n
    return 0, larger(n + k - 1, 0)


def _convolved(x: Any, h: Any, ndim: int, mode: str, method: str = "direct") -> Any:
    if mode not in _MODES:
        raise ValueError(f"mode must be one of {', '.join(_MODES)}, got {mode!r}")
    if method not in ("auto", "direct", "fft"):
        raise ValueError(f"method must be one of auto, direct, fft, got {method!r}")
    axes = range(-ndim, 0)
    if mode == "valid":
        known = [(x.type.shape[d], h.type.shape[d]) for d in axes]
        signs = {np.sign(n - k) for n, k in known if n is not None and k is not None}
        if {1, -1} <= signs:
            raise ValueError(
                "in mode 'valid' one array must be at least as long as the other along every "
                f"dimension; got {x.type} and {h.type}"
            )
    windows = [_window(length(x, d), length(h, d), mode) for d in axes]
    dtype = common_dtype([x.type.dtype, h.type.dtype])
    if method == "fft":
        return cast(_by_transforms(x, h, ndim, windows), dtype)
    starts, lengths = zip(*windows, strict=True)
    return cast(Convolve(ndim)(x, h, *starts, *lengths), dtype)


def _by_transforms(x: Any, h: Any, ndim: int, windows: Sequence[tuple[Length, Length]]) -> Any:
    axes = range(-ndim, 0)
    # one at least: there is no transform of nothing
    full = [_quick_length(larger(length(x, d) + length(h, d) - 1, 1)) for d in axes]
    dtype = common_dtype([x.type.dtype, h.type.dtype])
    kind = "fft" if dtype.startswith("complex") else "rfft"
    spectra = []
    for v in (x, h):
        for d, n in zip(axes, full, strict=True):
            v = fitted(cast(v, "float64" if dtype[0] in "biu" else dtype), v.type.ndim + d, n)
        spectra.append(transformed(v, kind, ndim=ndim))
    inverse = "i" + kind
    y = transformed(spectra[0] * spectra[1], inverse, ndim=ndim, n=full[-1])
    for d, (start, r) in zip(axes, windows, strict=True):
        y = part(y, d, start, start + r)
    return nd.round(y) if dtype[0] in "biu" else y


def _quick_length(n: Length) -> Length:
    """`n` or a little more, of small prime factors: 8 to 16 times a power of 2."""
    if isinstance(n, int):
        step = 1 << max(n.bit_length() - 4, 0)
    else:
        step = cast(nd.exp2(nd.maximum(nd.floor(nd.log2(n)) - 3, 0)), "int64")
    return (n + step - 1) // step * step


def _extended(x: Any, h: Any, mode: str, boundary: str, fillvalue: Any, method: str) -> Any:
    """The convolution of a matrix of which more is known than its elements: it is extended to what
    the sums reach.
    """
    widths: list[Any] = [(0, 0)] * (x.type.ndim - 2)
    for d in (-2, -1):
        k = length(h, d)
        if mode == "full":
            widths.append((k - 1, k - 1))
        else:
            widths.append((k - 1 - (k - 1) // 2, (k - 1) // 2))
    options = {"constant_values": fillvalue} if boundary == "fill" else {}
    wide = pad(x, widths, _BOUNDARIES[boundary], **options)
    return _convolved(wide, h, 2, "valid", method)
