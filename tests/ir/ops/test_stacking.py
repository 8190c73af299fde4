import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.ir.ops.stacking import (
    block,
    column_stack,
    concat_with_broadcast,
    dstack,
    horizontal_stack,
    hstack,
    stacklists,
    vertical_stack,
    vstack,
)
from tests.agreement import agree, static_shapes

V = np.arange(3.0)
A = np.arange(9.0).reshape(3, 3)
T = np.arange(27.0).reshape(3, 3, 3)
FORMS = {
    "hstack": (lambda v, a, t: hstack([a, 2 * a]), lambda v, a, t: np.hstack([a, 2 * a])),
    "hstack of vectors": (
        lambda v, a, t: hstack([v, v, 1.0]), lambda v, a, t: np.hstack([v, v, 1.0])
    ),
    "hstack of dtypes": (
        lambda v, a, t: hstack([pt.arange(3), v]), lambda v, a, t: np.hstack([np.arange(3), v])
    ),
    "vstack": (lambda v, a, t: vstack([a, v]), lambda v, a, t: np.vstack([a, v])),
    "dstack": (lambda v, a, t: dstack([a, t, a]), lambda v, a, t: np.dstack([a, t, a])),
    "dstack of vectors": (lambda v, a, t: dstack((v, v)), lambda v, a, t: np.dstack((v, v))),
    "column_stack": (
        lambda v, a, t: column_stack([v, a, v]), lambda v, a, t: np.column_stack([v, a, v])
    ),
    "horizontal_stack": (
        lambda v, a, t: horizontal_stack(a, a, a), lambda v, a, t: np.concatenate([a, a, a], 1)
    ),
    "vertical_stack": (
        lambda v, a, t: vertical_stack(a, a), lambda v, a, t: np.concatenate([a, a], 0)
    ),
    "stacklists": (
        lambda v, a, t: stacklists([[v, 2 * v], [3 * v, v]]),
        lambda v, a, t: np.array([[v, 2 * v], [3 * v, v]]),
    ),
    "stacklists of scalars": (
        lambda v, a, t: stacklists([[v[0], 1.0], [v[1], v[2]]]),
        lambda v, a, t: np.array([[v[0], 1.0], [v[1], v[2]]]),
    ),
    "block": (
        lambda v, a, t: block([[a, pt.shape_padright(v)], [v, pt.zeros((1, 1))]]),
        lambda v, a, t: np.block([[a, v[:, None]], [v, np.zeros((1, 1))]]),
    ),
    "block of a list": (lambda v, a, t: block([v, v, 2.0]), lambda v, a, t: np.block([v, v, 2.0])),
    "block of one": (lambda v, a, t: block(a), lambda v, a, t: np.block(a)),
    "block in depth": (
        lambda v, a, t: block([[[a, a]], [[a, a]]]), lambda v, a, t: np.block([[[a, a]], [[a, a]]])
    ),
    "block of a high rank": (
        lambda v, a, t: block([[t], [t[:, :1]]]), lambda v, a, t: np.block([[t], [t[:, :1]]])
    ),
    "concat_with_broadcast": (
        lambda v, a, t: concat_with_broadcast([t, a, pt.shape_padright(v)], -1),
        lambda v, a, t: np.concatenate(
            [t, np.broadcast_to(a, (3, 3, 3)), np.broadcast_to(v[:, None], (3, 3, 1))], -1
        ),
    ),
}  # fmt: skip


def test_stacks_agree_with_numpy():
    agree(FORMS, [V, A, T])
    assert not static_shapes(FORMS, V, A, T)


def test_arrays_of_other_lengths_are_refused():
    x, y = pt.matrices("xy")
    f = lamina.function([x, y], concat_with_broadcast([x, y], 1))
    np.testing.assert_array_equal(f(np.ones((2, 1)), np.zeros((2, 2))), [[1, 0, 0], [1, 0, 0]])
    with pytest.raises(ValueError, match="2 and 1"):
        f(np.ones((2, 1)), np.zeros((1, 2)))
    with pytest.raises(ValueError, match="expected matrices"):
        horizontal_stack(pt.vector())
    with pytest.raises(TypeError, match="non-empty list"):
        hstack([])
    with pytest.raises(TypeError, match="non-empty list"):
        vstack(x)
    with pytest.raises(ValueError, match="cannot be empty"):
        block([x, []])
    with pytest.raises(ValueError, match="mismatched"):
        block([x, [y]])
    with pytest.raises(TypeError, match="not tuples"):
        block((x, y))
    with pytest.raises(ValueError, match="empty list"):
        concat_with_broadcast([])


@pytest.mark.parametrize("name", ["dstack", "column_stack", "block", "concat_with_broadcast"])
def test_the_gradient_of_a_stack(name):
    verify_grad(FORMS[name][0], [V, A, T], n_tests=1)
