"""Loops in which each element goes its own way, as one kernel."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.scan import until
from tests.codegen.gpu.ptxas import CHIPS, assembler, faults

x, m = pt.dmatrix("x"), pt.dmatrix("m")
v, b = pt.dvector("v"), pt.dvector("b")
a, n = pt.dscalar("a"), pt.lscalar("n")
INPUTS = [x, m, v, b, a, n]

pytestmark = pytest.mark.usefixtures("watched")


def scan(*args, **kwargs):
    return lamina.scan(*args, return_updates=False, **kwargs)


def recurrence():
    h, _ = scan(
        lambda row, h, k, b: (pt.tanh(h) * b + row + k, k * 0.5), [x],
        outputs_info=[v, pt.constant(1.0)], non_sequences=[b],
    )  # fmt: skip
    return h


def lagged():
    return scan(
        lambda row, one, two: row + 0.5 * one - 0.25 * two,
        [x], outputs_info=[{"initial": m[:2], "taps": [-1, -2]}],
    )  # fmt: skip


def compiled(outputs):
    """The function on the device, and on the processor."""
    outputs = outputs if isinstance(outputs, list) else [outputs]
    return [
        lamina.function(INPUTS, outputs, mode=mode, on_unused_input="ignore")
        for mode in ("CUDA-EMU", "FAST_RUN")
    ]


def arrays(steps, columns, count):
    rng = np.random.default_rng(steps + columns)
    matrices = rng.normal(size=(steps, columns)), rng.normal(size=(3, columns))
    return [*matrices, rng.normal(size=columns), rng.normal(size=columns), 0.3, count]


def compare(functions, given):
    on_device, expected = functions
    for one, two in zip(map(np.asarray, on_device(*given)), expected(*given), strict=True):
        assert (one.dtype, one.shape) == (two.dtype, two.shape)
        np.testing.assert_allclose(one, two, 1e-12, 1e-12)


def test_the_steps_of_elements_and_of_numbers_are_one_launch(launches):
    h = recurrence()
    swapped = scan(lambda p, q, b: (q, p * 0.9 + b), outputs_info=[m, m], non_sequences=[b],
                   n_steps=n)  # fmt: skip
    mixed = scan(
        lambda i, z: z * pt.cast(i, "complex128") + 1j, [pt.arange(n)],
        outputs_info=[pt.constant(1.0 + 0j)],
    )  # fmt: skip
    numbers = scan(lambda s, a: pt.sqrt(s) + a, outputs_info=[a], non_sequences=[a], n_steps=n)
    functions = compiled([h, h[-1], swapped[0], swapped[1][-1], mixed, numbers])
    assert "^chunk" not in functions[0].ir("linalg")
    for given in (arrays(5, 7, 4), arrays(1, 1, 1), arrays(3, 300, 2), arrays(2, 0, 3)):
        compare(functions, given)
    launches.clear()
    functions[0](*arrays(9, 4, 9))
    assert len(launches) == 4 + 1  # and z's powers are of a range


def test_gradients_run_backwards_in_one_launch_each():
    h = recurrence()
    functions = compiled([*lamina.grad((h**2).sum(), [v, b, x]), lamina.grad(lagged().sum(), m)])
    compare(functions, arrays(6, 5, 1))


@pytest.mark.parametrize(
    "outputs",
    [
        scan(lambda row, h: (h * 0.5 + row, row.sum()), [x], outputs_info=[v, None]),
        scan(lambda row, h: h + row.sum(), [x], outputs_info=[v]),
        scan(lambda row, h, k: (h + row, k * 2), [x], outputs_info=[v, a]),
        scan(lambda row, h: pt.gammaincc(2.0, abs(h)) + row, [x], outputs_info=[v]),
        scan(lambda s: (s * 1.5, until(s > 10)), outputs_info=[a], n_steps=n),
        scan(lambda h: h[::-1] + 1, outputs_info=[v], n_steps=n),
    ],
    ids=["sums", "all elements", "a number besides", "by the host", "until", "turned round"],
)
def test_other_loops_are_launches_step_by_step(outputs):
    with lamina.config.change_flags(cuda_fallback=True):
        functions = compiled(outputs)
        assert "^chunk" in functions[0].ir("linalg")
    compare(functions, arrays(4, 6, 5))


def test_numbers_alone_are_the_processors(launches):
    last = scan(lambda s: s * 1.5 + 1, outputs_info=[a], n_steps=n)[-1]
    functions = compiled(last)
    launches.clear()
    compare(functions, arrays(1, 1, 7))
    assert launches == []


@pytest.mark.skipif(assembler() is None, reason="ptxas is not installed")
def test_loops_of_elements_assemble_without_spills():
    h = recurrence()
    outputs = [h, *lamina.grad((h**2).sum(), [v, b])]
    text = lamina.function([x, v, b], outputs, mode="CUDA-EMU").ir("gpu")
    assert faults([("loops", text)], CHIPS[0]) == []
