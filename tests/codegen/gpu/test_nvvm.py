import re

import pytest

from lamina.codegen.gpu.functions import as_instructions
from lamina.codegen.gpu.nvvm import DATA_LAYOUT, TRIPLE, lower
from lamina.codegen.gpu.ptx import machine
from lamina.codegen.mlir import LoweringError
from tests.codegen.gpu import kernels

F32, F64 = ["f32"], ["f64"]


def llvm_of(body: str, types: list[str], result: str, extra: str = "") -> str:
    return lower(kernels.module(kernels.elementwise(body, types, result, extra=extra))).llvm


def test_an_array_is_one_pointer_with_its_promises_and_a_length_is_i64():
    code = lower(kernels.module(kernels.axpy()))
    head = re.search(r"define ptx_kernel void @kernel_0\((.*)\)", code.llvm)
    assert head is not None
    x, y, o, n = head[1].split(", ")
    assert x == "ptr addrspace(1) noalias readonly align 16 %0"
    assert (y[:-2], o) == (x[:-2], "ptr addrspace(1) noalias align 16 %2")
    assert n == "i64 %3"
    assert code.llvm.count("load <4 x float>, ptr addrspace(1)") == 2
    assert "llvm.func @kernel_0" in code.nvvm and "nvvm.kernel" in code.nvvm


def test_workgroup_memory_barriers_and_shuffles_reach_llvm():
    text = lower(kernels.module(kernels.total())).llvm
    assert "addrspace(3) global [32 x float]" in text
    assert text.count("call void @llvm.nvvm.barrier") == 1
    assert text.count("call float @llvm.nvvm.shfl.sync.bfly.f32") == 10
    assert '"nvvm.maxntid"="256,1,1"' in text


def test_math_is_a_call_of_libdevice_element_by_element_and_by_way_of_f32_for_f16():
    assert "call float @__nv_expf(" in llvm_of("%r = math.exp %x0 : f32", F32, "f32")
    assert "call double @__nv_erfc(" in llvm_of("%r = math.erfc %x0 : f64", F64, "f64")
    half = llvm_of("%r = math.tanh %x0 : f16", ["f16"], "f16")
    assert "fpext half" in half and "__nv_tanhf" in half
    body = """%v = vector.broadcast %x0 : f32 to vector<4xf32>
      %w = math.log %v : vector<4xf32>
      %r = vector.reduction <add>, %w : vector<4xf32> into f32"""
    assert llvm_of(body, F32, "f32").count("call float @__nv_logf(") == 4


@pytest.mark.parametrize("op", ["absf", "ceil", "floor", "round", "roundeven", "sqrt", "trunc"])
def test_what_is_an_instruction_needs_no_library(op: str):
    for type in ("f32", "f64"):
        text = llvm_of(f"%r = math.{op} %x0 : {type}", [type], type)
        assert "__nv_" not in text and text.count(f".{type}(") == 2


def test_an_instruction_that_is_asked_for_under_two_names_is_declared_once():
    declared = "declare float @llvm.sqrt.f32(float)"
    text = (
        f"{declared} #1\n\ndeclare float @__nv_sqrtf(float)\n%1 = call float @__nv_sqrtf(float %0)"
    )
    assert as_instructions(text) == (f"{declared} #1\n\n%1 = call float @llvm.sqrt.f32(float %0)")


@pytest.mark.parametrize("op", ["ctlz", "cttz", "ctpop", "absi"])
def test_bits_of_integers_are_counted_by_instructions(op: str):
    for type in ("i8", "i64"):
        text = llvm_of(f"%r = math.{op} %x0 : {type}", [type], type)
        assert f"@llvm.{op.replace('absi', 'abs')}.{type}(" in text


def test_a_c_function_is_libdevices():
    extra = """func.func private @atan2(f64, f64) -> f64 attributes {llvm.readnone}
    func.func private @lgammaf(f32) -> f32
    func.func private @scipy_special_i0_d(f64, i32) -> f64"""
    body = """%y = func.call @atan2(%x0, %x0) : (f64, f64) -> f64
      %z = arith.truncf %y : f64 to f32
      %w = func.call @lgammaf(%z) : (f32) -> f32
      %v = arith.extf %w : f32 to f64
      %flag = arith.constant 0 : i32
      %r = func.call @scipy_special_i0_d(%v, %flag) : (f64, i32) -> f64"""
    text = llvm_of(body, F64, "f64", extra)
    for name in ("__nv_atan2(double", "__nv_lgammaf(float", "__nv_cyl_bessel_i0(double"):
        assert f"declare {name.rpartition('(')[2]} @{name}" in text


def test_functions_of_the_vector_library_are_formulas():
    extra = """func.func private @lm_sigmoid_f32(f32) -> f32
    func.func private @lm_softplus_f32(f32) -> f32"""
    body = """%y = func.call @lm_sigmoid_f32(%x0) : (f32) -> f32
      %r = func.call @lm_softplus_f32(%y) : (f32) -> f32"""
    text = llvm_of(body, F32, "f32", extra)
    assert "define internal float @lm_sigmoid_f32" in text and "__nv_log1pf" in text


def test_ops_of_complex_have_the_formulas_of_the_processor():
    c = "complex<f32>"
    body = f"%y = complex.div %x0, %x0 : {c}\n%r = complex.exp %y : {c}"
    text = llvm_of(body, [c], c)
    assert "define internal { float, float } @complex_div_f32" in text
    assert "__nv_sin(" in text and "load { float, float }, ptr addrspace(1)" in text


@pytest.mark.parametrize(
    ("body", "extra", "names"),
    [
        ("%r = func.call @kolmogorov(%x0) : (f64) -> f64",
         "func.func private @kolmogorov(f64) -> f64", "no device has the functions kolmogorov"),
        ("%r = math.isnormal %x0 : f64", "", "math.isnormal"),
        ("%z = complex.create %x0, %x0 : complex<f64>\n%w = complex.rsqrt %z : complex<f64>\n"
         "%r = complex.re %w : complex<f64>", "", "complex.rsqrt"),
        ("%r = llvm.intr.sin(%x0) : (f64) -> f64", "", "llvm.intr.sin"),
        ("%r = arith.addf %x0 : f64", "", "expected"),
    ],
)  # fmt: skip
def test_what_a_device_does_not_have_is_refused_by_name(body: str, extra: str, names: str):
    with pytest.raises(LoweringError, match=re.escape(names)):
        llvm_of(body, F64, "i1" if "isnormal" in body else "f64", extra)


def test_a_text_without_kernels_and_a_chip_that_is_none_are_refused():
    with pytest.raises(LoweringError, match="has no `gpu.module`"):
        lower("module {}")
    with pytest.raises(LoweringError, match="'gfx942' is no architecture"):
        lower(kernels.module(kernels.axpy()), "gfx942")
    with pytest.raises(LoweringError, match="(?s)nvvm: .*nonsense"):
        lower("gpu.module @kernels { nonsense }")


def test_the_data_layout_is_that_of_llvms_machine():
    layout = str(machine("sm_80").target_data)
    # older ones say less: nothing of address space 6 nor of i256, which kernels do not use
    older = [part for part in DATA_LAYOUT.split("-") if part not in ("p6:32:32", "i256:256")]
    assert layout in (DATA_LAYOUT, "-".join(older))
    assert TRIPLE in lower(kernels.module(kernels.axpy())).llvm
