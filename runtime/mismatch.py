"""Why an input does not fit: what a compiled call checks, told in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.runtime.descriptor import InputSpec, Signature


def explain(
    signature: Signature, arguments: Sequence[Any], cells: Sequence[list], name: str
) -> str:
    """Return what is wrong with the converted inputs of a call of the function `name`."""
    wanted = signature.arguments
    if len(arguments) != wanted:
        return f"{name}() takes {wanted} arrays, the conversion gave {len(arguments)}"
    values = [*arguments, *(cell[0] if cell else None for cell in cells)]
    for number, (spec, value) in enumerate(zip(signature.inputs, values, strict=True)):
        if problem := find(spec, value):
            return f"{name}(): {spec.source} {spec.name or number} {problem}"
    return f"{name}(): arrays that are written to share memory with other inputs"


def find(spec: InputSpec, value: Any) -> str:
    """Return what keeps `value` from being passed to machine code as it is; empty if nothing."""
    if type(value) is not np.ndarray:
        return f"is of {type(value)}, expected a numpy array"
    if value.dtype != spec.dtype:
        order = "" if value.dtype.isnative else " of foreign byte order"
        return f"is {value.dtype.name}{order}, expected {spec.dtype}"
    if value.ndim != spec.rank:
        return f"has {value.ndim} dimensions, expected {spec.rank}"
    for axis, (length, wanted) in enumerate(zip(value.shape, spec.shape, strict=True)):
        if wanted is not None and length != wanted:
            return f"has length {length} along axis {axis}, expected {wanted}"
    if spec.rank and not value.flags.c_contiguous:
        return "is not contiguous in C order"
    if spec.rank and not value.flags.aligned:
        return "is not aligned"
    if spec.rank and spec.mutable and not value.flags.writeable:
        return "is read-only, and the function writes to it"
    return ""


def overlapping(signature: Signature, values: Sequence[np.ndarray]) -> bool:
    """Whether an array that the function writes to shares memory with another input."""
    arrays = [pair for pair in zip(signature.inputs, values, strict=True) if pair[0].rank]
    return any(
        spec.mutable and number != other and np.may_share_memory(value, its_value)
        for number, (spec, value) in enumerate(arrays)
        for other, (_, its_value) in enumerate(arrays)
    )
