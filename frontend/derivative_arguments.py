"""What functions of derivatives are given, checked, and results in the same container."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import lamina.ir.operators as nd
from lamina.backward_pass import is_discrete
from lamina.ir.graph.gradient_types import DisconnectedType, NullType
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import ancestors
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.creation import ones_like

Wrt = Variable | Sequence[Variable]


def one_of(name: str, value: str, allowed: Sequence[str]) -> None:
    """Refuse a `value` of the argument `name` that is not `allowed`."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")


def variables(given: Any, what: str) -> list[Variable]:
    """The argument `what`, one variable or several, as a list.

    Raises
    ------
    TypeError
        It is something else.
    """
    several = [given] if isinstance(given, Variable) else given
    if isinstance(several, (str, Mapping)) or not isinstance(several, Iterable):
        raise TypeError(f"{what} must be a Variable or a list of them, got {given!r}")
    found = list(several)
    for v in found:
        if not isinstance(v, Variable):
            raise TypeError(f"{what}: expected a Variable, got {v!r} of type {type(v).__name__}")
    return found


def like(wrt: Wrt, results: list[Any]) -> Any:
    """`results`, one for each of `wrt`, in its container."""
    if isinstance(wrt, Variable):
        return results[0]
    return tuple(results) if isinstance(wrt, tuple) else results


def seeds_of(cost: Any, known_grads: Mapping[Variable, Any] | None) -> dict[Variable, Variable]:
    """The gradients by variable that a backward pass begins with: 1 for the cost, and known ones.

    Raises
    ------
    TypeError, ValueError
        A cost or a gradient is none.
    """
    if cost is None and not known_grads:
        raise ValueError("grad needs a cost or known_grads")
    seeds: dict[Variable, Variable] = {}
    if cost is not None:
        cost = differentiable(cost, "cost")
        if cost.type.ndim:
            raise TypeError(
                f"Cost must be a scalar. {cost} is of type {cost.type}: take its sum or mean, or "
                "use jacobian."
            )
        seeds[cost] = ones_like(cost)
    for v, g in (known_grads or {}).items():
        if not isinstance(v, Variable):
            raise TypeError(f"known_grads: the keys must be Variables, got {v!r}")
        if isinstance(g, Variable) and isinstance(g.type, DisconnectedType):
            continue
        g = g if isinstance(g, Variable) else as_tensor_variable(g)
        if getattr(g.type, "ndim", 0) != getattr(v.type, "ndim", 0):
            raise ValueError(
                f"known_grads: the gradient of {v}, {v.type}, cannot be of type {g.type}"
            )
        seeds[v] = g
    return seeds


def differentiable(expression: Any, what: str) -> Any:
    """`expression`, if it has a real derivative.

    Raises
    ------
    TypeError
        It does not.
    """
    if not isinstance(expression, Variable):
        raise TypeError(
            f"{what} must be a Variable, got {expression!r} of type {type(expression).__name__}"
        )
    kind = expression.type
    if isinstance(kind, NullType):
        raise ValueError(f"{what} is undefined: {kind.why_null}")
    if not isinstance(kind, TensorType):
        raise TypeError(f"{what} must be an array, got {expression} of type {kind}")
    if is_discrete(expression):
        raise TypeError(
            f"{what} must be of a float dtype to have a gradient, got {expression} of type {kind}. "
            "Cast it, if the gradient is meant to be that of the same formula for real numbers."
        )
    if kind.numpy_dtype.kind == "c":
        raise TypeError(
            f"{what} must be real, got {expression} of type {kind}: use real(), imag() or abs()."
        )
    return expression


def apart(outputs: list[Variable]) -> list[Variable]:
    """`outputs`, of which none is used by another: a known gradient would be the whole of it."""
    used = set(ancestors([u for v in outputs if v.owner for u in v.owner.inputs]))
    count = Counter(outputs)
    apart = []
    for v in outputs:
        if (v in used or count[v] > 1) and isinstance(v.type, TensorType) and not is_discrete(v):
            v = v.type.filter_variable(nd.identity(v))
        apart.append(v)
    return apart
