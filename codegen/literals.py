"""Makes the LLVM IR text of a newer LLVM readable by llvmlite's LLVM 20 to 22, without loss.

MLIR's LLVM (24) prints what older parsers reject: floats as ``f0x3FD5555555555555``, ``+inf``,
``-qnan``, ``+snan(0x1)``, or as a short decimal that the type does not hold (``float 1.0e-01``);
comments ``/* (nan) */``; and attributes that came later. Simple programs show none of it.

Every literal is replaced by its exact bits. An attribute that the parser does not know promised
something to the optimiser only, so it is dropped.
"""

from __future__ import annotations

import re
import struct
from fractions import Fraction

# Exponent and fraction bits.
_FORMATS = {"double": (11, 52), "float": (8, 23), "half": (5, 10), "bfloat": (8, 7)}

_LITERAL = re.compile(
    r"""
    "[^"]*"                                  # names and strings stay as they are
  | \ (?:
        f0x(?P<hex>[0-9A-Fa-f]+)
      | (?P<special>[+-](?:inf|qnan|snan|nan)\b(?:\(0x(?P<payload>[0-9A-Fa-f]+)\))?)
      | (?P<decimal>[+-]?\d+\.\d*(?:[eE][+-]?\d+)?)
    )""",
    re.VERBOSE,
)
_TYPE = re.compile(r"\b(?:double|float|half|bfloat)\b")
_COMMENT = re.compile(r"/\*.*?\*/ ?")
_GROUP = re.compile(r"^(attributes #\d+ = \{)(.*)\}$", re.MULTILINE)
_INTRINSIC = re.compile(r"^declare .*@llvm\..*$", re.MULTILINE)
_CAPTURES = re.compile(r"captures\([^)]*\) ?")
_ATTRIBUTE = re.compile(r'"[^"]*"(?:="[^"]*")?|\w+(?:\([^)]*\))?(?:=\S+)?')

# The function attributes that LLVM 20 knows and that MLIR or this package writes.
_KNOWN = frozenset(
    """alwaysinline cold convergent hot inlinehint memory minsize mustprogress nocallback
    noduplicate nofree noinline nonlazybind norecurse noreturn nosync nounwind optnone optsize
    presplitcoroutine returns_twice speculatable strictfp uwtable willreturn""".split()
)
_KNOWN_MEMORY = frozenset({"argmem", "inaccessiblemem", "none", "read", "write", "readwrite"})


def adapt(text: str, llvm_version: tuple[int, ...]) -> str:
    """Rewrite LLVM IR `text` for the parser of LLVM `llvm_version`; adapted text stays as it is."""
    text = _COMMENT.sub("", text) if "/*" in text else text
    text = _INTRINSIC.sub(_bare_declaration, text)
    text = _GROUP.sub(_known_attributes, text)
    if "captures(" in text and llvm_version < (21,):
        text = _CAPTURES.sub(lambda m: "nocapture " if "(none)" in m[0] else "", text)
    return exact_floats(text)


def exact_floats(text: str) -> str:
    """Rewrite every float literal to the form of exact bits that all versions read."""

    def exact(match: re.Match[str]) -> str:
        type_ = _type_before(text, match.start()) if match.lastgroup else None
        if type_ is None or (type_ == "double" and match["decimal"]):
            return match[0]
        return " " + _spelled(type_, _bits(type_, match))

    return _LITERAL.sub(exact, text)


def _type_before(text: str, position: int) -> str | None:
    # Directly before, or else, as for the second operand of `fadd float %x, +inf`, on the line.
    word = text[max(position - 7, 0) : position].rpartition(" ")[2].lstrip("<[({")
    if word in _FORMATS:
        return word
    types = _TYPE.findall(text, text.rfind("\n", 0, position) + 1, position)
    return types[-1] if types else None


def _bits(type_: str, match: re.Match[str]) -> int:
    if match["hex"]:
        return int(match["hex"], 16)
    if match["decimal"]:
        return _nearest(type_, match["decimal"])
    exponent, fraction = _FORMATS[type_]
    special = match["special"]
    infinity = ((1 << exponent) - 1) << fraction
    sign = (special[0] == "-") << (exponent + fraction)
    payload = int(match["payload"] or "0", 16)
    if special[1:] == "inf":
        return sign | infinity
    quiet = 0 if special[1:].startswith("snan") else 1 << (fraction - 1)
    return sign | infinity | quiet | payload


def _nearest(type_: str, decimal: str) -> int:
    """The bits of `decimal` rounded to `type_`: once, so not by way of a Python float."""
    exponent_bits, fraction_bits = _FORMATS[type_]
    value = abs(Fraction(decimal))
    sign = decimal.startswith("-") << (exponent_bits + fraction_bits)
    if value == 0:
        return sign
    smallest = 2 - (1 << (exponent_bits - 1))  # the exponent of subnormals and the first normals
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    if Fraction(2) ** exponent > value:
        exponent -= 1
    exponent = max(exponent, smallest)
    significand = round(value / Fraction(2) ** (exponent - fraction_bits))
    # The significand's leading bit adds the 1 by which a normal's exponent field is larger.
    magnitude = ((exponent - smallest) << fraction_bits) + significand
    return sign | min(magnitude, ((1 << exponent_bits) - 1) << fraction_bits)


def _spelled(type_: str, bits: int) -> str:
    if type_ == "half":
        return f"0xH{bits:04X}"
    if type_ == "bfloat":
        return f"0xR{bits:04X}"
    if type_ == "float":
        # A float is written as the double of the same value, a NaN with its payload shifted.
        sign, magnitude = bits >> 31, bits & 0x7FFFFFFF
        if magnitude > 0x7F800000:
            bits = sign << 63 | 0x7FF << 52 | (magnitude & 0x7FFFFF) << 29
        else:
            (value,) = struct.unpack("<f", struct.pack("<I", bits))
            (bits,) = struct.unpack("<Q", struct.pack("<d", value))
    return f"0x{bits:016X}"


def _bare_declaration(match: re.Match[str]) -> str:
    """An intrinsic's attributes are the parser's own: it sets them whatever the text says."""
    declaration = match[0].rpartition(" #")
    return declaration[0] if declaration[2].isdigit() else match[0]


def _known_attributes(match: re.Match[str]) -> str:
    kept = [
        attribute
        for attribute in _ATTRIBUTE.findall(match[2])
        if attribute.startswith('"') or _is_known(attribute)
    ]
    return f"{match[1]} {' '.join(kept)} }}"


def _is_known(attribute: str) -> bool:
    name = re.match(r"\w+", attribute)
    if name is None or name[0] not in _KNOWN:
        return False
    # `memory` that names a location of a later version must go as a whole: without that location
    # it would promise more than was meant.
    return name[0] != "memory" or set(re.findall(r"[a-z_0-9]+", attribute[6:])) <= _KNOWN_MEMORY
