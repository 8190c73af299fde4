"""Choices that the host function makes, or that are made while it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost

Condition = bool | str  # known now, or the name of an i1


def at_most(host: DeviceHost, length: str, most: int) -> Condition:
    """Whether a length is no larger than a number."""
    known = host._known(length)
    if known is not None:
        return known <= most
    return host.w.let(f"arith.cmpi sle, {length}, {host.i64(most)} : i64")


def all_hold(host: DeviceHost, conditions: Sequence[Condition]) -> Condition:
    """Whether all of some conditions hold."""
    if False in conditions:
        return False
    unknown = [c for c in conditions if isinstance(c, str)]
    if not unknown:
        return True
    both, *rest = unknown
    for condition in rest:
        both = host.w.let(f"arith.andi {both}, {condition} : i1")
    return both


def choose(host: DeviceHost, ways: Sequence[tuple[Condition, Callable[[], None]]]) -> None:
    """Write the first of some ways whose condition holds; the last one's is True."""
    w = host.w
    first, *others = [(c, write) for c, write in ways if c is not False]
    if first[0] is True:
        first[1]()
        return
    host.blocks += 1
    label = host.blocks
    w.line(f"cf.cond_br {first[0]}, ^way{label}, ^other{label}")
    w.line(f"^way{label}:")
    first[1]()
    w.line(f"cf.br ^done{label}")
    w.line(f"^other{label}:")
    choose(host, others)
    w.line(f"cf.br ^done{label}")
    w.line(f"^done{label}:")
