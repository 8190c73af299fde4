"""Values of which something must hold when the function runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.routine import Routine


class Require(Routine):
    """Its first operand, where the second holds everywhere; else an error.

    Parameters
    ----------
    message : str
    numbers : int
        How many operands follow, of integers for the fields ``{0}``, ``{1}``, ... of the message;
        four at most. If there are none, the message has no fields.
    error : {"ValueError", "OverflowError"}
    """

    __props__ = ("message", "numbers", "error")
    nd_name = "require"
    overwrites = 0

    def __init__(self, message: str, numbers: int = 0, error: str = "ValueError"):
        self.message, self.numbers, self.error = message, numbers, error

    @property
    def gufunc_signature(self) -> str:
        return ",".join(["()"] * (2 + self.numbers)) + "->()"

    @property
    def failures(self) -> tuple[dict[str, Any], ...]:
        return (
            {
                "kind": "required",
                "message": self.message,
                "numbers": self.numbers,
                "error": self.error,
            },
        )

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return [dtypes[0], "bool", *["int64"] * self.numbers]

    def numpy(self, *arrays: Any) -> Any:
        x, holds, *numbers = arrays
        if not holds:
            kind = OverflowError if self.error == "OverflowError" else ValueError
            raise kind(self.message.format(*map(int, numbers)) if numbers else self.message)
        return x

    def native(self, b: Any, operands: Any, results: Any) -> None:
        with b.batch() as (_, holds, *numbers, _), b.when(nd.invert(holds)):
            b.fail(0, *numbers)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [output_grads[0], None, *[None] * self.numbers]

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        return [[True], *[[False] for _ in node.inputs[1:]]]

    def __str__(self) -> str:
        return f"Require{{{self.message}}}"


def require(x: Any, condition: Any, message: str, *numbers: Any) -> Any:
    """`x`, whose computation raises a ValueError where `condition` is false.

    Parameters
    ----------
    x : variable
    condition : variable
        A bool scalar, or bools in the shape of `x`.
    message : str
    *numbers : variable
        Integer scalars for the fields ``{0}``, ``{1}``, ... of the message.
    """
    return Require(message, len(numbers))(x, condition, *numbers)
