"""The modes that are given to loops: which rewrites their steps get, in place of the function's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lamina.compile.modes import Mode
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import HasInnerGraph
from lamina.scan.op import Scan

if TYPE_CHECKING:
    from xdsl.dialects.builtin import DictionaryAttr
    from xdsl.ir import Block, Operation

_TAGS = ("included", "excluded", "required")


def loop_modes(fgraph: FunctionGraph) -> list[Mode]:
    """The modes given to the loops of a graph, those in other loops too."""
    found = []
    for node in fgraph.apply_nodes:
        if isinstance(node.op, HasInnerGraph):
            if isinstance(node.op, Scan) and node.op.mode is not None:
                found.append(node.op.mode)
            inner = getattr(node.op, "fgraph", None)
            if isinstance(inner, FunctionGraph):
                found += loop_modes(inner)
    return found


def refuse_other_devices(fgraph: FunctionGraph, mode: Mode) -> None:
    """Raise a ValueError if a loop of a function of `mode` is to be where the function is not."""
    for own in loop_modes(fgraph):
        if own.native and own.device not in ("cpu", mode.device):
            raise ValueError(
                f"scan: mode {own} puts the loop on the device {own.device!r}, but it is part of a "
                f"function of mode {mode}; a loop is where its function is: compile the function "
                f"in mode {own}"
            )


def attribute_of(mode: Mode, number: int) -> DictionaryAttr:
    """What of a mode concerns rewriting, as the attribute ``mode`` of nd.scan.

    `number` is that of the application of the loop, by which rules of the user's own are found.
    """
    from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, IntegerAttr, StringAttr, i64

    entries: dict[str, Any] = {"optimizer": StringAttr(mode.optimizer)}
    for field in _TAGS:
        if tags := getattr(mode, field):
            entries[field] = ArrayAttr(map(StringAttr, tags))
    if mode.rules:
        entries["rules_of"] = IntegerAttr(number, i64)
    return DictionaryAttr(entries)


def mode_of(op: Operation, nodes: Sequence[Apply]) -> Mode | None:
    """The mode that nd.scan was given; `nodes` are the numbered applications of the graph.

    Raises
    ------
    ValueError
        It has rules of the user's own, and the program was read from a text.
    """
    attribute: Any = op.attributes.get("mode")
    if attribute is None:
        return None
    entries = attribute.data
    rules: Sequence[Any] = ()
    if "rules_of" in entries:
        if not nodes:
            raise ValueError(
                "a loop has rules of the user's own, which are not part of a text: compile it from "
                "the stage kernels or a later one"
            )
        loop: Any = nodes[entries["rules_of"].value.data].op
        rules = loop.mode.rules
    tags = [[tag.data for tag in entries.get(field, ())] for field in _TAGS]
    return Mode("native", entries["optimizer"].data, None, *tags, rules=rules)


def blocks_and_modes(
    block: Block, mode: Mode, nodes: Sequence[Apply]
) -> Iterator[tuple[Block, Mode]]:
    """The steps and branches in a block, inner ones first, and the block; each with the mode of the
    innermost loop around it that has one.
    """
    from lamina.ir.dialect import IfOp, ScanOp

    for op in block.ops:
        if isinstance(op, (ScanOp, IfOp)):
            own = mode_of(op, nodes) or mode
            for region in op.regions:
                yield from blocks_and_modes(region.block, own, nodes)
    yield block, mode
