import io
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.measurement import Measurement
from lamina.compile.ops import as_op
from lamina.compile.profiling import ProfileStats
from lamina.runtime.descriptor import Piece
from lamina.runtime.disk_cache import open_cache
from lamina.runtime.profile import clock_cost, library

ROWS, WIDTH = 30, 4


@as_op(itypes=[pt.dvector], otypes=[pt.dvector])
def doubled(v):
    return 2 * v


@pytest.fixture(scope="module")
def profiled():
    """A function with a product, a fused kernel, a loop, a branch and an op of Python's."""
    x, w, side = pt.dmatrix("x"), pt.dvector("w"), pt.bscalar("side")
    y = pt.tanh(x @ w) + 1
    states, _ = lamina.scan(
        lambda row, state: pt.exp(-row) * state, x, outputs_info=w, name="decay"
    )
    chosen = lamina.ifelse(side, pt.sort(y), y[::-1])
    with lamina.config.change_flags(profile_optimizer=True):
        f = lamina.function(
            [x, w, side],
            [states[-1], chosen, doubled(y)],
            name="model",
            profile=ProfileStats(atexit_print=False),
        )
    for _ in range(3):
        f(np.ones((ROWS, WIDTH)), np.ones(WIDTH), 1)
    return f


def by_kind(stats):
    return {t.piece.kind: t for t in stats.pieces}


def test_what_a_profiled_function_computes_is_the_same(profiled):
    x, w = np.full((ROWS, WIDTH), 0.5), np.arange(1.0, 1 + WIDTH)
    last, chosen, twice = profiled(x, w, 0)
    y = np.tanh(x @ w) + 1
    np.testing.assert_allclose(last, w * np.exp(-0.5 * ROWS))
    np.testing.assert_allclose(chosen, y[::-1])
    np.testing.assert_allclose(twice, 2 * y)
    profiled.profile.reset()
    for _ in range(3):
        profiled(np.ones((ROWS, WIDTH)), np.ones(WIDTH), 1)


def test_every_piece_is_counted(profiled):
    stats = profiled.profile
    pieces = by_kind(stats)
    assert stats.fct_callcount == 3
    assert pieces["Gemv"].calls == pieces["Scan"].calls == pieces["FromFunctionOp"].calls == 3
    assert pieces["IfElse"].calls == pieces["Sort"].calls == 3
    inner = [t for t in stats.pieces if t.piece.parent == pieces["Scan"].number]
    assert sum(t.calls for t in inner) == 3 * ROWS
    assert stats.class_callcount()["Scan"] == stats.op_callcount()["decay"] == 3


def test_times_of_parts_are_within_that_of_the_whole(profiled):
    stats = profiled.profile
    own = sum(t.own_seconds for t in stats.pieces)
    top = sum(t.seconds for t in stats.pieces if t.piece.parent == 0)
    assert all(t.own_seconds >= 0 for t in stats.pieces)
    assert by_kind(stats)["FromFunctionOp"].own_seconds > 0
    np.testing.assert_allclose(own, top, rtol=0.5)  # less what is below the clock's cost
    assert 0 < top <= stats.vm_call_time <= stats.fct_call_time
    np.testing.assert_allclose(sum(stats.class_time().values()), own)
    np.testing.assert_allclose(sum(stats.op_time().values()), own)


def test_the_time_to_take_times_is_left_out():
    m = Measurement("f", "FAST_RUN", 0.0)
    loop, inner, other = (Piece(kind, kind, (), at) for kind, at in (("a", 0), ("b", 1), ("c", 0)))
    records = m.take([Piece("function", "", (), -1), loop, inner, other])
    records[:, :2] = [[1, 10_000], [2, 6_000], [50, 4_000], [1, 30]]
    m.correct(inside=40, around=60)
    f, a, b, c = m.times()
    assert b.seconds == pytest.approx(1e-9 * (4_000 - 50 * 40))
    assert a.seconds == pytest.approx(1e-9 * (6_000 - 2 * 40 - 50 * 60))
    assert a.own_seconds == pytest.approx(a.seconds - b.seconds)
    assert f.seconds == pytest.approx(1e-9 * (10_000 - 40 - 53 * 60))
    assert c.seconds == 0  # less than the clock takes
    assert m.clock_seconds == pytest.approx(1e-9 * 54 * 60)


def test_the_cost_of_the_clock_is_measured(profiled):
    inside, around = clock_cost(library(open_cache()))
    assert 0 < inside < around < 1e5  # nanoseconds
    assert profiled.profile.functions[0].clock_seconds > 0


