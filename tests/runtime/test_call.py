"""Arrays as arguments and results, in compiled calls and through ctypes."""

import gc
import inspect
import sys
import weakref

import numpy as np
import pytest

from lamina.runtime.descriptor import DTYPES, ArraySpec, InputSpec, Signature

# y = x + 1, element by element: {0} is the LLVM type, {1} the instruction, {2} the literal 1.
PLUS_ONE = """
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx, ptr %x, i64 %n) {{
entry:
  %dims = alloca i64
  store i64 %n, ptr %dims
  %y = call ptr @lamina_output(ptr %ctx, i64 0, ptr %dims)
  %none = icmp eq ptr %y, null
  br i1 %none, label %error, label %check
check:
  %empty = icmp eq i64 %n, 0
  br i1 %empty, label %done, label %next
next:
  %i = phi i64 [ 0, %check ], [ %j, %next ]
  %x.at = getelementptr {0}, ptr %x, i64 %i
  %a = load {0}, ptr %x.at
  %b = {1} {0} %a, {2}
  %y.at = getelementptr {0}, ptr %y, i64 %i
  store {0} %b, ptr %y.at
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %next, label %done
done:
  ret i64 0
error:
  ret i64 -1
}}
""".format
DOUBLES = PLUS_ONE("double", "fadd", "1.0")

# Output 0 is the shape of x, output 1 the address of its data.
INSPECT = """
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx, ptr %x, i64 %m, i64 %n) {
  %two = alloca i64
  store i64 2, ptr %two
  %shape = call ptr @lamina_output(ptr %ctx, i64 0, ptr %two)
  store i64 %m, ptr %shape
  %shape.n = getelementptr i64, ptr %shape, i64 1
  store i64 %n, ptr %shape.n
  %address = call ptr @lamina_output(ptr %ctx, i64 1, ptr null)
  %x.int = ptrtoint ptr %x to i64
  store i64 %x.int, ptr %address
  ret i64 0
}
"""


def vectors(dtype: str = "float64", length: int | None = None, **more) -> Signature:
    return Signature(
        (InputSpec("x", dtype, (length,), **more),), (ArraySpec(dtype, (length,)),)
    )  # fmt: skip


def looks(dtype: str, shape=(None, None), **more) -> Signature:
    return Signature(
        (InputSpec("x", dtype, shape, **more),),
        (ArraySpec("int64", (2,)), ArraySpec("int64", ())),
        returns="list",
    )


@pytest.fixture
def plus_one(make):
    return make(DOUBLES, vectors())


@pytest.mark.parametrize("length", [0, 1, 3, 1000])
def test_a_vector_goes_in_and_a_new_one_comes_out(plus_one, length):
    x = np.arange(length, dtype=np.float64)
    kept = x.copy()
    y = plus_one(x)
    assert type(y) is np.ndarray
    assert (y.dtype, y.shape) == (np.float64, (length,))
    assert np.array_equal(y, kept + 1)
    assert np.array_equal(x, kept)
    assert y.flags.owndata and y.flags.carray


def test_results_do_not_share_memory(plus_one):
    x = np.arange(3.0)
    first, second = plus_one(x), plus_one(x)
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, x)


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_array_of_each_dtype_is_passed_as_it_is(make, converter, dtype):
    signature = looks(dtype)
    convert = converter(signature, ())
    f = make(INSPECT, signature, convert=convert)
    x = np.zeros((2, 5), dtype)
    shape, address = f(x)
    assert (tuple(shape), int(address)) == ((2, 5), x.ctypes.data)
    others = set(DTYPES) - {dtype}
    for other in others:
        try:
            f(np.zeros((2, 5), other))
        except TypeError:
            assert not np.can_cast(other, dtype, "same_kind")
    assert convert.asked == len(others)


def test_all_integers_of_eight_bytes_are_int64(make, converter):
    signature = looks("int64")
    convert = converter(signature, ())
    f = make(INSPECT, signature, convert=convert)
    for code in "lqp":
        if np.dtype(code).itemsize == 8:
            x = np.zeros((1, 3), np.dtype(code))
            assert f(x)[1] == x.ctypes.data
    assert convert.asked == 0


class Subclass(np.ndarray):
    pass


