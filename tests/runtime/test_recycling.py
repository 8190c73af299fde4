"""The memory of large results is used again, and only when nobody can tell."""

import ctypes
import gc
import subprocess
import sys
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from lamina.runtime.descriptor import ArraySpec, InputSpec, Signature
from lamina.runtime.recycling import KEPT

try:
    from numpy._core.multiarray import get_handler_name
except ImportError:  # NumPy 1
    from numpy.core.multiarray import get_handler_name

pytestmark = pytest.mark.parametrize("make", ["compiled"], indirect=True)

N = 20_000

TWICE = """
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx, ptr %x, i64 %n) {
entry:
  %dims = alloca i64
  store i64 %n, ptr %dims
  %y = call ptr @lamina_output(ptr %ctx, i64 0, ptr %dims)
  %empty = icmp eq i64 %n, 0
  br i1 %empty, label %done, label %next
next:
  %i = phi i64 [ 0, %entry ], [ %j, %next ]
  %x.at = getelementptr double, ptr %x, i64 %i
  %a = load double, ptr %x.at
  %b = fmul double %a, 2.0
  %y.at = getelementptr double, ptr %y, i64 %i
  store double %b, ptr %y.at
  %j = add i64 %i, 1
  %more = icmp slt i64 %j, %n
  br i1 %more, label %next, label %done
done:
  ret i64 0
}
"""
VECTOR = InputSpec("x", "float64", (None,))
DOUBLED = Signature((VECTOR,), (ArraySpec("float64", (None,)),))

# Only makes its output, of the shape (m, n).
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
    (ArraySpec("float64", (None, None)),),
)


@pytest.fixture
def twice(make):
    return make(TWICE, DOUBLED)


def address(array):
    return array.__array_interface__["data"][0]


def test_a_result_that_was_dropped_gives_its_memory_to_the_next(twice):
    x = np.ones(N)
    seen = set()
    for _ in range(20):
        y = twice(x)
        seen.add(address(y))
        del y
    assert len(seen) <= 2


def test_results_that_are_held_are_left_alone(twice):
    held = [twice(np.full(N, float(i))) for i in range(30)]
    assert len({address(y) for y in held}) == 30
    assert all((y == 2 * i).all() for i, y in enumerate(held))


def test_a_view_a_buffer_or_a_container_keeps_a_result_from_being_used_again(twice):
    view = twice(np.full(N, 1.0))[10:20]
    buffer = memoryview(twice(np.full(N, 2.0)))
    kept = {"y": twice(np.full(N, 3.0))}
    shaped = twice(np.full(N, 4.0)).reshape(2, -1)
    gc.collect()
    for i in range(30):
        twice(np.full(N, 100.0 + i))
    assert (view == 2).all()
    assert (np.asarray(buffer) == 4).all()
    assert (kept["y"] == 6).all()
    assert (shaped == 8).all()


def test_a_change_of_flags_does_not_reach_the_next_result(twice):
    for i in range(20):
        y = twice(np.full(N, float(i)))
        assert y.flags.writeable and y.flags.owndata
        y.flags.writeable = False


def test_a_result_passed_on_as_an_argument_is_not_written_to(twice):
    y = np.full(N, 1.0)
    for _ in range(10):
        y = twice(y)
    assert (y == 1024).all()
    assert (twice(twice(twice(np.ones(N)))) == 8).all()


def test_values_of_cells_survive_calls_of_other_functions(make, twice):
    cell = [np.ones(N)]
    signature = Signature(
        (InputSpec("x", "float64", (None,), "cell"),), DOUBLED.outputs, updates=(0,), returns="list"
    )
    step = make(TWICE, signature, cells=[cell])
    for _ in range(10):
        step()
        twice(np.zeros(N))
    assert (cell[0] == 1024).all()


def test_arrays_without_elements_and_tiny_ones_are_always_new(twice):
    assert twice(np.ones(0)).shape == (0,)
    a, b = twice(np.ones(3)), twice(np.ones(3))
    assert address(a) != address(b)


def test_a_result_that_was_dropped_is_gone(twice):
    y = twice(np.ones(N))
    gone = weakref.ref(y)
    del y
    assert gone() is None


def test_a_result_has_no_reference_but_its_users(twice):
    y, plain = twice(np.ones(N)), np.ones(N)
    assert sys.getrefcount(y) == sys.getrefcount(plain)


def test_a_result_may_be_resized(twice):
    for length in (10 * N, 2 * N, N + 1, N // 2, 7, 0, 500 * N):
        y = twice(np.ones(N))
        y.resize(length)
        if length >= N and sys.platform == "linux":
            # The next array may be as long as the whole pages of this one.
            usable = ctypes.CDLL(None).malloc_usable_size(ctypes.c_void_p(address(y)))
            assert usable >= -(-y.nbytes // 4096) * 4096
        common = min(length, N)
        assert np.array_equal(y[:common], np.full(common, 2.0))
        assert not y[common:].any()
        del y
        assert (twice(np.ones(N)) == 2).all()


def test_other_arrays_have_numpys_memory(twice):
    y = twice(np.ones(N))
    assert get_handler_name(y) == "lamina"
    assert get_handler_name() == "default_allocator"
    assert get_handler_name(np.ones(N)) == "default_allocator"
    assert get_handler_name(y + 1) == "default_allocator"


def test_a_large_result_that_fails_leaves_numpys_memory_in_place(make):
    f = make(SIZED, SIZE)
    for size in (1 << 45, 1 << 60, -(1 << 20)):
        with pytest.raises((MemoryError, ValueError)):
            f(size, 1000)
        assert get_handler_name() == "default_allocator"
    assert get_handler_name(f(100, 1000)) == "lamina"
    for shape in ((1 << 20, 0), (0, 1 << 20)):
        assert f(*shape).shape == shape


def test_threads_do_not_get_the_same_memory(twice):
    def turn(number):
        y = twice(np.full(N, float(number)))
        z = twice(y)
        return (y == 2 * number).all() and (z == 4 * number).all()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(turn, range(400)))


def test_memory_is_traced_as_numpys_own(twice):
    tracemalloc.start()
    try:
        twice(np.ones(N))
        before = tracemalloc.get_traced_memory()[0]
        y = twice(np.ones(N))
        assert tracemalloc.get_traced_memory()[0] - before >= y.nbytes
        del y
        assert tracemalloc.get_traced_memory()[0] - before < 8 * N
    finally:
        tracemalloc.stop()


RESIDENT = """
import sys
sys.path.insert(0, {path!r})
import numpy as np
import test_recycling as t
from conftest import _assemble
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.executable import load

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

f = load([_assemble(t.TWICE)], t.DOUBLED, name="f", convert=print, report=print,
         cache=DiskCache(None)).call
f(np.ones(100))
before = resident()
for megabytes in range(10, 50):
    f(np.ones(megabytes << 17))
print(resident() - before)
"""


def test_no_more_than_the_limit_stays(make):
    script = RESIDENT.format(path=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert KEPT / 2 < int(done.stdout) < 1.2 * KEPT
