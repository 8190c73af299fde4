"""Writes LLVM IR for arithmetic on values that are scalars or vectors alike.

A formula is a Python function of `Value`s. Tracing it once with ``lanes=1`` and once with
``lanes=8`` gives a scalar and a vector function made of the same IEEE operations in the same
order, and so with the same bits. No fast-math flag is ever written; a multiplication and an
addition become one operation only where the formula says `fma`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """An IEEE binary format and the constants that bit-level formulas need.

    `magic` is 1.5 times 2 to the number of fraction bits: ``t = x + magic`` rounds x to an integer,
    which ``t - magic`` gives as a float and the low bits of t as a two's complement integer.
    """

    name: str
    fraction: int
    bias: int
    magic: float
    magic_bits: int

    def rounded(self, value: float) -> float:
        """Return the nearest number of this format, as a Python float."""
        return value if self is F64 else struct.unpack("<f", struct.pack("<f", value))[0]


F64 = Format("f64", 52, 1023, 1.5 * 2.0**52, 0x4338 << 48)
F32 = Format("f32", 23, 127, 1.5 * 2.0**23, 0x4B40 << 16)
FORMATS = {"f64": F64, "f32": F32}

LLVM_TYPES = {"f64": "double", "f32": "float", "i64": "i64", "i32": "i32", "i1": "i1"}
_INTEGER_OF = {"f64": "i64", "f32": "i32"}
_FLOAT_OF = {"i64": "f64", "i32": "f32"}


class Trace:
    """One function while it is being written.

    Parameters
    ----------
    lanes : int
        Elements in each value; 1 writes scalar code.
    permutes : bool
        Whether the processor has AVX-512's permutation of two registers, for `lookup`.

    Attributes
    ----------
    declarations : set of str
        Declarations that the text needs: intrinsics, and functions of libm.
    helpers : dict
        Definitions that the text needs, functions and tables, by name.
    """

    def __init__(self, lanes: int, permutes: bool = False) -> None:
        self.lanes = lanes
        self.permutes = permutes
        self.lines: list[str] = []
        self.declarations: set[str] = set()
        self.helpers: dict[str, str] = {}
        self._names = 0
        self._blocks = 0
        self._block = "entry"

    def type(self, kind: str) -> str:
        """Return the LLVM type of a value of `kind`."""
        return LLVM_TYPES[kind] if self.lanes == 1 else f"<{self.lanes} x {LLVM_TYPES[kind]}>"

    def argument(self, index: int, kind: str) -> Value:
        """Return the function's parameter number `index`, ``%x0`` and so on."""
        return Value(self, f"%x{index}", kind)

    def emit(self, text: str, kind: str) -> Value:
        """Append the instruction `text` and return its result."""
        self._names += 1
        name = f"%v{self._names}"
        self.lines.append(f"  {name} = {text}")
        return Value(self, name, kind)

    def intrinsic(self, name: str, *operands: Value) -> Value:
        """Call the LLVM intrinsic `name` on operands of one kind."""
        kind = operands[0].kind
        suffix = kind if self.lanes == 1 else f"v{self.lanes}{kind}"
        ty = self.type(kind)
        self.declarations.add(
            f"declare {ty} @llvm.{name}.{suffix}({', '.join([ty] * len(operands))})"
        )
        arguments = ", ".join(f"{ty} {v.name}" for v in operands)
        return self.emit(f"call {ty} @llvm.{name}.{suffix}({arguments})", kind)

    def branch_if_any(self, mask: Value, rare: str, usual: str) -> None:
        """End the block: go to `rare` if a lane of `mask` is true, else to `usual`."""
        if self.lanes > 1:
            ty = self.type("i1")
            reduce = f"@llvm.vector.reduce.or.v{self.lanes}i1"
            self.declarations.add(f"declare i1 {reduce}({ty})")
            mask = self.emit(f"call i1 {reduce}({ty} {mask.name})", "i1")
        self.lines.append(f"  br i1 {mask.name}, label %{rare}, label %{usual}, !prof !0")

    def start(self, block: str) -> None:
        """Begin the block named `block`."""
        self.lines.append(f"{block}:")
        self._block = block

    def fresh_block(self, stem: str) -> str:
        """Return a block name that is not yet used."""
        self._blocks += 1
        return f"{stem}{self._blocks}"

    @property
    def block(self) -> str:
        """The block that instructions are appended to."""
        return self._block


