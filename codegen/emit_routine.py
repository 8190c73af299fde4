"""Routines: the function of each, and the host's call of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lamina.codegen.emit_scalar import Element, Writer
from lamina.codegen.loops import Loops, Operand, View, row_major
from lamina.codegen.memory import from_memory, memory_type, to_memory
from lamina.ir import dialect as nd

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Array, Host


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


def emit_routine(host: Host, op: Any) -> None:
    """Call the routine of `op`, which returns 0 or what has failed."""
    definition = op.definition
    signature = definition.signature
    shapes = [nd.static_shape(v) for v in op.operands]
    arrays = [host.arrays.get(v) for v in op.operands]
    results: list[Array] = []
    for k, r in enumerate(op.results):
        lengths = []
        for axis, known in enumerate(nd.static_shape(r)):
            if known is not None:
                lengths.append(host.i64(known))
                continue
            source = definition.stated(shapes, k, axis)
            if isinstance(source, tuple):
                lengths.append(arrays[source[0]].lengths[source[1]])  # type: ignore[union-attr]
            else:
                lengths.append(host._scalar_length(op.operands[source]))
        results.append(host._array_for(op, k, lengths) if nd.rank(r) else _number_place(host, r))
    begun = definition.overwrites
    if begun is not None:
        source = arrays[begun] or host._spilled(host.scalars[op.operands[begun]])
        if source.pointer != results[0].pointer:
            host._copy(source, results[0])
    passed = [None if i == begun else _argument(host, v, signature.core(i))
              for i, v in enumerate(op.operands)]  # fmt: skip
    made = [
        Argument(nd.dtype_of(r), nd.static_shape(r), len(core), "rows")
        for r, core in zip(op.results, signature.results, strict=True)
    ]
    symbol = _symbol(host, definition, passed, made)
    if host.frames and host.takes_workspace(symbol):
        host.frames[-1].scratch = True
    names, types = ["%ctx"], ["!llvm.ptr"]
    for argument, array, v in zip(passed, arrays, op.operands, strict=True):
        if argument is None:
            continue
        if argument.scalar:
            names.append(to_memory(host.w, host.scalars[v]))
            types.append(memory_type(argument.dtype))
            continue
        assert array is not None
        numbers = [*array.lengths, *(array.strides if argument.layout == "steps" else ())]
        names += [array.pointer, *numbers]
        types += ["!llvm.ptr", *["i64"] * len(numbers)]
    for array in results:
        names += [array.pointer, *array.lengths]
        types += ["!llvm.ptr", *["i64"] * len(array.lengths)]
    call = f"func.call @{symbol}({', '.join(names)}) : ({', '.join(types)}) -> i64"
    _leave_unless_zero(host, host.w.let(call), op)
    for r, array in zip(op.results, results, strict=True):
        if nd.rank(r):
            host.arrays[r] = array
        else:
            host.scalars[r] = host.load(array)


def _argument(host: Host, v: Any, core: Sequence[str]) -> Argument:
    array = host.arrays.get(v)
    dtype, shape = nd.dtype_of(v), nd.static_shape(v)
    if array is None:
        return Argument(dtype, (), 0, "rows", scalar=True)
    layout = "rows" if array.contiguous else "steps"
    return Argument(dtype, shape, len(core), layout)


def _number_place(host: Host, result: Any) -> Array:
    from lamina.codegen.emit_linalg import Array

    dtype = nd.dtype_of(result)
    pointer = host.on_stack(1, memory_type(dtype))
    return Array(pointer, dtype, (), ())


def _leave_unless_zero(host: Host, status: str, op: Any) -> None:
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
    host.blocks += 1
    fail, go_on = f"^fail{host.blocks}", f"^go{host.blocks}"
    w.line(f"cf.cond_br {failed}, {fail}, {go_on}")
    w.line(f"{fail}:")
    w.line(f"return {code} : i64")
    w.line(f"{go_on}:")


def _symbol(
    host: Host, definition: Any, passed: Sequence[Argument | None], made: Sequence[Argument]
) -> str:
    """The symbol of the function that does this; equal ones are one."""
    text = _write("ROUTINE", definition, passed, made, host.declared)
    known = host.kernels_by_text.get(text)
    if known is None:
        known = host.kernels_by_text[text] = f"routine_{len(host.kernels)}_{definition.nd_name}"
        host.kernels[text.replace("@ROUTINE(", f"@{known}(", 1)] = known
        host.lines[known] = {}
    host.lines[known].update(dict.fromkeys(host.line.split(", ") if host.line else ()))
    return known


def _write(
    symbol: str,
    definition: Any,
    passed: Sequence[Argument | None],
    made: Sequence[Argument],
    declared: dict[str, str],
) -> str:
    w = Writer(declared)
    b = Loops(w, [], [])
    parameters = ["%ctx: !llvm.ptr"]

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
    for i, a in enumerate(passed):
        if a is None:
            operands.append(None)
        elif a.scalar:
            parameters.append(f"%x{i}: {memory_type(a.dtype)}")
            operands.append(from_memory(w, f"%x{i}", a.dtype))
        else:
            operands.append(array(f"%x{i}", a))
    results = [array(f"%y{k}", a) for k, a in enumerate(made)]
    begun = definition.overwrites
    if begun is not None:
        operands[begun] = results[0]
    b.operands, b.results = operands, results  # type: ignore[assignment]
    definition.native(b, operands, results)
    w.line(f"return {b.status.value.name} : i64")
    head = f"func.func private @{symbol}({', '.join(parameters)}) -> i64"
    return f"{head} {{\n{w.text()}\n  }}"
