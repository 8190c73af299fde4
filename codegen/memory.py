"""Numbers in memory: a bool is a byte there, a complex number a struct of its parts."""

from __future__ import annotations

from lamina.codegen.emit_scalar import MLIR_TYPE, STORED_TYPE, Element, Writer

_STRUCT = {"complex64": "!llvm.struct<(f32, f32)>", "complex128": "!llvm.struct<(f64, f64)>"}


def memory_type(dtype: str) -> str:
    """The LLVM type of an element in memory."""
    return _STRUCT.get(dtype, STORED_TYPE[dtype])


def from_stored(w: Writer, name: str, dtype: str) -> Element:
    """The number that `name`, of a type of STORED_TYPE, stands for."""
    if dtype == "bool":
        name = w.let(f"arith.cmpi ne, {name}, {w.constant('0', 'i8')} : i8")
    return Element(name, dtype, w)


def from_memory(w: Writer, name: str, dtype: str) -> Element:
    """The number that `name` is in the form that memory holds."""
    if dtype in _STRUCT:
        kinds = f"{_STRUCT[dtype]} to {MLIR_TYPE[dtype]}"
        name = w.let(f"builtin.unrealized_conversion_cast {name} : {kinds}")
    return from_stored(w, name, dtype)


def to_memory(w: Writer, x: Element) -> str:
    """The name of a number in the form that memory holds."""
    if x.dtype == "bool":
        return w.let(f"arith.extui {x.name} : i1 to i8")
    if x.dtype in _STRUCT:
        kinds = f"{x.type} to {_STRUCT[x.dtype]}"
        return w.let(f"builtin.unrealized_conversion_cast {x.name} : {kinds}")
    return x.name


def load(w: Writer, address: str, dtype: str) -> Element:
    """The number at an address."""
    name = w.let(f"llvm.load {address} : !llvm.ptr -> {memory_type(dtype)}")
    return from_memory(w, name, dtype)


def store(w: Writer, x: Element, address: str) -> None:
    """Put a number where an address says."""
    w.line(f"llvm.store {to_memory(w, x)}, {address} : {memory_type(x.dtype)}, !llvm.ptr")
