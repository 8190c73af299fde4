"""The emulated device's memory: a range of addresses in this process, of which parts are allocated.

Allocations are far apart, and what was freed is not given again before all other addresses were,
so that an access beside an allocation, or after its end, meets nothing that is allocated. New
memory is filled with ones: NaN as floats, -1 as integers.
"""

from __future__ import annotations

import mmap
import sys
from bisect import bisect_left, bisect_right
from collections import deque
from typing import NamedTuple

import numpy as np

from lamina.runtime.cuda.driver import DeviceError

_RANGE = 1 << 35
_LEAST_RANGE = 1 << 30
# Allocations begin at multiples of this, with at least as much room behind them.
_GRANULE = 1 << 16
_REMEMBERED = 4096
_GROUP = 8  # bytes of memory for a byte of shadow
_NO_RESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)


class OutOfMemoryError(DeviceError):
    """The device has less memory than is asked for."""


class Allocation(NamedTuple):
    """Memory that is or was allocated."""

    address: int
    nbytes: int


class _Range:
    """Addresses that the system gives memory to when they are written; zeros before."""

    def __init__(self, nbytes: int) -> None:
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE
        self._map = mmap.mmap(-1, nbytes + _GRANULE, flags=flags)
        self.bytes = np.frombuffer(self._map, np.uint8)
        self._skipped = -self.bytes.ctypes.data % _GRANULE
        self.address = self.bytes.ctypes.data + self._skipped
        self.bytes = self.bytes[self._skipped : self._skipped + nbytes]

    def clear(self, start: int, stop: int) -> None:
        """Set bytes to zero; the memory of whole pages goes back to the system."""
        page = mmap.PAGESIZE
        first, last = -(-start // page) * page, stop // page * page
        if sys.platform != "linux" or first >= last:
            self.bytes[start:stop] = 0
            return
        self.bytes[start:first] = 0
        self.bytes[last:stop] = 0
        self._map.madvise(mmap.MADV_DONTNEED, first + self._skipped, last - first)


class DeviceMemory:
    """Allocations, and what the checks of kernels look at.

    Parameters
    ----------
    limit : int
        Bytes that can be allocated at one time.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        size = _RANGE
        while True:
            try:
                self._memory = _Range(size)
                self._shadow = _Range(size // _GROUP)
                break
            except OSError:
                if size <= _LEAST_RANGE:
                    raise
                size //= 2
        self.size = size
        self._history: _Range | None = None
        self._live: dict[int, Allocation] = {}
        self._starts: list[int] = []
        self._freed: deque[Allocation] = deque(maxlen=_REMEMBERED)
        self._next = _GRANULE

    @property
    def address(self) -> int:
        """Where the range begins."""
        return self._memory.address

    @property
    def shadow(self) -> int:
        """The address of the shadow: a byte for 8 of memory, how many of these are allocated."""
        return self._shadow.address

    def history(self, entry: int) -> int:
        """The address of `entry` bytes of zeros for each byte that is allocated."""
        if self._history is None:
            self._history = _Range(self.size * entry)
        for allocation in self._live.values():
            start = (allocation.address - self.address) * entry
            self._history.clear(start, start + allocation.nbytes * entry)
        return self._history.address

    def allocate(self, nbytes: int) -> int:
        """Return the address of new memory.

        Raises
        ------
        OutOfMemoryError
            `limit` would be exceeded.
        """
        if nbytes < 0:
            raise DeviceError(f"{nbytes} bytes of device memory cannot be allocated")
        if self.used + nbytes > self.limit:
            raise OutOfMemoryError(
                f"out of device memory: {nbytes} bytes were asked for, {self.limit - self.used} of "
                f"{self.limit} are free; use smaller arrays or free some"
            )
        offset = self._place(-(-nbytes // _GRANULE) * _GRANULE + _GRANULE)
        address = self.address + offset
        allocation = Allocation(address, nbytes)
        self._live[address] = allocation
        self._starts.insert(bisect_right(self._starts, address), address)
        self.used += nbytes
        self._memory.bytes[offset : offset + nbytes] = 0xFF
        groups, rest = divmod(nbytes, _GROUP)
        first = offset // _GROUP
        self._shadow.bytes[first : first + groups] = _GROUP
        if rest:
            self._shadow.bytes[first + groups] = rest
        return address

    def _place(self, room: int) -> int:
        """The offset of free addresses, the next ones after those that were given last."""
        for start in (self._next, _GRANULE):
            offset = start
            at = bisect_left(self._starts, self.address + offset)
            for address in self._starts[at:]:
                if address - self.address - offset >= room:
                    break
                live = self._live[address]
                end = address - self.address + live.nbytes
                offset = (-(-end // _GRANULE) + 1) * _GRANULE
            if offset + room <= self.size:
                self._next = offset + room
                return offset
        raise OutOfMemoryError("the emulated device has no addresses left; free some memory")

    def free(self, address: int) -> None:
        """Give memory back.

        Raises
        ------
        DeviceError
            Nothing is allocated at that address.
        """
        allocation = self._live.pop(address, None)
        if allocation is None:
            raise DeviceError(f"{self.describe(address, 0)} cannot be freed")
        self._starts.remove(address)
        self._freed.append(allocation)
        self.used -= allocation.nbytes
        # Up to a border between granules, which are whole pages: what lies there is nobody's.
        first = address - self.address
        last = first + -(-allocation.nbytes // _GRANULE) * _GRANULE
        self._memory.clear(first, last)
        self._shadow.clear(first // _GROUP, last // _GROUP)

    def view(self, address: int, nbytes: int) -> np.ndarray:
        """Return bytes of memory that is allocated, as an array.

        Raises
        ------
        DeviceError
            A part of them is not.
        """
        allocation = self._at_or_before(address)
        if nbytes and (
            allocation is None or address + nbytes > allocation.address + allocation.nbytes
        ):
            raise DeviceError(f"{nbytes} bytes cannot be copied: {self.describe(address, nbytes)}")
        offset = address - self.address
        return self._memory.bytes[offset : offset + nbytes]

    def allocations(self) -> list[Allocation]:
        """All that is allocated, by address."""
        return [self._live[address] for address in self._starts]

    def _at_or_before(self, address: int) -> Allocation | None:
        at = bisect_right(self._starts, address)
        return self._live[self._starts[at - 1]] if at else None

    def describe(self, address: int, nbytes: int) -> str:
        """Say what an address is: how far from which allocation, or memory of the host."""
        if not 0 <= address - self.address < self.size:
            what = "a null pointer" if address < 4096 else "memory of the host"
            return f"address {address:#x} is {what}, not of the device"
        near = self._at_or_before(address)
        if near is not None and address < near.address + max(near.nbytes, 1):
            return f"address {address:#x} is offset {address - near.address} of {_words(near)}"
        for old in reversed(self._freed):
            if old.address <= address < old.address + old.nbytes:
                return (
                    f"address {address:#x} is offset {address - old.address} of {_words(old)}, "
                    "which has been freed"
                )
        nearest = min(self._live.values(), key=lambda a: _distance(a, address), default=None)
        if nearest is None:
            return f"address {address:#x} was never allocated"
        end = nearest.address + nearest.nbytes
        place = (
            f"{address - end} bytes after the end"
            if address >= end
            else f"{nearest.address - address} bytes before the start"
        )
        return (
            f"address {address:#x} is {place} (offset {address - nearest.address}) of the nearest, "
            f"{_words(nearest)}"
        )


def _distance(allocation: Allocation, address: int) -> int:
    return max(allocation.address - address, address - allocation.address - allocation.nbytes)


def _words(allocation: Allocation) -> str:
    return f"the allocation of {allocation.nbytes} bytes at {allocation.address:#x}"
