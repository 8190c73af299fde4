import numpy as np
import pytest

import lamina.tensor as pt
from lamina.ir.ops.known_scalar import (
    NotScalarConstantError,
    get_scalar_constant_value,
    get_underlying_scalar_constant_value,
    get_vector_length,
    is_flat,
    known_scalar,
)


def test_the_value_of_a_scalar_follows_from_constants_and_static_lengths():
    x, s = pt.tensor("x", shape=(None, 3)), pt.lscalar("s")
    known = {
        2: pt.constant(2),
        3: x.shape[1],
        -3: -x.shape[1],
        7: x.shape[1] * 2 + 1,
        5: pt.as_tensor([s, 5])[1],
        9: pt.full((2, 2), 9),
        1: pt.cast(pt.constant(1.5), "int64"),
        4: pt.shape_padleft(pt.constant(4)),
    }
    for value, variable in known.items():
        found = get_underlying_scalar_constant_value(variable)
        assert (found, found.shape) == (value, ())
    assert get_scalar_constant_value(np.array([6, 6])) == 6
    for variable in (s, x.shape[0], s * 0 + 1, pt.as_tensor([s, 5])[0], pt.constant([1, 2])):
        with pytest.raises(NotScalarConstantError):
            get_underlying_scalar_constant_value(variable)
        assert known_scalar(variable) is None


def test_the_length_of_a_vector():
    assert get_vector_length(pt.tensor(shape=(4,))) == 4
    assert get_vector_length(pt.tensor3().shape) == 3
    assert get_vector_length([1, 2]) == 2
    with pytest.raises(ValueError, match="cannot be determined"):
        get_vector_length(pt.vector())
    with pytest.raises(TypeError, match="must be a vector"):
        get_vector_length(pt.matrix())
    assert is_flat(pt.vector()) and is_flat(pt.matrix(), 2) and not is_flat(pt.matrix())
