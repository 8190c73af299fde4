"""Every op on an emulated device, against NumPy and SciPy; which ops are left to the processor."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.compile.device_function import driver
from lamina.ir.ops.elementwise import Elemwise, all_elementwise
from tests.conformance.array_walk import Use, arrays_for, raises, read, uses
from tests.conformance.elementwise_walk import LARGEST, Walk, forms
from tests.conformance.families import FAMILIES
from tests.evaluate import evaluate

# Elementwise ops that SciPy's C functions compute, which no device has.
ELEMENTWISE_ON_THE_PROCESSOR = set(
    "Jv Iv Ive Kv Kve Beta Betaln Betainc Betainc_slope_a Betainc_slope_b Betaincinv Owens_t "
    "Hyp2f1 Poch Gammainc Gammaincc Gammaincinv Gammainccinv".split()
)
# By family: what SciPy or a Fourier transform of the processor computes.
ON_THE_PROCESSOR = {
    "positive": {"Gammainc", "Gammaincc", "Kv"},
    "transforms": {"FFT"},
    "real_transforms": {"FFT"},
}  # fmt: skip

# Where libm, for libdevice, and SciPy are both right as far as an intermediate is: an angle of J,
# with its amplitude; two sums that cancel.
LARGEST_ON_A_DEVICE = {
    **LARGEST,
    **dict.fromkeys(("j0", "j1"), lambda x, exact: np.sqrt(np.abs(np.float64(x)))),
    **dict.fromkeys(
        ("hyp2f1_slope_a", "hyp2f1_slope_c"), lambda a, b, c, z, exact: 1 + 4 * np.abs(exact)
    ),
}
# Ranks 1 to 4, with broadcasting and with strides that are not 1, or negative.
FORMS = {
    1: ("all values", "strided", "transposed"),
    2: ("all pairs", "transposed and strided", "a Python number"),
    3: ("all triples", "transposed"),
    4: ("all quadruples", "transposed"),
}
# The operands of powers of integers are its own.
ALONE = "Pow"


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the device run each launch in both orders, and look for races."""
    device = driver("cuda-emu")
    monkeypatch.setattr(device, "order", "both")
    monkeypatch.setattr(device, "races", True)


def on_device(inputs: Iterable[Any], outputs: Iterable[Any], fall_back: bool = False) -> Any:
    with lamina.config.change_flags(cuda_fallback=fall_back):
        return lamina.function(
            list(inputs), list(outputs), mode="CUDA-EMU", on_unused_input="ignore"
        )


def left(function: Any) -> set[str]:
    """The ops that are left to the processor, but for those in one loop with them."""
    titles = ", ".join(function._executable.artefact.kernels.on_host)
    names = set(filter(None, re.sub(r"{.*?}", "", titles).split(", ")))
    return names - {"Cast", *map(str, split(ELEMENTWISE_ON_THE_PROCESSOR)[1])}


# -- elementwise -----------------------------------------------------------------------------------


def walk(ops: Iterable[Elemwise], dtype: str) -> Walk:
    """Ops on operands that they share."""
    made: Walk | None = None
    for op in ops:
        made = Walk(op, made.inputs, made.arrays, made.outputs) if made else Walk(op)
        for form, letters, ranks, view in forms(op.nin):
            if form in FORMS[op.nin]:
                names = [made.input(c, dtype, n) for c, n in zip(letters, ranks, strict=True)]
                made.try_on(form, names, view)
    assert made
    return made


def assert_agree(made: Walk, fall_back: bool = False) -> Any:
    """Compare with NumPy's for operands as they are, and of lengths 0 and 1, through one function,
    which is returned.
    """
    wrong = []
    variables = [o.variable for o in made.outputs]
    function = on_device(made.inputs.values(), variables, fall_back)
    for length in (None, 0, 1):
        arrays = {n: a[..., :length] if a.ndim else a for n, a in made.arrays.items()}
        given = dict(zip(made.inputs.values(), arrays.values(), strict=True))
        found = function(*arrays.values())
        for output, ours, expected in zip(
            made.outputs, found, evaluate(variables, given), strict=True
        ):
            problem = output.problem(np.asarray(ours), expected, arrays, LARGEST_ON_A_DEVICE)
            if problem:
                wrong.append(f"{output.name}, length {length}: {problem}")
    assert not wrong, f"{len(wrong)} of {3 * len(variables)}:\n" + "\n".join(wrong[:40])
    return function


