"""Fourier transforms of real arrays, without complex numbers: the reference's rfft and irfft."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, length
from lamina.ir.ops.fourier import transformed
from lamina.ir.ops.joining import stack

# That of the function and that of NumPy which has the factor of a transform, and of its inverse.
_NO_NORM = {"rfft": "backward", "irfft": "forward"}


def rfft(inp: Any, norm: str | None = None) -> Any:
    """The discrete Fourier transforms of m real arrays, over all their dimensions.

    ``lamina.tensor.fourier.rfft`` has NumPy's arguments and complex numbers.

    Parameters
    ----------
    inp : tensor-like, shape (m, ..., n)
        Real; float64 after conversion, or float32.
    norm : {None, "ortho", "no_norm", "backward", "forward"}
        None and "no_norm" have no factor, "ortho" one over the root of the number of elements;
        "forward" one over that number.

    Returns
    -------
    Variable, shape (m, ..., n // 2 + 1, 2)
        The real and the imaginary parts, of the numbers of which others are conjugates.

    Examples
    --------
    >>> rfft([[1.0, 0.0, 0.0, 1.0]]).eval()
    array([[[2., 0.],
            [1., 1.],
            [0., 0.]]])
    """
    x = as_array(inp)
    if x.type.ndim < 2:
        raise TypeError(f"rfft takes 2 dimensions or more, the first of batches; got {x.type}")
    y = transformed(x, "rfft", _norm("rfft", norm), x.type.ndim - 1)
    return stack([nd.real(y), nd.imag(y)], axis=-1)


def irfft(inp: Any, norm: str | None = None, is_odd: bool = False) -> Any:
    """The inverse of `rfft`.

    Parameters
    ----------
    inp : tensor-like, shape (m, ..., r, 2)
        Real and imaginary parts.
    norm : {None, "ortho", "no_norm", "backward", "forward"}
        None divides by the number of elements, "ortho" by its root; "no_norm" and "forward" have no
        factor.
    is_odd : bool
        Whether the last dimension of the result has an odd length, ``2 * r - 1``.

    Returns
    -------
    Variable, shape (m, ..., 2 * r - 2)
    """
    x = as_array(inp)
    if x.type.ndim < 3 or x.type.shape[-1] not in (2, None):
        raise TypeError(
            "irfft takes 3 dimensions or more, the first of batches and the last of real and "
            f"imaginary parts; got {x.type}"
        )
    if is_odd not in (True, False):
        raise ValueError(f"is_odd must be a bool, got {is_odd!r}")
    if np.dtype(x.type.dtype).kind == "c":
        raise TypeError(f"irfft takes real and imaginary parts, got {x.type}")
    n = 2 * (length(x, -2) - 1) + int(is_odd)
    parts = nd.complex(x[..., 0], x[..., 1])
    return transformed(parts, "irfft", _norm("irfft", norm), x.type.ndim - 2, n)


def _norm(kind: str, norm: str | None) -> str | None:
    if norm == "no_norm":
        return _NO_NORM[kind]
    if norm not in (None, "ortho", "backward", "forward"):
        raise ValueError(
            f"norm must be None, 'ortho', 'no_norm', 'backward' or 'forward', got {norm!r}"
        )
    return norm
