"""Runs a kernel on a grid."""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass, field
from math import prod

import numpy as np

from lamina.runtime.cuda.driver import DeviceError
from lamina.runtime.cuda.emulator import async_copies, fields, races
from lamina.runtime.cuda.emulator.compilation import Code
from lamina.runtime.cuda.emulator.faults import Fault
from lamina.runtime.cuda.emulator.kernel import Kernel
from lamina.runtime.cuda.emulator.memory import DeviceMemory
from lamina.runtime.cuda.emulator.workgroup import LIMIT

Dimensions = tuple[int, int, int]

# CUDA C++ Programming Guide, "Compute Capabilities", table of technical specifications.
_GRID_LIMITS = (2**31 - 1, 65535, 65535)
_BLOCK_LIMITS = (1024, 1024, 64)
_THREADS = 1024

# Workgroup memory belongs to the code, which several devices may share.
_running = threading.Lock()

_ENTER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
_free = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(("free", ctypes.CDLL(None)))


class LaunchError(DeviceError):
    """A launch asks for what no device has."""


class KernelFaultError(DeviceError):
    """A kernel was stopped."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True)
class Launch:
    """A kernel, its grid and its arguments' addresses: ``cuLaunchKernel``'s parameters."""

    kernel: Kernel
    grid: Dimensions
    block: Dimensions
    shared: int
    arguments: int

    def check(self, code: Code) -> None:
        """Raise LaunchError where a device would refuse the launch."""
        name = self.kernel.name
        for what, given, limits in (
            ("grid", self.grid, _GRID_LIMITS),
            ("block", self.block, _BLOCK_LIMITS),
        ):
            for dimension, n, limit in zip("xyz", given, limits, strict=True):
                if not 1 <= n <= limit:
                    raise LaunchError(
                        f"{name}: {what}.{dimension} is {n}; it has to be from 1 to {limit}"
                    )
        threads = prod(self.block)
        if threads > _THREADS:
            raise LaunchError(f"{name}: a block of {threads} threads; {_THREADS} are allowed")
        if self.kernel.maximum and threads > prod(self.kernel.maximum):
            raise LaunchError(
                f"{name}: a block of {threads} threads; the kernel was compiled for at most "
                f"{prod(self.kernel.maximum)}"
            )
        exact = self.kernel.exact
        if exact and self.block != (*exact, 1, 1)[:3]:
            raise LaunchError(
                f"{name}: a block of {self.block}; the kernel was compiled for {exact}"
            )
        self._check_workgroup(code)

    def _check_workgroup(self, code: Code) -> None:
        static = code.instrumented.layout.static_bytes(self.kernel.variables)
        if static + self.shared > LIMIT:
            raise LaunchError(
                f"{self.kernel.name}: {static} bytes of static and {self.shared} of dynamic "
                f"workgroup memory; {LIMIT} are allowed together, more only for a function that "
                "cuFuncSetAttribute was called for"
            )


@dataclass
class Scheduler:
    """Runs launches; `order` and `block_order` are 0, or 1 for from the last to the first."""

    memory: DeviceMemory
    _contexts: dict[tuple[Dimensions, bool], tuple[np.ndarray, np.ndarray | None]] = field(
        default_factory=dict
    )
    # What is noted of workgroup memory stays noted, so that no launch may count from 0 again.
    _epoch: int = 0

    def run(
        self, code: Code, launch: Launch, order: int, block_order: int, seek_races: bool
    ) -> None:
        """Run all threads.

        Raises
        ------
        KernelFaultError
            One did what is not allowed; the launch ended there.
        """
        state = np.zeros((), fields.LAUNCH)
        for dimension, n in zip("xyz", launch.grid, strict=True):
            state[f"grid.{dimension}"] = n
        for dimension, n in zip("xyz", launch.block, strict=True):
            state[f"block.{dimension}"] = n
        contexts = self._threads(launch)
        state["threads"] = prod(launch.block)
        state["blocks"] = prod(launch.grid)
        state["order"], state["block_order"] = order, block_order
        state["contexts"] = contexts.ctypes.data
        state["arena"], state["arena_size"] = self.memory.address, self.memory.size
        state["shadow"] = self.memory.shadow
        state["shared_bytes"] = launch.shared
        state["epoch"] = self._epoch
        if seek_races:
            state["history"] = self.memory.history(races.HISTORY_BYTES)
        enter = _ENTER(code.addresses["emulator.enter"])
        kernel = code.addresses[f"launch_{launch.kernel.name}"]
        with _running:
            stopped = enter(state.ctypes.data, launch.arguments, kernel)
        _free(int(state["frames"]))
        self._epoch = int(state["epoch"])
        if stopped:
            fault = Fault(int(state["fault_kind"]))
            raise KernelFaultError(fault, _message(code, launch, state, self.memory))

    def _threads(self, launch: Launch) -> np.ndarray:
        """The contexts of a block's threads."""
        key = (launch.block, launch.kernel.copies)
        if key not in self._contexts:
            self._contexts[key] = _contexts(*key)
        return self._contexts[key][0]


