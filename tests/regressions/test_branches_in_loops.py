"""A branch that is not taken is not computed, whatever it depends on."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ifelse import ifelse


@pytest.mark.parametrize("mode", ["FAST_RUN", "NUMPY"])
def test_what_does_not_change_in_a_loop_stays_in_its_branch(mode):
    x, i, n = pt.vector("x"), pt.lvector("i"), pt.lscalar("n")

    def step(s, x, i):
        return s + ifelse(s >= 0, pt.constant(1.0), x[i].sum())

    states, _ = lamina.scan(step, outputs_info=pt.constant(0.0), non_sequences=[x, i], n_steps=n)
    f = lamina.function([x, i, n], states, mode=mode)
    np.testing.assert_array_equal(f([1.0], [7], 3), [1, 2, 3])
