"""Graphs as text and pictures."""

from lamina.ir.graph import hooks
from lamina.ir.ops.print_value import Print
from lamina.printing.graph_text import debugprint, get_node_by_id
from lamina.printing.identifiers import char_from_number
from lamina.printing.infix import pp, pprint
from lamina.printing.latex_text import latex
from lamina.printing.outline import min_informative_str
from lamina.printing.picture import pydotprint
from lamina.printing.pretty import (
    FunctionPrinter,
    IgnorePrinter,
    OperatorPrinter,
    PatternPrinter,
    PPrinter,
)

hooks.provide("debugprint", debugprint)

__all__ = [
    "FunctionPrinter", "IgnorePrinter", "OperatorPrinter", "PPrinter", "PatternPrinter", "Print",
    "char_from_number", "debugprint", "get_node_by_id", "latex", "min_informative_str", "pp",
    "pprint", "pydotprint",
]  # fmt: skip
