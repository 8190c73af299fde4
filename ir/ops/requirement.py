"""Values of which something must hold when the function runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lamina.ir.operators as nd
from lamina.ir.ops.routine import Routine


class Require(Routine):
    """Its first operand, where the second holds everywhere; else a ValueError.

    Parameters
    ----------
    message : str
    """

    __module__ = "lamina.raise_op"
    __props__ = ("message",)
    nd_name = "require"
    gufunc_signature = "(),()->()"
    overwrites = 0

    def __init__(self, message: str):
        self.message = message

    @property
    def failures(self) -> tuple[dict[str, Any], ...]:
        return ({"kind": "required", "message": self.message},)

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return [dtypes[0], "bool"]

    def numpy(self, *arrays: Any) -> Any:
        x, holds = arrays
        if not holds:
            raise ValueError(self.message)
        return x

    def native(self, b: Any, operands: Any, results: Any) -> None:
        with b.batch() as (_, holds, _), b.when(nd.invert(holds)):
            b.fail(0)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [output_grads[0], None]

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        return [[True], [False]]

    def __str__(self) -> str:
        return f"Require{{{self.message}}}"


def require(x: Any, condition: Any, message: str) -> Any:
    """`x`, whose computation raises a ValueError where `condition` is false.

    Parameters
    ----------
    x : variable
    condition : variable
        A bool scalar, or bools in the shape of `x`.
    message : str
    """
    return Require(message)(x, condition)
