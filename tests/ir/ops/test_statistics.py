import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from tests.agreement import agree, static_shapes

RNG = np.random.default_rng(0)
X, Y, V = RNG.normal(size=(3, 6)), RNG.normal(size=(2, 6)), RNG.uniform(0.1, 1, 6)
N = np.array([1, 2, 0, 3, 1, 1])
FORMS = {
    "ptp": lambda m, x, y, v, n: m.ptp(x),
    "ptp of rows": lambda m, x, y, v, n: m.ptp(x, 1),
    "ptp, kept": lambda m, x, y, v, n: m.ptp(x, (0, 1), keepdims=True),
    "average": lambda m, x, y, v, n: m.average(x),
    "average and count": lambda m, x, y, v, n: m.average(x, 1, returned=True),
    "average by weight": lambda m, x, y, v, n: m.average(x, 1, v),
    "average by weights": lambda m, x, y, v, n: m.average(x, weights=abs(x)),
    "average of rows by counts": lambda m, x, y, v, n: m.average(x, -1, n, True, keepdims=True),
    "average of integers": lambda m, x, y, v, n: m.average(n),
    "cov": lambda m, x, y, v, n: m.cov(x),
    "cov with others": lambda m, x, y, v, n: m.cov(x, y),
    "cov of columns": lambda m, x, y, v, n: m.cov(x, rowvar=False),
    "cov with a vector": lambda m, x, y, v, n: m.cov(x, v),
    "cov by n": lambda m, x, y, v, n: m.cov(x, bias=True),
    "cov by n - 2": lambda m, x, y, v, n: m.cov(x, ddof=2),
    "cov, counted": lambda m, x, y, v, n: m.cov(x, fweights=n),
    "cov, weighted": lambda m, x, y, v, n: m.cov(x, aweights=v),
    "cov, both": lambda m, x, y, v, n: m.cov(x, y, fweights=n, aweights=v, ddof=2),
    "cov, weighted by n": lambda m, x, y, v, n: m.cov(x, aweights=v, bias=True),
    "variance": lambda m, x, y, v, n: m.cov(v),
    "complex cov": lambda m, x, y, v, n: m.cov(x[:2] + 1j * y),
    "corrcoef": lambda m, x, y, v, n: m.corrcoef(x),
    "corrcoef with others": lambda m, x, y, v, n: m.corrcoef(x, y),
    "corrcoef of columns": lambda m, x, y, v, n: m.corrcoef(x, None, False),
    "corrcoef of one": lambda m, x, y, v, n: m.corrcoef(v),
    "complex corrcoef": lambda m, x, y, v, n: m.corrcoef(x[:2] + 1j * y),
}


def test_statistics_are_numpys():
    agree(FORMS, [X, Y, V, N], ulp=16)
    assert not static_shapes(FORMS, X, Y, V, N)


def test_the_dtype_of_floats_stays():
    x = pt.fmatrix("x")
    assert pt.cov(x).dtype == pt.corrcoef(x).dtype == pt.average(x).dtype == "float32"
    assert pt.cov(x, dtype="float64").dtype == "float64"
    assert pt.cov(pt.imatrix()).dtype == "float64"
    with lamina.config.change_flags(floatX="float32"):
        assert pt.cov(pt.imatrix()).dtype == "float32"
    assert pt.ptp(pt.bvector()).dtype == "int8"


def test_what_numpy_refuses_is_refused():
    x, v = pt.matrix("x"), pt.vector("v")
    with pytest.raises(ValueError, match="more than 2 dimensions"):
        pt.cov(pt.tensor3())
    with pytest.raises(ValueError, match="ddof must be integer"):
        pt.cov(x, ddof=1.5)
    with pytest.raises(TypeError, match="fweights must be integer"):
        pt.cov(x, fweights=v)
    with pytest.raises(ValueError, match="aweights must be a vector"):
        pt.cov(x, aweights=x)
    with pytest.raises(TypeError, match="Axis must be specified"):
        pt.average(x, weights=v)
    with pytest.raises(ValueError, match="consistent with shape"):
        pt.average(x, (0, 1), weights=v)


@pytest.mark.parametrize(
    "name", ["average by weight", "cov with others", "cov, weighted", "corrcoef", "ptp of rows"]
)
def test_the_gradient_of_a_statistic(name):
    verify_grad(lambda x, y, v: FORMS[name](pt, x, y, v, N), [X, Y, V], n_tests=1)
