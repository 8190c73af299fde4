"""The kernels of the gate's corpus for other devices: whether there is code, no more."""

import re

import pytest

from lamina.codegen.gpu import amdgpu, spirv
from lamina.codegen.gpu.nvvm import lower
from lamina.codegen.gpu.targets import emit
from lamina.codegen.mlir import LoweringError
from tests.codegen.gpu import kernels
from tests.codegen.gpu.corpus import CORPUS, each

KERNELS = dict(CORPUS)


@pytest.mark.parametrize("chip", ["gfx942", "gfx1100"])
def test_amd_gets_objects(chip: str):
    for name, text in KERNELS.items():
        if name == "math f16":
            continue
        form, content = emit(text, chip)
        assert form == "amdgcn" and isinstance(content, bytes)
        assert content.startswith(b"\x7fELF\x02\x01") and b"kernel_0" in content, name


def test_amds_functions_are_those_of_its_library():
    needed = amdgpu.needed(amdgpu.lower(KERNELS["math f32"], "gfx942"))
    assert {"__ocml_sin_f32", "__ocml_expm1_f32", "__ocml_pow_f32"} <= set(needed)
    assert not [name for name in needed if "__nv_" in name]
    of_complex = amdgpu.needed(amdgpu.lower(KERNELS["complex complex<f64>"], "gfx942"))
    assert "__ocml_hypot_f64" in of_complex
    with pytest.raises(LoweringError, match="llvm.tanh.f16"):
        emit(KERNELS["math f16"], "gfx942")


def test_opencl_gets_spirv_with_an_entry_for_each_kernel():
    for name, text in KERNELS.items():
        if name.startswith("complex"):
            continue
        form, content = emit(text, "spirv")
        assert form == "spirv" and isinstance(content, str)
        entries = re.findall(r'OpEntryPoint Kernel %\w+ "(\w+)"', content)
        assert entries == [f"kernel_{i}" for i in range(text.count("gpu.func"))], name
    shuffled = emit(KERNELS["total f32"], "spirv").content
    assert isinstance(shuffled, str) and "OpControlBarrier" in shuffled
    assert shuffled.count("OpGroupNonUniformShuffleXor") == 10


def test_opencls_built_in_functions_have_mangled_names():
    text = spirv.as_opencl(lower(KERNELS["math f64"]).llvm)
    assert "@_Z5atan2dd(" in text and "@_Z3expd(" in text and "@_Z12get_local_idj(" in text
    assert "nvvm" not in text and "__nv_" not in text


def test_complex_numbers_are_taken_apart_for_spirv_and_their_powers_refused():
    _, text = each("complex", ["abs", "div", "log"], "complex<f32>")
    assert "OpEntryPoint" in emit(text, "spirv").content  # type: ignore[operator]
    _, text = each("complex", ["pow"], "complex<f32>")
    with pytest.raises(LoweringError, match="a structure cannot be a value"):
        emit(text, "spirv")


def test_what_opencl_does_not_have_is_refused_by_name():
    body = """%f = arith.constant 0 : i32
      %r = func.call @scipy_special_j0_d(%x0, %f) : (f64, i32) -> f64"""
    extra = "func.func private @scipy_special_j0_d(f64, i32) -> f64"
    text = kernels.module(kernels.elementwise(body, ["f64"], "f64", extra=extra))
    with pytest.raises(LoweringError, match="OpenCL has no function j0"):
        emit(text, "spirv")
    assert amdgpu.needed(amdgpu.lower(text, "gfx942"))[-1] == "__ocml_j0_f64"


def test_nvidia_gets_ptx_and_other_names_are_refused():
    axpy = KERNELS["axpy"]
    form, content = emit(axpy, "sm_80")
    assert form == "ptx" and isinstance(content, str) and ".target sm_80" in content
    with pytest.raises(LoweringError, match="no device 'metal': their names begin sm_, gfx, spirv"):
        emit(axpy, "metal")
    with pytest.raises(LoweringError, match="'gfx' is no architecture"):
        emit(axpy, "gfx")
