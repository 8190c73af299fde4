"""Functions on vectors in LLVM IR, as they are written for a processor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from lamina.codegen.target import Target

LETTERS = {"f64": "double", "f32": "float"}
_BITS = {"f64": 64, "f32": 32}


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

    def splat(self, x: str, lanes: int = 0, element: str = "") -> str:
        """A vector of elements that are all `x`."""
        element, lanes = element or self.shape.element, lanes or self.shape.lanes
        kind = f"<{lanes} x {element}>"
        one = self.let(f"insertelement {kind} poison, {element} {x}, i64 0")
        zeros = f"<{lanes} x i32> zeroinitializer"
        return self.let(f"shufflevector {kind} {one}, {kind} poison, {zeros}")

    def mask(self, count: str, lanes: int) -> str:
        """The first `count` of the lanes."""
        all, numbers = self.splat(count, lanes, "i64"), ", ".join(f"i64 {i}" for i in range(lanes))
        return self.let(f"icmp slt <{lanes} x i64> <{numbers}>, {all}")

    def read(self, pointer: str, mask: str | None, lanes: int = 0) -> str:
        s, lanes = self.shape, lanes or self.shape.lanes
        align, kind = _BITS[s.dtype] // 8, f"<{lanes} x {s.element}>"
        if mask is None:
            return self.let(f"load {kind}, ptr {pointer}, align {align}")
        return self.let(
            f"call {kind} @llvm.masked.load.v{lanes}{s.dtype}.p0(ptr {pointer}, "
            f"i32 {align}, <{lanes} x i1> {mask}, {kind} zeroinitializer)"
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

    def interleave(self, a: str, b: str, s: int, width: int) -> tuple[str, str]:
        """Of each pair of groups of `s` elements the first ones of `a` and `b`, and the second."""
        upper = [width + q - s if q & s else q for q in range(width)]
        lower = [width + q if q & s else q + s for q in range(width)]
        return self.shuffle(a, b, upper, width), self.shuffle(a, b, lower, width)

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
