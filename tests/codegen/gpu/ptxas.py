"""NVIDIA's assembler, which says whether PTX is right and what its kernels need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from lamina.codegen.gpu.nvvm import lower
from lamina.codegen.gpu.ptx import ptx

# One of each generation: Turing, Ampere, Hopper, two of Blackwell.
CHIPS = ("sm_75", "sm_80", "sm_90", "sm_100", "sm_120")


class Resources(NamedTuple):
    """What a kernel needs for each thread, and the workgroup memory of a block, in bytes."""

    registers: int
    stack: int
    spilled: int
    workgroup: int


@cache
def assembler() -> str | None:
    """The path of ptxas: of the wheel `nvidia-cuda-nvcc`, of a toolkit, or on the path."""
    try:
        from cuda.pathfinder import find_nvidia_binary_utility

        if found := find_nvidia_binary_utility("ptxas"):
            return found
    except ImportError:
        pass
    homes = [os.environ.get(name) for name in ("CUDA_HOME", "CUDA_PATH")]
    return shutil.which("ptxas", path=os.pathsep.join(f"{h}/bin" for h in homes if h)) or (
        shutil.which("ptxas")
    )


def assemble(text: str, chip: str) -> dict[str, Resources]:
    """Assemble PTX for `chip`; the resources of each kernel.

    Raises
    ------
    ValueError
        With what ptxas says.
    """
    program = assembler()
    assert program is not None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "kernels.ptx"
        source.write_text(text)
        output = str(Path(folder) / "kernels.cubin")
        done = subprocess.run(
            [program, f"-arch={chip}", "-v", "-o", output, str(source)],
            capture_output=True,
            text=True,
        )
    said = done.stdout + done.stderr
    if done.returncode:
        raise ValueError(said)
    return _resources(said)


def _resources(said: str) -> dict[str, Resources]:
    # "Compiling entry function 'k' for 'sm_80'" ... "Function properties for k" ... "Used 8 ..."
    found = {}
    for part in said.split("Compiling entry function '")[1:]:
        name = part.partition("'")[0]
        own = part.partition(f"Function properties for {name}\n")[2]
        found[name] = Resources(
            registers=_number(r"Used (\d+) registers", part),
            stack=_number(r"(\d+) bytes stack frame", own),
            spilled=_number(r"(\d+) bytes spill stores", own),
            workgroup=_number(r"(\d+) bytes smem", part),
        )
    return found


def _number(pattern: str, text: str) -> int:
    match = re.search(pattern, text)
    return int(match[1]) if match else 0


@cache
def _lowered(text: str) -> str:
    return lower(text).llvm


def faults(corpus: Iterable[tuple[str, str]], chip: str) -> list[str]:
    """What is wrong with a corpus of modules of kernels, (name, MLIR text), on `chip`.

    Every kernel has to assemble, which limits its registers and workgroup memory to those of a
    block, and to spill no register.
    """
    wrong = []
    for name, text in corpus:
        try:
            code = ptx(_lowered(text), chip)
            kernels = assemble(code, chip)
        except (RuntimeError, ValueError) as error:
            wrong.append(f"{name}: {error}")
            continue
        # What is alive across a call is saved: libdevice reduces large angles in a function.
        saved = 16 if "\n.func " in code or "call.uni" in code else 0
        if not kernels:
            wrong.append(f"{name}: there is no kernel")
        for kernel, needs in kernels.items():
            if needs.spilled > saved:
                wrong.append(f"{name}: {kernel} spills {needs.spilled} bytes: {needs}")
    return wrong
