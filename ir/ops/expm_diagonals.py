"""The diagonals that are known of the exponential of a triangular matrix."""

from __future__ import annotations

from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.lapack import Lapack


class KnownDiagonals:
    """The main diagonal of exp(A) for a triangular A, and the one next to it in the triangle.

    Squaring loses their digits where A is far from normal, and they carry the loss on: Al-Mohy and
    Higham (2009), section 2, code fragment 2.1. Of other matrices nothing is known, nor changed.
    """

    def __init__(self, lapack: Lapack, n: Any):
        b = lapack.b
        self.lapack, self.n = lapack, n
        self.diagonal, self.beside = (b.scratch(lapack.dtype, n) for _ in range(2))
        self.upper, self.lower = b.cell(0), b.cell(0)

    def note(self, a: Any) -> None:
        """Take down those of A."""
        b = self.lapack.b
        self.upper.value = self.lower.value = 1
        with b.loop(self.n) as i, b.loop(self.n) as j, b.when(nd.neq(a[i, j], 0)):
            with b.when(i > j):
                self.upper.value = 0
            with b.when(i < j):
                self.lower.value = 0
        with b.loop(self.n) as i:
            self.diagonal[i] = a[i, i]
        with b.loop(self.n - 1) as i:
            # one of the two is 0, if the matrix is triangular
            self.beside[i] = a[i, i + 1] + a[i + 1, i]

    def restore(self, y: Any, doublings: Any) -> None:
        """Put those of exp(2^doublings A) in their places."""
        b, dtype = self.lapack.b, self.lapack.dtype
        upper, lower = nd.eq(self.upper.value, 1), nd.eq(self.lower.value, 1)
        with b.when(upper | lower):
            factor = b.cast(nd.exp2(b.cast(doublings, "float64")), dtype)
            with b.loop(self.n) as i:
                y[i, i] = nd.exp(self.diagonal[i] * factor)
            with b.loop(self.n - 1) as i:
                first, second = self.diagonal[i] * factor, self.diagonal[i + 1] * factor
                value = self.beside[i] * factor * _divided_difference(b, first, second)
                with b.when(upper):
                    y[i, i + 1] = value
                with b.when(lower):
                    y[i + 1, i] = value


def _divided_difference(b: Any, x: Any, y: Any) -> Any:
    """(exp(x) - exp(y)) / (x - y), with all digits where x and y are close, or equal."""
    half = (x - y) / 2
    close = nd.abs(half) < 1.0
    same = nd.eq(half, 0)
    one = b.number(1.0, x.dtype)
    apart = nd.switch(same, one, half)
    growth = nd.switch(same, one, nd.sinh(apart) / apart)
    difference = (nd.exp(x) - nd.exp(y)) / (apart * 2)
    return nd.switch(close, nd.exp((x + y) / 2) * growth, difference)
