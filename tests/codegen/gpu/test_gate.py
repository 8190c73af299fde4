"""The gate that every kernel has to pass: NVIDIA's assembler, for one chip of each generation."""

import pytest

from lamina.codegen.gpu.nvvm import lower
from lamina.codegen.gpu.ptx import ptx
from tests.codegen.gpu import kernels
from tests.codegen.gpu.corpus import CORPUS
from tests.codegen.gpu.ptxas import CHIPS, Resources, assemble, assembler, faults

pytestmark = pytest.mark.skipif(
    assembler() is None, reason="ptxas is not installed: pip install nvidia-cuda-nvcc"
)


@pytest.mark.parametrize("chip", CHIPS)
def test_kernels_assemble_without_spills(chip: str):
    assert faults(CORPUS, chip) == []


def test_the_gate_sees_what_is_wrong():
    text = ptx(lower(kernels.module(kernels.axpy())).llvm)
    with pytest.raises(ValueError, match="known instruction: 'return'"):
        assemble(text.replace("ret;", "return;"), "sm_80")
    large = kernels.transposed().replace("32x33xf32", "160x80xf32")
    first, second = faults([("a", "nonsense"), ("b", kernels.module(large))], "sm_80")
    assert first.startswith("a: nvvm: ") and "0xc800 bytes" in second


def test_spills_are_seen():
    # one value for each register that there is, all alive until the end
    types = ["f32"] * 300
    loads = "\n".join(f"%s{i} = arith.addf %s{i - 1}, %x{i} : f32" for i in range(1, 300))
    products = "\n".join(f"%p{i} = arith.mulf %p{i - 1}, %x{i} : f32" for i in range(1, 300))
    first, second = (
        f"%{x}0 = arith.mulf %{y}, %{y} : f32" for x, y in (("s", "x0"), ("p", "s299"))
    )
    body = "\n".join([first, loads, second, products, "%r = arith.addf %p299, %s299 : f32"])
    text = kernels.module(kernels.elementwise(body, types, "f32"))
    (wrong,) = faults([("x", text)], "sm_80")
    assert wrong.startswith("x: kernel_0 spills")


def test_resources_are_read():
    (found,) = assemble(ptx(lower(kernels.module(kernels.transposed())).llvm), "sm_80").values()
    assert found == Resources(found.registers, 0, 0, 32 * 33 * 4)
    assert 8 <= found.registers <= 64
