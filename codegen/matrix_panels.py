"""Products with a large B: panels of it are brought together in memory first. The columns of a
transpose are turned into rows.
"""

from __future__ import annotations

from lamina.codegen.vector_code import Code, Shape

PANEL = 256
"""Rows of B that are brought together at a time."""


def panels(shape: Shape, turned: bool) -> str:
    """``C = alpha A B + beta C``: B by panels, each brought together in memory of this function;
    where `turned`, ``C = alpha A B' + beta C``.
    """
    c, e, n = Code(shape), shape.element, shape.lanes
    c.head.append(f"  %panel = alloca [{PANEL * 2 * n} x {e}], align 64")
    with c.loop("0", "%k", PANEL) as p:
        count = c.least(c.let(f"sub i64 %k, {p}"), str(PANEL))
        first = c.let(f"icmp eq i64 {p}, 0")
        beta = c.let(f"select i1 {first}, {e} %beta, {e} 1.0")
        a = c.at("%a", c.let(f"mul i64 {p}, %acol"))
        with c.loop("0", "%n", 2 * n) as j:
            columns = c.least(c.let(f"sub i64 %n, {j}"), str(2 * n))
            with c.loop("0", columns, n) as part:
                first_column, to = c.let(f"add i64 {j}, {part}"), c.at("%panel", part)
                (_turn if turned else _gather)(c, count, first_column, p, to)
            c.do(
                f"call void @matrix(i64 %m, i64 {columns}, i64 {count}, {e} %alpha, ptr {a}, "
                f"i64 %arow, i64 %acol, ptr %panel, i64 {2 * n}, {e} {beta}, "
                f"ptr {c.at('%c', j)}, i64 %crow)"
            )
    c.do("ret void")
    name = "turned" if turned else "panels"
    head = (
        f"internal void @{name}(i64 %m, i64 %n, i64 %k, {e} %alpha, ptr %a, i64 %arow, i64 %acol, "
        f"ptr %b, i64 %brow, {e} %beta, ptr %c, i64 %crow)"
    )
    return c.define(head, "noinline")


def _gather(c: Code, count: str, column: str, p: str, to: str) -> None:
    """Copy columns of B, as many as a vector has elements, to the panel."""
    n = c.shape.lanes
    mask = c.mask(c.let(f"sub i64 %n, {column}"), n)
    with c.loop("0", count) as q:
        at = c.let(f"mul i64 {c.let(f'add i64 {p}, {q}')}, %brow")
        x = c.read(c.at("%b", at, column), mask)
        c.write(x, c.at(to, c.let(f"mul i64 {q}, {2 * n}")), None)


def _turn(c: Code, count: str, row: str, p: str, to: str) -> None:
    """Write rows of B, as many as a vector has elements, as columns of the panel."""
    n = c.shape.lanes
    end = c.let("sub i64 %n, 1")
    rows = []
    for i in range(n):
        # beyond the last row it is read again: no one looks at those columns
        number = c.least(c.let(f"add i64 {row}, {i}"), end)
        rows.append(c.at("%b", c.let(f"mul i64 {number}, %brow"), p))
    with c.loop("0", count, n) as q:
        mask = c.mask(c.let(f"sub i64 {count}, {q}"), n)
        for i, x in enumerate(_transposed(c, [c.read(c.at(r, q), mask) for r in rows])):
            at = c.let(f"add i64 {q}, {i}")
            c.write(x, c.at(to, c.let(f"mul i64 {at}, {2 * n}")), None)


def _transposed(c: Code, rows: list[str]) -> list[str]:
    """Vectors whose element i, j is element j, i: blocks beside the diagonal change places."""
    n, s = len(rows), 1
    while s < n:
        made = list(rows)
        for i in range(n):
            if not i & s:
                made[i], made[i + s] = c.interleave(rows[i], rows[i + s], s, n)
        rows, s = made, 2 * s
    return rows
