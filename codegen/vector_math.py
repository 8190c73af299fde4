"""Vector functions of our own: exp, log, sin, pow, erf and others, for scalars and vectors alike.

Each function is one formula, from which a scalar form and a form for every vector length of the
processor are made; all of them give the same bits. `bind_calls` makes a kernel use them, and
`library_object` is what the kernel must then be linked with. The error of each function is in
``docs/accuracy.md``.
"""

from __future__ import annotations

from lamina.codegen.vector_math_calls import bind_calls, is_bound, needs_library, required
from lamina.codegen.vector_math_library import (
    library_ir,
    library_key,
    library_object,
    scalar_symbols,
)
from lamina.codegen.vector_math_table import Function, functions

__all__ = [
    "Function",
    "bind_calls",
    "functions",
    "is_bound",
    "library_ir",
    "library_key",
    "library_object",
    "needs_library",
    "required",
    "scalar_symbols",
]
