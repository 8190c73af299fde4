"""The stages of a compilation as texts, and what they tell."""

import os
import sys

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.from_text import compile_text
from lamina.compile.pipeline import STAGES, stages_of

HERE = os.path.basename(__file__)


def line():
    """The line that calls this."""
    return sys._getframe(1).f_lineno


def test_a_function_tells_every_stage():
    x = pt.dvector("x")
    f = lamina.function([x], pt.exp(x))
    texts = [f.ir(stage) for stage in STAGES]
    assert all(texts)
    assert len(set(texts[4:])) == len(texts[4:])  # the rewrites have nothing to do here


def test_each_stage_speaks_its_language():
    x = pt.dvector("x")
    f = lamina.function([x], pt.exp(x).sum())
    assert "Exp [id B]" in f.ir("graph")
    assert "nd.sum" in f.ir("nd")
    assert "nd.kernel" in f.ir("kernels")
    assert "buffers =" in f.ir("buffers")
    assert "math.exp" in f.ir("linalg")
    assert "llvm.func @lamina_main" in f.ir("llvm-dialect")
    assert "define i64 @lamina_main" in f.ir("llvm")
    assert "lamina_main:" in f.ir("assembly")


def test_a_stage_that_the_mode_does_not_have_is_refused():
    x = pt.dvector("x")
    f = lamina.function([x], 2 * x, mode="FAST_COMPILE")
    assert f.ir("canonicalize")
    with pytest.raises(ValueError, match="mode FAST_COMPILE has no stage 'stabilize'; its stages"):
        f.ir("stabilize")
    with pytest.raises(ValueError, match="has no stage 'nothing'"):
        f.ir("nothing")


def test_texts_are_those_of_the_flags_at_compilation():
    x = pt.dvector("x")
    with lamina.config.change_flags(strict_ieee=True):
        f = lamina.function([x], x - x)
    g = lamina.function([x], x - x)
    assert "nd.sub" in f.ir("kernels")
    assert "nd.sub" not in g.ir("kernels")
    assert "Sub" in f.dprint(file="str")


@pytest.mark.parametrize(
    "stage",
    ["nd", "specialize", "buffers", "linalg", "affine", "llvm-dialect", "llvm", "optimized"],
)
def test_the_users_lines_reach_the_last_text_of_llvm(stage):
    x = pt.dvector("x")
    y, first = pt.exp(x), line()
    z, second = y.sum(), line()
    text = lamina.function([x], z).ir(stage)
    assert f"{HERE}:{first}" in text
    assert f"{HERE}:{second}" in text


def test_the_linalg_text_tells_what_each_status_means():
    x, y = pt.dvector("x"), pt.dvector("y")
    z, where = x + y, line()
    text = lamina.function([x, y], z).ir("linalg")
    assert "// status 1: kind equal, axis 0, what nd.add" in text
    assert f"line {HERE}:{where}" in text


def test_names_are_hints_in_the_text_and_kept_in_the_compiled_graph():
    names = ["p_class_0", "p_class_1", "a.b", "a_b", "0th", "β", "x y", "_"]
    inputs = [pt.dvector(name) for name in names]
    outputs = [pt.exp(v) + 1 for v in inputs]
    for v, name in zip(outputs, names, strict=True):
        v.name = f"out {name}"
    f = lamina.function(inputs, outputs)
    graph = f.maker.fgraph
    assert [v.name for v in graph.inputs] == names
    assert [v.name for v in graph.outputs] == [f"out {name}" for name in names]
    assert compile_text("nd", f.ir("nd")).object == f._executable.artefact.object


def test_names_do_not_change_the_object():
    def compiled(name):
        x = pt.dvector(name)
        y = pt.exp(x).sum()
        y.name = name
        return lamina.function([x], y)._executable.artefact.object

    assert compiled("a") == compiled("result_7")


def test_a_file_name_with_quotes_and_backslashes_is_carried():
    code = compile(
        "import lamina.tensor as pt\nx = pt.dvector('x')\ny = pt.exp(x)", 'a"\\b.py', "exec"
    )
    names = {"__name__": "user"}
    exec(code, names)
    f = lamina.function([names["x"]], names["y"])
    np.testing.assert_allclose(f([0.0]), [1.0])
    assert "b.py:3" in f.ir("optimized")


def test_texts_can_be_asked_for_by_several_threads():
    import threading

    x = pt.dvector("x")
    functions = [lamina.function([x], pt.exp(x) * n) for n in range(4)]
    texts = {}
    threads = [
        threading.Thread(target=lambda n=n: texts.update({n: functions[n].ir("optimized")}))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 4


def test_a_rewritten_text_begins_with_the_rewrites_that_made_it():
    x = pt.dvector("x")
    y, where = pt.log(1 + pt.exp(x)), line()
    text = lamina.function([x], y).ir("stabilize")
    assert text.startswith(f"// stabilize: log-of-one-plus on nd.log ({HERE}:{where})\n")


@pytest.mark.parametrize(
    ("mode", "stages"),
    [
        (lamina.Mode(), ["canonicalize", "stabilize", "specialize"]),
        (lamina.Mode(optimizer="fast_compile"), ["canonicalize"]),
        (
            lamina.Mode(optimizer="fast_compile").including("stabilize"),
            ["canonicalize", "stabilize"],
        ),
        (lamina.Mode().excluding("stabilize"), ["canonicalize", "specialize"]),
        (lamina.Mode().requiring("specialize"), ["specialize"]),
        (lamina.Mode(optimizer=None), []),
    ],
)
def test_a_mode_says_which_rewrites_run(mode, stages):
    assert [s for s in stages_of(mode) if s in STAGES[2:5]] == stages


def test_a_rewrite_can_be_excluded_by_name():
    x = pt.dvector("x")
    y = pt.log(1 + pt.exp(x))
    mode = lamina.Mode().excluding("log-of-one-plus-exp")
    np.testing.assert_array_equal(lamina.function([x], y)([1000.0]), [1000.0])
    np.testing.assert_array_equal(lamina.function([x], y, mode=mode)([1000.0]), [np.inf])


def test_the_limit_of_rewrites_is_one_for_all_stages():
    x = pt.dvector("x")
    y = [pt.neg(pt.neg(x)) + 1, pt.log(1 + pt.exp(x))]
    total = sum(lamina.function([x], y).ir(s).count("// ") for s in STAGES[2:5])
    assert total > 2
    for limit in range(total + 1):
        with lamina.config.change_flags(rewrite_limit=limit):
            f = lamina.function([x], y)
        assert sum(f.ir(s).count("// ") for s in STAGES[2:5]) == limit


def test_an_error_of_a_function_from_the_cache_tells_its_own_names_and_lines():
    x, i = pt.dvector("first"), pt.lscalar("i")
    first = lamina.function([x, i], x[i] * 3)
    x, i = pt.dvector("second"), pt.lscalar("i")
    second, where = lamina.function([x, i], x[i] * 3), line()
    assert second._executable.artefact.object == first._executable.artefact.object
    with pytest.raises(
        IndexError, match="index 7 is out of bounds for axis 0 with size 2 of first"
    ):
        first([1.0, 2.0], 7)
    with pytest.raises(IndexError, match=f"of second .*{HERE}:{where}"):
        second([1.0, 2.0], 7)
