"""Linking and loading; what several threads, several processes and many calls do to a function."""

import gc
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import llvmlite.binding as llvm
import numpy as np
import pytest

from lamina.runtime import abi, native_call
from lamina.runtime.descriptor import ArraySpec, InputSpec, Signature
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.executable import load
from lamina.runtime.symbols import UnresolvedSymbolError

SCALAR = InputSpec("x", "float64", ())
UNARY = Signature((SCALAR,), (ArraySpec("float64", ()),))


def unary(expression: str, declarations: str = "") -> str:
    """A function of one number: `expression` computes %y from %x."""
    return f"""
{declarations}
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx, double %x) {{
  {expression}
  %out = call ptr @lamina_output(ptr %ctx, i64 0, ptr null)
  store double %y, ptr %out
  ret i64 0
}}
"""


SQUARE = unary("%y = fmul double %x, %x")
X = np.array(3.0)


def test_functions_of_libm_are_found_without_being_named(make):
    f = make(unary("%y = call double @expm1(double %x)", "declare double @expm1(double)"), UNARY)
    assert f(np.array(1e-20)) == 1e-20


def test_conversions_that_the_processor_lacks_are_found(make):
    f = make(unary("%h = fptrunc double %x to half\n  %y = fpext half %h to double"), UNARY)
    assert f(np.array(0.1)) == np.float16(0.1)


def test_blas_is_called(make):
    text = """
declare void @dgemv_(ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr)
declare ptr @lamina_output(ptr, i64, ptr)
@plain = private constant [1 x i8] c"T"
@one = private constant double 1.0
@zero = private constant double 0.0
@step = private constant i32 1
define i64 @lamina_main(ptr %ctx, ptr %a, i64 %m, i64 %n, ptr %x, i64 %k) {
  %dims = alloca i64
  store i64 %m, ptr %dims
  %y = call ptr @lamina_output(ptr %ctx, i64 0, ptr %dims)
  %m.at = alloca i32
  %n.at = alloca i32
  %m.int = trunc i64 %m to i32
  %n.int = trunc i64 %n to i32
  store i32 %m.int, ptr %m.at
  store i32 %n.int, ptr %n.at
  call void @dgemv_(ptr @plain, ptr %n.at, ptr %m.at, ptr @one, ptr %a, ptr %n.at, ptr %x,
    ptr @step, ptr @zero, ptr %y, ptr @step)
  ret i64 0
}
"""
    signature = Signature(
        (InputSpec("a", "float64", (None, None)), InputSpec("x", "float64", (None,))),
        (ArraySpec("float64", (None,)),),
    )
    a, x = np.arange(12.0).reshape(3, 4), np.arange(4.0)
    assert np.array_equal(make(text, signature)(a, x), a @ x)


def test_a_library_is_shared_by_functions(assemble, cache_dir):
    library = assemble(
        "@count = internal global i64 0\n"
        "define double @next_number(double %x) {\n  %a = load i64, ptr @count\n"
        "  %b = add i64 %a, 1\n  store i64 %b, ptr @count\n  %c = sitofp i64 %b to double\n"
        "  %d = fadd double %c, %x\n  ret double %d\n}\n"
    )
    text = unary("%y = call double @next_number(double %x)", "declare double @next_number(double)")
    options = dict(convert=print, report=print, cache=DiskCache(cache_dir))
    f, g = (load([assemble(text), library], UNARY, name=name, **options) for name in "fg")
    first = f.call(X)
    assert [g.call(X), f.call(X)] == [first + 1, first + 2]


def test_an_address_that_is_given_wins_over_what_is_found(make):
    f = make(
        unary("%y = call double @exp(double %x)", "declare double @exp(double)"),
        UNARY,
        symbols={"exp": _address("cos")},
    )
    assert f(X) == np.cos(3.0)


def _address(name: str) -> int:
    from lamina.runtime.symbols import resolve

    return resolve([name], DiskCache(None))[name]


def test_a_function_that_calls_what_nobody_has_is_not_loaded(make):
    text = unary("%y = call double @no_such(double %x)", "declare double @no_such(double)")
    with pytest.raises(UnresolvedSymbolError, match="no_such"):
        make(text, UNARY)


@pytest.mark.parametrize("image", [b"", b"not an object", "without lamina_main", "cut short"])
def test_an_object_that_is_none_is_not_loaded(assemble, image):
    if image == "without lamina_main":
        image = assemble(SQUARE.replace("lamina_main", "lamina_other"))
    elif image == "cut short":
        image = assemble(SQUARE)[:-200]
    with pytest.raises(RuntimeError):
        load([image], UNARY, name="f", convert=print, report=print)


