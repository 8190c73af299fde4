"""Kernels as `gpu.func`s: how the loops of a nest are given to the threads of a device.

    line     one loop: a thread takes every k-th element, 16 bytes at a time where it may
    grid     several loops: threads in x along the innermost, in y along the others taken together
    tiles    a grid with inputs that are transposed: they are read along a loop of their own, and
             turned in workgroup memory
    columns  reductions within a loop that stays: see `lamina.codegen.gpu.columns`
    rows     reductions innermost: see `lamina.codegen.gpu.rows`
    total    nothing but reductions: each block makes a part, a second kernel adds the parts up

Lengths are parameters; no shape is compiled in. A kernel is right for any number of blocks and, but
for total, of threads; what is chosen does not depend on timing, so results are the same each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from lamina.codegen.emit_kernel import Argument, KernelWriter, Nest
from lamina.codegen.emit_scalar import STORED_TYPE, Element, Writer
from lamina.codegen.gpu.columns import Columns
from lamina.codegen.gpu.cooperation import GLOBAL, THREADS, Cooperation
from lamina.codegen.gpu.loop_order import fast_loop, in_order
from lamina.codegen.gpu.parts import NUMBERS
from lamina.codegen.gpu.rows import Rows
from lamina.codegen.gpu.tiles import Tiles, tiling

VECTOR_BYTES = 16


@dataclass(frozen=True)
class Parameter:
    """What a kernel is given.

    Attributes
    ----------
    name, type : str
    source : tuple
        ("in", i) or ("out", i), an array; ("stride", array, i, d); ("number", i) or ("part", i, k),
        a scalar or a half of a complex one; ("length", loop); ("vectors",), how many whole vectors
        there are to take; ("parts", k), memory for parts; ("count",), how many there are; other
        numbers of `lamina.codegen.gpu.parts`.
    """

    name: str
    type: str
    source: tuple


@dataclass(frozen=True)
class DeviceKernel:
    """A kernel for a device.

    Attributes
    ----------
    text : str
        One ``gpu.func``, or two.
    schedule : str
    parameters : tuple of Parameter
    lanes : int
        How many elements a vector has, in the schedule line.
    part_dtypes : tuple of str
        What parts are, which a second kernel takes.
    threads : int
        Of a block that merges parts, at most.
    """

    text: str
    schedule: str
    parameters: tuple[Parameter, ...]
    lanes: int = 1
    part_dtypes: tuple[str, ...] = ()
    threads: int = THREADS


def schedule_of(nest: Nest) -> str:
    """The schedule of a nest."""
    if not any(nest.combine):
        if len(nest.kinds) < 2:
            return "line"
        return "tiles" if tiling(nest) else "grid"
    if "parallel" not in nest.kinds:
        return "total"
    return "rows" if nest.kinds[fast_loop(nest)] == "reduction" else "columns"


def write_device_kernel(symbol: str, nest: Nest, declared: dict[str, str]) -> DeviceKernel:
    """Write the kernel of `nest`, all of whose outputs are in memory; functions that it calls are
    added to `declared`.
    """
    nest = on_device(nest)
    writer = DeviceWriter(symbol, nest, Writer(declared))
    text = writer.function()
    if writer.part_dtypes:
        text += DeviceWriter(f"{symbol}_end", nest, Writer(declared)).end()
    return DeviceKernel(
        text, writer.schedule, tuple(writer.parameters), writer.lanes, writer.part_dtypes,
        writer.block,
    )  # fmt: skip


def on_device(nest: Nest) -> Nest:
    """`nest` with its arrays in the device's memory, numbers among the outputs too."""
    return replace(
        nest,
        inputs=tuple(a if a.scalar else replace(a, space=GLOBAL) for a in nest.inputs),
        outputs=tuple(replace(a, scalar=False, space=GLOBAL) for a in nest.outputs),
    )


