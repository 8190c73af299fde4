"""Graphs as trees of the package rich."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.printing import debugprint

x = pt.dvector("x")


def drawn(tree: Any) -> list[str]:
    """The lines of a tree as ``debugprint`` draws them, without blank ones."""
    found: list[str] = []

    def draw(branches: Any, margin: str) -> None:
        for branch in branches:
            last = branch is branches[-1]
            found.append(f"{margin}{' └─ ' if last else ' ├─ '}{branch.label.plain}")
            draw(branch.children, margin + ("   " if last else " │ "))

    for top in tree.children:
        found.append(top.label.plain)
        draw(top.children, "")
    return found


def test_a_tree_has_the_lines_of_the_text():
    pytest.importorskip("rich")
    y = pt.exp(x) + x
    for graphs in (y, [y, y * 2], lamina.function([x], y)):
        for options in ({}, {"print_type": True}, {"depth": 2}, {"id_type": "int"}):
            text = debugprint(graphs, file="str", print_inner_graphs=False, **options)
            tree = debugprint(graphs, file="rich", print_inner_graphs=False, **options)
            assert drawn(tree) == text.splitlines()


def test_brackets_are_no_markup_and_methods_return_trees_too():
    console = pytest.importorskip("rich.console").Console(width=80, color_system=None)
    with console.capture() as shown:
        console.print((x * 2).dprint(file="rich"))
    assert shown.get().splitlines() == [
        "Mul [id A]", "├── x [id B]", "└── ExpandDims{axis=0} [id C]", "    └── 2 [id D]",
    ]  # fmt: skip


def test_inner_graphs_are_branches_of_their_own():
    pytest.importorskip("rich")
    sums, _ = lamina.scan(lambda v, s: s + v, x, np.float64(0))
    tree = debugprint(sums, file="rich", print_fgraph_inputs=True)
    graph, inner = tree.children
    assert graph.label.plain.startswith("Scan{")
    assert inner.label.plain == "Inner graphs:"
    (loop,) = inner.children
    assert loop.label.plain.startswith("Scan{")
    assert [b.label.plain[0] for b in loop.children] == ["→", "→", "←", "←"]
    assert [b.label.plain for b in loop.children[3].children] == ["···"]


def test_a_long_chain_goes_on_at_the_top():
    pytest.importorskip("rich")
    y: Any = x
    for _ in range(400):
        y = pt.exp(y)
    first, second = debugprint(y, file="rich").children
    assert first.label.plain.startswith("Exp")
    assert second.label.plain.startswith("··· Exp")
    assert second.children[0].label.plain.startswith("Exp")


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.tree", None)
    with pytest.raises(ImportError, match=r"needs the package rich: pip install 'lamina\[viz\]'"):
        debugprint(x, file="rich")
