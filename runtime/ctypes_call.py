"""Calls through ctypes, for interpreters whose objects compiled code cannot read.

Slower by microseconds, and equal in all else: the same checks, the same errors, the same commit of
updates. A small compiled function unpacks an array of words into the inputs of lamina_main, for
ctypes cannot pass a half, and passes a complex number otherwise than LLVM does.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from lamina.runtime import arena, context, mismatch
from lamina.runtime.callback import Callbacks
from lamina.runtime.descriptor import VALUE_TYPES, InputSpec, Signature
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.linker import link_once
from lamina.runtime.machine_code import compile_ir

_ALIGNMENT = 64


class Call:
    """What one call makes: its outputs, its scratch memory, what a callback has computed, the
    exception that stopped it.
    """

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self.outputs: list[Any] = [None] * len(signature.outputs)
        self.scratch: list[np.ndarray] = []
        self.held: object = None
        self.error: BaseException | None = None

    def release(self) -> None:
        """Give back what nobody else does."""


# The calls in progress, by the address of their record.
calls: dict[int, Call] = {}


@ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.POINTER(ctypes.c_int64))
def _lamina_output(ctx: int, index: int, dims: Any) -> int | None:
    call = calls[ctx]
    spec = call.signature.outputs[index]
    try:
        array = np.empty([dims[axis] for axis in range(spec.rank)], spec.dtype)
    except BaseException as error:
        call.error = error
        return None
    call.outputs[index] = array
    return array.ctypes.data


@ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
def _lamina_workspace(ctx: int, size: int) -> int | None:
    call = calls[ctx]
    try:
        if not 0 <= size <= arena.LARGEST:
            raise MemoryError(f"{size} bytes")
        piece = np.empty(size + _ALIGNMENT, np.uint8)
    except BaseException as error:
        call.error = error
        return None
    call.scratch.append(piece)
    return -(-piece.ctypes.data // _ALIGNMENT) * _ALIGNMENT


@ctypes.PYFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
def _lamina_workspace_mark(ctx: int, place: int) -> None:
    words = (ctypes.c_int64 * 2).from_address(place)
    words[0], words[1] = ctx, len(calls[ctx].scratch)


@ctypes.PYFUNCTYPE(None, ctypes.c_void_p)
def _lamina_workspace_reset(place: int) -> None:
    words = (ctypes.c_int64 * 2).from_address(place)
    del calls[words[0]].scratch[words[1] :]


@ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)
def _lamina_workspace_used(ctx: int) -> int:
    call = calls.get(ctx)  # there is none while the clock is measured
    return sum(piece.nbytes - _ALIGNMENT for piece in call.scratch) if call else 0


@ctypes.PYFUNCTYPE(
    ctypes.c_int64, ctypes.c_void_p, ctypes.py_object, ctypes.c_int64, ctypes.c_void_p
)
def _lamina_callback(ctx: int, callbacks: Callbacks, number: int, block: int) -> int:
    call = calls[ctx]
    try:
        call.held = callbacks(number, block)
    except BaseException as error:
        call.error = error
        return -1
    return 0


@ctypes.PYFUNCTYPE(None, ctypes.c_void_p)
def _lamina_callback_end(ctx: int) -> None:
    calls[ctx].held = None


_ENTRY_POINTS = {
    "lamina_output": _lamina_output,
    "lamina_workspace": _lamina_workspace,
    "lamina_workspace_mark": _lamina_workspace_mark,
    "lamina_workspace_reset": _lamina_workspace_reset,
    "lamina_workspace_used": _lamina_workspace_used,
    "lamina_callback": _lamina_callback,
    "lamina_callback_end": _lamina_callback_end,
}


def entry_points(cache: DiskCache) -> Mapping[str, int]:
    """Return the addresses of what lamina_main calls."""
    return {
        name: ctypes.cast(function, ctypes.c_void_p).value or 0  # type: ignore[arg-type]
        for name, function in _ENTRY_POINTS.items()
    }


def make_call(
    main: int,
    signature: Signature,
    *,
    name: str,
    convert: Callable[[tuple, dict], Sequence[np.ndarray]],
    report: Callable[[int, tuple[int, int, int, int]], Any],
    cells: Sequence[list],
    cache: DiskCache,
    kept: object,
) -> Callable[..., Any]:
    """Return the function that calls `main`; the arguments are those of `load`."""
    call = CtypesCall(main, signature, name, cells, unpacker(ir(signature), cache))
    call.convert, call.report, call.kept = convert, report, kept
    return call


class CtypesCall:
    convert: Callable[[tuple, dict], Sequence[np.ndarray]]
    report: Callable[[int, tuple[int, int, int, int]], Any]
    kept: object

    def __init__(
        self,
        main: int,
        signature: Signature,
        name: str,
        cells: Sequence[list],
        unpack: Callable[[int, int, int], int],
    ) -> None:
        self.main = main
        self.signature = signature
        self.cells = cells
        self.unpack = unpack
        self.words = sum(map(_words, signature.inputs))
        self.__name__ = name

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        values = None if named else self.fit(arguments)
        if values is None:
            arguments = tuple(self.converted(arguments, named))
            values = self.fit(arguments)
        if values is None:
            raise TypeError(mismatch.explain(self.signature, arguments, self.cells, self.__name__))
        outputs = self.run(values)
        # The old values are held by `values` until all cells have their new ones.
        returned, first = self.signature.returned, self.signature.arguments
        cells = [self.cells[number - first] for number in self.signature.updates]
        updates = list(map(self.kept_in, cells, outputs[returned:]))
        for cell, update in zip(cells, updates, strict=True):
            cell[0] = update
        return outputs[0] if self.signature.returns == "single" else outputs[:returned]

    def converted(self, arguments: tuple, named: dict[str, Any]) -> Sequence[Any]:
        """The arguments as the inputs take them."""
        return self.convert(arguments, named)

    def kept_in(self, cell: list, output: Any) -> Any:
        """What an update puts into a cell."""
        return output

    def fit(self, arguments: Sequence[Any]) -> list[Any] | None:
        """The values of all inputs, or None if one cannot be passed as it is."""
        if len(arguments) != self.signature.arguments:
            return None
        values = [*arguments, *(cell[0] if cell else None for cell in self.cells)]
        pairs = zip(self.signature.inputs, values, strict=True)
        if any(mismatch.find(spec, value) for spec, value in pairs):
            return None
        return None if mismatch.overlapping(self.signature, values) else values

    def run(self, values: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Call lamina_main; an error leaves nothing behind."""
        record = (ctypes.c_int64 * context.FIXED_WORDS)()
        words = self.pack(values)
        call = self.begin(record)
        ctx = ctypes.addressof(record)
        calls[ctx] = call
        try:
            status = self.unpack(self.main, ctx, words.ctypes.data)
        finally:
            del calls[ctx]
            call.release()
        if call.error:
            raise call.error
        self.tell(status, (record[0], record[1], record[2], record[3]))
        outputs = [output for output in call.outputs if output is not None]
        if status != 0 or len(outputs) < len(call.outputs):
            raise RuntimeError("a compiled function failed and gave no reason")
        return outputs

    def begin(self, record: Any) -> Call:
        """What a call makes; what lamina_main reads of `record` is written."""
        return Call(self.signature)

    def tell(self, status: int, details: tuple[int, int, int, int]) -> None:
        """Raise the error of a status, if that says one."""
        if status > 0:
            self.report(status, details)

    def pack(self, values: Sequence[np.ndarray]) -> np.ndarray:
        """The words that lamina_unpack reads."""
        words = np.empty(self.words, np.int64)
        place = 0
        for spec, value in zip(self.signature.inputs, values, strict=True):
            if spec.by_value:
                content = value.reshape(1).view(np.uint8)
                words[place : place + 2].view(np.uint8)[: len(content)] = content
            else:
                words[place] = self.pointer(value)
                words[place + 1 : place + 1 + spec.rank] = value.shape
            place += _words(spec)
        return words

    def pointer(self, value: Any) -> int:
        """The address of an array's first element."""
        return value.ctypes.data


