"""What the reference documents show of variables, applications and ops in passing."""

import re

import numpy as np
import pytest

import lamina.ir.operators as nd
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.composite import Composite
from lamina.ir.ops.constant import constant
from lamina.ir.ops.elementwise import Elemwise
from lamina.ir.ops.reduction import all as all_
from lamina.ir.ops.reduction import sum as sum_


@pytest.fixture
def y():
    return nd.log(1 + TensorType("float64", (3,))())


def test_a_result_is_named_after_its_op_and_number(y):
    assert repr((y, type(y))) == "(Log.0, <class 'lamina.tensor.variable.TensorVariable'>)"


def test_an_application_shows_its_op_and_inputs(y):
    assert repr((y.owner, type(y.owner))) == "(Log(Add.0), <class 'lamina.graph.basic.Apply'>)"
    assert repr((y.owner.outputs, y.owner.outputs == [y])) == "([Log.0], True)"
    assert repr(y.owner.inputs) == "[Add.0]"


def test_an_elementwise_op_shows_its_parameters(y):
    shown = repr((y.owner.op, type(y.owner.op)))
    assert shown == (
        "(Elemwise(scalar_op=log,inplace_pattern=<frozendict {}>), "
        "<class 'lamina.tensor.elemwise.Elemwise'>)"
    )


def test_the_application_of_a_reduction_shows_its_axes():
    v = TensorType("float64", (None,))("v")
    assert repr(nd.sub(sum_(v, 0), all_(v > 0)).owner) == "Sub(Sum{axis=0}.0, All{axes=None}.0)"


def test_a_refused_conversion_names_the_variable_and_both_types():
    wanted = re.escape(
        "Cannot convert Type Vector(float64, shape=(?,)) (of Variable x_vec) into Type "
        "Scalar(float64, shape=()). You can try to manually convert x_vec into a "
        "Scalar(float64, shape=())."
    )
    with pytest.raises(TypeError, match=wanted):
        TensorType("float64", ()).filter_variable(TensorType("float64", (None,))("x_vec"))


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        ((), "Scalar(float64, shape=())"),
        ((3,), "Vector(float64, shape=(3,))"),
        ((None,), "Vector(float64, shape=(?,))"),
        ((None, None), "Matrix(float64, shape=(?, ?))"),
    ],
)
def test_a_type_shows_its_dtype_and_static_shape(shape, shown):
    assert str(TensorType("float64", shape)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1, "1"), (-0.5, "-0.5"), (2 * np.pi, "6.283185307179586"), (np.float64(1), "1.0"),
        (np.ones(1), "[1.]"), (np.array([0, 0]), "[0 0]"), (True, "True"),
        (np.eye(2), "[[1. 0.] [0. 1.]]"), (np.arange(100), "[ 0  1  2 ... 97 98 99]"),
    ],
)  # fmt: skip
def test_a_constant_shows_its_value_on_one_line(value, shown):
    assert str(constant(value)) == shown


def test_an_op_that_works_in_place_has_the_name_of_one_that_does_not():
    op = Elemwise(nd.cos.scalar_op, {0: 0})
    assert (str(op), op.destroy_map) == ("Cos", {0: [0]})
    assert repr(op) == "Elemwise(scalar_op=cos,inplace_pattern=<frozendict {0: 0}>)"


def test_composite_is_an_op_of_the_elementwise_family():
    assert Composite.__module__ == Elemwise.__module__
