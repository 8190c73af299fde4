"""`ifelse`: one of two graphs, as a condition says; the other is not computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.gradient_types import DisconnectedType, disconnected_type
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant, weak_type
from lamina.ir.ops.creation import zeros_like


class IfElse(Op):
    """One of two lists of values: operands are the condition, the first list, the second.

    In the graph it stands behind both. When a function is made, what only one list needs is moved
    into a branch (``lamina.branches``), which is done or not.

    Parameters
    ----------
    n_outs : int
        The length of the lists.
    name : str, optional
    """

    __module__ = "lamina.ifelse"
    __props__ = ("n_outs", "name")

    def __init__(self, n_outs: int, name: str | None = None):
        self.n_outs, self.name = n_outs, name

    def make_node(self, condition: Any, *values: Any) -> Apply:  # type: ignore[override]
        if len(values) != 2 * self.n_outs:
            raise TypeError(
                f"{self} takes 2 lists of {self.n_outs} values, got {len(values)} values"
            )
        then, otherwise = values[: self.n_outs], values[self.n_outs :]
        pairs = [_of_one_type(a, b, self) for a, b in zip(then, otherwise, strict=True)]
        operands = [_condition(condition), *(a for a, _ in pairs), *(b for _, b in pairs)]
        return Apply(self, operands, [_common(a.type, b.type)() for a, b in pairs])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        first = 1 if inputs[0] else 1 + self.n_outs
        for storage, value in zip(output_storage, inputs[first:], strict=False):
            storage[0] = value

    def do_constant_folding(self, fgraph: Any, node: Apply) -> bool:
        return False  # a branch that is not taken may be long, and may fail

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        own = np.eye(self.n_outs, dtype=bool).tolist()
        return [[False] * self.n_outs, *own, *own]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        condition, *values = inputs
        known = [i for i, g in enumerate(output_grads) if not isinstance(g.type, DisconnectedType)]
        then = [disconnected_type() for _ in output_grads]
        otherwise = list(then)
        for i in known:
            g, a, b = output_grads[i], values[i], values[self.n_outs + i]
            then[i] = ifelse(condition, g, _zeros(a, g))
            otherwise[i] = ifelse(condition, _zeros(b, g), g)
        return [disconnected_type(), *then, *otherwise]

    def __str__(self) -> str:
        return f"if{{{self.name or ''}}}"


def ifelse(condition: Any, then_branch: Any, else_branch: Any, name: str | None = None) -> Any:
    """One of two values, of which only that one is computed.

    Unlike ``switch``, which chooses element by element and computes both.

    Parameters
    ----------
    condition : scalar
        Bool, or a number that is not 0.
    then_branch, else_branch : variable or list of variable
        What to compute if the condition holds, and if not. Both must have the same dtypes and
        ranks; a Python number takes the dtype of what stands in its place in the other. Lengths may
        differ. What both need, or what is needed elsewhere, is computed in any case.
    name : str, optional
        For printed graphs.

    Returns
    -------
    variable or list of variable
        As the branches are.

    Raises
    ------
    TypeError
        The condition is no scalar, or the branches have different types.
    ValueError
        The lists have different lengths.

    Examples
    --------
    >>> x, y = pt.dscalar("x"), pt.dscalar("y")
    >>> f = lamina.function([x, y], ifelse(x > y, pt.exp(x), pt.log(y)))
    >>> f(0, 1)
    array(0.)
    """
    listed = [isinstance(b, (list, tuple)) for b in (then_branch, else_branch)]
    then = list(then_branch) if listed[0] else [then_branch]
    otherwise = list(else_branch) if listed[1] else [else_branch]
    if len(then) != len(otherwise):
        raise ValueError(
            f"ifelse: the branches have {len(then)} and {len(otherwise)} values; they must have as "
            "many"
        )
    node = IfElse(len(then), name).make_node(condition, *then, *otherwise)
    return list(node.outputs) if any(listed) else node.outputs[0]


def _condition(given: Any) -> Variable:
    condition = as_tensor_variable(given)
    if condition.type.ndim:
        raise TypeError(
            f"ifelse: the condition must be a scalar, {condition} is of type {condition.type}; "
            "switch chooses element by element"
        )
    return cast(condition, "bool")


def _of_one_type(a: Any, b: Any, op: IfElse) -> tuple[Any, Any]:
    """Two values as variables of the same dtype and rank.

    Raises
    ------
    TypeError
        They differ.
    """
    x, y = (v if isinstance(v, Variable) else as_tensor_variable(v) for v in (a, b))
    if isinstance(x.type, TensorType) and isinstance(y.type, TensorType):
        x, y = _as_the_other(x, y), _as_the_other(y, x)
    if _common(x.type, y.type) is None:
        raise TypeError(
            f"{op}: the branches must have the same dtype and rank, but {x} is {x.type} and {y} is "
            f"{y.type}"
        )
    return x, y


def _as_the_other(x: Any, y: Any) -> Any:
    """A Python number in the dtype of `y`, where that holds it."""
    if not isinstance(x, Constant) or weak_type(x) is None or weak_type(y) is not None:
        return x
    kinds = "biufc"
    own: Any = x.type
    if kinds.index(own.numpy_dtype.kind) > kinds.index(y.type.numpy_dtype.kind):
        return x
    return constant(x.data, x.name, dtype=y.type.dtype)


def _common(a: Any, b: Any) -> Any:
    """The type of what is of either type; None if there is none."""
    if isinstance(a, TensorType) and isinstance(b, TensorType):
        if a.dtype != b.dtype or a.ndim != b.ndim:
            return None
        shape = [n if n == m else None for n, m in zip(a.shape, b.shape, strict=True)]
        return a.clone(shape=shape)
    return a if a == b else None


def _zeros(v: Any, g: Any) -> Any:
    """A cotangent of 0 for `v`, of the dtype of `g`."""
    return zeros_like(v, dtype=g.type.dtype)