def test_the_stages_of_the_compiler_are_timed(profiled):
    stats = profiled.profile
    stages = stats.compile_stages
    assert {"graph", "nd", "canonicalize", "buffers", "linalg", "llvm", "link"} <= set(stages)
    assert 0 < stats.rewriter_time < stats.compile_time
    np.testing.assert_allclose(stats.rewriter_time + stats.linker_time, sum(stages.values()))
    assert sum(stages.values()) <= stats.compile_time
    profiled.ir("linalg")  # made once more, which is no part of it
    assert stats.compile_stages == stages


def test_memory_is_that_of_arguments_results_and_scratch(profiled):
    (function,) = profiled.profile.functions
    assert function.bytes_in == 8 * (ROWS * WIDTH + WIDTH)
    assert function.bytes_out == 8 * (WIDTH + ROWS + ROWS)
    assert function.times()[0].workspace >= 8 * ROWS  # of what is sorted or given to Python
    callback = by_kind(profiled.profile)["FromFunctionOp"]
    assert callback.allocated == 3 * 8 * ROWS


def test_scratch_of_steps_counts_once():
    x = pt.dmatrix("x")
    y, _ = lamina.scan(lambda row: pt.sort(doubled(row)).sum(), x)
    f = lamina.function([x], y, profile=ProfileStats(atexit_print=False))
    sizes = []
    for rows in (2, 50):
        f(np.ones((rows, 10)))
        sizes.append(f.profile.functions[0].times()[0].workspace)
    assert sizes[1] - sizes[0] < 8 * 10 * 48


def test_the_summary_goes_down_from_lines_to_what_a_loop_does(profiled):
    text = str(profiled.profile)
    for title in (
        "Class\n-----",
        "Ops\n---",
        "Apply\n-----",
        "Computed by Python",
        "Lines of model",
    ):
        assert title in text
    lines = text.partition("Lines of model")[2].splitlines()
    loop = next(i for i, line in enumerate(lines) if "Scan: decay" in line)
    inside = next(line for line in lines[loop:] if "Composite: " in line)
    assert inside.index("Composite") > lines[loop].index("Scan")
    assert any("test_profile.py" in line and "pt.tanh(x @ w)" in line for line in lines)
    assert "doubled" in text.partition("Computed by Python")[2].partition("Lines of")[0]


def test_tables_are_as_long_as_asked_for(profiled):
    out = io.StringIO()
    profiled.profile.summary(out, n_ops_to_print=1, n_apply_to_print=2)
    classes = out.getvalue().partition("Class\n")[2].partition("\nOps\n")[0]
    assert len(classes.strip().splitlines()) == 4  # rule, columns, one class, the rest
    assert "(remaining" in classes
    with lamina.config.change_flags(profiling__n_ops=1, profiling__n_apply=2):
        profiled.profile.summary(again := io.StringIO())
    assert again.getvalue() == out.getvalue()


def test_flags_add_memory_rewrites_and_the_graph(profiled):
    short = str(profiled.profile)
    flags = {"profile_memory": True, "profile_optimizer": True, "profiling__debugprint": True}
    with lamina.config.change_flags(**flags, profiling__min_memory_size=8 * ROWS):
        text = str(profiled.profile)
    memory = text.partition("Memory of model")[2].partition("Rewrites of model")[0]
    assert "FromFunctionOp" in memory and "Composite: neg, exp, mul" not in memory
    assert "canonicalize:" in text.partition("Rewrites of model")[2]
    assert "Gemv [id" in text.partition("Compiled graph")[2]
    assert not any(word in short for word in ("Memory of model", "Rewrites of", "Compiled graph"))
    with lamina.config.change_flags(profiling__output_line_width=20):
        assert max(map(len, str(profiled.profile).splitlines())) == 20


def test_rewrites_are_timed_whether_they_fire_or_not(profiled):
    (m,) = profiled.profile.functions
    fired, timed = set(m.rewrites), set(m.rewrite_seconds)
    assert fired and fired < timed
    assert all(seconds > 0 for seconds in m.rewrite_seconds.values())
    assert sum(m.rewrite_seconds.values()) < profiled.profile.rewriter_time
    before = dict(m.rewrite_seconds)
    with lamina.config.change_flags(profile_optimizer=True):
        profiled.ir("affine")
        text = str(profiled.profile).partition("Rewrites of model")[2]
    assert m.rewrite_seconds == before, "a text that is made again is not the function"
    assert "those that did not fire" in text
    key, seconds = max(((k, before[k]) for k in fired), key=lambda item: item[1])
    first = next(line for line in text.splitlines() if ": " in line)
    assert first.split() == [str(m.rewrites[key]), f"{seconds:.2e}s", *": ".join(key).split()]


