"""Ops of the user's own in compiled functions: Python computes them, machine code all else."""

import gc
import importlib
import inspect
import pickle
import re
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile import not_native
from lamina.compile.artefact import Artefact
from lamina.compile.fingerprint import fingerprint
from lamina.compile.from_text import compile_text
from lamina.graph.op import Op
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.elementwise import Elemwise, ScalarOp
from lamina.tensor.other_types import slicetype

EVERY_DTYPE = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 "
    "float16 float32 float64 complex64 complex128"
).split()


class PythonOp(Op):
    """An op computed by a function; two of equal functions are equal."""

    __props__ = ("compute", "types")

    def __init__(self, compute, *types, destroys=()):
        self.compute, self.types = compute, types or (pt.dvector,)
        self.destroy_map = {0: list(destroys)} if destroys else {}

    def make_node(self, *inputs):
        inputs = [v if isinstance(v, Variable) else pt.as_tensor_variable(v) for v in inputs]
        return Apply(self, inputs, [t() for t in self.types])

    def perform(self, node, inputs, output_storage):
        results = self.compute(*inputs)
        for cell, result in zip(
            output_storage, results if isinstance(results, tuple) else [results], strict=True
        ):
            cell[0] = result


@pytest.fixture(autouse=True)
def nothing_interpreted():
    """No function here is run by the interpreter for want of machine code."""
    not_native.callbacks.clear()
    not_native.interpreted.clear()
    yield
    assert not not_native.interpreted


@pytest.fixture(params=["compiled", "ctypes"])
def way(request, monkeypatch):
    """How calls are made; functions are to be compiled after it."""
    monkeypatch.setenv("LAMINA_CALL", "ctypes" if request.param == "ctypes" else "")


def raising(error):
    def compute(*inputs):
        raise error

    return compute


X = pt.dvector("x")


@pytest.mark.parametrize("mode", ["FAST_RUN", "FAST_COMPILE", "NUMPY"])
def test_python_computes_one_op_and_machine_code_the_rest(mode):
    def compute(x, s):
        return np.outer(x, x)[::-1].T * s, x.sum(), np.unique(x), np.arange(2)

    s = pt.dscalar("s")
    types = (pt.dmatrix, pt.dscalar, pt.dvector, lambda: pt.lvector(shape=(2,)))
    a, b, c, d = PythonOp(compute, *types)(pt.exp(X)[::-2], s + 1)
    f = lamina.function([X, s], [a + 1, a, b * 2, c, c.sum(), c.shape[0] * d, a.T @ c], mode=mode)
    for x in (np.array([1.0, 2.0, 1.0]), np.zeros(5), np.zeros(0)):
        wa, wb, wc, wd = compute(np.exp(x)[::-2], 4.0)
        expected = [wa + 1, wa, wb * 2, wc, wc.sum(), len(wc) * wd]
        if len(wc) != len(wa):
            with pytest.raises(ValueError):
                f(x, 3.0)
            continue
        for ours, theirs in zip(f(x, 3.0), [*expected, wa.T @ wc], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-14)


def test_every_dtype_goes_to_python_and_comes_back(way):
    inputs = [pt.tensor(dtype=d, shape=(None,) * n) for d in EVERY_DTYPE for n in (0, 2)]
    types = [v.type for v in inputs]
    outputs = PythonOp(lambda *values: values, *types)(*inputs)
    outputs = [pt.eq(v, v) if v.type.dtype == "bool" else -v for v in outputs] + outputs
    f = lamina.function(inputs, outputs)
    values = [np.ones(t.ndim * (2,), t.dtype) for t in types]
    found = f(*values)
    expected = [v == v if v.dtype == "bool" else -v for v in values] + values
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def test_the_built_in_ops_need_no_python():
    m = pt.outer(X, X)[1:]
    f = lamina.function([X], [pt.exp(X).sum(), pt.concatenate([X, X]), m @ m.T, pt.argmax(m)])
    f([1.0, 2.0])
    assert not not_native.callbacks and not f._executable.callbacks