def float_text(number: float) -> str:
    """Write a constant as LLVM wants it in every format: the bits of the equal double."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"


@dataclass(frozen=True, eq=False)
class Value:
    """A float, integer or truth value in each lane. Python numbers are constants of its kind."""

    trace: Trace
    name: str
    kind: str

    @property
    def format(self) -> Format:
        """The floating-point format of the lanes."""
        return FORMATS[self.kind]

    def constant(self, number: float) -> Value:
        """Return `number`, correctly rounded to this kind, in every lane."""
        llvm = LLVM_TYPES[self.kind]
        if self.kind in FORMATS:
            text = float_text(self.format.rounded(float(number)))
        elif self.kind == "i1":
            text = "true" if number else "false"
        else:
            text = str(int(number))
        return Value(
            self.trace, text if self.trace.lanes == 1 else f"splat ({llvm} {text})", self.kind
        )

    def as_value(self, other: Value | float) -> Value:
        """Return `other`, a number as a constant of this kind."""
        return other if isinstance(other, Value) else self.constant(other)

    def _binary(self, opcode: str, other: Value | float, swapped: bool = False) -> Value:
        a, b = self, self.as_value(other)
        if swapped:
            a, b = b, a
        return self.trace.emit(
            f"{opcode} {self.trace.type(self.kind)} {a.name}, {b.name}", self.kind
        )

    def _arithmetic(self, stem: str, other: Value | float, swapped: bool = False) -> Value:
        return self._binary(f"f{stem}" if self.kind in FORMATS else stem, other, swapped)

    def __add__(self, other: Value | float) -> Value:
        return self._arithmetic("add", other)

    __radd__ = __add__

    def __sub__(self, other: Value | float) -> Value:
        return self._arithmetic("sub", other)

    def __rsub__(self, other: float) -> Value:
        return self._arithmetic("sub", other, swapped=True)

    def __mul__(self, other: Value | float) -> Value:
        return self._arithmetic("mul", other)

    __rmul__ = __mul__

    def __truediv__(self, other: Value | float) -> Value:
        return self._binary("fdiv", other)

    def __rtruediv__(self, other: float) -> Value:
        return self._binary("fdiv", other, swapped=True)

    def __neg__(self) -> Value:
        return self.trace.emit(f"fneg {self.trace.type(self.kind)} {self.name}", self.kind)

    def __and__(self, other: Value | int) -> Value:
        return self._binary("and", other)

    def __or__(self, other: Value | int) -> Value:
        return self._binary("or", other)

    def __xor__(self, other: Value | int) -> Value:
        return self._binary("xor", other)

    def __invert__(self) -> Value:
        return self._binary("xor", True if self.kind == "i1" else -1)

    def __lshift__(self, count: int) -> Value:
        return self._binary("shl", count)

    def __rshift__(self, count: int) -> Value:
        """Shift in zeros: AVX2 has no arithmetic shift of 64-bit lanes."""
        return self._binary("lshr", count)

    def compare(self, predicate: str, other: Value | float) -> Value:
        """Compare by LLVM's `predicate`: ``olt`` is false and ``ult`` true for NaN."""
        opcode = "fcmp" if self.kind in FORMATS else "icmp"
        ty = self.trace.type(self.kind)
        return self.trace.emit(
            f"{opcode} {predicate} {ty} {self.name}, {self.as_value(other).name}", "i1"
        )

    def __lt__(self, other: Value | float) -> Value:
        return self.compare("olt", other)

    def __gt__(self, other: Value | float) -> Value:
        return self.compare("ogt", other)

    def __le__(self, other: Value | float) -> Value:
        return self.compare("ole", other)

    def __ge__(self, other: Value | float) -> Value:
        return self.compare("oge", other)

    def equals(self, other: Value | float) -> Value:
        """Compare lanes for equality; NaN equals nothing."""
        return self.compare("oeq" if self.kind in FORMATS else "eq", other)

    def is_nan(self) -> Value:
        """Return whether a lane is NaN."""
        return self.compare("uno", self)

    def _convert(self, opcode: str, kind: str) -> Value:
        types = self.trace.type(self.kind), self.trace.type(kind)
        return self.trace.emit(f"{opcode} {types[0]} {self.name} to {types[1]}", kind)

    def bits(self) -> Value:
        """Return the encoding of a float as an integer."""
        return self._convert("bitcast", _INTEGER_OF[self.kind])

    def real(self) -> Value:
        """Return the float whose encoding this integer is."""
        return self._convert("bitcast", _FLOAT_OF[self.kind])

    def widen(self) -> Value:
        """Convert f32 to f64."""
        return self._convert("fpext", "f64")

    def narrow(self) -> Value:
        """Round f64 to f32."""
        return self._convert("fptrunc", "f32")

    def magnitude(self) -> Value:
        """Clear the sign bit."""
        return self.trace.intrinsic("fabs", self)

    def with_sign_of(self, other: Value) -> Value:
        """Replace the sign bit by the one of `other`."""
        return self.trace.intrinsic("copysign", self, other)

    def sqrt(self) -> Value:
        """Return the correctly rounded square root."""
        return self.trace.intrinsic("sqrt", self)

    def nearest(self) -> Value:
        """Round to the nearest integer, ties to even."""
        return self.trace.intrinsic("rint", self)


def define(
    name: str,
    formula: Callable[..., Value],
    arity: int,
    kind: str,
    lanes: int,
    permutes: bool = False,
) -> tuple[str, Trace]:
    """Trace `formula` and return the definition of the function `name`, with its trace.

    Parameters
    ----------
    name : str
        Symbol without ``@``.
    formula : callable
        Takes `arity` values and returns one, all of `kind`.
    arity : int
        Number of parameters.
    kind : str
        ``"f64"`` or ``"f32"``.
    lanes, permutes
        See `Trace`.
    """
    trace = Trace(lanes, permutes)
    result = formula(*(trace.argument(i, kind) for i in range(arity)))
    ty = trace.type(kind)
    parameters = ", ".join(f"{ty} %x{i}" for i in range(arity))
    body = "\n".join(trace.lines)
    return (
        f"define {ty} @{name}({parameters}) nounwind willreturn memory(none) {{\n"
        f"entry:\n{body}\n  ret {ty} {result.name}\n}}\n"
    ), trace
