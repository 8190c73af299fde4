import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.ir.ops.splitting import array_split, dsplit, hsplit, split, unstack, vsplit
from tests.agreement import agree, static_shapes

X = np.arange(96.0).reshape(4, 6, 4)
FORMS = {
    "split into parts of one length": (lambda x: split(x, 2), lambda x: np.split(x, 2)),
    "split by lengths": (lambda x: split(x, [3, 2, 1], axis=1), lambda x: np.split(x, [3, 5], 1)),
    "split with an empty part": (
        lambda x: split(x, [0, 4], axis=-1), lambda x: np.split(x, [0], -1)
    ),
    "array_split": (lambda x: array_split(x, 4, 1), lambda x: np.array_split(x, 4, 1)),
    "array_split into more": (lambda x: array_split(x, 6, 0), lambda x: np.array_split(x, 6, 0)),
    "array_split at places": (
        lambda x: array_split(x, [1, 9, -2], 1), lambda x: np.array_split(x, [1, 9, -2], 1)
    ),
    "hsplit": (lambda x: hsplit(x, 3), lambda x: np.hsplit(x, 3)),
    "hsplit of a vector": (lambda x: hsplit(x[0, 0], [1]), lambda x: np.hsplit(x[0, 0], [1])),
    "vsplit": (lambda x: vsplit(x, [1, 3]), lambda x: np.vsplit(x, [1, 3])),
    "dsplit": (lambda x: dsplit(x, 2), lambda x: np.dsplit(x, 2)),
}  # fmt: skip


def test_splits_agree_with_numpy():
    agree(FORMS, [X])
    assert not static_shapes(FORMS, X)


def test_lengths_may_be_symbolic():
    x, sizes, n = pt.vector("x"), pt.lvector("sizes"), pt.lscalar("n")
    outputs = [*split(x, sizes, n_splits=3), *split(x, [n, 5 - n, 1]), *array_split(x, [n, n + 1])]
    f = lamina.function([x, sizes, n], outputs)
    found = f(np.arange(6.0), [3, 2, 1], 4)
    expected = [[0, 1, 2], [3, 4], [5], [0, 1, 2, 3], [4], [5], [0, 1, 2, 3], [4], [5]]
    for part, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(part, wanted)
    assert [len(part) for part in f(np.arange(6.0), [0, 6, 0], 4)[:3]] == [0, 6, 0]
    for wrong in ([3, 2, 2], [3, 2, 0], [7, -2, 1]):
        with pytest.raises(ValueError):
            f(np.arange(6.0), wrong, 4)


def test_one_part_of_a_symbolic_length_is_checked():
    n = pt.lscalar("n")
    for length in (1, 3):
        (whole,) = split(pt.ones(length), [n])
        f = lamina.function([n], whole)
        np.testing.assert_array_equal(f(length), np.ones(length))
        with pytest.raises(ValueError):
            f(length + 1)


def test_a_run_time_length_that_does_not_divide_is_refused():
    x = pt.vector("x")
    f = lamina.function([x], split(x, 2))
    assert [len(part) for part in f(np.ones(4))] == [2, 2]
    with pytest.raises(ValueError):
        f(np.ones(5))


def test_splits_refuse_what_is_known_not_to_fit():
    x = pt.tensor("x", shape=(4, 2))
    for sizes in ([1, 2], [5, -1]):
        with pytest.raises(ValueError, match="Split sizes"):
            split(x, sizes)
    with pytest.raises(ValueError, match="Split sizes"):
        split(x, 3)
    with pytest.raises(ValueError, match="larger than 0"):
        array_split(x, 0)
    with pytest.raises(ValueError, match="for 3 parts"):
        split(x, [2, 2], n_splits=3)
    with pytest.raises(ValueError, match="Length of sizes"):
        split(x, pt.lvector("sizes"))
    with pytest.raises(ValueError, match="hsplit only works"):
        hsplit(pt.scalar(), 1)
    with pytest.raises(ValueError, match="The length of axis 0"):
        unstack(pt.vector("x"))


def test_layers_are_taken_apart():
    x = pt.tensor("x", shape=(None, 2))
    layers = unstack(x, -1)
    assert [v.type.shape for v in layers] == [(None,)] * 2
    np.testing.assert_array_equal(layers[1].eval({x: np.arange(6.0).reshape(3, 2)}), [1, 3, 5])


def test_the_gradient_of_a_split():
    verify_grad(lambda x: split(x, [1, 3])[1] * 2, [np.arange(4.0)])
    verify_grad(lambda x: array_split(x, 3)[0] ** 2, [np.arange(4.0)])
