import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from tests.agreement import agree, static_shapes

FLAT = np.array([[0, 5, 23], [7, 12, 1]])
FIRST, J, K = np.array([0, 1, 1]), np.array([2, 0, 1]), np.array([3, 0, 2])
OUT = np.array([-7, 5, 2, 9, -1])
FORMS = {
    "unravelled": lambda m, f, i, j, k, o: m.unravel_index(f, (2, 3, 4)),
    "unravelled, first fastest": lambda m, f, i, j, k, o: m.unravel_index(f, (2, 3, 4), order="F"),
    "unravelled of a vector": lambda m, f, i, j, k, o: m.unravel_index(f, 24),
    "unravelled, a number": lambda m, f, i, j, k, o: m.unravel_index(13, (4, 6)),
    "ravelled": lambda m, f, i, j, k, o: m.ravel_multi_index((i, j, k), (2, 3, 4)),
    "ravelled, first fastest": lambda m, f, i, j, k, o: m.ravel_multi_index(
        (i, j, k), (2, 3, 4), order="F"
    ),
    "ravelled, wrapped": lambda m, f, i, j, k, o: m.ravel_multi_index((o, o), (4, 5), "wrap"),
    "ravelled, clipped": lambda m, f, i, j, k, o: m.ravel_multi_index((o, o), (4, 5), "clip"),
    "ravelled, both": lambda m, f, i, j, k, o: m.ravel_multi_index(
        (o, o, o[::-1]), (2, 4, 5), ("wrap", "clip", "wrap"), "F"
    ),
}


def test_indices_are_numpys():
    agree(FORMS, [FLAT, FIRST, J, K, OUT])
    assert not static_shapes(FORMS, FLAT, FIRST, J, K, OUT)


def test_what_is_ravelled_unravels():
    x = pt.dtensor3("x")
    flat = pt.argmax(x)
    place = lamina.function([x], pt.unravel_index(flat, x.shape))
    a = np.random.default_rng(0).normal(size=(3, 1, 5))
    assert tuple(map(int, place(a))) == np.unravel_index(a.argmax(), a.shape)
    i = pt.lvector("i")
    back = pt.ravel_multi_index(pt.unravel_index(i, (7, 9)), (7, 9))
    np.testing.assert_array_equal(back.eval({i: np.arange(63)}), np.arange(63))


def test_an_index_out_of_bounds_raises():
    i, j, n = pt.lvector("i"), pt.lvector("j"), pt.lscalar("n")
    unravel = lamina.function([i, n], pt.unravel_index(i, (2, n)))
    for bad in (-1, 6, 100):
        with pytest.raises(IndexError):
            unravel([0, bad], 3)
    with pytest.raises(IndexError):
        unravel([0], 0)
    assert [v.tolist() for v in unravel([], 0)] == [[], []]
    ravel = lamina.function([i, j], pt.ravel_multi_index((i, j), (2, 3)))
    for bad in ([0, 3], [2, 0], [-1, 0], [0, -1]):
        with pytest.raises(IndexError):
            ravel(bad[:1], bad[1:])


def test_what_numpy_refuses_is_refused():
    i = pt.lvector("i")
    with pytest.raises(ValueError, match="2 arrays and mode 1 entries for 1 dimensions"):
        pt.ravel_multi_index((i, i), (3,))
    with pytest.raises(ValueError, match="mode must be one of raise, wrap, clip, got 'near'"):
        pt.ravel_multi_index((i,), (3,), "near")
    with pytest.raises(ValueError, match="order must be 'C' or 'F', got 'K'"):
        pt.unravel_index(i, (3,), "K")
    with pytest.raises(TypeError, match="indices must be integers"):
        pt.unravel_index(pt.dvector(), (3,))
    with pytest.raises(ValueError, match="at least one value"):
        pt.unravel_index(i, ())


def test_indices_of_dimensions_are_broadcast():
    i = pt.tensor("i", dtype="int64", shape=(None, 1))
    places = pt.ravel_multi_index((i, J), (2, 3)).eval({i: [[0], [1]]})
    np.testing.assert_array_equal(places, np.ravel_multi_index(([[0], [1]], J), (2, 3)))
