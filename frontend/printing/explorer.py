"""``d3viz``: a page to explore a graph in, one file that needs no network."""

from __future__ import annotations

import json
from collections import deque
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.op import HasInnerGraph
from lamina.ir.graph.source_line import describe
from lamina.ir.graph.variable import Constant, Variable
from lamina.printing.diagram import DiagramMaker
from lamina.printing.graph_text import members_of
from lamina.printing.picture import pydotprint
from lamina.printing.svg import Layout

_STYLE = """
body { margin: 0; font: 14px sans-serif; display: flex; flex-direction: column; height: 100vh; }
header { padding: 6px 10px; border-bottom: 1px solid #ccc; }
svg { flex: 1; min-height: 0; cursor: grab; text-anchor: middle; font-size: 12px; }
#details { margin: 0; padding: 6px 10px; border-top: 1px solid #ccc; min-height: 5em; }
.box { cursor: pointer; } .box rect { stroke: black; } .chosen rect { stroke: #d00000; }
.arrow { fill: none; } .port { font-size: 9px; } .faded { opacity: 0.15; }
"""


def d3viz(
    fct: Any,
    outfile: str | Path,
    copy_deps: bool = True,
    *args: Any,
    compact: bool = True,
    with_ids: bool = True,
    max_label_size: int = 70,
    **kwargs: Any,
) -> None:
    """Write a page that shows a graph and lets one explore it.

    Boxes can be moved, and the page zoomed; a click on one shows what it is, where it was made, and
    what it depends on; a double-click on one with a thick border opens the graph within, of a loop,
    a branch, an `OpFromGraph` or a fused kernel. What is typed into the field is looked for.

    Parameters
    ----------
    fct : Variable, Apply, FunctionGraph, compiled function, or list or tuple of these
    outfile : path
        Of the HTML file. It holds all that it needs, and loads nothing.
    copy_deps : bool
        Taken for compatibility: there is nothing to copy.
    compact : bool
        Leave out the variables between two applications.
    with_ids : bool
        Number the applications in the order in which they are computed.
    max_label_size : int
        Cut longer labels.
    *args, **kwargs
        Taken for compatibility.

    Examples
    --------
    >>> x = pt.dvector("x")
    >>> d3viz(pt.exp(x) + 1, "/tmp/graph.html")
    """
    text = page(graphs_of(fct, compact, with_ids, max_label_size), str(fct))
    Path(outfile).write_text(text, encoding="utf-8")


def d3write(fct: Any, path: str | Path, *args: Any, **kwargs: Any) -> None:
    """Write the graph that ``d3viz`` shows in the language of Graphviz.

    Parameters
    ----------
    fct : Variable, Apply, FunctionGraph, compiled function, or list or tuple of these
    path : path
    """
    pydotprint(fct, path, format="dot", with_ids=True, print_output_file=False)


def graphs_of(
    fct: Any, compact: bool = True, with_ids: bool = True, longest_label: int = 70
) -> list[dict[str, Any]]:
    """A graph and those in its ops, with places for boxes and arrows, as JSON has them."""
    members = members_of(fct)
    fgraph = members[0].fgraph if len(members) == 1 else None
    order = fgraph.toposort() if fgraph is not None else None
    found: list[dict[str, Any]] = []
    outputs = [v for member in members for v in member.outputs]
    waiting: deque[tuple[str, list[Variable], list[Apply] | None]] = deque()
    waiting.append(("graph", outputs, order))
    total = 1
    while waiting:
        title, outputs, order = waiting.popleft()
        maker = DiagramMaker(outputs, order, compact, with_ids, longest_label)
        layout = Layout(maker.diagram)
        members_by_number = {number: thing for thing, number in maker.number_of.items()}
        boxes = []
        for number, box in enumerate(maker.diagram.boxes):
            thing = members_by_number[number]
            inner = None
            graph = getattr(getattr(thing, "op", None), "fgraph", None)
            if (
                isinstance(thing, Apply)
                and isinstance(thing.op, HasInnerGraph)
                and graph is not None
            ):
                inner, total = total, total + 1
                waiting.append((str(thing.op), list(graph.outputs), graph.toposort()))
            x, y = layout.centres[number]
            boxes.append(
                {
                    "label": box.label, "fill": box.fill, "round": box.round, "inner": inner,
                    "x": round(x, 1), "y": round(y, 1), "width": round(layout.widths[number], 1),
                    "details": _details(thing),
                }
            )  # fmt: skip
        arrows = [
            {**vars(arrow), "corners": [[round(x, 1), round(y, 1)] for x, y in corners]}
            for arrow, corners in zip(maker.diagram.arrows, layout.lines, strict=True)
        ]
        found.append({"title": title, "boxes": boxes, "arrows": arrows})
    return found


def _details(thing: Apply | Variable) -> list[str]:
    """What a click on a box tells."""
    if isinstance(thing, Variable):
        value = f" = {thing.data}" if isinstance(thing, Constant) else ""
        return [f"{thing}{value}", f"type: {thing.type}"]
    lines = [str(thing.op)]
    lines += [f"input {i}: {v}, {v.type}" for i, v in enumerate(thing.inputs)]
    lines += [f"output {i}: {v.name or ''} {v.type}" for i, v in enumerate(thing.outputs)]
    if thing.op.destroy_map:
        lines.append(f"overwrites: {thing.op.destroy_map}")
    if thing.op.view_map:
        lines.append(f"views: {thing.op.view_map}")
    if line := describe(thing.line):
        lines.append(line)
    return lines


def page(graphs: list[dict[str, Any]], title: str) -> str:
    """The HTML page that shows graphs."""
    data = json.dumps(graphs, ensure_ascii=False).replace("</", "<\\/")
    script = files("lamina.printing").joinpath("explorer.js").read_text(encoding="utf-8")
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{escape(title[:80])}</title><style>{_STYLE}</style></head>
<body>
<header><span id="path"></span> <input id="search" placeholder="find"> <button id="fit">fit</button>
</header>
<svg><defs><marker id="head" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="7"
markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z"/></marker></defs><g id="scene"></g></svg>
<pre id="details"></pre>
<script type="application/json" id="graphs">{data}</script>
<script>
{script}</script>
</body>
</html>
"""
