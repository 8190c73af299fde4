"""Reads the text of an LLVM module as LLVM prints it: one instruction a line.

Only what the emulator changes is taken apart: calls and accesses to memory. Other lines stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}
_OPENING = {closing: opening for opening, closing in _CLOSING.items()}
# What stands between a type and a value, or before the type that a call returns.
_ATTRIBUTE = re.compile(
    r"(?:(?:align|range|captures|dereferenceable|dereferenceable_or_null|nofpclass|addrspace)"
    r"(?:\((?:[^()]|\([^()]*\))*\)| \d+)"
    r"|noundef|nonnull|signext|zeroext|inreg|noalias|nocapture|readonly|readnone|writeonly|returned"
    r"|immarg|nofree|writable|dead_on_unwind|tail|musttail|notail|call|fast|nnan|ninf|nsz|arcp"
    r"|contract|afn|reassoc|ccc|fastcc|coldcc|ptx_device) +"
)
_TYPE_WORD = re.compile(r"ptr(?: addrspace\(\d+\))?|[a-z]\w*|%[\w.$-]+")
_CALL = re.compile(r"\s*(?:(%[\w.$-]+) = )?((?:tail |musttail |notail )?call .*)$")
_CALLEE = re.compile(r'@([\w.$-]+|"[^"]*")\(')
_ADDRESS_SPACE = re.compile(r"ptr addrspace\((\d+)\)")
_BITS = {"half": 16, "bfloat": 16, "float": 32, "double": 64}


class Operand(NamedTuple):
    """A value with its type; attributes are left out."""

    type: str
    value: str

    @property
    def space(self) -> int:
        """The address space of a pointer."""
        match = _ADDRESS_SPACE.match(self.type)
        return int(match[1]) if match else 0

    def __str__(self) -> str:
        return f"{self.type} {self.value}"


class Call(NamedTuple):
    """A call of a function by its name."""

    result: str | None
    type: str
    callee: str
    operands: tuple[Operand, ...]


class Access(NamedTuple):
    """A load, a store or an atomic operation: `nbytes` at `pointer`, a multiple of `align`."""

    kind: str
    pointer: Operand
    nbytes: int
    align: int


@dataclass
class Function:
    """A function that is defined: its parameters, and its lines, labels among them."""

    name: str
    kernel: bool
    result: str
    parameters: tuple[Operand, ...]
    attributes: str
    lines: list[str] = field(default_factory=list)


def split(text: str) -> tuple[list[str], list[Function]]:
    """Take a module apart: lines outside of functions, and the functions.

    Values and labels are renamed, ``%4`` to ``%k.4``: lines with names of their own may be put in
    between.
    """
    outside: list[str] = []
    functions: list[Function] = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("define "):
            functions.append(_function(line, lines))
        elif line and not line.startswith((";", "target ", "source_filename")):
            outside.append(line)
    return outside, functions


def _function(header: str, lines: Iterator[str]) -> Function:
    callee = _CALLEE.search(header)
    assert callee is not None
    end = _matching(header, callee.end() - 1)
    operands = [_operand(part) for part in parts(header[callee.end() : end])]
    parameters = tuple(
        Operand(type_, _named(value or f"%{i}")) for i, (type_, value) in enumerate(operands)
    )
    before = header[len("define ") : callee.start()]
    function = Function(
        callee[1].strip('"'), "ptx_kernel" in before, before.split()[-1], parameters, header[end:]
    )
    unnamed = sum(1 for _, value in operands if not value or value[1:].isdigit())
    for line in lines:
        if line == "}":
            break
        line = re.sub(r"\s+; preds = .*$", "", line)
        if not function.lines and not _is_label(line):
            function.lines.append(f"k.{unnamed}:")
        if line and not line.lstrip().startswith("#dbg_"):
            function.lines.append(_named(line))
    return function


def _is_label(line: str) -> bool:
    return bool(line) and not line.startswith(" ") and line.endswith(":")


def _named(line: str) -> str:
    line = re.sub(r"%(?=[\w.$-])", "%k.", line)
    return f"k.{line}" if _is_label(line) else line


def label(line: str) -> str | None:
    """The name of the block that a line begins."""
    return line[:-1] if _is_label(line) else None


def parts(text: str) -> list[str]:
    """Split at the commas that no bracket encloses."""
    found, start, depth, quoted = [], 0, 0, False
    for i, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif char in _CLOSING:
            depth += 1
        elif char in _OPENING:
            depth -= 1
        elif char == "," and not depth:
            found.append(text[start:i].strip())
            start = i + 1
    last = text[start:].strip()
    return [*found, last] if last else found


def _matching(text: str, position: int) -> int:
    """The position of the bracket that closes the one at `position`."""
    depth = 0
    for i in range(position, len(text)):
        if text[i] in _CLOSING:
            depth += 1
        elif text[i] in _OPENING:
            depth -= 1
            if not depth:
                return i
    raise ValueError(f"no bracket closes the one at {position} of {text!r}")


def _operand(text: str) -> Operand:
    if text[0] in _CLOSING:
        end = _matching(text, 0) + 1
    else:
        match = _TYPE_WORD.match(text)
        if match is None:
            raise NotImplementedError(f"the emulator does not know the operand {text!r}")
        end = match.end()
    return Operand(text[:end], _without_attributes(text[end:].strip() + " ").strip())


def _without_attributes(text: str) -> str:
    while match := _ATTRIBUTE.match(text):
        text = text[match.end() :]
    return text


def call(line: str) -> Call | None:
    """The call that a line is; None if it is none."""
    match = _CALL.match(line)
    if match is None:
        return None
    callee = _CALLEE.search(match[2])
    before = match[2][: callee.start()] if callee else ""
    if callee is None or " asm " in before or "(" in _without_attributes(before):
        what = "inline PTX" if " asm " in match[2] else "an indirect call"
        raise NotImplementedError(f"the emulator does not run {what}: {line.strip()}")
    end = _matching(match[2], callee.end() - 1)
    operands = tuple(_operand(part) for part in parts(match[2][callee.end() : end]))
    return Call(match[1], _without_attributes(before).strip(), callee[1].strip('"'), operands)


def access(line: str) -> Access | None:
    """The access to memory that a line is; None if it is none, or a call."""
    word, _, rest = line.strip().rpartition(" = ")[2].partition(" ")
    if word not in ("load", "store", "atomicrmw", "cmpxchg"):
        return None
    rest = re.sub(r'(?:(?:volatile|atomic|weak) )+|syncscope\("[^"]*"\) ', "", rest)
    fields = parts(rest)
    aligned = next((f for f in fields if f.startswith("align ")), "align 1")
    match word:
        case "load":
            kind, type_, pointer = "load", fields[0], fields[1]
        case "store":
            kind, type_, pointer = "store", _operand(fields[0]).type, fields[1]
        case "atomicrmw":
            pointer = "ptr" + fields[0].partition(" ptr")[2]
            kind, type_ = "atomic", _operand(fields[1]).type
        case _:
            kind, type_, pointer = "atomic", _operand(fields[1]).type, fields[0]
    operand = _operand(pointer)
    # An atomic load names its order behind the pointer.
    value = re.sub(r" (?:unordered|monotonic|acquire|release|seq_cst)$", "", operand.value)
    return Access(kind, Operand(operand.type, value), size_of(type_), int(aligned.split()[1]))


def size_of(type_: str) -> int:
    """The bytes that a store of a type writes."""
    if type_.startswith("ptr"):
        return 8
    if type_ in _BITS:
        return _BITS[type_] // 8
    if re.fullmatch(r"i\d+", type_):
        return (int(type_[1:]) + 7) // 8
    if match := re.fullmatch(r"<(\d+) x (.+)>", type_):
        element = match[2]
        bits = int(element[1:]) if re.fullmatch(r"i\d+", element) else 8 * size_of(element)
        return (int(match[1]) * bits + 7) // 8
    if match := re.fullmatch(r"\[(\d+) x (.+)\]", type_):
        return int(match[1]) * size_of(match[2])
    if type_.startswith("{"):
        offset = largest = 0
        for member in parts(type_[1:-1].strip()):
            size = size_of(member)
            largest = max(largest, min(size, 16))
            offset = -(-offset // min(size, 16)) * min(size, 16) + size
        return -(-offset // largest) * largest if largest else 0
    raise NotImplementedError(f"the emulator does not know the size of {type_}")


def bracketed(text: str) -> str:
    """The type in brackets that a text begins with."""
    return text[: _matching(text, 0) + 1]
