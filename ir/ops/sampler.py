"""What tells how a distribution is drawn from in compiled code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

# Words of NumPy's binomial_t, where random_binomial keeps what it has found out about n and p.
_BINOMIAL_WORDS = 24


class Check(NamedTuple):
    """What a parameter may not be.

    Attributes
    ----------
    message : str
    wrong : callable
        Whether numbers are wrong.
    parameters : tuple of int
        Which parameters the numbers are of.
    error : str
        The exception.
    of_numbers : str
        The message where NumPy words it otherwise for numbers than for arrays.
    """

    message: str
    wrong: Callable[..., Any]
    parameters: tuple[int, ...]
    error: str = "ValueError"
    of_numbers: str = ""

    def worded(self, batch_ndim: int) -> str:
        """The message about parameters of a batch."""
        return self.of_numbers if self.of_numbers and not batch_ndim else self.message


class Source:
    """What numbers are drawn from: an open bit generator.

    Parameters
    ----------
    b : codegen.loops.Loops
    bits : str
        The address of NumPy's bitgen_t.
    """

    def __init__(self, b: Any, bits: str):
        self.b, self.bits = b, bits

    @contextmanager
    def opened(self, words: Any) -> Iterator[None]:
        """Do the block with the bit generator open on a state."""
        self.b.call("lamina_bitgen_open", [words, self.bits])
        yield
        self.b.call("lamina_bitgen_close", [words])

    def floating(self, function: str, *parameters: Any) -> Any:
        """A draw by a C function whose parameters and result are doubles."""
        return self.b.call_for("float64", function, [self.bits, *parameters])

    def integer(self, function: str, *parameters: Any) -> Any:
        """A draw by a C function that gives an int64."""
        return self.b.call_for("int64", function, [self.bits, *parameters])

    def binomial(self, n: Any, p: Any) -> Any:
        return self.integer("random_binomial", p, n, self.binomial_state)

    def clear_binomial_state(self) -> None:
        """Before the first draw by ``binomial``."""
        b = self.b
        self.binomial_state = b.stack("i64", _BINOMIAL_WORDS)
        zero = b.number(0)
        for i in range(_BINOMIAL_WORDS):
            at = b.w.let(
                f"llvm.getelementptr {self.binomial_state}[{i}] : (!llvm.ptr) -> !llvm.ptr, i64"
            )
            b.w.line(f"llvm.store {zero.name}, {at} : i64, !llvm.ptr")


@dataclass(frozen=True)
class Sampler:
    """How to draw from a distribution.

    Attributes
    ----------
    dtypes : tuple of str
        What the parameters are converted to.
    result : str
        The dtype that is drawn.
    draw : callable
        ``draw(source, *parameters)`` is one draw; of a distribution of vectors it has rows as
        parameters and, last, the row to fill, if there is one.
    checks : tuple of Check
        On numbers; the elements of a vector one by one.
    first : callable, optional
        What is drawn before, for all places of the batch; ``draw`` has it as the first parameter.
    binomial : bool
        Whether NumPy keeps what it finds out about a binomial distribution for the next draw.
    memory : callable, optional
        ``memory(b, *parameters)`` asks for scratch memory, which ``draw`` has as the parameter
        before the row to fill. Of parameters that are batched it may use lengths alone.
    fill : callable, optional
        ``fill(source, *parameters, count, y)`` draws a whole array by parameters that are numbers.
    scale : int, optional
        The parameter of SciPy's distributions which, where it is 0 throughout, lets nothing be
        drawn: the results are the parameter before it, the location.
    """

    dtypes: tuple[str, ...]
    result: str
    draw: Callable[..., Any]
    checks: tuple[Check, ...] = ()
    first: Callable[..., Any] | None = None
    binomial: bool = False
    memory: Callable[..., Any] | None = None
    fill: Callable[..., Any] | None = None
    scale: int | None = None


def parameters_at(parameters: Sequence[Any], dims: Sequence[Sequence[int]], at: Any) -> list[Any]:
    """The numbers or rows of parameters at a place of the batch."""
    parts = [
        place_of(x, [at[d] for d in own]) if hasattr(x, "lengths") else x
        for x, own in zip(parameters, dims, strict=True)
    ]
    return [x.value if hasattr(x, "lengths") and not x.lengths else x for x in parts]


def place_of(x: Any, at: Sequence[Any]) -> Any:
    """The part of an array at a place of the batch."""
    part = replace(x, core=len(x.lengths) - len(at))
    return part.at(list(at))
