import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.basic import as_symbolic
from lamina.symbolic import symbolic
from lamina.tensor import NoneConst


@pytest.mark.parametrize(
    ("value", "dtype", "shape"),
    [
        (1, "int8", ()), (1.5, "float64", ()), (True, "bool", ()), (1j, "complex128", ()),
        (np.float32(2), "float32", ()), (np.ones((2, 3), np.int16), "int16", (2, 3)),
        ([1, 2], "int64", (2,)), ([[1.0], [2.0]], "float64", (2, 1)), ((), "float64", (0,)),
    ],
)  # fmt: skip
def test_numbers_and_arrays_become_constants(value, dtype, shape):
    x = as_symbolic(value, name="x")
    assert lamina.as_symbolic is as_symbolic
    assert (x.name, x.type) == ("x", pt.TensorType(dtype, shape))
    np.testing.assert_array_equal(x.data, value)


def test_options_go_to_the_conversion():
    assert as_symbolic(1, dtype="float32", ndim=2).type == pt.TensorType("float32", (1, 1))
    assert as_symbolic(np.ones(2), ndim=2).type.shape == (1, 2)
    with pytest.raises(TypeError):
        as_symbolic(None, dtype="float32")


def test_a_variable_is_itself():
    x = pt.dscalar("x")
    assert as_symbolic(x) is x and as_symbolic(x, name="y").name == "x"
    assert as_symbolic((x + 1).owner).owner.op == pt.add


def test_a_list_with_variables_is_stacked():
    x = pt.dscalar("x")
    assert as_symbolic([x, 2.0], name="pair").eval({x: 1}).tolist() == [1, 2]


def test_none_and_slices_have_variables():
    assert as_symbolic(None) is NoneConst and as_symbolic(None, name="x").name == "NoneConst"
    assert as_symbolic(slice(1, 2)).data == slice(1, 2)


@pytest.mark.parametrize(
    "value",
    ["a", object(), {}, {1}, np.exp, [object()], np.array(["a"]), np.ma.masked_array([1], [1])],
)
def test_what_has_no_meaning_in_a_graph_is_refused(value):
    with pytest.raises(TypeError):
        as_symbolic(value)


def test_a_type_of_objects_can_be_added():
    class Celsius:
        degrees = 20.0

    symbolic.register(Celsius)(lambda x, **kwargs: pt.constant(x.degrees + 273.15))
    assert as_symbolic(Celsius(), name="t").data == 293.15


def test_a_generator_is_a_constant_from_which_each_call_draws_anew():
    rng = np.random.default_rng(3)
    constant = lamina.as_symbolic(rng, name="rng")
    _, draw = pt.random.normal(rng=constant).owner.outputs
    rng.normal()  # it is another one
    f = lamina.function([], draw)
    assert constant.name == "rng"
    assert f() == f() == np.random.default_rng(3).normal()
