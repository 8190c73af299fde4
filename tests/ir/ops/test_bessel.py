import numpy as np
import pytest
import scipy.special

import lamina
import lamina.tensor as pt
from tests.agreement import agree

ORDERS = np.array([0, 1, 2.5, -0.5, 3, 10, np.nan, 1, 40])
POINTS = np.array([0.0, 0.5, 3, 7.5, 30, 100, 1, -2, 1e-3])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_values_are_scipys(dtype):
    v, x = ORDERS.astype(dtype), POINTS.astype(dtype)

    def scipys(name):
        function = getattr(scipy.special, name)
        return lambda *operands: function(*(a.astype(float) for a in operands)).astype(dtype)

    names = "jv iv ive kv kve".split()
    agree({n: (getattr(pt, n), scipys(n)) for n in names}, [v, x], ulp=1)
    names = "j0 j1 i0 i1".split()
    agree({n: (getattr(pt, n), scipys(n)) for n in names}, [x], ulp=1)


def test_kn_has_whole_orders():
    n, x = np.array([0, 1, 5, -3, 2]), np.array([0.1, 2, 30, 1.5, 0])
    agree({"kn": (pt.kn, scipy.special.kn)}, [n, x], ulp=64)
    agree({"kn": (pt.kn, lambda n, x: scipy.special.kn(np.trunc(n), x))}, [n + 0.9, x], ulp=64)


def test_the_order_has_no_derivative():
    v, x = pt.dscalars("vx")
    for function in (pt.jv, pt.iv, pt.ive, pt.kv, pt.kve):
        with pytest.raises(lamina.gradient.NullTypeGradError, match="operand 0 is not implemented"):
            lamina.grad(function(v, x), v)
