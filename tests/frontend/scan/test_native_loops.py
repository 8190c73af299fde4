"""Loops in machine code: all dtypes, what is handed on between states, memory, interruption."""

import resource
import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile import not_native
from lamina.ir.graph.tensor_type import DTYPES
from lamina.scan.build import apply_scan
from lamina.tensor.linalg import cholesky

n = pt.lscalar("n")
a, b, c, e = (pt.vector(name) for name in "abce")
starts = pt.matrix("starts")
VALUES = np.random.default_rng(0).random((4, 4))


@pytest.fixture(autouse=True)
def nothing_is_left_to_python():
    before = sum(not_native.interpreted.values()), sum(not_native.callbacks.values())
    yield
    after = sum(not_native.interpreted.values()), sum(not_native.callbacks.values())
    assert before == after


def test_states_of_all_dtypes_agree_with_the_interpreter():
    inputs, outputs, arrays = [], [], []
    for number, dtype in enumerate(DTYPES):
        for shape in ((), (None,)):
            state, row, start = (pt.tensor(dtype=dtype, shape=shape) for _ in range(3))
            rows = pt.tensor(dtype=dtype, shape=(None, *shape))
            new = pt.xor(state, row) if dtype == "bool" else pt.cast(state * row + row, dtype)
            loop = apply_scan(
                [row], [state], [], [new], [new],
                n=rows.shape[0], sequences=[rows], starts=[start],
            )  # fmt: skip
            inputs += [rows, start]
            outputs += [*loop.ends, *loop.traces]
            core = (3,) if shape else ()
            values = np.abs(np.random.default_rng(number).normal(size=(5, *core)) * 2)
            arrays += [values.astype(dtype), np.ones(core, dtype)]
    compiled = lamina.function(inputs, outputs)
    interpreted = lamina.function(inputs, outputs, mode="NUMPY")
    not_native.interpreted.clear()
    for one, two in zip(compiled(*arrays), interpreted(*arrays), strict=True):
        assert one.dtype == two.dtype
        np.testing.assert_allclose(one, two, rtol=1e-2 if one.dtype == "float16" else 1e-6)
    empty = [x[:0] if i % 2 == 0 else x for i, x in enumerate(arrays)]
    for i, y in enumerate(compiled(*empty)):
        start = arrays[2 * (i // 2) + 1]
        assert y.shape == (start.shape if i % 2 == 0 else (0, *start.shape))
        if i % 2 == 0:
            np.testing.assert_array_equal(y, start)


def _ends(carries: Any, on: Any, steps: int) -> list[np.ndarray]:
    loop = apply_scan(
        [], carries, [], on, [], n=n, sequences=[], starts=[starts[i] for i in range(len(carries))]
    )
    return lamina.function([starts, n], loop.ends)(VALUES, steps)


def test_states_further_back_are_handed_on():
    found = _ends([a, b, c], [b, c, a + 0.5 * b - c], 7)
    states = list(VALUES[:3])
    for _ in range(7):
        states = [states[1], states[2], states[0] + 0.5 * states[1] - states[2]]
    np.testing.assert_allclose(found, states)


def test_two_states_may_change_places():
    np.testing.assert_array_equal(_ends([a, b], [b, a], 3), VALUES[[1, 0]])
    np.testing.assert_array_equal(_ends([a, b], [b, a], 0), VALUES[:2])


def test_state_made_of_another_while_that_takes_its_place():
    loop = apply_scan(
        [], [a, b], [], [b * 2, a], [b * 2], n=n, sequences=[], starts=[starts[0], starts[1]]
    )
    found = lamina.function([starts, n], [*loop.ends, *loop.traces])(VALUES, 5)
    x, y, trace = VALUES[0], VALUES[1], []
    for _ in range(5):
        x, y = y * 2, x
        trace.append(x)
    for ours, theirs in zip(found, (x, y, np.array(trace)), strict=True):
        np.testing.assert_allclose(ours, theirs)


def test_state_may_be_a_row_a_constant_or_what_stays_the_same():
    rows, same, k = pt.matrix("rows"), pt.vector("same"), pt.vector("k")
    loop = apply_scan(
        [e], [a, b, c], [k], [e, k, pt.zeros_like(c)], [a + b, e],
        n=rows.shape[0], sequences=[rows], starts=[starts[0], starts[1], starts[2]],
        constants=[same],
    )  # fmt: skip
    f = lamina.function([rows, starts, same], [*loop.ends, *loop.traces])
    kept = VALUES[0] * 3
    found = f(VALUES, VALUES, kept)
    before = np.array([VALUES[0], *VALUES[:-1]]) + np.array([VALUES[1], kept, kept, kept])
    for ours, theirs in zip(found, (VALUES[-1], kept, np.zeros(4), before, VALUES), strict=True):
        np.testing.assert_allclose(ours, theirs)


def test_loop_in_a_loop_that_ends_early_and_its_gradient():
    m = pt.matrix("m")
    half = a * 0.5
    inner = apply_scan(
        [], [a], [], [half], [half], n=50, sequences=[], starts=[e], until=pt.lt(half.sum(), 0.1)
    )
    traced = [inner.ends[0], inner.done, inner.traces[0].sum(0)]
    loop = apply_scan([e], [], [], [], traced, n=m.shape[0], sequences=[m], starts=[])
    f = lamina.function([m], [*loop.traces, lamina.grad(loop.traces[2].sum(), m)])
    *found, slope = f(VALUES)
    for i, row in enumerate(VALUES):
        steps = int(np.ceil(np.log2(row.sum() / 0.1)))
        np.testing.assert_allclose(found[0][i], row / 2**steps)
        assert found[1][i] == steps
        np.testing.assert_allclose(found[2][i], row * (1 - 0.5**steps))
        np.testing.assert_allclose(slope[i], 1 - 0.5**steps)


def test_rows_whose_length_only_a_step_tells():
    rows, k = pt.matrix("rows"), pt.lscalar("k")
    first = pt.cumsum(e[e > 0][:k])
    loop = apply_scan(
        [e], [], [k], [], [first], n=rows.shape[0], sequences=[rows], starts=[], constants=[n]
    )
    f = lamina.function([rows, n], loop.traces[0])
    np.testing.assert_allclose(f(VALUES, 3), VALUES[:, :3].cumsum(1))
    assert f(VALUES[:0], 3).shape[0] == 0
    ragged = VALUES.copy()
    ragged[2, 1:] = -1
    with pytest.raises(ValueError, match="a row of an output has length 1 on axis 0"):
        f(ragged, 3)


def test_memory_of_a_step_is_given_back():
    matrices, one, factor = pt.tensor3("matrices"), pt.matrix("one"), pt.matrix("factor")
    new = cholesky(one @ one.T + factor @ factor.T + pt.eye(3))
    loop = apply_scan(
        [one], [factor], [], [new], [],
        n=matrices.shape[0], sequences=[matrices], starts=[pt.eye(3)],
    )  # fmt: skip
    f = lamina.function([matrices], loop.ends[0])
    many = np.broadcast_to(VALUES[:3, :3], (50, 3, 3)).copy()
    expected = np.eye(3)
    for x in many:
        expected = np.linalg.cholesky(x @ x.T + expected @ expected.T + np.eye(3))
    np.testing.assert_allclose(f(many), expected)
    longer = np.broadcast_to(VALUES[:3, :3], (100_000, 3, 3)).copy()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    f(longer)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 20_000  # kilobytes; 100 bytes a step kept would be more than half of it


def test_lengths_that_differ_in_a_step_are_told():
    m = pt.matrix("m")
    loop = apply_scan([e], [a], [], [a + e], [], n=n, sequences=[m], starts=[starts[0]])
    f = lamina.function([m, starts, n], loop.ends[0])
    with pytest.raises(ValueError, match="a sequence has 4 elements for 5 steps"):
        f(VALUES, VALUES, 5)
    with pytest.raises(ValueError, match="lengths 4 and 3 differ|lengths 3 and 4 differ"):
        f(VALUES[:, :3], VALUES, 4)


_ENDLESS = """
import signal
import lamina, lamina.tensor as pt
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
from lamina.scan.build import apply_scan
n, x = pt.lscalar("n"), pt.{kind}("x")
step = {step}
loop = apply_scan([], [x], [], [step], [], n=n, sequences=[], starts=[pt.full({shape}, 0.3)])
f = lamina.function([n], loop.ends[0].sum())
before = f(10)
try:
    print("ready", flush=True)
    f(10**12)
except KeyboardInterrupt:
    print("heard", before == f(10), flush=True)
"""


def test_small_kernels_of_a_step_are_inlined_and_the_interpreter_is_asked_between_chunks():
    loop = apply_scan([e], [a], [], [a + e], [], n=n, sequences=[starts], starts=[b])
    compiled = lamina.function([n, starts, b], [loop.ends[0], pt.exp(b)])
    text = compiled.ir("linalg")
    assert text.count("attributes {llvm.always_inline") == 1
    assert "arith.divf" in text.partition("call @PyErr_CheckSignals")[0]


@pytest.mark.parametrize(
    ("kind", "step", "shape"),
    [
        ("dscalar", "3.7 * x * (1 - x)", ()),
        ("dvector", "3.7 * x * (1 - x)", (50,)),
        ("dmatrix", "pt.cos(x @ x)", (60, 60)),
    ],
)
def test_interrupt_ends_a_long_loop(kind, step, shape):
    program = _ENDLESS.format(kind=kind, step=step, shape=shape)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            time.sleep(0.3)  # it is in the loop by then
            process.send_signal(signal.SIGINT)
            assert process.stdout.readline() == "heard True\n"
        finally:
            process.kill()
