import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.ops import window


@pytest.mark.parametrize("name", ["bartlett", "hanning", "hamming", "blackman"])
def test_a_window_is_numpys(name):
    n = pt.lscalar("n")
    f = lamina.function([n], getattr(window, name)(n))
    for number in (-1, 0, 1, 2, 5, 8):
        np.testing.assert_allclose(f(number), getattr(np, name)(number), atol=1e-15)
    assert getattr(window, name)(5).type.shape == (5,)
    with lamina.config.change_flags(floatX="float32"):
        assert getattr(window, name)(5).dtype == "float32"
    with pytest.raises(TypeError):
        getattr(window, name)(2.5)
