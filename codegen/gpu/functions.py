"""What becomes of functions on a device: its library's, instructions, and own formulas.

Ops of `math` are lowered by MLIR to calls of the library, libdevice's ``__nv_exp``. This file does
the rest: the ops of `complex`, the C functions that a kernel's scalars call, and what is one
instruction of a processor and needs no library. A function that no device has is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import lamina.ir.operators as nd
from lamina.codegen import scalar_functions
from lamina.codegen.emit_scalar import Element, Writer
from lamina.codegen.gpu.complex_formulas import FORMULAS
from lamina.codegen.mlir import LoweringError, Module

KERNELS = "gpu.module"

# By C's names, which have an f behind them for f32: how many operands they take.
_IN_LIBRARIES = {
    **dict.fromkeys(("erfcx", "erfinv", "lgamma", "tgamma"), 1),
    **dict.fromkeys(("atan2", "fmod", "hypot"), 2),
}
# SciPy's functions take f64 and a flag.
_BY_SCIPY = ("i0", "i1", "j0", "j1")


@dataclass(frozen=True)
class Library:
    """A device's library of functions.

    Attributes
    ----------
    prefix : str
        Of its names.
    suffixes : tuple of str
        Of its functions of f32 and of f64.
    renamed : tuple of pairs of str
        C's names, and its own.
    """

    prefix: str
    suffixes: tuple[str, str]
    renamed: tuple[tuple[str, str], ...] = ()

    def symbol(self, name: str, type: str) -> str:
        """The name of C's function `name` of f32 or f64."""
        return self.prefix + dict(self.renamed).get(name, name) + self.suffixes[type == "f64"]


LIBDEVICE = Library("__nv_", ("f", ""), (("i0", "cyl_bessel_i0"), ("i1", "cyl_bessel_i1")))

_OWN: dict[str, Callable[[Any], Any]] = {
    "lm_sigmoid": lambda x: _logistic(x, nd.exp(-nd.abs(x))),
    "lm_softplus": lambda x: nd.maximum(x, 0.0) + nd.log1p(nd.exp(-nd.abs(x))),
}


def _logistic(x: Any, e: Any) -> Any:
    return nd.switch(nd.ge(x, 0.0), 1.0, e) / (1.0 + e)


def lower_to_calls(module: Module, library: Library = LIBDEVICE, *, scalars: bool = False) -> None:
    """Make functions of the device of ops of `complex`, of integer powers and of C functions.

    Parameters
    ----------
    module : Module
    library : Library
    scalars : bool
        Whether ops of `math` on f32 and f64 become calls here, and not in a pass of MLIR's.

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
        if symbol.startswith(library.prefix):
            continue
        text = definition(symbol, library)
        if text is None:
            unknown.append(symbol)
        else:
            module.add_functions(text, KERNELS)
    if scalars:
        _call_library(module, library)
    if unknown:
        raise LoweringError(f"no device has the functions {', '.join(unknown)}")


def _call_library(module: Module, library: Library) -> None:
    """Calls of the library for ops of `math` on numbers; those on vectors stay."""

    def callee(op: str, operands: tuple[str, ...], result: str) -> str | None:
        name = scalar_functions.LIBM[op]
        return library.symbol(name, result) if result in ("f32", "f64") else None

    calls = module.replace_by_calls(scalar_functions.LIBM, callee)
    declared = (
        f"func.func private @{c.symbol}({', '.join(c.operands)}) -> {c.result}" for c in calls
    )
    module.add_functions("\n".join(declared), KERNELS)


@cache
def definition(symbol: str, library: Library = LIBDEVICE) -> str | None:
    """The MLIR text that defines the C function `symbol` on a device, or None."""
    if symbol in FORMULAS:
        count = 4 if symbol == "cpow" else 2
        return formula_text(symbol, FORMULAS[symbol], count, library=library)
    scipy = symbol.removeprefix("scipy_special_").removesuffix("_d")
    if symbol == f"scipy_special_{scipy}_d" and scipy in _BY_SCIPY:
        return _call(symbol, library.symbol(scipy, "f64"), ["f64"], ["i32"], scipy[0] == "j")
    own, _, type = symbol.rpartition("_")
    if own in _OWN and type in ("f32", "f64"):
        return formula_text(symbol, _OWN[own], 1, type, library=library)
    for name, type in ((symbol, "f64"), (symbol.removesuffix("f"), "f32")):
        if name in _IN_LIBRARIES and (type == "f64" or name != symbol):
            return _call(symbol, library.symbol(name, type), [type] * _IN_LIBRARIES[name])
    return None


_ATTRIBUTES = "attributes {llvm.always_inline, llvm.linkage = #llvm.linkage<internal>}"


def _call(
    symbol: str,
    callee: str,
    types: Sequence[str],
    flags: Sequence[str] = (),
    finite: bool = False,
) -> str:
    """A function that calls another; NaN for an infinite operand, as SciPy gives, if `finite`."""
    head = ""
    if finite:
        head = """
  %zero = arith.constant 0.0 : f64
  %nothing = arith.mulf %x, %zero : f64
  %x0 = arith.addf %x, %nothing : f64"""
    given = ["%x" if finite and not i else f"%x{i}" for i in range(len(types) + len(flags))]
    parameters = ", ".join(f"{x}: {t}" for x, t in zip(given, [*types, *flags], strict=True))
    operands = ", ".join(f"%x{i}" for i in range(len(types)))
    signature = f"({', '.join(types)}) -> {types[0]}"
    return f"""func.func private @{callee}{signature}
func.func private @{symbol}({parameters}) -> {types[0]} {_ATTRIBUTES} {{{head}
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
    library: Library | None = LIBDEVICE,
) -> str:
    """A function of MLIR that computes `formula` of `count` operands, and what it calls; without a
    library, C functions that it calls are only declared.
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
    needed = [library and definition(n, library) or text for n, text in declared.items()]
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


# What LLVM selects instructions for, at all widths: it ends the process for others.
_SELECTED = """abs assume bitreverse bswap canonicalize ceil copysign ctlz ctpop cttz expect fabs
floor fma fmuladd fptosi fptoui fshl fshr is lifetime maximum maximumnum maxnum memcpy memmove
memset minimum minimumnum minnum nearbyint rint round roundeven sadd sqrt smax smin ssub trunc
uadd umax umin umul usub vector""".split()
_INTRINSIC = re.compile(r"@llvm\.(\w+)[\w.]*")


def check(llvm: str, own: str = "nvvm") -> None:
    """Refuse LLVM IR that calls what a device has no code for; `own` is the name of intrinsics of
    its own.

    Raises
    ------
    LoweringError
        It names the intrinsic.
    """
    for match in _INTRINSIC.finditer(llvm):
        if match[1] not in _SELECTED and match[1] != own:
            raise LoweringError(f"a device has no instruction and no function for {match[0][1:]}")
