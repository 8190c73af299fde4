"""Which functions the vector math library has, in which forms and under which symbols."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from lamina.codegen import vector_math_error_function as error_function
from lamina.codegen import vector_math_exponential as exponential
from lamina.codegen import vector_math_logarithm as logarithm
from lamina.codegen import vector_math_power as power
from lamina.codegen import vector_math_trigonometric as trigonometric
from lamina.codegen.target import Target, host
from lamina.codegen.vector_math_trace import Value

DTYPES = {"f64": "double", "f32": "float"}
_BITS = {"f64": 64, "f32": 32}


@dataclass(frozen=True)
class Function:
    """A function of the library.

    Attributes
    ----------
    name : str
        C's name for the function of doubles, or an own one for what C lacks.
    formula : callable
        Takes a `Value` for each argument and returns one.
    arity : int
        Number of arguments.
    dtypes : tuple of str
        ``"f64"`` and ``"f32"``.
    widths : dict
        Dtype to the vector lengths that exist beside the scalar form, shortest first.
    """

    name: str
    formula: Callable[..., Value]
    arity: int
    dtypes: tuple[str, ...]
    widths: dict[str, tuple[int, ...]]


def symbol(name: str, dtype: str, lanes: int = 1) -> str:
    """Return the linker's name of one form of a function.

    Examples
    --------
    >>> symbol("exp", "f64"), symbol("exp", "f32", 8)
    ('lm_exp_f64', 'lm_exp_f32_v8')
    """
    return f"lm_{name}_{dtype}" + (f"_v{lanes}" if lanes > 1 else "")


def widths(target: Target, dtype: str) -> tuple[int, ...]:
    """Return the vector lengths for a dtype: what fits a register, and shorter for loop ends.

    Two floats are half of the shortest register; only where that is also the longest (128 bits) do
    loops that mix them with doubles ask for two.
    """
    longest = target.vector_bits() // _BITS[dtype]
    shortest = 4 if dtype == "f32" and longest > 4 else 2
    return tuple(n for n in (2, 4, 8, 16) if shortest <= n <= longest)


_FORMULAS: dict[str, tuple[int, Callable[..., Value]]] = {
    "exp": (1, exponential.exp),
    "exp2": (1, exponential.exp2),
    "expm1": (1, exponential.expm1),
    "sinh": (1, exponential.sinh),
    "cosh": (1, exponential.cosh),
    "tanh": (1, exponential.tanh),
    "sigmoid": (1, exponential.sigmoid),
    "log": (1, logarithm.log),
    "log2": (1, logarithm.log2),
    "log10": (1, logarithm.log10),
    "log1p": (1, logarithm.log1p),
    "softplus": (1, logarithm.softplus),
    "asinh": (1, logarithm.asinh),
    "acosh": (1, logarithm.acosh),
    "atanh": (1, logarithm.atanh),
    "pow": (2, power.pow),
    "cbrt": (1, power.cbrt),
    "sin": (1, trigonometric.sin),
    "cos": (1, trigonometric.cos),
    "tan": (1, trigonometric.tan),
    "asin": (1, trigonometric.asin),
    "acos": (1, trigonometric.acos),
    "atan": (1, trigonometric.atan),
    "atan2": (2, trigonometric.atan2),
    "erf": (1, error_function.erf),
    "erfc": (1, error_function.erfc),
}

# A power whose base stays the same in a loop has its logarithm taken once, before it.
POWER_PARTS: dict[str, tuple[int, Callable[..., Value]]] = {
    "log_high": (1, power.log_high),
    "log_low": (1, power.log_low),
    "pow_by_log": (4, power.pow_by_log),
}

# What C lacks is in the library even where C's functions are not replaced.
_OWN_BY_LIBM = {
    "sigmoid": exponential.sigmoid_by_libm,
    "softplus": logarithm.softplus_by_libm,
}


def functions(target: Target | None = None) -> dict[str, Function]:
    """Return what the library replaces, by name; nothing on a processor that cannot fuse.

    Without fused multiply-add the polynomials would be slower than libm, or different in every bit
    from machine to machine.
    """
    return _functions(target or host())


@cache
def _functions(target: Target) -> dict[str, Function]:
    if not target.has_fma():
        return {}
    lanes = {dtype: widths(target, dtype) for dtype in DTYPES}
    return {
        name: Function(name, formula, arity, tuple(DTYPES), lanes)
        for name, (arity, formula) in _FORMULAS.items()
    } | {
        name: Function(name, formula, arity, ("f64",), lanes)
        for name, (arity, formula) in POWER_PARTS.items()
    }


def defined(target: Target) -> dict[str, Function]:
    """Return what the library defines: `functions`, and by libm's functions what C lacks."""
    scalar: dict[str, tuple[int, ...]] = dict.fromkeys(DTYPES, ())
    return {
        name: Function(name, formula, 1, tuple(DTYPES), scalar)
        for name, formula in _OWN_BY_LIBM.items()
    } | functions(target)
