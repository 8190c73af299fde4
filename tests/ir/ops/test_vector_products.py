import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from tests.agreement import agree, static_shapes

RNG = np.random.default_rng(0)
V, A, S, W = (RNG.normal(size=s) for s in ((3,), (4, 3), (2, 4, 3), (2, 3)))
Z = A + 1j * RNG.normal(size=(4, 3))
FORMS = {
    "vecdot": lambda m, v, a, s, w, z: m.vecdot(v, v),
    "vecdot of a stack": lambda m, v, a, s, w, z: m.vecdot(s, a),
    "vecdot of a stack and one": lambda m, v, a, s, w, z: m.vecdot(s, v),
    "complex vecdot": lambda m, v, a, s, w, z: m.vecdot(z, a),
    "complex vecdot of vectors": lambda m, v, a, s, w, z: m.vecdot(z[0], z[1]),
    "vecdot along another axis": lambda m, v, a, s, w, z: m.vecdot(s, z, axis=-2),
    "matvec": lambda m, v, a, s, w, z: m.matvec(a, v),
    "matvec of stacks": lambda m, v, a, s, w, z: m.matvec(s, w),
    "complex matvec": lambda m, v, a, s, w, z: m.matvec(z, z[0]),
    "vecmat": lambda m, v, a, s, w, z: m.vecmat(a[:, 0], a),
    "vecmat of stacks": lambda m, v, a, s, w, z: m.vecmat(s[:, :, 0], s),
    "complex vecmat": lambda m, v, a, s, w, z: m.vecmat(z[:, 1], z),
    "cross": lambda m, v, a, s, w, z: m.cross(v, a[0]),
    "cross of stacks": lambda m, v, a, s, w, z: m.cross(s, a),
    "cross, complex": lambda m, v, a, s, w, z: m.cross(z, v),
    "cross along one axis": lambda m, v, a, s, w, z: m.cross(a.T, a[::-1].T, axis=0),
    "cross along several axes": lambda m, v, a, s, w, z: m.cross(
        a.T, a[::-1], axisa=0, axisb=1, axisc=0
    ),
}


def test_products_are_numpys():
    agree(FORMS, [V, A, S, W, Z], ulp=16)
    assert not static_shapes(FORMS, V, A, S, W, Z)


def test_the_third_component_of_plane_vectors_is_0():
    p, q, v = pt.tensor("p", shape=(None, 2)), pt.tensor("q", shape=(2,)), pt.dvector("v")
    f = lamina.function([p, q, v], [pt.cross(p, q), pt.cross(p, v), pt.cross(v, q)])
    plane, one = A[:, :2], V[:2]
    spatial = np.pad(plane, ((0, 0), (0, 1)))
    expected = [
        np.cross(spatial, np.append(one, 0))[:, 2],
        np.cross(spatial, V),
        np.cross(V, np.append(one, 0)),
    ]
    for found, wanted in zip(f(plane, one, V), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-13)
    with pytest.raises((ValueError, AssertionError)):
        f(plane, one, one)


def test_dtypes():
    n, b, x = pt.bmatrix("n"), pt.bvector("b"), pt.fmatrix("x")
    assert pt.vecdot(n, b).dtype == pt.matvec(n, b).dtype == pt.vecmat(b, n).dtype == "int8"
    assert pt.vecdot(n, x).dtype == "float32"
    assert pt.vecdot(n, b, dtype="float64").dtype == pt.matvec(n, b, "float64").dtype == "float64"
    assert pt.dense_dot(n, x).dtype == "float32"


def test_what_has_no_product_is_refused():
    v, m, x = pt.tensor("v", shape=(3,)), pt.tensor("m", shape=(2, 4)), pt.dscalar("x")
    with pytest.raises(ValueError, match="lengths 4 and 3 have no product"):
        pt.vecdot(m, v)
    with pytest.raises(ValueError, match="at least 1 dimensions"):
        pt.vecdot(x, v)
    with pytest.raises(ValueError, match="at least 2 dimensions"):
        pt.matvec(v, v)
    with pytest.raises(ValueError, match="dimension must be 2 or 3"):
        pt.cross(m, v)
    with pytest.raises(ValueError, match="zero dimension"):
        pt.cross(x, v)


@pytest.mark.parametrize("name", ["vecdot of a stack", "matvec", "vecmat", "cross of stacks"])
def test_the_gradient_of_a_product(name):
    verify_grad(lambda v, a, s: FORMS[name](pt, v, a, s, W, Z), [V, A, S], n_tests=1)
