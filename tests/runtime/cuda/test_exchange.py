import ctypes
import gc
from typing import Any

import numpy as np
import pytest

from lamina.runtime.cuda import dlpack
from lamina.runtime.cuda.cuda_driver import CudaDriver
from lamina.runtime.cuda.cuda_library import CudaLibrary
from lamina.runtime.cuda.device_array import DeviceArray, to_device
from lamina.runtime.cuda.driver import DeviceError
from lamina.runtime.cuda.emulated_driver import EmulatedDriver
from lamina.runtime.cuda.exchange import adopt
from tests.runtime.cuda.fake_cuda import FakeCuda

DTYPES = ["bool", "int8", "int64", "uint16", "float16", "float32", "complex64", "complex128"]


@pytest.fixture(scope="module")
def emulated() -> EmulatedDriver:
    return EmulatedDriver()


@pytest.fixture
def fake() -> FakeCuda:
    return FakeCuda()


@pytest.fixture
def cuda(fake: FakeCuda) -> CudaDriver:
    return CudaDriver(library=CudaLibrary(fake))


class Other:
    """An array of another library: what `array` has, but for what is said otherwise."""

    def __init__(self, array: DeviceArray, **changes: Any) -> None:
        self.array, self.changes = array, changes
        self.asked: list[dict[str, Any]] = []

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.changes.get("device", self.array.__dlpack_device__())

    def __dlpack__(self, **asked: Any) -> Any:
        self.asked.append(asked)
        if "max_version" in asked and self.changes.get("old"):
            raise TypeError("__dlpack__() got an unexpected keyword argument 'max_version'")
        return self.array.__dlpack__(**asked)


class Interface:
    """An array that has CUDA's interface alone."""

    def __init__(self, array: DeviceArray, **changes: Any) -> None:
        self.array = array
        self.__cuda_array_interface__ = {**array.__cuda_array_interface__, **changes}


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_sees_the_memory_of_the_emulated_device(emulated: EmulatedDriver, dtype: str):
    x = np.arange(6).reshape(2, 3).astype(dtype)
    array = to_device(x, emulated)
    assert array.__dlpack_device__() == (1, 0)
    seen = np.from_dlpack(array)
    assert seen.dtype == x.dtype and seen.ctypes.data == array.address
    np.testing.assert_array_equal(seen, x)
    seen[0] = 1
    np.testing.assert_array_equal(np.asarray(array), seen)


def test_shapes_of_no_elements_and_of_no_dimensions_are_exchanged(emulated: EmulatedDriver):
    for shape in ((), (0,), (3, 0, 2), (1, 1)):
        seen = np.from_dlpack(to_device(np.ones(shape), emulated))
        assert seen.shape == shape and seen.sum() == np.ones(shape).sum()


def test_a_consumer_keeps_the_memory_and_gives_it_back(emulated: EmulatedDriver):
    free = emulated.memory_info().free
    seen = np.from_dlpack(to_device(np.arange(4.0), emulated))
    gc.collect()
    assert emulated.memory_info().free < free
    np.testing.assert_array_equal(seen, np.arange(4.0))
    capsule = to_device(np.arange(4.0), emulated).__dlpack__()  # which nobody takes
    del seen, capsule
    gc.collect()
    assert emulated.memory_info().free == free and not dlpack._given


def test_both_forms_of_capsules_are_made_and_read(cuda: CudaDriver, fake: FakeCuda):
    array = to_device(np.arange(6, dtype=np.int16).reshape(3, 2), cuda)
    for version, name in ((None, "dltensor"), ((1, 0), "dltensor_versioned")):
        capsule = array.__dlpack__(max_version=version)
        assert f'"{name}"' in repr(capsule)
        taken = dlpack.Taken(capsule)
        assert (taken.address, taken.dtype, taken.shape) == (array.address, array.dtype, (3, 2))
        assert taken.device == (2, 0) and taken.row_major
        with pytest.raises(TypeError, match="used_"):
            dlpack.Taken(capsule)
        del taken
    del array, capsule
    gc.collect()
    assert fake.alive["memory"] == 0 and not dlpack._given
    with pytest.raises(TypeError, match="int is no DLPack capsule"):
        dlpack.Taken(3)


@pytest.mark.parametrize("old", [False, True])
def test_an_array_of_another_library_is_taken_where_it_is(
    cuda: CudaDriver, fake: FakeCuda, old: bool
):
    x = np.arange(12.0).reshape(3, 4)
    other = Other(to_device(x, cuda), old=old)
    mine = adopt(other, cuda)
    assert mine is not None and mine.owner is not None
    assert other.asked[-1] == ({} if old else {"max_version": (1, 0)}) | {"stream": cuda.stream}
    assert mine.address == other.array.address and adopt(mine, cuda) is mine
    np.testing.assert_array_equal(mine.copy_to_host(), x)
    waits = fake.calls["cuStreamWaitEvent"]
    del other, mine
    gc.collect()
    # its owner and this driver wait for each other once more before the memory is free
    assert fake.calls["cuStreamWaitEvent"] == waits + 2
    assert fake.alive == {"context": 1, "stream": 1, "memory": 0, "event": 0}


