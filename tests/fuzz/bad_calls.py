"""Random calls that are wrong in one way or another, for which an exception is the right answer.

A case is Python source: statements, of which one must raise. Some mistakes are found when the graph
is built, others when it is compiled, the rest by the compiled function.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

import lamina
import lamina.tensor as pt
from tests.fuzz.mistakes import MISTAKES

EXPECTED = (
    TypeError,
    ValueError,  # LinAlgError, AxisError and what lamina derives from it
    IndexError,
    NotImplementedError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    RuntimeError,
    MemoryError,
)
_NAMES: dict[str, Any] = {"np": np, "pt": pt, "lamina": lamina}


def source(seed: int) -> str:
    """The statements of a seed."""
    draw = random.Random(seed)
    return draw.choice(MISTAKES)(draw)


def run(text: str) -> str:
    """The name of the exception that the statements raise; empty if they raise none.

    Raises
    ------
    BaseException
        What is no answer to a wrong call: SystemError, KeyError, MemoryError, ...
    """
    names = dict(_NAMES)
    try:
        exec(text, names)
    except EXPECTED as error:
        assert str(error), f"{type(error).__name__} says nothing"
        return type(error).__name__
    return ""
