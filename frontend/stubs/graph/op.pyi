# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.op import (
    HasInnerGraph, Op, io_connection_pattern,
)
from lamina.ir.graph.test_value import (
    compute_test_value, get_test_value, get_test_values, missing_test_message,
)

__all__ = [
    "HasInnerGraph", "Op", "compute_test_value", "get_test_value", "get_test_values",
    "io_connection_pattern", "missing_test_message",
]
