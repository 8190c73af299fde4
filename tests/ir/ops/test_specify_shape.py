"""Shapes that are stated by variables."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt


@pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])
def test_a_shape_of_variables_is_checked(mode):
    x, y, n = pt.dmatrix("x"), pt.dmatrix("y"), pt.lscalar("n")
    outputs = [pt.specify_shape(y, s) for s in (x.shape, (n, None), (n, 3), [None, x.shape[1]])]
    slope = lamina.grad(outputs[0].sum(), y)
    function = lamina.function([x, y, n], [*outputs, slope], mode=mode)
    ones = np.ones((2, 3))
    for found in function(ones, ones, 2):
        np.testing.assert_array_equal(found, ones)
    with pytest.raises(AssertionError, match="dim 0 of input has another length"):
        function(ones, np.ones((4, 3)), 4)
