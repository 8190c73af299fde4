"""Routines: the function of each, and the host's call of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lamina.codegen.array import Array
from lamina.codegen.emit_scalar import Element, Writer
from lamina.codegen.loops import Loops, Operand, View, row_major
from lamina.codegen.memory import from_memory, memory_type, to_memory
from lamina.ir import dialect as nd

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Host


@dataclass(frozen=True)
class Argument:
    """How an operand or result is passed: a number by value, or an address, lengths and strides.

    Attributes
    ----------
    shape : tuple
        The static lengths; a 1 in the batch is not moved along.
    core : int
    layout : "rows" or "steps"
        Without gaps, so that lengths tell the strides; or in any steps.
    """

    dtype: str
    shape: tuple[int | None, ...]
    core: int
    layout: str
    scalar: bool = False

    def numbers(self, x: Array) -> tuple[str, ...]:
        """What is passed of an array besides its address."""
        return (*x.lengths, *x.strides) if self.layout == "steps" else x.lengths


@dataclass(frozen=True)
class Application:
    """A routine with what it is given and where its results go.

    Attributes
    ----------
    arrays : list
        For each operand its array, None for a number.
    results : list of Array
    passed : list
        How each operand is passed; None for the one that the first result begins as.
    made : list of Argument
    """

    definition: Any
    operands: Sequence[Any]
    arrays: list[Array | None]
    results: list[Array]
    passed: list[Argument | None]
    made: list[Argument]


def result_arrays(host: Host, op: Any) -> list[Array]:
    """The places of the results, with the lengths that the operands state."""
    shapes = [nd.static_shape(v) for v in op.operands]
    results: list[Array] = []
    for k, r in enumerate(op.results):
        lengths = []
        for axis, known in enumerate(nd.static_shape(r)):
            if known is not None:
                lengths.append(host.i64(known))
                continue
            source = op.definition.stated(shapes, k, axis)
            if isinstance(source, tuple):
                lengths.append(host.arrays[op.operands[source[0]]].lengths[source[1]])
            else:
                lengths.append(host._scalar_length(op.operands[source]))
        results.append(
            host._array_for(op, k, lengths) if nd.rank(r) else host.number_place(nd.dtype_of(r))
        )
    return results


def prepare(host: Host, op: Any) -> Application:
    """Find the places of the results, the first of which begins as an operand where it shall."""
    definition = op.definition
    signature = definition.signature
    arrays = [host.arrays.get(v) for v in op.operands]
    results = result_arrays(host, op)
    begun = definition.overwrites
    if begun is not None:
        source = host.in_memory(op.operands[begun])
        if source.pointer != results[0].pointer:
            host._copy(source, results[0])
    passed = [None if i == begun else _argument(host, v, signature.core(i))
              for i, v in enumerate(op.operands)]  # fmt: skip
    made = [
        Argument(nd.dtype_of(r), nd.static_shape(r), len(core), "rows")
        for r, core in zip(op.results, signature.results, strict=True)
    ]
    return Application(definition, op.operands, arrays, results, passed, made)


def emit_routine(host: Host, op: Any) -> None:
    """Call the routine of `op`, which returns 0 or what has failed."""
    host.does(None)
    made = prepare(host, op)
    symbol = _symbol(host, made)
    if host.frames and host.takes_workspace(symbol):
        host.frames[-1].scratch = True
    names, types = ["%ctx"], ["!llvm.ptr"]
    for argument, array, v in zip(made.passed, made.arrays, op.operands, strict=True):
        if argument is None:
            continue
        if argument.scalar:
            names.append(to_memory(host.w, host.scalars[v]))
            types.append(memory_type(argument.dtype))
            continue
        assert array is not None
        numbers = argument.numbers(array)
        names += [array.pointer, *numbers]
        types += ["!llvm.ptr", *["i64"] * len(numbers)]
    for argument, array in zip(made.made, made.results, strict=True):
        numbers = argument.numbers(array)
        names += [array.pointer, *numbers]
        types += ["!llvm.ptr", *["i64"] * len(numbers)]
    call = f"func.call @{symbol}({', '.join(names)}) : ({', '.join(types)}) -> i64"
    leave_unless_zero(host, host.w.let(call), op)
    keep_results(host, op, made.results)


def keep_results(host: Host, op: Any, results: Sequence[Array]) -> None:
    """Note where the results of `op` are."""
    for r, array in zip(op.results, results, strict=True):
        host.keep(r, array)


def _argument(host: Host, v: Any, core: Sequence[str]) -> Argument:
    array = host.arrays.get(v)
    dtype, shape = nd.dtype_of(v), nd.static_shape(v)
    if array is None:
        return Argument(dtype, (), 0, "rows", scalar=True)
    layout = "rows" if array.contiguous else "steps"
    return Argument(dtype, shape, len(core), layout)


def leave_unless_zero(host: Host, status: str, op: Any) -> None:
    """Return the number in the function's table of errors of what a routine says has failed."""
    w = host.w
    failures = op.definition.failures
    first = len(host.errors) + 1
    entry: dict[str, Any] = {"op": op.name.removeprefix("nd.")}
    if "node" in op.attributes:
        entry["node"] = op.attributes["node"].value.data
    if host.line:
        entry["line"] = host.line
    host.errors += [{**entry, **failure} for failure in failures]
    failed = w.let(f"arith.cmpi ne, {status}, {host.i64(0)} : i64")
    negative = w.let(f"arith.cmpi slt, {status}, {host.i64(0)} : i64")
    moved = w.let(f"arith.addi {status}, {host.i64(first - 1)} : i64")
    code = w.let(f"arith.select {negative}, {status}, {moved} : i64")
    host._leave_if(failed, code, ())


