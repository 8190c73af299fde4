import numpy as np
import pytest

import lamina.tensor as pt
from lamina import scalar
from lamina.tensor import scalar_types
from lamina.tensor.elemwise import Elemwise


def test_a_scalar_type_is_an_array_without_dimensions():
    for dtype in ("bool", "int8", "uint64", "float16", "float32", "complex128"):
        kind = getattr(scalar_types, dtype)
        assert (kind.dtype, kind.ndim) == (dtype, 0)
        assert kind("x").type == kind


def test_scalars_and_arrays_without_dimensions_are_one():
    x = pt.dscalar("x")
    assert pt.scalar_from_tensor(x) is x
    assert pt.tensor_from_scalar(x) is x
    assert scalar_types.as_scalar(2.5).eval() == 2.5
    for convert in (pt.scalar_from_tensor, pt.tensor_from_scalar, scalar_types.as_scalar):
        with pytest.raises(TypeError, match="a scalar has no dimensions"):
            convert(pt.dvector("v"))


def test_a_scalar_op_can_be_applied_and_lifted_to_arrays():
    assert scalar.identity(pt.dscalar("x")).eval({"x": 3.0}) == 3.0
    lifted = Elemwise(scalar.identity)(pt.dvector("v"))
    np.testing.assert_array_equal(lifted.eval({"v": [1.0, 2.0]}), [1.0, 2.0])
    assert lifted.owner.op == pt.tensor_copy(pt.dvector()).owner.op


@pytest.mark.parametrize(
    "given", [["int8"], ["int8", "uint8"], ["int64", "float32"], ["bool", "bool"], ["f4", "c8"]]
)
def test_upcast_is_numpys_promotion(given):
    assert scalar_types.upcast(*given) == np.result_type(*given).name
