"""What becomes of functions on a device: libdevice's, instructions, and own formulas.

Ops of `math` are lowered by MLIR to libdevice's ``__nv_exp``. This file does the rest: the ops of
`complex`, the C functions that a kernel's scalars call, and what is one instruction of a processor
and needs no library. A function that no device has is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import lamina.ir.operators as nd
from lamina.codegen import scalar_functions
from lamina.codegen.emit_scalar import Element, Writer
from lamina.codegen.gpu.complex_formulas import FORMULAS
from lamina.codegen.mlir import LoweringError, Module

KERNELS = "gpu.module"

# C's name and libdevice's without `__nv_`; those of f32 have an f behind them in both.
_LIBDEVICE = {
    **{name: (name, 1) for name in ("erfcx", "erfinv", "lgamma", "tgamma")},
    **{name: (name, 2) for name in ("atan2", "fmod", "hypot")},
}
# SciPy's functions take f64 and a flag.
_BY_SCIPY = {"i0": "cyl_bessel_i0", "i1": "cyl_bessel_i1", "j0": "j0", "j1": "j1"}

_OWN: dict[str, Callable[[Any], Any]] = {
    "lm_sigmoid": lambda x: _logistic(x, nd.exp(-nd.abs(x))),
    "lm_softplus": lambda x: nd.maximum(x, 0.0) + nd.log1p(nd.exp(-nd.abs(x))),
}


def _logistic(x: Any, e: Any) -> Any:
    return nd.switch(nd.ge(x, 0.0), 1.0, e) / (1.0 + e)


def lower_to_calls(module: Module) -> None:
    """Make functions of the device of ops of `complex`, of integer powers and of C functions.

    Raises
    ------
    LoweringError
        If a function that is called and not defined is none of the device's.
    """
    ops = {*scalar_functions.COMPLEX, *scalar_functions.REFUSED, "math.ipowi"}
    while calls := module.replace_by_calls(ops, scalar_functions.callee):
        module.add_functions(scalar_functions.functions_for(calls), KERNELS)
    unknown = []
    for symbol in module.undefined(KERNELS):
        if symbol.startswith("__nv_"):
            continue
        text = definition(symbol)
        if text is None:
            unknown.append(symbol)
        else:
            module.add_functions(text, KERNELS)
    if unknown:
        raise LoweringError(f"no device has the functions {', '.join(unknown)}")


@cache
def definition(symbol: str) -> str | None:
    """The MLIR text that defines the C function `symbol` on a device, or None."""
    if symbol in FORMULAS:
        return formula_text(symbol, FORMULAS[symbol], 4 if symbol == "cpow" else 2)
    if symbol.startswith("scipy_special_") and symbol[14:-2] in _BY_SCIPY:
        return _call(symbol, f"__nv_{_BY_SCIPY[symbol[14:-2]]}", ["f64"], ["i32"])
    own, _, type = symbol.rpartition("_")
    if own in _OWN and type in ("f32", "f64"):
        return formula_text(symbol, _OWN[own], 1, type)
    for name, type in ((symbol, "f64"), (symbol.removesuffix("f"), "f32")):
        if name in _LIBDEVICE and (type == "f64" or name != symbol):
            nv, count = _LIBDEVICE[name]
            suffix = "f" if type == "f32" else ""
            return _call(symbol, f"__nv_{nv}{suffix}", [type] * count)
    return None


_ATTRIBUTES = "attributes {llvm.always_inline, llvm.linkage = #llvm.linkage<internal>}"


def _call(symbol: str, callee: str, types: Sequence[str], flags: Sequence[str] = ()) -> str:
    parameters = ", ".join(f"%x{i}: {t}" for i, t in enumerate([*types, *flags]))
    operands = ", ".join(f"%x{i}" for i in range(len(types)))
    signature = f"({', '.join(types)}) -> {types[0]}"
    return f"""func.func private @{callee}{signature}
func.func private @{symbol}({parameters}) -> {types[0]} {_ATTRIBUTES} {{
  %y = func.call @{callee}({operands}) : {signature}
  return %y : {types[0]}
}}
"""


def formula_text(
    symbol: str,
    formula: Callable[..., Any],
    count: int,
    type: str = "f64",
    *,
    on_device: bool = True,
) -> str:
    """A function of MLIR that computes `formula` of `count` operands, and what it calls; if not
    `on_device`, C functions that it calls are only declared.
    """
    dtype = {"f32": "float32", "f64": "float64"}[type]
    declared: dict[str, str] = {}
    w = Writer(declared)
    made = formula(*(Element(f"%x{i}", dtype, w) for i in range(count)))
    results = made if isinstance(made, tuple) else (made,)
    names, types = ", ".join(y.name for y in results), ", ".join([type] * len(results))
    parameters = ", ".join(f"%x{i}: {type}" for i in range(count))
    given = f"({types})" if len(results) > 1 else types
    own = f"""func.func private @{symbol}({parameters}) -> {given} {_ATTRIBUTES} {{
{w.text()}
    return {names} : {types}
  }}
"""
    needed = [on_device and definition(name) or text for name, text in declared.items()]
    return "\n".join([*needed, own])


# Rounded correctly by one instruction, or a few without a table.
_INSTRUCTIONS = {
    "ceil": "ceil", "copysign": "copysign", "fabs": "fabs", "floor": "floor", "fma": "fma",
    "rint": "rint", "round": "round", "sqrt": "sqrt", "trunc": "trunc",
}  # fmt: skip
_NV = re.compile(r"@__nv_(\w+?)(f?)\(")


def as_instructions(llvm: str) -> str:
    """Calls of libdevice for which LLVM has an instruction, as that instruction:
    ``@__nv_sqrtf(`` -> ``@llvm.sqrt.f32(``.
    """

    def renamed(match: re.Match[str]) -> str:
        name, single = match[1], match[2]
        if name not in _INSTRUCTIONS:
            return match[0]
        return f"@llvm.{_INSTRUCTIONS[name]}.{'f32' if single else 'f64'}("

    lines: dict[str, None] = {}
    kept = []
    for line in _NV.sub(renamed, llvm).split("\n"):
        if line.startswith("declare "):
            bare = line.partition(" #")[0]
            if bare in lines:
                continue
            lines[bare] = None
        kept.append(line)
    return "\n".join(kept)


# What LLVM's NVPTX selects instructions for, at all widths: it ends the process for others.
_SELECTED = """abs assume bitreverse bswap canonicalize ceil copysign ctlz ctpop cttz expect fabs
floor fma fmuladd fptosi fptoui fshl fshr is lifetime maximum maximumnum maxnum memcpy memmove
memset minimum minimumnum minnum nearbyint nvvm rint round roundeven sadd sqrt smax smin ssub trunc
uadd umax umin umul usub vector""".split()
_INTRINSIC = re.compile(r"@llvm\.(\w+)[\w.]*")


def check(llvm: str) -> None:
    """Refuse LLVM IR that calls what NVPTX has no code for.

    Raises
    ------
    LoweringError
        It names the intrinsic.
    """
    for match in _INTRINSIC.finditer(llvm):
        if match[1] not in _SELECTED:
            raise LoweringError(f"a device has no instruction and no function for {match[0][1:]}")
