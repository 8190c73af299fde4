import pickle

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.debug.nanguardmode import NanGuardMode
from lamina.compile.modes import get_mode

change = lamina.config.change_flags


def test_good_numbers_pass():
    x = pt.dvector("x")
    f = lamina.function([x], [pt.log(x), x.sum()], mode=NanGuardMode())
    logs, total = f([1.0, 2.0])
    np.testing.assert_allclose(logs, np.log([1.0, 2.0]))
    assert total == 3


@pytest.mark.parametrize(
    ("value", "found"), [(-1.0, "NaN"), (0.0, "Inf"), (np.nan, "NaN"), (1e200, "a big value")]
)
def test_the_op_and_the_line_of_a_bad_number_are_told(value, found):
    x = pt.dvector("x")
    f = lamina.function([x], pt.log(x) + 1, mode="NanGuardMode")
    with pytest.raises(AssertionError, match=f"{found} detected(.|\n)*Log(.|\n)*test_nan_guard.py"):
        f([1.0, value])


def test_each_kind_can_be_allowed():
    x = pt.dvector("x")
    mode = NanGuardMode(nan_is_error=False, inf_is_error=True, big_is_error=False)
    f = lamina.function([x], x + 1, mode=mode)
    assert np.isnan(f([np.nan, 1e300])[0])
    with pytest.raises(AssertionError, match="Inf"):
        f([np.inf])
    with change(NanGuardMode__inf_is_error=False):
        assert not get_mode("NanGuardMode").inf_is_error


def test_a_warning_can_do():
    x = pt.dvector("x")
    f = lamina.function([x], pt.sqrt(x), mode=NanGuardMode())
    with change(NanGuardMode__action="warn"), pytest.warns(UserWarning, match="NaN"):
        assert np.isnan(f([-1.0])[0])


def test_integers_and_what_is_no_array_pass():
    n = pt.lvector("n")
    f = lamina.function([n], n[1:] * 2, mode=NanGuardMode())
    assert f([1, 2**62]).tolist() == [2**63 - 2**64]


def test_no_update_is_stored_when_a_bad_number_appears():
    s = lamina.shared(0.0)
    f = lamina.function([], updates={s: pt.log(s)}, mode=NanGuardMode())
    with pytest.raises(AssertionError):
        f()
    assert s.get_value() == 0


def test_the_mode_can_be_varied_pickled_and_not_linked_otherwise():
    mode = NanGuardMode(big_is_error=False).including("a").excluding("b")
    assert (mode.included, mode.excluded, mode.big_is_error) == (("a",), ("b",), False)
    assert pickle.loads(pickle.dumps(mode)) == mode
    with pytest.raises(ValueError, match="its linker is 'py'"):
        NanGuardMode(linker="cvm")