def test_calls_are_counted_by_op_and_functions_tell_their_ops():
    f = lamina.function([X], PythonOp(np.negative)(PythonOp(np.positive)(X)), name="f")
    f([1.0]), f([1.0])
    titles = [str(PythonOp(np.positive)), str(PythonOp(np.negative))]
    assert dict(not_native.callbacks) == dict.fromkeys(titles, 2)
    assert repr(f) == f"<Function f(x), mode FAST_RUN, Python for {', '.join(titles)}>"
    assert f"// Python computes {titles[0]} (node 0)" in f.ir("linalg")
    assert "nd.callback %x {node = 0" in f.ir("nd")
    assert f.dprint(file="str").count("PythonOp") == 2


def test_equal_ops_of_equal_operands_are_computed_once():
    double, other = (lambda x: 2 * x), (lambda x: 2 * x)
    outputs = [PythonOp(double)(X), PythonOp(double)(X + 0), PythonOp(other)(X)]
    f = lamina.function([X], outputs)
    for y in f([1.0, 3.0]):
        np.testing.assert_array_equal(y, [2, 6])
    assert not_native.callbacks.total() == 2


def test_an_op_that_has_no_hash_is_equal_to_none():
    op = PythonOp(np.negative)
    op.types = list(op.types)
    f = lamina.function([X], [op(X), op(X)])
    np.testing.assert_array_equal(f([1.0])[1], [-1])
    assert not_native.callbacks.total() == 2


def test_what_is_not_needed_is_not_computed():
    first, _ = PythonOp(lambda x: (x, x), pt.dvector, pt.dvector)(X)
    pair = PythonOp(raising(AssertionError), lambda: pt.dvector(shape=(2,)))(X)
    f = lamina.function([X], [first, pair.shape[0]])
    found = f([1.0])
    np.testing.assert_array_equal(found[0], [1])
    assert found[1] == 2 and not_native.callbacks.total() == 1


def test_operands_are_never_changed(way):
    def overwrite(x):
        x += 1
        return x

    s, constant = lamina.shared(np.zeros(2)), pt.constant(np.zeros(2))
    middle = X * 1
    operands = [X, s, constant, middle, X[::-1], s[:1]]
    for destroys in ((), (0,)):
        outputs = [PythonOp(overwrite, destroys=destroys)(v) for v in operands]
        given = np.zeros(2)
        found = lamina.function([X], [*outputs, middle, constant * 1])(given)
        for y in found[:6]:
            np.testing.assert_array_equal(y, np.ones(len(y)))
        for value in (given, s.get_value(), constant.data, *found[6:]):
            np.testing.assert_array_equal(value, [0, 0])


def test_results_are_copied_from_where_python_left_them(way):
    kept = np.arange(6.0)
    read_only = np.broadcast_to(1.0, 3)
    ways = [
        lambda x: x,
        lambda x: x[::-1],
        lambda x: kept[::2],
        lambda x: read_only,
        lambda x: np.float64(2.0) + np.zeros(3),
    ]
    f = lamina.function([X], [PythonOp(way)(X) for way in ways] + [PythonOp(ways[2])(X) + 1])
    x = np.arange(3.0)
    found = f(x)
    expected = [x, x[::-1], kept[::2], read_only, [2, 2, 2], kept[::2] + 1]
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert ours.flags.carray and ours.flags.owndata
        ours += 1
    np.testing.assert_array_equal(kept, np.arange(6.0))
    np.testing.assert_array_equal(x, np.arange(3.0))


@pytest.mark.parametrize(
    ("compute", "found"),
    [
        (lambda a: a.astype("float32"), r"float32 \(2,\)"),
        (lambda a: a[None], r"float64 \(1, 2\)"),
        (lambda a: 3.0, r"float64 \(\)"),
        (lambda a: list(a), "list"),
        (lambda a: None, "NoneType"),
    ],
)
def test_a_result_of_another_type_than_declared_is_refused(compute, found):
    f = lamina.function([X], 2 * PythonOp(compute)(X))
    with pytest.raises(TypeError, match=f"computed {found} for its output 0.*declared.*Vector"):
        f(np.zeros(2))


