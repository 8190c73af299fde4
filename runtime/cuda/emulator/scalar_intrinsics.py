"""LLVM's intrinsics for nvptx that compute numbers from numbers, and fences.

Approximations are computed exactly: a GPU's differ from that in the last digits.
"""

from __future__ import annotations

import re

from lamina.runtime.cuda.emulator.ir_lines import Call

_FENCES = ("membar", "fence", "nanosleep", "prefetch", "griddepcontrol", "setmaxnreg")

# The intrinsic's name without its type, rounding and flushing of denormal numbers -> its
# expression; T and S are the type and the suffix of LLVM's intrinsics.
_EXPRESSIONS = {
    "add": "fadd T %0, %1",
    "mul": "fmul T %0, %1",
    "div": "fdiv T %0, %1",
    "rcp": "fdiv T 1.0, %0",
    "fma": "call T @llvm.fma.S(T %0, T %1, T %2)",
    "sqrt": "call T @llvm.sqrt.S(T %0)",
    "fabs": "call T @llvm.fabs.S(T %0)",
    "fmin": "call T @llvm.minnum.S(T %0, T %1)",
    "fmax": "call T @llvm.maxnum.S(T %0, T %1)",
    "fmin.nan": "call T @llvm.minimum.S(T %0, T %1)",
    "fmax.nan": "call T @llvm.maximum.S(T %0, T %1)",
    "ex2": "call T @llvm.exp2.S(T %0)",
    "lg2": "call T @llvm.log2.S(T %0)",
    "sin": "call T @llvm.sin.S(T %0)",
    "cos": "call T @llvm.cos.S(T %0)",
    "tanh": "call T @llvm.tanh.S(T %0)",
    "floor": "call T @llvm.floor.S(T %0)",
    "ceil": "call T @llvm.ceil.S(T %0)",
    "round": "call T @llvm.roundeven.S(T %0)",
    "trunc": "call T @llvm.trunc.S(T %0)",
}
_MANGLED = {"float": "f32", "double": "f64", "half": "f16", "bfloat": "bf16"}
# The last words of a name: rounding to nearest, approximation, denormal numbers, the type.
_WORD = re.compile(r"\.(?:rn|rz|rm|rp|approx|full|ftz|f|d|f16|f32|f64|bf16|f16x2|bf16x2)$")


def function(call: Call) -> tuple[str, str]:
    """The name and the definition of a function that computes what an intrinsic does.

    Raises
    ------
    NotImplementedError
        The emulator does not know it.
    """
    short = call.callee.removeprefix("llvm.nvvm.")
    name = f"nvvm.{short}"
    types = [operand.type for operand in call.operands]
    head = f"define internal {call.type} @{name}({', '.join(types)}) {{\n"
    if short.startswith(_FENCES):
        return name, f"{head}  ret void\n}}"
    if short == "prmt":
        return name, head + _PERMUTE
    base, words = short, []
    while match := _WORD.search(base):
        words.append(match[0])
        base = base[: match.start()]
    key = "rsqrt" if base == "rsqrt" else base
    directed = {".rz", ".rm", ".rp"} & set(words)
    suffix = _mangled(call.type)
    if suffix is None or directed or (key not in _EXPRESSIONS and key != "rsqrt"):
        raise NotImplementedError(f"the emulator does not know the intrinsic {call.callee}")
    if key == "rsqrt":
        text = "  %s = call T @llvm.sqrt.S(T %0)\n  %r = fdiv T 1.0, %s\n"
    else:
        text = f"  %r = {_EXPRESSIONS[key]}\n"
    text = re.sub(r"\bT\b", call.type, text).replace(".S(", f".{suffix}(")
    return name, f"{head}{text}  ret {call.type} %r\n}}"


def _mangled(type_: str) -> str | None:
    if match := re.fullmatch(r"<(\d+) x (\w+)>", type_):
        element = _MANGLED.get(match[2])
        return element and f"v{match[1]}{element}"
    return _MANGLED.get(type_)


# PTX ISA, prmt without a mode: each nibble of the selector names a byte, or its sign, of 8.
_PERMUTE = """  %low = zext i32 %0 to i64
  %b = zext i32 %1 to i64
  %high = shl i64 %b, 32
  %both = or i64 %high, %low
  br label %loop
loop:
  %i = phi i32 [ 0, %3 ], [ %i.next, %loop ]
  %acc = phi i32 [ 0, %3 ], [ %new, %loop ]
  %nibble.at = mul i32 %i, 4
  %nibble = lshr i32 %2, %nibble.at
  %which = and i32 %nibble, 7
  %bits = mul i32 %which, 8
  %bits.64 = zext i32 %bits to i64
  %moved = lshr i64 %both, %bits.64
  %byte = trunc i64 %moved to i8
  %sign = ashr i8 %byte, 7
  %mode = and i32 %nibble, 8
  %signs = icmp ne i32 %mode, 0
  %chosen = select i1 %signs, i8 %sign, i8 %byte
  %wide = zext i8 %chosen to i32
  %to = mul i32 %i, 8
  %placed = shl i32 %wide, %to
  %new = or i32 %acc, %placed
  %i.next = add i32 %i, 1
  %more = icmp ult i32 %i.next, 4
  br i1 %more, label %loop, label %end
end:
  ret i32 %new
}"""
