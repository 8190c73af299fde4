"""A module for nvptx64 -> a module for this processor that runs the kernels' threads in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lamina.runtime.cuda.emulator import (
    async_copies,
    blocks,
    checks,
    coroutines,
    faults,
    fields,
    ir_lines,
    libdevice,
    races,
    shuffles,
    warps,
    workgroup,
    workgroup_races,
)
from lamina.runtime.cuda.emulator.ir_lines import Function
from lamina.runtime.cuda.emulator.kernel import Kernel, Module, rewrite

_VARIABLE = re.compile(
    r"@([\w.$-]+) = .*?\baddrspace\(([14])\) (?:externally_initialized )?(?:global|constant) (.*)$"
)


class Instrumented(NamedTuple):
    """LLVM IR that runs the kernels, and what is known of them."""

    text: str
    kernels: dict[str, Kernel]
    layout: workgroup.Layout


def instrument(text: str, seek_races: bool = False) -> Instrumented:
    """Rewrite a module.

    Parameters
    ----------
    text : str
        LLVM IR as llvmlite prints it, in which kernels call no function of the module.
    seek_races : bool
        Remember who read and wrote each byte of memory.

    Raises
    ------
    NotImplementedError
        A kernel has an intrinsic or an instruction that cannot be emulated.
    """
    outside, functions = ir_lines.split(text)
    layout, outside = workgroup.layout(outside)
    module = Module(layout, seek_races)
    kernels, bodies = {}, []
    for function in functions:
        if not function.kernel:
            continue
        body, kernel = rewrite(module, function, _attributes(function, outside))
        kernels[kernel.name] = kernel
        bodies += [body, blocks.launcher(kernel, layout.reset(kernel.variables))]
    variables = [
        (match[2], match[1], ir_lines.size_of(_type_of(match[3])))
        for line in outside
        if (match := _VARIABLE.match(line))
    ]
    text = "\n".join(
        [
            fields.accessors(),
            faults.ir(),
            checks.support(variables),
            layout.ir(),
            coroutines.ir(),
            warps.ir(),
            blocks.ir(),
            shuffles.support(),
            async_copies.ir(),
            *([races.ir(), workgroup_races.ir(layout.size)] if seek_races else []),
            *_checks(module, any(kernel.coroutine for kernel in kernels.values())),
            *filter(None, map(_outside, outside)),
            *bodies,
        ]
    )
    text = _declared_once(text)
    return Instrumented("\n".join([text, *libdevice.declarations(text), ""]), kernels, layout)


def _checks(module: Module, coroutines: bool) -> Iterator[str]:
    # In coroutines, which are large, calls save a third of the compile; in others they would double
    # the time that an elementwise kernel runs.
    for name, text in module.functions.items():
        outlined = coroutines and name.startswith("check.")
        yield text.replace(" alwaysinline {", " noinline {", 1) if outlined else text


def _declared_once(text: str) -> str:
    lines, seen = [], set()
    for line in text.splitlines():
        if line.startswith("declare "):
            name = line.partition("@")[2].partition("(")[0]
            if name in seen:
                continue
            seen.add(name)
        lines.append(line)
    return "\n".join(lines)


def _attributes(function: Function, outside: list[str]) -> str:
    numbers = re.findall(r"#\d+", function.attributes)
    groups = [
        line for line in outside if line.split(" = ")[0].removeprefix("attributes ") in numbers
    ]
    return " ".join([function.attributes, *groups])


def _type_of(definition: str) -> str:
    if definition[0] in "[<{":
        return ir_lines.bracketed(definition)
    return definition.split()[0]


def _outside(line: str) -> str | None:
    """A line outside of functions as the emulated module has it."""
    if line.startswith("attributes "):
        return None
    if line.startswith("declare "):
        name = line.partition("@")[2].partition("(")[0]
        if name.startswith("llvm.nvvm.") or name == "__assertfail":
            return None
        if (body := libdevice.definition(line)) is not None:
            return body
        if not name.startswith("llvm."):
            raise NotImplementedError(f"the emulator does not know the function {name}")
        return re.sub(r" #\d+$", "", line)
    return re.sub(r", !dbg !\d+", "", line)
