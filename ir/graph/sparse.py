"""Sparse matrices, which are refused."""

from __future__ import annotations

from typing import Any


def refuse_sparse(x: Any, where: str) -> None:
    """Raise if `x` is a sparse matrix, or a list with one in it.

    Raises
    ------
    TypeError
        It is; the message names the call that makes it dense.
    """
    for entry in x if isinstance(x, (list, tuple)) else (x,):
        if any(kind.__module__.startswith("scipy.sparse") for kind in type(entry).__mro__):
            raise TypeError(
                f"{where} takes no sparse matrices, got a {type(entry).__name__} of shape "
                f"{entry.shape}; its .toarray() is dense"
            )
