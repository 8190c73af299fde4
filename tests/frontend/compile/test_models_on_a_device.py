"""Models on an emulated device: what the processor gives, with parameters that stay there."""

import numpy as np
import pytest

from lamina import cuda
from lamina.compile.device_function import driver
from tests.codegen.gpu.models import PLAIN, TRAINED, Model, rows
from tests.marks import only_fuzz

EMULATED = "cuda-emu"
TOLERANCE = {"float32": 2e-5, "float64": 1e-12}


def assert_close(found, expected, dtype):
    for one, two in zip(map(np.asarray, found), expected, strict=True):
        assert (one.dtype, one.shape) == (two.dtype, two.shape)
        np.testing.assert_allclose(one, two, TOLERANCE[dtype], TOLERANCE[dtype])


def trained(model: Model) -> list:
    return [p.get_value() for p in model.updates]


@pytest.mark.parametrize("dtype", ["float32", *only_fuzz("float64")])
@pytest.mark.parametrize("name", TRAINED)
def test_steps_change_parameters_on_the_device_as_on_the_processor(name: str, dtype: str):
    model, on_device = TRAINED[name](dtype), TRAINED[name](dtype, EMULATED)
    step, step_there = model.function(), on_device.function("CUDA-EMU")
    given = [cuda.to_device(a, EMULATED) for a in on_device.arrays]
    for _ in range(3):
        expected, found = step(*model.arrays), step_there(*given)
        assert_close(found, expected, dtype)
    assert_close(trained(on_device), trained(model), dtype)
    # a number among the parameters stays on the device, as arrays do
    path = step_there._executable.path
    assert path.transfers == {"to device": 0, "from device": 0}
    assert not step_there._executable.artefact.kernels.on_host
    for p in on_device.updates:
        assert isinstance(p.get_value(return_internal_type=True), cuda.DeviceArray)


@pytest.mark.parametrize("dtype", ["float32", *only_fuzz("float64")])
@pytest.mark.parametrize("name", PLAIN)
def test_models_agree_with_the_processor(name: str, dtype: str):
    model = PLAIN[name](dtype)
    assert_close(model.function("CUDA-EMU")(*model.arrays), model.function()(*model.arrays), dtype)


def test_a_batch_of_another_length_needs_no_other_code():
    model = rows("float64")
    there, here = model.function("CUDA-EMU"), model.function()
    for shape in [(9, 21), (1, 1), (3, 700), (70, 2)]:
        arrays = rows("float64", shape).arrays
        assert_close(there(*arrays), here(*arrays), "float64")


@pytest.mark.parametrize("name", TRAINED)
def test_steps_have_no_races(name: str, monkeypatch: pytest.MonkeyPatch):
    device = driver(EMULATED)
    monkeypatch.setattr(device, "order", "both")
    monkeypatch.setattr(device, "races", True)
    model, on_device = TRAINED[name]("float64"), TRAINED[name]("float64", EMULATED)
    expected, found = model.function()(*model.arrays), on_device.function("CUDA-EMU")
    assert_close(found(*on_device.arrays), expected, "float64")
    assert_close(trained(on_device), trained(model), "float64")
