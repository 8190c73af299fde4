import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from tests.agreement import agree

X = np.array([[1.5, np.nan, np.inf], [-np.inf, 0.0, -2.0]])


def test_numbers_replace_what_is_none():
    forms = {
        "by default": lambda m, x: m.nan_to_num(x),
        "chosen": lambda m, x: m.nan_to_num(x, nan=-1.0, posinf=5.0, neginf=-7.0),
    }
    for dtype in ("float64", "float32", "float16"):
        agree(forms, [X.astype(dtype)])
    z = X.astype(complex)
    z.imag = X[::-1]
    agree(forms, [z])
    x = pt.ivector()
    assert pt.nan_to_num(x) is x


def test_a_replaced_number_has_no_gradient():
    x = pt.dmatrix("x")
    g = lamina.function([x], pt.grad(pt.nan_to_num(x).sum(), x))
    np.testing.assert_array_equal(g(X), np.isfinite(X))


def test_the_smallest_and_largest_of_several():
    a, b, c = np.array([1.0, 5.0]), np.array([[3], [0]]), np.float32(2)
    forms = {
        "smallest": (pt.smallest, lambda *v: np.minimum(np.minimum(v[0], v[1]), v[2])),
        "largest": (pt.largest, lambda *v: np.maximum(np.maximum(v[0], v[1]), v[2])),
    }
    variables = pt.dvector(), pt.tensor(dtype="int64", shape=(None, 1)), pt.fscalar()
    f = lamina.function(variables, [ours(*variables) for ours, _ in forms.values()])
    for found, (_, numpy) in zip(f(a, b, c), forms.values(), strict=True):
        np.testing.assert_array_equal(found, numpy(a, b, c))


@pytest.mark.parametrize("dtype", ["int64", "int8", "uint16"])
def test_a_quotient_is_rounded_up(dtype):
    a = np.array([7, 6, 0, 1, 100], dtype)
    b = np.array([3, 3, 2, 5, 7], dtype)
    agree({"ceil": (pt.ceil_intdiv, lambda a, b: -(-a.astype(int) // b).astype(dtype))}, [a, b])
    assert pt.ceil_intdiv(-7, 2).eval() == -3


def test_a_complex_number_of_modulus_and_argument():
    z = np.array([1 + 2j, -3j, -1.0])
    agree(
        {"z": (pt.complex_from_polar, lambda r, a: r * np.exp(1j * a))},
        [abs(z), np.angle(z)],
        ulp=4,
    )
    verify_grad(pt.complex_from_polar, [abs(z), np.angle(z)])