def _words(spec: InputSpec) -> int:
    return 2 if spec.by_value else 1 + spec.rank


def ir(signature: Signature) -> str:
    """Return the module of ``i64 @lamina_unpack(ptr main, ptr ctx, ptr words)``."""
    lines = ["define i64 @lamina_unpack(ptr %main, ptr %ctx, ptr %words) {"]
    passed = ["ptr %ctx"]
    place = 0

    def read(kind: str, word: int) -> None:
        lines.append(f"  %at{word} = getelementptr i64, ptr %words, i64 {word}")
        lines.append(f"  %word{word} = load {kind}, ptr %at{word}, align 8")
        passed.append(f"{kind} %word{word}")

    for spec in signature.inputs:
        if spec.by_value:
            read(VALUE_TYPES[spec.dtype], place)
        else:
            read("ptr", place)
            for axis in range(spec.rank):
                read("i64", place + 1 + axis)
        place += _words(spec)
    lines.append(f"  %status = call i64 %main({', '.join(passed)})")
    return "\n".join([*lines, "  ret i64 %status", "}", ""])


@cache
def unpacker(text: str, cache: DiskCache) -> Callable[[int, int, int], int]:
    address = link_once(compile_ir(text, cache), {})["lamina_unpack"]
    pointer = ctypes.c_void_p
    # PYFUNCTYPE holds the GIL and raises what lamina_main has set.
    return ctypes.PYFUNCTYPE(ctypes.c_int64, pointer, pointer, pointer)(address)
