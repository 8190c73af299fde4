"""Functions written in LLVM IR, called in both ways: by a compiled wrapper and through ctypes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest

from lamina.runtime import mismatch
from lamina.runtime.descriptor import Signature
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.executable import load


@cache
def _machine() -> llvm.TargetMachine:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    features = llvm.get_host_cpu_features().flatten()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=1, jit=True
    )


@cache
def _assemble(text: str) -> bytes:
    module = llvm.parse_assembly(text)
    module.triple = _machine().triple
    module.data_layout = str(_machine().target_data)
    return _machine().emit_object(module)


class Converter:
    """A conversion as a frontend has it; counts how often it was asked."""

    def __init__(self, signature: Signature, cells: Sequence[list]) -> None:
        self.signature = signature
        self.cells = cells
        self.asked = 0

    def __call__(self, arguments: tuple, named: dict) -> list[np.ndarray]:
        self.asked += 1
        specs = self.signature.inputs
        wanted = specs[: self.signature.arguments]
        values = list(arguments) + [named.pop(s.name) for s in wanted[len(arguments) :]]
        if named or len(values) != len(wanted):
            raise TypeError(f"expected {len(wanted)} arguments")
        for spec, cell in zip(specs[len(wanted) :], self.cells, strict=True):
            cell[0] = self.array(spec, cell[0])
        return [self.array(*pair) for pair in zip(wanted, values, strict=True)]

    @staticmethod
    def array(spec, value) -> np.ndarray:
        if not spec.mutable and not mismatch.find(spec, value):
            return value
        array = np.asarray(value)
        if type(value) is int and np.dtype(spec.dtype).kind in "iu":
            bounds = np.iinfo(spec.dtype)
            if not bounds.min <= value <= bounds.max:
                raise OverflowError(f"{spec.name}: {value} is no {spec.dtype}")
        elif not np.can_cast(array.dtype, spec.dtype, "same_kind"):
            raise TypeError(f"{spec.name}: cannot cast {array.dtype} to {spec.dtype}")
        array = np.array(array, spec.dtype, order="C", copy=True)  # also a base-class ndarray
        if array.ndim != spec.rank:
            raise TypeError(f"{spec.name}: {array.ndim} dimensions, expected {spec.rank}")
        for length, fixed in zip(array.shape, spec.shape, strict=True):
            if fixed not in (None, length):
                raise ValueError(f"{spec.name}: length {length}, expected {fixed}")
        return array


def report(status: int, details: tuple[int, int, int, int]) -> None:
    raise ArithmeticError(status, details)


@pytest.fixture(scope="session")
def assemble() -> Callable[[str], bytes]:
    """assemble(text) compiles LLVM IR to an object."""
    return _assemble


@pytest.fixture(scope="session")
def converter() -> type[Converter]:
    """converter(signature, cells) is a conversion; `asked` counts its calls."""
    return Converter


@pytest.fixture(params=["compiled", "ctypes"])
def make(request, monkeypatch, cache_dir) -> Callable[..., Any]:
    """make(ir, signature, cells=..., convert=..., ...) links the IR and returns its callable."""
    monkeypatch.setenv("LAMINA_CALL", "ctypes" if request.param == "ctypes" else "")

    def make(text: str, signature: Signature, **options: Any) -> Any:
        cells = options.setdefault("cells", ())
        options.setdefault("convert", Converter(signature, cells))
        options.setdefault("report", report)
        options.setdefault("name", "f")
        options.setdefault("cache", DiskCache(cache_dir))
        return load([_assemble(text)], signature, **options).call

    return make
