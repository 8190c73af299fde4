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


def lowered(dtype: str, monkeypatch: pytest.MonkeyPatch) -> tuple[object, str]:
    """A product that kernels compute, and the LLVM IR of these."""
    monkeypatch.setattr(device_function, "library", lambda device, symbol: None)
    a, b = pt.matrix(dtype=dtype), pt.matrix(dtype=dtype)
    function = lamina.function([a, b], a @ b, mode="CUDA-EMU")
    return function, function._executable.ir("nvptx-llvm")


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_older_devices_compute_the_same(dtype: str, monkeypatch: pytest.MonkeyPatch):
    device = driver("cuda-emu")
    monkeypatch.setattr(device, "races", True)
    function, text = lowered(dtype, monkeypatch)
    assert "cp.async" in text and adapt(text, "sm_80") is text
    load = type(device).load
    monkeypatch.setattr(type(device), "load", lambda self, code: load(self, adapt(code, "sm_75")))
    older, _ = lowered(dtype, monkeypatch)
    rng = np.random.default_rng(0)
    for m, k, n in [(70, 72, 66), (64, 40, 64), (33, 33, 20)]:
        x, y = rng.normal(size=(m, k)).astype(dtype), rng.normal(size=(k, n)).astype(dtype)
        # the emulated mma of doubles rounds each product, the shuffles before it do not
        error = 1e-13 if dtype == "float64" else 0
        one, two = np.asarray(function(x, y)), np.asarray(older(x, y))
        np.testing.assert_allclose(one, two, rtol=0, atol=error)


def test_ptx_has_what_its_device_has(monkeypatch: pytest.MonkeyPatch):
    _, halves = lowered("float16", monkeypatch)
    _, doubles = lowered("float64", monkeypatch)
    assert "cp.async" in ptx(halves, "sm_80") and "m16n8k16" in ptx(halves, "sm_80")
    older = ptx(halves, "sm_75")
    assert "m16n8k8" in older and "cp.async" not in older and ".version 6.5" in older
    assert "mma.sync" in ptx(doubles, "sm_80")
    assert "shfl.sync" in ptx(doubles, "sm_70") and "mma.sync" not in ptx(doubles, "sm_70")


def test_what_no_older_device_can_do_is_refused(monkeypatch: pytest.MonkeyPatch):
    _, halves = lowered("float16", monkeypatch)
    with pytest.raises(LoweringError, match="sm_70 has no ldmatrix: products of float16 need an"):
        ptx(halves, "sm_70")
    text = "declare void @llvm.nvvm.mma.m16n8k16.row.col.bf16(i32)"
    with pytest.raises(LoweringError, match="ptx: sm_75 has no mma.m16n8k16.row.col.bf16"):
        adapt(text, "sm_75")
