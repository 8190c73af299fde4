"""What goes wrong while a function runs: statuses, sizes, memory, missing outputs."""

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

from lamina.runtime.descriptor import ArraySpec, InputSpec, Signature

# Makes both outputs of length n and returns `status`, with details.
STATUS = """
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx, i64 %status, i64 %n) {
entry:
  %dims = alloca i64
  store i64 %n, ptr %dims
  %a = call ptr @lamina_output(ptr %ctx, i64 0, ptr %dims)
  %a.none = icmp eq ptr %a, null
  br i1 %a.none, label %raised, label %second
second:
  %b = call ptr @lamina_output(ptr %ctx, i64 1, ptr %dims)
  %b.none = icmp eq ptr %b, null
  br i1 %b.none, label %raised, label %made
raised:
  ret i64 -1
made:
  store i64 -1, ptr %ctx
  %d1 = getelementptr i64, ptr %ctx, i64 1
  store i64 9223372036854775807, ptr %d1
  %d2 = getelementptr i64, ptr %ctx, i64 2
  store i64 0, ptr %d2
  %d3 = getelementptr i64, ptr %ctx, i64 3
  store i64 -9223372036854775808, ptr %d3
  ret i64 %status
}
"""
TWO = Signature(
    (InputSpec("status", "int64", ()), InputSpec("n", "int64", ())),
    (ArraySpec("int8", (None,)),) * 2,
    returns="list",
)
DETAILS = (-1, (1 << 63) - 1, 0, -(1 << 63))

# Makes an output of the dimensions m, n, or gives -1.
SIZED = """
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx, i64 %m, i64 %n) {
  %dims = alloca [2 x i64]
  store i64 %m, ptr %dims
  %second = getelementptr i64, ptr %dims, i64 1
  store i64 %n, ptr %second
  %a = call ptr @lamina_output(ptr %ctx, i64 0, ptr %dims)
  %failed = icmp eq ptr %a, null
  %status = select i1 %failed, i64 -1, i64 0
  ret i64 %status
}
"""
SIZE = Signature(
    (InputSpec("m", "int64", ()), InputSpec("n", "int64", ())),
    (ArraySpec("complex128", (None, None)),),
)

# Makes its output with 5 elements, and again with 2.
TWICE = """
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx) {
  %dims = alloca i64
  store i64 5, ptr %dims
  %a = call ptr @lamina_output(ptr %ctx, i64 0, ptr %dims)
  store i64 2, ptr %dims
  %b = call ptr @lamina_output(ptr %ctx, i64 0, ptr %dims)
  store i16 513, ptr %b
  ret i64 0
}
"""
ONE_VECTOR = Signature((), (ArraySpec("int8", (None,)),))


@pytest.mark.parametrize("status", [1, 2, 1000, (1 << 63) - 1])
def test_a_status_is_reported_with_its_details(make, status):
    f = make(STATUS, TWO)
    for _ in range(3):
        with pytest.raises(ArithmeticError) as raised:
            f(status, 3)
        assert raised.value.args == (status, DETAILS)
    assert [len(array) for array in f(0, 3)] == [3, 3]


def test_an_error_without_a_reason_is_an_error_all_the_same(make):
    class Answer:
        pass

    answers = []

    def answer(status, details):
        answers.append(weakref.ref(given := Answer()))
        return given

    f = make(STATUS, TWO, report=answer)
    with pytest.raises(RuntimeError, match="gave no reason"):
        f(4, 1)
    gc.collect()
    assert [given() for given in answers] == [None]


def test_a_failure_without_an_exception_is_an_error(make):
    with pytest.raises(RuntimeError, match="gave no reason"):
        make(STATUS, TWO)(-1, 1)


@pytest.mark.parametrize("sizes", [(-1, 1), (1, -5), (-(1 << 63), 0)])
def test_a_negative_size_is_an_error_of_numpy(make, sizes):
    f = make(SIZED, SIZE)
    for _ in range(3):
        with pytest.raises(ValueError, match="negative dimensions"):
            f(*sizes)
    assert f(2, 3).shape == (2, 3)


@pytest.mark.parametrize("sizes", [(1 << 62, 1 << 62), ((1 << 63) - 1, 2), (1 << 61, 1)])
def test_a_size_that_overflows_is_an_error_of_numpy(make, sizes):
    with pytest.raises(ValueError, match="too big|[Mm]aximum"):
        make(SIZED, SIZE)(*sizes)


def test_a_lack_of_memory_is_a_memory_error(make):
    f = make(SIZED, SIZE)
    for _ in range(3):
        with pytest.raises(MemoryError):
            f(1 << 28, 1 << 29)
    assert f(0, 5).shape == (0, 5)


def test_empty_results_are_fine(make):
    f = make(SIZED, SIZE)
    for sizes in ((0, 0), (0, 7), (7, 0), (0, 1 << 40)):
        assert f(*sizes).shape == sizes


