import copy
import pickle

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina import function, shared
from lamina.compile import SharedVariable, shared_constructor
from lamina.ir.graph.type import Type
from lamina.tensor.sharedvar import ScalarSharedVariable, TensorSharedVariable


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1, "int64"),
        (1.5, "float64"),
        (True, "bool"),
        (1j, "complex128"),
        (np.float32(1), "float32"),
    ],
)
def test_a_number_becomes_a_shared_scalar_of_numpys_dtype(value, dtype):
    s = shared(value, "s")
    assert (type(s), s.type, s.name) == (ScalarSharedVariable, pt.TensorType(dtype, ()), "s")
    assert isinstance(s, TensorSharedVariable) and isinstance(s, SharedVariable)
    assert s.get_value() == value


def test_an_array_becomes_a_shared_array_of_any_lengths():
    s = shared(np.ones((2, 3), np.float32))
    assert s.type == pt.TensorType("float32", (None, None))
    s.set_value(np.zeros((5, 0), np.float32))
    assert s.get_value().shape == (5, 0)


def test_a_static_shape_is_kept():
    s = shared(np.ones((2, 3)), shape=(None, 3))
    assert s.type.shape == (None, 3)
    s.set_value(np.ones((4, 3)))
    with pytest.raises(TypeError, match="shape"):
        s.set_value(np.ones((3, 4)))
    with pytest.raises(TypeError, match="shape"):
        shared(np.ones((2, 3)), shape=(3, None))


def test_values_are_copied_in_and_out_unless_borrowed():
    value = np.ones(3)
    s = shared(value)
    value[:] = 2
    s.get_value()[:] = 3
    np.testing.assert_array_equal(s.get_value(), [1, 1, 1])
    s.set_value(value)
    value[:] = 4
    np.testing.assert_array_equal(s.get_value(), [2, 2, 2])

    borrowed = shared(value, borrow=True)
    assert borrowed.get_value(borrow=True) is value
    other = np.zeros(3)
    borrowed.set_value(other, borrow=True)
    assert borrowed.get_value(borrow=True) is other


@pytest.mark.parametrize("form", [lambda a: a[::2], np.asfortranarray, lambda a: a.astype(">f8")])
def test_a_function_reads_a_borrowed_value_of_any_layout(mode, form):
    value = form(np.arange(12.0).reshape(4, 3))
    s = shared(value, borrow=True)
    f = function([], s * 2, updates={s: s + 1}, mode=mode)
    np.testing.assert_array_equal(f(), value * 2)
    np.testing.assert_array_equal(f(), (value + 1) * 2)
    s.set_value(value, borrow=True)
    np.testing.assert_array_equal(f(), value * 2)


def test_functions_see_each_others_updates(mode):
    s, x = shared(0.0, "s"), pt.dscalar("x")
    add, read = function([x], updates={s: s + x}, mode=mode), function([], s, mode=mode)
    add(3), add(4)
    assert read() == 7
    s.set_value(1)
    assert read() == 1


def test_functions_of_two_modes_share_a_value():
    s = shared(np.zeros((2, 3)), "s")
    turn = function([], updates={s: s.T}, mode="NUMPY")
    grow = function([], updates={s: s + pt.arange(s.shape[1])}, mode="FAST_RUN")
    grow(), turn(), grow()
    np.testing.assert_array_equal(s.get_value(), np.arange(3.0)[:, None] + np.arange(2.0))


@pytest.mark.parametrize(
    "value", ["a", None, [1, 2], (1,), {}, object(), np.array(["a"]), np.array([None]), 2**80]
)
def test_values_that_no_shared_variable_holds_are_refused(value):
    with pytest.raises(TypeError, match="shared|dtype"):
        shared(value)


def test_a_variable_is_no_value():
    with pytest.raises(TypeError, match="got the Variable x"):
        shared(pt.dscalar("x"))


def test_an_unknown_keyword_is_refused():
    with pytest.raises(TypeError, match="speed"):
        shared(1.0, speed=9)


def test_a_wrong_value_is_refused_and_the_old_one_stays():
    s = shared(np.zeros(2), "s")
    for value in (np.ones((2, 2)), "a", [1j], None, pt.dvector("x")):
        with pytest.raises(TypeError, match="shared variable s: "):
            s.set_value(value)
    np.testing.assert_array_equal(s.get_value(), [0, 0])
    s.set_value([1, 2])
    np.testing.assert_array_equal(s.get_value(), [1, 2])


def test_strict_and_downcast_hold_for_later_values():
    strict = shared(np.zeros(2), strict=True)
    with pytest.raises(TypeError):
        strict.set_value([1, 2])
    loose = shared(np.zeros(2, np.float32), allow_downcast=True)
    loose.set_value([0.1, 0.2])
    np.testing.assert_array_equal(loose.get_value(), np.float32([0.1, 0.2]))


def test_a_shared_variable_is_an_operand():
    s = shared(np.array([1.0, 2.0]))
    assert (s + 1).eval().tolist() == [2, 3]
    assert s[0].eval() == 1


def test_a_clone_has_the_same_value():
    s = shared(1.0, "s")
    clone = s.clone()
    clone.set_value(5)
    assert s.get_value() == 5


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_copy_has_a_value_of_its_own(copied):
    s = shared(np.zeros(2), "s")
    other = copied(s)
    other.set_value([1, 2])
    assert other.name == "s" and other.type == s.type
    np.testing.assert_array_equal(s.get_value(), [0, 0])


def test_shared_variables_and_functions_pickled_together_stay_together(mode):
    s = shared(0.0, "s")
    f = function([], s, updates={s: s + 1}, mode=mode)
    g = function([], s * 10, mode=mode)
    f()
    s2, f2, g2 = pickle.loads(pickle.dumps((s, f, g)))
    f2(), f2()
    assert (s2.get_value(), g2(), s.get_value()) == (3, 30, 1)


class Text(Type):
    def filter(self, data, strict=False, allow_downcast=None):
        if not isinstance(data, str):
            raise TypeError(f"no str: {data!r}")
        return data


TEXT = Text()


def test_a_kind_of_shared_variable_can_be_added():
    @shared_constructor.register(str)
    def _(value, name=None, **kwargs):
        return SharedVariable(TEXT, value, name=name)

    s, new = shared("old", "s"), TEXT("new")
    f = function([new], s, updates={s: new}, mode="NUMPY")
    assert (f("a"), f("b"), s.get_value()) == ("old", "a", "b")
    with pytest.raises(TypeError, match="argument 'new'"):
        f(3)
    assert lamina.function([], s, mode="NUMPY")() == "b"
