"""Kernels of products at NVIDIA's assembler, for one chip of each generation."""

from __future__ import annotations

import pytest
from llvmlite.binding import llvm_version_info
from xdsl.ir import Block

import lamina.ir.operators as ops
from lamina.codegen.emit_kernel import Argument, Nest
from lamina.codegen.gpu.matrix_products import Product
from lamina.codegen.gpu.product_kernels import engine_for, small_kernel, tiled_kernel
from lamina.ir import dialect as nd
from tests.codegen.gpu.ptxas import CHIPS, assembler, faults
from tests.marks import only_fuzz

pytestmark = pytest.mark.skipif(
    assembler() is None, reason="ptxas is not installed: pip install nvidia-cuda-nvcc"
)


def product(dtype: str, transposed: tuple[bool, bool], map: object = None) -> Product:
    """A stack of products, or a map of each element."""
    element = nd.TensorType(nd.ELEMENT[dtype], [])
    body = Block(arg_types=[element])
    value = body.args[0]
    if map is not None:
        op = nd.create(map, [value])
        body.add_op(op)
        value = op.results[0]
    body.add_op(nd.YieldOp.create(operands=[value]))
    a, b = (
        Argument(dtype, loops, (None, 1, None) if turned else (None, None, 1))
        for loops, turned in zip([(0, 1, 3), (0, 3, 2)], transposed, strict=True)
    )
    result = Argument(dtype, (0, 1, 2), (None, None, 1))
    kinds = ("parallel",) * 3 + ("reduction",)
    return Product(Nest(kinds, (), (result,), ("",), (None,), (), body, ()), a, b)


def module(dtype: str, transposed: tuple[bool, bool], *, size: str = "", map: object = None) -> str:
    """The module of one kernel, of "small" matrices, "large" tiles, or others."""
    declared: dict[str, str] = {}
    task = product(dtype, transposed, map)
    if size == "small":
        kernel = small_kernel(task, declared)
    else:
        kernel = tiled_kernel(task, engine_for(dtype, size == "large"), declared)
    text = "\n".join([*declared.values(), kernel.text])
    return f"module {{\n gpu.module @kernels {{\n{text}\n }}\n}}\n"


CORPUS = [
    ("float16", module("float16", (False, False), map=ops.tanh)),
    ("float16, large", module("float16", (False, True), size="large", map=ops.tanh)),
    ("float32", module("float32", (False, True), map=ops.tanh)),
    ("float32, small", module("float32", (False, False), size="small")),
    ("float64", module("float64", (True, False), map=ops.exp)),
    ("int8", module("int8", (False, False))),
    ("complex128", module("complex128", (True, True))),
]


@pytest.mark.parametrize("chip", [CHIPS[0], *only_fuzz(*CHIPS[1:])])
def test_kernels_of_products_assemble_without_spills(chip: str):
    found = faults(CORPUS, chip)
    if chip == "sm_75" and llvm_version_info[0] < 21:
        found = [f for f in found if not f.startswith("int8: KERNEL spills 12 bytes")]
    assert found == []