def test_a_result_of_another_static_shape_than_declared_is_refused():
    f = lamina.function([X], PythonOp(lambda a: a, lambda: pt.dvector(shape=(2,)))(X))
    np.testing.assert_array_equal(f(np.zeros(2)), [0, 0])
    with pytest.raises(TypeError, match=r"computed float64 \(3,\).*shape=\(2,\)"):
        f(np.zeros(3))


class CustomError(Exception):
    def __init__(self, code, reason):
        super().__init__(code, reason)


def test_an_error_keeps_its_type_and_tells_node_operands_and_line(way):
    width = pt.dvector("width")
    area = PythonOp(raising(ZeroDivisionError("no area")))(width)
    f = lamina.function([width], area.sum())
    with pytest.raises(ZeroDivisionError, match="no area") as caught:
        f(np.zeros(3))
    text = str(caught.value)
    assert "PythonOp" in text and "width: float64 (3,)" in text
    assert "test_callback.py" in text and "`area = PythonOp(" in text
    error = CustomError(3, "why")
    with pytest.raises(CustomError) as caught:
        lamina.function([X], PythonOp(raising(error))(X))(np.zeros(3))
    assert caught.value is error and error.args == (3, "why")
    assert "x: float64 (3,)" in error.__notes__[0]


def test_an_interrupt_ends_the_call(way):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    f = lamina.function([X], PythonOp(lambda x: signal.raise_signal(signal.SIGINT))(X))
    try:
        with pytest.raises(KeyboardInterrupt):
            f(np.zeros(3))
    finally:
        signal.signal(signal.SIGINT, before)


def test_if_python_raises_no_shared_variable_changes(way):
    def compute(x):
        if x[0] < 0:
            raise ValueError("negative")
        return x

    a, b = lamina.shared(np.zeros(2)), lamina.shared(1.0)
    y = PythonOp(compute)(X)
    f = lamina.function([X], y, updates={a: a + 1, b: b + y.sum()})
    with pytest.raises(ValueError, match="negative"):
        f([-1.0])
    assert b.get_value() == 1 and not a.get_value().any()
    f([2.0])
    assert b.get_value() == 3 and a.get_value().all()


def test_of_several_errors_the_first_of_the_program_is_raised():
    y = pt.dvector("y")
    early, late = PythonOp(raising(KeyError("early"))), PythonOp(raising(KeyError("late")))
    total = X + y
    f = lamina.function([X, y], [early(X).sum() + late(y).sum()])
    with pytest.raises(KeyError, match="early"):
        f([1.0], [1.0])
    f = lamina.function([X, y], [early(total)])
    with pytest.raises(ValueError, match="lengths 1 and 2 differ"):
        f([1.0], [1.0, 2.0])
    f = lamina.function([X, y], [early(X), total])
    with pytest.raises(KeyError, match="early"):
        f([1.0], [1.0, 2.0])


def test_python_may_call_the_function_that_calls_it(way):
    """Each call has arrays of its own in the workspace, before and after the inner call."""

    def compute(x):
        return f(x[1:]) + x[0] if len(x) > 1 else x

    before = pt.exp(X)[::-1]
    y = PythonOp(compute)(X)
    after = pt.concatenate([before, y, before])
    f = lamina.function([X], after.sum() * pt.ones_like(after[: y.shape[0]]) + after[: y.shape[0]])

    def expected(x):
        y = expected(x[1:]) + x[0] if len(x) > 1 else x
        e = np.exp(x)[::-1]
        after = np.concatenate([e, y, e])
        return after.sum() + after[: len(y)]

    x = np.linspace(0, 1, 6)
    np.testing.assert_allclose(f(x), expected(x), rtol=1e-13)


def test_python_may_call_other_functions_with_larger_arrays(way):
    big = pt.dmatrix("big")
    inner = lamina.function([big], (pt.exp(big)[::-1] @ pt.exp(big.T)).sum())
    y = PythonOp(lambda x: inner(np.ones((200, len(x)))), pt.dscalar)(X)
    reverse = pt.exp(X)[::-1]
    f = lamina.function([X], pt.concatenate([reverse, reverse * y]))
    x = np.arange(3.0)
    e = np.exp(x)[::-1]
    total = np.e**2 * 3 * 200 * 200
    np.testing.assert_allclose(f(x), np.concatenate([e, e * total]), rtol=1e-12)


