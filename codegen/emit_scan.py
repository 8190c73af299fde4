"""Loops of the host function: what is done again and again, and what is carried along.

    ^chunk(%t0, carried...):  ^loop(%t, carried...):  a step  ->  ^loop(%t + 1, ...)  ->  ^exit

A carried number is a block argument, so that it stays in a register. A carried array is an address:
of the row of the trace that the last step wrote, or of one of a few places that take turns. Between
chunks of steps the interpreter may end the loop: Ctrl-C is heard within a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from xdsl.ir import Operation, SSAValue

from lamina.codegen.array import Array, planned_place
from lamina.codegen.emit_scalar import MLIR_TYPE, Element, cast
from lamina.ir import dialect as nd
from lamina.runtime.descriptor import ERROR_RAISED

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Host

_CHUNK = float(1 << 20)  # of elements computed, of some nanoseconds each
_MARKS = {
    "lamina_workspace_mark": "func.func private @lamina_workspace_mark(!llvm.ptr, !llvm.ptr)",
    "lamina_workspace_reset": "func.func private @lamina_workspace_reset(!llvm.ptr)",
    "PyErr_CheckSignals": "func.func private @PyErr_CheckSignals() -> i32",
}


@dataclass
class Frame:
    """A loop under construction.

    Attributes
    ----------
    first_name : int
        Names of the host function from this number on are of the step,
    before : list of str
        but for those made by these lines, which go before the loop.
    rows, places : dict
        The array that this step writes: a row of a trace, what is carried, by number.
    scratch : bool
        Whether a step takes memory of the workspace, to be given back at its end.
    steps : str
        How many there are, at most.
    work : dict
        How often a step computes as many elements as the product of these lengths; None if what it
        does is not counted.
    """

    first_name: int
    before: list[str] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)
    rows: dict[int, Array] = field(default_factory=dict)
    places: dict[int, Array] = field(default_factory=dict)
    scratch: bool = False
    steps: str = ""
    work: dict[tuple[str, ...], int] | None = field(default_factory=dict)

    def place(self, kind: str, number: int, lengths: tuple[str, ...]) -> Array | None:
        """Where a result of the step goes; None if it is for the step to find a place."""
        array = (self.rows if kind == "row" else self.places).get(number)
        return None if array is None else replace(array, lengths=lengths)

    def is_outside(self, name: str) -> bool:
        """Whether a name has its value before the loop."""
        number = name[1:].partition("#")[0]  # the rest is that of a result
        return name in self.outside or not number.isdigit() or int(number) <= self.first_name


def emit_scan(host: Host, op: nd.ScanOp) -> None:
    """Write a loop."""
    _Loop(host, op).emit()


def trace_of(host: Host, op: nd.ScanOp, k: int, n: str) -> Array | None:
    """The memory of trace `k` of n rows; None if only a step tells the lengths of its rows."""
    lengths = [n]
    for text in op.attributes["rows"].data[k]:  # type: ignore[attr-defined]
        where = text.data.split()
        if where == ["?"]:
            return None
        if len(where) == 1:
            lengths.append(host.i64(int(where[0])))
        else:
            lengths.append(host.arrays[op.operands[int(where[0])]].lengths[int(where[1])])
    return _new_trace(host, op, k, lengths)


def _new_trace(host: Host, op: nd.ScanOp, k: int, lengths: Sequence[str]) -> Array:
    number = len(op.carried) + k
    if op.until and planned_place(op, number)[0] == "output":
        # how long the output is, is known at the end only
        dtype = nd.dtype_of(op.results[number])
        pointer = host._workspace(lengths, dtype)
        return Array(pointer, dtype, tuple(lengths), host._row_major(lengths))
    return host._array_for(op, number, lengths)


class _Loop:
    def __init__(self, host: Host, op: nd.ScanOp):
        self.host, self.op, self.w = host, op, host.w
        self.n = host._scalar_length(op.operands[0])
        self.carried = list(op.carried)
        self.on = list(op.yielded[: len(self.carried)])
        self.traced = list(op.yielded[len(self.carried) :][: len(op.traces)])
        host.loops += 1
        self.label = host.loops

    def emit(self) -> None:
        host, w, op = self.host, self.w, self.op
        self.traces = [trace_of(host, op, k, self.n) for k in range(len(self.traced))]
        self.blocks = 0
        self.late = self._late_cells()
        mark = host.on_stack(2)
        self.rings = self._rings()
        self.cells = {
            i: host._workspace([host.i64(2)], nd.dtype_of(v))
            for i, v in enumerate(self.on)
            if host.is_carried_in_memory(op, v)
        }
        starts = [self._start(i, v) for i, v in enumerate(op.starts)]
        types = [self._type(i, v) for i, v in enumerate(self.carried)]
        frame = Frame(w._count, steps=self.n)
        outer_lines, w.lines = w.lines, []
        outer_slots, host.slots = host.slots, {}
        self.outer_slots = outer_slots
        outer_memrefs, host.memrefs = host.memrefs, dict(host.memrefs)
        host.frames.append(frame)
        host.results.append(frame.place)
        t = w.name()
        arguments = [w.name() for _ in self.carried]
        next_t, stop, carried = self._step(t, arguments, frame, mark)
        host.frames.pop()
        host.results.pop()
        step, w.lines = w.lines, outer_lines
        host.slots, host.memrefs = outer_slots, outer_memrefs
        w.lines += frame.before
        frame.scratch = frame.scratch or bool(self.late)
        if self.late and host.frames:
            host.frames[-1].scratch = True  # of a step of the outer loop
        if frame.scratch:
            for symbol in ("lamina_workspace_mark", "lamina_workspace_reset"):
                w.declare(symbol, _MARKS[symbol])
        label = self.label
        typed = ", ".join(["i64", *types])
        t0, limit = w.name(), ""
        chunk_names = [w.name() for _ in self.carried]
        chunk_args = ", ".join(
            f"{a}: {b}" for a, b in zip([t0, *chunk_names], ["i64", *types], strict=True)
        )
        zero, chunk = host.i64(0), self._chunk(frame)
        w.line(f"cf.br ^chunk{label}({', '.join([zero, *starts])} : {typed})")
        w.line(f"^chunk{label}({chunk_args}):")
        ahead = w.let(f"arith.addi {t0}, {chunk} : i64")
        limit = w.let(f"arith.minsi {ahead}, {self.n} : i64")
        w.line(f"cf.br ^loop{label}({', '.join([t0, *chunk_names])} : {typed})")
        loop_args = ", ".join(
            f"{a}: {b}" for a, b in zip([t, *arguments], ["i64", *types], strict=True)
        )
        w.line(f"^loop{label}({loop_args}):")
        more = w.let(f"arith.cmpi slt, {t}, {limit} : i64")
        w.line(f"cf.cond_br {more}, ^step{label}, ^pause{label}")
        w.line(f"^step{label}:")
        if frame.scratch:
            w.line(f"func.call @lamina_workspace_mark(%ctx, {mark}) : (!llvm.ptr, !llvm.ptr) -> ()")
        w.lines += step
        if frame.scratch:
            w.line(f"func.call @lamina_workspace_reset({mark}) : (!llvm.ptr) -> ()")
        again = f"^loop{label}({', '.join([next_t, *carried])} : {typed})"
        if stop is None:
            w.line(f"cf.br {again}")
        else:
            end = f"^exit{label}({', '.join([next_t, *carried])} : {typed})"
            w.line(f"cf.cond_br {stop}, {end}, {again}")
        w.line(f"^pause{label}:")
        ended = w.let(f"arith.cmpi sge, {t}, {self.n} : i64")
        end = f"^exit{label}({', '.join([t, *arguments])} : {typed})"
        w.line(f"cf.cond_br {ended}, {end}, ^hear{label}")
        w.line(f"^hear{label}:")
        w.declare("PyErr_CheckSignals", _MARKS["PyErr_CheckSignals"])
        heard = w.let("func.call @PyErr_CheckSignals() : () -> i32")
        failed = w.let(f"arith.cmpi ne, {heard}, {w.constant('0', 'i32')} : i32")
        host._leave_if(failed, ERROR_RAISED, ())
        w.line(f"cf.br ^chunk{label}({', '.join([t, *arguments])} : {typed})")
        done = w.name()
        ends = [w.name() for _ in self.carried]
        exit_args = ", ".join(
            f"{a}: {b}" for a, b in zip([done, *ends], ["i64", *types], strict=True)
        )
        w.line(f"^exit{label}({exit_args}):")
        self._finish(done, ends)

    # -- before the loop ---------------------------------------------------------------------------

    def _chunk(self, frame: Frame) -> str:
        """The steps between which the interpreter is not asked: some milliseconds of them."""
        host, w = self.host, self.w
        if frame.work is None or not all(frame.is_outside(n) for ns in frame.work for n in ns):
            return host.i64(1)
        if not frame.work:
            return host.i64(int(_CHUNK))
        total = Element(w.constant("1.0", "f64"), "float64", w)
        for lengths, times in frame.work.items():
            part = Element(w.constant(f"{times}.0", "f64"), "float64", w)
            for n in lengths:
                part = part * cast(Element(n, "int64", w), "float64", w)
            total = total + part
        most = Element(w.constant(str(_CHUNK), "f64"), "float64", w)
        steps = w.let(f"arith.fptosi {(most / total).name} : f64 to i64")
        return w.let(f"arith.maxsi {steps}, {host.i64(1)} : i64")

    def _rings(self) -> dict[int, tuple[Array, int]]:
        """For what is carried and neither traced nor taken from another carry: places in turn.

        One more than there are steps for which the value is kept.
        """
        host, found = self.host, {}
        for i, v in enumerate(self.on):
            if not nd.rank(v) or v in self.carried or v in self.traced:
                continue
            holders = {i}
            while True:
                more = {
                    j for j, u in enumerate(self.on)
                    if u in self.carried and self.carried.index(u) in holders
                }  # fmt: skip
                if more <= holders:
                    break
                holders |= more
            lengths = host.arrays[self.op.starts[i]].lengths
            count = 1 if self._in_place(i) else len(holders) + 1
            pointer = host._workspace([host.i64(count), *lengths], nd.dtype_of(v))
            whole = Array(pointer, nd.dtype_of(v), lengths, host._row_major(lengths))
            found[i] = whole, count
        return found

    def _in_place(self, i: int) -> bool:
        """Whether a step overwrites what is carried as number `i`."""
        made: Any = self.on[i].owner
        number = list(made.results).index(self.on[i])
        place, operand = planned_place(made, number)
        return place == "operand" and made.operands[operand] is self.carried[i]

    def _start(self, i: int, v: SSAValue) -> str:
        host = self.host
        if i in self.cells:
            first = self._cell(i, host.i64(1))
            host.put(v, first)
            return first
        if not nd.rank(v):
            return host.scalars[v].name
        if i in self.rings and self._in_place(i):
            whole, _ = self.rings[i]
            host.move(host.arrays[v], whole)
            return whole.pointer
        return host.arrays[v].pointer

    def _cell(self, i: int, turn: str) -> str:
        """Where the number that is carried as number `i` is in every other step."""
        dtype = nd.dtype_of(self.on[i])
        return self.host._offset(Array(self.cells[i], dtype, (), ()), turn)

    def _type(self, i: int, v: SSAValue) -> str:
        return "!llvm.ptr" if nd.rank(v) or i in self.cells else MLIR_TYPE[nd.dtype_of(v)]

    # -- a step ------------------------------------------------------------------------------------

    def _step(
        self, t: str, arguments: Sequence[str], frame: Frame, mark: str
    ) -> tuple[str, str | None, list[str]]:
        host, w, op = self.host, self.w, self.op
        args = list(op.block.args)
        for arg, v in zip(args, op.sequences, strict=False):
            self._bind_row(arg, host.arrays[v], t)
        for i, (arg, name, start) in enumerate(
            zip(self.carried, arguments, op.starts, strict=True)
        ):
            if i in self.cells:
                host.scalars[arg] = host.number_at(name, nd.dtype_of(arg))
            elif nd.rank(arg):
                host.arrays[arg] = replace(
                    host.arrays[start], pointer=name, contiguous=True,
                    strides=host._row_major(host.arrays[start].lengths),
                )  # fmt: skip
            else:
                host.scalars[arg] = Element(name, nd.dtype_of(arg), w)
        for arg, v in zip(args[len(args) - len(op.same) :], op.same, strict=True):
            host.bind(arg, v)
        for k, trace in enumerate(self.traces):
            if trace is not None and nd.rank(self.traced[k]):
                frame.rows[k] = self._row(trace, t)
        for i, (whole, count) in self.rings.items():
            if self._in_place(i):
                continue
            turn = w.let(f"arith.remui {t}, {host.i64(count)} : i64")
            size = host._product(whole.lengths)
            frame.places[i] = replace(whole, pointer=host._offset(whole, host.mul(turn, size)))
        for inner in op.block.ops:
            if not isinstance(inner, nd.YieldOp):
                host._op(inner)
        lives: dict[SSAValue, str] = {}  # where a value is when the step has ended
        for k, (trace, v) in enumerate(zip(self.traces, self.traced, strict=True)):
            if nd.rank(v):
                if trace is None:
                    lives[v] = self._keep_late(k, v, t, mark)
                else:
                    self._settle(v, frame.rows[k], lives)
                continue
            assert trace is not None
            host.put(v, host._offset(trace, t))
        for i, place in frame.places.items():
            if self.on[i] not in lives:
                self._settle(self.on[i], place, lives)
        carried = [self._carried_on(i, v, t, lives) for i, v in enumerate(self.on)]
        stop = host.scalars[op.yielded[-1]].name if op.until else None
        next_t = w.let(f"arith.addi {t}, {host.i64(1)} : i64")
        return next_t, stop, carried

    def _carried_on(self, i: int, v: SSAValue, t: str, lives: dict[SSAValue, str]) -> str:
        host = self.host
        if i in self.cells:
            cell = self._cell(i, self.w.let(f"arith.remui {t}, {host.i64(2)} : i64"))
            host.put(v, cell)
            return cell
        if not nd.rank(v):
            return str(host.scalars[v].name)
        return lives.get(v) or host.arrays[v].pointer

    def _settle(self, v: SSAValue, place: Array, lives: dict[SSAValue, str]) -> None:
        """Copy to its place what was made before a check told that it fits there."""
        if self._is_apart(v):
            self.host.move(self.host.arrays[v], place)
            lives[v] = place.pointer

    def _is_apart(self, v: SSAValue) -> bool:
        """Whether a value lives in a slot of the step."""
        while isinstance(v.owner, Operation):
            made: Any = v.owner
            kind, number = planned_place(made, list(made.results).index(v))
            if kind != "operand":
                return kind == "slot"
            v = made.operands[number]
        return False

    def _bind_row(self, arg: SSAValue, x: Array, t: str) -> None:
        host = self.host
        moved = self.w.let(f"arith.muli {t}, {x.strides[0]} : i64")
        pointer = host._offset(x, moved)
        row = replace(
            x, pointer=pointer, lengths=x.lengths[1:], strides=x.strides[1:], contiguous=True
        )
        host.keep(arg, row)

    def _row(self, trace: Array, t: str) -> Array:
        host = self.host
        at = self.w.let(f"arith.muli {t}, {trace.strides[0]} : i64")
        return replace(
            trace, pointer=host._offset(trace, at), lengths=trace.lengths[1:],
            strides=trace.strides[1:],
        )  # fmt: skip

    # -- traces whose rows have lengths that only a step tells -------------------------------------

    def _keep_late(self, k: int, v: SSAValue, t: str, mark: str) -> str:
        """Make the trace in the first step; copy the row to it. The address of the row."""
        host, w = self.host, self.w
        x = host.arrays[v]
        pointer, *lengths = self.late[k]
        self.blocks += 1
        label = f"{self.label}_{self.blocks}"
        first = w.let(f"arith.cmpi eq, {t}, {host.i64(0)} : i64")
        w.line(f"cf.cond_br {first}, ^first{label}, ^later{label}")
        w.line(f"^first{label}:")
        # its place is one of the block around the loop
        place, slots, host.slots = host.results.pop(), host.slots, dict(self.outer_slots)
        trace = _new_trace(host, self.op, k, [self.n, *x.lengths])
        host.slots = slots
        host.results.append(place)
        w.line(f"llvm.store {trace.pointer}, {pointer} : !llvm.ptr, !llvm.ptr")
        for cell, n in zip(lengths, x.lengths, strict=True):
            w.line(f"llvm.store {n}, {cell} : i64, !llvm.ptr")
        # what has been asked for by now stays
        w.line(f"func.call @lamina_workspace_mark(%ctx, {mark}) : (!llvm.ptr, !llvm.ptr) -> ()")
        w.line(f"cf.br ^later{label}")
        w.line(f"^later{label}:")
        for axis, (cell, n) in enumerate(zip(lengths, x.lengths, strict=True)):
            known = w.let(f"llvm.load {cell} : !llvm.ptr -> i64")
            differ = w.let(f"arith.cmpi ne, {known}, {n} : i64")
            host.errors.append(self._entry(axis))
            host._leave_if(differ, len(host.errors), (known, n))
        data = w.let(f"llvm.load {pointer} : !llvm.ptr -> !llvm.ptr")
        strides = host._row_major([self.n, *x.lengths])
        whole = replace(x, pointer=data, lengths=(self.n, *x.lengths), strides=strides)
        row = self._row(whole, t)
        host.move(x, row)
        return row.pointer

    def _entry(self, axis: int) -> dict[str, Any]:
        entry: dict[str, Any] = {"kind": "equal", "what": "row", "axis": axis, "op": "scan"}
        if self.host.line:
            entry["line"] = self.host.line
        return entry

    def _late_cells(self) -> dict[int, list[str]]:
        """For each such trace where its address and the lengths of its rows are kept."""
        found = {}
        for k, (trace, v) in enumerate(zip(self.traces, self.traced, strict=True)):
            if trace is None:
                found[k] = [self.host.on_stack(1, "!llvm.ptr")]
                found[k] += [self.host.on_stack(1) for _ in range(nd.rank(v))]
        return found

    def _late_trace(self, k: int, done: str) -> Array:
        """The trace after the loop; where there was no step, one of no rows."""
        host, w = self.host, self.w
        pointer, *cells = self.late[k]
        self.blocks += 1
        label = f"{self.label}_{self.blocks}"
        none = w.let(f"arith.cmpi eq, {done}, {host.i64(0)} : i64")
        w.line(f"cf.cond_br {none}, ^none{label}, ^some{label}")
        w.line(f"^none{label}:")
        static = [n or 0 for n in nd.static_shape(self.op.traces[k])[1:]]
        empty = _new_trace(host, self.op, k, [host.i64(0), *map(host.i64, static)])
        w.line(f"llvm.store {empty.pointer}, {pointer} : !llvm.ptr, !llvm.ptr")
        for cell, n in zip(cells, static, strict=True):
            w.line(f"llvm.store {host.i64(n)}, {cell} : i64, !llvm.ptr")
        w.line(f"cf.br ^some{label}")
        w.line(f"^some{label}:")
        data = w.let(f"llvm.load {pointer} : !llvm.ptr -> !llvm.ptr")
        # what shares the memory of the trace from here on finds it on either way
        place, number = planned_place(self.op, len(self.carried) + k)
        if place == "slot":
            host.slots[number] = data
        lengths = (self.n, *(w.let(f"llvm.load {cell} : !llvm.ptr -> i64") for cell in cells))
        return Array(data, nd.dtype_of(self.op.traces[k]), lengths, host._row_major(lengths))

    # -- after the loop ----------------------------------------------------------------------------

    def _finish(self, done: str, ends: Sequence[str]) -> None:
        host, op = self.host, self.op
        for i, (result, name) in enumerate(zip(op.results, ends, strict=False)):
            if i in self.cells:
                host.scalars[result] = host.number_at(name, nd.dtype_of(result))
            elif not nd.rank(result):
                host.scalars[result] = Element(name, nd.dtype_of(result), self.w)
            elif result.first_use is not None:
                start = host.arrays[op.starts[i]]
                last = replace(
                    start, pointer=name, contiguous=True, strides=host._row_major(start.lengths)
                )
                array = host._array_for(op, i, start.lengths)
                host.move(last, array)
                host.arrays[result] = array
        for k, (result, trace) in enumerate(zip(op.traces, self.traces, strict=True)):
            if trace is None:
                trace = self._late_trace(k, done)
            if not op.until:
                host.arrays[result] = trace
                continue
            shorter = replace(trace, lengths=(done, *trace.lengths[1:]))
            if planned_place(op, len(self.carried) + k)[0] == "output":
                array = host._array_for(op, len(self.carried) + k, shorter.lengths)
                host.move(shorter, array)
                shorter = array
            host.arrays[result] = shorter
        if op.until:
            host.scalars[op.results[-1]] = Element(done, "int64", self.w)
