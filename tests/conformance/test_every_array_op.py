"""Every function of whole arrays: compiled against NumPy and SciPy for all dtypes, layouts and
lengths, interpreted, read back from text, differentiated twice, in batches, of known shapes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.not_native import interpreted
from lamina.graph.replace import vectorize_graph
from lamina.import_graph import import_graph
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.program import parse_program
from tests.conformance.array_walk import (
    WRONG,
    Use,
    arrays_for,
    input_names,
    inputs_for,
    raises,
    read,
    uses,
)
from tests.conformance.families import FAMILIES
from tests.conformance.family import Family, static_shape
from tests.conformance.names import LAMINA, NUMPY
from tests.conformance.samples import FORMS
from tests.evaluate import evaluate
from tests.gradients import UNOPTIMISED, assert_gradients_agree, first_and_second


def _compiled(made: list[Use]) -> tuple[Any, list[str]]:
    inputs = read(made)
    function = lamina.function(list(inputs.values()), [use.variable for use in made])
    assert not interpreted
    assert all(op.callback for op in function._executable.callbacks)
    return function, list(inputs)


def _walk(name: str, every: bool) -> None:
    family, wrong = FAMILIES[name], []
    made = uses(name, family, every)
    steady = [u for u in made if not any(raises(u, n) for n in family.lengths)]
    function, names = _compiled(steady)

    def check(arrays: dict[str, np.ndarray], what: str) -> list[np.ndarray]:
        found = function(*(arrays[n] for n in names))
        for use, ours in zip(steady, found, strict=True):
            problem = use.problem(ours, arrays)
            if problem:
                wrong.append(f"{use.title}, {what}: {problem}")
        return found

    arrays = arrays_for(_names(steady))
    found = check(arrays, "as given")
    inputs = read(steady)
    interpreted_ones = evaluate(
        [u.variable for u in steady], {v: arrays[n] for n, v in inputs.items()}
    )
    for use, ours in zip(steady, interpreted_ones, strict=True):
        problem = use.problem(ours, arrays)
        if problem:
            wrong.append(f"{use.title}, interpreted: {problem}")
    for form, in_form in FORMS.items():
        again = function(*(in_form(arrays[n]) for n in names))
        for use, one, two in zip(steady, found, again, strict=True):
            if one.tobytes() != two.tobytes():
                wrong.append(f"{use.title}: other bits where the operands are {form}")
    for length in family.lengths:
        check(arrays_for(_names(steady), length), f"length {length}")
    wrong += _those_that_raise([u for u in made if u not in steady], every)
    assert not wrong, f"{len(wrong)} of {len(made)}:\n" + "\n".join(wrong[:40])


def _names(made: list[Use]) -> list[str]:
    return list(dict.fromkeys(n for use in made for n in use.names))


def _those_that_raise(made: list[Use], every: bool) -> list[str]:
    """What is wrong with the uses for which NumPy refuses some lengths."""
    if not made:
        return []
    wrong = []
    function, names = _compiled(made)
    arrays = arrays_for(_names(made))
    for use, ours in zip(made, function(*(arrays[n] for n in names)), strict=True):
        problem = use.problem(ours, arrays)
        if problem:
            wrong.append(f"{use.title}: {problem}")
    for use in made:
        if use.dtype != _dtype(use.family) and not every:
            continue
        function, names = _compiled([use])
        for length in use.family.lengths:
            arrays = arrays_for(use.names, length)
            if raises(use, length):
                try:
                    function(*(arrays[n] for n in names))
                    wrong.append(f"{use.title}: no error for length {length}")
                except WRONG:
                    pass
            else:
                problem = use.problem(function(*(arrays[n] for n in names))[0], arrays)
                if problem:
                    wrong.append(f"{use.title}, length {length}: {problem}")
    return wrong


@pytest.mark.parametrize("name", FAMILIES)
def test_compiled_array_op_agrees_with_numpy(name: str):
    _walk(name, every=False)


@pytest.mark.fuzz
@pytest.mark.only_fuzz
@pytest.mark.parametrize("name", FAMILIES)
def test_compiled_array_op_agrees_with_numpy_for_each_dtype_in_each_case(name: str):
    _walk(name, every=True)


def _on_float64(name: str) -> list[Use]:
    return uses(name, FAMILIES[name], only=[_dtype(FAMILIES[name])])


def _dtype(family: Family) -> str:
    return "float64" if "float64" in family.dtypes else family.dtypes[0]


@pytest.mark.parametrize("name", FAMILIES)
def test_array_op_is_read_back_from_its_text(name: str):
    made = [u for u in _on_float64(name)]
    program = import_graph(
        FunctionGraph(list(read(made).values()), [u.variable for u in made], clone=False)
    )
    program.module.verify()
    text = str(program.module)
    again = parse_program(text)
    again.module.verify()
    assert str(again.module) == text


SMOOTH = [n for n, f in FAMILIES.items() if f.smooth and "float64" in f.dtypes]


def _forms(name: str, numbers: Iterable[int]) -> dict[str, Any]:
    """Cases as functions of their operands of dtype float64."""
    forms = {}
    for number in numbers:
        case = FAMILIES[name].cases[number]
        given = arrays_for(input_names(case, "float64"))
        moving = [n for n in given if n.endswith("_float64")]

        def function(*xs: Any, case: Any = case, given: Any = given, moving: Any = moving) -> Any:
            known = {n: _as_declared(n, x) for n, x in zip(moving, xs, strict=True)}
            return case(LAMINA, *(known.get(n, a) for n, a in given.items()))

        variable = function(*inputs_for(moving).values())
        if variable.type.dtype in ("float64", "complex128"):
            forms[f"{name} {number}"] = function, [given[n] for n in moving]
    return forms


def _as_declared(name: str, x: Any) -> Any:
    """`x`, of which the lengths that are always 1 are known."""
    ones = [d for d, n in enumerate(static_shape(name[0])) if n == 1]
    return pt.specify_broadcastable(x, *ones) if ones else x


def _assert_gradients_agree(
    name: str, first: Iterable[int], second: Iterable[int], **options: Any
) -> None:
    """Compare the gradients of some cases, and of others those of the first and second order."""
    both = {k: (first_and_second(f), given) for k, (f, given) in _forms(name, second).items()}
    assert_gradients_agree({**_forms(name, first), **both}, tolerance=1e-5, **options)


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_agree_with_central_differences(name: str):
    """Of every third case the second gradients are compared, which has the first compared too."""
    numbers = range(len(FAMILIES[name].cases))
    _assert_gradients_agree(name, [n for n in numbers if n % 3], numbers[::3])


@pytest.mark.fuzz
@pytest.mark.only_fuzz
@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_of_both_orders_of_every_case_agree_with_central_differences(name: str):
    numbers = range(len(FAMILIES[name].cases))
    _assert_gradients_agree(name, numbers, [], mode="FAST_RUN")
    _assert_gradients_agree(name, [], numbers, mode="FAST_RUN")


@pytest.mark.parametrize("name", [n for n, f in FAMILIES.items() if f.batched])
def test_batches_give_what_a_loop_gives(name: str):
    made = [u for u in _on_float64(name) if any(n[0] not in "kKbD" for n in u.names)]
    inputs, wrong = read(made), []
    batches = {
        n: v.type.clone(shape=(None, *v.type.shape))()
        for n, v in inputs.items()
        if n[0] not in "kKbD"
    }
    variables = [u.variable for u in made]
    vectorized = vectorize_graph(variables, {inputs[n]: b for n, b in batches.items()})
    arrays = arrays_for(inputs)
    stacks = {
        n: np.stack([arrays[n], arrays[n][::-1] if arrays[n].ndim else arrays[n]]) for n in batches
    }
    given = [batches.get(n, v) for n, v in inputs.items()]
    function = lamina.function(given, vectorized, UNOPTIMISED, on_unused_input="ignore")
    found = function(*(stacks.get(n, arrays[n]) for n in inputs))
    for i in range(2):
        one = {v: stacks[n][i] if n in stacks else arrays[n] for n, v in inputs.items()}
        for use, batch, single in zip(made, found, evaluate(variables, one), strict=True):
            of_batch = batch[i] if batch.ndim > single.ndim else batch
            if of_batch.shape != single.shape or not np.allclose(
                of_batch, single, rtol=1e-9, atol=1e-9, equal_nan=True
            ):
                wrong.append(f"{use.title}: {of_batch!r}, not {single!r}")
    assert not wrong, "\n".join(wrong[:20])


@pytest.mark.parametrize("name", [n for n, f in FAMILIES.items() if f.static])
def test_shapes_of_arrays_of_known_shapes_are_known(name: str):
    wrong = []
    for number, case in enumerate(FAMILIES[name].cases):
        names = input_names(case, _dtype(FAMILIES[name]))
        variable = case(LAMINA, *inputs_for(names, static=True).values())
        expected = np.shape(case(NUMPY, *(arrays_for(names)[n] for n in names)))
        if variable.type.shape != expected:
            wrong.append(f"{name} {number}: {variable.type.shape}, not {expected}")
    assert not wrong, "\n".join(wrong)
