import numpy as np
import pytest

import lamina.tensor as pt
from lamina.gradient import verify_grad
from tests.agreement import agree, static_shapes

X = np.random.default_rng(0).integers(0, 100, (4, 5)).astype(float)
FORMS = {
    "diff": lambda m, x: m.diff(x),
    "along another axis": lambda m, x: m.diff(x, axis=0),
    "twice": lambda m, x: m.diff(x, 2),
    "too often": lambda m, x: m.diff(x, 9),
    "not at all": lambda m, x: m.diff(x, 0),
    "after a number": lambda m, x: m.diff(x, prepend=0),
    "between arrays": lambda m, x: m.diff(x, 2, 0, prepend=x[:1], append=x[2:]),
}


@pytest.mark.parametrize("dtype", ["float64", "int8", "uint8", "bool", "complex64"])
def test_differences_are_numpys(dtype):
    forms = {k: f for k, f in FORMS.items() if dtype == "float64" or k != "after a number"}
    agree(forms, [X.astype(dtype)], [X[:, :0].astype(dtype)])
    assert not static_shapes(forms, X.astype(dtype))


def test_what_has_no_differences_is_refused():
    with pytest.raises(ValueError, match="order must be non-negative but got -1"):
        pt.diff(pt.vector(), -1)
    with pytest.raises(ValueError, match="at least one dimensional"):
        pt.diff(pt.scalar())
    with pytest.raises(np.exceptions.AxisError):
        pt.diff(pt.vector(), axis=1)


def test_the_gradient_of_differences():
    verify_grad(lambda x: pt.diff(x, 2, 0, append=x[0]), [X[:, 0]])