def test_cudas_interface_is_given_and_taken(cuda: CudaDriver, fake: FakeCuda):
    x = np.arange(4, dtype=np.float32)
    array = to_device(x, cuda)
    interface = array.__cuda_array_interface__
    assert interface["data"] == (array.address, False) and interface["typestr"] == "<f4"
    assert (interface["shape"], interface["version"]) == ((4,), 3)
    mine = adopt(Interface(array), cuda)
    assert mine is not None and mine.address == array.address
    np.testing.assert_array_equal(mine.copy_to_host(), x)
    assert fake.calls["cuStreamWaitEvent"] == 1
    assert adopt(Interface(array, strides=(4,)), cuda) is not None
    empty = adopt(Interface(array, shape=(0,), data=(0, False)), cuda)
    assert empty is not None and empty.copy_to_host().shape == (0,)


def test_a_view_that_is_not_aligned_is_copied_on_the_device(cuda: CudaDriver):
    array = to_device(np.arange(9.0), cuda)
    assert array.address % 16 == 0
    view = Interface(array, data=(array.address + 8, False), shape=(8,))
    mine = adopt(view, cuda)
    assert mine is not None and mine.owner is None and mine.address % 16 == 0
    np.testing.assert_array_equal(mine.copy_to_host(), np.arange(1.0, 9.0))


def test_what_is_on_the_host_is_no_array_of_a_device(cuda: CudaDriver, emulated: EmulatedDriver):
    for value in (1, 2.5, np.ones(3), np.float32(1), [1, 2], to_device(np.ones(2), emulated)):
        if not isinstance(value, DeviceArray):
            assert adopt(value, cuda) is None
    assert adopt(Other(to_device(np.ones(2), emulated)), cuda) is None


def test_arrays_on_another_device_are_refused(cuda: CudaDriver, emulated: EmulatedDriver):
    array = to_device(np.ones(4), cuda)
    with pytest.raises(DeviceError, match="on CUDA device 1, and this is Fake"):
        adopt(Other(array, device=(2, 1)), cuda)
    with pytest.raises(DeviceError, match="on ROCm device 0"):
        adopt(Other(array, device=(10, 0)), cuda)
    with pytest.raises(DeviceError, match="on Fake, and this is emulated GPU"):
        adopt(array, emulated)
    with pytest.raises(DeviceError, match="on CUDA device 0, and this is emulated GPU"):
        adopt(Other(array), emulated)
    with pytest.raises(DeviceError, match="on a CUDA device, and this is emulated GPU"):
        adopt(Interface(array), emulated)
    host = np.ones(1)
    with pytest.raises(DeviceError, match="on no device"):
        adopt(Interface(array, data=(host.ctypes.data, False)), cuda)


def test_arrays_with_gaps_and_foreign_dtypes_are_refused(cuda: CudaDriver):
    array = to_device(np.ones((4, 4)), cuda)
    with pytest.raises(ValueError, match="Interface are not row-major"):
        adopt(Interface(array, strides=(8, 32)), cuda)
    with pytest.raises(ValueError, match="not row-major"):
        adopt(Interface(array, strides=(33, 8)), cuda)
    with pytest.raises(TypeError, match="byte order"):
        adopt(Interface(array, typestr=">f8"), cuda)
    with pytest.raises(TypeError, match="masked"):
        adopt(Interface(array, mask=array), cuda)


def test_bfloat16_is_refused_by_name_and_given_back(cuda: CudaDriver, monkeypatch):
    array = to_device(np.ones(4, np.float16), cuda)
    monkeypatch.setitem(dlpack._CODES, "f", 4)
    with pytest.raises(TypeError, match="NumPy has no dtype"):
        adopt(Other(array), cuda)
    gc.collect()
    assert not dlpack._given


def test_a_consumer_says_where_and_how_it_wants_an_array(
    cuda: CudaDriver, emulated: EmulatedDriver, fake: FakeCuda
):
    array = to_device(np.arange(3.0), cuda)
    with pytest.raises(ValueError, match="stream 0"):
        array.__dlpack__(stream=0)
    with pytest.raises(BufferError, match=r"on device \(2, 0\), not \(2, 1\)"):
        array.__dlpack__(dl_device=(2, 1))
    with pytest.raises(BufferError):
        array.__dlpack__(dl_device=(1, 0), copy=False)
    with pytest.raises(ValueError, match="has no stream"):
        to_device(np.ones(1), emulated).__dlpack__(stream=1)
    waits = fake.calls["cuStreamWaitEvent"]
    own = array.__dlpack__(stream=-1)
    assert fake.calls["cuStreamWaitEvent"] == waits
    taken = dlpack.Taken(array.__dlpack__(copy=True))
    assert taken.address != array.address
    host = dlpack.Taken(array.__dlpack__(dl_device=(1, 0), max_version=(1, 0)))
    assert host.device == (1, 0)
    assert list((ctypes.c_double * 3).from_address(host.address)) == [0.0, 1.0, 2.0]
    del own


def test_the_emulated_device_has_no_cuda_interface(emulated: EmulatedDriver):
    assert not hasattr(to_device(np.ones(1), emulated), "__cuda_array_interface__")


def test_a_copy_on_the_device_has_memory_of_its_own(emulated: EmulatedDriver):
    array = to_device(np.arange(3), emulated)
    other = array.copy()
    assert other.address != array.address
    np.testing.assert_array_equal(np.asarray(other), np.arange(3))
    assert to_device(np.ones((0, 2)), emulated).copy().shape == (0, 2)
