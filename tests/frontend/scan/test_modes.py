"""Modes of loops: a mode given to scan rules how its steps are rewritten."""

from __future__ import annotations

import pickle
import re
from typing import Any

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina import Mode
from lamina.compile.debug.monitormode import MonitorMode
from lamina.compile.debug.nanguardmode import NanGuardMode
from lamina.compile.fingerprint import fingerprint
from lamina.compile.from_text import compile_text
from lamina.compile.request import Request
from lamina.graph import FunctionGraph, vectorize_graph
from lamina.graph.rewriting import Rule, Var
from lamina.graph.rewriting.basic import PatternNodeRewriter, WalkingGraphRewriter
from lamina.graph.traversal import apply_ancestors
from lamina.scan.op import Scan

X = np.array([0.5, -1.0, 2.0])
x, s = pt.dvector("x"), pt.dscalar("s")


def softplus(v: Any, carried: Any) -> Any:
    return carried + pt.log(1 + pt.exp(v * carried))


def loop(step: Any = softplus, **options: Any) -> Any:
    return lamina.scan(step, x, s, return_updates=False, **options)


def expected(step: Any = lambda v, c: c + np.log1p(np.exp(v * c))) -> np.ndarray:
    values = [1.0]
    for v in X:
        values.append(step(v, values[-1]))
    return np.array(values[1:])


def steps(text: str) -> dict[str, set[str]]:
    """By the name of a loop, the operations of its steps and of loops in them."""
    found, open_ = {}, []
    for line in text.splitlines():
        if "= nd.scan" in line:
            open_.append(re.search(r'name = "(\w+)"', line).group(1))  # type: ignore[union-attr]
            found[open_[-1]] = set()
        elif line.strip().startswith("}") and open_:
            open_.pop()
        elif open_ and (op := re.search(r"= nd\.(\w+)", line)):
            for name in open_:
                found[name].add(op.group(1))
    return found


def test_steps_are_rewritten_as_the_mode_of_their_loop_says():
    asked = {
        "as_the_function": None,
        "canonicalized": "FAST_COMPILE",
        "nothing": Mode(optimizer=None),
        "without": Mode().excluding("stabilize"),
        "without_one": Mode().excluding("log-of-one-plus-exp", "log-of-one-plus"),
        "only_this": Mode().requiring("stabilize"),
        "one_more": Mode(optimizer="fast_compile").including("stabilize"),
    }
    loops = [loop(mode=mode, name=name) for name, mode in asked.items()]
    fast = lamina.function([x, s], [*loops, pt.log(1 + pt.exp(x))])
    stable = {name: "log" not in ops for name, ops in steps(fast.ir("specialize")).items()}
    assert stable == {
        "as_the_function": True, "canonicalized": False, "nothing": False, "without": False,
        "without_one": False, "only_this": True, "one_more": True,
    }  # fmt: skip
    *found, outside = fast(X, 1.0)
    for y in found:
        np.testing.assert_allclose(y, expected(), rtol=1e-14)
    np.testing.assert_allclose(outside, np.log1p(np.exp(X)), rtol=1e-15)
    assert compile_text("nd", fast.ir("nd")).object == fast._executable.artefact.object
    assert compile_text("stabilize", fast.ir("stabilize")).object == (
        fast._executable.artefact.object
    )


def test_a_loop_may_be_rewritten_more_than_its_function():
    def step(v: Any, c: Any) -> Any:
        return lamina.scan(softplus, x, c, name="inner", return_updates=False)[-1] * v

    y = loop(step, mode="FAST_RUN", name="outer")
    f = lamina.function([x, s], [y, pt.log(1 + pt.exp(x))], mode="FAST_COMPILE")
    text = f.ir("stabilize")
    assert text.count("= nd.log ") == 1, "that of the function"
    assert {name: "log" in ops for name, ops in steps(text).items()} == {
        "outer": False, "inner": False,
    }  # fmt: skip
    values = lamina.function([x, s], y, mode="NUMPY")(X, 1.0)
    np.testing.assert_allclose(f(X, 1.0)[0], values, rtol=1e-13)
    plain = lamina.function([x, s], loop(), mode="FAST_COMPILE")
    with pytest.raises(ValueError, match="no stage 'stabilize'"):
        plain.ir("stabilize")


def test_gradients_and_batches_of_a_loop_have_its_mode():
    y = loop(mode="FAST_COMPILE", name="forth")
    gradient = lamina.grad(y.sum(), x)
    modes = [op.mode for op in loops_of(gradient)]
    assert len(modes) == 2
    assert all(mode is lamina.get_mode("FAST_COMPILE") for mode in modes)
    batched = vectorize_graph(y, {x: pt.dmatrix("xs")})
    assert [op.mode for op in loops_of(batched)] == modes[:1]


def loops_of(y: Any) -> list[Scan]:
    nodes = apply_ancestors([y])
    return [node.op for node in nodes if isinstance(node.op, Scan)]


