"""Rewrites a kernel for nvptx64 to one that this processor runs.

Special registers become fields of structures, each access to memory gets a check before it, and
what threads do together becomes: offer, wait, compute. All else stays as it is, address spaces
too: for a CPU they are all the same memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from lamina.runtime.cuda.emulator import (
    async_copies,
    checks,
    collectives,
    coroutines,
    fields,
    ir_lines,
    ranges,
    scalar_intrinsics,
    undefined,
    workgroup,
)
from lamina.runtime.cuda.emulator.ir_lines import Access, Call, Function, Operand
from lamina.runtime.cuda.emulator.special_registers import register

_LABELS = re.compile(r"\[ ([^\[\]]*), %([\w.$-]+) \]")
_SUFFIX = re.compile(r"(?: #\d+)?(?:, ![\w.]+ !\d+)*$")
_MAXIMUM = re.compile(r'"nvvm\.maxntid"="([\d,]+)"')
_EXACT = re.compile(r'"nvvm\.reqntid"="([\d,]+)"')


class Kernel(NamedTuple):
    """A kernel of an instrumented module.

    Parameters
    ----------
    parameters : tuple of str
        Their types.
    coroutine : bool
        Its threads wait for each other.
    sites : tuple of str
        The instructions that they wait at.
    maximum, exact : tuple of int
        What it says of the number of threads in a block; empty if nothing.
    copies : bool
        It has asynchronous copies.
    variables : tuple of str
        Those in workgroup memory that it uses.
    """

    name: str
    parameters: tuple[str, ...]
    coroutine: bool
    sites: tuple[str, ...]
    maximum: tuple[int, ...]
    exact: tuple[int, ...]
    copies: bool
    variables: tuple[str, ...]


@dataclass
class Module:
    """What the kernels of a module need besides their own text: functions, by their names."""

    layout: workgroup.Layout
    races: bool
    functions: dict[str, str] = field(default_factory=dict)


def rewrite(module: Module, function: Function, attributes: str) -> tuple[str, Kernel]:
    """Return ``@kernel.NAME(launch, thread, ...)`` and its description.

    Raises
    ------
    NotImplementedError
        The kernel has an intrinsic or an instruction that cannot be emulated.
    """
    return _Rewriter(module, function, attributes).rewritten()


def _numbers(pattern: re.Pattern[str], text: str) -> tuple[int, ...]:
    match = pattern.search(text)
    return tuple(int(n) for n in match[1].split(",")) if match else ()


def _space(pointer: Operand) -> str:
    space = checks.SPACES.get(ranges.space_of(pointer))
    if space is None:
        raise NotImplementedError(f"the emulator does not know the memory of {pointer.type}")
    return space


class _Rewriter:
    """Rewrites one kernel."""

    def __init__(self, module: Module, function: Function, attributes: str) -> None:
        self._module = module
        self._function = function
        self._attributes = attributes
        self._lines: list[str] = []
        self._sites: list[str] = []
        self._block = ""
        self._last: dict[str, str] = {}  # the block that a block ends in, once it is split
        self._n = 0
        self._addresses = 0
        self._copies = False
        self._locals: list[str] = []

    def rewritten(self) -> tuple[str, Kernel]:
        """The kernel's function, ``@kernel.NAME(launch, thread, ...)``, and its description."""
        function = self._function
        for line in function.lines:
            self._line(line)
        coroutine = bool(self._sites)
        used = set(re.findall(r"@([\w.$-]+)", "\n".join(function.lines)))
        lines = [self._phi(line) if " = phi " in line else line for line in self._lines]
        kernel = Kernel(
            function.name,
            tuple(p.type for p in function.parameters),
            coroutine,
            tuple(self._sites),
            _numbers(_MAXIMUM, self._attributes),
            _numbers(_EXACT, self._attributes),
            self._copies,
            tuple(v.name for v in self._module.layout.variables if v.name in used),
        )
        parameters = "".join(f", {p}" for p in function.parameters)
        head = (
            f"define internal {'ptr' if coroutine else 'void'} @kernel.{function.name}"
            f"(ptr %launch, ptr %thread{parameters}) "
            f"{'presplitcoroutine noinline' if coroutine else 'alwaysinline'} {{\nbegin:"
        )
        first = ir_lines.label(function.lines[0])
        text = [
            head,
            *([coroutines.BEGIN] if coroutine else []),
            *self._locals,
            f"  br label %{first}",
        ]
        end = coroutines.END if coroutine else "finished:\n  ret void\n}"
        return "\n".join([*text, *lines, end]), kernel

    def _phi(self, line: str) -> str:
        return _LABELS.sub(lambda m: f"[ {m[1]}, %{self._last.get(m[2], m[2])} ]", line)

    def _line(self, line: str) -> None:
        self._n += 1
        if (label := ir_lines.label(line)) is not None:
            self._block = label
            self._lines.append(line)
        elif line == "  ret void" or line.startswith("  ret void,"):
            self._lines.append("  br label %finished")
        elif (call := ir_lines.call(line)) is not None:
            self._call(line, call)
        elif (access := ir_lines.access(line)) is not None:
            self._access(line, access)
        elif " = alloca " in line:
            self._locals.append(_SUFFIX.sub("", line))
        else:
            checked, function = undefined.divisor(line, self._n)
            if function is not None:
                self._module.functions[function[0]] = function[1]
            self._lines += [*checked, _SUFFIX.sub("", line)]

    def _access(self, line: str, access: Access) -> None:
        address = self._check(access.pointer, access.kind, access.nbytes, access.align)
        self._lines.append(_SUFFIX.sub("", line))
        if access.kind == "store":
            self._stored(access.pointer, address, access.nbytes)

    def _stored(self, pointer: Operand, address: str, nbytes: int) -> None:
        """Add what follows a store where races are sought."""
        space = _space(pointer)
        if not self._module.races:
            return
        if nbytes > fields.SAVED_BYTES:
            raise NotImplementedError(
                f"the emulator finds no races of stores of {nbytes} bytes; run it without races"
            )
        for function, spaces in (
            ("race.stored", ("global", "generic")),
            ("workgroup.stored", ("workgroup", "generic")),
        ):
            if space in spaces:
                self._lines.append(
                    f"  call void @{function}(ptr %launch, ptr %thread, i64 {address}, "
                    f"i64 {nbytes})"
                )

    def _check(self, pointer: Operand, kind: str, nbytes: int, align: int) -> str:
        """Add the check of an access; the result is the address as a number."""
        space = _space(pointer)
        address = self._address(pointer, "i64")
        if nbytes and space != "local":
            self._need_check(space, kind, nbytes, align)
            name = checks.check_name(space, kind, nbytes, align)
            self._lines.append(f"  call void @{name}(ptr %launch, ptr %thread, i64 {address})")
        return address

    def _check_range(self, accessed: ranges.Range) -> str:
        space = _space(accessed.pointer)
        lanes = re.match(r"<(\d+) x ", accessed.pointer.type)
        type_ = f"<{lanes[1]} x i64>" if lanes else "i64"
        address = self._address(accessed.pointer, type_)
        if space == "local":
            return address
        if accessed.length is None:
            size = ir_lines.size_of(accessed.element)
            self._need_check(space, accessed.kind, size, size)
            other = str(accessed.mask)
        else:
            self._need_check(space, accessed.kind, 1, 1)
            other = self._wide(accessed.length)
        name = ranges.name(accessed, space)
        self._module.functions[name] = ranges.definition(accessed, space, self._module.races)
        self._lines.append(
            f"  call void @{name}(ptr %launch, ptr %thread, {type_} {address}, {other})"
        )
        return address

    def _address(self, pointer: Operand, type_: str) -> str:
        self._addresses += 1
        name = f"%address.{self._addresses}"
        self._lines.append(f"  {name} = ptrtoint {pointer} to {type_}")
        return name

    def _wide(self, length: Operand) -> str:
        if length.type == "i64":
            return str(length)
        self._addresses += 1
        name = f"%length.{self._addresses}"
        self._lines.append(f"  {name} = zext {length} to i64")
        return f"i64 {name}"

    def _need_check(self, space: str, kind: str, nbytes: int, align: int) -> None:
        for needed in ("workgroup", "global", space) if space == "generic" else (space,):
            name = checks.check_name(needed, kind, nbytes, align)
            self._module.functions[name] = checks.check_ir(
                needed, kind, nbytes, align, self._module.layout, self._module.races
            )

    def _call(self, line: str, call: Call) -> None:
        if (lines := register(call, self._n)) is not None:
            self._lines += lines
        elif (collective := collectives.find(call)) is not None:
            self._collective(call, collective)
        elif (nbytes := async_copies.copy_bytes(call)) is not None:
            self._copy(call, nbytes)
        elif (wait := async_copies.waited(call)) is not None:
            self._lines.append(wait)
        elif (end := undefined.ended(call)) is not None:
            self._lines.append(end)
        elif accessed := ranges.found(call):
            for each in accessed:
                self._check_range(each)
            self._lines.append(_bare(line, call))
        elif call.callee.startswith("llvm.nvvm."):
            name, body = scalar_intrinsics.function(call)
            self._module.functions[name] = body
            self._lines.append(_bare(line, call).replace(f"@{call.callee}(", f"@{name}("))
        else:
            self._lines.append(_bare(line, call))

    def _copy(self, call: Call, nbytes: int) -> None:
        self._copies = True
        to, source = call.operands[:2]
        target = self._check(to, "store", nbytes, nbytes)
        if len(call.operands) > 2:
            taken = call.operands[2]
            self._lines.append(f"  %taken.{self._n} = zext {taken} to i64")
            length = Operand("i64", f"%taken.{self._n}")
            origin = self._check_range(ranges.Range(source, "load", length))
        else:
            origin = self._check(source, "load", nbytes, nbytes)
        self._lines.append(async_copies.issue(call, nbytes, target, origin))
        self._stored(to, target, nbytes)

    def _collective(self, call: Call, collective: collectives.Collective) -> None:
        n = self._n
        self._sites.append(call.callee)
        self._lines += collectives.arrival(call, collective, len(self._sites), n)
        self._lines += coroutines.SUSPENSION.format(n=n).splitlines()
        self._last[self._block] = f"resumed.{n}"
        if collective.result is not None:
            name = collectives.result_name(call)
            self._module.functions[name] = collective.result(name, call)
        if call.callee.startswith("llvm.nvvm.ldmatrix"):
            self._need_check("workgroup", "load", 16, 16)
        self._lines += collectives.completion(call, collective)


def _bare(line: str, call: Call) -> str:
    """A call without attributes that belong to another processor or to groups that are gone."""
    given = ", ".join(str(operand) for operand in call.operands)
    result = f"  {call.result} = " if call.result else "  "
    flags = re.search(r"call ((?:(?:fast|nnan|ninf|nsz|arcp|contract|afn|reassoc) )*)", line)
    return f"{result}call {flags[1] if flags else ''}{call.type} @{call.callee}({given})"
