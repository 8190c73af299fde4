from fractions import Fraction

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina import In, function
from lamina.compile.arguments import Argument, Arguments
from lamina.ir.graph.tensor_type import DTYPES


def twice(kind, mode, **kwargs):
    x = kind("x")
    return function([x], x + x, mode=mode, name="twice", **kwargs)


def big_endian(a):
    return a.astype(a.dtype.newbyteorder(">"))


def unaligned(a):
    raw = np.zeros(a.nbytes + 1, np.uint8)
    view = raw[1:].view(a.dtype).reshape(a.shape)
    view[...] = a
    return view


class Subclass(np.ndarray):
    pass


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


@pytest.mark.parametrize(
    "form",
    [
        np.ndarray.tolist, np.asfortranarray, big_endian, unaligned, read_only,
        lambda a: np.repeat(a, 2, axis=1)[:, ::2], lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
        lambda a: np.broadcast_to(a[:1], (3, 4)) * 0 + a, lambda a: a.astype(np.float32),
        lambda a: a.astype(np.int8), lambda a: a.view(Subclass),
        lambda a: tuple(map(list, a)), lambda a: [list(row) for row in a], memoryview,
    ],
)  # fmt: skip
def test_whatever_numpy_takes_as_an_array_is_taken(mode, form):
    a = np.arange(12.0).reshape(3, 4)
    result = twice(pt.dmatrix, mode)(form(a))
    assert type(result) is np.ndarray
    np.testing.assert_array_equal(result, 2 * a)


@pytest.mark.parametrize("shape", [(0, 4), (3, 0), (0, 0), (1, 1)])
def test_arrays_may_be_empty(mode, shape):
    assert twice(pt.dmatrix, mode)(np.ones(shape)).shape == shape
    assert twice(pt.dmatrix, mode)(np.ones(shape[::-1]).T).shape == shape


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_goes_in_and_comes_out(mode, dtype):
    x, n = pt.tensor("x", dtype=dtype, shape=(None,)), pt.tensor("n", dtype=dtype, shape=())
    value = np.array([0, 1, 1], dtype)
    vector, scalar = function([x, n], [x, n], mode=mode)(value, value[1])
    assert (vector.dtype, scalar.dtype, scalar.shape) == (np.dtype(dtype), np.dtype(dtype), ())
    np.testing.assert_array_equal(vector, value)
    assert scalar == value[1]


@pytest.mark.parametrize(
    "value",
    [3, 3.0, True + 2, np.float64(3), np.float32(3), np.int64(3), np.array(3.0), np.array(3)],
)
def test_numbers_are_taken_for_a_scalar(mode, value):
    assert twice(pt.dscalar, mode)(value) == 6


def test_a_loss_of_precision_is_refused_unless_it_is_allowed(mode):
    for kind, value in [
        (pt.fscalar, 0.1), (pt.fvector, np.ones(2)), (pt.ivector, [1.5]), (pt.lvector, np.ones(2)),
        (pt.bvector, [300]), (pt.dvector, [1j]), (pt.fvector, [1, 0.1]),
    ]:  # fmt: skip
        with pytest.raises(TypeError, match="argument 'x'.*allow_input_downcast"):
            twice(kind, mode)(value)
        with pytest.raises(TypeError, match="argument 'x'"):
            twice(kind, mode, allow_input_downcast=False)(value)
        twice(kind, mode, allow_input_downcast=True)(value)
    with lamina.config.change_flags(allow_input_downcast=True):
        assert twice(pt.fscalar, mode)(0.1) == np.float32(0.1) * 2


def test_numbers_that_fit_are_taken_for_a_narrower_dtype(mode):
    assert twice(pt.fscalar, mode)(1.5).dtype == np.float32
    np.testing.assert_array_equal(twice(pt.fvector, mode)([1, 2.5]), [2, 5])
    np.testing.assert_array_equal(twice(pt.bvector, mode)([1, -3]), [2, -6])


def test_a_python_float_becomes_floatX():
    with lamina.config.change_flags(floatX="float32"):
        f = twice(pt.scalar, "NUMPY")
        assert f(0.1) == np.float32(0.1) * 2
        with pytest.raises(TypeError):
            twice(pt.scalar, "NUMPY", allow_input_downcast=False)(0.1)


def test_a_strict_input_takes_only_arrays_of_its_dtype(mode):
    x = pt.dvector("x")
    f = function([In(x, strict=True)], x, mode=mode)
    np.testing.assert_array_equal(f(np.ones(2)), [1, 1])
    for value in ([1.0], np.ones(2, np.float32), np.ones(2, int)):
        with pytest.raises(TypeError, match="argument 'x'"):
            f(value)


