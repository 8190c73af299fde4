"""Graphs as boxes and arrows, and these in the language of Graphviz."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Constant, Variable

INPUT, CONSTANT, SHARED, OUTPUT = "#b7e4c7", "#e9ecef", "#a9def9", "#90b8f8"


@dataclass(frozen=True)
class Box:
    """An application, drawn as an ellipse, or a variable, drawn as a box."""

    label: str
    fill: str = ""
    round: bool = False


@dataclass(frozen=True)
class Arrow:
    """From one box to another, by their numbers.

    Attributes
    ----------
    port : str
        Which input or output it is, if there are several.
    label : str
        What flows there, if no box says so.
    color : str
        Red where its memory is overwritten.
    """

    source: int
    target: int
    port: str = ""
    label: str = ""
    color: str = "black"


@dataclass
class Diagram:
    """A directed graph, the boxes in an order in which no arrow points back."""

    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)

    def add(self, box: Box) -> int:
        """The number of a new box."""
        self.boxes.append(box)
        return len(self.boxes) - 1

    def dot(self) -> str:
        """The diagram in the language of Graphviz."""
        lines = [
            "digraph {",
            '  node [fontname="sans-serif"]; edge [fontname="sans-serif" fontsize=10];',
        ]
        for number, box in enumerate(self.boxes):
            shape = "ellipse" if box.round else "box"
            style = f' style=filled fillcolor="{box.fill}"' if box.fill else ""
            lines.append(f"  {number} [label={_quoted(box.label)} shape={shape}{style}];")
        for arrow in self.arrows:
            label = _quoted(f"{arrow.port} {arrow.label}".strip())
            lines.append(f"  {arrow.source} -> {arrow.target} [label={label} color={arrow.color}];")
        return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class DiagramMaker:
    """Draws the graph of some outputs.

    Parameters
    ----------
    compact : bool
        Draw no box for a variable between two applications.
    with_ids : bool
        Number the applications, in the order in which they are computed.
    longest_label : int
        Longer labels are cut.
    name_only : bool
        Label a variable that has a name by it alone, without its type.
    """

    def __init__(
        self,
        outputs: list[Variable],
        order: list[Apply] | None = None,
        compact: bool = True,
        with_ids: bool = False,
        longest_label: int = 70,
        name_only: bool = False,
    ):
        self.diagram = Diagram()
        self.compact = compact
        self.longest_label = longest_label
        self.name_only = name_only
        self.outputs = set(outputs)
        self.number_of: dict[Any, int] = {}
        for position, node in enumerate(toposort(outputs) if order is None else order):
            self._application(node, f" {position}" if with_ids else "")
        for variable in outputs:
            if variable.owner is None or compact:
                self._variable(variable)

    def _application(self, node: Apply, position: str) -> None:
        sources = [self._source(v) for v in node.inputs]
        number = self.diagram.add(Box(self._cut(f"{node.op}{position}"), round=True))
        self.number_of[node] = number
        destroyed = {i for operands in node.op.destroy_map.values() for i in operands}
        for i, (source, variable) in enumerate(zip(sources, node.inputs, strict=True)):
            port = str(i) if len(node.inputs) > 1 else ""
            hidden = variable.owner is not None and self.compact
            label = self._describe(variable) if hidden else ""
            color = "red" if i in destroyed else "black"
            self.diagram.arrows.append(Arrow(source, number, port, label, color))
        if not self.compact:
            for variable in node.outputs:
                self._variable(variable)

    def _source(self, variable: Variable) -> int:
        if variable.owner is not None and self.compact:
            return self.number_of[variable.owner]
        return self.number_of[variable] if variable in self.number_of else self._variable(variable)

    def _variable(self, variable: Variable) -> int:
        if variable in self.number_of:
            return self.number_of[variable]
        node = variable.owner
        if variable in self.outputs:
            fill = OUTPUT
        elif isinstance(variable, SharedVariable):
            fill = SHARED
        elif isinstance(variable, Constant):
            fill = CONSTANT
        else:
            fill = INPUT if node is None else ""
        number = self.diagram.add(Box(self._describe(variable), fill))
        self.number_of[variable] = number
        if node is not None:
            port = str(variable.index) if len(node.outputs) > 1 else ""
            self.diagram.arrows.append(Arrow(self.number_of[node], number, port))
        return number

    def _describe(self, variable: Variable) -> str:
        name = variable.name
        if name is None and isinstance(variable, Constant):
            name = str(variable)
        if name is not None and self.name_only:
            return self._cut(name)
        return self._cut(f"{name} {variable.type}" if name is not None else str(variable.type))

    def _cut(self, text: str) -> str:
        return text if len(text) <= self.longest_label else text[: self.longest_label - 3] + "..."
