"""Parameters of distributions: the dtype that formulas compute in, and what must hold of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.ir.configuration import config
from lamina.ir.ops.cast import cast
from lamina.ir.ops.check import CheckAndRaise
from lamina.ir.ops.constant import weak_type
from lamina.ir.ops.reduction import all as all_of
from lamina.ir.ops.shape import make_vector

_SMALL = (np.dtype(np.int8), np.dtype(np.int16))


class ParameterValueError(ValueError):
    """A parameter of a distribution has no meaning, such as a negative standard deviation."""

    __module__ = "lamina.logprob"


class ParameterCheck(CheckAndRaise):
    """`CheckAndRaise` of a ParameterValueError.

    Parameters
    ----------
    msg : str
        What must hold, such as ``"sigma > 0"``.
    """

    __props__ = ("msg",)

    def __init__(self, msg: str):
        super().__init__(ParameterValueError, msg)

    def __str__(self) -> str:
        return f"Check{{{self.msg}}}"


def checked(result: Any, requirements: Mapping[str, Any]) -> Any:
    """`result`, whose computation raises a ParameterValueError unless all `requirements` hold."""
    if not requirements:
        return result
    holds = make_vector(*map(all_of, requirements.values()), dtype="bool")
    return ParameterCheck(", ".join(requirements))(result, all_of(holds))


def as_numbers(value: Any, parameters: Sequence[Any]) -> tuple[Any, list[Any]]:
    """A value and parameters such that formulas of them compute in their common dtype, floatX where
    all are integers.

    Literals adapt to it. So do small integers, whose logarithms would be of float32, and those
    without a sign, which cannot be negated.
    """
    strong = [v.type.dtype for v in (value, *parameters) if weak_type(v) is None]
    dtype = np.result_type(*strong) if strong else np.dtype(config.floatX)
    dtype = dtype if dtype.kind == "f" else np.dtype(config.floatX)

    def adapted(v: Any) -> Any:
        own = np.dtype(v.type.dtype)
        literal = weak_type(v) is not None
        return cast(v, dtype.name) if literal or own.kind in "ub" or own in _SMALL else v

    return adapted(value), [adapted(p) for p in parameters]
