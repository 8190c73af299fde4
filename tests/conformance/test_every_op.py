"""Every op: compiled, interpreted, printed and read back, folded, differentiated."""

import numpy as np
import pytest

import lamina
from lamina.ir.ops.elementwise import Elemwise, all_elementwise
from tests.conformance.elementwise_walk import walk
from tests.conformance.samples import FORMS
from tests.evaluate import evaluate

ELEMENTWISE = all_elementwise()


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.scalar_op.name)
def test_compiled_elementwise_op_agrees_with_numpy(op: Elemwise):
    made = walk(op)
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