BASE = np.arange(24.0).reshape(4, 6)


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        (BASE[1:3], 0),
        (BASE.view(), 0),
        (np.zeros((1, 7))[:, ::-1][:, ::-1], 0),
        (BASE[:, :1], 1),
        (BASE[:1, ::1], 0),
        (np.zeros((0, 4)).T, 0),
        (BASE[::2], 1),
        (BASE[::-1], 1),
        (BASE.T, 1),
        (np.asfortranarray(BASE), 1),
        (np.broadcast_to(np.float64(3), (2, 3)), 1),
        (BASE.astype(">f8"), 1),
        (BASE.astype("<f8"), 0),
        (BASE.astype(np.float32), 1),
        (BASE.astype(np.int8), 1),
        (BASE.tolist(), 1),
        ([[True]], 1),
        (BASE.view(Subclass), 1),
        (np.ma.masked_array(BASE, False), 1),
        (np.frombuffer(b"." + BASE.tobytes(), np.float64, offset=1).reshape(4, 6), 1),
        (np.frombuffer(BASE.tobytes(), np.float64).reshape(4, 6), 0),
    ],
)
def test_arrays_of_all_forms_are_taken_and_odd_ones_converted(make, converter, value, asked):
    text = DOUBLES.replace("i64 %n)", "i64 %m, i64 %k)").replace(
        "entry:", "entry:\n  %n = mul i64 %m, %k"
    )
    signature = Signature(
        (InputSpec("x", "float64", (None, None)),), (ArraySpec("float64", (None,)),)
    )
    convert = converter(signature, ())
    f = make(text, signature, convert=convert)
    assert np.array_equal(f(value), np.asarray(value, np.float64).ravel() + 1)
    assert convert.asked == asked


def test_an_array_in_memory_that_is_read_only_is_read(plus_one):
    x = np.arange(3.0)
    x.flags.writeable = False
    assert np.array_equal(plus_one(x), [1, 2, 3])


def test_keywords_and_positions_mean_the_same(plus_one):
    x = np.arange(3.0)
    assert np.array_equal(plus_one(x=x), plus_one(x))


@pytest.mark.parametrize(
    "call",
    [
        lambda f, x: f(),
        lambda f, x: f(x, x),
        lambda f, x: f(y=x),
        lambda f, x: f(x, x=x),
        lambda f, x: f(None),
        lambda f, x: f("abc"),
        lambda f, x: f(x.reshape(1, 3)),
        lambda f, x: f(np.float64(1)),
        lambda f, x: f(x * 1j),
        lambda f, x: f([[1.0], [2.0, 3.0]]),
        lambda f, x: f(np.array([None, 1], object)),
        lambda f, x: f(np.zeros(3, "M8[s]")),
        lambda f, x: f(np.zeros(3, [("a", "f8")])),
        lambda f, x: f(type(x)),
        lambda f, x: f(*[x] * 5000),
        lambda f, x: f(**{f"k{i}": x for i in range(300)}),
    ],
)
def test_wrong_arguments_get_the_error_of_the_conversion(plus_one, call):
    for _ in range(3):
        with pytest.raises((TypeError, ValueError, KeyError)):
            call(plus_one, np.arange(3.0))
    assert np.array_equal(plus_one(np.zeros(2)), [1, 1])


def test_the_conversion_sees_the_arguments_untouched(make):
    seen = []

    def convert(arguments, named):
        seen.append((arguments, named))
        return [np.zeros(1)]

    f = make(DOUBLES, vectors(), convert=convert)
    odd = object()
    f(odd, 1, key=odd)
    assert seen == [((odd, 1), {"key": odd})]
    assert seen[0][0][0] is odd


@pytest.mark.parametrize(
    ("converted", "message"),
    [
        (lambda: [], "1 arrays, the conversion gave 0"),
        (lambda: [np.zeros(3)] * 2, "gave 2"),
        (lambda: [[1.0, 2.0]], "class 'list'"),
        (lambda: [np.zeros(3, np.float32)], "is float32, expected float64"),
        (lambda: [np.zeros(3, ">f8")], "foreign byte order"),
        (lambda: [np.zeros((3, 1))], "2 dimensions, expected 1"),
        (lambda: [np.zeros(6)[::2]], "not contiguous"),
        (lambda: [np.frombuffer(bytes(17), np.float64, offset=1)], "not aligned"),
    ],
)
def test_a_conversion_that_gives_unfit_arrays_is_an_error_and_no_recursion(
    make, converted, message
):
    f = make(DOUBLES, vectors(), convert=lambda arguments, named: converted())
    with pytest.raises(TypeError, match=message):
        f("unfit")


def test_a_static_length_is_checked(make):
    signature = vectors(length=3)
    f = make(DOUBLES, signature)
    assert np.array_equal(f(np.zeros(3)), [1, 1, 1])
    with pytest.raises(ValueError, match="length 4, expected 3"):
        f(np.zeros(4))
    g = make(DOUBLES, signature, convert=lambda arguments, named: [np.zeros(4)])
    with pytest.raises(TypeError, match=r"f\(\): argument x has length 4 along axis 0, expected 3"):
        g(None)


@pytest.mark.parametrize("shape", [(), (3,), (1, 2, 3)])
def test_the_rank_is_checked(make, shape):
    f = make(INSPECT, looks("int8"))
    with pytest.raises(TypeError, match="dimensions, expected 2"):
        f(np.zeros(shape, np.int8))


