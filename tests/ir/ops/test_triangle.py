import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.ir.ops.triangle import tri, tril, triu
from tests.agreement import agree, static_shapes

X = np.arange(1.0, 25).reshape(2, 3, 4)
FORMS = {
    f"{name} {k}": (
        lambda x, k=k, ours=ours: ours(x, k), lambda x, k=k, numpy=numpy: numpy(x, k)
    )
    for name, ours, numpy in [("tril", tril, np.tril), ("triu", triu, np.triu)]
    for k in (0, 1, -1, 9, -9)
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "bool", "int8", "complex64"])
def test_triangles_agree_with_numpy(dtype):
    x = X.astype(dtype)
    agree(FORMS, [x], [x[:, :, :0]], [x[:, :1]])
    assert not static_shapes(FORMS, x)


def test_a_vector_counts_as_equal_rows():
    agree({"tril": (tril, np.tril), "triu": (triu, np.triu)}, [np.arange(3.0)])
    with pytest.raises(ValueError, match="matrices or vectors"):
        tril(pt.scalar())


def test_ones_below_a_diagonal():
    for arguments in [(3,), (2, 4), (4, 2, 1), (3, 3, -1), (0,), (2, 0)]:
        found = tri(*arguments)
        np.testing.assert_array_equal(found.eval(), np.tri(*arguments))
        assert found.type.shape == np.tri(*arguments).shape
    assert tri(2, dtype="bool").dtype == "bool"
    with lamina.config.change_flags(floatX="float32"):
        assert tri(2).dtype == "float32"
    with pytest.raises(TypeError):
        tri(2.5)


def test_lengths_and_diagonals_may_be_symbolic():
    n, m, k, x = pt.lscalar("n"), pt.iscalar("m"), pt.bscalar("k"), pt.matrix("x")
    f = lamina.function([n, m, k, x], [tri(n, m, k), tril(x, k), triu(x, k)])
    for k_value in (-2, 0, 1):
        found = f(3, 4, k_value, X[0])
        expected = np.tri(3, 4, k_value), np.tril(X[0], k_value), np.triu(X[0], k_value)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["tril 1", "triu 0"])
def test_the_gradient_of_a_triangle(name):
    verify_grad(FORMS[name][0], [X], n_tests=1)
