"""``as_string``: graphs as nested calls in which what is used twice is written once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable


def default_node_formatter(node: Apply, argstrings: Sequence[str]) -> str:
    """``Add(x, y)``."""
    return f"{node.op}({', '.join(argstrings)})"


def as_string(
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    leaf_formatter: Callable[[Variable], str] = str,
    node_formatter: Callable[[Apply, Sequence[str]], str] = default_node_formatter,
) -> list[str]:
    """The graphs of `outputs` down to `inputs`, a text for each.

    What several applications use is ``*1 -> ...`` where it comes first and ``*1`` from then on.

    Parameters
    ----------
    inputs, outputs : sequence of Variable
    leaf_formatter : callable
        The text of an input, or of what nothing computes.
    node_formatter : callable
        The text of an application, from it and the texts of its operands.

    Examples
    --------
    >>> x = pt.dscalar("x")
    >>> y = pt.exp(x)
    >>> as_string([x], [y + y])
    ['Add(*1 -> Exp(x), *1)']
    """
    leaves = set(inputs)
    uses = Counter(v.owner for v in outputs if v not in leaves)
    for node in toposort(outputs, leaves):
        uses.update(v.owner for v in node.inputs if v not in leaves)
    tags: dict[Apply, str] = {}

    def text(root: Variable) -> str:
        done: list[str] = []  # of operands, above those of the application that they are of
        waiting: list[tuple[Variable, bool]] = [(root, False)]
        while waiting:
            v, is_composed = waiting.pop()
            node = v.owner
            if node is None or v in leaves:
                done.append(leaf_formatter(v))
            elif is_composed:
                first = len(done) - len(node.inputs)
                composed = node_formatter(node, done[first:])
                del done[first:]
                which = f"::{v.index}" if len(node.outputs) > 1 else ""
                tag = f"{tags[node]} -> " if node in tags else ""
                done.append(f"{tag}{composed}{which}")
            elif node in tags:
                done.append(tags[node] + (f"::{v.index}" if len(node.outputs) > 1 else ""))
            else:
                if uses[node] > 1:
                    tags[node] = f"*{len(tags) + 1}"
                waiting.append((v, True))
                waiting += [(operand, False) for operand in reversed(node.inputs)]
        return done[0]

    return [text(v) for v in outputs]
