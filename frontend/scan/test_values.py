"""Test values inside of a loop: those of the first step."""

from __future__ import annotations

from typing import Any

from lamina.ir.configuration import config
from lamina.ir.graph.test_value import get_test_value
from lamina.ir.graph.variable import Variable


def with_test_value(inner: Variable, outer: Any, row: bool = False) -> None:
    """Give `inner` the test value of `outer`, or its first row."""
    if config.compute_test_value == "off":
        return
    try:
        value = get_test_value(outer)
    except AttributeError:
        return
    if row and not len(value):
        return
    inner.tag.test_value = value[0] if row else value
