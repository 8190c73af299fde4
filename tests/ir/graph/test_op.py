import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.graph import Apply, Op, Type, Variable


class Scale(Op):
    """k x."""

    __props__ = ("k",)
    itypes = [pt.dscalar]
    otypes = [pt.dscalar]

    def __init__(self, k):
        self.k = k

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.asarray(self.k * inputs[0])


class Both(Op):
    """x and 2 x; 2 x by default."""

    __props__ = ()
    default_output = 1

    def make_node(self, x):
        return Apply(self, [x], [x.type(), x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0], output_storage[1][0] = inputs[0], np.asarray(2 * inputs[0])


class Words(Type):
    """Text."""

    def filter(self, data, strict=False, allow_downcast=None):
        if strict and not isinstance(data, str):
            raise TypeError(f"{data!r} is no text")
        return str(data)

    def __eq__(self, other):
        return type(self) is type(other)

    def __hash__(self):
        return hash(type(self))


class Length(Op):
    """The number of letters."""

    __props__ = ()
    itypes = [Words()]
    otypes = [pt.lscalar]

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.asarray(len(inputs[0]))


def test_a_signature_makes_applications():
    x = pt.dscalar("x")
    y = Scale(3)(x, name="y")
    assert (y.name, y.type, y.owner.op.k) == ("y", pt.dscalar, 3)
    assert isinstance(Scale(3)(x, return_list=True), list)
    assert y.eval({x: 2.0}) == 6
    with pytest.raises(ValueError, match="expects 1 inputs, got 2"):
        Scale(3)(x, x)
    with pytest.raises(TypeError, match="Cannot convert Type"):
        Scale(3)(pt.dvector("v"))


def test_one_of_several_outputs_may_be_the_default():
    x = pt.dscalar("x")
    assert Both()(x).index == 1
    assert Both()(x).owner.out.index == 1
    assert Both()(x).eval({x: 2.0}) == 4


def test_parameters_make_ops_equal_and_name_them():
    assert Scale(2) == Scale(2) and hash(Scale(2)) == hash(Scale(2))
    assert Scale(2) != Scale(3)
    assert (str(Scale(2)), repr(Scale(2))) == ("Scale{k=2}", "Scale(k=2)")


def test_a_type_of_the_users_own_has_variables_constants_and_checks():
    words = Words()
    w = words("w")
    assert isinstance(w, Variable) and w.type == words
    assert words.is_valid_value("a") and not words.is_valid_value(1)
    assert words.filter_variable("abc").data == "abc"
    assert words.values_eq("a", "a") and not words.values_eq_approx("a", "b")
    assert words.in_same_class(Words()) and not words.is_super(pt.dscalar)
    assert lamina.function([w], Length()(w))("four") == 4
    with pytest.raises(TypeError, match="Cannot convert Type"):
        words.filter_variable(pt.dscalar("x"))
