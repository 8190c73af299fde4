"""Products of a matrix and a vector, which are read along rows: sums of eight rows at a time."""

from __future__ import annotations

from lamina.codegen.vector_code import Code, Shape


def rows_by_vector(shape: Shape) -> str:
    """``y = alpha A x + beta y``, where A and x are read along rows."""
    c, e, v, n = Code(shape), shape.element, shape.vector, shape.lanes
    group = min(n, 8)
    end = c.let("sub i64 %m, 1")
    rest = c.let(f"srem i64 %k, {n}")
    whole = c.let(f"sub i64 %k, {rest}")
    tail = c.mask(rest, n)
    none = c.let(f"fcmp oeq {e} %beta, 0.0")
    with c.loop("0", "%m", 8) as i:
        starts = []
        for r in range(8):
            # beyond the last row it is read again: those sums are not written
            number = c.least(c.let(f"add i64 {i}, {r}"), end)
            starts.append(c.at("%a", c.let(f"mul i64 {number}, %arow")))
        sums = [c.variable(v, "zeroinitializer") for _ in range(8)]

        def step(p: str, mask: str | None) -> None:
            x = c.read(c.at("%x", p), mask)
            for start, total in zip(starts, sums, strict=True):  # noqa: B023
                y = c.multiply_add(c.read(c.at(start, p), mask), x, c.get(v, total))
                c.do(f"store {v} {y}, ptr {total}")

        with c.loop("0", whole, n) as p:
            step(p, None)
        with c.when(c.let(f"icmp ne i64 {rest}, 0")):
            step(whole, tail)
        totals = [c.get(v, total) for total in sums]
        for first in range(0, 8, group):
            at = c.let(f"add i64 {i}, {first}")
            total = _added_up(c, totals[first : first + group], n)
            mask = c.mask(c.let(f"sub i64 %m, {at}"), group)
            _scaled(c, total, c.at("%y", at), mask, group, none)
    c.do("ret void")
    head = (
        f"internal void @rows_by_vector(i64 %m, i64 %k, {e} %alpha, ptr %a, i64 %arow, ptr %x, "
        f"{e} %beta, ptr %y)"
    )
    return c.define(head, "noinline")


def _added_up(c: Code, vectors: list[str], width: int) -> str:
    """The vector of the sums of vectors, whose number divides their length."""
    kind = c.shape.element

    def halves(a: str, b: str, width: int) -> tuple[str, str]:
        half = width // 2
        return (
            c.shuffle(a, b, [*range(half), *range(width, width + half)], width),
            c.shuffle(a, b, [*range(half, width), *range(width + half, 2 * width)], width),
        )

    while width > len(vectors):  # their own halves together
        made = []
        for x in vectors:
            low = c.shuffle(x, "poison", range(width // 2), width)
            high = c.shuffle(x, "poison", range(width // 2, width), width)
            made.append(c.let(f"fadd <{width // 2} x {kind}> {low}, {high}"))
        vectors, width = made, width // 2
    s = 1  # element q of a sum of two belongs to one of them as bit s of q says
    while s < width:
        made = []
        for i in range(0, len(vectors), 2):
            x, y = c.interleave(vectors[i], vectors[i + 1], s, width)
            made.append(c.let(f"fadd <{width} x {kind}> {x}, {y}"))
        vectors, s = made, 2 * s
    return vectors[0]


def _scaled(c: Code, total: str, place: str, mask: str, lanes: int, none: str) -> None:
    """Write ``alpha total + beta y``, without reading y where beta is 0."""
    kind = f"<{lanes} x {c.shape.element}>"
    result = c.variable(kind, c.let(f"fmul {kind} {total}, {c.splat('%alpha', lanes)}"))
    with c.when(c.let(f"xor i1 {none}, true")):
        old = c.read(place, mask, lanes)
        scaled = c.let(f"fmul {kind} {old}, {c.splat('%beta', lanes)}")
        c.do(f"store {kind} {c.let(f'fadd {kind} {scaled}, {c.get(kind, result)}')}, ptr {result}")
    c.write(c.get(kind, result), place, mask, lanes)
