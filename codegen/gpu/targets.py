"""One way from kernels to code for all kinds of devices, by the names of their architectures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from lamina.codegen.gpu import amdgpu, nvvm, spirv
from lamina.codegen.gpu.ptx import ptx
from lamina.codegen.mlir import LoweringError


class Code(NamedTuple):
    """Code for a device.

    Attributes
    ----------
    form : {"ptx", "amdgcn", "spirv"}
        PTX, which a driver compiles; an ELF object, to be linked with AMD's libraries; the text
        form of SPIR-V.
    content : str or bytes
    """

    form: Literal["ptx", "amdgcn", "spirv"]
    content: str | bytes


def emit(text: str, chip: str) -> Code:
    """Compile a module with kernels.

    Parameters
    ----------
    text : str
        MLIR with one ``gpu.module``; see `lamina.codegen.gpu.nvvm`.
    chip : str
        ``"sm_90"`` and the like, ``"gfx942"`` and the like, or ``"spirv"``.

    Raises
    ------
    LoweringError
        If the text is wrong, or has what such a device does not.
    """
    for start, compile in _BY_NAME.items():
        if chip.startswith(start):
            return compile(text, chip)
    raise LoweringError(f"there is no device {chip!r}: their names begin {', '.join(_BY_NAME)}")


def _nvidia(text: str, chip: str) -> Code:
    return Code("ptx", ptx(nvvm.lower(text, chip).llvm, chip))


def _amd(text: str, chip: str) -> Code:
    return Code("amdgcn", amdgpu.assemble(amdgpu.lower(text, chip), chip))


def _opencl(text: str, chip: str) -> Code:
    return Code("spirv", spirv.spirv(spirv.as_opencl(nvvm.lower(text).llvm)))


_BY_NAME: dict[str, Callable[[str, str], Code]] = {
    "sm_": _nvidia,
    "gfx": _amd,
    "spirv": _opencl,
}
