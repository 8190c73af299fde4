"""Values added at or set to indices, by many threads, in the order of a processor."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.device_function import driver
from lamina.graph.replace import vectorize_graph


@pytest.fixture(autouse=True)
def checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the device run each launch in both orders, and look for races."""
    device = driver("cuda-emu")
    monkeypatch.setattr(device, "order", "both")
    monkeypatch.setattr(device, "races", True)


def function():
    x, v, t = pt.matrix("x"), pt.vector("v"), pt.tensor3("t")
    i, j, y, w = pt.lvector("i"), pt.lvector("j"), pt.matrix("y"), pt.vector("w")
    outputs = [
        pt.inc_subtensor(v[i], w), pt.set_subtensor(v[i], w), pt.inc_subtensor(x[i], y),
        pt.set_subtensor(x[i], y), pt.inc_subtensor(x[i, j], w), pt.set_subtensor(t[i], 2.0),
        pt.inc_subtensor(t[i, :, j], y),
    ]  # fmt: skip
    return lamina.function([x, v, t, i, j, y, w], outputs, mode="CUDA-EMU")


def expected(x, v, t, i, j, y, w):
    results = [a.copy() for a in (v, v, x, x, x, t, t)]
    np.add.at(results[0], i, w)
    results[1][i] = w
    np.add.at(results[2], i, y)
    results[3][i] = y
    np.add.at(results[4], (i, j), w)
    results[5][i] = 2
    np.add.at(results[6], (i, slice(None), j), y)
    return results


@pytest.fixture(scope="module")
def scatter():
    return function()


def operands(rows: int, columns: int, count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(rows)
    return [
        rng.normal(size=(rows, columns)), rng.normal(size=rows),
        rng.normal(size=(rows, columns, rows)), rng.integers(-rows, rows, count),
        rng.integers(0, min(rows, columns), count), rng.normal(size=(count, columns)),
        rng.normal(size=count),
    ]  # fmt: skip


# fewer places than threads, more, and rows longer than there are threads
@pytest.mark.parametrize("rows, columns", [(1, 1), (7, 3), (130, 3), (3, 300), (12, 0)])
def test_values_for_a_place_come_in_the_order_of_the_indices(scatter, rows: int, columns: int):
    count = 40 if columns else 0
    given = operands(rows, columns, count)
    for found, one in zip(map(np.asarray, scatter(*given)), expected(*given), strict=True):
        np.testing.assert_array_equal(found, one)  # the bits: sums are in NumPy's order


def test_more_places_than_threads_at_once(monkeypatch: pytest.MonkeyPatch):
    from lamina.codegen.gpu import routines

    monkeypatch.setattr(routines, "BLOCKS_THAT_SHARE", 1)
    scatter = function()
    for rows, columns in [(1000, 1), (2, 700), (9, 60)]:
        given = operands(rows, columns, 30)
        given[2] = given[2][:, :, :9]
        given[4] %= 9 if columns > 1 else 1
        given[4] %= min(rows, 9)
        for found, one in zip(map(np.asarray, scatter(*given)), expected(*given), strict=True):
            np.testing.assert_array_equal(found, one)


def test_the_first_index_out_of_bounds_is_named(scatter):
    given = operands(7, 3, 40)
    given[3][20:] = np.arange(20) + 100
    with pytest.raises(IndexError, match="index 100 is out of bounds for axis 0 with size 7"):
        scatter(*given)


def test_rows_are_gathered_by_a_thread_for_each_element():
    x, t, i, k = pt.matrix("x"), pt.tensor3("t"), pt.lmatrix("i"), pt.lscalar("k")
    outputs = [x[i], t[i[0]], t[i, i], x[k], t[k], x[k, k], x[i[:, 0], i[:, 0]]]
    function = lamina.function([x, t, i, k], outputs, mode="CUDA-EMU")
    rng = np.random.default_rng(0)
    for shape in [(3, 5, 4), (2, 130, 3), (4, 4, 0), (3, 3, 1)]:
        a, b = rng.normal(size=(shape[0], shape[2])), rng.normal(size=shape)
        j, n = rng.integers(-2, min(shape[0], 2), (6, 5)), 1
        expected = [a[j], b[j[0]], b[j, j], a[n], b[n]]
        if shape[2] < 2:
            j = j * 0
            expected = [a[j], b[j[0]], b[j, j], a[n], b[n]]
        if min(a.shape) < 2:  # x[k, k] and x[i, i] have no such places
            with pytest.raises(IndexError, match="out of bounds for axis 1"):
                function(a, b, j, n)
            continue
        expected += [a[n, n], a[j[:, 0], j[:, 0]]]
        for found, one in zip(map(np.asarray, function(a, b, j, n)), expected, strict=True):
            np.testing.assert_array_equal(found, one)


def test_indices_of_rows_without_elements_are_checked():
    x, i = pt.matrix("x"), pt.lvector("i")
    function = lamina.function([x, i], x[i], mode="CUDA-EMU")
    assert function(np.zeros((3, 0)), [2, 0]).shape == (2, 0)
    with pytest.raises(IndexError, match="index 3 is out of bounds for axis 0 with size 3"):
        function(np.zeros((3, 0)), [2, 3])


def test_scatters_in_batches():
    x, i, y = pt.tensor3("x"), pt.lmatrix("i"), pt.tensor3("y")
    a, b, c = pt.matrix("a"), pt.lvector("b"), pt.matrix("c")
    made = vectorize_graph(pt.inc_subtensor(a[b], c), {a: x, b: i, c: y})
    function = lamina.function([x, i, y], made, mode="CUDA-EMU")
    rng = np.random.default_rng(1)
    for n, columns in [(4, 5), (3, 0), (0, 2), (2, 200)]:
        p, q = rng.normal(size=(n, 6, columns)), rng.normal(size=(n, 9, columns))
        at = rng.integers(-6, 6, (n, 9))
        expected = p.copy()
        for k in range(n):
            np.add.at(expected[k], at[k], q[k])
        np.testing.assert_array_equal(np.asarray(function(p, at, q)), expected)
