"""Indexing by arrays: what is taken, set and added to, and the gradients, against NumPy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.graph import vectorize_graph
from tests.evaluate import evaluate

x, i, j = pt.tensor3("x"), pt.lvector("i"), pt.lmatrix("j")
mask, rows, n = pt.matrix("mask", dtype="bool"), pt.vector("rows", dtype="bool"), pt.lscalar("n")
VARIABLES = (x, i, j, mask, rows, n)
_rng = np.random.default_rng(0)
ARRAYS = (
    _rng.normal(size=(3, 4, 5)),
    np.array([0, -1, 2]),
    np.array([[0, 1, 2], [-1, 0, 1]]),
    _rng.random((3, 4)) > 0.5,
    np.array([True, False, True]),
    np.int64(1),
)
Index = Callable[..., Any]
# Functions of what is indexed and of the arrays, for NumPy and the graph alike.
INDICES: dict[str, Index] = {
    "one": lambda x, i, j, mask, rows, n: x[i],
    "one, of the second axis": lambda x, i, j, mask, rows, n: x[:, i],
    "two": lambda x, i, j, mask, rows, n: x[i, i],
    "two, parted by a slice": lambda x, i, j, mask, rows, n: x[i, :, i],
    "two, the last": lambda x, i, j, mask, rows, n: x[:, i, i],
    "a matrix": lambda x, i, j, mask, rows, n: x[j],
    "a matrix after a slice": lambda x, i, j, mask, rows, n: x[1:, j],
    "a matrix after an ellipsis": lambda x, i, j, mask, rows, n: x[..., j],
    "an integer and an array": lambda x, i, j, mask, rows, n: x[n, :, i],
    "parted by None": lambda x, i, j, mask, rows, n: x[i, None, j],
    "a mask of two axes": lambda x, i, j, mask, rows, n: x[mask],
    "a mask of one axis": lambda x, i, j, mask, rows, n: x[rows],
    "a mask and None": lambda x, i, j, mask, rows, n: x[mask, None],
    "parted by an ellipsis of nothing": lambda x, i, j, mask, rows, n: x[:, [0], ..., [0]],
    "True": lambda x, i, j, mask, rows, n: x[True],
    "False and an integer": lambda x, i, j, mask, rows, n: x[False, 1],
    "a list of bools": lambda x, i, j, mask, rows, n: x[[True, False, True]],
    "an empty list": lambda x, i, j, mask, rows, n: x[[]],
    "broadcast": lambda x, i, j, mask, rows, n: x[np.array([[0], [1]]), np.array([[1, 2]])],
    "with slices of both signs": lambda x, i, j, mask, rows, n: x[i, ::-2, 1:3],
    "a comparison": lambda x, i, j, mask, rows, n: x[i > 0],
}


class _Recorder:
    """Gives back the index."""

    def __getitem__(self, index: Any) -> Any:
        return index


def _expected(case: Index) -> np.ndarray:
    return case(*ARRAYS)


def test_what_is_taken_agrees_with_numpy_compiled_and_interpreted():
    graphs = [case(*VARIABLES) for case in INDICES.values()]
    compiled = lamina.function(VARIABLES_LIST, graphs, on_unused_input="ignore")(*ARRAYS)
    interpreted = evaluate(graphs, dict(zip(VARIABLES, ARRAYS, strict=True)))
    for (name, case), one, two in zip(INDICES.items(), compiled, interpreted, strict=True):
        np.testing.assert_array_equal(one, _expected(case), name, strict=True)
        np.testing.assert_array_equal(two, _expected(case), name, strict=True)


VARIABLES_LIST = list(VARIABLES)


@pytest.mark.parametrize("kind", ["set", "inc"])
def test_what_is_set_and_added_to_agrees_with_numpy(kind: str):
    graphs, expected, names = [], [], []
    for name, case in INDICES.items():
        shape = _expected(case).shape
        for value in (2.5, _rng.normal(size=shape), _rng.normal(size=shape[-1:])):
            array, index = ARRAYS[0].copy(), case(_Recorder(), *ARRAYS[1:])
            if kind == "set":
                array[index] = value
            else:
                np.add.at(array, index, value)
            graphs.append(getattr(case(*VARIABLES), kind)(pt.as_tensor(value)))
            expected.append(array)
            names.append(name)
    found = lamina.function(VARIABLES_LIST, graphs, on_unused_input="ignore")(*ARRAYS)
    for name, ours, theirs in zip(names, found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-14, err_msg=name)


def test_gradient_adds_up_where_an_element_is_taken_twice():
    weights = {name: _rng.normal(size=_expected(case).shape) for name, case in INDICES.items()}
    graphs = [
        lamina.grad((pt.constant(weights[name]) * case(*VARIABLES) ** 2).sum(), x)
        for name, case in INDICES.items()
    ]
    found = lamina.function(VARIABLES_LIST, graphs, on_unused_input="ignore")(*ARRAYS)
    places = np.arange(ARRAYS[0].size).reshape(ARRAYS[0].shape)
    for (name, case), ours in zip(INDICES.items(), found, strict=True):
        theirs, taken = np.zeros(places.size), case(places, *ARRAYS[1:])
        np.add.at(theirs, taken.ravel(), (2 * weights[name] * _expected(case)).ravel())
        np.testing.assert_allclose(ours.ravel(), theirs, rtol=1e-13, err_msg=name)


@pytest.mark.parametrize("kind", ["set", "inc"])
def test_gradient_of_an_update_agrees_with_central_differences(kind: str):
    value = pt.vector("value")
    names = ["one", "two, parted by a slice", "a matrix after a slice", "with slices of both signs"]
    weight = pt.constant(_rng.normal(size=(3, 4, 5)))
    costs = []
    for name in names:
        part = INDICES[name](*VARIABLES)
        costs.append((weight * getattr(part, kind)(value[: part.shape[-1]]) ** 2).sum())
    gradients = [lamina.grad(c, v) for c in costs for v in (x, value)]
    f = lamina.function([*VARIABLES, value], [*costs, *gradients], on_unused_input="ignore")
    at = _rng.normal(size=5)
    found = f(*ARRAYS, at)[len(costs) :]
    step = 1e-6
    for k in range(5):
        e = step * np.eye(5)[k]
        high, low = f(*ARRAYS, at + e)[: len(costs)], f(*ARRAYS, at - e)[: len(costs)]
        for cost in range(len(costs)):
            slope = (high[cost] - low[cost]) / (2 * step)
            assert found[2 * cost + 1][k] == pytest.approx(slope, rel=1e-6, abs=1e-6)
    direction = _rng.normal(size=(3, 4, 5))
    moved = [f(ARRAYS[0] + s * step * direction, *ARRAYS[1:], at)[: len(costs)] for s in (1, -1)]
    for cost in range(len(costs)):
        slope = (moved[0][cost] - moved[1][cost]) / (2 * step)
        assert (found[2 * cost] * direction).sum() == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])
def test_index_out_of_bounds_raises_and_names_array_axis_index_and_size(mode: str):
    f = lamina.function([x, i], x[:, i], mode=mode)
    for wrong in (4, -5):
        with pytest.raises(IndexError, match=f"index {wrong} is out of bounds for axis 1 .*size 4"):
            f(ARRAYS[0], np.array([0, wrong]))
    g = lamina.function([x, i], x[i].inc(1.0), mode=mode)
    with pytest.raises(IndexError, match="index 3 is out of bounds for axis 0"):
        g(ARRAYS[0], np.array([1, 3]))
    nothing = np.empty((3, 0, 5))
    with pytest.raises(IndexError):
        f(nothing, np.array([0]))
    assert f(nothing, np.array([], np.int64)).shape == (3, 0, 5)


def test_message_names_the_users_array():
    f = lamina.function([x, i], x[:, i])
    with pytest.raises(IndexError, match="of x"):
        f(ARRAYS[0], np.array([7]))


def test_mask_of_another_shape_raises_an_index_error():
    f = lamina.function([x, mask], x[mask])
    with pytest.raises(IndexError, match="boolean index did not match indexed array along axis 1"):
        f(ARRAYS[0], np.zeros((3, 5), bool))
    with pytest.raises(IndexError, match="boolean index did not match"):
        pt.tensor("y", shape=(3, 4))[np.zeros((2, 4), bool)]


def test_wrong_indices_are_refused_when_the_graph_is_built():
    with pytest.raises(IndexError, match="too many indices"):
        x[i, i, i, i]
    with pytest.raises(IndexError, match="integers or bools"):
        x[pt.vector("floats")]
    with pytest.raises(IndexError):
        x[mask, mask]


def test_value_longer_than_its_place_is_refused():
    with pytest.raises(ValueError, match="does not broadcast"):
        x[np.array([0])].set(pt.tensor("v", shape=(2, 4, 5)))
    f = lamina.function([x, i, j], x[i, 0].set(pt.cast(j, "float64")))
    with pytest.raises(ValueError):
        f(ARRAYS[0], ARRAYS[1], np.zeros((2, 5), np.int64))


def test_arguments_are_left_alone():
    f = lamina.function([x, i], [x[i].set(0.0), x[:, i].inc(1.0)])
    array = ARRAYS[0].copy()
    f(array, ARRAYS[1])
    np.testing.assert_array_equal(array, ARRAYS[0])


def test_duplicates_may_be_ignored_as_numpy_does():
    v = pt.vector("v")
    y = pt.inc_subtensor(v[[0, 0, 2]], 1.0, ignore_duplicates=True)
    np.testing.assert_array_equal(lamina.function([v], y)(np.zeros(3)), [1, 0, 1])


def test_static_shape_is_known_where_that_of_the_indices_is():
    y = pt.tensor("y", shape=(3, 4, 5))
    assert y[:, [0, 1]].type.shape == (3, 2, 5)
    assert y[[0], :, [1]].type.shape == (1, 4)
    assert y[i].type.shape == (None, 4, 5)
    assert y[:, 1:, i].type.shape == (3, 3, None)


def test_batches_of_arrays_and_of_indices():
    batch, several = pt.tensor4("batch"), pt.lmatrix("several")
    at = ARRAYS[2]
    many = _rng.normal(size=(2, 3, 4, 5))
    graphs = [
        vectorize_graph(x[:, i], {x: batch}),
        vectorize_graph(x[:, i], {i: several}),
        vectorize_graph(x[:, i], {x: batch, i: several}),
        vectorize_graph(x[i].inc(1.5), {x: batch, i: several}),
    ]
    graphs.append(lamina.grad((graphs[2] ** 2).sum(), batch))
    f = lamina.function([x, i, batch, several], graphs, on_unused_input="ignore")
    found = f(*ARRAYS[:2], many, at)
    np.testing.assert_array_equal(found[0], np.stack([a[:, ARRAYS[1]] for a in many]))
    np.testing.assert_array_equal(found[1], np.stack([ARRAYS[0][:, k] for k in at]))
    np.testing.assert_array_equal(
        found[2], np.stack([a[:, k] for a, k in zip(many, at, strict=True)])
    )
    raised, slope = many.copy(), np.zeros_like(many)
    for array, to, source, k in zip(raised, slope, many, at, strict=True):
        np.add.at(array, k, 1.5)
        np.add.at(to, (slice(None), k), 2 * source[:, k])
    np.testing.assert_allclose(found[3], raised)
    np.testing.assert_allclose(found[4], slope)
