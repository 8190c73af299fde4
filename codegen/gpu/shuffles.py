"""What a thread of a warp has, given to another without memory."""

from __future__ import annotations

import numpy as np

from lamina.codegen.emit_scalar import MLIR_TYPE, Element, Writer

WARP = 32


def across(w: Writer, x: Element, distance: str) -> Element:
    """What the thread has whose number in the warp differs by the bits of `distance`, an i32; all
    threads of the warp have to come here.
    """
    return _shuffled(w, x, "xor", distance)


def of_first(w: Writer, x: Element) -> Element:
    """What the first thread of the warp has; all of its threads have to come here."""
    return _shuffled(w, x, "idx", w.constant("0", "i32"))


def _shuffled(w: Writer, x: Element, mode: str, other: str) -> Element:
    if x.dtype.startswith("complex"):
        part = {"complex64": "f32", "complex128": "f64"}[x.dtype]
        halves = [
            _moved(w, w.let(f"complex.{half} {x.name} : {x.type}"), part, mode, other)
            for half in ("re", "im")
        ]
        return Element(w.let(f"complex.create {', '.join(halves)} : {x.type}"), x.dtype, w)
    type = MLIR_TYPE[x.dtype]
    if x.dtype != "bool" and np.dtype(x.dtype).itemsize >= 4:
        return Element(_moved(w, x.name, type, mode, other), x.dtype, w)
    bits = w.let(f"arith.bitcast {x.name} : f16 to i16") if type == "f16" else x.name
    narrow = "i16" if type == "f16" else type
    wide = w.let(f"arith.extui {bits} : {narrow} to i32")
    bits = w.let(f"arith.trunci {_moved(w, wide, 'i32', mode, other)} : i32 to {narrow}")
    name = w.let(f"arith.bitcast {bits} : i16 to f16") if type == "f16" else bits
    return Element(name, x.dtype, w)


def _moved(w: Writer, name: str, type: str, mode: str, other: str) -> str:
    width = w.constant(str(WARP), "i32")
    moved, valid = w.name(), w.name()
    w.line(f"{moved}, {valid} = gpu.shuffle {mode} {name}, {other}, {width} : {type}")
    return moved
