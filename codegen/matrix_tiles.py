"""Products of small matrices in LLVM IR: tiles of the result in registers.

    for a tile of C:   acc = 0;  for p in k: acc[i] += A[i, p] * B[p, :];  C = alpha acc + beta C

A tile is some rows by one or two vectors. A is read number by number, at any strides, and so may be
a transpose; B by rows: of a transpose, a few columns are turned into rows first. The ends of rows
are read and written under a mask.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lamina.codegen.target import Target

LETTERS = {"f64": "double", "f32": "float"}
_BITS = {"f64": 64, "f32": 32}
_CHAINS = 8  # additions under way: one takes 4 cycles, and a processor begins two in each

PANEL = 256
"""Rows of B that are brought together at a time."""
LONG = 8
"""Vectors of a tile of one row where there is one row only."""


@dataclass(frozen=True)
class Shape:
    """Of vectors and tiles on a processor.

    Attributes
    ----------
    dtype : str
        ``"f64"`` or ``"f32"``.
    lanes : int
        Elements of a vector.
    rows : int
        Of a tile of two vectors.
    """

    dtype: str
    lanes: int
    rows: int

    @property
    def element(self) -> str:
        return LETTERS[self.dtype]

    @property
    def vector(self) -> str:
        return f"<{self.lanes} x {self.element}>"


def shape_for(target: Target, dtype: str) -> Shape:
    """The shape for which a processor has registers: 32 of them or 16."""
    many = target.has("avx512f") or target.architecture == "aarch64"
    return Shape(dtype, target.vector_bits() // _BITS[dtype], 8 if many else 4)


class Code:
    """A function while it is written. Variables are in memory: LLVM moves them to registers."""

    def __init__(self, shape: Shape):
        self.shape, self.lines, self.head = shape, [], []
        self.declarations: set[str] = set()
        self._names = 0

    def let(self, text: str) -> str:
        self._names += 1
        self.lines.append(f"  %v{self._names} = {text}")
        return f"%v{self._names}"

    def do(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def variable(self, kind: str, start: str) -> str:
        self._names += 1
        self.head.append(f"  %v{self._names} = alloca {kind}, align 64")
        self.do(f"store {kind} {start}, ptr %v{self._names}")
        return f"%v{self._names}"

    def get(self, kind: str, variable: str) -> str:
        return self.let(f"load {kind}, ptr {variable}")

    def at(self, base: str, *offsets: str) -> str:
        """The address of an element that is some elements further."""
        for offset in offsets:
            base = self.let(f"getelementptr {self.shape.element}, ptr {base}, i64 {offset}")
        return base

    def label(self) -> str:
        self._names += 1
        return f"b{self._names}"

    def start(self, label: str) -> None:
        self.do(f"br label %{label}")
        self.lines.append(f"{label}:")

    @contextmanager
    def loop(self, first: str, stop: str, step: int | str = 1) -> Iterator[str]:
        """While ``first + step i`` is below `stop`."""
        counter = self.variable("i64", first)
        head, body, end = self.label(), self.label(), self.label()
        self.start(head)
        i = self.get("i64", counter)
        more = self.let(f"icmp slt i64 {i}, {stop}")
        self.do(f"br i1 {more}, label %{body}, label %{end}")
        self.lines.append(f"{body}:")
        yield i
        self.do(f"store i64 {self.let(f'add i64 {i}, {step}')}, ptr {counter}")
        self.do(f"br label %{head}")
        self.lines.append(f"{end}:")

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        body, end = self.label(), self.label()
        self.do(f"br i1 {condition}, label %{body}, label %{end}")
        self.lines.append(f"{body}:")
        yield
        self.start(end)

    def least(self, a: str, b: str) -> str:
        return self.let(f"call i64 @llvm.smin.i64(i64 {a}, i64 {b})")

    def splat(self, x: str) -> str:
        s = self.shape
        one = self.let(f"insertelement {s.vector} poison, {s.element} {x}, i64 0")
        zeros = f"<{s.lanes} x i32> zeroinitializer"
        return self.let(f"shufflevector {s.vector} {one}, {s.vector} poison, {zeros}")

    def mask(self, count: str, lanes: int) -> str:
        """The first `count` of the lanes."""
        kind = f"<{lanes} x i64>"
        one = self.let(f"insertelement {kind} poison, i64 {count}, i64 0")
        zeros = f"<{lanes} x i32> zeroinitializer"
        all = self.let(f"shufflevector {kind} {one}, {kind} poison, {zeros}")
        numbers = ", ".join(f"i64 {i}" for i in range(lanes))
        return self.let(f"icmp slt {kind} <{numbers}>, {all}")

    def read(self, pointer: str, mask: str | None) -> str:
        s = self.shape
        align = _BITS[s.dtype] // 8
        if mask is None:
            return self.let(f"load {s.vector}, ptr {pointer}, align {align}")
        return self.let(
            f"call {s.vector} @llvm.masked.load.v{s.lanes}{s.dtype}.p0(ptr {pointer}, "
            f"i32 {align}, <{s.lanes} x i1> {mask}, {s.vector} zeroinitializer)"
        )

    def write(self, x: str, pointer: str, mask: str | None, lanes: int = 0) -> None:
        s, lanes = self.shape, lanes or self.shape.lanes
        align, kind = _BITS[s.dtype] // 8, f"<{lanes} x {s.element}>"
        if mask is None:
            self.do(f"store {kind} {x}, ptr {pointer}, align {align}")
            return
        self.do(
            f"call void @llvm.masked.store.v{lanes}{s.dtype}.p0({kind} {x}, ptr {pointer}, "
            f"i32 {align}, <{lanes} x i1> {mask})"
        )

    def multiply_add(self, a: str, b: str, c: str) -> str:
        v = self.shape.vector
        name = f"@llvm.fmuladd.v{self.shape.lanes}{self.shape.dtype}"
        return self.let(f"call {v} {name}({v} {a}, {v} {b}, {v} {c})")

    def shuffle(self, a: str, b: str, lanes: Sequence[int], width: int) -> str:
        kind = f"<{width} x {self.shape.element}>"
        order = ", ".join(f"i32 {i}" for i in lanes)
        return self.let(f"shufflevector {kind} {a}, {kind} {b}, <{len(lanes)} x i32> <{order}>")

    def define(self, head: str, attributes: str = "") -> str:
        body = "\n".join([*self.head, *self.lines])
        return f"define {head} {attributes} {{\n{body}\n}}\n"


def declarations(shape: Shape) -> str:
    """Of LLVM's functions that the code calls."""
    d, e = shape.dtype, shape.element
    lines = ["declare i64 @llvm.smin.i64(i64, i64)"]
    v, n = shape.vector, shape.lanes
    lines.append(f"declare {v} @llvm.fmuladd.v{n}{d}({v}, {v}, {v})")
    lines.append(f"declare {v} @llvm.masked.load.v{n}{d}.p0(ptr, i32 immarg, <{n} x i1>, {v})")
    for lanes in sorted({n, min(n, 8)}):
        kind = f"<{lanes} x {e}>"
        lines.append(
            f"declare void @llvm.masked.store.v{lanes}{d}.p0({kind}, ptr, i32 immarg, "
            f"<{lanes} x i1>)"
        )
    return "\n".join(lines) + "\n"


