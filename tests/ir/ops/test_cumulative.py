"""Running sums and products."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import grad, verify_grad
from lamina.ir.ops.cumulative import CumOp, LinearRecurrence
from tests.agreement import agree, static_shapes

X = np.random.default_rng(0).integers(-3, 4, (3, 1, 4)).astype(float)
VIEWS = {
    "": lambda x: x,
    "transposed": lambda x: x.T,
    "strided": lambda x: x[::-1, :, ::2],
}
FORMS = {
    f"{name} {axis} {how}": lambda m, x, f=name, a=axis, v=view: getattr(m, f)(v(x), a)
    for name in ("cumsum", "cumprod")
    for axis in (0, 1, -1, None)
    for how, view in VIEWS.items()
}


@pytest.mark.parametrize("dtype", ["float64", "float16", "complex64", "bool", "int8", "uint16"])
def test_running_sums_and_products_are_numpys(dtype):
    forms = FORMS if dtype == "float64" else {k: f for k, f in FORMS.items() if k.endswith(" ")}
    x = np.abs(X).astype(dtype)
    agree(forms, [x], [x[:, :, :0]], [x[:0]])


def test_lengths_are_known_and_axes_checked_while_the_graph_is_built():
    assert not static_shapes(FORMS, X)
    with pytest.raises(np.exceptions.AxisError):
        pt.cumsum(pt.vector(), 1)
    with pytest.raises(ValueError, match="'add' or 'mul'"):
        CumOp(-1, "max")
    with pytest.raises(ValueError, match="counted from the end"):
        CumOp(0)


def test_running_sums_of_halves_round_at_every_step():
    x = np.full(3000, 1.0, np.float16)
    agree({"cumsum": lambda m, x: m.cumsum(x)}, [x])
    assert np.cumsum(x)[-1] == 2048


@pytest.mark.parametrize("axis", [0, 1, None])
def test_gradients_of_running_products_need_no_element_other_than_zero(axis):
    x = np.random.default_rng(1).normal(size=(4, 3))
    x[1, 1] = x[2, 0] = x[3, 0] = 0
    verify_grad(lambda x: pt.cumsum(x, axis), [x])
    verify_grad(lambda x: pt.cumprod(x, axis), [x])
    verify_grad(lambda x: grad((pt.cumprod(x, axis) ** 2).sum(), x), [x], eps=1e-5)


def test_a_linear_recurrence_multiplies_and_adds():
    a, b = np.random.default_rng(2).normal(size=(2, 5))
    x, y = pt.vectors("x", "y")
    expected = [b[0]]
    for i in range(1, 5):
        expected.append(a[i] * expected[-1] + b[i])
    found = lamina.function([x, y], LinearRecurrence()(x, y))(a, b)
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    verify_grad(LinearRecurrence(), [a, b])
