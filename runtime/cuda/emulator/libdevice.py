"""The functions of CUDA's libdevice, by the C library's and LLVM's.

Results differ from a GPU's in the last digits, as those of two mathematical libraries do. The
functions are those of NVIDIA's "Libdevice User's Guide" for float and double, their conversions
and roundings of the last digit aside.
"""

from __future__ import annotations

import re

from lamina.runtime.cuda.emulator.ir_lines import parts

# __nv_NAME is NAME of libm, __nv_NAMEf NAMEf.
_LIBM = frozenset(
    """acos acosh asin asinh atan atan2 atanh cbrt cos cosh erf erfc exp exp2 expm1 fdim fmod frexp
    hypot ilogb j0 j1 jn ldexp lgamma log log10 log1p log2 logb modf nextafter pow remainder remquo
    scalbn sin sinh tan tanh tgamma y0 y1 yn""".split()
)

# __nv_fast_NAMEf is a faster one with a larger error.
_FAST = frozenset("cos exp log log10 log2 pow sin tan".split())

_INTRINSICS = {
    "ceil": "ceil",
    "copysign": "copysign",
    "fabs": "fabs",
    "floor": "floor",
    "fma": "fma",
    "fmax": "maxnum",
    "fmin": "minnum",
    "nearbyint": "nearbyint",
    "rint": "rint",
    "round": "round",
    "sqrt": "sqrt",
    "trunc": "trunc",
}

# __nv_NAME by a function of scipy.special of doubles.
_SPECIAL = {
    "cyl_bessel_i0": "i0",
    "cyl_bessel_i1": "i1",
    "erfcx": "erfcx",
    "erfinv": "erfinv",
    "erfcinv": "erfcinv",
    "normcdf": "ndtr",
    "normcdfinv": "ndtri",
}

# T is float or double, I the integer of that size, S the suffix of intrinsics, and F of libm's
# names.
_CLASS = "  %a = call T @llvm.fabs.S(T %0)\n  %b = fcmp {} T %a, 0x7FF0000000000000\n"
_WIDE = "  %r = zext i1 %b to i32\n  ret i32 %r"
_PI = (
    "  %y = call T @remainderF(T %0, T 2.0)\n  %d = {} T %y to double\n"
    "  %x = fmul double %d, 0x400921FB54442D18\n  %w = call double @{}(double %x)\n"
    "  %r = {} double %w to T\n  ret T %r"
)
_BODIES = {
    "rsqrt": "  %s = call T @llvm.sqrt.S(T %0)\n  %r = fdiv T 1.0, %s\n  ret T %r",
    "rcbrt": "  %s = call T @cbrtF(T %0)\n  %r = fdiv T 1.0, %s\n  ret T %r",
    "isnan": "  %b = fcmp uno T %0, %0\n" + _WIDE,
    "isinf": _CLASS.format("oeq") + _WIDE,
    "isfinite": _CLASS.format("olt") + _WIDE,
    "signbit": "  %i = bitcast T %0 to I\n  %b = icmp slt I %i, 0\n" + _WIDE,
    "exp10": "  %r = call T @powF(T 10.0, T %0)\n  ret T %r",
    "powi": "  %r = call T @llvm.powi.S.i32(T %0, i32 %1)\n  ret T %r",
    "saturate": "  %a = call T @llvm.maxnum.S(T %0, T 0.0)\n"
    "  %r = call T @llvm.minnum.S(T %a, T 1.0)\n  ret T %r",
    "sincos": "  %s = call T @sinF(T %0)\n  %c = call T @cosF(T %0)\n  store T %s, ptr %1\n"
    "  store T %c, ptr %2\n  ret void",
    "sinpi": _PI,
    "cospi": _PI,
}
_ALIASES = {
    "finite": "isfinite",
    "isfinited": "isfinite",
    "isinfd": "isinf",
    "isnand": "isnan",
    "signbitd": "signbit",
}