def test_a_closed_function_says_so_and_other_holders_go_on(assemble):
    f = load([assemble(SQUARE)], UNARY, name="square", convert=print, report=print)
    call = f.call
    f.close()
    with pytest.raises(RuntimeError, match="square is closed"):
        f.call(X)
    assert call(X) == 9
    f.close()


def test_an_interpreter_that_the_probe_refuses_is_served_through_ctypes(assemble, monkeypatch):
    def refuse() -> None:
        raise abi.AbiError("an unknown layout")

    monkeypatch.delenv("LAMINA_CALL", raising=False)
    monkeypatch.setattr(native_call, "check", refuse)
    call = load([assemble(SQUARE)], UNARY, name="f", convert=print, report=print).call
    assert call(X) == 9
    assert not isinstance(call, type(len))


def test_both_ways_live_in_one_process(assemble, monkeypatch):
    calls = []
    for way in ("", "ctypes"):
        monkeypatch.setenv("LAMINA_CALL", way)
        calls.append(load([assemble(SQUARE)], UNARY, name="f", convert=print, report=print).call)
    assert type(calls[0]) is not type(calls[1])
    assert [call(X) for call in calls] == [9, 9]


def test_functions_of_one_signature_share_their_wrapper(assemble, monkeypatch):
    monkeypatch.setenv("LAMINA_CALL", "")
    options = dict(convert=print, report=print, cache=DiskCache(None))
    load([assemble(SQUARE)], UNARY, name="f", **options)

    def compiles(text: str) -> None:
        raise AssertionError("compiles again")

    monkeypatch.setattr(llvm, "parse_assembly", compiles)
    other_name = Signature((InputSpec("y", "float64", ()),), UNARY.outputs)
    assert load([assemble(SQUARE)], other_name, name="g", **options).call(X) == 9


SECOND_PROCESS = """
import sys
import llvmlite.binding as llvm
import numpy as np
from lamina.runtime.descriptor import Signature
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.executable import load

def refuse(*arguments):
    raise AssertionError("LLVM IR is compiled")

folder, forbid = sys.argv[1], sys.argv[2] == "forbid"
if forbid:
    llvm.parse_assembly = refuse
with open(folder + "/object", "rb") as file:
    image = file.read()
with open(folder + "/signature") as file:
    signature = Signature.from_json(file.read())
f = load([image], signature, name="f", convert=print, report=print,
         cache=DiskCache(folder + "/cache")).call
assert f(np.array(0.1)) == np.float16(0.1)
"""


