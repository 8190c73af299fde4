"""LLVM IR for nvptx64 -> kernels that this process runs."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

import llvmlite.binding as llvm

from lamina.runtime.cuda.driver import DeviceError
from lamina.runtime.cuda.emulator.instrument import Instrumented, instrument
from lamina.runtime.disk_cache import open_cache
from lamina.runtime.linker import link, undefined
from lamina.runtime.machine_code import object_key
from lamina.runtime.symbols import resolve


class Code(NamedTuple):
    """Machine code of a module's kernels.

    `addresses` has ``emulator.enter``, ``launch_NAME`` for each kernel, and ``workgroup``.
    Its end unloads the code.
    """

    instrumented: Instrumented
    addresses: dict[str, int]
    tracker: llvm.ResourceTracker


@lru_cache(maxsize=256)
def compile_kernels(text: str, races: bool) -> Code:
    """Make code of a module, once in this process for each text.

    Raises
    ------
    DeviceError
        The text is no module.
    NotImplementedError
        The emulator does not know something in it; the message names it.
    """
    instrumented = instrument(_without_calls(text), races)
    image = _object(instrumented.text)
    names = ["emulator.enter", "workgroup", *(f"launch_{name}" for name in instrumented.kernels)]
    tracker = link([image], resolve(undefined([image]), open_cache()), names)
    return Code(instrumented, {name: tracker[name] for name in names}, tracker)


def _without_calls(text: str) -> str:
    """The module as llvmlite's LLVM prints it, with its functions inlined into its kernels."""
    context = llvm.create_context()
    try:
        module = llvm.parse_assembly(text, context)
        module.verify()
    except RuntimeError as error:
        raise DeviceError(f"the code is no LLVM IR that can be read: {error}") from None
    helpers = {
        header
        for function in module.functions
        if not function.is_declaration and "ptx_kernel" not in (header := _header(function))
    }
    if not helpers:
        return str(module)
    # by text: llvmlite 0.47 gives a function's attributes to its result
    lines = (
        _inlined(line) if line.partition("{")[0] in helpers else _NOINLINE.sub("inlinehint", line)
        for line in str(module).splitlines()
    )
    module = llvm.parse_assembly("\n".join(lines), context)
    passes = llvm.create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(module, llvm.create_pass_builder(_machine(), llvm.create_pipeline_tuning_options()))
    return str(module)


# which is incompatible with alwaysinline
_NOINLINE = re.compile(r"\bnoinline\b(?=[^{}]*}$)")


def _inlined(line: str) -> str:
    """The first line of a function, made one that is inlined and does not stay."""
    head, brace, rest = line.rpartition("{")
    head = head.replace("define internal ", "define ").replace("define ", "define internal ")
    return f"{head}alwaysinline {brace}{rest}"


def _header(function: llvm.ValueRef) -> str:
    text = str(function)
    start = text.find("define ")
    return text[start : text.find("{", start)]


@cache
def _machine() -> llvm.TargetMachine:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    features = llvm.get_host_cpu_features().flatten()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=1, jit=True
    )


def _object(text: str) -> bytes:
    machine = _machine()
    key = object_key(f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}\n{text}")
    store = open_cache()
    image = store.get(key)
    if image is None:
        image = _compile(text, machine)
        store.put(key, image)
    return image


def _compile(text: str, machine: llvm.TargetMachine) -> bytes:
    context = llvm.create_context()
    module = llvm.parse_assembly(text, context)
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    tuning = llvm.create_pipeline_tuning_options(speed_level=1)
    tuning.loop_vectorization = tuning.slp_vectorization = False
    tuning.loop_unrolling = tuning.loop_interleaving = False
    passes = llvm.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(module, passes)
    return machine.emit_object(module)
