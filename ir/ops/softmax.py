"""Exponentials as parts of their sum, and the logarithms of those parts."""

from __future__ import annotations

from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, float_dtype
from lamina.ir.ops.array_op import normalize_axes
from lamina.ir.ops.cast import cast
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.gradient_barriers import zero_grad
from lamina.ir.ops.reduction import Max
from lamina.ir.ops.reduction import sum as total


def softmax(c: Any, axis: Any = None) -> Any:
    """``exp(c) / sum(exp(c))`` without overflow.

    Parameters
    ----------
    c : tensor-like
    axis : int or tuple of int, optional
        The axes of the sum; all by default.
    """
    shifted, axes = _shifted(c, axis)
    parts = nd.exp(shifted)
    return parts / total(parts, axes, keepdims=True)


def log_softmax(c: Any, axis: Any = None) -> Any:
    """The logarithm of ``softmax``, which keeps its digits where that is near 0 or 1."""
    shifted, axes = _shifted(c, axis)
    return shifted - nd.log(total(nd.exp(shifted), axes, keepdims=True))


def _shifted(c: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """`c` less its largest element, which is no part of the gradient, as no shift matters."""
    x = as_array(c)
    x = cast(x, float_dtype(x))
    axes = normalize_axes(axis, x.type.ndim)
    if not axes:
        return x - zero_grad(x), axes
    largest = expand_dims(Max(axes, of_nothing=True)(zero_grad(x)), axes)
    return x - nd.switch(nd.isfinite(largest), largest, 0), axes
