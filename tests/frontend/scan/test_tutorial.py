"""The reference's introduction to scan: its examples, exercises and printed results."""

import contextlib
import io

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from tests.frontend.scan.both_modes import MODES, values

floatX = lamina.config.floatX


@pytest.mark.parametrize("mode", MODES)
def test_example_1_multiplies_two_vectors_elementwise(mode, capsys):
    vector1 = pt.dvector("vector1")
    vector2 = pt.dvector("vector2")
    output, updates = lamina.scan(fn=lambda a, b: a * b, sequences=[vector1, vector2])
    f = lamina.function(inputs=[vector1, vector2], outputs=output, updates=updates, mode=mode)
    vector1_value = np.arange(0, 5).astype(floatX)
    vector2_value = np.arange(1, 6).astype(floatX)
    print(f(vector1_value, vector2_value))
    print(f(vector1_value, vector2_value[:4]))
    assert capsys.readouterr().out == "[ 0.  2.  6. 12. 20.]\n[ 0.  2.  6. 12.]\n"


@pytest.mark.parametrize("mode", MODES)
def test_example_2_applies_a_layer_to_a_minibatch(mode, capsys):
    X = pt.dmatrix("X")
    W = pt.dmatrix("W")
    b = pt.dvector("b")

    def step(v, W, b):
        return v @ W + b

    output, updates = lamina.scan(fn=step, sequences=[X], non_sequences=[W, b])
    print(updates)
    f = lamina.function(inputs=[X, W, b], outputs=output, updates=updates, mode=mode)
    X_value = np.arange(-3, 3).reshape(3, 2).astype(floatX)
    W_value = np.eye(2).astype(floatX)
    b_value = np.arange(2).astype(floatX)
    print(f(X_value, W_value, b_value))
    assert capsys.readouterr().out == "{}\n[[-3. -1.]\n [-1.  1.]\n [ 1.  3.]]\n"


@pytest.mark.parametrize("mode", MODES)
def test_example_3_sums_rows(mode, capsys):
    def step(m_row, cumulative_sum):
        return m_row + cumulative_sum

    M = pt.dmatrix("X")
    s = pt.dvector("s")
    output, updates = lamina.scan(fn=step, sequences=[M], outputs_info=[s])
    f = lamina.function(inputs=[M, s], outputs=output, updates=updates, mode=mode)
    print(f(np.arange(9).reshape(3, 3).astype(floatX), np.zeros((3,), dtype=floatX)))
    assert capsys.readouterr().out == "[[ 0.  1.  2.]\n [ 3.  5.  7.]\n [ 9. 12. 15.]]\n"


@pytest.mark.parametrize("mode", MODES)
def test_example_4_computes_fibonacci_numbers_and_their_ratios(mode, capsys):
    def step(f_minus2, f_minus1):
        new_f = f_minus2 + f_minus1
        ratio = new_f / f_minus1
        return new_f, ratio

    f_init = pt.fvector()
    outputs_info = [dict(initial=f_init, taps=[-2, -1]), None]
    output, updates = lamina.scan(fn=step, outputs_info=outputs_info, n_steps=10)
    assert isinstance(output, list)
    f = lamina.function(inputs=[f_init], outputs=[output[0], output[1]], updates=updates, mode=mode)
    out = f([1, 1])
    print(out[0])
    print(out[1])
    assert capsys.readouterr().out == (
        "[  2.   3.   5.   8.  13.  21.  34.  55.  89. 144.]\n"
        "[2.        1.5       1.6666666 1.6       1.625     1.6153846 1.6190476\n"
        " 1.617647  1.6181818 1.6179775]\n"
    )


def polynomial_step(coeff, power, free_var):
    return coeff * free_var**power


def test_exercise_1_evaluates_a_polynomial():
    coefficients = pt.dvector("coefficients")
    x = pt.dscalar("x")
    full_range = pt.arange(10000)
    components, updates = lamina.scan(
        fn=polynomial_step,
        outputs_info=None,
        sequences=[coefficients, full_range],
        non_sequences=x,
    )
    test_coeff = np.asarray([1, 0, 2], dtype=floatX)
    polynomial = components.sum()
    assert str(values([coefficients, x], polynomial, test_coeff, 3, updates=updates)) == "19.0"


def test_exercise_1_solved_sums_in_the_loop():
    coefficients = pt.dvector("coefficients")
    x = pt.dscalar("x")

    def step(coeff, power, prior_value, free_var):
        return prior_value + coeff * free_var**power

    sums, updates = lamina.scan(
        fn=step,
        outputs_info=pt.as_tensor_variable(np.asarray(0, floatX)),
        sequences=[coefficients, pt.arange(10000)],
        non_sequences=x,
    )
    test_coeff = np.asarray([1, 0, 2], dtype=floatX)
    assert str(values([coefficients, x], sums[-1], test_coeff, 3, updates=updates)) == "19.0"


def test_a_step_is_called_once():
    calls = []
    lamina.scan(lambda x: calls.append(x) or x, pt.dvector("x"), n_steps=100)
    assert len(calls) == 1


def test_the_initial_state_is_joined_by_hand():
    m, s = pt.dvector("m"), pt.dscalar("s")
    sums, _ = lamina.scan(lambda x, total: x + total, m, s)
    joined = pt.concatenate([s[None], sums])
    np.testing.assert_array_equal(values([m, s], joined, [1, 2, 3], 10), [10, 11, 13, 16])


def test_updates_print_as_a_dict():
    _, updates = lamina.scan(lambda x: x, pt.dvector("x"))
    with contextlib.redirect_stdout(io.StringIO()) as text:
        print(updates)
    assert text.getvalue() == "{}\n"
