"""Stubs for what type checkers and editors cannot see: paths of the table, computed namespaces.

`python -m lamina.home_stubs FOLDER` writes the package `lamina-stubs`, which PEP 561 calls partial:
a checker reads it before `lamina` itself, and `lamina` for all else.
"""

from __future__ import annotations

import ast
import functools
import importlib
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from lamina.home_finder import is_package, rooms_of
from lamina.homes import HOMES

HEADER = "# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.\n"

# Modules of files that collect names for the user; in an installed package with types, an import
# without `as` is private to its module.
NAMESPACES = (
    "lamina", "lamina.compile", "lamina.graph", "lamina.printing", "lamina.scan", "lamina.tensor",
)  # fmt: skip


@functools.cache
def stubs() -> dict[str, str]:
    """The text of each file of the package, by its path in it."""
    names = {path: [(room, n, n) for n, room in rooms_of(path).items()] for path in HOMES}
    names |= {path: _imports(path) for path in NAMESPACES}
    files = {file_of(path): _text(found) for path, found in names.items()}
    return {**files, "py.typed": "partial\n"}


def file_of(path: str) -> str:
    parts = path.split(".")[1:]
    folder = path in NAMESPACES or is_package(path)
    return "/".join([*parts, "__init__.pyi"] if folder else parts) + ("" if folder else ".pyi")


def _text(names: list[tuple[str, str, str]]) -> str:
    modules: dict[str, set[str]] = {}
    for module, name, alias in names:
        modules.setdefault(module, set()).add(name if name == alias else f"{name} as {alias}")
    lines = [HEADER]
    for module, parts in sorted(modules.items()):
        lines.append(_wrapped(f"from {module} import (", parts, ")"))
    public = {repr(alias).replace("'", '"') for _, _, alias in names}
    if not public:
        return HEADER + "\n__all__: list[str] = []\n"
    return "\n".join([*lines, "", _wrapped("__all__ = [", public, "]")]) + "\n"


def _wrapped(start: str, parts: Iterable[str], end: str) -> str:
    listed = textwrap.fill(
        ", ".join(sorted(parts)) + ",", 100, initial_indent="    ", subsequent_indent="    "
    )
    return f"{start}\n{listed}\n{end}"


def _imports(path: str) -> list[tuple[str, str, str]]:
    """(module, name, alias) of what a namespace imports and makes public."""
    module = importlib.import_module(path)
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    return [entry for entry in _named(tree.body) if entry[2] in module.__all__]


def _named(body: list[ast.stmt]) -> Iterator[tuple[str, str, str]]:
    for statement in body:
        if isinstance(statement, ast.If):  # TYPE_CHECKING
            yield from _named(statement.body)
        if isinstance(statement, ast.ImportFrom) and statement.module:
            for alias in statement.names:
                if alias.name != "*":
                    yield statement.module, alias.name, alias.asname or alias.name
                    continue
                for name in importlib.import_module(statement.module).__all__:
                    yield statement.module, name, name


def write(folder: Path) -> None:
    """Write the package, and remove files of it that are no longer made."""
    made = stubs()
    for old in folder.rglob("*.pyi"):
        if old.relative_to(folder).as_posix() not in made:
            old.unlink()
    for path, text in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
