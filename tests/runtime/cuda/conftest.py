"""An emulated device, and launches on it through the C functions that compiled code calls."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from lamina.runtime.cuda.emulated_driver import EmulatedDriver

_WORDS = [ctypes.c_uint] * 7
_LAUNCH = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, *_WORDS, *[ctypes.c_void_p] * 3)


class Device:
    """A driver, and what tests do with it."""

    def __init__(self, driver: EmulatedDriver) -> None:
        self.driver = driver
        self._launch = _LAUNCH(driver.symbols()["cuLaunchKernel"])

    def put(self, array: np.ndarray) -> int:
        """The address of a copy of an array."""
        address = self.driver.allocate(array.nbytes)
        self.driver.copy_in(address, np.ascontiguousarray(array))
        return address

    def get(self, address: int, like: np.ndarray) -> np.ndarray:
        """An array of the shape and dtype of another."""
        array = np.empty_like(like)
        self.driver.copy_out(array, address)
        return array

    def launch(
        self,
        text: str,
        arguments: Sequence[object],
        grid: Sequence[int] = (1,),
        block: Sequence[int] = (1,),
        shared: int = 0,
        name: str = "k",
    ) -> None:
        """Load LLVM IR and run one of its kernels; ints are arguments of 64 bits."""
        handle = self.driver.load(text).function(name)
        self.driver.check(self.start(handle, arguments, grid, block, shared))

    def start(
        self,
        handle: int,
        arguments: Sequence[object],
        grid: Sequence[int] = (1,),
        block: Sequence[int] = (1,),
        shared: int = 0,
    ) -> int:
        """The status of ``cuLaunchKernel``."""
        values = [a if isinstance(a, ctypes._SimpleCData) else ctypes.c_int64(a) for a in arguments]
        pointers = (ctypes.c_void_p * len(values))(*map(ctypes.addressof, values))
        grid, block = (*grid, 1, 1)[:3], (*block, 1, 1)[:3]
        stream = self.driver.stream
        address = ctypes.addressof(pointers)
        return self._launch(handle, *grid, *block, shared, stream, address, None)

    def run(
        self,
        text: str,
        inputs: Sequence[np.ndarray],
        output: np.ndarray,
        scalars: Sequence[object] = (),
        **options,
    ) -> np.ndarray:
        """Launch with inputs, the output and scalars; give the output, whose contents go in."""
        addresses = [self.put(array) for array in (*inputs, output)]
        try:
            self.launch(text, [*addresses, *scalars], **options)
            return self.get(addresses[-1], output)
        finally:
            for address in addresses:
                self.driver.free(address)


_CALLED = re.compile(r"call (.*?) @((?:llvm|__nv)[\w.]+)\((.*)\)$", re.MULTILINE)
_BETWEEN = re.compile(r", (?![^<]*>)")
_REGISTERS = {"t": "tid", "b": "ctaid", "n": "ntid", "g": "nctaid"}


def _kernel(parameters: str, body: str, before: str = "") -> str:
    """A module with the kernel @k; what it calls is declared as it is called.

    ``%t``, ``%b``, ``%n``, ``%g`` are thread and block index, threads and blocks, as i64; ``%i``
    is the thread's number in the grid. Pointers are written g* and s* for global and workgroup.
    """
    lines = [
        f"  %{short}.32 = call i32 @llvm.nvvm.read.ptx.sreg.{name}.x()\n"
        f"  %{short} = zext i32 %{short}.32 to i64"
        for short, name in _REGISTERS.items()
    ]
    lines.append("  %i.0 = mul i64 %b, %n\n  %i = add i64 %i.0, %t")
    text = "\n".join([*lines, body.strip("\n")])
    text = f"define ptx_kernel void @k({parameters}) {{\n{text}\n  ret void\n}}\n"
    text = f"{before}\n{text}"
    text = text.replace("g*", "ptr addrspace(1)").replace("s*", "ptr addrspace(3)")
    declared = {}
    for result, name, operands in _CALLED.findall(text):
        types = [o.rpartition(" ")[0] for o in _BETWEEN.split(operands) if o]
        declared[name] = f"declare {result} @{name}({', '.join(types)})"
    return "\n".join([*declared.values(), text])


@pytest.fixture
def kernel() -> Callable[..., str]:
    """kernel(parameters, body, before="") is the LLVM IR of a module."""
    return _kernel


@pytest.fixture
def make_device() -> Callable[..., Device]:
    """make_device(order=..., races=..., memory=...) is a new emulated device."""

    def make(**options) -> Device:
        return Device(EmulatedDriver(**{"order": 0, "races": False, **options}))

    return make


@pytest.fixture
def device(make_device) -> Device:
    """A device whose threads and blocks run in ascending order."""
    return make_device()


@pytest.fixture(params=[0, 1])
def both_orders(make_device, request) -> Device:
    """A device of each order."""
    return make_device(order=request.param)