def split(names: set[str]) -> tuple[list[Elemwise], list[Elemwise]]:
    """The elementwise ops that are named, and the others."""
    ops = all_elementwise()
    return [op for op in ops if str(op) in names], [op for op in ops if str(op) not in names]


def makes_floats(op: Elemwise) -> bool:
    """Whether an op converts integers to floats, with which it computes."""
    given = ("int64",) * op.nin
    try:
        loop, _ = op.scalar_op.types(given, (None,) * op.nin)
    except TypeError:
        return False
    return any(np.dtype(d).kind == "f" for d in loop)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_elementwise_ops_agree_with_numpy(dtype: str):
    _, here = split(ELEMENTWISE_ON_THE_PROCESSOR | {ALONE})
    assert_agree(walk([op for op in here if dtype != "int64" or not makes_floats(op)], dtype))
    assert_agree(walk(split({ALONE})[0], dtype))


@pytest.mark.fuzz
@pytest.mark.only_fuzz
def test_elementwise_ops_that_make_floats_of_integers_agree_with_numpy():
    _, here = split(ELEMENTWISE_ON_THE_PROCESSOR | {ALONE})
    assert_agree(walk(filter(makes_floats, here), "int64"))


def test_elementwise_ops_that_are_left_to_the_processor_agree_with_numpy():
    ops, _ = split(ELEMENTWISE_ON_THE_PROCESSOR)
    assert len(ops) == len(ELEMENTWISE_ON_THE_PROCESSOR)
    function = assert_agree(walk(ops, "float64"), fall_back=True)
    assert left(function) == ELEMENTWISE_ON_THE_PROCESSOR


def test_elementwise_kernels_have_no_races(checks: None):
    assert_agree(
        walk(split(set("Add Exp Sigmoid Switch Int_div Logical_not".split()))[0], "float64")
    )


# -- arrays ----------------------------------------------------------------------------------------


def problems(made: list[Use], lengths: tuple[int | None, ...], there: set[str]) -> list[str]:
    """What is wrong with the results of uses; `there` gets the ops left to the processor."""
    if not made:
        return []
    inputs, wrong = read(made), []
    function = on_device(inputs.values(), [u.variable for u in made], True)
    there |= left(function)
    for length in lengths:
        arrays = arrays_for((n for use in made for n in use.names), length)
        found = function(*(arrays[n] for n in inputs))
        for use, ours in zip(made, found, strict=True):
            if problem := use.problem(np.asarray(ours), arrays):
                wrong.append(f"{use.title}, length {length}: {problem}")
    return wrong


def assert_family_agrees(name: str, dtype: str) -> None:
    """Compare with NumPy's the cases of a family, with lengths 0 and 1 where NumPy takes them."""
    family = FAMILIES[name]
    made = uses(name, family, only=[dtype])
    steady = [u for u in made if not any(raises(u, n) for n in family.lengths)]
    rest = [u for u in made if u not in steady]
    there: set[str] = set()
    wrong = problems(steady, (None, *family.lengths), there) + problems(rest, (None,), there)
    assert there <= ON_THE_PROCESSOR.get(name, set())
    if dtype in ("float64", family.dtypes[0]):
        assert there == ON_THE_PROCESSOR.get(name, set())
    assert not wrong, f"{len(wrong)} of {len(made)}:\n" + "\n".join(wrong[:40])


@pytest.mark.parametrize("name", FAMILIES)
def test_array_ops_agree_with_numpy(name: str):
    dtypes = FAMILIES[name].dtypes
    assert_family_agrees(name, "float64" if "float64" in dtypes else dtypes[0])


@pytest.mark.fuzz
@pytest.mark.only_fuzz
@pytest.mark.parametrize("dtype", ["bool", "complex128", "float32", "int64"])
@pytest.mark.parametrize("name", FAMILIES)
def test_array_ops_of_other_dtypes_agree_with_numpy(name: str, dtype: str):
    if dtype in FAMILIES[name].dtypes:
        assert_family_agrees(name, dtype)


@pytest.mark.parametrize("name", ["argmax", "scatter", "mask", "variance"])
def test_kernels_have_no_races(name: str, checks: None):
    assert_family_agrees(name, "float64")


@pytest.mark.fuzz
@pytest.mark.only_fuzz
@pytest.mark.parametrize("name", FAMILIES)
def test_kernels_of_every_family_have_no_races(name: str, checks: None):
    assert_family_agrees(name, "float32" if "float32" in FAMILIES[name].dtypes else "int64")
