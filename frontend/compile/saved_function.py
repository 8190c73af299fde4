"""Functions as files: what `Function.save` writes, so that no compiler is needed to call them."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.compile.native_function import NativeFunction
from lamina.compile.native_signature import all_cells, signature_of
from lamina.compile.pipeline import LLVM_LEVEL
from lamina.compile.run_time_errors import place_of
from lamina.ir.graph.random_type import RandomGeneratorType
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.type import Type
from lamina.runtime.function_file import write

if TYPE_CHECKING:
    from lamina.compile.function_object import Function


def save(function: Function, path: str | os.PathLike[str]) -> None:
    """Write a compiled function to a file; see `Function.save`."""
    made = function._executable
    title = function.name or "the function"
    _refuse(title, function, made)
    assert isinstance(made, NativeFunction)
    request, graph = made.request, made.graph
    stores = _Stores()
    containers = [(c.name, c.type, stores.number(c.storage)) for c in function.input_storage]
    cells = [stores.number(cell) for cell in all_cells(graph, request)]
    returned = graph.outputs[: len(graph.outputs) - len(request.targets)]
    parts = {"object": made.artefact.object, "llvm": _packed(made.text_for_all_processors())}
    header = {
        "lamina": version("lamina"),
        "name": request.name,
        "mode": str(request.mode),
        "target": _target(),
        "level": LLVM_LEVEL[request.mode.optimizer],
        "signature": signature_of(graph, request).to_json(),
        "arguments": [
            {
                "name": a.name, "type": _type_record(title, a.name, a.type), "strict": a.strict,
                "allow_downcast": a.allow_downcast, "default": stores.number(a.default),
            }
            for a in request.arguments
        ],
        "containers": [
            [name, _type_record(title, name, kind), number] for name, kind, number in containers
        ],
        "cells": cells,
        "returned": [_type_record(title, v.name, v.type) for v in returned],
        "keys": function.maker.keys,
        "errors": [
            {**error, "place": place_of(error, graph)._replace(raises=None)}
            for error in made.artefact.errors
        ],
        "device": _device(made, parts),
        "values": stores.values(parts),
    }  # fmt: skip
    write(path, header, parts)


def _refuse(title: str, function: Function, made: Any) -> None:
    if not isinstance(made, NativeFunction):
        raise TypeError(
            f"{title} cannot be saved: in mode {function.maker.mode} Python runs it, as it does "
            "graphs of values that are no arrays; only machine code is saved"
        )
    if made.callbacks:
        names = ", ".join(sorted(str(op) for op in made.callbacks))
        raise TypeError(f"{title} cannot be saved: it calls Python for {names}")
    if made.artefact.pieces:
        raise TypeError(f"{title} cannot be saved: it takes times for a profile")


def _target() -> dict[str, str]:
    from lamina.codegen.target import host

    return vars(host())


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode())


def _type_record(title: str, name: str | None, kind: Type) -> dict[str, Any]:
    if isinstance(kind, TensorType):
        return {"kind": "tensor", "dtype": kind.dtype, "shape": kind.shape}
    if isinstance(kind, RandomGeneratorType):
        return {"kind": "generator", "counter_based": kind.counter_based}
    raise TypeError(f"{title} cannot be saved: {name or 'a value'} is of type {kind}")


class _Stores:
    """The lists that hold defaults and shared variables, each once, by number."""

    def __init__(self) -> None:
        self._lists: list[list[Any]] = []
        self._numbers: dict[int, int] = {}

    def number(self, store: list[Any]) -> int:
        if id(store) not in self._numbers:
            self._numbers[id(store)] = len(self._lists)
            self._lists.append(store)
        return self._numbers[id(store)]

    def values(self, parts: dict[str, bytes]) -> list[list[Any] | None]:
        """The dtypes and shapes of their values, None where there is none; `parts` gets them."""
        records: list[list[Any] | None] = []
        for i, store in enumerate(self._lists):
            records.append(_array(parts, f"value {i}", np.asarray(store[0])) if store else None)
        return records


def _array(parts: dict[str, bytes], name: str, array: np.ndarray) -> list[Any]:
    array = np.asarray(array, array.dtype.newbyteorder("<"), order="C")
    parts[name] = array.tobytes()
    return [array.dtype.str, array.shape]


def _device(made: NativeFunction, parts: dict[str, bytes]) -> dict[str, Any] | None:
    """What runs on a device: LLVM IR for all of them, and PTX if libdevice is at hand."""
    kernels = made.artefact.kernels
    if kernels is None:
        return None
    from lamina.codegen.gpu.ptx import ptx
    from lamina.codegen.mlir import LoweringError
    from lamina.compile.device_function import driver

    chip = driver(kernels.device).chip
    if kernels.names:
        text = made.ir("nvptx-llvm")
        parts["nvptx-llvm"] = _packed(text)
        try:
            parts["ptx"] = _packed(ptx(text, chip))
        except LoweringError:
            pass  # it is made where the function is loaded
    constants: Sequence[np.ndarray] = kernels.constants
    return {
        "device": kernels.device,
        "chip": chip,
        "kernels": kernels.names,
        "constants": [_array(parts, f"constant {i}", c) for i, c in enumerate(constants)],
        "on_host": kernels.on_host,
    }