def test_without_the_flag_rewrites_are_counted_alone():
    x = pt.dvector("x")
    f = lamina.function([x], pt.log(1 + pt.exp(x)), profile=ProfileStats(atexit_print=False))
    (m,) = f.profile.functions
    assert m.rewrites and not m.rewrite_seconds
    with lamina.config.change_flags(profile_optimizer=True):
        text = str(f.profile)
    assert re.search(r"1 not taken +stabilize: log-of-one-plus\n", text)


def test_a_function_without_a_profile_has_nothing_of_it(profiled):
    x = pt.dvector("x")
    f = lamina.function([x], pt.exp(x))
    assert f.profile is None
    assert "lamina_profile" not in f.ir("linalg")
    assert f.func is f._executable.call
    assert "lamina_profile_end" in profiled.ir("linalg")


def test_times_of_calls_alone():
    x = pt.dvector("x")
    with lamina.config.change_flags(profiling__time_thunks=False):
        f = lamina.function([x], pt.exp(x), profile=ProfileStats(atexit_print=False))
    f([1.0])
    assert "lamina_profile" not in f.ir("linalg")
    assert f.profile.fct_callcount == 1 and f.profile.pieces == []
    assert "Time in 1 calls" in str(f.profile)


def test_the_first_call_is_left_out_on_request():
    x = pt.dvector("x")
    with lamina.config.change_flags(profiling__ignore_first_call=True):
        f = lamina.function([x], pt.exp(x), profile=ProfileStats(atexit_print=False))
    for _ in range(3):
        f([1.0])
    assert f.profile.fct_callcount == 2
    assert [t.calls for t in f.profile.pieces] == [2]


def test_functions_share_a_profile_and_a_copy_has_its_own():
    x = pt.dvector("x")
    stats = ProfileStats(atexit_print=False, message="both")
    f = lamina.function([x], pt.exp(x), profile=stats, name="first")
    g = lamina.function([x], [pt.log(x)], profile=stats, name="second", mode="NUMPY")
    f([1.0]), g([1.0]), g([1.0])
    assert f.profile is g.profile is stats
    assert stats.op_callcount() == {"exp": 1, "Log": 2}
    assert "Message: both" in str(stats) and "second, mode NUMPY" in str(stats)
    assert f.copy().profile is None
    restored = pickle.loads(pickle.dumps(f))
    restored([1.0])
    assert (restored.profile.fct_callcount, restored.profile.message) == (1, "both")
    assert stats.fct_callcount == 3


def test_a_call_that_raises_is_counted():
    x = pt.dvector("x")
    f = lamina.function([x], x[3], profile=ProfileStats(atexit_print=False))
    with pytest.raises(IndexError):
        f([1.0])
    assert f.profile.fct_callcount == 1 and f.profile.vm_call_time == 0


def test_a_loop_takes_its_name_from_its_profile():
    x = pt.dvector("x")
    y, _ = lamina.scan(lambda v: pt.exp(v).sum(), pt.outer(x, x), profile="rows")
    f = lamina.function([x], y, profile=ProfileStats(atexit_print=False))
    f([1.0])
    assert "rows" in f.profile.op_time()


def test_what_is_no_profile_is_refused():
    with pytest.raises(TypeError, match="ProfileStats"):
        lamina.function([], pt.constant(1.0), profile=3)
    with pytest.raises(TypeError, match="atexit"):
        ProfileStats(atexit=True)


PROGRAM = """
import lamina, lamina.tensor as pt
x = pt.dvector("x")
f = lamina.function([x], pt.exp(x), name="one")
g = lamina.function([x], pt.log(x), name="two", profile="titled")
h = lamina.function([x], pt.sin(x), name="three", profile=False)
unused = lamina.function([x], pt.cos(x), name="four")
f([1.0]), g([1.0]), h([1.0])
"""


def test_profiles_are_printed_when_the_process_ends(tmp_path):
    out = tmp_path / "profile.txt"
    flags = f"profile=True,profiling.destination={out},cache_dir={tmp_path}"
    subprocess.run(
        [sys.executable, "-c", PROGRAM], env={"LAMINA_FLAGS": flags}, check=True, timeout=60
    )
    text = out.read_text()
    assert "one, mode" in text and "Message: titled" in text and "two, mode" in text
    assert "three" not in text and "four" not in text
    assert "All 2 profiles: 2 calls" in text
