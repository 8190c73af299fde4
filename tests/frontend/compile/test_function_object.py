import copy
import gc
import pickle
import subprocess
import sys
import threading
import weakref

import cloudpickle
import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina import In, Out, function, shared
from lamina.compile import Function

COPIES = [
    copy.copy,
    copy.deepcopy,
    lambda f: pickle.loads(pickle.dumps(f)),
    lambda f: cloudpickle.loads(cloudpickle.dumps(f)),
]


def test_a_function_is_of_the_type_that_the_reference_prints(mode):
    f = function([], [], mode=mode)
    assert type(f) is Function
    assert f"{Function.__module__}.{Function.__name__}" == "lamina.compile.function.types.Function"
    import lamina.compile.executor
    import lamina.compile.function.types

    assert lamina.compile.function.types.Function is lamina.compile.executor.Function is Function
    x = pt.dscalar("x")
    assert lamina.compile.function([x], x + 1, mode=mode)(1) == 2


def test_a_function_tells_what_it_is_made_of(mode):
    x, s = pt.dscalar("x"), shared(1.0, "s")
    f = function([x], [x + s], updates={s: s + 1}, mode=mode, name="f", profile=None)
    maker = f.maker
    assert [i.variable.name for i in maker.inputs] == ["x", "s"]
    assert [i.implicit for i in maker.inputs] == [False, True]
    assert len(maker.outputs) == 1 and not maker.outputs[0].borrow
    assert str(maker.mode) == mode
    assert [v.name for v in maker.fgraph.inputs][0] == "x"
    assert (f.name, f.profile, f.trust_input) == ("f", None, False)
    assert f.get_shared() == [s]
    f.trust_input = True
    f.free()
    assert f(2)[0] == 3
    assert repr(f) == f"<Function f(x), mode {mode}>"


def test_containers_hold_the_values_between_calls(mode):
    x, y, s = pt.dscalar("x"), pt.dscalar("y"), shared(np.ones(2), "s")
    f = function([x, In(y, value=2.0)], (x + y + s).sum(), mode=mode)
    names = [c.name for c in f.input_storage]
    assert names == ["x", "y", "s"]
    assert [c.value is None for c in f.input_storage] == [True, False, False]
    f.input_storage[2].value = [3, 4]
    np.testing.assert_array_equal(s.get_value(), [3, 4])
    assert f["s"] is f[s] is s.get_value(borrow=True)
    f.input_storage[0].value = 1
    assert f() == 1 + 2 + 3 + 1 + 2 + 4
    assert dict(f.value).keys() == {"x", "y", "s", s}


def test_the_graph_of_a_function_prints(mode, capsys):
    x = pt.dvector("x")
    f = function([x], pt.exp(x), mode=mode)
    f.dprint()
    assert "x [id" in capsys.readouterr().out
    assert "Exp [id A]" in f.ir("graph")
    with pytest.raises(ValueError, match="'nonsense'"):
        f.ir("nonsense")


# --- copy


def test_a_copy_shares_the_shared_variables_and_takes_the_defaults(mode):
    x, s = pt.dscalar("x"), shared(0.0, "s")
    f = function([In(x, value=1.0)], s, updates={s: s + x}, mode=mode, name="f")
    g = f.copy(share_memory=True)
    assert (f(), g(), s.get_value()) == (0, 1, 2)
    g["x"] = 10
    assert (g(), f(), g.name) == (2, 12, "f_copy")
    assert f.copy(name="h").name == "h"


def test_a_copy_may_use_other_shared_variables(mode):
    s, other = shared(0.0, "s"), shared(100.0, "other")
    f = function([], s, updates={s: s + 1}, mode=mode)
    g = f.copy(swap={s: other})
    assert (g(), g(), f()) == (100, 101, 0)
    assert (s.get_value(), other.get_value()) == (1, 102)
    assert g.get_shared() == [other]


def test_a_copy_may_leave_the_updates_out(mode):
    s, total, x = shared(0.0, "s"), pt.dscalar("total"), pt.dscalar("x")
    f = function(
        [x, In(total, value=1.0, update=total + x)], s + total, updates={s: s + x}, mode=mode
    )
    g = f.copy(delete_updates=True)
    assert (g(5), g(5)) == (1, 1)
    assert (f(5), f(5)) == (1, 11)
    assert g(0) == 11


def test_a_wrong_swap_is_refused():
    s, used_by_none = shared(0.0, "s"), shared(0.0, "t")
    f = function([], s, mode="NUMPY", name="f")
    with pytest.raises(ValueError, match="f does not use the shared variable t"):
        f.copy(swap={used_by_none: s})
    for new in (shared(np.zeros(2), "v"), pt.dscalar("v"), 3):
        with pytest.raises(TypeError, match="cannot replace s"):
            f.copy(swap={s: new})


