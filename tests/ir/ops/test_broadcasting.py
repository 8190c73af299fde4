import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.ir.ops.broadcasting import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    atleast_Nd,
    broadcast_arrays,
    broadcast_shape,
)
from lamina.ir.ops.reduction import sum as total
from tests.agreement import agree, static_shapes


def test_arrays_are_broadcast_against_each_other():
    a, b = pt.tensor("a", shape=(None, 1)), pt.tensor("b", shape=(3,), dtype="int8")
    c = pt.tensor("c", shape=(2, 1, 1))
    results = broadcast_arrays(a, b, c)
    assert isinstance(results, tuple)
    assert [v.type.shape for v in results] == [(2, None, 3)] * 3
    assert [v.type.dtype for v in results] == ["float64", "int8", "float64"]
    arrays = np.arange(4.0)[:, None], np.arange(3, dtype="int8"), np.arange(2.0)[:, None, None]
    found = lamina.function([a, b, c], results)(*arrays)
    for one, other in zip(found, np.broadcast_arrays(*arrays), strict=True):
        np.testing.assert_array_equal(one, other)
    assert broadcast_arrays() == ()


def test_a_length_that_is_1_by_chance_is_refused():
    x, y = pt.vectors("xy")
    f = lamina.function([x, y], list(broadcast_arrays(x, y)))
    with pytest.raises(ValueError, match="lengths 3 and 1 differ on axis 0"):
        f([1, 2, 3], [1])


def test_the_shape_of_a_broadcast():
    a, b = pt.tensor("a", shape=(None, 1)), pt.tensor("b", shape=(3,))
    first, second = broadcast_shape(a, b)
    assert second == 3
    assert lamina.function([a, b], first)(np.ones((5, 1)), np.ones(3)) == 5
    n, m = pt.lscalars("nm")
    assert broadcast_shape((2, 1), (1, 4), (4,), arrays_are_shapes=True) == (2, 4)
    (length,) = broadcast_shape((n,), (m,), arrays_are_shapes=True)
    f = lamina.function([n, m], length)
    assert f(3, 3) == 3
    with pytest.raises(ValueError, match="3 and 1"):
        f(3, 1)
    with pytest.raises(ValueError):
        broadcast_shape((2,), (3,), arrays_are_shapes=True)


FORMS = {
    "1": (atleast_1d, np.atleast_1d),
    "2": (atleast_2d, np.atleast_2d),
    "3": (atleast_3d, np.atleast_3d),
    "several": (lambda x: atleast_2d(x, 1.5), lambda x: np.atleast_2d(x, 1.5)),
    "right": (
        lambda x: atleast_Nd(x, n=5, left=False),
        lambda x: x[(..., *(None,) * (5 - x.ndim))],
    ),
    "left": (lambda x: atleast_Nd(x, n=5), lambda x: x[(None,) * (5 - x.ndim)]),
}


@pytest.mark.parametrize("ndim", range(5))
def test_dimensions_are_added(ndim):
    x = np.ones((2, 3, 4, 5)[:ndim])
    agree(FORMS, [x])
    assert not static_shapes(FORMS, x)


def test_gradients_are_summed_over_what_was_broadcast():
    verify_grad(lambda x, y: total(broadcast_arrays(x, y)[0] * y), [np.ones((3, 1)), np.ones(2)])
    verify_grad(lambda x: atleast_3d(x), [np.ones(2)])
