"""Differences of neighbours."""

from __future__ import annotations

from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.arguments import as_array, lengths, part
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.joining import concatenate


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Each element less the one before it along an axis, `n` times; of bools, whether they differ.

    Parameters
    ----------
    a : tensor-like
    n : int
    axis : int
    prepend, append : tensor-like, optional
        What to put before and after `a`; a scalar stands for one layer of it.
    """
    x = as_array(a)
    if not isinstance(n, int) or n < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    if not x.type.ndim:
        raise ValueError("diff requires input that is at least one dimensional")
    axis = normalize_axis(axis, x.type.ndim)
    if n == 0:
        return x
    ends = [None if v is None else _layer(as_array(v), x, axis) for v in (prepend, append)]
    parts = [v for v in (ends[0], x, ends[1]) if v is not None]
    x = concatenate(parts, axis) if len(parts) > 1 else x
    difference = nd.neq if x.type.dtype == "bool" else nd.sub
    for _ in range(n):
        x = difference(part(x, axis, 1), part(x, axis, 0, -1))
    return x


def _layer(v: Any, x: Any, axis: int) -> Any:
    if v.type.ndim:
        return v
    return broadcast_to(v, [1 if i == axis else n for i, n in enumerate(lengths(x))])
