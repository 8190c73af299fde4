"""Graphs as lines of text, a line for each use of a variable."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import HasInnerGraph
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.elementwise import Elemwise
from lamina.printing.identifiers import Identifiers, node_of

# A deeper branch goes on at the left margin, further below: indented all the way, the text of a
# chain would grow with the square of its length.
DEEPEST = 300
CUT = "···"
CONTINUED = f"{CUT} "

# a variable, what its line begins with, what the lines below it do, its depth, a remark
Entry = tuple[Variable, str, str, int, str | None]


class Line(NamedTuple):
    """A line: what it says, and how deep in a tree it stands; `margin` draws that."""

    margin: str
    text: str
    depth: int

    def __str__(self) -> str:
        return self.margin + self.text


BLANK = Line("", "", 0)


@dataclass(frozen=True)
class Shown:
    """What lines tell; see ``debugprint``."""

    depth: int = -1
    types: bool = False
    stop_on_name: bool = False
    op_info: bool = False
    destroy_map: bool = False
    view_map: bool = False
    inputs: bool = False
    shapes: bool = False
    inner: bool = True
    assumptions: bool = False


@dataclass
class Place:
    """What is known about the variables of one graph.

    Attributes
    ----------
    positions : mapping
        Of applications in the order in which they are computed.
    storage : mapping
        The cells that hold the values.
    scalar : bool
        Whether it is a graph of scalars.
    numbers : mapping
        Of the inputs, in an inner graph.
    outer : mapping
        From inputs of an inner graph to the variables that they stand for.
    notes : mapping
        What the op that contains this graph says about its variables.
    """

    positions: Mapping[Apply, int] = field(default_factory=dict)
    storage: Mapping[Variable, Any] = field(default_factory=dict)
    scalar: bool = False
    numbers: Mapping[Variable, int] = field(default_factory=dict)
    outer: Mapping[Variable, Variable] = field(default_factory=dict)
    notes: Mapping[Variable, str] = field(default_factory=dict)


class TreePrinter:
    """Makes the lines; expands each node once.

    Two optional methods of an op add to them: ``debug_information(node)``, texts by variable, about
    its inputs and outputs and those of its inner graph; and ``outer_variables(node)``, by input of
    its inner graph.

    Parameters
    ----------
    done : dict
        Identifiers of nodes that are expanded already; those of printed ones are added.
    """

    def __init__(self, shown: Shown, identifiers: Identifiers, done: dict[Any, str]):
        self.shown = shown
        self.identifiers = identifiers
        self.done = done
        self.expanded = set(done)
        self.opened = set(done)
        self.closed: deque[Apply] = deque()
        self.facts: dict[Variable, str] = {}

    def graph(
        self,
        outputs: Sequence[Variable],
        place: Place,
        inputs: Sequence[Variable] = (),
        margin: str = "",
        arrows: bool = False,
        depth: int = 0,
    ) -> Iterator[Line]:
        """The lines of the trees below `outputs`, after those of `inputs`."""
        if self.shown.assumptions and not place.scalar:
            from lamina.printing.assumptions import facts_of_matrices

            self.facts |= facts_of_matrices(outputs)
        for variable in inputs:
            yield Line(margin, f"→ {self._line(variable, place)}", depth)
        for variable in outputs:
            yield from self._tree(variable, place, margin, "← " if arrows else "", depth)

    def inner_graphs(self) -> Iterator[Line]:
        """The lines about the inner graphs of the ops met so far, and of those met in them."""
        if self.closed:
            yield from (BLANK, Line("", "Inner graphs:", 0))
        while self.closed:
            node = self.closed.popleft()
            notes = self._information(node)
            fgraph: FunctionGraph = node.op.fgraph  # type: ignore[attr-defined]
            outer = getattr(node.op, "outer_variables", lambda node: {})(node)
            place = Place(
                scalar=getattr(node.op, "scalar_inner_graph", False),
                numbers={v: number for number, v in enumerate(fgraph.inputs)},
                outer=outer,
                notes=notes,
            )
            identifier = self.identifiers.text(node.outputs[0])
            note = notes.get(node.outputs[0])
            yield BLANK
            title = _join(str(node.op), identifier, *self._memory(node), note and f"({note})")
            yield Line("", title, 1)
            inputs = fgraph.inputs if self.shown.inputs else ()
            yield from self.graph(fgraph.outputs, place, inputs, " ", arrows=True, depth=2)

    def _tree(
        self, root: Variable, place: Place, head: str, arrow: str, above: int
    ) -> Iterator[Line]:
        if self.shown.depth == 0:
            return
        stack: list[Entry] = [(root, head, head + " " * len(arrow), 1, None)]
        later: list[Entry] = []
        outermost = 1  # the depth of what stands at the left margin
        while stack or later:
            if not stack:
                stack, later = later[::-1], []
            variable, head, margin, depth, note = stack.pop()
            if head == CONTINUED:
                if variable.owner in self.expanded:
                    continue
                outermost = depth
                yield BLANK
            text = self._line(variable, place, note)
            if head == CONTINUED:
                head, text = "", CONTINUED + text
            yield Line(head, arrow + text if depth == 1 else text, above + depth - outermost)
            node = variable.owner
            if node is None or not node.inputs or depth == self.shown.depth:
                continue
            if self.shown.stop_on_name and variable.name is not None:
                continue
            if node in self.expanded:
                yield Line(f"{margin} └─ ", CUT, above + depth - outermost + 1)
                continue
            if len(margin) > 3 * DEEPEST:
                yield Line(f"{margin} └─ ", CUT, above + depth - outermost + 1)
                later.append((variable, CONTINUED, " " * len(CONTINUED), depth, note))
                continue
            self.expanded.add(node)
            notes = self._information(node)
            last = len(node.inputs) - 1
            for number in range(last, -1, -1):
                operand = node.inputs[number]
                branch, under = (" └─ ", "   ") if number == last else (" ├─ ", " │ ")
                stack.append(
                    (operand, margin + branch, margin + under, depth + 1, notes.get(operand))
                )

    def _line(self, variable: Variable, place: Place, note: str | None = None) -> str:
        node = variable.owner
        parts: list[str | None] = [_label(variable, place), self.identifiers.text(variable)]
        self.done[node_of(variable)] = self.identifiers.of(variable)
        if variable in place.outer:
            parts.append(f"-> {self.identifiers.text(place.outer[variable])}")
        if self.shown.types:
            parts.append(f"<{variable.type.dtype if place.scalar else variable.type}>")  # type: ignore[attr-defined]
        if self.shown.shapes and (shape := getattr(variable.type, "shape", None)) is not None:
            lengths = ", ".join("?" if n is None else str(n) for n in shape)
            parts.append(f"shape=({lengths}{',' if len(shape) == 1 else ''})")
        if variable in self.facts:
            parts.append(f"a={{{self.facts[variable]}}}")
        if node is not None:
            if self.shown.inner and isinstance(node.op, HasInnerGraph) and node not in self.opened:
                self.opened.add(node)
                self.closed.append(node)
            if variable.name is not None:
                parts.append(f"'{variable.name}'")
            parts += self._memory(node)
            if node in place.positions:
                parts.append(str(place.positions[node]))
            note = note or self._information(node).get(variable)
        if variable in place.storage:
            parts.append(str(place.storage[variable]))
        note = note or place.notes.get(variable)
        return _join(*parts, note and f"({note})")

    def _memory(self, node: Apply) -> list[str]:
        maps = []
        if self.shown.destroy_map and node.op.destroy_map:
            maps.append(f"d={node.op.destroy_map}")
        if self.shown.view_map and node.op.view_map:
            maps.append(f"v={node.op.view_map}")
        return maps

    def _information(self, node: Apply) -> Mapping[Variable, str]:
        tell = getattr(node.op, "debug_information", None) if self.shown.op_info else None
        return {} if tell is None else tell(node)


def _label(variable: Variable, place: Place) -> str:
    node = variable.owner
    if node is None:
        if variable.name is None and variable in place.numbers:
            return f"*{place.numbers[variable]}-<{variable.type}>"
        return str(variable)
    op = node.op.scalar_op if place.scalar and isinstance(node.op, Elemwise) else node.op
    return str(op) if len(node.outputs) == 1 else f"{op}.{variable.index}"


def _join(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)
