"""LLVM IR for nvptx64 -> PTX, which the driver compiles for the device at hand.

Functions that are no instruction come from libdevice, a bitcode library of NVIDIA's. It may not be
passed on, so it is looked for where it is installed.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import llvmlite.binding as llvm

from lamina.codegen.gpu import older_devices
from lamina.codegen.gpu.functions import check
from lamina.codegen.gpu.nvvm import TRIPLE
from lamina.codegen.llvm import parse, run_passes
from lamina.codegen.mlir import LoweringError
from lamina.codegen.target import Target

# PTX of one architecture runs on all later ones: these are those that LLVM writes it for.
_SINCE_21 = (103, 121)
CHIPS = tuple(
    f"sm_{n}"
    for n in (50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90, 100, 101, 103, 120, 121)
    if n not in _SINCE_21 or llvm.llvm_version_info >= (21,)
)
_FILE = "libdevice.10.bc"
_KERNEL = re.compile(r"^define (?:.* )?ptx_kernel .*?@(\w+)\(", re.MULTILINE)


def ptx(text: str, chip: str = "sm_80") -> str:
    """Compile LLVM IR to PTX.

    Parameters
    ----------
    text : str
        As `lamina.codegen.gpu.nvvm.lower` gives it.
    chip : str
        The oldest architecture that has to run it. For one that LLVM does not know, it is compiled
        for the newest older one, see `newest_chip_for`.

    Returns
    -------
    str
        PTX of the lowest version that knows `chip`, so that drivers of its time load it.

    Raises
    ------
    LoweringError
        If the text is malformed, calls what is nowhere defined, needs libdevice where there is
        none, or the architecture is older than all that LLVM knows.
    """
    if chip.rstrip("af") not in CHIPS:
        chip = newest_chip_for(chip)
    text = older_devices.adapt(text, chip)
    check(text)
    target = machine(chip, older_devices.features(text, chip))
    context = llvm.create_context()
    module = parse(_adapted(text), target, "ptx", context)
    if any(f.is_declaration and f.name.startswith("__nv_") for f in module.functions):
        _link_libdevice(module, context)
    kernels = set(_KERNEL.findall(text))
    for function in module.functions:
        if not function.is_declaration and function.name not in kernels:
            function.linkage = llvm.Linkage.internal
    declared = [f.name for f in module.functions if f.is_declaration]
    # LLVM answers libdevice's questions about the architecture.
    missing = [n for n in declared if not n.startswith("llvm.") and n != "__nvvm_reflect"]
    if missing:
        raise LoweringError(f"ptx: nobody defines {', '.join(sorted(missing))}")
    # Most of libdevice goes before the other passes spend time on it.
    unused = llvm.create_new_module_pass_manager()
    unused.add_global_dead_code_eliminate_pass()
    unused.run(module, llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options()))
    run_passes(module, target, 3)
    # The passes may have made intrinsics of loops and comparisons.
    check(str(module))
    made = target.emit_assembly(module)
    if unknown := re.findall(r"^\.extern \.func .*?([\w.$]+)\s*$", made, re.MULTILINE):
        raise LoweringError(f"ptx: this LLVM has no code for {', '.join(unknown)}")
    return made


def newest_chip_for(device: str) -> str:
    """The newest architecture that LLVM knows and a device of architecture `device` runs PTX of.

    Examples
    --------
    >>> newest_chip_for("sm_90"), newest_chip_for("sm_88")
    ('sm_90', 'sm_87')
    """
    if not re.fullmatch(r"sm_\d+[af]?", device):
        raise LoweringError(f"ptx: {device!r} is no architecture of NVIDIA's, as sm_80 is")
    number = int(device[3:].rstrip("af"))
    older = [chip for chip in CHIPS if int(chip[3:]) <= number]
    if not older:
        raise LoweringError(f"ptx: a device of architecture {device} is older than {CHIPS[0]}")
    return older[-1]


def libdevice() -> Path:
    """Where libdevice is.

    Raises
    ------
    LoweringError
        If it is nowhere; the message says what to install.
    """
    for path in _candidates():
        if path.is_file():
            return path
    raise LoweringError(
        "ptx: functions such as exp need NVIDIA's libdevice, which is not installed: "
        "`pip install lamina[cuda]`, or let CUDA_HOME be the folder of a CUDA toolkit"
    )


def _candidates() -> Iterator[Path]:
    yield from _by_pathfinder()
    for package in _folders("nvidia"):
        yield from sorted(package.glob(f"*/nvvm/libdevice/{_FILE}"), reverse=True)
    for name in ("CUDA_HOME", "CUDA_PATH"):
        if folder := os.environ.get(name):
            yield Path(folder) / "nvvm" / "libdevice" / _FILE
    for package in _folders("triton"):
        yield package / "backends" / "nvidia" / "lib" / _FILE
    yield Path("/usr/local/cuda/nvvm/libdevice") / _FILE


def _by_pathfinder() -> Iterator[Path]:
    try:
        from cuda.pathfinder import find_bitcode_lib

        yield Path(find_bitcode_lib("device"))
    except Exception:  # the package is not there, is older than this function, or finds nothing
        return


def _folders(package: str) -> list[Path]:
    """The folders of a package, which is not imported."""
    found = importlib.util.find_spec(package)
    return [Path(p) for p in (found.submodule_search_locations or ())] if found else []


@cache
def _bitcode(path: Path) -> bytes:
    return path.read_bytes()


def _link_libdevice(module: llvm.ModuleRef, context: llvm.ContextRef) -> None:
    path = libdevice()
    try:
        library = llvm.parse_bitcode(_bitcode(path), context)
    except RuntimeError as error:
        raise LoweringError(f"ptx: {path} is no libdevice: {error}") from None
    library.triple = module.triple
    library.data_layout = module.data_layout
    module.link_in(library)


_BARRIER = re.compile(r"@llvm\.nvvm\.barrier\.cta\.sync\.aligned\.all\(i32(?: 0)?\)")
_THREADS = re.compile(r'^attributes (#\d+) = .*"nvvm\.maxntid"="(\d+),(\d+),(\d+)"', re.MULTILINE)


def _adapted(text: str) -> str:
    """The text for an LLVM 20, which has other names for barriers and bounds of blocks."""
    if llvm.llvm_version_info >= (21,):
        return text
    bounds = {group: sizes for group, *sizes in _THREADS.findall(text)}
    noted = []
    for line in text.split("\n"):
        kernel, group = _KERNEL.match(line), re.search(r"(#\d+) \{$", line)
        if kernel and group and group[1] in bounds:
            sizes = zip("xyz", bounds[group[1]], strict=True)
            parts = ", ".join(f'!"maxntid{axis}", i32 {size}' for axis, size in sizes)
            noted.append(f"!{{ptr @{kernel[1]}, {parts}}}")
    first = 1 + max((int(n) for n in re.findall(r"^!(\d+) = ", text, re.MULTILINE)), default=-1)
    numbers = ", ".join(f"!{first + i}" for i in range(len(noted)))
    notes = [f"!{first + i} = {note}" for i, note in enumerate(noted)]
    if notes:
        notes.append(f"!nvvm.annotations = !{{{numbers}}}")
    return "\n".join([_BARRIER.sub("@llvm.nvvm.barrier0()", text), *notes])


def machine(chip: str, features: str = "") -> llvm.TargetMachine:
    """LLVM's machine for an architecture; one is used once."""
    return Target(TRIPLE, chip, features).machine(3)