def test_threads_lose_no_update():
    count = lamina.shared(0)
    gap = PythonOp(lambda n: (threading.Event().wait(0.001), n + 1)[1], pt.lscalar)
    f = lamina.function([], gap(count), updates={count: gap(count)})
    threads = [threading.Thread(target=lambda: [f() for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count.get_value() == 40


def test_a_function_with_updates_may_be_called_within_itself():
    count = lamina.shared(0)
    op = PythonOp(lambda n: f(n - 1) + 0 if n > 0 else np.array(0), pt.lscalar)
    n = pt.lscalar("n")
    f = lamina.function([n], op(n) + n, updates={count: count + 1})
    assert f(3) == 6
    assert count.get_value() == 1  # each read 0 before it called


def test_the_gradient_goes_through_the_op_and_its_gradient():
    class Cube(PythonOp):
        def __init__(self):
            super().__init__(lambda x: x**3)

        def L_op(self, inputs, outputs, output_grads):
            (x,), (y,), (g,) = inputs, outputs, output_grads
            return [PythonOp(lambda x, y, g: 3 * y / x * g)(x, y, g)]

    y = (Cube()(pt.exp(X)) * X).sum()
    f = lamina.function([X], [y, lamina.grad(y, X)])
    x = np.array([0.5, 1.0, -2.0])
    value, slope = f(x)
    np.testing.assert_allclose(value, (np.exp(3 * x) * x).sum(), rtol=1e-13)
    np.testing.assert_allclose(slope, np.exp(3 * x) * (1 + 3 * x), rtol=1e-13)


def test_thousands_of_calls_hold_on_to_nothing():
    result, scalar = np.ones(2), np.float64(3.0)

    def compute(x):
        if len(x) == 1:
            raise CustomError(1, "one")
        return result, scalar

    s = lamina.shared(np.zeros(2), borrow=True)
    a, b = PythonOp(compute, pt.dvector, pt.dscalar)(X)
    f = lamina.function([X], [a + 1, b], updates={s: a})
    long, short = np.ones(3), np.ones(1)
    held = (long, short, result, scalar, compute, f.maker)
    before = [sys.getrefcount(v) for v in held]
    for _ in range(10_000):
        f(long)
    for _ in range(300):
        with pytest.raises(CustomError):
            f(short)
    gc.collect()
    assert [sys.getrefcount(v) for v in held] == before


def test_texts_of_a_function_with_callbacks_go_on_to_the_same_object():
    y = PythonOp(lambda x: (x, x[0]), pt.dvector, pt.dscalar)(pt.exp(X))
    f = lamina.function([X], [y[0] * y[1]])
    artefact = f._executable.artefact
    assert artefact.callbacks == [1]
    for stage in ("nd", "specialize", "kernels", "buffers", "linalg", "llvm"):
        assert compile_text(stage, f.ir(stage)).object == artefact.object, stage
    assert compile_text("nd", f.ir("nd")).callbacks == [1]


def test_copies_and_pickles_call_python_too():
    f = lamina.function([X], PythonOp(np.negative)(X) * 2)
    for g in (f.copy(), pickle.loads(pickle.dumps(f))):
        np.testing.assert_array_equal(g([1.0]), [-2])
    assert not_native.callbacks.total() == 2


def test_an_op_that_makes_its_own_thunk_runs_it():
    class Doubling(PythonOp):
        def make_py_thunk(self, node, storage_map, compute_map, no_recycling, debug=False):
            (x,), (y,) = node.inputs, node.outputs

            def thunk():
                storage_map[y][0] = 2 * storage_map[x][0]
                compute_map[y][0] = True

            return thunk

    op = Doubling(None)
    f = lamina.function([X], op(op(X)) + 1)
    np.testing.assert_array_equal(f([1, 2]), [5, 9])
    np.testing.assert_array_equal(f([3, 4]), [13, 17])


class BuiltIn(PythonOp):
    """As a built-in op is that runs NumPy."""

    __module__ = "lamina.tensor.made_up"
    __props__ = ("number",)
    callback = True
    number = 3


def test_a_built_in_op_may_ask_for_python_and_is_kept_on_disk():
    def made(op):
        f = lamina.function([X], op(X) + 1)
        return f, fingerprint(f._executable.graph, f._executable.request)

    f, key = made(BuiltIn(np.negative))
    np.testing.assert_array_equal(f([1.0]), [0])
    assert not_native.callbacks.total() == 1
    artefact = f._executable.artefact
    stored = Artefact.from_bytes(artefact.to_bytes())
    assert (stored.callbacks, stored.object) == ([0], artefact.object)
    assert key is not None
    g, same = made(BuiltIn(np.negative))  # from the cache
    np.testing.assert_array_equal(g([1.0]), [0])
    assert same == key and not_native.callbacks.total() == 2
    _, own = made(PythonOp(np.negative))
    assert own is None


def test_elementwise_ops_without_a_scalar_body_are_computed_by_python():
    bodiless = Elemwise(ScalarOp("bodiless", 2, np.hypot, pt.arctan2.scalar_op.types))
    f = lamina.function([X], 2 * bodiless(X, pt.exp(X)))
    x = np.array([3.0, 0.5])
    np.testing.assert_allclose(f(x), 2 * np.hypot(x, np.exp(x)), rtol=1e-15)
    assert not_native.callbacks == {"Bodiless": 1}
    with pytest.raises(ValueError, match="differ"):
        y = pt.dvector("y")
        lamina.function([X, y], bodiless(X, y))(x, np.ones(1))


def test_an_elementwise_op_with_the_name_of_another_is_not_that_one():
    add = Elemwise(replace(pt.add.scalar_op, numpy=np.subtract, scalar="arith.subf"))
    assert lamina.function([X], add(X, 1))([3.0]) == 2
    assert not_native.callbacks == {"Add": 1}


def test_dtypes_for_which_an_op_has_no_scalar_body_go_to_python(monkeypatch):
    body = ScalarOp.body

    def real_body(self, kind):
        if self.name == "mul" and kind == "c":
            raise TypeError("mul has no native body for dtypes of kind c")
        return body(self, kind)

    monkeypatch.setattr(ScalarOp, "body", real_body)
    z = pt.zvector("z")
    f = lamina.function([X, z], [X * X, (z * z).real])
    found = f([3.0], [2j])
    assert found[0] == 9 and found[1] == -4
    assert not_native.callbacks == {"Mul": 1}


def test_an_op_of_what_is_no_array_leaves_the_graph_to_the_interpreter():
    def typed(kind):
        return PythonOp(lambda x: (x, slice(0, 1)), pt.dvector, kind)

    for used in (0, 1):
        results = typed(slicetype)(X)
        y = results[0] if used == 0 else PythonOp(lambda x, s: x[s])(X, results[1])
        f = lamina.function([X], y + 1)
        assert f([1.0])[0] == 2 and f.maker.fgraph is f.maker._graph
        assert not_native.interpreted.total() == 1 and not not_native.callbacks
        not_native.interpreted.clear()


def test_the_documented_ops_are_those_that_ask_for_python():
    for room in ("tensor.random", "tensor.minimization", "tensor.root_finding", "tensor.fourier"):
        importlib.import_module(f"lamina.{room}")

    def below(kind):
        return {kind}.union(*map(below, kind.__subclasses__()))

    kinds = [kind for kind in below(Op) if is_built_in(kind) and not inspect.isabstract(kind)]
    asking = {kind.__name__ for kind in kinds if kind.callback is True}
    text = (Path(__file__).parents[3] / "docs" / "architecture.md").read_text("utf-8")
    table = text.partition("`callback = True`:\n\n")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines()[2:]]
    assert asking <= {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert len(rows) <= 15


def is_built_in(kind):
    return kind.__module__.startswith("lamina.") and kind is not BuiltIn


def test_an_op_with_an_operation_may_ask_for_python():
    class Reversed(type(pt.sum(X).owner.op)):
        callback = True

    f = lamina.function([X], Reversed()(X) + 1)
    assert f([1.0, 2.0]) == 4
    assert not_native.callbacks.total() == 1
