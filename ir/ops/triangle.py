"""What is below or above a diagonal."""

from __future__ import annotations

from typing import Any

import lamina.ir.operators as nd
from lamina.ir.configuration import config
from lamina.ir.ops.arguments import as_array, as_count, dtype_or, length
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import constant
from lamina.ir.ops.creation import arange
from lamina.ir.ops.dimshuffle import expand_dims


def tri(N: Any, M: Any = None, k: Any = 0, dtype: Any = None) -> Any:
    """Ones on and below diagonal `k` of an N by M matrix of zeros (N by N if `M` is None).

    All three may be symbolic; the dtype is floatX unless given.
    """
    n = as_count(N)
    below = _is_below(n, n if M is None else as_count(M), as_count(k))
    return cast(below, dtype_or(dtype, config.floatX))


def tril(m: Any, k: Any = 0) -> Any:
    """Matrices with zeros above diagonal `k`; a vector counts as a matrix of equal rows."""
    m = as_array(m)
    return nd.switch(_is_below(*_lengths(m), as_count(k)), m, _zero(m))


def triu(m: Any, k: Any = 0) -> Any:
    """Matrices with zeros below diagonal `k`; a vector counts as a matrix of equal rows."""
    m = as_array(m)
    return nd.switch(_is_below(*_lengths(m), as_count(k) - 1), _zero(m), m)


def _lengths(m: Any) -> tuple[Any, Any]:
    if not m.type.ndim:
        raise ValueError(f"tril and triu take matrices or vectors, got {m.type}")
    return (length(m, -1) if m.type.ndim == 1 else length(m, -2)), length(m, -1)


def _zero(m: Any) -> Any:
    return constant(0, dtype=m.type.dtype)


def _is_below(n: Any, m: Any, k: Any) -> Any:
    """Whether an element of an n by m matrix is on or below diagonal k."""
    return nd.ge(expand_dims(arange(n), 1) + k, arange(m))
