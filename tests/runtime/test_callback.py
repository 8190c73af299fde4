"""Compiled code that calls Python: what it passes, what it gets, and what it lets go of."""

import gc
import sys
import weakref

import numpy as np
import pytest

from lamina.runtime.callback import Callback, Callbacks
from lamina.runtime.descriptor import ArraySpec, InputSpec, Signature

VECTOR = ArraySpec("float64", (None,))
SCALAR = ArraySpec("float64", ())
SIGNATURE = Signature(
    (InputSpec("x", "float64", (None,)), InputSpec("status", "int64", ())), (VECTOR,)
)

# Output 0 is the result of callback 7 on x and its length as a number; then `status` is given. The
# block: x, its length, the number; the result, its length; another result, of rank 0.
MAIN = """
@lamina_callbacks = external global i8
declare ptr @lamina_output(ptr, i64, ptr)
declare i64 @lamina_callback(ptr, ptr, i64, ptr)
declare void @lamina_callback_end(ptr)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
define i64 @lamina_main(ptr %ctx, ptr %x, i64 %n, i64 %status) {
  %block = alloca [6 x i64]
  %number = alloca double
  store ptr %x, ptr %block
  %n.at = getelementptr i64, ptr %block, i64 1
  store i64 %n, ptr %n.at
  %float = sitofp i64 %n to double
  store double %float, ptr %number
  %number.at = getelementptr i64, ptr %block, i64 2
  store ptr %number, ptr %number.at
  %answer = call i64 @lamina_callback(ptr %ctx, ptr @lamina_callbacks, i64 7, ptr %block)
  %raised = icmp ne i64 %answer, 0
  br i1 %raised, label %leave, label %take
leave:
  ret i64 -1
take:
  %made.at = getelementptr i64, ptr %block, i64 3
  %made = load ptr, ptr %made.at
  %m.at = getelementptr i64, ptr %block, i64 4
  %m = load i64, ptr %m.at
  %failed = icmp ne i64 %status, 0
  br i1 %failed, label %fail, label %copy
fail:
  ret i64 %status
copy:
  %y = call ptr @lamina_output(ptr %ctx, i64 0, ptr %m.at)
  %size = mul i64 %m, 8
  call void @llvm.memcpy.p0.p0.i64(ptr %y, ptr %made, i64 %size, i1 false)
  %extra.at = getelementptr i64, ptr %block, i64 5
  %extra.where = load ptr, ptr %extra.at
  %extra = load double, ptr %extra.where
  store double %extra, ptr %y
  call void @lamina_callback_end(ptr %ctx)
  ret i64 0
}
"""


@pytest.fixture
def calling(make):
    """calling(perform): the compiled function that asks `perform`."""

    def calling(perform):
        callbacks = Callbacks({7: Callback(perform, (VECTOR, SCALAR), (VECTOR, SCALAR))})
        return make(MAIN, SIGNATURE, callbacks=callbacks)

    return calling


def test_python_gets_the_operands_and_gives_the_results(calling):
    def perform(operands):
        x, n = operands
        assert type(x) is type(n) is np.ndarray and n.shape == () and n == len(x)
        return [np.concatenate([x, 2 * x]), np.float64(x.sum())]

    f = calling(perform)
    np.testing.assert_array_equal(f(np.array([1.0, 2.0]), 0), [3, 2, 2, 4])
    np.testing.assert_array_equal(f(np.array([1.0, 2.0, 5.0]), 0), [8, 2, 5, 2, 4, 10])


def test_operands_own_their_memory(calling):
    kept = []

    def perform(operands):
        kept.extend(operands)
        assert all(v.flags.owndata and v.flags.writeable for v in operands)
        operands[0][:] = -1
        return [operands[0], 0.0]

    f, x = calling(perform), np.arange(3.0)
    np.testing.assert_array_equal(f(x, 0), [0, -1, -1])
    np.testing.assert_array_equal(x, [0, 1, 2])
    np.testing.assert_array_equal(kept[0], [-1, -1, -1])


@pytest.mark.parametrize(
    "result",
    [
        np.arange(8.0)[::2],
        np.arange(4.0)[::-1],
        np.broadcast_to(2.0, 3),
        np.ma.masked_array([1.0, 2.0], [False, True]),
        np.frombuffer(b"x" + np.arange(3.0).tobytes(), "u1")[1:].view("f8"),
    ],
    ids=["strided", "backward", "read-only", "of another class", "not aligned"],
)
def test_a_result_may_lie_anywhere(calling, result):
    f = calling(lambda operands: [result, result[0]])
    np.testing.assert_array_equal(f(np.ones(2), 0), np.asarray(result))


class Refusal(Exception):
    def __init__(self, code, reason):
        super().__init__(code, reason)


@pytest.mark.parametrize("error", [Refusal(3, "why"), KeyboardInterrupt(), StopIteration()])
def test_an_exception_ends_the_call_as_it_is(calling, error):
    def perform(operands):
        raise error

    with pytest.raises(type(error)) as caught:
        calling(perform)(np.ones(2), 0)
    assert caught.value is error


def test_results_are_let_go_of_after_the_call_and_when_it_fails(calling):
    made = []

    def perform(operands):
        result = np.arange(3.0)
        made.append(weakref.ref(result))
        return [result, 1.0]

    f = calling(perform)
    f(np.ones(2), 0)
    with pytest.raises(ArithmeticError) as caught:
        f(np.ones(2), 5)
    assert caught.value.args[0] == 5
    del caught
    gc.collect()
    assert [r() for r in made] == [None, None]


def test_a_call_within_a_call(calling):
    def perform(operands):
        x, _ = operands
        if len(x) > 1:
            return [np.append(f(x[1:], 0), x[0]), x[0]]
        return [x, x[0]]

    f = calling(perform)
    np.testing.assert_array_equal(f(np.array([1.0, 2.0, 3.0]), 0), [1, 2, 1])


def test_endless_calls_within_calls_are_a_recursion_error(calling):
    f = calling(lambda operands: [f(operands[0], 0), 0.0])
    with pytest.raises(RecursionError):
        f(np.ones(2), 0)


def test_thousands_of_calls_hold_on_to_nothing(calling):
    result = np.ones(2)
    answer = [result, result[0]]

    def perform(operands):
        if len(operands[0]) == 1:
            raise ValueError("one")
        return answer

    f = calling(perform)
    long, short = np.ones(3), np.ones(1)
    before = [sys.getrefcount(v) for v in (long, short, result, answer, perform)]
    for _ in range(10_000):
        f(long, 0)
    for _ in range(1000):
        with pytest.raises(ValueError, match="one"):
            f(short, 0)
    gc.collect()
    assert [sys.getrefcount(v) for v in (long, short, result, answer, perform)] == before


def test_the_end_of_a_function_is_the_end_of_its_callbacks(calling):
    def perform(operands):
        return operands

    alive = weakref.ref(perform)
    f = calling(perform)
    f(np.ones(2), 0)
    del f, perform
    gc.collect()
    assert alive() is None
