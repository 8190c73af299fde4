"""Every op: compiled, interpreted, printed and read back, folded, differentiated."""

import numpy as np
import pytest

import lamina
from lamina.ir.ops.elementwise import Elemwise, all_elementwise
from tests.conformance.elementwise_walk import Walk, walk
from tests.conformance.samples import FORMS
from tests.evaluate import evaluate

ELEMENTWISE = all_elementwise()


def assert_agrees_with_numpy(made: Walk) -> None:
    inputs, variables = list(made.inputs.values()), [o.variable for o in made.outputs]
    function = lamina.function(inputs, variables, mode="FAST_RUN", on_unused_input="ignore")
    wrong = []

    def check(arrays: dict[str, np.ndarray], form: str) -> list[np.ndarray]:
        found = function(*arrays.values())
        numpy = evaluate(variables, dict(zip(inputs, arrays.values(), strict=True)))
        for output, ours, expected in zip(made.outputs, found, numpy, strict=True):
            problem = output.problem(ours, expected, arrays)
            if problem:
                wrong.append(f"{output.name}, {form}: {problem}")
        return found

    found = check(made.arrays, "as given")
    check({n: a[..., :0] if a.ndim else a for n, a in made.arrays.items()}, "empty")
    for form, in_form in FORMS.items():
        again = function(*map(in_form, made.arrays.values()))
        for output, one, two in zip(made.outputs, found, again, strict=True):
            if one.tobytes() != two.tobytes():
                wrong.append(f"{output.name}: other bits where the operands are {form}")
    assert not wrong, f"{len(wrong)} of {len(variables)}:\n" + "\n".join(wrong[:40])


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.scalar_op.name)
def test_compiled_elementwise_op_agrees_with_numpy(op: Elemwise):
    assert_agrees_with_numpy(walk(op))


@pytest.mark.fuzz
@pytest.mark.only_fuzz
@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.scalar_op.name)
def test_compiled_elementwise_op_agrees_with_numpy_in_every_form_on_each_dtype(op: Elemwise):
    assert_agrees_with_numpy(walk(op, every=True))


def test_each_dtype_is_tried_in_every_form_and_beside_every_other_one():
    def tried(every: bool) -> set[tuple[int, str]]:
        return {
            (op.nin, o.name.removeprefix(str(op)))
            for op in ELEMENTWISE
            for o in walk(op, every).outputs
        }

    assert tried(every=False) == tried(every=True)
