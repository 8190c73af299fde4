"""Scratch memory: pieces are aligned, apart and stay as they are until lamina_main returns."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from lamina.runtime.descriptor import ArraySpec, InputSpec, Signature

# Takes a piece for each of the sizes, fills it with its number (from 1), calls @callback, fills a
# late piece, and counts the bytes that are not what they were. Gives that count and the addresses.
FILL = """
declare ptr @lamina_output(ptr, i64, ptr)
declare ptr @lamina_workspace(ptr, i64)
declare ptr @PyObject_CallNoArgs(ptr)
declare void @Py_DecRef(ptr)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
@callback = external global i8

define i64 @lamina_main(ptr %ctx, ptr %sizes, i64 %n, i64 %status) {
entry:
  %dims = alloca i64
  store i64 %n, ptr %dims
  %wrong = call ptr @lamina_output(ptr %ctx, i64 0, ptr null)
  %addresses = call ptr @lamina_output(ptr %ctx, i64 1, ptr %dims)
  store i64 0, ptr %wrong
  br label %fill.head
fill.head:
  %i = phi i64 [ 0, %entry ], [ %j, %fill ]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %take, label %call
take:
  %size.at = getelementptr i64, ptr %sizes, i64 %i
  %size = load i64, ptr %size.at
  %piece = call ptr @lamina_workspace(ptr %ctx, i64 %size)
  %none = icmp eq ptr %piece, null
  br i1 %none, label %raised, label %fill
fill:
  %j = add i64 %i, 1
  %byte = trunc i64 %j to i8
  call void @llvm.memset.p0.i64(ptr %piece, i8 %byte, i64 %size, i1 false)
  %address.at = getelementptr ptr, ptr %addresses, i64 %i
  store ptr %piece, ptr %address.at
  br label %fill.head
call:
  %answer = call ptr @PyObject_CallNoArgs(ptr @callback)
  %failed = icmp eq ptr %answer, null
  br i1 %failed, label %raised, label %called
called:
  call void @Py_DecRef(ptr %answer)
  %late = call ptr @lamina_workspace(ptr %ctx, i64 2000)
  %late.none = icmp eq ptr %late, null
  br i1 %late.none, label %raised, label %late.fill
late.fill:
  call void @llvm.memset.p0.i64(ptr %late, i8 -1, i64 2000, i1 false)
  br label %check.head
check.head:
  %k = phi i64 [ 0, %late.fill ], [ %k.next, %check.next ]
  %bad = phi i64 [ 0, %late.fill ], [ %bad.piece, %check.next ]
  %again = icmp slt i64 %k, %n
  br i1 %again, label %check, label %done
check:
  %k.next = add i64 %k, 1
  %expected = trunc i64 %k.next to i8
  %start.at = getelementptr ptr, ptr %addresses, i64 %k
  %start = load ptr, ptr %start.at
  %length.at = getelementptr i64, ptr %sizes, i64 %k
  %length = load i64, ptr %length.at
  br label %byte.head
byte.head:
  %b = phi i64 [ 0, %check ], [ %b.next, %byte.body ]
  %bad.piece = phi i64 [ %bad, %check ], [ %bad.more, %byte.body ]
  %inside = icmp slt i64 %b, %length
  br i1 %inside, label %byte.body, label %check.next
byte.body:
  %b.at = getelementptr i8, ptr %start, i64 %b
  %b.value = load i8, ptr %b.at
  %b.bad = icmp ne i8 %b.value, %expected
  %b.count = zext i1 %b.bad to i64
  %bad.more = add i64 %bad.piece, %b.count
  %b.next = add i64 %b, 1
  br label %byte.head
check.next:
  br label %check.head
done:
  store i64 %bad, ptr %wrong
  ret i64 %status
raised:
  ret i64 -1
}
"""
SIGNATURE = Signature(
    (InputSpec("sizes", "int64", (None,)), InputSpec("status", "int64", ())),
    (ArraySpec("int64", ()), ArraySpec("int64", (None,))),
    returns="list",
)
SMALL = np.array([1, 8, 0, 64, 65, 3000])
GROWING = np.array([100, 70_000, 1, 1 << 20, 0, 5 << 20, 17])
OK, FAIL = np.array(0), np.array(1)


def nothing() -> None:
    pass


@pytest.fixture
def fill(make):
    """fill(callback) gives a function; its callback has to outlive it."""
    return lambda callback: make(FILL, SIGNATURE, symbols={"callback": id(callback)})


@pytest.mark.parametrize("sizes", [SMALL, GROWING, GROWING[::-1].copy(), SMALL[:0]])
def test_pieces_are_aligned_and_apart_and_keep_their_bytes(fill, sizes):
    f = fill(nothing)
    for _ in range(3):
        wrong, addresses = f(sizes, OK)
        assert wrong == 0
        assert not np.any(addresses % 64)
        assert len(set(addresses.tolist())) == len(sizes)


@pytest.mark.parametrize("make", ["compiled"], indirect=True)
def test_a_thread_keeps_its_memory_between_calls(fill):
    f = fill(nothing)
    f(GROWING, OK)
    f(GROWING, OK)
    first = f(GROWING, OK)[1][0]
    for _ in range(3):
        assert f(SMALL, OK)[1][0] == first
        addresses = f(GROWING, OK)[1]
        assert addresses[0] == first
        one_behind_the_other = -(-np.maximum(GROWING[:-1], 1) // 64) * 64
        assert np.array_equal(np.diff(addresses), one_behind_the_other)


@pytest.mark.parametrize("make", ["compiled"], indirect=True)
def test_errors_give_the_memory_back_too(fill):
    refuse = False

    def maybe_refuse():
        if refuse:
            raise LookupError("refused")

    f = fill(maybe_refuse)
    f(GROWING, OK)
    first = f(GROWING, OK)[1][0]
    for _ in range(5):
        with pytest.raises(ArithmeticError):
            f(GROWING, FAIL)
        refuse = True
        with pytest.raises(LookupError):
            f(GROWING, OK)
        refuse = False
        with pytest.raises(MemoryError):
            f(np.array([100, 1 << 62]), OK)
    assert f(GROWING, OK)[1][0] == first


@pytest.mark.parametrize("inner", [SMALL, GROWING])
@pytest.mark.parametrize("outer", [SMALL, GROWING])
def test_a_call_inside_a_call_leaves_the_outer_pieces_alone(fill, outer, inner):
    depth = 0
    results = []

    def again():
        nonlocal depth
        depth += 1
        if depth < 5:
            results.append(f(inner, OK))
        if depth < 4:
            with pytest.raises(ArithmeticError):
                f(inner, FAIL)

    f = fill(again)
    for _ in range(2):
        depth = 0
        results.append(f(outer, OK))
    assert [int(wrong) for wrong, _ in results] == [0] * len(results)
    assert len(results) > 4


@pytest.mark.parametrize("size", [-1, -(1 << 63), 1 << 61, (1 << 63) - 1, 1 << 50])
def test_a_piece_that_no_memory_holds_is_a_memory_error(fill, size):
    f = fill(nothing)
    for _ in range(3):
        with pytest.raises(MemoryError):
            f(np.array([100, size]), OK)
        with pytest.raises(MemoryError):
            f(np.array([size]), OK)
        assert f(SMALL, OK)[0] == 0


def test_threads_have_memory_of_their_own(fill):
    """All stand in their callbacks at once, each with its pieces filled."""
    together = Barrier(8)
    wait = together.wait
    f, g = fill(nothing), fill(wait)

    def turn(number: int) -> tuple[int, int]:
        wrong, addresses = g(GROWING[: 2 + number % 3], OK)
        f(SMALL, OK)
        return int(wrong), int(addresses[0])

    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            results = list(pool.map(turn, range(8)))
            assert [wrong for wrong, _ in results] == [0] * 8
            assert len({address for _, address in results}) == 8


ENDING = """
import sys, threading
sys.path.insert(0, {path!r})
import numpy as np
import test_arena as t
from conftest import _assemble
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.executable import load

def nothing(): pass
f = load([_assemble(t.FILL)], t.SIGNATURE, name="f", convert=print, report=print,
         cache=DiskCache(None), symbols={{"callback": id(nothing)}}).call

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

def in_threads():
    for _ in range(20):
        thread = threading.Thread(target=f, args=(np.array([5_000_000, 20_000_000]), t.OK))
        thread.start()
        thread.join()

in_threads()
before = resident()
in_threads()
assert resident() - before < 100_000_000, resident() - before

# Threads that outlive the interpreter's main thread end after the modules are gone.
stop = threading.Event()
threading.Thread(target=lambda: (f(t.GROWING, t.OK), stop.wait()), daemon=True).start()
late = threading.Thread(target=lambda: (f(t.GROWING, t.OK), stop.wait(0.2)))
late.start()
"""


def test_the_end_of_a_thread_frees_its_memory_and_that_of_the_process_is_quiet():
    script = ENDING.format(path=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
