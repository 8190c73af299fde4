"""Products of small matrices in LLVM IR: tiles of the result in registers.

    for a tile of C:   acc = 0;  for p in k: acc[i] += A[i, p] * B[p, :];  C = alpha acc + beta C

A tile is some rows by one or two vectors. A is read number by number, at any strides, and so may be
a transpose; B by rows. The ends of rows are read and written under a mask.
"""

from __future__ import annotations

from lamina.codegen.vector_code import Code, Shape

_CHAINS = 8  # additions under way: one takes 4 cycles, and a processor begins two in each

LONG = 8
"""Vectors of a tile of one row where there is one row only."""

_TILE = (
    "i64 %k, {e} %alpha, ptr %a, i64 %arow, i64 %acol, ptr %b, i64 %brow, {e} %beta, "
    "ptr %c, i64 %crow, i64 %last"
)


def tile_name(rows: int, vectors: int, masked: bool) -> str:
    return f"tile_{rows}x{vectors}{'m' * masked}"


def tile(shape: Shape, rows: int, vectors: int, masked: bool) -> str:
    """A function that computes a tile; where `masked`, its last vector has `%last` elements."""
    c, v = Code(shape), shape.vector
    last = c.mask("%last", shape.lanes) if masked else None
    masks = [None] * (vectors - 1) + [last]
    columns = range(vectors)
    at_b = c.variable("ptr", "%b")
    split = max(1, _CHAINS // (rows * vectors))
    accumulators = [
        [[c.variable(v, "zeroinitializer") for _ in columns] for _ in range(rows)]
        for _ in range(split)
    ]
    from_a = [c.let(f"mul i64 {i}, %arow") for i in range(rows)]
    starts = [c.at("%a", offset) for offset in from_a]

    def step(p: str, sums: list[list[str]]) -> None:
        b = c.get("ptr", at_b)
        right = [c.read(c.at(b, str(j * shape.lanes)), masks[j]) for j in columns]
        c.do(f"store ptr {c.at(b, '%brow')}, ptr {at_b}")
        moved = c.let(f"mul i64 {p}, %acol")
        for i in range(rows):
            x = c.splat(c.let(f"load {shape.element}, ptr {c.at(starts[i], moved)}"))
            for j in columns:
                old = c.get(v, sums[i][j])
                c.do(f"store {v} {c.multiply_add(x, right[j], old)}, ptr {sums[i][j]}")

    done = "0"
    if split > 1:
        rest = c.let(f"srem i64 %k, {split}")
        done = c.let(f"sub i64 %k, {rest}")
        with c.loop("0", done, split) as p:
            for number, sums in enumerate(accumulators):
                step(c.let(f"add i64 {p}, {number}"), sums)
    with c.loop(done, "%k") as p:
        step(p, accumulators[0])
    factor, weight = c.splat("%alpha"), c.splat("%beta")
    totals = []
    for i in range(rows):
        for j in columns:
            parts = [c.get(v, sums[i][j]) for sums in accumulators]
            while len(parts) > 1:
                parts = [
                    c.let(f"fadd {v} {x}, {y}") if y else x
                    for x, y in zip(parts[::2], [*parts[1::2], ""], strict=False)
                ]
            place = c.at("%c", c.let(f"mul i64 {i}, %crow"), str(j * shape.lanes))
            totals.append((c.let(f"fmul {v} {parts[0]}, {factor}"), place, masks[j]))
    fresh, onto = c.label(), c.label()
    none = c.let(f"fcmp oeq {shape.element} %beta, 0.0")
    c.do(f"br i1 {none}, label %{fresh}, label %{onto}")
    c.lines.append(f"{fresh}:")
    for total, place, mask in totals:
        c.write(total, place, mask)
    c.do("ret void")
    c.lines.append(f"{onto}:")
    olds = [c.read(place, mask) for _, place, mask in totals]
    for (total, place, mask), old in zip(totals, olds, strict=True):
        c.write(c.multiply_add(weight, old, total), place, mask)
    c.do("ret void")
    name = tile_name(rows, vectors, masked)
    return c.define(f"internal void @{name}({_TILE.format(e=shape.element)})", "noinline")


def column_name(vectors: int, masked: bool) -> str:
    return f"column_{vectors}{'m' * masked}"


def column(shape: Shape, vectors: int, masked: bool) -> str:
    """A function that computes the tiles of one or two vectors below each other, for `%m` rows."""
    c, e = Code(shape), shape.element
    rest = c.let(f"srem i64 %m, {shape.rows}")
    whole = c.let(f"sub i64 %m, {rest}")

    def call(rows: int, i: str) -> None:
        a = c.at("%a", c.let(f"mul i64 {i}, %arow"))
        place = c.at("%c", c.let(f"mul i64 {i}, %crow"))
        c.do(
            f"call void @{tile_name(rows, vectors, masked)}(i64 %k, {e} %alpha, ptr {a}, "
            f"i64 %arow, i64 %acol, ptr %b, i64 %brow, {e} %beta, ptr {place}, i64 %crow, "
            "i64 %last)"
        )

    with c.loop("0", whole, shape.rows) as i:
        call(shape.rows, i)
    end = c.label()
    labels = [c.label() for _ in range(1, shape.rows)]
    cases = " ".join(f"i64 {r}, label %{name}" for r, name in enumerate(labels, 1))
    c.do(f"switch i64 {rest}, label %{end} [ {cases} ]")
    for rows, name in enumerate(labels, 1):
        c.lines.append(f"{name}:")
        call(rows, whole)
        c.do(f"br label %{end}")
    c.lines.append(f"{end}:")
    c.do("ret void")
    head = f"internal void @{column_name(vectors, masked)}(i64 %m, {_TILE.format(e=e)})"
    return c.define(head, "noinline")


def matrix(shape: Shape) -> str:
    """``C = alpha A B + beta C`` of any sizes, column of tiles after column of tiles."""
    c, e, n = Code(shape), shape.element, shape.lanes
    wide = 2 * n

    def call(vectors: int, masked: bool, j: str, last: str) -> None:
        c.do(
            f"call void @{column_name(vectors, masked)}(i64 %m, i64 %k, {e} %alpha, ptr %a, "
            f"i64 %arow, i64 %acol, ptr {c.at('%b', j)}, i64 %brow, {e} %beta, "
            f"ptr {c.at('%c', j)}, i64 %crow, i64 {last})"
        )

    rest = c.let(f"srem i64 %n, {wide}")
    whole = c.let(f"sub i64 %n, {rest}")
    with c.loop("0", whole, wide) as j:
        call(2, False, j, "0")
    with c.when(c.let(f"icmp sgt i64 {rest}, {n}")):
        call(2, True, whole, c.let(f"sub i64 {rest}, {n}"))
    with c.when(c.let(f"icmp ult i64 {c.let(f'sub i64 {rest}, 1')}, {n}")):
        call(1, True, whole, rest)
    c.do("ret void")
    head = (
        f"internal void @matrix(i64 %m, i64 %n, i64 %k, {e} %alpha, ptr %a, i64 %arow, i64 %acol, "
        f"ptr %b, i64 %brow, {e} %beta, ptr %c, i64 %crow)"
    )
    return c.define(head, "noinline")


def row(shape: Shape) -> str:
    """``y = alpha x B + beta y``: long pieces of the rows of B, as memory likes to be read."""
    c, e = Code(shape), shape.element
    wide = LONG * shape.lanes
    rest = c.let(f"srem i64 %n, {wide}")
    whole = c.let(f"sub i64 %n, {rest}")
    with c.loop("0", whole, wide) as j:
        c.do(
            f"call void @{tile_name(1, LONG, False)}(i64 %k, {e} %alpha, ptr %a, i64 0, i64 %acol, "
            f"ptr {c.at('%b', j)}, i64 %brow, {e} %beta, ptr {c.at('%c', j)}, i64 0, i64 0)"
        )
    c.do(
        f"call void @matrix(i64 1, i64 {rest}, i64 %k, {e} %alpha, ptr %a, i64 0, i64 %acol, "
        f"ptr {c.at('%b', whole)}, i64 %brow, {e} %beta, ptr {c.at('%c', whole)}, i64 0)"
    )
    c.do("ret void")
    head = (
        f"internal void @row(i64 %n, i64 %k, {e} %alpha, ptr %a, i64 %acol, ptr %b, i64 %brow, "
        f"{e} %beta, ptr %c)"
    )
    return c.define(head, "noinline")
