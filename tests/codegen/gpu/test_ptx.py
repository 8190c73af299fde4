import re
from pathlib import Path

import pytest

from lamina.codegen.gpu import ptx as module
from lamina.codegen.gpu.nvvm import lower
from lamina.codegen.gpu.ptx import CHIPS, libdevice, newest_chip_for, ptx
from lamina.codegen.mlir import LoweringError
from tests.codegen.gpu import kernels

AXPY = lower(kernels.module(kernels.axpy())).llvm
SINE = lower(kernels.module(kernels.elementwise("%r = math.sin %x0 : f64", ["f64"], "f64"))).llvm


def test_vectors_of_16_bytes_are_one_access():
    text = ptx(AXPY, "sm_80")
    assert text.count("ld.global.nc.v4.") == 2 and text.count("st.global.v4.") == 1
    assert ".visible .entry kernel_0(" in text and ".maxntid" in text
    assert "fma.rn" not in text  # a product and a sum are rounded as NumPy's


def test_the_version_of_ptx_is_the_lowest_that_knows_the_architecture():
    versions = {chip: re.search(r"\.version (\S+)", ptx(AXPY, chip)) for chip in CHIPS}
    assert all(f".target {chip}" in ptx(AXPY, chip) for chip in ("sm_75", CHIPS[-1]))
    assert [m and m[1] for m in (versions["sm_75"], versions["sm_80"], versions["sm_90"])] == [
        "6.3", "7.0", "7.8",
    ]  # fmt: skip


def test_libdevice_is_linked_only_where_it_is_needed(monkeypatch):
    assert ".func" not in ptx(AXPY)
    with_sine = ptx(SINE)
    assert "__nvvm_reflect" not in with_sine and ".extern" not in with_sine
    assert with_sine.count(".visible .entry") == 1
    monkeypatch.setattr(module, "_candidates", lambda: iter([Path("/nowhere/libdevice.10.bc")]))
    assert ptx(AXPY)
    with pytest.raises(LoweringError, match=r"pip install lamina\[cuda\]"):
        ptx(SINE)


def test_a_file_that_is_no_bitcode_is_named(monkeypatch, tmp_path):
    file = tmp_path / "libdevice.10.bc"
    file.write_bytes(b"not bitcode")
    monkeypatch.setattr(module, "_candidates", lambda: iter([file]))
    with pytest.raises(LoweringError, match=f"{file} is no libdevice"):
        ptx(SINE)


def test_libdevice_is_found_through_cuda_home_where_there_is_no_wheel(monkeypatch, tmp_path):
    wheel = libdevice()
    monkeypatch.setattr(module, "_by_pathfinder", lambda: iter(()))
    monkeypatch.setattr(module, "_folders", lambda package: [])
    folder = tmp_path / "nvvm" / "libdevice"
    folder.mkdir(parents=True)
    (folder / "libdevice.10.bc").symlink_to(wheel)
    monkeypatch.setenv("CUDA_HOME", str(tmp_path))
    assert libdevice() == folder / "libdevice.10.bc"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("define ptx_kernel void @k( {", "ptx: "),
        ("declare double @f(double)\ndefine ptx_kernel void @k(double %x, ptr addrspace(1) %o) {\n"
         "%r = call double @f(double %x)\nstore double %r, ptr addrspace(1) %o\nret void\n}",
         "nobody defines f"),
        ("declare double @llvm.sin.f64(double)\ndefine ptx_kernel void @k() { ret void }",
         "llvm.sin.f64"),
        ("declare void @llvm.nvvm.no.such(i32)\ndefine ptx_kernel void @k() {\n"
         "call void @llvm.nvvm.no.such(i32 0)\nret void\n}", "llvm.nvvm.no.such"),
    ],
)  # fmt: skip
def test_what_would_end_the_process_is_an_error(text: str, says: str):
    with pytest.raises(LoweringError, match=re.escape(says)):
        ptx(text)


def test_an_unknown_architecture_is_refused_and_a_later_device_runs_the_newest_known():
    with pytest.raises(LoweringError, match="'gfx942' is no architecture"):
        ptx(AXPY, "gfx942")
    assert f".target {CHIPS[-1]}" in ptx(AXPY, "sm_999")
    assert newest_chip_for("sm_90") == "sm_90"
    assert newest_chip_for("sm_88") == "sm_87"
    assert newest_chip_for("sm_999") == CHIPS[-1]
    with pytest.raises(LoweringError, match="older than sm_50"):
        newest_chip_for("sm_35")