def test_loops_are_equal_if_their_modes_are_and_so_are_keys_of_the_cache():
    request = Request("", lamina.get_mode("FAST_RUN"), (), (), (), False, (), lambda a, k: [])

    def key_of(mode: Any) -> str | None:
        return fingerprint(FunctionGraph([x, s], [loop(mode=mode)]), request)

    modes = [None, "FAST_RUN", "FAST_COMPILE", Mode().excluding("a"), Mode().including("a")]
    assert len({key_of(mode) for mode in modes}) == len(modes)
    assert key_of("FAST_COMPILE") == key_of(Mode("native", "fast_compile"))
    one, same, other = (loop(mode=m).owner.op for m in (Mode(), Mode(), "FAST_COMPILE"))
    assert one == same
    assert one != other


def test_rules_and_rewriters_of_a_mode_reach_its_steps_alone():
    v = Var("v")
    rule = Rule("sin-to-cos", pt.sin(v), pt.cos(v))
    rewriter = WalkingGraphRewriter(PatternNodeRewriter((pt.tan, "a"), (pt.exp, "a")))
    step = lambda v, c: c * pt.sin(v) + pt.tan(c)  # noqa: E731
    ruled = loop(step, mode=Mode(rules=[rule]), name="ruled")
    swapped = loop(step, mode=Mode().register((rewriter, 0.5)), name="swapped")
    f = lamina.function([x, s], [ruled, swapped, loop(step), pt.sin(x)])
    found = f(X, 1.0)
    np.testing.assert_allclose(found[0], expected(lambda v, c: c * np.cos(v) + np.tan(c)))
    np.testing.assert_allclose(found[1], expected(lambda v, c: c * np.sin(v) + np.exp(c)))
    np.testing.assert_allclose(found[2], expected(lambda v, c: c * np.sin(v) + np.tan(c)))
    np.testing.assert_allclose(found[3], np.sin(X))
    with pytest.raises(ValueError, match="rules of the user's own, which are not part of a text"):
        compile_text("nd", f.ir("nd"))
    g = lamina.function([x, s], [loop(step, mode=Mode()), pt.sin(x)], mode=Mode(rules=[rule]))
    found = g(X, 1.0)
    np.testing.assert_allclose(found[0], expected(lambda v, c: c * np.sin(v) + np.tan(c)))
    np.testing.assert_allclose(found[1], np.cos(X))


def test_a_mode_that_looks_at_ops_looks_at_steps():
    seen = []
    monitor = MonitorMode(post_func=lambda graph, i, node, thunk: seen.append(str(node.op)))
    y = loop(lambda v, c: c * v, mode=monitor)
    z = loop(lambda v, c: c * pt.log(v), mode=NanGuardMode())
    f = lamina.function([x, s], y)
    f(X, 1.0)
    assert seen == ["Mul"] * 3
    with pytest.raises(AssertionError, match="NaN detected in a result"):
        lamina.function([x, s], z)(X, 1.0)


def test_a_loop_on_another_device_than_its_function_is_refused():
    y = loop(lambda v, c: c * v, mode="CUDA-EMU")
    with pytest.raises(ValueError, match="'cuda-emu', but it is part of a function of mode FAST"):
        lamina.function([x, s], y)
    nested = loop(lambda v, c: y[-1] + c + v)
    with pytest.raises(ValueError, match="a loop is where its function is"):
        lamina.function([x, s], nested)
    for mode in ("CUDA-EMU", "NUMPY"):
        np.testing.assert_allclose(lamina.function([x, s], y, mode=mode)(X, 1.0), X.cumprod())


def test_a_loop_keeps_its_mode_through_pickling():
    f = lamina.function([x, s], loop(mode="FAST_COMPILE", name="kept"))
    again = pickle.loads(pickle.dumps(f))
    assert "log" in steps(again.ir("specialize"))["kept"]
    np.testing.assert_array_equal(again(X, 1.0), f(X, 1.0))


def test_a_mode_that_is_none_is_an_error():
    with pytest.raises(ValueError, match="No mode 'FAST'"):
        loop(mode="FAST")


def test_saturation_may_be_asked_for_in_a_loop_alone():
    pytest.importorskip("egglog")
    step = lambda v, c: (v * c + v * 3) + v * pt.exp(c)  # noqa: E731
    y = loop(step, mode=Mode(optimizer="egraph").including("reassociate"), name="saturated")
    f = lamina.function([x, s], [y, loop(step, name="greedy")])
    products = {
        name: body.count("nd.mul") for name, body in bodies(f.ir("specialize")).items()
    }  # fmt: skip
    assert products == {"saturated": 1, "greedy": 3}
    a, b = f(X, 1.0)
    np.testing.assert_allclose(a, b, rtol=1e-13)
    assert compile_text("canonicalize", f.ir("canonicalize")).object == (
        f._executable.artefact.object
    )


def bodies(text: str) -> dict[str, str]:
    parts = re.split(r'nd\.scan[^\n]*name = "(\w+)"', text)[1:]
    return {n: b.split("nd.yield")[0] for n, b in zip(parts[::2], parts[1::2], strict=True)}