def test_an_output_that_was_not_made_is_an_error(make):
    only_second = """
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx) {
  %y = call ptr @lamina_output(ptr %ctx, i64 1, ptr null)
  store i8 1, ptr %y
  ret i64 0
}
"""
    signature = Signature((), (ArraySpec("int8", ()),) * 2, returns="list")
    f = make(only_second, signature)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="gave no reason"):
            f()


def test_an_output_made_twice_is_the_later_one(make):
    f = make(TWICE, ONE_VECTOR)
    assert f().tolist() == [1, 2]


def test_the_length_of_a_result_may_depend_on_data(make):
    """The positive elements of x, as many as there are."""
    text = """
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx, ptr %x, i64 %n) {
entry:
  %dims = alloca i64
  br label %count.head
count.head:
  %i = phi i64 [ 0, %entry ], [ %i.next, %count.body ]
  %found = phi i64 [ 0, %entry ], [ %found.next, %count.body ]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %count.body, label %counted
count.body:
  %at = getelementptr double, ptr %x, i64 %i
  %value = load double, ptr %at
  %positive = fcmp ogt double %value, 0.0
  %one = zext i1 %positive to i64
  %found.next = add i64 %found, %one
  %i.next = add i64 %i, 1
  br label %count.head
counted:
  store i64 %found, ptr %dims
  %y = call ptr @lamina_output(ptr %ctx, i64 0, ptr %dims)
  br label %copy.head
copy.head:
  %k = phi i64 [ 0, %counted ], [ %k.next, %copy.next ]
  %place = phi i64 [ 0, %counted ], [ %place.next, %copy.next ]
  %again = icmp slt i64 %k, %n
  br i1 %again, label %copy.body, label %done
copy.body:
  %from = getelementptr double, ptr %x, i64 %k
  %copied = load double, ptr %from
  %take = fcmp ogt double %copied, 0.0
  br i1 %take, label %copy.store, label %copy.next
copy.store:
  %to = getelementptr double, ptr %y, i64 %place
  store double %copied, ptr %to
  br label %copy.next
copy.next:
  %step = zext i1 %take to i64
  %place.next = add i64 %place, %step
  %k.next = add i64 %k, 1
  br label %copy.head
done:
  ret i64 0
}
"""
    f = make(
        text,
        Signature((InputSpec("x", "float64", (None,)),), (ArraySpec("float64", (None,)),)),
    )
    x = np.array([3.0, -1.0, 0.0, 2.0, np.nan, 5.0])
    assert f(x).tolist() == [3, 2, 5]
    assert f(-x).tolist() == [1]
    assert f(x * 0).shape == (0,)


def test_an_error_lets_go_of_cells_and_of_the_report(make):
    class Report:
        def __call__(self, status, details):
            raise KeyError(status)

    report = Report()
    f = make(STATUS, TWO, report=report)
    with pytest.raises(KeyError):
        f(1, 1)
    gone = weakref.ref(report)
    del f, report
    gc.collect()
    assert gone() is None


EACH_ALLOCATION_FAILS = """
import sys
sys.path.insert(0, {path!r})
import _testcapi
import numpy as np
import test_errors, test_updates
from conftest import Converter, _assemble, report
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.executable import load

def make(text, signature, **options):
    cells = options.setdefault("cells", ())
    return load([_assemble(text)], signature, name="f", convert=Converter(signature, cells),
                report=report, cache=DiskCache({cache!r}), **options).call

cells = [[np.array(0)], [np.zeros(3)]]
step = make(test_updates.STEP, test_updates.SIGNATURE, cells=cells,
            symbols={{"ValueError": id(ValueError)}})
two = make(test_errors.STATUS, test_errors.TWO)

def failures(call, after_each):
    count = 0
    for start in range(100):
        try:
            _testcapi.set_nomemory(start, start + 1)
            call()
        except MemoryError:
            count += 1
        else:
            break
        finally:
            _testcapi.remove_mem_hooks()
        after_each()
    return count

zero, one, three = np.array(0), np.array(1), np.array(3)
status = lambda: two(zero, three)
update = lambda: step(one)
status(), update()
before = [cell[0] for cell in cells]

def unchanged():
    assert all(cell[0] is value for cell, value in zip(cells, before))

blocks = sys.getallocatedblocks()
assert failures(status, unchanged) >= 3  # two arrays and the list
assert failures(update, unchanged) >= 3  # three arrays
assert sys.getallocatedblocks() - blocks < 50
assert cells[0][0] == before[0] + 1
"""


def test_each_allocation_of_a_call_may_fail(cache_dir):
    """Every object that the call makes is refused once: an error, no leak, no changed cell."""
    pytest.importorskip("_testcapi")
    script = EACH_ALLOCATION_FAILS.format(path=str(Path(__file__).parent), cache=str(cache_dir))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
