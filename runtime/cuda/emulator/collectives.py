"""What threads of a warp, or of a block, do together.

A thread stores what it offers in its slot and waits; when it is resumed, it computes its result
from the slots of the others. `shuffles` and `matrices` define the functions that compute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lamina.runtime.cuda.emulator import matrices, shuffles
from lamina.runtime.cuda.emulator.fields import STATES
from lamina.runtime.cuda.emulator.ir_lines import Call, Operand, size_of

_FULL = Operand("i32", "-1")


class Collective(NamedTuple):
    """How one call is done: what is offered, what the result depends on besides."""

    mask: Operand | None  # None: all threads of the block
    offered: tuple[Operand, ...]
    others: tuple[Operand, ...]
    result: Callable[[str, Call], str] | None  # (name, call) -> the definition of a function


def find(call: Call) -> Collective | None:
    """How a call is a collective; None if it is none."""
    name = call.callee.removeprefix("llvm.nvvm.")
    if name == call.callee:
        return None
    o = call.operands
    match name.split("."):
        case ["shfl", "sync", *_]:
            return Collective(o[0], o[1:2], o[2:], shuffles.shuffle)
        case ["vote", _, "sync"] | ["vote", "sync", _] | ["vote", "ballot", "sync"]:
            return Collective(o[0], o[1:], (), shuffles.vote)
        case ["match", _, "sync", _]:
            return Collective(o[0], o[1:], o[1:], shuffles.match)
        case ["redux", "sync", *_]:
            return Collective(o[1], o[:1], (), shuffles.reduction)
        case ["bar", "warp", "sync"]:
            return Collective(o[0], (), (), None)
        case ["ldmatrix", *_]:
            return Collective(_FULL, o, (), matrices.load)
        case ["mma", *_]:
            offered = matrices.multiplied(name, len(o))
            return Collective(_FULL, o[:offered], o[offered:], matrices.multiply)
        case ["barrier0"] | ["barrier", "cta", "sync", *_, "all"]:
            return Collective(None, (), (), None)
        case ["barrier0", _] | ["barrier", "cta", "red", *_, "all"]:
            return Collective(None, o[-1:], (), shuffles.barrier_reduction)
    return None


def arrival(call: Call, collective: Collective, site: int, n: int) -> list[str]:
    """The lines that offer and wait; those of the suspension follow."""
    lines = []
    if collective.offered:
        lines += [
            f"  %parity.{n} = call i32 @thread.offered(ptr %thread)",
            f"  %other.{n} = xor i32 %parity.{n}, 1",
            f"  %slot.{n} = call ptr @thread.slot(ptr %thread, i32 %other.{n})",
        ]
    for k, (operand, offset) in enumerate(
        zip(collective.offered, offsets(collective.offered), strict=True)
    ):
        lines += [
            f"  %slot.{n}.{k} = getelementptr i8, ptr %slot.{n}, i64 {offset}",
            f"  store {operand}, ptr %slot.{n}.{k}, align 4",
        ]
    state = STATES["at_barrier" if collective.mask is None else "at_collective"]
    mask = "0" if collective.mask is None else collective.mask.value
    return [
        *lines,
        f"  call void @thread.set_mask(ptr %thread, i32 {mask})",
        f"  call void @thread.set_site(ptr %thread, i32 {site})",
        f"  call void @thread.set_state(ptr %thread, i32 {state})",
    ]


def offsets(operands: tuple[Operand, ...]) -> list[int]:
    """Where in a slot operands are: numbers of 8 bytes at multiples of 8, all others of 4."""
    found, at = [], 0
    for operand in operands:
        size = 8 if size_of(operand.type) > 4 else 4
        at = -(-at // size) * size
        found.append(at)
        at += size
    return found


def completion(call: Call, collective: Collective) -> list[str]:
    """The line that computes the result, after the suspension."""
    if collective.result is None:
        return []
    given = "".join(f", {operand}" for operand in collective.others)
    name = result_name(call)
    result = f"{call.result} = " if call.result else ""
    return [f"  {result}call {call.type} @{name}(ptr %launch, ptr %thread{given})"]


def result_name(call: Call) -> str:
    """The function that computes the result."""
    return "result." + call.callee.removeprefix("llvm.nvvm.")
