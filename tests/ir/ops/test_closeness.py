import numpy as np
import pytest

import lamina.tensor as pt
from tests.agreement import agree, static_shapes

A = np.array([1, 1, 1e-9, 0, np.nan, np.nan, np.inf, np.inf, -np.inf, 1e10])
B = np.array([1.00001, 1.0001, 0, 1e-9, np.nan, 1, np.inf, -np.inf, 5, 1.00001e10])
FORMS = {
    "isclose": lambda m, a, b: m.isclose(a, b),
    "the other way": lambda m, a, b: m.isclose(b, a, 1e-3),
    "absolute": lambda m, a, b: m.isclose(a, b, rtol=0, atol=1e-4),
    "with NaN": lambda m, a, b: m.isclose(a, b, equal_nan=True),
    "of a number": lambda m, a, b: m.isclose(a, 1),
    "allclose": lambda m, a, b: m.allclose(a, b),
    "allclose, of few": lambda m, a, b: m.allclose(a[2:4], b[2:4]),
    "allclose, of few with NaN": lambda m, a, b: m.allclose(a[4:5], b[4:5], equal_nan=True),
}


@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128"])
def test_closeness_is_numpys(dtype):
    with np.errstate(all="ignore"):
        agree(FORMS, [A.astype(dtype), B.astype(dtype)])
    assert not static_shapes(FORMS, A, B)


def test_integers_are_compared_without_overflow():
    a = np.array([-(2**63), 5, 2**62, 0])
    b = np.array([-(2**63), 6, 2**62 + 1, 0])
    agree({"isclose": lambda m, a, b: m.isclose(a, b)}, [a, b])
    assert pt.isclose(True, 1).eval()
