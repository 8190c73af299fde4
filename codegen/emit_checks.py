"""Checks: the host function returns a status where what must hold does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdsl.ir import Operation

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Host


def emit_assert_equal(host: Host, op: Operation) -> None:
    """Two lengths that have to be equal."""
    a, b = (host._scalar_length(v) for v in op.operands)
    differ = host.w.let(f"arith.cmpi ne, {a}, {b} : i64")
    host._leave_if(differ, _status(host, op, "equal"), (a, b))


def emit_assert_index(host: Host, op: Operation) -> None:
    """An index, which may be negative, that has to be within a length."""
    i, n = (host._scalar_length(v) for v in op.operands)
    low = host.w.let(f"arith.subi {host.i64(0)}, {n} : i64")
    below = host.w.let(f"arith.cmpi slt, {i}, {low} : i64")
    above = host.w.let(f"arith.cmpi sge, {i}, {n} : i64")
    outside = host.w.let(f"arith.ori {below}, {above} : i1")
    axis = host.i64(op.attributes["axis"].value.data)  # type: ignore[attr-defined]
    host._leave_if(outside, _status(host, op, "index"), (i, axis, i, n))


def _status(host: Host, op: Operation, kind: str) -> int:
    """The status that tells of a check: the number of its entry of the table of errors."""
    entry = {"kind": kind}
    for name, value in op.attributes.items():
        entry[name] = value.data if hasattr(value, "data") else value.value.data  # type: ignore[attr-defined]
    host.errors.append(entry)
    return len(host.errors)
