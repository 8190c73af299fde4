"""Instructions that scalar bodies are made of, where no op of the family says the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lamina.ir.binding import Operand


@dataclass(frozen=True)
class Primitive:
    """An instruction or library call on scalars.

    Attributes
    ----------
    name : str
        An MLIR operation, or the name of a C function.
    form : str
        ``"op"``: an MLIR operation on operands of one type, with a result of that type.
        ``"call"``: a C function of doubles, with the suffix f for floats.
        ``"complex call"``: a C99 function of double complex.
        ``"scipy"``: a function of doubles of ``scipy.special.cython_special``.
        ``"part"``: an MLIR operation from complex to its real type.
        ``"whole"``: an MLIR operation from reals to complex.
    """

    name: str
    form: str = "op"

    def __call__(self, *operands: Any) -> Any:
        symbolic = next(x for x in operands if isinstance(x, Operand))
        return symbolic.bind(self, operands)  # type: ignore[arg-type]


def mlir(name: str) -> Primitive:
    """The MLIR operation `name`."""
    return Primitive(name)


def call(name: str) -> Primitive:
    """The C function `name` of doubles (or, with f at the end of its name, of floats)."""
    return Primitive(name, "call")


def complex_call(name: str) -> Primitive:
    """The C99 function `name` of double complex."""
    return Primitive(name, "complex call")
