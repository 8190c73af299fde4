import numpy as np
import pytest

from lamina.runtime.cuda.driver import DeviceError
from lamina.runtime.cuda.emulator.memory import DeviceMemory, OutOfMemoryError


@pytest.fixture
def memory() -> DeviceMemory:
    return DeviceMemory(1 << 30)


def test_allocations_are_aligned_and_far_apart(memory):
    addresses = [memory.allocate(n) for n in (1, 0, 100_000, 256)]
    assert all(address % 256 == 0 for address in addresses)
    gaps = np.diff(addresses) - [1, 0, 100_000]
    assert gaps.min() >= 1 << 16


def test_new_memory_holds_no_zeros(memory):
    first = memory.allocate(1000)
    memory.view(first, 1000)[:] = 0
    memory.free(first)
    assert (memory.view(memory.allocate(1000), 1000) == 255).all()


def test_the_shadow_counts_bytes_of_groups_of_eight(memory):
    address = memory.allocate(21)
    first = (address - memory.address) // 8
    shadow = memory._shadow.bytes[first - 1 : first + 4]
    assert shadow.tolist() == [0, 8, 8, 5, 0]
    memory.free(address)
    assert not shadow.any()


def test_addresses_are_used_again_when_no_others_are_left(memory, monkeypatch):
    kept = memory.allocate(100)
    monkeypatch.setattr(memory, "size", 10 << 16)
    seen = []
    for _ in range(12):
        seen.append(memory.allocate(100))
        memory.free(seen[-1])
    assert kept not in seen
    assert len(set(seen[:3])) == 3
    assert len(set(seen)) < len(seen)
    with pytest.raises(OutOfMemoryError, match="no addresses left"):
        memory.allocate(20 << 16)


def test_what_is_freed_twice_is_an_error(memory):
    address = memory.allocate(8)
    memory.free(address)
    with pytest.raises(DeviceError, match="offset 0 of the allocation of 8 .* has been freed cann"):
        memory.free(address)
    with pytest.raises(DeviceError, match="cannot be freed"):
        memory.free(memory.allocate(8) + 4)


def test_negative_lengths_are_an_error(memory):
    with pytest.raises(DeviceError, match="-1 bytes of device memory"):
        memory.allocate(-1)


def test_an_address_is_described_by_the_nearest_allocation(memory):
    first, second = memory.allocate(16), memory.allocate(16)
    assert "8 bytes after the end (offset 24)" in memory.describe(first + 24, 1)
    assert "4 bytes before the start (offset -4)" in memory.describe(second - 4, 1)
    assert "offset 3 of the allocation of 16 bytes" in memory.describe(second + 3, 1)
