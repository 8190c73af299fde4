"""The list of all rewrites: ``python -m lamina.passes.catalogue > docs/rules.md``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from lamina.ir.ops.elementwise import Elemwise
from lamina.passes.opt_in import OPT_IN
from lamina.passes.registry import TAGS
from lamina.passes.rules import Applied, Form, Procedure, Rule, Var

_HEAD = """# The rewrites

What `rewrite_graph` and compiled functions apply, by tag. A formula set as code is a rule; the
others inspect types, lengths or uses. "strict" marks those that may lose a NaN, an infinity or the
sign of a zero, and are off for floats under `strict_ieee`; "once" those that fire only where the
parts of the left side are used nowhere else. Letters are the kinds of dtypes of the variables: f
float, c complex, i and u integers, b bool. How to leave one out, and how to see which fired, is in
[rewriting.md](rewriting.md). `python -m lamina.passes.catalogue` prints this page.
"""
_OPT_IN = """
## Only where they are asked for

By name or tag, as in `mode.including("unsafe")`. The tag `shape_unsafe` (and `unsafe`) also drops
checks of lengths that nothing that is left needs.

"""
_LEVELS = {"+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "**": 7, "&": 3, "|": 2, "^": 2,
           "<": 1, "<=": 1, ">": 1, ">=": 1, "==": 1, "!=": 1}  # fmt: skip


def catalogue() -> str:
    """The page, in Markdown."""
    parts = [_HEAD]
    for tag, members in TAGS.items():
        parts.append(f"\n## {tag}\n\n")
        parts += [f"- {line}\n" for line in map(entry, dict.fromkeys(members))]
    parts.append(_OPT_IN)
    parts += [f"- {entry(r)} (also by {', '.join(sorted(names))})\n" for names, r in OPT_IN]
    return "".join(parts)


def entry(rule: Rule | Procedure) -> str:
    """One rewrite in a line."""
    if isinstance(rule, Rule):
        formula = f"`{formula_of(rule.before)} -> {formula_of(rule.after)}`"
        notes = [rule.kinds, *(["once"] if rule.once or rule.when else [])]
        reason = f": {rule.reason}" if rule.reason else ""
    else:
        doc = inspect.getdoc(rule.describes) or ""
        formula = re.sub(r"\s+", " ", doc).replace("|", "\\|") if doc else ""
        notes, reason = [], ""
    notes += [] if rule.keeps_nan else ["strict"]
    marked = f" ({', '.join(notes)})" if notes else ""
    return f"**{rule.name}** {formula}{marked}{reason}".rstrip()


def formula_of(pattern: Any, level: int = 0) -> str:
    """A pattern as it would be written in Python."""
    if isinstance(pattern, Var):
        return pattern.name
    if not isinstance(pattern, Applied):
        return f"({pattern})" if str(pattern).startswith("-") and level else str(pattern)
    return "".join(_applied(pattern, level))


def _applied(pattern: Applied, level: int) -> Iterator[str]:
    op, operands = pattern.op, pattern.operands
    symbol = op.scalar_op.symbol if isinstance(op, Elemwise) else ""
    if symbol and len(operands) == 2:
        own = _LEVELS[symbol]
        left, right = formula_of(operands[0], own), formula_of(operands[1], own + 1)
        text = f"{left}**{right}" if symbol == "**" else f"{left} {symbol} {right}"
        yield f"({text})" if own < level else text
    elif symbol and len(operands) == 1:
        yield symbol + formula_of(operands[0], 6)
    else:
        yield f"{_name(op)}({', '.join(map(formula_of, operands))})"


def _name(op: Any) -> str:
    name = op.name if isinstance(op, Form) else op.nd_name
    return name.removeprefix("scalar_").rstrip("_").lower()


if __name__ == "__main__":
    print(catalogue(), end="")
