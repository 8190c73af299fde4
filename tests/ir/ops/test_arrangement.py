import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.ir.ops.arrangement import flip, fliplr, flipud, repeat, roll, rot90, tile
from tests.agreement import agree, static_shapes

X = np.arange(24.0).reshape(2, 3, 4)
FORMS = {
    "flip": (flip, np.flip),
    "flip an axis": (lambda x: flip(x, -1), lambda x: np.flip(x, -1)),
    "flip axes": (lambda x: flip(x, (0, 2)), lambda x: np.flip(x, (0, 2))),
    "flipud": (flipud, np.flipud),
    "fliplr": (fliplr, np.fliplr),
    **{
        f"rot90 {k} {axes}": (
            lambda x, k=k, axes=axes: rot90(x, k, axes),
            lambda x, k=k, axes=axes: np.rot90(x, k, axes),
        )
        for k, axes in [(0, (0, 1)), (1, (0, 1)), (2, (0, 2)), (-1, (1, 2)), (5, (2, 0))]
    },
    **{
        f"roll {shift} {axis}": (
            lambda x, shift=shift, axis=axis: roll(x, shift, axis),
            lambda x, shift=shift, axis=axis: np.roll(x, shift, axis),
        )
        for shift, axis in [
            (1, 0), (-2, 2), (7, 1), (5, None), ((1, 2), (0, 1)), (1, (0, 2)), ((1, 1), 2), (0, 0),
        ]
    },
    **{
        f"tile {reps}": (
            lambda x, reps=reps: tile(x, reps), lambda x, reps=reps: np.tile(x, reps)
        )
        for reps in [2, 1, (2, 1), (2, 1, 3), (2, 1, 1, 3), (0, 2, 1), ()]
    },
    **{
        f"repeat {times} {axis}": (
            lambda x, times=times, axis=axis: repeat(x, times, axis),
            lambda x, times=times, axis=axis: np.repeat(x, times, axis),
        )
        for times, axis in [(3, None), (2, 0), (2, -1), (0, 1), (1, 1), ([2], 1)]
    },
}  # fmt: skip


def test_arrangements_agree_with_numpy():
    agree(FORMS, [X], [X[:, :1, 1:3]], [X[:, :0]])


def test_arrangements_keep_static_shapes():
    assert not static_shapes(FORMS, X)
    assert not static_shapes(FORMS, X[:, :1])


def test_shifts_and_numbers_may_be_symbolic():
    x, n, v = pt.tensor("x", shape=(3, None)), pt.iscalar("n"), pt.lvector("v", shape=(2,))
    outputs = [
        roll(x, n, 0), roll(x, n), roll(x, v, (0, 1)), tile(x, (n, 2)), tile(x, v), repeat(x, n, 1)
    ]  # fmt: skip
    assert outputs[0].type.shape == (3, None)
    f = lamina.function([x, n, v], outputs)
    for a in (np.arange(12.0).reshape(3, 4), np.ones((3, 0))):
        for i, w in ((2, [1, 3]), (0, [0, 2])):
            expected = [
                np.roll(a, i, 0), np.roll(a, i), np.roll(a, w, (0, 1)), np.tile(a, (i, 2)),
                np.tile(a, w), np.repeat(a, i, 1),
            ]  # fmt: skip
            for found, wanted in zip(f(a, i, np.array(w)), expected, strict=True):
                np.testing.assert_array_equal(found, wanted)


def test_arrangements_of_other_dtypes():
    forms = {name: FORMS[name] for name in ("flip", "roll 5 None", "tile (2, 1, 3)", "repeat 2 0")}
    for dtype in ("bool", "int8", "complex64"):
        agree(forms, [X.astype(dtype)])
    assert tile(3, 2).dtype == "int64"
    assert repeat([True], 2).dtype == "bool"


def test_arrangements_refuse_what_numpy_refuses():
    x = pt.matrix("x")
    with pytest.raises(np.exceptions.AxisError):
        flip(x, 2)
    with pytest.raises(ValueError, match="repeated axis|duplicate"):
        flip(x, (0, 0))
    with pytest.raises(ValueError, match="Input must be >= 2-d"):
        fliplr(pt.vector())
    with pytest.raises(ValueError, match="Axes must be different"):
        rot90(x, 1, (0, -2))
    with pytest.raises(ValueError, match="'shift' and 'axis'"):
        roll(x, (1, 2, 3), (0, 1))
    with pytest.raises(ValueError, match="negative"):
        repeat(x, -1)
    with pytest.raises(ValueError, match="negative"):
        tile(x, (1, -1))
    with pytest.raises(TypeError):
        repeat(x, 1.5)
    with pytest.raises(ValueError, match="2 numbers of repeats for 3"):
        repeat(pt.zeros((3, 2)), [1, 2], 0)


@pytest.mark.parametrize(
    "name",
    ["flip axes", "rot90 1 (0, 1)", "roll 5 None", "roll -2 2", "tile (2, 1, 3)", "repeat 2 -1"],
)
def test_the_gradient_of_an_arrangement(name):
    verify_grad(FORMS[name][0], [X], n_tests=1)


def test_each_element_may_be_repeated_as_often_as_a_vector_says():
    x, times = pt.matrix("x"), pt.lvector("times")
    a, counts = np.arange(6.0).reshape(3, 2), np.array([2, 0, 3])
    graphs = [
        pt.repeat(x, times, axis=0),
        pt.repeat(x, [1, 3], axis=1),
        pt.repeat(x.T, times, axis=-1),
        lamina.grad((pt.repeat(x, times, axis=0) ** 2).sum(), x),
    ]
    f = lamina.function([x, times], graphs)
    rows, columns, last, slope = f(a, counts)
    np.testing.assert_array_equal(rows, np.repeat(a, counts, 0))
    np.testing.assert_array_equal(columns, np.repeat(a, [1, 3], 1))
    np.testing.assert_array_equal(last, np.repeat(a.T, counts, -1))
    np.testing.assert_array_equal(slope, 2 * a * counts[:, None])
    for wrong in ([2, -1, 1], [1, 1], [1, 1, 1, 1]):
        with pytest.raises((ValueError, IndexError)):
            f(a, wrong)
    with pytest.raises(ValueError, match="negative"):
        pt.repeat(x, [1, -1], axis=0)
