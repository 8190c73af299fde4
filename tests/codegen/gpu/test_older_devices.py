"""Kernels on devices that lack asynchronous copies and the newer forms of mma."""

from __future__ import annotations

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.codegen.gpu.older_devices import adapt
from lamina.codegen.gpu.ptx import ptx
from lamina.codegen.mlir import LoweringError
from lamina.compile import device_function
from lamina.compile.device_function import driver
from tests.marks import only_fuzz


def lowered(dtype: str, monkeypatch: pytest.MonkeyPatch) -> tuple[object, str]:
    """A product that kernels compute, and the LLVM IR of these."""
    monkeypatch.setattr(device_function, "library", lambda device, symbol: None)
    a, b = (pt.matrix(dtype=dtype, shape=n) for n in ((40, 40), (40, 66)))
    # LLVM takes long over the shuffles of doubles
    outputs = [a @ b] if dtype == "float64" else [a @ b, a.T @ b]
    function = lamina.function([a, b], outputs, mode="CUDA-EMU")
    return function, function._executable.ir("nvptx-llvm")


@pytest.mark.parametrize(
    ("dtype", "chip"),
    [
        ("float16", "sm_75"),
        *only_fuzz(("float32", "sm_75"), ("float16", "sm_70"), ("float64", "sm_75")),
    ],
)
def test_older_devices_compute_the_same(dtype: str, chip: str, monkeypatch: pytest.MonkeyPatch):
    device = driver("cuda-emu")
    monkeypatch.setattr(device, "races", True)
    function, text = lowered(dtype, monkeypatch)
    assert "cp.async" in text and adapt(text, "sm_80") is text
    load = type(device).load
    monkeypatch.setattr(type(device), "load", lambda self, code: load(self, adapt(code, chip)))
    older, _ = lowered(dtype, monkeypatch)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 40)).astype(dtype), rng.normal(size=(40, 66)).astype(dtype)
    # the emulated mma of doubles rounds each product, the shuffles before it do not
    error = 1e-13 if dtype == "float64" else 0
    for one, two in zip(function(x, y), older(x, y), strict=True):
        np.testing.assert_allclose(one, two, rtol=0, atol=error)


def test_ptx_has_what_its_device_has(monkeypatch: pytest.MonkeyPatch):
    _, halves = lowered("float16", monkeypatch)
    _, doubles = lowered("float64", monkeypatch)
    assert "cp.async" in ptx(halves, "sm_80") and "m16n8k16" in ptx(halves, "sm_80")
    older = ptx(halves, "sm_75")
    assert "m16n8k8" in older and "cp.async" not in older and ".version 6.5" in older
    assert "mma.sync" in ptx(doubles, "sm_80")
    for text in (halves, doubles):
        assert "shfl.sync" in ptx(text, "sm_70") and "mma.sync" not in ptx(text, "sm_70")


def test_what_no_older_device_can_do_is_refused():
    text = "declare void @llvm.nvvm.mma.m16n8k16.row.col.bf16(i32)"
    with pytest.raises(LoweringError, match="ptx: sm_75 has no mma.m16n8k16.row.col.bf16"):
        adapt(text, "sm_75")
