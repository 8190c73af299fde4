"""Elementwise functions of a random expression and others that are not random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.cast import CastOp, cast
from lamina.ir.ops.constant import constant_value
from lamina.ir.ops.elementwise import Elemwise
from lamina.logprob.censored import Clipped
from lamina.logprob.change_of_variables import Transformed
from lamina.logprob.compared import PROBABILITIES, SWAPPED, Compared
from lamina.logprob.inverses import INVERSES, difference, power, quotient, scale, shift
from lamina.logprob.measure import Measure, Reading, measure_of, refuse
from lamina.logprob.mixture import mixture_of_switch
from lamina.logprob.rounded import ENDS, Rounded

# From the expression, the distribution of its random operand, the number of that, and the others.
Form = Callable[[Variable, Measure, int, list[Any]], Measure]


def _add(y: Variable, x: Measure, i: int, others: list[Any]) -> Measure:
    (c,) = others
    return Transformed(y, x, shift(c), lambda v: v + c)


def _sub(y: Variable, x: Measure, i: int, others: list[Any]) -> Measure:
    (c,) = others
    if i == 0:
        return Transformed(y, x, difference(c), lambda v: v - c)
    return Transformed(y, _function("neg", y, x), shift(c), lambda v: v + c)


def _mul(y: Variable, x: Measure, i: int, others: list[Any]) -> Measure:
    (c,) = others
    return Transformed(y, x, scale(c), lambda v: v * c)


def _true_div(y: Variable, x: Measure, i: int, others: list[Any]) -> Measure:
    (c,) = others
    if i == 0:
        return Transformed(y, x, quotient(c), lambda v: v / c)
    return Transformed(y, _function("reciprocal", y, x), scale(c), lambda v: v * c)


def _pow(y: Variable, x: Measure, i: int, others: list[Any]) -> Measure:
    (c,) = others
    if i == 1:
        log_base = nd.log(c)
        scaled = Transformed(y, x, scale(log_base), lambda v: v * log_base)
        return _function("exp", y, scaled)
    exponents = constant_value(c)
    if exponents is None or len(set(exponents.flat)) != 1 or not exponents.flat[0]:
        refuse(y, f"is a power of which the exponent {c} is not known, or 0")
    n = float(exponents.flat[0])
    return Transformed(y, x, power(n), lambda v: nd.pow(v, n))


def _maximum(y: Variable, x: Measure, i: int, others: list[Any]) -> Measure:
    return Clipped(y, x, others[0], None)


def _minimum(y: Variable, x: Measure, i: int, others: list[Any]) -> Measure:
    return Clipped(y, x, None, others[0])


def _clip(y: Variable, x: Measure, i: int, others: list[Any]) -> Measure:
    if i != 0:
        refuse(y, "has a random bound: its density is not known")
    return Clipped(y, x, *others)


def _not(y: Variable, x: Measure, i: int, others: list[Any]) -> Measure:
    if np.dtype(y.type.dtype).kind != "b":  # type: ignore[attr-defined]
        return Transformed(y, _function("neg", y, x), difference(1), nd.invert)  # ~x = -x - 1
    return Compared(y, x, "EQ", cast(0, y.type.dtype))  # type: ignore[attr-defined]


_FORMS: dict[str, Form] = {
    "add": _add, "sub": _sub, "mul": _mul, "true_div": _true_div, "pow": _pow,
    "maximum": _maximum, "minimum": _minimum, "clip": _clip,
    "invert": _not, "logical_not": _not,
}  # fmt: skip


def _function(name: str, y: Variable, x: Measure) -> Measure:
    return Transformed(y, x, INVERSES[name], getattr(nd, name))


def _conversion(y: Variable, x: Measure, to: str) -> Measure:
    """A cast: of floats to integers it rounds towards 0."""
    from_kind, to_kind = np.dtype(x.variable.type.dtype).kind, np.dtype(to).kind
    if to_kind == "b" and from_kind != "b":
        return Compared(y, x, "NEQ", cast(0, x.variable.type.dtype))
    if to_kind in "iu" and x.kind == "continuous":
        return Rounded(y, x, "trunc")
    return Transformed(y, x, INVERSES["identity"], lambda v: cast(v, to))


@measure_of.register
def _elementwise(op: Elemwise, variable: Variable, reading: Reading) -> Measure:
    name = op.scalar_op.name
    if name == "switch":
        return mixture_of_switch(variable, reading)
    i, operand = reading.only_random(variable)
    y: Any = variable
    x: Any = operand
    if any(n == 1 != m for n, m in zip(x.type.shape, y.type.shape, strict=True)):
        refuse(
            variable,
            f"repeats {operand} of shape {x.type.shape} to the shape {y.type.shape}: its elements "
            "are one draw, of which there is no density. Give the draw its size",
        )
    inner = reading.measure(operand)
    others = [v for j, v in enumerate(variable.owner.inputs) if j != i]  # type: ignore[union-attr]
    if isinstance(op.scalar_op, CastOp):
        return _conversion(variable, inner, y.type.dtype)
    if name in _FORMS:
        return _FORMS[name](variable, inner, i, others)
    if name in INVERSES:
        return Transformed(variable, inner, INVERSES[name], op)
    if name in ENDS:
        return Rounded(variable, inner, name)
    if name in PROBABILITIES:
        return Compared(variable, inner, name if i == 0 else SWAPPED[name], others[0])
    refuse(variable, "is no expression of which the density is known")