def test_the_second_axis_is_checked_too(make):
    f = make(INSPECT, looks("int8", (None, 3)))
    assert tuple(f(np.zeros((7, 3), np.int8))[0]) == (7, 3)
    with pytest.raises(ValueError, match="length 7, expected 3"):
        f(np.zeros((3, 7), np.int8))


def test_lists_of_results_have_their_length(make):
    head = "declare ptr @lamina_output(ptr, i64, ptr)\ndefine i64 @lamina_main(ptr %ctx) {\n"
    for count in (0, 1, 3):
        body = "".join(
            f"  %y{i} = call ptr @lamina_output(ptr %ctx, i64 {i}, ptr null)\n"
            f"  store i64 {i}, ptr %y{i}\n"
            for i in range(count)
        )
        signature = Signature((), (ArraySpec("int64", ()),) * count, returns="list")
        f = make(f"{head}{body}  ret i64 0\n}}\n", signature)
        assert f() == list(range(count))
        with pytest.raises(TypeError):
            f(1)


def test_an_array_that_is_written_to_is_passed_itself_if_it_can_be(make, converter):
    signature = looks("int8", mutable=True)
    convert = converter(signature, ())
    f = make(INSPECT, signature, convert=convert)
    x = np.zeros((2, 2), np.int8)
    assert f(x)[1] == x.ctypes.data
    assert convert.asked == 0
    x.flags.writeable = False
    assert f(x)[1] != x.ctypes.data
    assert convert.asked == 1
    g = make(INSPECT, signature, convert=lambda arguments, named: arguments)
    with pytest.raises(TypeError, match="read-only, and the function writes to it"):
        g(x)


PAIR = """
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx, ptr %x, i64 %m, ptr %y, i64 %n) {
  %z = call ptr @lamina_output(ptr %ctx, i64 0, ptr null)
  store i64 1, ptr %z
  ret i64 0
}
"""
BUFFER = np.zeros(20)


@pytest.mark.parametrize(
    ("first", "second", "asked"),
    [
        (BUFFER[:10], BUFFER[10:], 0),
        (BUFFER[10:], BUFFER[:10], 0),
        (BUFFER[:11], BUFFER[10:], 1),
        (BUFFER[10:], BUFFER[:11], 1),
        (BUFFER[5:6], BUFFER, 1),
        (BUFFER, BUFFER, 1),
    ],
)
@pytest.mark.parametrize("mutable", [(True, False), (False, True), (True, True), (False, False)])
def test_what_is_written_to_shares_no_memory_with_another_input(
    make, converter, first, second, asked, mutable
):
    signature = Signature(
        tuple(
            InputSpec(name, "float64", (None,), mutable=writes)
            for name, writes in zip("xy", mutable, strict=True)
        ),
        (ArraySpec("int64", ()),),
    )
    convert = converter(signature, ())
    f = make(PAIR, signature, convert=convert)
    assert f(first, second) == 1
    assert convert.asked == (asked if any(mutable) else 0)
    g = make(PAIR, signature, convert=lambda arguments, named: arguments)
    if convert.asked:
        with pytest.raises(TypeError, match="share memory"):
            g(first, second)


def test_a_call_keeps_its_code_alive(make):
    f = make(DOUBLES, vectors())
    gc.collect()
    for _ in range(20):
        make(DOUBLES, vectors())
    gc.collect()
    assert np.array_equal(f(np.zeros(2)), [1, 1])


def test_a_function_that_its_own_conversion_leads_to_is_collected(make):
    class Owner:
        def convert(self, arguments, named):
            return [np.zeros(1)]

    owner = Owner()
    owner.call = make(DOUBLES, vectors(), convert=owner.convert)
    owner.call("slow")
    gone = weakref.ref(owner)
    del owner
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("make", ["compiled"], indirect=True)
def test_a_compiled_call_is_a_builtin_function_with_a_name(make):
    f = make(DOUBLES, vectors(), name="loss")
    assert inspect.isbuiltin(f)
    assert f.__name__ == "loss"


def test_a_call_leaves_the_references_of_its_arguments_alone(plus_one):
    x = np.arange(3.0)
    dtype = x.dtype
    plus_one(x)
    before = sys.getrefcount(x), sys.getrefcount(dtype), sys.getrefcount(np.ndarray)
    for _ in range(1000):
        plus_one(x)
        plus_one(x=x)
    after = sys.getrefcount(x), sys.getrefcount(dtype), sys.getrefcount(np.ndarray)
    assert all(abs(a - b) < 100 for a, b in zip(after, before, strict=True))


def test_the_result_is_the_callers_alone(plus_one):
    y, z = plus_one(np.arange(3.0)), np.zeros(3)
    assert sys.getrefcount(y) == sys.getrefcount(z)
