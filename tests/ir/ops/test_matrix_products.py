import numpy as np
import pytest
import scipy.linalg

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from tests.agreement import agree, static_shapes

RNG = np.random.default_rng(0)
A, S, T, V = (RNG.normal(size=s) for s in ((3, 4), (3, 3), (2, 3, 3), (2,)))
N = np.array([[1, 2], [3, 4]])
FORMS = {
    "matrix_dot": (
        lambda a, s, t, v, n: pt.linalg.matrix_dot(s, s, a),
        lambda a, s, t, v, n: s @ s @ a,
    ),
    "matrix_dot of one": (
        lambda a, s, t, v, n: pt.linalg.matrix_dot(s),
        lambda a, s, t, v, n: s,
    ),
    "kron": lambda m, a, s, t, v, n: m.kron(a, n),
    "kron of vectors": lambda m, a, s, t, v, n: m.kron(v, a[0]),
    "kron of stacks": lambda m, a, s, t, v, n: m.kron(t, a),
    "kron of a number": lambda m, a, s, t, v, n: m.kron(2, v),
    "block_diag": (
        lambda a, s, t, v, n: pt.linalg.block_diag(a, s, n),
        lambda a, s, t, v, n: scipy.linalg.block_diag(a, s, n),
    ),
    "block_diag of rows and numbers": (
        lambda a, s, t, v, n: pt.linalg.block_diag(v, 2.0, s),
        lambda a, s, t, v, n: scipy.linalg.block_diag(v, 2.0, s),
    ),
    "block_diag of integers": (
        lambda a, s, t, v, n: pt.linalg.block_diag(n),
        lambda a, s, t, v, n: n,
    ),
    "block_diag of stacks": (
        lambda a, s, t, v, n: pt.linalg.block_diag(t, a),
        lambda a, s, t, v, n: np.stack([scipy.linalg.block_diag(x, a) for x in t]),
    ),
}
for _n in (0, 1, 2, 3, 7, 8, 10):
    FORMS[f"power {_n}"] = lambda m, a, s, t, v, n, k=_n: m.linalg.matrix_power(s, k)
    FORMS[f"power {_n} of a stack"] = lambda m, a, s, t, v, n, k=_n: m.linalg.matrix_power(t, k)
    FORMS[f"power {_n} of integers"] = lambda m, a, s, t, v, n, k=_n: m.linalg.matrix_power(n, k)


def test_products_are_numpys():
    agree(FORMS, [A, S, T, V, N], ulp=256)
    assert not static_shapes(FORMS, A, S, T, V, N)


def test_empty_blocks():
    forms = {
        "between": (
            lambda a, e, r: pt.linalg.block_diag(a, e, a),
            lambda a, e, r: scipy.linalg.block_diag(a, e, a),
        ),
        "kron": lambda m, a, e, r: m.kron(a, e),
        "power": lambda m, a, e, r: m.linalg.matrix_power(r, 3),
    }
    agree(forms, [N, np.zeros((0, 2), np.int64), np.zeros((0, 0))])
    assert pt.linalg.block_diag().type.shape == scipy.linalg.block_diag().shape


def test_a_negative_power_is_one_of_the_inverse():
    s = pt.dmatrix("s")
    powers = lamina.function([s], [pt.linalg.matrix_power(s, k) for k in (-1, -3)])(S)
    for found, k in zip(powers, (-1, -3), strict=True):
        np.testing.assert_allclose(found, np.linalg.matrix_power(S, k), rtol=1e-10)


def test_what_is_no_square_matrix_or_integer_is_refused():
    with pytest.raises(ValueError, match="must be square"):
        pt.linalg.matrix_power(pt.tensor(shape=(2, 3)), 2)
    with pytest.raises(ValueError, match="takes square matrices"):
        pt.linalg.matrix_power(pt.dvector(), 2)
    with pytest.raises(TypeError, match="exponent must be an integer"):
        pt.linalg.matrix_power(pt.dmatrix(), 2.0)
    with pytest.raises(ValueError, match="at least one matrix"):
        pt.linalg.matrix_dot()


def test_a_power_takes_few_products():
    x = pt.dmatrix("x")
    names = [str(node.op) for node in lamina.graph.FunctionGraph([x], [x @ x]).toposort()]
    power = lamina.graph.FunctionGraph([x], [pt.linalg.matrix_power(x, 10)]).toposort()
    # x^2, x^4, x^8, x^8 x^2
    assert [str(node.op) for node in power] == 4 * names


@pytest.mark.parametrize("name", ["kron", "block_diag of stacks", "power 3", "matrix_dot"])
def test_the_gradient_of_a_product(name):
    form = FORMS[name]
    product = form[0] if isinstance(form, tuple) else lambda *x: form(pt, *x)
    verify_grad(lambda a, s, t: product(a, s, t, V, N), [A, S, T], n_tests=1)
