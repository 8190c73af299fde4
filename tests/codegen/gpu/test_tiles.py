"""Maps of transposed inputs, in tiles."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.codegen.emit_kernel import Argument, Nest
from lamina.codegen.gpu.tiles import Tiling, tiling
from lamina.compile.device_function import driver


@pytest.fixture(autouse=True)
def checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the device run each launch in both orders, and look for races."""
    device = driver("cuda-emu")
    monkeypatch.setattr(device, "order", "both")
    monkeypatch.setattr(device, "races", True)


def on_device(inputs, outputs):
    return lamina.function(inputs, outputs, mode="CUDA-EMU", on_unused_input="ignore")


def values(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 100, shape).astype(dtype)


def test_tiles_need_not_be_full():
    x, y, v = pt.matrix("x"), pt.matrix("y"), pt.vector("v")
    outputs = [x.T + 2 * y, y + x.T * x.T - v, x[::-1].T + y]
    function = on_device([x, y, v], outputs)
    assert "%tile" in function._executable.ir("gpu")
    for shape in [(0, 3), (3, 0), (1, 1), (32, 32), (33, 31), (1, 70), (70, 2), (65, 40)]:
        a, b, c = values("float64", shape), values("float64", shape[::-1]), np.arange(shape[0])
        found = map(np.asarray, function(a, b, c))
        for one, two in zip(found, [a.T + 2 * b, b + a.T * a.T - c, a[::-1].T + b], strict=True):
            np.testing.assert_array_equal(one, two)


def test_tiles_of_all_dtypes():
    dtypes = ["bool", "int8", "float16", "int64", "float32", "complex64", "complex128"]
    inputs = [pt.matrix(dtype=d) for d in dtypes]
    function = on_device(inputs, [pt.neq(x.T, 3) for x in inputs] + [
        pt.switch(x.T > 9, x.T, 9) for x in inputs if "complex" not in x.dtype
    ])  # fmt: skip
    arrays = [values(d, (35, 40)) for d in dtypes]
    expected = [a.T != 3 for a in arrays] + [
        np.where(a.T > 9, a.T, 9) for a in arrays if a.dtype.kind != "c"
    ]
    for one, two in zip(map(np.asarray, function(*arrays)), expected, strict=True):
        np.testing.assert_array_equal(one, two)


def test_tiles_of_batches():
    x, y = pt.tensor3("x"), pt.tensor4("y")
    outputs = [
        x.transpose(0, 2, 1) * 2, x.transpose(2, 0, 1) + 1, x.transpose(2, 1, 0) + 1,
        y.transpose(0, 3, 1, 2) - 1, x.transpose(1, 0, 2) + 1,
    ]  # fmt: skip
    function = on_device([x, y], outputs)
    a, b = values("float64", (3, 34, 37)), values("float64", (2, 3, 5, 33))
    expected = [
        a.transpose(0, 2, 1) * 2, a.transpose(2, 0, 1) + 1, a.transpose(2, 1, 0) + 1,
        b.transpose(0, 3, 1, 2) - 1, a.transpose(1, 0, 2) + 1,
    ]  # fmt: skip
    for one, two in zip(map(np.asarray, function(a, b)), expected, strict=True):
        np.testing.assert_array_equal(one, two)


def nest(inputs: list[Argument], count: int = 2, **facts) -> Nest:
    rows = tuple(range(count))
    result = Argument("float64", rows, (None,) * (count - 1) + (1,))
    kept = {
        "kinds": ("parallel",) * count, "inputs": tuple(inputs), "outputs": (result,),
        "combine": ("",), "inplace": (None,), "extents": (), "body": None, "merged": (),
    }  # fmt: skip
    return Nest(**{**kept, **facts})


def test_which_inputs_are_in_tiles():
    straight, turned = (Argument("float64", (0, 1), s) for s in ((None, 1), (1, None)))
    column, number = Argument("float64", (0,), (1,)), Argument("float64", scalar=True)
    assert tiling(nest([straight, column, number])) is None
    assert tiling(nest([straight, turned, column, number])) == Tiling(0, 1, (), (1,))
    # its place is the result's
    assert tiling(nest([turned], inplace=(0,))) is None
    assert tiling(nest([turned], outputs=(turned,))) is None
    assert tiling(nest([turned], combine=("sum",))) is None


def test_tiles_fit_in_the_memory_of_a_block():
    turned = Argument("complex128", (0, 1), (1, None))
    assert tiling(nest([turned] * 5)) == Tiling(0, 1, (), (0, 1))


def test_the_loop_that_most_inputs_are_read_along_is_chosen():
    first = Argument("float64", (0, 1, 2), (1, None, None))
    second = Argument("float64", (0, 1, 2), (None, 1, None))
    assert tiling(nest([first, second, second], count=3)) == Tiling(1, 2, (0,), (1, 2))
