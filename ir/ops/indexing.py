"""``x[index]`` by NumPy's rules, and arrays with such a part set or added to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.variable import Variable
from lamina.ir.ops.advanced_indexing import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    index_array,
    is_array_index,
)
from lamina.ir.ops.basic_indexing import Entry, IncSubtensor, Subtensor
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant
from lamina.ir.ops.dimshuffle import DimShuffle, dimshuffle, squeeze


def subtensor(x: Any, index: Any) -> Any:
    """``x[index]``, by NumPy's rules; all of the index may be symbolic.

    Raises
    ------
    IndexError
        Too many indices, an index known to be out of bounds, or one that is not an integer.
    """
    x = as_tensor_variable(x)
    entries = list(index) if isinstance(index, tuple) else [index]
    if sum(e is Ellipsis for e in entries) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    if any(map(is_array_index, entries)):
        return _advanced(x, entries)
    used = sum(e is not None and e is not Ellipsis for e in entries)
    if used > x.type.ndim:
        raise IndexError(
            f"too many indices for array: {x} is {x.type.ndim}-dimensional, but {used} were indexed"
        )
    if Ellipsis in [e if e is Ellipsis else None for e in entries]:
        at = next(i for i, e in enumerate(entries) if e is Ellipsis)
        entries[at : at + 1] = [slice(None)] * (x.type.ndim - used)
    idx_list: list[Entry] = []
    operands: list[Any] = []
    pattern: list[Any] = []
    kept = 0
    for entry in entries:
        if entry is None:
            pattern.append("x")
            continue
        if isinstance(entry, slice):
            parts = [_slice_part(p) for p in (entry.start, entry.stop, entry.step)]
            if parts[2] is not None and getattr(parts[2], "data", None) == 1:
                parts[2] = None
            idx_list.append(tuple(p is not None for p in parts))  # type: ignore[arg-type]
            operands += [p for p in parts if p is not None]
            pattern.append(kept)
            kept += 1
        else:
            idx_list.append(True)
            operands.append(_integer(entry))
    while idx_list and idx_list[-1] == (False, False, False):
        idx_list.pop()
    y = Subtensor(idx_list)(x, *operands) if idx_list else x
    if "x" in pattern:
        y = dimshuffle(y, pattern + list(range(kept, y.type.ndim)))
    elif not idx_list:
        y = Subtensor(())(x)
    return y


def _advanced(x: Any, entries: Sequence[Any]) -> Any:
    """``x[index]`` where arrays are in the index."""
    idx_list: list[Any] = []
    operands: list[Any] = []
    for entry in entries:
        if entry is None or entry is Ellipsis:
            idx_list.append(entry)
        elif isinstance(entry, slice):
            parts = [_slice_part(p) for p in (entry.start, entry.stop, entry.step)]
            idx_list.append(tuple(p is not None for p in parts))
            operands += [p for p in parts if p is not None]
        elif is_array_index(entry):
            kind, variable = index_array(entry)
            idx_list.append(kind)
            operands.append(variable)
        else:
            idx_list.append(True)
            operands.append(_integer(entry))
    return AdvancedSubtensor(idx_list)(x, *operands)


def _slice_part(part: Any) -> Any:
    if part is None or (isinstance(part, Variable) and getattr(part, "data", part) is None):
        return None
    return _integer(part)


def _integer(entry: Any) -> Any:
    if isinstance(entry, (int, np.integer)):
        return constant(np.int64(entry))
    if isinstance(entry, (str, float)):
        raise IndexError(
            f"only integers, slices, None and Ellipsis are valid indices, got {entry!r}"
        )
    variable = as_tensor_variable(entry)
    if np.dtype(variable.type.dtype).kind not in "iu":
        raise IndexError(f"indices must be integers, got {entry} of type {variable.type}")
    if variable.type.ndim:
        raise TypeError(f"a bound of a slice must be an integer, got {entry} of {variable.type}")
    return cast(variable, "int64")


def set_subtensor(
    x: Any, y: Any, inplace: bool = False, tolerate_inplace_aliasing: bool = False
) -> Any:
    """The array that `x` is a part of (made by indexing), with `y` in place of the part."""
    return _update(x, y, True)


def inc_subtensor(
    x: Any, y: Any, inplace: bool = False, set_instead_of_inc: bool = False,
    tolerate_inplace_aliasing: bool = False, ignore_duplicates: bool = False,
) -> Any:  # fmt: skip
    """The array that `x` is a part of (made by indexing), with `y` added to the part.

    Where an index names a place twice, both are added, unless `ignore_duplicates`.
    """
    if ignore_duplicates:
        return _update(x, as_tensor_variable(x) + y, True)
    return _update(x, y, set_instead_of_inc)


def _update(part: Any, value: Any, set_instead: bool) -> Any:
    part, value = as_tensor_variable(part), as_tensor_variable(value)
    node = part.owner
    if node is not None and isinstance(node.op, DimShuffle) and node.op.only_adds_dimensions:
        # x[None, i]: the value loses the dimension that the part gained
        inner = node.inputs[0]
        axes = node.op.added
        extra = part.type.ndim - value.type.ndim
        drop = tuple(a - extra for a in axes if a >= extra)
        return _update(inner, squeeze(value, drop) if drop else value, set_instead)
    if node is None or not isinstance(node.op, (Subtensor, AdvancedSubtensor)):
        raise TypeError(
            f"{part} was not made by indexing: use x[index].set(value) or x[index].inc(value)"
        )
    x, *operands = node.inputs
    given, wanted = np.dtype(value.type.dtype), np.dtype(x.type.dtype)
    if getattr(value, "weak", None) is None and not np.can_cast(given, wanted, "same_kind"):
        raise TypeError(
            f"cannot put {value} of dtype {given} into {x} of dtype {wanted}; cast it first"
        )
    op = IncSubtensor if isinstance(node.op, Subtensor) else AdvancedIncSubtensor
    return op(node.op.idx_list, set_instead)(x, cast(value, wanted), *operands)