# --- pickle, copy, deepcopy


@pytest.mark.parametrize("copied", COPIES)
def test_a_function_survives_copying(mode, copied):
    x, y, s = pt.dvector("x"), pt.dscalar("y"), shared(np.zeros(2), "s")
    f = function([x, In(y, value=3)], {"a": x + y, "s": s}, updates={s: s + x}, mode=mode, name="f")
    f([1, 2])
    g = copied(f)
    assert type(g) is Function and (g.name, str(g.maker.mode)) == ("f", mode)
    results = g([1, 1], y=1)
    assert list(results) == ["a", "s"]
    np.testing.assert_array_equal(results["a"], [2, 2])
    np.testing.assert_array_equal(results["s"], [1, 2])
    np.testing.assert_array_equal(g[g.get_shared()[0]], [2, 3])
    assert g["y"] == 3
    with pytest.raises(TypeError, match="f misses argument 'x'"):
        g()


def test_a_shallow_copy_shares_its_state_and_a_deep_one_has_its_own(mode):
    s = shared(0.0, "s")
    f = function([], s, updates={s: s + 1}, mode=mode)
    shallow, deep = copy.copy(f), copy.deepcopy(f)
    assert (f(), shallow(), deep(), deep(), s.get_value()) == (0, 1, 0, 1, 2)


def test_a_copied_state_with_an_update_is_updated(mode):
    total, x = pt.dscalars("total", "x")
    f = function([x, In(total, value=0.0, update=total + x)], total, mode=mode)
    f(1)
    g = pickle.loads(pickle.dumps(f))
    assert (g(1), g(1), f["total"]) == (1, 2, 1)


def test_a_function_of_a_deep_graph_pickles():
    x = pt.dscalar("x")
    y = x
    for _ in range(5_000):
        y = y + 1
    f = function([x], y, mode="NUMPY")
    assert pickle.loads(pickle.dumps(f))(0) == 5_000
    assert copy.deepcopy(f)(0) == 5_000


def test_a_pickled_function_runs_in_another_process(mode):
    x, s = pt.dvector("x"), shared(2.0, "s")
    f = function([x], pt.exp(x) * s, mode=mode)
    program = "import sys, pickle; print(pickle.load(sys.stdin.buffer)([0, 0]).tolist())"
    done = subprocess.run(
        [sys.executable, "-c", program], input=pickle.dumps(f), capture_output=True, check=True
    )
    assert done.stdout == b"[2.0, 2.0]\n"


def test_unpickling_can_leave_functions_out():
    x = pt.dscalar("x")
    pickled = pickle.dumps({"f": lamina.function([x], x + 1, mode="NUMPY"), "x": 1})
    with lamina.config.change_flags(unpickle_function=False):
        assert pickle.loads(pickled) == {"f": None, "x": 1}
    assert pickle.loads(pickled)["f"](1) == 2


def test_a_pickle_does_not_follow_the_users_graph_when_it_changes():
    x = pt.dscalar("x")
    y = x + 1
    f = function([x], y, mode="NUMPY")
    y.owner.inputs[0] = pt.constant(100.0)
    assert pickle.loads(pickle.dumps(f))(1) == 2


# --- threads and memory


def test_no_update_is_lost_between_threads(mode):
    s = shared(0, "s")
    f = function([], updates={s: s + 1}, mode=mode)
    threads = [threading.Thread(target=lambda: [f() for _ in range(500)]) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert s.get_value() == 2000


def test_threads_do_not_mix_their_values(mode):
    x = pt.dvector("x")
    f = function([x], [pt.exp(x).sum(), x * 2], mode=mode)
    wrong = []

    def work(n):
        given = np.full(10 + n, float(n))
        for _ in range(200):
            total, doubled = f(given)
            if not np.isclose(total, (10 + n) * np.exp(n)) or (doubled != 2 * n).any():
                wrong.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_a_function_and_its_graph_are_freed(mode):
    x = pt.dvector("x")
    f = function([x], pt.exp(x), mode=mode)
    f([1.0])
    held = [weakref.ref(f), weakref.ref(f.maker)]
    del f
    gc.collect()
    assert [r() for r in held] == [None, None]


def test_a_function_may_call_itself_in_an_op():
    class Callback(lamina.graph.op.Op):
        itypes = otypes = [pt.dscalar]

        def perform(self, node, inputs, output_storage):
            depth = float(inputs[0])
            output_storage[0][0] = np.asarray(f(depth - 1) + 1 if depth > 0 else 0.0)

    x, s = pt.dscalar("x"), shared(0.0, "s")
    f = function([x], Out(Callback()(x)), updates={s: s + 1}, mode="NUMPY")
    assert f(3) == 3
