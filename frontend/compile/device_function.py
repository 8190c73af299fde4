"""Functions whose arrays are on a device: modes CUDA and CUDA-EMU."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from lamina.compile.modes import Mode

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceEmitted
    from lamina.runtime.cuda.blas import Blas
    from lamina.runtime.cuda.device_call import DevicePath
    from lamina.runtime.cuda.driver import Driver
    from lamina.runtime.cuda.solver import Solver


@dataclass
class DeviceKernels:
    """What a function runs on a device.

    Attributes
    ----------
    device : str
        "cuda" or "cuda-emu".
    code : str
        What the device's driver loads.
    names : list of str
    constants : list of array
    on_host : list of str
        The ops that the processor computes.
    """

    device: str
    code: str
    names: list[str]
    constants: list[np.ndarray]
    on_host: list[str]

    def path(self) -> DevicePath:
        """Load the kernels."""
        from lamina.runtime.cuda.device_call import DevicePath

        found = {symbol: library(self.device, symbol) for symbol in LIBRARIES}
        symbols = {symbol: made.address for symbol, made in found.items() if made is not None}
        return DevicePath(driver(self.device), self.code, self.names, self.constants, symbols)


def device_code(
    emitted: DeviceEmitted,
    mode: Mode,
    keep: Callable[[str, str], None],
    wanted: Collection[str] = (),
) -> DeviceKernels:
    """The stages of the kernels; `keep` gets the texts of those that are wanted."""
    from lamina.codegen.gpu.nvvm import lower
    from lamina.codegen.gpu.ptx import ptx

    target = driver(mode.device)
    code, takes_ptx = "", target.takes == "ptx"
    if "gpu" in wanted:
        keep("gpu", emitted.device)
    if emitted.kernels or wanted:
        lowered = lower(emitted.device, target.chip)
        for stage, text in (("nvvm", lowered.nvvm), ("nvptx-llvm", lowered.llvm)):
            if stage in wanted:
                keep(stage, text)
        code = lowered.llvm
        if takes_ptx or "ptx" in wanted:
            text = ptx(lowered.llvm, target.chip)
            keep("ptx", text)
            code = text if takes_ptx else code
    return DeviceKernels(mode.device, code, emitted.kernels, emitted.constants, emitted.on_host)


@cache
def driver(device: str) -> Driver:
    """The device of a mode.

    Raises
    ------
    DeviceError
        There is none, or it cannot be used.
    """
    if device == "cuda":
        from lamina.runtime.cuda.cuda_driver import open_driver

        return open_driver()
    from lamina.runtime.cuda.emulated_driver import EmulatedDriver

    return EmulatedDriver()


# What compiled host functions call of libraries that may be installed.
LIBRARIES = ("lamina_cuda_gemm", "lamina_cuda_solver")


def library(device: str, symbol: str) -> Blas | Solver | None:
    """What has one of `LIBRARIES` for a device; None if it is not installed."""
    from lamina.runtime.cuda.driver import DeviceError

    try:
        return needs(device, symbol)
    except DeviceError:
        return None


@cache
def needs(device: str, symbol: str) -> Blas | Solver:
    """What has one of `LIBRARIES` for a device.

    Raises
    ------
    DeviceError
        It is not installed.
    """
    from lamina.runtime.cuda.blas import blas_of
    from lamina.runtime.cuda.solver import solver_of

    return (blas_of if symbol == "lamina_cuda_gemm" else solver_of)(driver(device))