class DeviceWriter(KernelWriter):
    def __init__(self, symbol: str, nest: Nest, writer: Writer, schedule: str = ""):
        super().__init__(symbol, nest, writer)
        self.zero, self.one = writer.constant("0", "index"), writer.constant("1", "index")
        self.schedule = schedule or schedule_of(nest)
        self.lanes = self._lanes()
        self.parameters = list(self._arrays())
        self.team: Cooperation | None = None
        self.part_dtypes: tuple[str, ...] = ()
        self.memory = ""
        divided = self.schedule in ("columns", "rows")
        self.block = Columns(self).threads() if divided else THREADS

    def function(self) -> str:
        """The text of the kernel."""
        kept = in_order(self.nest, "parallel")
        if self.schedule == "line":
            self._line()
        elif self.schedule == "grid":
            with self._positions(list(range(len(self.nest.kinds)))) as at:
                self._element(at)
        elif self.schedule == "tiles":
            self._tiles()
        elif self.schedule in ("columns", "rows"):
            team = self.team = Columns(self) if self.schedule == "columns" else Rows(self)
            self._declare_parts(team, NUMBERS)
            team.write(kept)
        else:
            self.team = Cooperation(self)
            self._parts_of_total(self.team)
        return self._text()

    def end(self) -> str:
        """The text of the kernel that merges parts."""
        if self.schedule != "total":
            columns = self.team = Columns(self)
            self._declare_parts(columns, NUMBERS)
            columns.write_end(in_order(self.nest, "parallel"))
            return self._text()
        team = self.team = Cooperation(self)
        self._declare_parts(team)
        totals = team.combined(team.parts(self.index("gpu.thread_id x"), self.team_size()))
        with self.when(team.is_first(self.w.constant("true", "i1"))):
            team.keep(team._finals(totals))
        return self._text()

    def _text(self) -> str:
        memory = self.team.memory() if self.team else self.memory
        given = ", ".join(
            f"{p.name}: {p.type}" + (" {llvm.noalias}" if p.type.startswith("memref") else "")
            for p in self.parameters
        )
        head = f"gpu.func @{self.symbol}({given}){memory} kernel {{"
        return f"{head}\n{self.w.text()}\n    gpu.return\n  }}\n"

    # -- parameters --------------------------------------------------------------------------------

    def _arrays(self) -> Iterator[Parameter]:
        """The parameters of arrays and numbers, which are made memrefs and elements at the head."""
        nest = self.nest
        for loop in range(len(nest.kinds)):
            yield Parameter(f"%n{loop}", "index", ("length", loop))
        if self.lanes > 1:
            yield Parameter("%vectors", "index", ("vectors",))
        for i, a in enumerate(nest.inputs):
            if a.scalar:
                yield from self._number(i, a)
            elif i not in nest.inplace:
                yield from self._view(f"%a{i}", ("in", i), a)
        for i, a in enumerate(nest.outputs):
            yield from self._view(f"%o{i}", ("out", i), a)

    def _number(self, i: int, a: Argument) -> Iterator[Parameter]:
        w = self.w
        if a.dtype.startswith("complex"):
            part = {"complex64": "f32", "complex128": "f64"}[a.dtype]
            yield Parameter(f"%re{i}", part, ("part", i, 0))
            yield Parameter(f"%im{i}", part, ("part", i, 1))
            w.head.append(f"    %a{i} = complex.create %re{i}, %im{i} : {a.type}")
        elif a.dtype == "bool":
            yield Parameter(f"%byte{i}", "i8", ("number", i))
            zero = w.constant("0", "i8")
            w.head.append(f"    %a{i} = arith.cmpi ne, %byte{i}, {zero} : i8")
        else:
            yield Parameter(f"%a{i}", a.type, ("number", i))

    def _view(self, name: str, source: tuple, a: Argument) -> Iterator[Parameter]:
        pointer = replace(a, loops=(), strides=()).type
        if not a.loops:
            yield Parameter(name, pointer, source)
            return
        base = f"%p{name[1:]}"
        yield Parameter(base, pointer, source)
        strides = []
        for d, known in enumerate(a.strides):
            if known == 1:
                strides.append("1")
                continue
            strides.append(f"%s{name[1:]}_{d}")
            yield Parameter(strides[-1], "index", ("stride", *source, d))
        sizes = ", ".join(f"%n{loop}" for loop in a.loops)
        self.w.head.append(
            f"    {name} = memref.reinterpret_cast {base} to offset: [0], sizes: [{sizes}], "
            f"strides: [{', '.join(strides)}] : {pointer} to {a.type}"
        )

    def _length(self, loop: int) -> str:
        return f"%n{loop}"

    # -- positions ---------------------------------------------------------------------------------

    def index(self, text: str) -> str:
        """A new name for an index."""
        return self.w.let(text)

    def thread(self, axis: str) -> str:
        """The thread's number among all in an axis of the grid."""
        block = self.index(f"gpu.block_id {axis}")
        size = self.index(f"gpu.block_dim {axis}")
        first = self.index(f"arith.muli {block}, {size} : index")
        own = self.index(f"gpu.thread_id {axis}")
        return self.index(f"arith.addi {first}, {own} : index")

    def threads(self, axis: str) -> str:
        """How many threads the grid has in an axis."""
        size, blocks = self.index(f"gpu.block_dim {axis}"), self.index(f"gpu.grid_dim {axis}")
        return self.index(f"arith.muli {blocks}, {size} : index")

    @contextmanager
    def each(self, start: str, stop: str, step: str) -> Iterator[str]:
        """A loop."""
        w, at = self.w, self.w.name()
        w.line(f"scf.for {at} = {start} to {stop} step {step} {{")
        yield at
        w.line("}")

    def product(self, loops: Sequence[int]) -> str:
        """The number of positions in some loops."""
        total = self.one
        for loop in loops:
            n = self._length(loop)
            total = n if total == self.one else self.index(f"arith.muli {total}, {n} : index")
        return total

    def spread(self, linear: str, loops: Sequence[int]) -> dict[int, str]:
        """The positions in `loops` of one that counts through them in row-major order."""
        at: dict[int, str] = {}
        for loop in reversed(loops[1:]):
            n = self._length(loop)
            at[loop] = self.index(f"arith.remui {linear}, {n} : index")
            linear = self.index(f"arith.divui {linear}, {n} : index")
        if loops:
            at[loops[0]] = linear
        return at

    @contextmanager
    def _positions(self, loops: Sequence[int]) -> Iterator[dict[int, str]]:
        """Each position in `loops`: the last in x, the others in y."""
        *outer, inner = loops
        x, step = self.thread("x"), self.threads("x")
        if not outer:
            with self.each(x, self._length(inner), step) as column:
                yield {inner: column}
            return
        with self.each(self.thread("y"), self.product(outer), self.threads("y")) as row:
            at = self.spread(row, outer)
            with self.each(x, self._length(inner), step) as column:
                yield at | {inner: column}

    # -- maps --------------------------------------------------------------------------------------

    def _element(self, at: dict[int, str]) -> None:
        for i, y in enumerate(self._body(self._load(at), at.__getitem__)):
            self._store(i, y, at)

    def _lanes(self) -> int:
        """How many elements are taken at a time: as many as 16 bytes of the widest array."""
        nest = self.nest
        arrays = [a for a in (*nest.inputs, *nest.outputs) if not a.scalar]
        plain = all(
            (a.loops == (0,) and a.strides == (1,)) or (not a.loops and a in nest.inputs)
            for a in arrays
        )
        moved = [np.dtype(a.dtype) for a in arrays if a.loops]
        if self.schedule != "line" or not nest.kinds or not plain or not moved:
            return 1
        if any(d.kind == "c" for d in moved):
            return 1
        return VECTOR_BYTES // max(d.itemsize for d in moved)

    def _line(self) -> None:
        nest = self.nest
        if not nest.kinds:
            first = self.index(f"arith.cmpi eq, {self.thread('x')}, {self.zero} : index")
            self.w.line(f"scf.if {first} {{")
            self._element({})
            self.w.line("}")
            return
        start, step = self.thread("x"), self.threads("x")
        if self.lanes > 1:
            with self.each(start, "%vectors", step) as number:
                self._vector(number)
            lanes = self.w.constant(str(self.lanes), "index")
            taken = self.index(f"arith.muli %vectors, {lanes} : index")
            start = self.index(f"arith.addi {taken}, {start} : index")
        with self.each(start, self._length(0), step) as at:
            self._element({0: at})

    def _vector(self, number: str) -> None:
        """Take one vector of each array, and its lanes one by one."""
        nest, w = self.nest, self.w
        base = self.index(f"arith.muli {number}, {w.constant(str(self.lanes), 'index')} : index")
        loaded: dict[int, str] = {}
        for i, a in enumerate(nest.inputs):
            if not a.scalar and a.loops:
                loaded[i] = w.let(
                    f"vector.load {self._array(i)}[{base}] {{alignment = {self._bytes(a)} : i64}} "
                    f": {a.type}, {self._vector_type(a)}"
                )
        results: list[list[str]] = [[] for _ in nest.outputs]
        whole = self._load_numbers()
        for lane in range(self.lanes):
            at = self.index(f"arith.addi {base}, {w.constant(str(lane), 'index')} : index")
            elements = [
                self._loaded(
                    w.let(f"vector.extract {loaded[i]}[{lane}] : {STORED_TYPE[a.dtype]} from "
                          f"{self._vector_type(a)}"), a.dtype
                ) if i in loaded else whole[i]
                for i, a in enumerate(nest.inputs)
            ]  # fmt: skip
            for i, y in enumerate(self._body(elements, {0: at}.__getitem__)):
                results[i].append(self._stored(y))
        for i, a in enumerate(nest.outputs):
            made = w.let(f"vector.from_elements {', '.join(results[i])} : {self._vector_type(a)}")
            w.line(
                f"vector.store {made}, %o{i}[{base}] {{alignment = {self._bytes(a)} : i64}} "
                f": {a.type}, {self._vector_type(a)}"
            )

    def _load_numbers(self) -> dict[int, Element]:
        """The inputs that are the same for all elements."""
        made = {}
        for i, a in enumerate(self.nest.inputs):
            if a.scalar:
                made[i] = Element(f"%a{i}", a.dtype, self.w)
            elif not a.loops:
                made[i] = self._loaded(self.w.let(f"memref.load {self._array(i)}[] : {a.type}"),
                                       a.dtype)  # fmt: skip
        return made

    def _vector_type(self, a: Argument) -> str:
        return f"vector<{self.lanes}x{STORED_TYPE[a.dtype]}>"

    def _bytes(self, a: Argument) -> int:
        return self.lanes * np.dtype(a.dtype).itemsize

    def _tiles(self) -> None:
        tiled = tiling(self.nest)
        assert tiled
        tiles = Tiles(self, tiled)
        self.memory = tiles.memory()
        tiles.write()

    # -- reductions --------------------------------------------------------------------------------

    @contextmanager
    def each_row(self, kept: Sequence[int]) -> Iterator[tuple[dict[int, str], str]]:
        """The rows of the teams of a block: where one is in the loops that are `kept`, and whether
        there is one, for a block's threads go through this together: in it they wait for each
        other.
        """
        rows = self.product(kept)
        last = self.index(f"arith.subi {rows}, {self.one} : index")
        size, own = self.index("gpu.block_dim y"), self.index("gpu.thread_id y")
        block, blocks = self.index("gpu.block_id x"), self.index("gpu.grid_dim x")
        first = self.index(f"arith.muli {block}, {size} : index")
        step = self.index(f"arith.muli {blocks}, {size} : index")
        with self.each(first, rows, step) as begun:
            row = self.index(f"arith.addi {begun}, {own} : index")
            active = self.index(f"arith.cmpi slt, {row}, {rows} : index")
            yield self.spread(self.index(f"arith.minsi {row}, {last} : index"), kept), active

    def _parts_of_total(self, team: Cooperation) -> None:
        *outer, inner = team.order
        block, blocks = self.index("gpu.block_id x"), self.index("gpu.grid_dim x")
        n = self._length(inner)
        if outer:
            span = self.index("gpu.thread_id x"), n, self.team_size()
        else:
            span = self.thread("x"), n, self.threads("x")
        totals = team.combined(team.share((block, self.product(outer), blocks), span))
        self._declare_parts(team)
        with self.when(team.is_first(self.w.constant("true", "i1"))):
            team.put_part(totals, block)

    def _declare_parts(self, team: Cooperation, numbers: Sequence[str] = ("count",)) -> None:
        self.part_dtypes = team.dtypes
        self.parameters += [Parameter(f"%{name}", "index", (name,)) for name in numbers]
        for k, dtype in enumerate(team.dtypes):
            type = f"memref<{STORED_TYPE[dtype]}, {GLOBAL}>"
            self.parameters.append(Parameter(f"%q{k}", type, ("parts", k)))
        team.declare_parts()

    def team_size(self) -> str:
        """How many threads take a result together."""
        return self.index("gpu.block_dim x")

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """A branch."""
        self.w.line(f"scf.if {condition} {{")
        yield
        self.w.line("}")
