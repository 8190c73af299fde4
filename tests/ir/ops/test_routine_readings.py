"""Sorting, searching, counting and accumulating: interpreted, and of a batch, as compiled."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.graph.replace import vectorize_graph
from lamina.ir.ops.cumulative import LinearRecurrence

RNG = np.random.default_rng(0)
X, N = RNG.integers(0, 6, 8).astype(float), RNG.integers(0, 6, 8)
BATCH = RNG.integers(0, 6, (3, 8)).astype(float)

MADE = {
    "sort": lambda x, n: pt.sort(x),
    "argsort": lambda x, n: pt.argsort(x, kind="stable"),
    "lexsort": lambda x, n: pt.lexsort([x, x[::-1]]),
    "topk": lambda x, n: pt.topk(x, 3),
    "argtopk": lambda x, n: pt.argtopk(x, -3),
    "cumsum": lambda x, n: pt.cumsum(x),
    "cumprod": lambda x, n: pt.cumprod(x),
    "linear recurrence": lambda x, n: LinearRecurrence()(x, x + 1),
    "searchsorted": lambda x, n: pt.searchsorted(pt.sort(x), x),
    "digitize": lambda x, n: pt.digitize(x, pt.sort(x)[::-1]),
    "bincount": lambda x, n: pt.bincount(n, minlength=9),
    "bincount with weights": lambda x, n: pt.bincount(n, x),
    "histogram": lambda x, n: pt.histogram(x, 4)[0],
    "unique": lambda x, n: pt.unique(x, return_inverse=True)[1],
    "median": lambda x, n: pt.median(x),
    "quantile": lambda x, n: pt.quantile(x, [0.2, 0.7]),
    "interp": lambda x, n: pt.interp(x, pt.sort(x), x + 1),
}


def test_what_is_interpreted_is_what_is_compiled():
    x, n = pt.vector("x"), pt.lvector("n")
    made = [make(x, n) for make in MADE.values()]
    compiled = lamina.function([x, n], made)(X, N)
    interpreted = lamina.function([x, n], made, mode="NUMPY")(X, N)
    for name, found, expected in zip(MADE, compiled, interpreted, strict=True):
        assert found.dtype == expected.dtype, name
        np.testing.assert_allclose(found, expected, rtol=1e-14, err_msg=name)


def test_a_batch_gives_what_its_rows_do():
    x, n, batch = pt.vector("x"), pt.lvector("n"), pt.matrix("batch")
    made = {name: make(x, n) for name, make in MADE.items() if name != "bincount"}
    single = lamina.function([x, n], list(made.values()))
    vectorized = [vectorize_graph(y, {x: batch}) for y in made.values()]
    rows = [single(row, N) for row in BATCH]
    for i, found in enumerate(lamina.function([batch, n], vectorized)(BATCH, N)):
        expected = np.stack([row[i] for row in rows])
        np.testing.assert_allclose(found, expected, rtol=1e-14, err_msg=list(made)[i])


@pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])
def test_what_cannot_be_is_an_error_in_every_mode(mode):
    n, x, k = pt.lvector("n"), pt.vector("x"), pt.lscalar("k")
    counts = lamina.function([n], pt.bincount(n), mode=mode)
    with pytest.raises(ValueError, match="no negative elements"):
        counts([1, -1])
    top = lamina.function([x, k], pt.topk(x, k), mode=mode)
    with pytest.raises(ValueError, match="more than the axis has"):
        top([1.0, 2.0], 3)