# Integers: the type, and the intrinsic with what follows the operand.
_INTEGERS = {
    "abs": "call i32 @llvm.abs.i32(i32 %0, i1 false)",
    "llabs": "call i64 @llvm.abs.i64(i64 %0, i1 false)",
    "brev": "call i32 @llvm.bitreverse.i32(i32 %0)",
    "brevll": "call i64 @llvm.bitreverse.i64(i64 %0)",
    "popc": "call i32 @llvm.ctpop.i32(i32 %0)",
    "clz": "call i32 @llvm.ctlz.i32(i32 %0, i1 false)",
    "min": "call i32 @llvm.smin.i32(i32 %0, i32 %1)",
    "max": "call i32 @llvm.smax.i32(i32 %0, i32 %1)",
    "umin": "call i32 @llvm.umin.i32(i32 %0, i32 %1)",
    "umax": "call i32 @llvm.umax.i32(i32 %0, i32 %1)",
    "llmin": "call i64 @llvm.smin.i64(i64 %0, i64 %1)",
    "llmax": "call i64 @llvm.smax.i64(i64 %0, i64 %1)",
    "ullmin": "call i64 @llvm.umin.i64(i64 %0, i64 %1)",
    "ullmax": "call i64 @llvm.umax.i64(i64 %0, i64 %1)",
    "umulhi": """zext i32 %0 to i64
  %b = zext i32 %1 to i64
  %p = mul i64 %r, %b
  %h = lshr i64 %p, 32
  %u = trunc i64 %h to i32
  ret i32 %u""",
}

_DECLARED = re.compile(
    r"declare (?:.* )?(\w+) @__nv_(\w+)\((.*?)\)(?: local_unnamed_addr)?(?: #\d+)?$"
)
_CALLED = re.compile(r"call (\w+) @([\w.]+)\(([^)]*)\)")


def definition(line: str) -> str | None:
    """The definition for the declaration of a function of libdevice; None for another line.

    Raises
    ------
    NotImplementedError
        Nothing computes it here.
    """
    match = _DECLARED.match(line)
    if match is None:
        return None
    result, name, parameters = match[1], match[2], [p.split()[0] for p in parts(match[3])]
    body = _body(name, result, parameters)
    if body is None:
        raise NotImplementedError(f"the emulator does not know libdevice's __nv_{name}")
    return f"define internal {result} @__nv_{name}({', '.join(parameters)}) {{\n{body}\n}}"


def _body(name: str, result: str, parameters: list[str]) -> str | None:
    floats = [t for t in (*parameters, result) if t in ("float", "double")]
    given = ", ".join(f"{type_} %{i}" for i, type_ in enumerate(parameters))
    if not floats:
        call = _INTEGERS.get(name)
        if call is None:
            return None
        return f"  %r = {call}" + ("" if "\n" in call else f"\n  ret {result} %r")
    single = floats[0] == "float"
    base = name[:-1] if single and name.endswith("f") else name
    base = _ALIASES.get(base, base)
    if base.startswith("fast_") and base[5:] in _FAST:
        base = base[5:]
    if base in _LIBM:
        called = base + ("f" if single else "")
    elif base in _INTRINSICS:
        called = f"llvm.{_INTRINSICS[base]}.{'f32' if single else 'f64'}"
    elif base in _SPECIAL:
        return _special(_SPECIAL[base], single)
    elif base in _BODIES:
        return _typed(base, single)
    else:
        return None
    if result == "void":
        return f"  call void @{called}({given})\n  ret void"
    return f"  %r = call {result} @{called}({given})\n  ret {result} %r"


def _typed(base: str, single: bool) -> str:
    body = _BODIES[base]
    if base in ("sinpi", "cospi"):
        casts = ("fpext", "fptrunc") if single else ("bitcast", "bitcast")
        body = body.format(casts[0], base[:3], casts[1])
    type_, integer, suffix, letter = (
        ("float", "i32", "f32", "f") if single else ("double", "i64", "f64", "")
    )
    body = re.sub(r"\bT\b", type_, body)
    body = re.sub(r"\bI\b", integer, body)
    return re.sub(r"\.S\b", f".{suffix}", re.sub(r"(@\w+)F\(", rf"\1{letter}(", body))


def _special(name: str, single: bool) -> str:
    call = f"call double @scipy_special_{name}_d(double {{}}, i32 0)"
    if not single:
        return f"  %r = {call.format('%0')}\n  ret double %r"
    return (
        f"  %d = fpext float %0 to double\n  %w = {call.format('%d')}\n"
        "  %r = fptrunc double %w to float\n  ret float %r"
    )


def declarations(text: str) -> list[str]:
    """Declarations of what a text calls and neither defines nor declares."""
    known = set(re.findall(r'^(?:define|declare) .*?@([\w.$-]+|"[^"]*")\(', text, re.MULTILINE))
    found: dict[str, str] = {}
    for result, name, operands in _CALLED.findall(text):
        if name not in known and name not in found:
            types = ", ".join(operand.split()[0] for operand in parts(operands))
            found[name] = f"declare {result} @{name}({types})"
    return list(found.values())
