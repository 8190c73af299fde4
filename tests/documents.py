"""Documents whose examples are run: what stands after >>> in indented blocks, and what it prints.

    >>> 1 + 1
    2

Unlike in doctest, the text of an example may have blank lines: it ends with the block or at the
next >>>. Values are shown as in a notebook: a class by its dotted name, the stream that dprint
returns not at all. The text ``array(...)`` stands for any number.
"""

import ast
import contextlib
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple


class Example(NamedTuple):
    """A statement, the line it stands on, and what it prints."""

    line: int
    source: str
    printed: str


def examples(text: str) -> Iterator[Example]:
    """The examples of a document."""
    lines = [*text.splitlines(), "end"]
    i = 0
    while i < len(lines):
        if not lines[i].startswith("    >>> "):
            i += 1
            continue
        start = i
        i += 1
        while lines[i].startswith("    ..."):
            i += 1
        source = [line[8:] for line in lines[start:i]]
        first = i
        while (not lines[i] or lines[i].startswith("    ")) and not lines[i].startswith("    >>> "):
            i += 1
        printed = "\n".join(line[4:] for line in lines[first:i]).rstrip("\n")
        if not all(line.startswith("#") for line in source):
            yield Example(start + 1, "\n".join(source) + "\n", printed)


def failures(path: Path, namespace: dict[str, Any] | None = None) -> list[str]:
    """What in a document is not true, an entry for each example that prints something else."""
    namespace = {"__name__": path.stem} if namespace is None else namespace
    wrong = []
    for example in examples(path.read_text(encoding="utf-8")):
        printed = _run(example, path, namespace)
        if printed != example.printed and not _is_any_number(example.printed, printed):
            wrong.append(
                f"{path.name}:{example.line}: {example.source}--- prints\n{printed}\n"
                f"--- where the document has\n{example.printed}\n"
            )
    return wrong


def update(path: Path) -> None:
    """Write into a document what its examples print."""
    text = path.read_text(encoding="utf-8")
    lines, namespace = text.splitlines(), {"__name__": path.stem}
    changes = []
    for example in examples(text):
        printed = _run(example, path, namespace)
        if printed != example.printed and not _is_any_number(example.printed, printed):
            first = example.line - 1 + example.source.count("\n")
            last = first + len(example.printed.splitlines())
            changes.append((first, last, [f"    {line}".rstrip() for line in printed.splitlines()]))
    for first, last, new in reversed(changes):
        lines[first:last] = new
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _is_any_number(expected: str, printed: str) -> bool:
    return expected == "array(...)" and re.fullmatch(r"array\([-\d.e]+\)", printed) is not None


def _run(example: Example, path: Path, namespace: dict[str, Any]) -> str:
    tree = ast.increment_lineno(ast.parse(example.source, mode="single"), example.line - 1)
    code = compile(tree, path.name, "single")
    stream = io.StringIO()
    former, sys.displayhook = sys.displayhook, _show
    try:
        with contextlib.redirect_stdout(stream):
            exec(code, namespace)
    finally:
        sys.displayhook = former
    return stream.getvalue().rstrip("\n")


def _show(value: Any) -> None:
    if value is not None and value is not sys.stdout:
        print(re.sub(r"<class '([\w.]+)'>", r"\1", repr(value)))
