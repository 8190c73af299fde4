"""Which kernels go through their rows together, and which must not."""

import pytest

import lamina
import lamina.tensor as pt
from lamina.ir import dialect as nd
from lamina.ir.program import parse_module
from lamina.passes.share_rows import share_rows

x, y = pt.dmatrix("x"), pt.dmatrix("y")
v, c = pt.dvector("v"), pt.dvector("c")
t = pt.dtensor3("t")


def groups(inputs, outputs):
    """For each group of kernels how many there are, and the loops that they share."""
    text = lamina.function(inputs, outputs).ir("buffers")
    (main,) = parse_module(text).body.block.ops
    block = main.body.block
    share_rows(block)
    found, count = [], 0
    for op in block.ops:
        if "rows" in op.attributes:
            assert isinstance(op, nd.KernelOp)
            count += 1
            if "continues" not in op.attributes:
                found.append((count, op.attributes["rows"].value.data))
                count = 0
    assert count == 0
    return found


def normalised(x, axis=-1):
    mean = x.mean(axis=axis, keepdims=True)
    return (x - mean) / pt.sqrt(((x - mean) ** 2).mean(axis=axis, keepdims=True) + 1e-5)


@pytest.mark.parametrize(
    ("inputs", "output", "expected"),
    [
        ([x], pt.special.softmax(x, axis=-1), [(4, 1)]),
        ([x], pt.logsumexp(x, axis=-1), [(4, 1)]),
        ([x, v, c], normalised(x) * v + c, [(5, 1)]),
        ([t], pt.special.softmax(t, axis=-1), [(4, 2)]),
        ([x], x - x.max(axis=1, keepdims=True), [(2, 1)]),
        ([x], (x / x.sum(axis=1, keepdims=True)).argmax(axis=1), [(3, 1)]),
        ([x, y], y.sum(axis=1) + x.max(axis=1), [(2, 1)]),
    ],
    ids=["softmax", "logsumexp", "layer norm", "two loops over rows", "a map", "positions", "one"],
)
def test_kernels_of_rows_go_together(inputs, output, expected):
    assert groups(inputs, output) == expected


@pytest.mark.parametrize(
    ("inputs", "output"),
    [
        ([x], pt.exp(x) * 2),
        ([x], pt.special.softmax(x, axis=0)),
        ([v], pt.special.softmax(v)),
        ([x], x.T - x.max(axis=1)),
        ([x, y], [y.sum(axis=1), x.max(axis=1)]),
        ([x], x.sum(axis=1).cumsum()[:, None] + x),
        ([x], x - x.max(axis=1, keepdims=True).max()),
        ([x, v], v[:, None] * x.max(axis=1)),
        ([x], [x.argmax(axis=1)[0], x.argmax(axis=1) % 3]),
    ],
    ids=[
        "no reduction", "columns", "no rows", "read as columns", "neither reads the other",
        "something between", "a number of all rows", "rows of another array",
        "a number is loaded",
    ],
)  # fmt: skip
def test_kernels_that_do_not_read_their_own_rows_stay_apart(inputs, output):
    assert groups(inputs, output) == []


PROGRAM = """builtin.module {
  func.func @main(%x: tensor<?x?xf64>) -> tensor<?x?xf64> {
    %0 = nd.kernel %x attributes {iterators = ["parallel", "parallel"], maps = [array<i64: 0, 1>,
      array<i64: 0, 1>], combine = [""], extents = array<i64: -1, -1>, buffers = ["slot 0"]} {
    ^bb0(%1: tensor<f64>):
      %2 = nd.exp %1 : (tensor<f64>) -> tensor<f64>
      nd.yield %2 : tensor<f64>
    } : (tensor<?x?xf64>) -> tensor<?x?xf64>
    %3 = nd.kernel %0 attributes {iterators = ["parallel", "reduction"], maps = [array<i64: 0, 1>,
      array<i64: 0>], combine = ["sum"], extents = array<i64: -1, -1>, buffers = ["slot 1"]} {
    ^bb0(%4: tensor<f64>):
      nd.yield %4 : tensor<f64>
    } : (tensor<?x?xf64>) -> tensor<?xf64>
    %5 = nd.kernel %x, %3 attributes {iterators = ["parallel", "parallel"],
      maps = [array<i64: 0, 1>, array<i64: 0>, array<i64: 0, 1>], combine = [""],
      extents = array<i64: -1, -1>, buffers = ["SECOND"]} {
    ^bb0(%6: tensor<f64>, %7: tensor<f64>):
      %8 = nd.true_div %6, %7 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %8 : tensor<f64>
    } : (tensor<?x?xf64>, tensor<?xf64>) -> tensor<?x?xf64>
    %9 = nd.kernel %5, READ attributes {iterators = ["parallel", "parallel"],
      maps = [array<i64: 0, 1>, array<i64: 0, 1>, array<i64: 0, 1>], combine = [""],
      extents = array<i64: -1, -1>, buffers = ["output 0"]} {
    ^bb0(%10: tensor<f64>, %11: tensor<f64>):
      %12 = nd.mul %10, %11 : (tensor<f64>, tensor<f64>) -> tensor<f64>
      nd.yield %12 : tensor<f64>
    } : (tensor<?x?xf64>, tensor<?x?xf64>) -> tensor<?x?xf64>
    func.return %9 : tensor<?x?xf64>
  }
}
"""


@pytest.mark.parametrize(("place", "together"), [("slot 2", 3), ("slot 0", 2)])
def test_nothing_joins_behind_what_overwrites_an_array_that_was_read(place, together):
    module = parse_module(PROGRAM.replace("SECOND", place).replace("READ", "%x"))
    (main,) = module.body.block.ops
    share_rows(main.body.block)
    assert str(module).count("rows = 1") == together