@pytest.mark.parametrize("way", ["compiled", "ctypes"])
def test_a_second_process_compiles_nothing(assemble, tmp_path, monkeypatch, way):
    monkeypatch.setenv("LAMINA_CALL", "ctypes" if way == "ctypes" else "")
    text = unary("%h = fptrunc double %x to half\n  %y = fpext half %h to double")
    (tmp_path / "object").write_bytes(assemble(text))
    (tmp_path / "signature").write_text(UNARY.to_json())
    for forbid in ("", "forbid"):
        command = [sys.executable, "-c", SECOND_PROCESS, str(tmp_path), forbid]
        done = subprocess.run(command, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
    for path in (tmp_path / "cache").rglob("*"):
        if path.is_file():
            path.write_bytes(b"damaged")
    done = subprocess.run([*command[:-1], ""], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_that_cannot_be_written_to_costs_a_compilation_and_no_more(assemble):
    options = dict(convert=print, report=print, cache=DiskCache("/proc/nowhere"))
    assert load([assemble(SQUARE)], UNARY, name="f", **options).call(X) == 9


def test_threads_load_and_call_at_once(make, monkeypatch):
    f = make(SQUARE, UNARY)

    def turn(number: int) -> bool:
        g = make(SQUARE, UNARY)
        x = np.array(float(number))
        return all(call(x) == number**2 for call in (f, g) for _ in range(200))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(turn, range(40)))


CALLS_PYTHON = unary(
    """%answer = call ptr @PyObject_CallNoArgs(ptr @callback)
  %raised = icmp eq ptr %answer, null
  br i1 %raised, label %error, label %fine
error:
  ret i64 -1
fine:
  call void @Py_DecRef(ptr %answer)
  %y = fmul double %x, 2.0""",
    """declare ptr @PyObject_CallNoArgs(ptr)
declare void @Py_DecRef(ptr)
@callback = external global i8""",
)


def test_an_exception_of_a_callback_comes_out_of_the_call_itself(make):
    error = LookupError("of the callback")

    def callback():
        raise error

    f = make(CALLS_PYTHON, UNARY, symbols={"callback": id(callback)})
    for _ in range(3):
        with pytest.raises(LookupError) as raised:
            f(X)
        assert raised.value is error


def test_a_callback_may_call_the_function_again(make):
    depth = 0

    def callback():
        nonlocal depth
        depth += 1
        if depth < 50:
            assert f(np.array(float(depth))) == 2 * (depth_here := depth) or depth_here
            gc.collect(0)

    f = make(CALLS_PYTHON, UNARY, symbols={"callback": id(callback)})
    assert f(X) == 6


def test_a_callback_may_drop_the_function_that_runs(make):
    holder = []
    callback = holder.clear
    holder.append(make(CALLS_PYTHON, UNARY, symbols={"callback": id(callback)}))
    assert holder[0](X) == 6
    assert not holder


def test_a_callback_may_replace_a_cell_that_is_being_read(make):
    """The old value is held until the function returns, which reads it after the callback."""
    text = """
declare ptr @PyObject_CallNoArgs(ptr)
declare void @Py_DecRef(ptr)
@callback = external global i8
declare ptr @lamina_output(ptr, i64, ptr)
define i64 @lamina_main(ptr %ctx, ptr %x, i64 %n) {
  %answer = call ptr @PyObject_CallNoArgs(ptr @callback)
  call void @Py_DecRef(ptr %answer)
  %last = sub i64 %n, 1
  %at = getelementptr double, ptr %x, i64 %last
  %value = load double, ptr %at
  %y = call ptr @lamina_output(ptr %ctx, i64 0, ptr null)
  store double %value, ptr %y
  ret i64 0
}
"""
    cell = [np.full(100_000, 7.0)]

    def callback():
        cell[0] = np.zeros(3)

    signature = Signature(
        (InputSpec("x", "float64", (None,), "cell"),), (ArraySpec("float64", ()),)
    )
    f = make(text, signature, cells=[cell], symbols={"callback": id(callback)})
    assert f() == 7
    assert f() == 0


FLAT = """
import gc, sys
sys.path.insert(0, {path!r})
import numpy as np
import test_call, test_updates, test_errors
from conftest import Converter, _assemble, report
from lamina.runtime.disk_cache import DiskCache
from lamina.runtime.executable import load

cache = DiskCache({cache!r})

def make(text, signature, **options):
    cells = options.setdefault("cells", ())
    return load([_assemble(text)], signature, name="f", convert=Converter(signature, cells),
                report=report, cache=cache, **options).call

cells = [[np.array(0)], [np.zeros(2000)]]
plus_one = make(test_call.DOUBLES, test_call.vectors())
step = make(test_updates.STEP, test_updates.SIGNATURE, cells=cells,
            symbols={{"ValueError": id(ValueError)}})
status = make(test_errors.STATUS, test_errors.TWO)
sized = make(test_errors.SIZED, test_errors.SIZE)
twice = make(test_errors.TWICE, test_errors.ONE_VECTOR)
large = np.zeros(20_000)
x, listed, swapped = np.zeros(2000), [0.0] * 50, np.zeros(50, ">f8")
ok, one, big, odd, much = np.array(0), np.array(1), np.array(1 << 40), np.array(-3), np.array(3000)

def refused(f, *arguments):
    try:
        f(*arguments)
    except (TypeError, ValueError, ArithmeticError, MemoryError, KeyError):
        return
    raise AssertionError("accepted")

def churn(count):
    for _ in range(count * 10):
        plus_one(x)
        step(one)
        status(ok, much)
        sized(much, one)
        twice()
    for _ in range(count):
        plus_one(large)
        plus_one(listed)
        plus_one(swapped)
        plus_one(x=x)
        refused(plus_one, "text")
        refused(plus_one)
        refused(step, odd)
        refused(step, np.array(7))
        refused(status, one, much)
        refused(sized, odd, one)
        refused(sized, big, big)
    for _ in range(count // 20):
        make(test_call.DOUBLES, test_call.vectors())(x)
    gc.collect()

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4

churn(1000)
objects = [x, x.dtype, np.dtype(np.int64), np.dtype(np.int8), ValueError, cells[0], None]
counts, blocks, memory = [sys.getrefcount(o) for o in objects], sys.getallocatedblocks(), resident()
churn(1000)
grown = [a - b for a, b in zip([sys.getrefcount(o) for o in objects], counts)]
assert max(map(abs, grown)) < 100, grown
assert sys.getallocatedblocks() - blocks < 500, sys.getallocatedblocks() - blocks
assert resident() - memory < 2000, resident() - memory
"""


@pytest.mark.parametrize("way", ["compiled", "ctypes"])
def test_references_and_memory_stay_as_they_are_over_many_calls(monkeypatch, cache_dir, way):
    monkeypatch.setenv("LAMINA_CALL", "ctypes" if way == "ctypes" else "")
    script = FLAT.format(path=str(Path(__file__).parent), cache=str(cache_dir))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
