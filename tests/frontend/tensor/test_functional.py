import numpy as np
import pytest

import lamina
import lamina.tensor as pt

RNG = np.random.default_rng(0)
T, V = RNG.normal(size=(2, 3, 4)), RNG.normal(size=4)


def test_a_vectorized_function_is_numpys():
    def of_numbers(x, y):
        return x + pt.exp(y), x * y

    def of_vectors(x, y):
        return x.sum() * y, pt.outer(x, y)

    x, v = pt.tensor3("x"), pt.vector("v")
    sums, products = pt.vectorize(of_numbers)(x, v)
    scaled, outer = pt.vectorize(of_vectors, signature="(n),(m)->(m),(n,m)")(x, v)
    one = pt.vectorize(lambda x: x.sum(), " (m, n) -> () ")(x)
    f = lamina.function([x, v], [sums, products, scaled, outer, one])
    expected = [
        T + np.exp(V),
        T * V,
        T.sum(-1, keepdims=True) * V,
        T[..., None] * V,
        T.sum((1, 2)),
    ]
    for found, wanted in zip(f(T, V), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-13)


def test_the_function_sees_an_element():
    seen = []

    def look(x):
        seen.append(x.type)
        return x

    y = pt.vectorize(look, "(n)->(n)")(pt.tensor(dtype="float32", shape=(2, None, 3)))
    assert [(t.dtype, t.shape) for t in seen] == [("float32", (3,))]
    assert y.type.shape == (2, None, 3)


def test_results_keep_their_container():
    x = pt.vector("x")
    assert isinstance(pt.vectorize(lambda x: [x, x])(x), list)
    assert isinstance(pt.vectorize(lambda x: (x,))(x), tuple)
    assert pt.vectorize(lambda x: x + 1)(x).type.ndim == 1


def test_the_gradient_of_a_vectorized_function():
    x = pt.matrix("x")
    cost = pt.vectorize(lambda x: pt.sum(x**3), "(n)->()")(x).sum()
    np.testing.assert_allclose(lamina.grad(cost, x).eval({x: T[0]}), 3 * T[0] ** 2)


def test_what_does_not_fit_the_signature_is_refused():
    x = pt.matrix("x")
    with pytest.raises(ValueError, match="no signature of a generalised ufunc"):
        pt.vectorize(pt.sum, "n->()")
    with pytest.raises(ValueError, match="takes 1 arguments, 2 were given"):
        pt.vectorize(pt.sum, "(n)->()")(x, x)
    with pytest.raises(ValueError, match=r"has not the dimensions \(a,b,c\)"):
        pt.vectorize(pt.sum, "(a,b,c)->()")(x)
    with pytest.raises(ValueError, match="1 results of ranks \\[1\\]"):
        pt.vectorize(lambda x: x, "(n)->()")(x)
    with pytest.raises(ValueError, match="the dimension n has lengths 3 and 4"):
        pt.vectorize(pt.dot, "(n),(n)->()")(pt.tensor(shape=(3,)), pt.tensor(shape=(4,)))
