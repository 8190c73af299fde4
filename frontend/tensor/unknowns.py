"""Unknowns of any shapes as one vector, which is what SciPy takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.graph.replace import graph_replace
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.arguments import as_array, lengths, product
from lamina.ir.ops.cast import cast
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.reshape import flatten, reshape


class Packed:
    """One vector for the elements of several variables.

    Parameters
    ----------
    variables : Variable or sequence of Variable
        Of float dtypes.
    what : str
        What they are, for messages.

    Attributes
    ----------
    start : Variable
        The vector; of one vector that vector itself.
    """

    def __init__(self, variables: Any, what: str):
        self.one = isinstance(variables, Variable)
        self.variables: list[Any] = [variables] if self.one else list(variables)
        for v in self.variables:
            if not isinstance(v, Variable):
                raise TypeError(f"{what} must be variables of the graph, got {v!r}")
            if getattr(v.type, "dtype", "")[:5] != "float":
                raise TypeError(f"{what} must be of a float dtype, {v} is of type {v.type}")
        if not self.variables:
            raise ValueError(f"there are no {what}")
        self.is_plain = len(self.variables) == 1 and self.variables[0].type.ndim == 1
        self.start = self.variables[0] if self.is_plain else flat(self.variables)
        known = [v.type.shape for v in self.variables]
        total = None if any(None in s for s in known) else sum(int(np.prod(s)) for s in known)
        self.x: Any = TensorType(self.start.type.dtype, (total,))(
            self.variables[0].name if self.is_plain else None
        )

    def inner(self, expression: Any) -> Any:
        """`expression` with the parts of `x` in the place of the variables."""
        return graph_replace(
            expression, dict(zip(self.variables, self.parts(self.x), strict=True)), strict=False
        )

    def parts(self, x: Any) -> list[Any]:
        """The part of `x` for each variable, of its shape and dtype."""
        if self.is_plain:
            return [x]
        parts, first = [], 0
        for v in self.variables:
            count = product(lengths(v))
            part = x[first : first + count]
            part = reshape(part, lengths(v), ndim=v.type.ndim)
            parts.append(cast(part, v.type.dtype))
            first = first + count
        return parts

    def unpacked(self, x: Any) -> Any:
        """A solution as the variables were given: one, or a list."""
        parts = self.parts(x)
        return parts[0] if self.one else parts


def flat(variables: Sequence[Any]) -> Any:
    """The elements of arrays, one after the other."""
    arrays = [as_array(v) for v in variables]
    dtype = common_dtype([v.type.dtype for v in arrays])
    return concatenate([flatten(cast(v, dtype)) for v in arrays])
