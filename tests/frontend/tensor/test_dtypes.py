import numpy as np

from lamina.tensor import dtypes


def test_every_dtype_is_listed_by_its_kind():
    kinds = {
        "bool_dtypes": "b",
        "int_dtypes": "i",
        "uint_dtypes": "u",
        "float_dtypes": "f",
        "complex_dtypes": "c",
        "integer_dtypes": "iu",
        "discrete_dtypes": "biu",
        "continuous_dtypes": "fc",
        "all_dtypes": "biufc",
    }
    for name, kind in kinds.items():
        listed = [d for d in dtypes.all_dtypes if np.dtype(d).kind in kind]
        assert sorted(getattr(dtypes, name)) == sorted(listed), name
    assert len(set(dtypes.all_dtypes)) == 14


def test_an_approximate_comparison_can_be_turned_off():
    assert dtypes.values_eq_approx_always_true(np.zeros(2), np.ones(3)) is True