def test_an_input_has_its_own_permission_to_lose_precision(mode):
    x, y = pt.fscalars("x", "y")
    f = function([In(x, allow_downcast=True), y], x + y, mode=mode)
    f(0.1, 0.5)
    with pytest.raises(TypeError, match="argument 'y'"):
        f(0.5, 0.1)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (pt.dvector, [[1.0]], r"must be Vector\(float64, shape=\(\?,\)\), got list \[\[1.0\]\]"),
        (pt.dvector, [[1.0]], "expected 1, got 2"),
        (pt.dvector, np.ones((2, 3)), r"ndarray float64 \(2, 3\).*Reshape.* 2 dimensions"),
        (pt.dscalar, np.ones(1), r"must be Scalar.*got ndarray float64 \(1,\)"),
        (pt.dmatrix, 3, r"must be Matrix.*got int 3"),
        (pt.TensorType("float64", (3,)), np.ones(4), r"shape=\(3,\).*float64 \(4,\).*with None"),
        (pt.TensorType("float64", (None, 1)), np.ones((2, 2)), r"shape=\(\?, 1\)"),
        (pt.dvector, "abc", "got str 'abc'"),
        (pt.dvector, ["a"], r"got list \['a'\]"),
        (pt.dvector, None, "got NoneType None"),
        (pt.dvector, [[1, 2], [3]], r"got list \[\[1, 2\], \[3\]\]"),
        (pt.dvector, [object()], "got list"),
        (pt.dvector, {}, "got dict"),
        (pt.dvector, np.ma.masked_array([1.0, 2.0], [0, 1]), "mask would be lost"),
        (pt.dscalar, Fraction(1, 3), "got Fraction"),
        (pt.lscalar, 2**70, "got int 1180591620717411303424"),
        (pt.dvector, np.array(["2000-01-01"], "M8[D]"), r"got ndarray datetime64\[D\]"),
        (pt.dvector, pt.dvector("y"), "got TensorVariable y"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_described(mode, kind, value, message):
    with pytest.raises(TypeError, match="(?s)^twice: argument 'x' .*" + message):
        twice(kind, mode)(value)


def test_an_argument_without_a_name_is_described_by_its_place(mode):
    f = function([pt.dscalar(), pt.dscalar()], [], mode=mode, on_unused_input="ignore")
    with pytest.raises(TypeError, match="the 2nd argument must be Scalar"):
        f(1, [2])
    with pytest.raises(TypeError, match="misses the 1st argument, the 2nd argument"):
        f()
    with pytest.raises(TypeError, match="none of its arguments has a name"):
        f(1, x=2)


def test_arguments_are_counted_and_matched_by_name(mode):
    x, y = pt.dscalars("x", "y")
    f = function([x, y], x - y, mode=mode, name="f")
    assert f(3, 1) == f(3, y=1) == f(y=1, x=3) == 2
    for args, kwargs, message in [
        ((1,), {}, r"f misses argument 'y'; it takes 2 arguments \(x, y\)"),
        ((), {"y": 1}, "misses argument 'x'"),
        ((1, 2, 3), {}, r"f takes 2 arguments \(x, y\), got 3"),
        ((1,), {"x": 1}, "f got two values for the argument 'x'"),
        ((1, 2), {"z": 1}, "f has no argument 'z'; the keywords are x, y"),
    ]:
        with pytest.raises(TypeError, match=message):
            f(*args, **kwargs)


def test_an_input_may_have_a_keyword_that_is_not_its_name(mode):
    x = pt.dscalar("x")
    f = function([In(x, name="width")], x, mode=mode)
    assert f(width=2) == 2
    with pytest.raises(TypeError, match="no argument 'x'"):
        f(x=2)
    with pytest.raises(TypeError, match="none of its arguments has a name"):
        function([In(x, autoname=False)], x, mode=mode)(x=2)


def test_two_arguments_of_one_name_are_given_by_position(mode):
    f = function([a := pt.dscalar("x"), b := pt.dscalar("x")], a - b, mode=mode)
    assert f(3, 1) == 2
    with pytest.raises(TypeError, match="2 arguments called 'x': give them by position"):
        f(3, x=1)


def test_converted_values_are_exact_and_good_ones_are_passed_through():
    kind = pt.TensorType("float64", (None, 2))
    convert = Arguments([Argument("x", kind)], "f").convert
    good = np.ones((3, 2))
    assert convert((good,))[0] is good
    for form in (
        np.asfortranarray,
        big_endian,
        unaligned,
        lambda a: a[::-1],
        lambda a: a.view(Subclass),
    ):
        (value,) = convert((form(good),))
        assert type(value) is np.ndarray
        assert value.flags.c_contiguous and value.flags.aligned and value.dtype.isnative
