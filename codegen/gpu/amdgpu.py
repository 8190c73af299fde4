"""Kernels in MLIR's gpu dialect -> ROCDL dialect -> LLVM IR -> object for AMD's processors.

The object has yet to be linked, with AMD's libraries ocml and ockl, to what its driver loads.
"""

from __future__ import annotations

import re

from llvmlite.binding import llvm_version_info

from lamina.codegen.gpu import functions
from lamina.codegen.gpu.functions import Library
from lamina.codegen.literals import adapt
from lamina.codegen.llvm import parse, run_passes
from lamina.codegen.mlir import LoweringError, Module
from lamina.codegen.target import Target

TRIPLE = "amdgcn-amd-amdhsa"
OCML = Library("__ocml_", ("_f32", "_f64"))

_INSIDE = """
  canonicalize, cse, loop-invariant-code-motion, expand-strided-metadata, lower-affine,
  convert-complex-to-standard, convert-vector-to-scf, convert-scf-to-cf,
  convert-gpu-to-rocdl{{chipset={chip} use-bare-ptr-memref-call-conv=1 runtime=HIP}},
  convert-vector-to-llvm, convert-math-to-llvm, reconcile-unrealized-casts, canonicalize, cse"""
_DECLARED = re.compile(r"^declare .*@(\w+)\(", re.MULTILINE)


def lower(text: str, chip: str) -> str:
    """Lower the kernels of a module to LLVM IR.

    Raises
    ------
    LoweringError
        If the text does not parse, names what a device does not have, or `chip` is none of AMD's.
    """
    if not re.fullmatch(r"gfx\d+[0-9a-f]*", chip):
        raise LoweringError(f"{chip!r} is no architecture of AMD's; they are called gfx942")
    try:
        module = Module(text)
        functions.lower_to_calls(module, OCML, scalars=True)
        inside = _INSIDE.format(chip=chip)
        module.run(f"builtin.module(rocdl-attach-target{{chip={chip}}}, gpu.module({inside}))")
        kernels = module.inside(functions.KERNELS)
        kernels.set_target(TRIPLE, str(_target(chip).machine().target_data))
        made = kernels.to_llvm_ir(dialects=("llvm", "rocdl"))
    except LoweringError as error:
        raise LoweringError(f"rocdl: {error}") from None
    made = adapt(made, llvm_version_info)
    functions.check(made, "amdgcn")
    return made


def assemble(text: str, chip: str) -> bytes:
    """The object of LLVM IR that `lower` has made, in ELF."""
    machine = _target(chip).machine(3)
    module = parse(text, machine, "amdgcn")
    run_passes(module, machine, 3)
    return machine.emit_object(module)


def needed(text: str) -> tuple[str, ...]:
    """The functions of AMD's libraries that LLVM IR calls, sorted."""
    return tuple(sorted(n for n in _DECLARED.findall(text) if n.startswith("__oc")))


def _target(chip: str) -> Target:
    return Target(TRIPLE, chip, "")
