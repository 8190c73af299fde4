"""A module for nvptx64 -> a module for this processor that runs the kernels' threads in turn.

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
    faults,
    fields,
    ir_lines,
    libdevice,
    races,
    ranges,
    scalar_intrinsics,
    scheduler,
    shuffles,
    workgroup,
    workgroup_races,
)
from lamina.runtime.cuda.emulator.ir_lines import Call, Function
from lamina.runtime.cuda.emulator.special_registers import register

_LABELS = re.compile(r"\[ ([^\[\]]*), %([\w.$-]+) \]")
_SUFFIX = re.compile(r"(?: #\d+)?(?:, ![\w.]+ !\d+)*$")
_VARIABLE = re.compile(
    r"@([\w.$-]+) = .*?\baddrspace\(([14])\) (?:externally_initialized )?(?:global|constant) (.*)$"
)
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


class Instrumented(NamedTuple):
    """LLVM IR that runs the kernels, and what is known of them."""

    text: str
    kernels: dict[str, Kernel]
    layout: workgroup.Layout


@dataclass
class _Module:
    """What the kernels of a module need besides their own text."""

    layout: workgroup.Layout
    races: bool
    functions: dict[str, str] = field(default_factory=dict)
    declared: dict[str, None] = field(default_factory=dict)


def instrument(text: str, seek_races: bool = False) -> Instrumented:
    """Rewrite a module.

    Parameters
    ----------
    text : str
        LLVM IR as llvmlite prints it, in which kernels call no function of the module.
    seek_races : bool
        Remember who read and wrote each byte of device memory.

    Raises
    ------
    NotImplementedError
        A kernel has an intrinsic or an instruction that cannot be emulated.
    """
    outside, functions = ir_lines.split(text)
    layout, outside = workgroup.layout(outside)
    module = _Module(layout, seek_races)
    kernels, bodies = {}, []
    for function in functions:
        if function.kernel:
            attributes = _attributes(function, outside)
            body, kernel = _Rewriter(module, function, attributes).rewritten()
            kernels[function.name] = kernel
            bodies.append(body)
            bodies.append(
                scheduler.launcher(
                    kernel.name,
                    kernel.parameters,
                    kernel.coroutine,
                    layout.reset(kernel.variables),
                )
            )
    sized = [
        (match[2], match[1], ir_lines.size_of(_type_of(match[3])))
        for line in outside
        if (match := _VARIABLE.match(line))
    ]
    rest = [_outside(line) for line in outside if not line.startswith("attributes ")]
    parts = [
        fields.accessors(),
        faults.ir(),
        checks.support(sized),
        layout.ir(),
        scheduler.ir(),
        shuffles.support(),
        *([races.ir(), workgroup_races.ir(layout.size)] if seek_races else []),
        async_copies.ir(),
        *module.functions.values(),
        *(line for line in rest if line),
        *bodies,
    ]
    joined = "\n".join(parts)
    lines = []
    seen: set[str] = set()
    for line in joined.splitlines():
        if line.startswith("declare "):
            name = line.partition("@")[2].partition("(")[0]
            if name in seen:
                continue
            seen.add(name)
        lines.append(line)
    complete = "\n".join(lines)
    return Instrumented(
        "\n".join([complete, *libdevice.declarations(complete), ""]), kernels, layout
    )


def _attributes(function: Function, outside: list[str]) -> str:
    numbers = re.findall(r"#\d+", function.attributes)
    groups = [
        line for line in outside if line.split(" = ")[0].removeprefix("attributes ") in numbers
    ]
    return " ".join([function.attributes, *groups])


def _numbers(pattern: re.Pattern[str], text: str) -> tuple[int, ...]:
    match = pattern.search(text)
    return tuple(int(n) for n in match[1].split(",")) if match else ()


def _type_of(definition: str) -> str:
    if definition[0] in "[<{":
        return ir_lines.bracketed(definition)
    return definition.split()[0]


def _outside(line: str) -> str | None:
    """A line outside of functions as the emulated module has it."""
    if line.startswith("declare "):
        name = line.partition("@")[2].partition("(")[0]
        if name.startswith("llvm.nvvm."):
            return None
        if (body := libdevice.definition(line)) is not None:
            return body
        if not name.startswith("llvm."):
            raise NotImplementedError(f"the emulator does not know the function {name}")
        return re.sub(r" #\d+$", "", line)
    return re.sub(r", !dbg !\d+", "", line)


def _space(pointer: ir_lines.Operand) -> str:
    space = checks.SPACES.get(ranges.space_of(pointer))
    if space is None:
        raise NotImplementedError(f"the emulator does not know the memory of {pointer.type}")
    return space


class _Rewriter:
    """Rewrites one kernel."""

    def __init__(self, module: _Module, function: Function, attributes: str) -> None:
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
            *([scheduler.COROUTINE_BEGIN] if coroutine else []),
            *self._locals,
            f"  br label %{first}",
        ]
        end = scheduler.COROUTINE_END if coroutine else "finished:\n  ret void\n}"
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
            self._lines.append(_SUFFIX.sub("", line))

    def _access(self, line: str, access: ir_lines.Access) -> None:
        address = self._check(access.pointer, access.kind, access.nbytes, access.align)
        self._lines.append(_SUFFIX.sub("", line))
        if access.kind == "store":
            self._stored(access.pointer, address, access.nbytes)

    def _stored(self, pointer: ir_lines.Operand, address: str, nbytes: int) -> None:
        """Add what follows a store where races are sought."""
        space = _space(pointer)
        if not self._module.races:
            return
        for function, spaces in (
            ("race.stored", ("global", "generic")),
            ("workgroup.stored", ("workgroup", "generic")),
        ):
            if space in spaces:
                self._lines.append(
                    f"  call void @{function}(ptr %launch, ptr %thread, i64 {address}, "
                    f"i64 {nbytes})"
                )

    def _check(self, pointer: ir_lines.Operand, kind: str, nbytes: int, align: int) -> str:
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
        self._module.functions[name] = ranges.definition(accessed, space)
        self._lines.append(
            f"  call void @{name}(ptr %launch, ptr %thread, {type_} {address}, {other})"
        )
        return address

    def _address(self, pointer: ir_lines.Operand, type_: str) -> str:
        self._addresses += 1
        name = f"%address.{self._addresses}"
        self._lines.append(f"  {name} = ptrtoint {pointer} to {type_}")
        return name

    def _wide(self, length: ir_lines.Operand) -> str:
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
            length = ir_lines.Operand("i64", f"%taken.{self._n}")
            origin = self._check_range(ranges.Range(source, "load", length))
        else:
            origin = self._check(source, "load", nbytes, nbytes)
        self._lines.append(async_copies.issue(call, nbytes, target, origin))
        self._stored(to, target, nbytes)

    def _collective(self, call: Call, collective: collectives.Collective) -> None:
        n = self._n
        self._sites.append(call.callee)
        self._lines += collectives.arrival(call, collective, len(self._sites), n)
        self._lines += scheduler.SUSPENSION.format(n=n).splitlines()
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
