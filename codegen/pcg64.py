"""PCG64 in registers: the 128-bit congruential generator of NumPy's default, XSL-RR output.

M. E. O'Neill, PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random
Number Generation, 2014, section 6.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lamina.codegen.emit_scalar import Element

if TYPE_CHECKING:
    from lamina.codegen.loops import Loops, View

MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645


class Pcg64:
    """A state that is kept out of memory between draws.

    Parameters
    ----------
    b : Loops
    words : View
        The state in memory (``lamina.ir.graph.generator_state``): 128 bits from word 2 on, then as
        many of the increment.
    """

    def __init__(self, b: Loops, words: View):
        self.b = b
        self.place = words.offset([b.number(2)])
        increment = words.offset([b.number(4)])
        self.increment = self._load(increment)
        self.kept = b.stack("i128")
        self.fetch()

    def _load(self, pointer: str) -> str:
        # words are aligned to 8 bytes only where a state is a row of an array
        return self.b.w.let(f"llvm.load {pointer} {{alignment = 8 : i64}} : !llvm.ptr -> i128")

    def fetch(self) -> None:
        """Take the state from memory."""
        self._keep(self._load(self.place))

    def store(self, state: str | None = None) -> None:
        """Put the state, or an earlier one, into memory."""
        state = state or self.state()
        self.b.w.line(f"llvm.store {state}, {self.place} {{alignment = 8 : i64}} : i128, !llvm.ptr")

    def _keep(self, state: str) -> None:
        self.b.w.line(f"llvm.store {state}, {self.kept} : i128, !llvm.ptr")

    def state(self) -> str:
        """The name of the state's value."""
        return self.b.w.let(f"llvm.load {self.kept} : !llvm.ptr -> i128")

    def next(self) -> Element:
        """The next 64 bits, as an int64."""
        w = self.b.w
        factor, half, top = (w.constant(str(n), "i128") for n in (MULTIPLIER, 64, 122))
        product = w.let(f"arith.muli {self.state()}, {factor} : i128")
        state = w.let(f"arith.addi {product}, {self.increment} : i128")
        self._keep(state)
        upper = w.let(f"arith.shrui {state}, {half} : i128")
        turn = w.let(f"arith.shrui {state}, {top} : i128")
        low, high, turns = (w.let(f"arith.trunci {x} : i128 to i64") for x in (state, upper, turn))
        mixed = w.let(f"arith.xori {high}, {low} : i64")
        rotated = f"llvm.intr.fshr({mixed}, {mixed}, {turns}) : (i64, i64, i64) -> i64"
        return Element(w.let(rotated), "int64", w)

    def bits(self, x: Element, first: int, count: int) -> Element:
        """`count` bits of an int64, from bit number `first`."""
        w = self.b.w
        moved = w.let(f"arith.shrui {x.name}, {w.constant(str(first), 'i64')} : i64")
        mask = w.constant(str((1 << count) - 1), "i64")
        return Element(w.let(f"arith.andi {moved}, {mask} : i64"), "int64", w)
