"""Linear systems with symmetric, diagonal, tridiagonal and banded matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.lapack import Lapack


class RightSides:
    """Where LAPACK finds B by columns and leaves X: a vector is there already."""

    def __init__(self, lapack: Lapack, op: Any, results: Any):
        self.lapack, self.vector = lapack, op.b_ndim == 1
        if not self.vector:
            n, count = results[0].lengths[-2:]
            self.count, self.own = count, lapack.matrix(count, n)

    def solve(self, x: Any, call: Callable[[Any, Any], Any]) -> Any:
        """The info of ``call(number of columns, place of them)``."""
        if self.vector:
            return call(1, x)
        self.lapack.columns(x, self.own)
        info = call(self.count, self.own)
        self.lapack.from_columns(self.own, x)
        return info


def solve_symmetric(lapack: Lapack, op: Any, operands: Any, results: Any) -> None:
    """By Bunch and Kaufman's decomposition of one triangle."""
    b, n = lapack.b, operands[0].lengths[-1]
    own, pivots = lapack.matrix(n, n), b.scratch("int32", n)
    right = RightSides(lapack, op, results)
    name = "hesv" if op.assume_a == "her" and not lapack.real else "sysv"
    start = ("L" if op.lower else "U", n)
    space = lapack.workspace(
        name, *start, 1, own, lapack.leading(n), pivots, own, lapack.leading(n), "work", "lwork"
    )
    with lapack.batch() as (a, _, x):
        lapack.columns(a, own)

        def call(count: Any, columns: Any) -> Any:
            ld = lapack.leading(n)
            return lapack(name, *start, count, own, ld, pivots, columns, ld, *space)

        lapack.fail_if(right.solve(x, call) > 0)


def solve_diagonal(lapack: Lapack, op: Any, operands: Any, results: Any) -> None:
    """By division."""
    b, n = lapack.b, operands[0].lengths[-1]
    with lapack.batch() as (a, _, x), b.loop(n) as i:
        d = a[i, i]
        lapack.fail_if(nd.eq(d, 0))
        if op.b_ndim == 1:
            x[i] = x[i] / d
        else:
            with b.loop(x.lengths[1]) as j:
                x[i, j] = x[i, j] / d


def solve_tridiagonal(lapack: Lapack, op: Any, operands: Any, results: Any) -> None:
    """By elimination with pivots on the three diagonals."""
    b, n = lapack.b, operands[0].lengths[-1]
    below, middle, above = (b.scratch(lapack.dtype, n) for _ in range(3))
    right = RightSides(lapack, op, results)
    with lapack.batch() as (a, _, x):
        with b.loop(n) as i:
            middle[i] = a[i, i]
        with b.loop(n - 1) as i:
            below[i] = a[i + 1, i]
            above[i] = a[i, i + 1]

        def call(count: Any, columns: Any) -> Any:
            return lapack("gtsv", n, count, below, middle, above, columns, lapack.leading(n))

        lapack.fail_if(right.solve(x, call) > 0)


def solve_banded(lapack: Lapack, op: Any, operands: Any, results: Any) -> None:
    """By LU decomposition of the diagonals between the outermost ones that are not zero."""
    b, n = lapack.b, operands[0].lengths[-1]
    # A[i, j] lies at [j, lower + upper + i - j]; the first `lower` places are for exchanged rows
    stored = n * 3
    band, pivots = lapack.matrix(n, stored), b.scratch("int32", n)
    right = RightSides(lapack, op, results)
    lower, upper = b.cell(0), b.cell(0)
    with lapack.batch() as (a, _, x):
        lower.value = upper.value = 0
        with b.loop(n) as i, b.loop(n) as j, b.when(nd.neq(a[i, j], 0)):
            lower.value = nd.maximum(lower.value, i - j)
            upper.value = nd.maximum(upper.value, j - i)
        below, above = lower.value, upper.value
        with b.loop(n) as j:
            with b.loop(nd.maximum(j - above, 0), nd.minimum(j + below + 1, n)) as i:
                band[j, below + above + i - j] = a[i, j]

        def call(count: Any, columns: Any) -> Any:
            return lapack(
                "gbsv", n, below, above, count, band, lapack.leading(stored), pivots, columns,
                lapack.leading(n),
            )  # fmt: skip

        lapack.fail_if(right.solve(x, call) > 0)
