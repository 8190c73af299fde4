"""Branches of the host function: one of two blocks is done, and results meet behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from xdsl.ir import Block

from lamina.codegen.array import Array, planned_place
from lamina.codegen.emit_scalar import MLIR_TYPE, Element
from lamina.ir import dialect as nd

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Host


def emit_branch(host: Host, op: nd.IfOp) -> None:
    """Write both blocks, and the jump to one of them."""
    w = host.w
    host.loops += 1
    label = host.loops
    condition = host.scalars[op.operands[0]].name
    w.line(f"cf.cond_br {condition}, ^then{label}, ^else{label}")
    types: list[str] = []
    for r in op.results:
        if nd.rank(r):
            types += ["!llvm.ptr", *["i64"] * nd.rank(r)]
        else:
            types.append(MLIR_TYPE[nd.dtype_of(r)])
    typed = f" : {', '.join(types)}" if types else ""
    for name, block in zip(("then", "else"), op.branches, strict=True):
        w.line(f"^{name}{label}:")
        names = _block(host, op, block)
        w.line(f"cf.br ^join{label}({', '.join(names)}{typed})" if names else f"cf.br ^join{label}")
    met = [w.name() for _ in types]
    arguments = ", ".join(f"{n}: {t}" for n, t in zip(met, types, strict=True))
    w.line(f"^join{label}({arguments}):" if met else f"^join{label}:")
    rest = iter(met)
    for i, r in enumerate(op.results):
        dtype = nd.dtype_of(r)
        if not nd.rank(r):
            host.scalars[r] = Element(next(rest), dtype, w)
            continue
        pointer = next(rest)
        lengths = tuple(next(rest) for _ in range(nd.rank(r)))
        known = nd.static_shape(r)
        lengths = tuple(
            n if k is None else host.i64(k) for n, k in zip(lengths, known, strict=True)
        )
        host.arrays[r] = Array(pointer, dtype, lengths, host._row_major(lengths))
        place, number = planned_place(op, i)
        if place == "slot":
            host.slots[number] = pointer


def _block(host: Host, op: nd.IfOp, block: Block) -> list[str]:
    """Write a block; the names of its results: of arrays the address and the lengths."""
    for arg, v in zip(block.args, op.operands[1:], strict=True):
        host.bind(arg, v)
    slots, host.slots = host.slots, {}
    memrefs, host.memrefs = host.memrefs, dict(host.memrefs)
    host.results.append(_place(host, op, dict(slots)))
    last = block.last_op
    assert last is not None
    for inner in block.ops:
        if inner is not last:
            host._op(inner)
    host.results.pop()
    host.slots, host.memrefs = slots, memrefs
    names: list[str] = []
    for v in last.operands:
        if nd.rank(v):
            array = host.arrays[v]
            names += [array.pointer, *array.lengths]
        else:
            names.append(host.scalars[v].name)
    return names


def _place(
    host: Host, op: nd.IfOp, slots: dict[int, str]
) -> Callable[[str, int, tuple[str, ...]], Array | None]:
    """Where a result of a branch goes: where that of the whole does."""

    def place(kind: str, number: int, lengths: Sequence[str]) -> Array:
        inner, host.slots = host.slots, dict(slots)
        own = host.results.pop()
        array = host._array_for(op, number, lengths)
        host.results.append(own)
        host.slots = inner
        return array

    return place
