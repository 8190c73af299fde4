import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from tests.agreement import agree

RNG = np.random.default_rng(0)
X, N = RNG.normal(size=(3, 4)), np.array([[100, 100, 3], [7, 0, 1]], np.int8)
FORMS = {
    "sum in a dtype": lambda m, x, n: m.sum(n, dtype="int8"),
    "sum of bools as bools": lambda m, x, n: m.sum(n > 5, axis=1, dtype="bool"),
    "prod in a dtype": lambda m, x, n: m.prod(n, axis=0, dtype="int8"),
    "variance with as many degrees of freedom": lambda m, x, n: m.var(x, axis=0, ddof=3),
    "variance with more degrees of freedom": lambda m, x, n: m.var(x, axis=0, ddof=4),
    "std of one": lambda m, x, n: m.std(x[:1], axis=0, ddof=1),
    "complex variance": lambda m, x, n: m.var(x + 1j * x[::-1], axis=(0, 1), ddof=1),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of 0 degrees of freedom
def test_dtypes_and_degrees_of_freedom_are_numpys():
    agree(FORMS, [X, N], ulp=8)


def test_a_corrected_variance_is_that_of_the_deviations_from_a_rounded_mean():
    # a mean that is far from 0 is rounded by more than the deviations are
    x = np.float32([1e5 + 0.1, 1e5 + 0.2, 1e5 + 0.3, 1e5 + 0.4, 1e5 + 0.7])
    v = pt.fvector("v")
    plain, corrected, z = pt.var(v), pt.var(v, corrected=True), pt.std(v, corrected=True)
    plain, corrected, z = lamina.function([v], [plain, corrected, z])(x)
    exact = np.var(x.astype(np.float64))
    assert abs(corrected - exact) <= abs(plain - exact)
    np.testing.assert_allclose(corrected, exact, rtol=1e-5)
    np.testing.assert_allclose(z, np.sqrt(exact), rtol=1e-5)