def _symbol(host: Host, made: Application) -> str:
    """The symbol of the function that does this; equal ones are one."""
    parameters, w = write_routine(made, Loops(Writer(host.declared), [], []))
    head = f"func.func private @ROUTINE({', '.join(['%ctx: !llvm.ptr', *parameters])}) -> i64"
    text = f"{head} {{\n{w.text()}\n  }}"
    known = host.kernels_by_text.get(text)
    if known is None:
        name = made.definition.nd_name
        known = host.kernels_by_text[text] = f"routine_{len(host.kernels)}_{name}"
        host.kernels[text.replace("@ROUTINE(", f"@{known}(", 1)] = known
        host.lines[known] = {}
    host.lines[known].update(dict.fromkeys(host.line.split(", ") if host.line else ()))
    return known


def write_routine(made: Application, b: Loops) -> tuple[list[str], Writer]:
    """Write the routine with `b`; its parameters, and what was written."""
    w, parameters = b.w, []

    def array(name: str, a: Argument) -> View:
        lengths = tuple(Element(f"{name}_{d}", "int64", w) for d in range(len(a.shape)))
        numbers = [n.name for n in lengths]
        if a.layout == "rows":
            strides = row_major(b, lengths)
        else:
            strides = tuple(Element(f"{name}_s{d}", "int64", w) for d in range(len(a.shape)))
            numbers += [s.name for s in strides]
        parameters.append(f"{name}: !llvm.ptr {{llvm.noalias}}")
        parameters.extend(f"{n}: i64" for n in numbers)
        fixed = b.number(0)
        batch = len(a.shape) - a.core
        moved = tuple(fixed if d < batch and a.shape[d] == 1 else s for d, s in enumerate(strides))
        return View(b, name, a.dtype, lengths, moved, a.core)

    operands: list[Operand | None] = []
    for i, a in enumerate(made.passed):
        if a is None:
            operands.append(None)
        elif a.scalar:
            parameters.append(f"%x{i}: {memory_type(a.dtype)}")
            operands.append(from_memory(w, f"%x{i}", a.dtype))
        else:
            operands.append(array(f"%x{i}", a))
    results = [array(f"%y{k}", a) for k, a in enumerate(made.made)]
    begun = made.definition.overwrites
    if begun is not None:
        operands[begun] = results[0]
    b.operands, b.results = operands, results  # type: ignore[assignment]
    made.definition.native(b, operands, results)
    b.end()
    return parameters, w
