"""Draws from PCG64, the generator of ``default_rng``, without a call: uniform, normal, exponential.

They are what NumPy's C functions compute, operation by operation. Where a ziggurat is left, the
state goes back to what it was before the draw, and NumPy's function draws.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.graph.generator_state import KINDS
from lamina.ir.ops.sampler import Source
from lamina.ir.ops.ziggurat import EXPONENTIAL, NORMAL, Ziggurat, tables

# Where C compilers contract a product and a sum, NumPy's numbers have other last bits.
CAN_INLINE = platform.machine() in ("x86_64", "AMD64")
NUMBER = 1 + [kind.name for kind in KINDS].index("PCG64")


class InlineSource(Source):
    """A PCG64, whose state is in registers until ``end``.

    Parameters
    ----------
    b : codegen.loops.Loops
    bits : str
        The address of a bitgen_t, which is opened where C functions draw.
    words : View
        The state.
    """

    def __init__(self, b: Any, bits: str, words: Any):
        super().__init__(b, bits)
        self.words = words
        self.pcg = b.pcg64(words)

    def end(self) -> None:
        """After the last draw."""
        self.pcg.store()

    def floating(self, function: str, *parameters: Any) -> Any:
        return INLINE[function](self, *parameters)

    def uniform(self) -> Any:
        """In [0, 1), a multiple of 2**-53."""
        return self.b.cast(self.pcg.bits(self.pcg.next(), 11, 53), "float64") * 2.0**-53

    def ziggurat(self, form: Ziggurat) -> Any:
        """A normal or exponential number."""
        b, pcg = self.b, self.pcg
        widths, limits = map(b.table, tables(form))
        before = pcg.state()
        bits = pcg.next()
        layer = pcg.bits(bits, form.layer, 8)
        magnitude = pcg.bits(bits, form.magnitude, form.bits)
        x = b.cast(magnitude, "float64") * widths[layer]
        if form.sign >= 0:
            x = nd.switch(nd.eq(pcg.bits(bits, form.sign, 1), 1), -x, x)
        drawn = b.cell(x)
        with b.when(nd.ge(magnitude, limits[layer])):
            pcg.store(before)
            with self.opened(self.words):
                drawn.value = Source.floating(self, form.function)
            pcg.fetch()
        return drawn.value


INLINE: dict[str, Callable[..., Any]] = {
    "random_standard_uniform": InlineSource.uniform,
    "random_uniform": lambda s, low, width: low + width * s.uniform(),
    "random_standard_normal": lambda s: s.ziggurat(NORMAL),
    "random_normal": lambda s, loc, scale: loc + scale * s.ziggurat(NORMAL),
    "random_exponential": lambda s, scale: scale * s.ziggurat(EXPONENTIAL),
}

# The distributions that draw by these alone.
INLINED = frozenset({"uniform", "normal", "halfnormal", "exponential", "categorical"})
