import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from tests.agreement import agree, static_shapes

RNG = np.random.default_rng(0)
V, M, T = (RNG.normal(size=s) for s in ((5,), (3, 4), (2, 3, 4)))
Z, N = M + 1j * RNG.normal(size=(3, 4)), np.array([3, -4, 0])
VECTOR_ORDERS = [None, 2, 1, np.inf, -np.inf, 0, 3, 2.5, -1, -2, 0.5]
MATRIX_ORDERS = [None, "fro", 1, -1, np.inf, -np.inf]
SINGULAR = ["nuc", 2, -2]
FORMS = {
    f"of a vector, {ord}": lambda m, v, a, t, z, n, ord=ord: m.linalg.norm(v, ord)
    for ord in VECTOR_ORDERS
}
FORMS |= {
    f"of rows, {ord}": lambda m, v, a, t, z, n, ord=ord: m.linalg.norm(t, ord, axis=-1)
    for ord in VECTOR_ORDERS
}
FORMS |= {
    f"of complex columns, {ord}, kept": lambda m, v, a, t, z, n, ord=ord: m.linalg.norm(
        z, ord, axis=(0,), keepdims=True
    )
    for ord in VECTOR_ORDERS
}
FORMS |= {
    f"of a matrix, {ord}": lambda m, v, a, t, z, n, ord=ord: m.linalg.norm(a, ord)
    for ord in MATRIX_ORDERS
}
FORMS |= {
    f"of matrices, {ord}": lambda m, v, a, t, z, n, ord=ord: m.linalg.norm(t, ord, axis=(2, 0))
    for ord in MATRIX_ORDERS
}
FORMS |= {
    f"of a complex matrix, {ord}, kept": lambda m, v, a, t, z, n, ord=ord: m.linalg.norm(
        z, ord, keepdims=True
    )
    for ord in MATRIX_ORDERS
}
FORMS |= {
    "of all elements": lambda m, v, a, t, z, n: m.linalg.norm(t),
    "of all elements, kept": lambda m, v, a, t, z, n: m.linalg.norm(t, keepdims=True),
    "of matrices, kept": lambda m, v, a, t, z, n: m.linalg.norm(t, 1, (-1, 0), True),
    "of integers": lambda m, v, a, t, z, n: m.linalg.norm(n),
    "of integers, counted": lambda m, v, a, t, z, n: m.linalg.norm(n, 0),
    "of a number": lambda m, v, a, t, z, n: m.linalg.norm(v[0], keepdims=True),
}


def test_norms_are_numpys():
    agree(FORMS, [V, M, T, Z, N], ulp=16)
    assert not static_shapes(FORMS, V, M, T, Z, N)


def test_norms_of_singular_values_are_numpys():
    forms = {
        f"{ord}, {axis}": lambda m, a, t, ord=ord, axis=axis: m.linalg.norm(
            a if axis is None else t, ord, axis, keepdims=axis == (0, 2)
        )
        for ord in SINGULAR
        for axis in (None, (1, 2), (0, 2))
    }
    a, t = pt.dmatrix("a"), pt.dtensor3("t")
    found = lamina.function([a, t], [form(pt, a, t) for form in forms.values()])(M, T)
    for (name, form), value in zip(forms.items(), found, strict=True):
        np.testing.assert_allclose(value, form(np, M, T), rtol=1e-12, err_msg=name)


def test_nan_and_infinity_go_through():
    x = np.array([[1.0, np.nan], [np.inf, 2.0], [0.0, 0.0]])
    forms = {
        f"{ord}": lambda m, x, ord=ord: m.linalg.norm(x, ord, axis=1)
        for ord in (None, 1, np.inf, -np.inf, 0, 3)
    }
    agree(forms, [x], ulp=4)


def test_norms_are_real_and_of_the_precision_of_the_operand():
    assert pt.linalg.norm(pt.cvector(), 3).dtype == "float32"
    assert pt.linalg.norm(pt.fmatrix(), 1).dtype == "float32"
    assert pt.linalg.norm(pt.fmatrix(), 0, axis=0).dtype == "float32"
    with lamina.config.change_flags(floatX="float32"):
        assert pt.linalg.norm(pt.imatrix()).dtype == "float32"


def test_what_numpy_refuses_is_refused():
    v, m, t = pt.dvector(), pt.dmatrix(), pt.dtensor3()
    for arguments, message in [
        ((v, "fro"), "Invalid norm order 'fro' for vectors"),
        ((v, "nuc"), "Invalid norm order 'nuc' for vectors"),
        ((m, 3), "Invalid norm order 3 for matrices"),
        ((m, 0), "Invalid norm order 0 for matrices"),
        ((m, "frob"), "Invalid norm order 'frob' for matrices"),
        ((t, 1), "Improper number of dimensions to norm"),
        ((t, 1, (0, 1, 2)), "Improper number of dimensions to norm"),
        ((t, None, (0, -3)), "Duplicate axes given"),
        ((v, None, 1), "axis 1 is out of bounds"),
    ]:
        with pytest.raises(ValueError, match=message):
            pt.linalg.norm(*arguments)
    with pytest.raises(TypeError, match="'axis' must be None, an integer or a tuple"):
        pt.linalg.norm(m, None, "rows")


@pytest.mark.parametrize("ord", [None, 1, np.inf, -np.inf, 3, -1])
def test_the_gradient_of_a_vector_norm(ord):
    verify_grad(lambda m: pt.linalg.norm(m, ord, axis=1), [M], n_tests=1)


@pytest.mark.parametrize("ord", MATRIX_ORDERS + SINGULAR)
def test_the_gradient_of_a_matrix_norm(ord):
    verify_grad(lambda m: pt.linalg.norm(m, ord), [M], n_tests=1)


def test_the_second_derivative_of_a_norm():
    x = pt.dvector("x")
    hessian = lamina.function([x], lamina.gradient.hessian(pt.linalg.norm(x), x))(V)
    # the derivative of x / |x|
    size = np.sqrt(V @ V)
    np.testing.assert_allclose(hessian, (np.eye(5) - np.outer(V, V) / size**2) / size, atol=1e-14)