def _contexts(block: Dimensions, copies: bool) -> tuple[np.ndarray, np.ndarray | None]:
    """The contexts of a block's threads, and the queues of their asynchronous copies."""
    n = prod(block)
    contexts = np.zeros(n, fields.THREAD)
    number = np.arange(n)
    contexts["number"] = number
    contexts["index.x"] = number % block[0]
    contexts["index.y"] = number // block[0] % block[1]
    contexts["index.z"] = number // (block[0] * block[1])
    contexts["lane"] = number % 32
    first = number // 32 * 32
    contexts["lanes"] = np.minimum(n - first, 32)
    contexts["warp"] = contexts.ctypes.data + first * fields.THREAD_BYTES
    if not copies:
        return contexts, None
    each = async_copies.CAPACITY * async_copies.ENTRY_BYTES
    queues = np.empty(n * each, np.uint8)
    contexts["queue"] = queues.ctypes.data + number * each
    return contexts, queues


def _message(code: Code, launch: Launch, state: np.ndarray, memory: DeviceMemory) -> str:
    index = tuple(int(state[f"index.{d}"]) for d in "xyz")
    where = (
        f"{launch.kernel.name}: block {index}, thread "
        f"{_position(int(state['fault_thread']), launch.block)}"
    )
    return f"{where} {_what(code, launch, state, memory)}"


def _position(number: int, block: Dimensions) -> Dimensions:
    return number % block[0], number // block[0] % block[1], number // (block[0] * block[1])


def _what(code: Code, launch: Launch, state: np.ndarray, memory: DeviceMemory) -> str:
    fault = Fault(int(state["fault_kind"]))
    address, nbytes = int(state["fault_address"]), int(state["fault_bytes"])
    other = int(state["fault_other"])
    verb = ("loads", "stores", "updates")[int(state["fault_access"])]
    size = f"{nbytes} byte{'s' * (nbytes != 1)}"
    layout = code.instrumented.layout
    match fault:
        case Fault.BOUNDS:
            return f"{verb} {size} out of bounds: {memory.describe(address, nbytes)}"
        case Fault.MISALIGNED:
            return f"{verb} {size} misaligned: {_aligned(address, code, memory, nbytes)}"
        case Fault.WORKGROUP_BOUNDS | Fault.WORKGROUP_UNINITIALISED:
            offset = address - code.addresses["workgroup"]
            why = "outside of workgroup variables"
            if fault is Fault.WORKGROUP_UNINITIALISED:
                why = "of workgroup memory that this block has not written"
            return f"{verb} {size} {why}: {layout.describe(offset)}"
        case Fault.BARRIER_EXIT:
            return (
                f"waits at a barrier{_site(launch, state)} that {other} of "
                f"{prod(launch.block)} threads have ended without: divergent barrier"
            )
        case Fault.BARRIER_SITE:
            return (
                "waits at another barrier than thread "
                f"{_position(other, launch.block)}: divergent barrier"
            )
        case Fault.COLLECTIVE:
            return (
                f"waits{_site(launch, state)} for lanes {address:#010x} of its warp, which are "
                "not all there with the same mask: divergent warp"
            )
        case Fault.INACTIVE_LANE:
            return f"reads lane {address}, which does not take part: its mask leaves it out"
        case Fault.COPIES:
            return f"has more than {async_copies.CAPACITY} asynchronous copies under way"
        case Fault.TRAP:
            return "traps"
        case Fault.ASSERTION:
            return "has an assertion that fails"
        case Fault.DIVISION:
            return "divides an integer by zero, or the least integer by -1"
        case Fault.WORKGROUP_RACE:
            offset = address - code.addresses["workgroup"]
            return (
                f"{verb} {size} that thread {_position(other, launch.block)} has written or read "
                f"with no barrier in between: race; {layout.describe(offset)}"
            )
    return f"{verb} {size} at {_race(fault, other, launch, memory, address)}"


def _site(launch: Launch, state: np.ndarray) -> str:
    site = int(state["fault_site"])
    return f" ({launch.kernel.sites[site - 1]})" if site else ""


def _aligned(address: int, code: Code, memory: DeviceMemory, nbytes: int) -> str:
    offset = address - code.addresses["workgroup"]
    layout = code.instrumented.layout
    if 0 <= offset < layout.size:
        return layout.describe(offset)
    return memory.describe(address, nbytes)


def _race(fault: Fault, other: int, launch: Launch, memory: DeviceMemory, address: int) -> str:
    place = memory.describe(address, 1)
    if other == 0xFFFFFFFE:
        who = "several blocks have"
    else:
        x, y, _ = launch.grid
        who = f"block {(other % x, other // x % y, other // (x * y))} has"
    did = "written with another value" if fault is Fault.WRITE_WRITE else "written or read"
    return f"which {who} {did} in the same launch: race between blocks; {place}"
