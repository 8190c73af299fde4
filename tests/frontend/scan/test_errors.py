"""Loops that cannot be: each is explained by name, types, numbers and line."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.scan import until
from tests.frontend.scan.both_modes import MODES

X = pt.dvector("x")


def here() -> str:
    return "test_errors.py"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (dict(n_steps=-1, sequences=X), ValueError, "n_steps must not be negative, got -1"),
        (dict(n_steps=2.5, sequences=X), TypeError, "n_steps must be an integer scalar"),
        (dict(n_steps=pt.lvector(), sequences=X), TypeError, "n_steps must be an integer scalar"),
        (dict(), ValueError, "without sequences, n_steps must tell"),
        (dict(sequences=pt.dscalar("z")), TypeError, "sequence 0, z, is a scalar"),
        (dict(sequences=dict(taps=[1])), ValueError, "sequence 0 is a dict without 'input'"),
        (dict(sequences=dict(input=X, tap=1)), ValueError, "the key 'tap'"),
        (dict(sequences=dict(input=X, taps=[0.5])), TypeError, "taps of sequence 0, x,"),
        (dict(sequences=dict(input=X, taps=[1, 1])), ValueError, "a tap twice"),
        (
            dict(sequences=pt.tensor("v", shape=(3,)), n_steps=5), ValueError,
            r"sequence 0, v, has 3 elements, enough for 3 steps, but n_steps is 5",
        ),
        (
            dict(sequences=dict(input=pt.tensor("v", shape=(5,)), taps=[-2, 1]), n_steps=3),
            ValueError, r"5 elements with the taps \[-2, 1\], enough for 2 steps, but n_steps is 3",
        ),
        (dict(outputs_info=dict(taps=[-1]), n_steps=2), ValueError, "taps .* but no initial value"),
        (dict(outputs_info=dict(initial=X, taps=[0]), n_steps=2), ValueError, "must be negative"),
        (dict(outputs_info=dict(initial=X, taps=[-1, 1]), n_steps=2), ValueError, "negative"),
        (dict(outputs_info=dict(initial=X, step=1), n_steps=2), ValueError, "the key 'step'"),
        (
            dict(outputs_info=dict(initial=pt.dscalar("s"), taps=[-2]), n_steps=2), ValueError,
            r"output 0, s, with the taps \[-2\] needs 2 initial values, stacked",
        ),
        (
            dict(outputs_info=dict(initial=pt.tensor("s", shape=(3,)), taps=[-2]), n_steps=2),
            ValueError, "needs 2 initial values, got 3",
        ),
        (dict(sequences=X, truncate_gradient=-2), ValueError, "must be -1 or more"),
        (dict(sequences=X, truncate_gradient="all"), TypeError, "must be an int"),
    ],
)  # fmt: skip
def test_arguments_that_make_no_sense(arguments, error, message):
    with pytest.raises(error, match=message):
        lamina.scan(lambda *given: given[0] if given else X, **arguments)


def test_information_about_a_part_of_the_outputs():
    with pytest.raises(ValueError, match="has 1 entries, but a step returns 2 outputs"):
        lamina.scan(lambda x, s: (x, s), X, outputs_info=[pt.dscalar()])
    with pytest.raises(ValueError, match="has 2 entries, but a step returns 1 outputs"):
        lamina.scan(lambda x, s: s, X, outputs_info=[pt.dscalar(), None])


@pytest.mark.parametrize(
    ("start", "step", "message"),
    [
        (pt.lscalar("s"), lambda s: s + 0.5, r"output 0, s, begins as Scalar\(int64.*Scalar\(fl"),
        (pt.fscalar("s"), lambda s: s * pt.dscalar("w"), r"float32.*makes Scalar\(float64.*astype"),
        (pt.dscalar("s"), lambda s: s + X, r"Scalar\(float64, shape=\(\)\), .* Vector\(float64"),
        (pt.tensor("s", shape=(2,)), lambda s: pt.concatenate([s, s]), r"shape=\(2,\).*\(4,\)"),
        (0, lambda s: s / 2, r"begins as Scalar\(int64.*makes Scalar\(float64"),
    ],
)
def test_a_step_that_makes_another_type_than_the_initial_value_has(start, step, message):
    with pytest.raises(TypeError, match="(?s)" + message) as error:
        lamina.scan(step, outputs_info=[start], n_steps=3, name="drifting")
    assert here() in str(error.value) and "scan 'drifting'" in str(error.value)


def test_what_a_step_makes_takes_a_wider_dtype_of_the_initial_value():
    y, _ = lamina.scan(lambda v, s: v, pt.fvector("v"), outputs_info=pt.dscalar("s"))
    assert y.type.dtype == "float64"


def test_a_step_that_returns_no_variables():
    with pytest.raises(TypeError, match="got <function"):
        lamina.scan(lambda x: here, X)
    with pytest.raises(TypeError, match="goes to outputs_info"):
        lamina.scan(lambda x: (x, {X: X + 1}), X)
    with pytest.raises(ValueError, match="two conditions"):
        lamina.scan(lambda x: (x, until(x > 0), until(x > 1)), X)
    with pytest.raises(ValueError, match="2 lists of outputs"):
        lamina.scan(lambda x: ([x], [x]), X)
    with pytest.raises(TypeError, match="the condition must be a scalar"):
        lamina.scan(lambda x: (x, until(X > 0)), X)
    n = lamina.shared(1.0, "n")
    with pytest.raises(ValueError, match="updates n twice"):
        lamina.scan(lambda x: (x, {n: n + 1}, [(n, n + 2)]), X)
    with pytest.raises(TypeError, match="must have the type of its shared variable: n is"):
        lamina.scan(lambda x: (x, {n: X}), X)


@pytest.mark.parametrize("mode", MODES)
def test_faults_that_show_when_the_loop_runs(mode):
    n, m, s = pt.lscalar("n"), pt.dmatrix("m"), pt.dvector("s")
    rows, _ = lamina.scan(lambda v: 2 * v, X, n_steps=n, name="rows")
    taps, _ = lamina.scan(lambda a, b: a + b, dict(input=X, taps=[0, 1]), n_steps=3)
    count, _ = lamina.scan(lambda a: 2 * a, outputs_info=1.0, n_steps=n)
    grown, _ = lamina.scan(lambda v: m @ v, outputs_info=s, n_steps=2)
    initial, _ = lamina.scan(
        lambda a, b: a + b, outputs_info=dict(initial=s, taps=[-1, -2]), n_steps=2
    )

    def refuses(output, message, *arguments):
        inputs = [v for v in (X, n, m, s) if v in set(lamina.graph.graph_inputs([output]))]
        f = lamina.function(inputs, output, mode=mode)
        with pytest.raises(ValueError, match="(?s)" + message) as error:
            f(*arguments)
        assert here() in str(error.value) or any(
            here() in note for note in getattr(error.value, "__notes__", [])
        )

    refuses(
        rows, "scan 'rows': sequence 0, x, has 2 elements, enough for 2 steps, but n_steps is 5",
        [1.0, 2.0], 5,
    )  # fmt: skip
    refuses(taps, r"x, has 3 elements with the taps \[0, 1\], enough for 2 steps", [1, 2, 3.0])
    refuses(count, "n_steps must not be negative, got -2", -2)
    refuses(initial, r"output 0, s, with the taps .* needs 2 initial values, got 3", [1, 2, 3.0])
    refuses(grown, "3.*2|2.*3", np.ones((3, 2)), [1.0, 1.0])


@pytest.mark.parametrize("mode", MODES)
def test_a_function_whose_call_raises_can_be_called_again(mode):
    n = pt.lscalar("n")
    count = lamina.shared(np.int64(0), "count")
    y, updates = lamina.scan(lambda v: (2 * v, {count: count + 1}), X, n_steps=n)
    f = lamina.function([X, n], y, updates=updates, mode=mode)
    with pytest.raises(ValueError, match="n_steps is 3"):
        f([1.0], 3)
    assert count.get_value() == 0
    assert f([1.0, 2.0, 3.0], 3).tolist() == [2, 4, 6]
    assert count.get_value() == 3
