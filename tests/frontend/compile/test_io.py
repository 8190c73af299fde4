import pytest

import lamina.tensor as pt
from lamina import In, Out
from lamina.compile.io import In as HomeIn


def test_an_input_takes_the_name_of_its_variable_unless_told_otherwise():
    x = pt.dscalar("x")
    assert HomeIn is In
    assert (In(x).name, In(x, name="y").name, In(x, autoname=False).name) == ("x", "y", None)
    assert In(pt.dscalar()).name is None


@pytest.mark.parametrize("what", [1, None, "x", [pt.dscalar("x")]])
def test_only_variables_are_inputs_and_outputs(what):
    with pytest.raises(TypeError, match="In expects a Variable"):
        In(what)
    with pytest.raises(TypeError, match="Out expects a Variable"):
        Out(what)


def test_a_state_needs_a_value():
    x = pt.dscalar("x")
    with pytest.raises(ValueError, match=r"In\(x\): an update needs a value"):
        In(x, update=x + 1)
    with pytest.raises(ValueError, match=r"In\(x\): an implicit input needs a value"):
        In(x, implicit=True)


def test_inputs_and_outputs_print():
    x = pt.dscalar("x")
    assert repr(In(x)) == "In(x)"
    assert repr(In(x, value=1, update=x + 1)) == "In(x -> Add.0)"
    assert repr(Out(x, borrow=True)) == "Out(x,True)"
