"""Scalar ops that become function calls: libm's, C's complex functions, and own MLIR functions.

LLVM keeps what is a few instructions (sqrt, fabs, floor, fma, ctpop, ...) as intrinsics. All other
functions become calls *before* `convert-to-llvm`, for three reasons: MLIR would expand `math.expm1`
as exp(x) - 1 and `complex.log` as log(sqrt(...)), 270 ULP off; a call carries the attribute that
maps it to an own vector function; and an op without an entry fails instead of losing digits.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from lamina.codegen import complex_functions
from lamina.codegen.mlir import Call, LoweringError, Module

# f64 `exp` is C's exp, f32 is C's expf; the names that differ from C's stand with a colon.
_LIBM = """acos acosh asin asinh atan atan2 atanh cbrt cos cosh erf erfc exp exp2 expm1 log log10
log1p log2 powf:pow sin sinh tan tanh"""
LIBM = {f"math.{op}": c or op for op, _, c in (name.partition(":") for name in _LIBM.split())}

_COMPLEX = "abs angle cos div exp expm1 log log1p pow sign sin sqrt tan tanh"
COMPLEX = {f"complex.{op}": f"complex_{op}" for op in _COMPLEX.split()}

# x86 without AVX512-FP16 has no f64 -> f16 and calls the compiler's runtime, which Python lacks.
OTHERS = {"arith.truncf": "truncate_f64_to_f16", "math.ipowi": "integer_power"}

# MLIR has a lowering for these, but a worse one than their parts have.
REFUSED = frozenset({"complex.atan2", "complex.rsqrt", "math.fpowi", "math.sincos"})

_PURE = "llvm.readnone, llvm.no_unwind, llvm.will_return"
_INTERNAL = "llvm.linkage = #llvm.linkage<internal>"


def lower_to_calls(module: Module) -> None:
    """Replace the ops of `LIBM`, `COMPLEX` and `OTHERS` by calls, and add what they call.

    Raises
    ------
    LoweringError
        For an op of `REFUSED`, on f16 (compute in f32) or on vectors.
    """
    names = {*LIBM, *COMPLEX, *OTHERS, *REFUSED}
    # An own function is written with ops of these tables itself, hence the loop.
    while calls := module.replace_by_calls(names, callee):
        module.add_functions(functions_for(calls))


def functions_for(calls: Iterable[Call]) -> str:
    """The definitions of what `calls` name, or their declarations, and those of C functions that
    the definitions call.
    """
    symbols = {call.symbol: call for call in calls}.values()
    text = "\n".join(_definitions().get(call.symbol) or _declaration(call) for call in symbols)
    used = (name for name in _C_FUNCTIONS if f"@{name}(" in text)
    return "\n".join([text, *(_C_FUNCTIONS[name] for name in used)])


def callee(op: str, operands: tuple[str, ...], result: str) -> str | None:
    """The symbol that does what `op` does, or None for "leave it"."""
    if op == "arith.truncf":
        return OTHERS[op] if (operands, result) == (("f64",), "f16") else None
    element = operands[0].removeprefix("complex<").removesuffix(">")
    if op in LIBM and element in ("f32", "f64"):
        return LIBM[op] + ("f" if element == "f32" else "")
    if op in COMPLEX and element in ("f32", "f64"):
        return f"{COMPLEX[op]}_{element}"
    if op == "math.ipowi" and element in ("i8", "i16", "i32", "i64"):
        return f"{OTHERS[op]}_{element}"
    raise LoweringError(
        f"`{op}` has no lowering for ({', '.join(operands)}) -> {result}: write it with ops on f32 "
        "or f64 that have one"
    )


def _declaration(call: Call) -> str:
    types = ", ".join(call.operands)
    return f"func.func private @{call.symbol}({types}) -> {call.result} attributes {{{_PURE}}}"


_C_FUNCTIONS = {
    name: f"func.func private @{name}({operands}) -> {result} attributes {{{_PURE}}}"
    for name, operands, result in (
        *((f"c{name}", "f64, f64", "(f64, f64)") for name in complex_functions.BY_C),
        ("cpow", "f64, f64, f64, f64", "(f64, f64)"),
        ("hypot", "f64, f64", "f64"),
    )
}


@cache
def _definitions() -> dict[str, str]:
    texts = complex_functions.definitions() | {"truncate_f64_to_f16": _TRUNCATE}
    for element in ("i8", "i16", "i32", "i64"):
        texts[f"integer_power_{element}"] = _INTEGER_POWER.replace("TYPE", element)
    return {
        symbol: text.replace("INLINE", f"llvm.always_inline, {_INTERNAL}").replace(
            "OUTLINE", f"llvm.no_inline, {_INTERNAL}"
        )
        for symbol, text in texts.items()
    }


# Rounds to odd in f32 (towards zero, last bit set if inexact): 24 bits hold two more than f16
# needs, so the second rounding is right (Boldo and Melquiond, IEEE Trans. Comput. 57 (2008) 462).
_TRUNCATE = """func.func private @truncate_f64_to_f16(%x: f64) -> f16 attributes {INLINE} {
  %i1 = arith.constant 1 : i32
  %nearest = arith.truncf %x : f64 to f32
  %back = arith.extf %nearest : f32 to f64
  %size = math.absf %x : f64
  %back_size = math.absf %back : f64
  %away = arith.cmpf ogt, %back_size, %size : f64
  %inexact = arith.cmpf one, %back, %x : f64
  %bits = arith.bitcast %nearest : f32 to i32
  %one_less = arith.subi %bits, %i1 : i32
  %towards_zero = arith.select %away, %one_less, %bits : i32
  %odd = arith.ori %towards_zero, %i1 : i32
  %rounded = arith.select %inexact, %odd, %bits : i32
  %f = arith.bitcast %rounded : i32 to f32
  %h = arith.truncf %f : f32 to f16
  return %h : f16
}"""

# Wraps around; a negative exponent truncates the true value to 0 or +-1, and 0 to it gives 0.
_INTEGER_POWER = """func.func private @integer_power_TYPE(%x: TYPE, %n: TYPE) -> TYPE
    attributes {OUTLINE} {
  %zero = arith.constant 0 : TYPE
  %one = arith.constant 1 : TYPE
  %minus_one = arith.constant -1 : TYPE
  %negative = arith.cmpi slt, %n, %zero : TYPE
  %is_one = arith.cmpi eq, %x, %one : TYPE
  %is_minus_one = arith.cmpi eq, %x, %minus_one : TYPE
  %unit = arith.ori %is_one, %is_minus_one : i1
  %base = arith.select %unit, %x, %zero : TYPE
  %low_bit = arith.andi %n, %one : TYPE
  %x0 = arith.select %negative, %base, %x : TYPE
  %n0 = arith.select %negative, %low_bit, %n : TYPE
  %is_base_zero = arith.cmpi eq, %base, %zero : TYPE
  %vanishes = arith.andi %negative, %is_base_zero : i1
  %start = arith.select %vanishes, %zero, %one : TYPE
  %power, %square, %rest = scf.while (%p = %start, %s = %x0, %m = %n0)
      : (TYPE, TYPE, TYPE) -> (TYPE, TYPE, TYPE) {
    %more = arith.cmpi ne, %m, %zero : TYPE
    scf.condition(%more) %p, %s, %m : TYPE, TYPE, TYPE
  } do {
  ^bb0(%p: TYPE, %s: TYPE, %m: TYPE):
    %bit = arith.andi %m, %one : TYPE
    %odd = arith.cmpi ne, %bit, %zero : TYPE
    %ps = arith.muli %p, %s : TYPE
    %p1 = arith.select %odd, %ps, %p : TYPE
    %m1 = arith.shrui %m, %one : TYPE
    %s1 = arith.muli %s, %s : TYPE
    scf.yield %p1, %s1, %m1 : TYPE, TYPE, TYPE
  }
  return %power : TYPE
}"""
