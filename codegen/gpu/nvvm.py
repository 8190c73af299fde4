"""Kernels in MLIR's gpu dialect -> NVVM dialect -> LLVM IR for NVPTX.

What the text may rely on
-------------------------
* ``gpu.module @kernels { gpu.func @kernel_0(...) kernel { ... } }``; functions of the device stand
  beside the kernels as ``func.func private``.
* A parameter ``memref<f32, #gpu.address_space<global>>`` of rank 0 is one pointer of 8 bytes,
  ``index`` is i64; ``llvm.noalias``, ``llvm.readonly`` and ``llvm.align`` reach LLVM IR. Shapes
  come by `memref.reinterpret_cast`, which is folded away.
* An op of `math` on f16, f32, f64 or vectors of them becomes a call of libdevice, on f16 by way of
  f32, or an instruction where there is one that rounds correctly. Ops of `complex` have NumPy's
  values, see `lamina.codegen.gpu.functions`.
* A function of C that is called and only declared, ``func.func private @lgamma(f64) -> f64``, is
  libdevice's where there is one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from llvmlite.binding import llvm_version_info

from lamina.codegen.gpu import functions
from lamina.codegen.literals import adapt
from lamina.codegen.mlir import LoweringError, Module

TRIPLE = "nvptx64-nvidia-cuda"
# LLVM's own for this triple; `ptx` sets the target machine's, which a test compares.
DATA_LAYOUT = "e-p6:32:32-i64:64-i128:128-i256:256-v16:16-v32:32-n16:32:64"

# What is inside a gpu.module. The order is that of the dialects from high to low: what
# convert-gpu-to-nvvm does not know of `math` (trunc, ctpop) has intrinsics of LLVM.
_INSIDE = """
  canonicalize, cse, loop-invariant-code-motion, expand-strided-metadata, lower-affine,
  convert-complex-to-standard, convert-vector-to-scf, convert-scf-to-cf, convert-nvgpu-to-nvvm,
  convert-gpu-to-nvvm{index-bitwidth=64 use-bare-ptr-memref-call-conv=1 has-redux=1},
  convert-vector-to-llvm, convert-math-to-llvm, convert-nvvm-to-llvm, reconcile-unrealized-casts,
  canonicalize, cse"""


@dataclass(frozen=True)
class DeviceCode:
    """A module of kernels in two forms.

    Attributes
    ----------
    nvvm : str
        MLIR in the dialects llvm and nvvm.
    llvm : str
        LLVM IR for nvptx64: kernels are ``define ptx_kernel void``, pointers to arrays
        ``ptr addrspace(1)``, thread numbers and barriers calls of ``llvm.nvvm``, functions that are
        no instruction calls of ``__nv_``, which libdevice defines.
    """

    nvvm: str
    llvm: str


def lower(text: str, chip: str = "sm_80", *, verify: bool = False) -> DeviceCode:
    """Lower the kernels of a module.

    Parameters
    ----------
    text : str
        An MLIR module with one ``gpu.module``.
    chip : str
        The architecture that the code has to run on, and on all later ones: ``"sm_80"``.
    verify : bool
        Have MLIR check the module after each pass, in twice the time.

    Raises
    ------
    LoweringError
        If the text does not parse, or names an op or a function that a device does not have.
    """
    if not re.fullmatch(r"sm_\d+[af]?", chip):
        raise LoweringError(f"{chip!r} is no architecture of NVIDIA's; they are called sm_80")
    try:
        module = Module(text)
        functions.lower_to_calls(module)
        module.run(
            f"builtin.module(nvvm-attach-target{{chip={chip}}}, gpu.module({_INSIDE}))",
            verify=verify,
        )
        kernels = module.inside("gpu.module")
        kernels.set_target(TRIPLE, DATA_LAYOUT)
        nvvm = kernels.text()
        llvm = kernels.to_llvm_ir(dialects=("llvm", "nvvm"))
    except LoweringError as error:
        raise LoweringError(f"nvvm: {error}") from None
    llvm = functions.as_instructions(adapt(llvm, llvm_version_info))
    functions.check(llvm)
    return DeviceCode(nvvm, llvm)
