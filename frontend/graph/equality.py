"""Whether graphs compute the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lamina.graph.replace import graph_replace
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.type import Type
from lamina.ir.graph.variable import Constant, Variable


def equal_computations(
    xs: Sequence[Any],
    ys: Sequence[Any],
    in_xs: Sequence[Variable] | None = None,
    in_ys: Sequence[Variable] | None = None,
    strict_dtype: bool = True,
) -> bool:
    """Whether two lists of graphs compute the same, pair by pair, by the same applications of ops.

    Parameters
    ----------
    xs, ys : sequences of Variable (or values), equally long
    in_xs, in_ys : sequences of Variable, optional
        Pairs that count as equal if their types are. All other inputs must be the same variables,
        or constants of the same type and value.
    strict_dtype : bool
        Require equal types throughout, not only equal ranks.

    Raises
    ------
    ValueError
        The lengths differ, or only one of `in_xs` and `in_ys` is given.

    Examples
    --------
    >>> equal_computations([x + 1], [y + 1], [x], [y])
    True
    """
    if len(xs) != len(ys):
        raise ValueError(f"The numbers of graphs must be equal, got {len(xs)} and {len(ys)}")
    in_xs, in_ys = list(in_xs or ()), list(in_ys or ())
    if len(in_xs) != len(in_ys):
        raise ValueError(f"The numbers of inputs must be equal, got {len(in_xs)} and {len(in_ys)}")

    def fits(a: Type, b: Type) -> bool:
        if strict_dtype or not (isinstance(a, TensorType) and isinstance(b, TensorType)):
            return a == b
        return a.ndim == b.ndim

    seen = {(x, y) for x, y in zip(in_xs, in_ys, strict=True) if fits(x.type, y.type)}
    waiting = list(zip(map(_variable, xs), map(_variable, ys), strict=True))
    while waiting:
        pair = x, y = waiting.pop()
        if x is y or pair in seen:
            continue
        seen.add(pair)
        if not fits(x.type, y.type):
            return False
        if isinstance(x, Constant) and isinstance(y, Constant):
            if not _same_value(x, y):
                return False
            continue
        a, b = x.owner, y.owner
        if a is None or b is None or a.op != b.op:
            return False
        if x.index != y.index or len(a.inputs) != len(b.inputs):
            return False
        waiting.extend(zip(a.inputs, b.inputs, strict=True))
    return True


def is_same_graph(
    var1: Variable,
    var2: Variable,
    givens: Mapping[Variable, Any] | Sequence[tuple[Variable, Any]] | None = None,
) -> bool:
    """Whether two variables are computed by the same applications of ops on the same inputs.

    Parameters
    ----------
    var1, var2 : Variable
    givens : dict or pairs, optional
        Replacements to make in both graphs first.

    Examples
    --------
    >>> is_same_graph(x + y, x + y), is_same_graph(x + y, y + x)
    (True, False)
    """
    if givens:
        var1, var2 = graph_replace([var1, var2], givens, strict=False)
    return equal_computations([var1], [var2])


def _variable(x: Any) -> Variable:
    if isinstance(x, Variable):
        return x
    from lamina.ir.ops.constant import as_tensor_variable

    return as_tensor_variable(x)


def _same_value(x: Constant, y: Constant) -> bool:
    a, b = getattr(x.data, "dtype", None), getattr(y.data, "dtype", None)
    return a == b and x.type.values_eq(x.data, y.data)