# -- tiles -----------------------------------------------------------------------------------------

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


# -- panels ----------------------------------------------------------------------------------------


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
                a, b = rows[i], rows[i + s]
                upper = [n + q - s if q & s else q for q in range(n)]
                lower = [n + q if q & s else q + s for q in range(n)]
                made[i], made[i + s] = c.shuffle(a, b, upper, n), c.shuffle(a, b, lower, n)
        rows, s = made, 2 * s
    return rows


# -- products with a vector ------------------------------------------------------------------------


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
            a, b = vectors[i], vectors[i + 1]
            upper = [width + q - s if q & s else q for q in range(width)]
            lower = [width + q if q & s else q + s for q in range(width)]
            x, y = c.shuffle(a, b, upper, width), c.shuffle(a, b, lower, width)
            made.append(c.let(f"fadd <{width} x {kind}> {x}, {y}"))
        vectors, s = made, 2 * s
    return vectors[0]


def _scaled(c: Code, total: str, place: str, mask: str, lanes: int, none: str) -> None:
    """Write ``alpha total + beta y``, without reading y where beta is 0."""
    e, d = c.shape.element, c.shape.dtype
    kind = f"<{lanes} x {e}>"

    def splat(x: str) -> str:
        one = c.let(f"insertelement {kind} poison, {e} {x}, i64 0")
        return c.shuffle(one, "poison", [0] * lanes, lanes)

    result = c.variable(kind, c.let(f"fmul {kind} {total}, {splat('%alpha')}"))
    with c.when(c.let(f"xor i1 {none}, true")):
        align = _BITS[d] // 8
        old = c.let(
            f"call {kind} @llvm.masked.load.v{lanes}{d}.p0(ptr {place}, i32 {align}, "
            f"<{lanes} x i1> {mask}, {kind} zeroinitializer)"
        )
        scaled = c.let(f"fmul {kind} {old}, {splat('%beta')}")
        c.do(f"store {kind} {c.let(f'fadd {kind} {scaled}, {c.get(kind, result)}')}, ptr {result}")
    c.write(c.get(kind, result), place, mask, lanes)
