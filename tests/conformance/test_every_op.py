"""Every op: compiled, interpreted, printed and read back, folded, differentiated."""

from typing import Any

import numpy as np
import pytest
import scipy.special

import lamina
from lamina.ir.ops.elementwise import Elemwise, all_elementwise
from tests.conformance.accuracy import difference, exactly
from tests.conformance.elementwise_walk import Output, walk
from tests.conformance.samples import FORMS
from tests.evaluate import evaluate

ELEMENTWISE = all_elementwise()

# IEEE 754 says the bits of these on reals, except that NumPy's vector loops give max(0, -0) either
# sign.
EXACT = set(
    "disconnected_grad zero_grad undefined_grad grad_clip grad_scale add sub mul true_div neg abs "
    "sign sqr sqrt reciprocal conj real imag complex identity maximum minimum floor ceil trunc "
    "round_half_to_even round_half_away_from_zero switch clip second".split()
)


def _pole_of_polygamma(n, x):
    """The term of the sum that is largest: others cancel it between two poles."""
    return scipy.special.gamma(n + 1) * np.abs(x - np.minimum(np.rint(x), 0)) ** -(n + 1)


# The largest intermediate, where it is larger than the result. In a factor exp(u) it is u, which
# may be 500.
LARGEST = {
    "gammainc_shape_slope": lambda a, x, exact: 500 * np.abs(exact),
    "betainc_slope_a": lambda a, b, x, exact: 500 * np.abs(exact),
    "betainc_slope_b": lambda a, b, x, exact: 500 * np.abs(exact),
    # by reflection: there are roots between the poles
    "gammaln": lambda x, exact: np.where(x < 0, 1, 0),
    "psi": lambda x, exact: np.where(x < 0, 1, 0),
    "polygamma": lambda n, x, exact: _pole_of_polygamma(*map(np.float64, (n, x))),
}


def _expected(op: Elemwise, output: Output, arrays: dict[str, np.ndarray]) -> tuple[Any, Any, Any]:
    """NumPy's result, that of higher precision, and the largest operand."""
    numpy = evaluate(output.variable, {})
    return numpy


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
            operands = output.operands(arrays)
            loop, _ = op.scalar_op.types(
                tuple(v.type.dtype for v in output.variable.owner.inputs),
                _weak(output.variable.owner.inputs),
            )
            with np.errstate(all="ignore"):
                cast = [np.asarray(x).astype(d) for x, d in zip(operands, loop, strict=True)]
                exact = exactly(op.scalar_op.numpy, *cast)
                largest = LARGEST.get(op.scalar_op.name, lambda *_: 0)(*cast, exact)
            real = all(x.dtype.kind != "c" for x in cast)
            if op.scalar_op.name in EXACT and real:
                exact = None
            problem = difference(
                ours,
                expected,
                exact,
                largest=largest,
                signs=real and op.scalar_op.name not in ("maximum", "minimum", "clip"),
            )
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


def _weak(inputs):
    from lamina.ir.ops.constant import weak_type

    return tuple(map(weak_type, inputs))
