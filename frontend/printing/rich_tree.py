"""Printed graphs as trees of the package rich."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from lamina.printing.tree import BLANK, Line


def tree_of(lines: Iterable[Line]) -> Any:
    """A `rich.tree.Tree` without a root of its own, of all lines.

    Raises
    ------
    ImportError
        The package rich is not installed.
    """
    try:
        tree: Any = importlib.import_module("rich.tree")
        text: Any = importlib.import_module("rich.text")
    except ImportError as error:
        raise ImportError(
            "file='rich' needs the package rich: pip install 'lamina[viz]'"
        ) from error
    root = tree.Tree(text.Text("graphs"), hide_root=True)
    above = [root]  # by depth, the branch that a line of that depth belongs to
    for line in lines:
        if line is not BLANK:
            del above[line.depth + 1 :]
            above.append(above[-1].add(text.Text(line.text)))  # brackets in a str would be markup
    return root
