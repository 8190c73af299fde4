"""What notebooks show of variables, graphs and functions."""

from __future__ import annotations

from html import escape
from typing import Any

from lamina.ir.graph.variable import Variable
from lamina.printing.diagram import DiagramMaker
from lamina.printing.graph_text import debugprint, members_of
from lamina.printing.latex_text import latex_of_small
from lamina.printing.svg import svg

LARGEST = 200  # boxes of a picture


def picture_of_small(thing: Any) -> str | None:
    """The graph as SVG; None if the picture were too large."""
    members = members_of(thing)
    order = members[0].fgraph.toposort() if members[0].fgraph is not None else None
    diagram = DiagramMaker([v for m in members for v in m.outputs], order, with_ids=True).diagram
    return svg(diagram) if len(diagram.boxes) <= LARGEST else None


def picture_and_text(thing: Any) -> str:
    """The graph as HTML: its picture, unless that were too large, and its text to unfold."""
    picture = picture_of_small(thing)
    text = escape(str(debugprint(thing, file="str", print_type=True)))
    unfolded = "" if picture else " open"
    return (
        f"<div><code>{escape(repr(thing))}</code></div>{picture or ''}"
        f"<details{unfolded}><summary>text</summary><pre>{text}</pre></details>"
    )


_SHOWN = {"latex": latex_of_small, "svg": picture_of_small, "html": picture_and_text}


def shown(form: str, thing: Any) -> str | None:
    """`thing` in a form that notebooks know: ``"latex"``, ``"svg"`` or ``"html"``."""
    if isinstance(thing, Variable) and thing.owner is None and form == "svg":
        return None
    return _SHOWN[form](thing)
