"""Calls from compiled code back to Python, for what has no machine code.

The host function stores in a block of words on its stack, for each operand, where its array lies
and its lengths, and calls `lamina_callback`. Python makes arrays of them, computes, writes into the
rest of the block where each result lies and its lengths, and returns the list of results, which the
call's record holds. The host function gets buffers of these lengths, copies the results, and lets
go of the list by `lamina_callback_end`.

The object names the Python callable by a symbol of its own, `CALLBACKS`, which each function that
is linked has for itself.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lamina.runtime.context import HELD
from lamina.runtime.descriptor import ArraySpec

CALLBACKS = "lamina_callbacks"

# What an address is the start of: of as many bytes as an array may ask for.
_MEMORY = ctypes.c_byte * (1 << 62)


class Callback(NamedTuple):
    """What compiled code cannot do itself.

    Attributes
    ----------
    perform : callable
        ``perform(arrays)`` gets operands in C order that own their memory, one a spec, and returns
        arrays of the dtypes and ranks of `results`. What it raises ends the call.
    operands, results : tuple of ArraySpec
    """

    perform: Callable[[list[np.ndarray]], Sequence[np.ndarray]]
    operands: tuple[ArraySpec, ...]
    results: tuple[ArraySpec, ...]


class Callbacks:
    """The callbacks of one function, by number: what `lamina_callback` calls."""

    def __init__(self, callbacks: Mapping[int, Callback]) -> None:
        self._entries = {
            number: (
                callback.perform,
                [(np.dtype(spec.dtype), spec.rank) for spec in callback.operands],
                ctypes.c_int64
                * sum(1 + spec.rank for spec in (*callback.operands, *callback.results)),
            )
            for number, callback in callbacks.items()
        }

    def __call__(self, number: int, address: int) -> list[np.ndarray]:
        """Perform callback `number` on the block at `address`; the results lie where it says as
        long as the list is held.
        """
        perform, operands, block = self._entries[number]
        words = block.from_address(address)
        place = 0
        given = []
        for dtype, rank in operands:
            memory: Any = _MEMORY.from_address(words[place])
            given.append(np.ndarray(words[place + 1 : place + 1 + rank], dtype, memory).copy())
            place += 1 + rank
        results = list(map(_plain, perform(given)))
        for result in results:
            words[place] = result.ctypes.data
            words[place + 1 : place + 1 + result.ndim] = result.shape
            place += 1 + result.ndim
        return results


def _plain(value: np.ndarray) -> np.ndarray:
    """`value` as compiled code reads arrays."""
    if value.__class__ is np.ndarray and value.flags.carray:
        return value
    return np.require(value, requirements=["C", "A", "E"])


def ir() -> str:
    """Return LLVM IR of lamina_callback and lamina_callback_end; context.py declares the rest."""
    return f"""
@callback.arguments = private constant [3 x i8] c"LL\\00"

; Gives 0, or -1 when an exception is set.
define i64 @lamina_callback(ptr %ctx, ptr %callbacks, i64 %number, ptr %block) {{
  %results = call ptr (ptr, ptr, ...) @PyObject_CallFunction(ptr %callbacks,
    ptr @callback.arguments, i64 %number, ptr %block)
  %failed = icmp eq ptr %results, null
  br i1 %failed, label %raised, label %done
raised:
  ret i64 -1
done:
  %held = getelementptr i8, ptr %ctx, i64 {HELD}
  store ptr %results, ptr %held
  ret i64 0
}}

define void @lamina_callback_end(ptr %ctx) {{
  %held = getelementptr i8, ptr %ctx, i64 {HELD}
  %results = load ptr, ptr %held
  store ptr null, ptr %held
  call void @Py_DecRef(ptr %results)
  ret void
}}
"""
