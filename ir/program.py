"""A function in nd."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from xdsl.context import Context
from xdsl.dialects.builtin import Builtin, ModuleOp
from xdsl.dialects.func import Func, FuncOp
from xdsl.ir import Block
from xdsl.parser import Parser

from lamina.ir import dialect as nd
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.source_line import Line, line_text


@dataclass
class Program:
    """A function in nd, and what relates it to the graph that it came from.

    Attributes
    ----------
    module : ModuleOp
        Holds one function, ``@main``.
    nodes : list of Apply
        The applications of the graph; the attribute ``node`` of an assertion is a number of it.
    lines : dict
        The user's file and line for each text that an operation carries as its attribute ``line``.
    names : dict
        The names of variables by the hint that their values bear.
    """

    module: ModuleOp
    nodes: list[Apply] = field(default_factory=list)
    lines: dict[str, Line] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def function(self) -> FuncOp:
        """The function ``@main``."""
        return self.module.body.block.first_op  # type: ignore[return-value]

    @property
    def block(self) -> Block:
        """The body of ``@main``."""
        return self.function.body.block

    def node_at(self, line: str, name: str) -> int | None:
        """The number of the first application made on a line, of the op called `name` if one is."""
        return self._first.get((line, name), self._first.get((line, None)))

    @cached_property
    def _first(self) -> dict[tuple[str, str | None], int]:
        """The first application by line, and by line and name of its op."""
        first: dict[tuple[str, str | None], int] = {}
        for number, node in enumerate(self.nodes):
            line = line_text(node.line)
            first.setdefault((line, None), number)
            first.setdefault((line, getattr(node.op, "nd_name", "")), number)
        return first


def parse_program(text: str) -> Program:
    """A program from the text of a stage in nd.

    Raises
    ------
    xdsl.utils.exceptions.ParseError
        The text is no module of nd.
    """
    return Program(parse_module(text))


def parse_module(text: str) -> ModuleOp:
    """The module of nd that `text` is."""
    context = Context()
    for dialect in (Builtin, Func, nd.ND):
        context.load_dialect(dialect)
    return Parser(context, text).parse_module()
