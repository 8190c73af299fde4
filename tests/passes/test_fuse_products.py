"""Which products of matrices are one kernel with a map, and which must not be."""

import pytest

import lamina
import lamina.tensor as pt
from lamina.ir import dialect as nd
from lamina.ir.program import parse_module
from lamina.passes.fuse_products import fuse_products

x, y, z = pt.fmatrix("x"), pt.fmatrix("y"), pt.fmatrix("z")
v, s = pt.fvector("v"), pt.fscalar("s")
t, u = pt.ftensor3("t"), pt.ftensor3("u")
i, j = pt.imatrix("i"), pt.imatrix("j")


def fused(inputs, outputs):
    """The operations of the stage kernels with products fused, checks and numbers left out."""
    text = lamina.function(inputs, outputs, on_unused_input="ignore").ir("kernels")
    module = parse_module(text)
    (main,) = module.body.block.ops
    fuse_products(main.body.block)
    module.verify()
    assert str(parse_module(str(module))) == str(module)
    wanted = ("nd.gemm", "nd.dot", "nd.kernel", "nd.product_kernel", "nd.scan")
    return [op for op in main.body.block.ops if op.name in wanted]


def names(inputs, outputs):
    return [op.name[3:] for op in fused(inputs, outputs)]


@pytest.mark.parametrize(
    ("inputs", "output"),
    [
        ([x, y], pt.exp(x @ y)),
        ([x, y, v], pt.maximum(x @ y + v, 0)),
        ([x, y, v], pt.tanh(x @ y + v[:, None])),
        ([x, y, z], pt.sin(x.T @ y.T) * z),
        ([t, u], abs(t @ u)),
        ([i, j], (i @ j) ** 2),
    ],
    ids=["a map", "row", "column", "another matrix", "stacks", "integers"],
)
def test_a_product_and_its_map_are_one(inputs, output):
    assert names(inputs, output) == ["product_kernel"]


def test_operands_of_a_product_that_is_scaled_are_those_of_the_map():
    (op,) = fused([x, y, s], pt.exp(s * (x.T @ y)))
    assert isinstance(op, nd.ProductKernelOp) and op.flag("transpose_a")
    assert len(op.operands) == 3 and not op.flag("transpose_b")
    assert [o.name for o in op.body.block.ops] == ["nd.mul", "nd.exp", "nd.yield"]


def test_a_map_may_have_several_results():
    (op,) = fused([x, y], [pt.exp(x @ y), x @ y > 0])
    assert [nd.dtype_of(r) for r in op.results] == ["float32", "bool"]


def test_of_two_products_in_a_map_one_is_fused():
    assert sorted(names([x, y, z], pt.sigmoid(x @ y) * (x @ z))) == ["gemm", "product_kernel"]


def test_steps_of_loops_have_them_too():
    def step(h, w):
        return pt.tanh(h @ w)

    states = lamina.scan(step, outputs_info=[x], non_sequences=[y], n_steps=3, return_updates=False)
    (scan,) = [op for op in fused([x, y], states) if isinstance(op, nd.ScanOp)]
    assert "nd.product_kernel" in [op.name for op in scan.block.ops]


long = nd.ProductKernelOp.MOST_SUMMED["float32"] + 1
wide, tall = (pt.tensor(dtype="float32", shape=n) for n in ((None, long), (long, None)))


@pytest.mark.parametrize(
    ("inputs", "output"),
    [
        ([x, y], x @ y),
        ([x, y], [pt.exp(x @ y), x @ y]),
        ([x, y], pt.exp(x @ y).sum(axis=1)),
        ([t, x, y], t * (x @ y)),
        ([wide, y], pt.exp(wide @ y)),
        ([x, tall], pt.exp(x @ tall)),
        ([wide, y], pt.exp(y.T @ wide.T)),
    ],
    ids=["alone", "returned", "summed", "broadcast", "long", "long by B", "long and turned"],
)
def test_a_product_stays(inputs, output):
    assert "product_kernel" not in names(inputs, output)
