"""Derivatives of graphs, as graphs.

The gradient with respect to a complex z = a + ib is d/da + i d/db of the (real) cost: the direction
of steepest ascent. That with respect to an integer or bool n is the derivative of the same formula
for real n, a float; what is computed as an integer (a comparison, argmax, a cast to int) passes a
gradient of 0 on.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lamina.backward_pass import Sweep, zeros_for
from lamina.branches import with_branches
from lamina.derivative_arguments import (
    Wrt,
    apart,
    differentiable,
    like,
    one_of,
    seeds_of,
    variables,
)
from lamina.ir.graph.gradient_types import NullType, disconnected_type
from lamina.ir.graph.op import Op
from lamina.ir.graph.source_line import describe
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.creation import eye
from lamina.ir.ops.reduction import sum as sum_over
from lamina.ir.ops.reshape import flatten, reshape
from lamina.ir.ops.shape import length_of


class DisconnectedInputError(ValueError):
    """A gradient was asked for with respect to a variable that the cost does not depend on.

    >>> grad(x.sum(), y)                                # raises
    >>> grad(x.sum(), y, disconnected_inputs="ignore")  # zeros
    """

    __module__ = "lamina.gradient"


class NullTypeGradError(TypeError):
    """A gradient is undefined, or an op on the way to it does not have one."""

    __module__ = "lamina.gradient"


def grad(
    cost: Variable | None,
    wrt: Wrt,
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
    add_names: bool = True,
    known_grads: Mapping[Variable, Any] | None = None,
    return_disconnected: str = "zero",
    null_gradients: str = "raise",
) -> Any:
    """The gradient of a scalar.

    Parameters
    ----------
    cost : scalar Variable of a float dtype, or None
        None if `known_grads` are given.
    wrt : Variable or sequence of Variable
        With respect to what.
    consider_constant : iterable of Variable, optional
        Variables through which no gradient passes.
    disconnected_inputs : {"raise", "warn", "ignore"}
        What to do about a variable of `wrt` on which `cost` does not depend.
    add_names : bool
        Name gradients ``(dcost/dx)`` where cost and x have names.
    known_grads : dict, optional
        Gradients, by variable, that are known already, of a cost outside the graph for instance.
    return_disconnected : {"zero", "none", "disconnected"}
        What stands for the gradient of a disconnected variable: zeros, None, or a variable of
        `DisconnectedType`.
    null_gradients : {"raise", "return"}
        What to do about an undefined gradient: raise, or return a variable of `NullType`.

    Returns
    -------
    Variable, or list or tuple of Variable, as `wrt` is
        Each has the dtype of its variable of `wrt`; floatX, where that is an integer or bool.

    Raises
    ------
    TypeError
        `cost` is no scalar, not real, or not a float.
    DisconnectedInputError
        `cost` does not depend on a variable of `wrt`, or not in a differentiable way.
    NullTypeGradError
        A gradient is undefined.

    Examples
    --------
    >>> x = pt.vector("x")
    >>> grad((x**2).sum(), x).eval({x: [1.0, 2.0]})
    array([2., 4.])
    """
    one_of("disconnected_inputs", disconnected_inputs, ("raise", "warn", "ignore"))
    one_of("return_disconnected", return_disconnected, ("zero", "none", "disconnected"))
    one_of("null_gradients", null_gradients, ("raise", "return"))
    targets = variables(wrt, "wrt")
    seeds = seeds_of(cost, known_grads)
    constants = set(variables(consider_constant or (), "consider_constant"))
    # of an ifelse, only the branch that is taken is differentiated when the function runs
    lazy = with_branches([*seeds], visible={*targets, *constants})
    sweep = Sweep(
        {lazy.get(v, v): g for v, g in seeds.items()},
        [lazy.get(v, v) for v in targets],
        {lazy.get(v, v) for v in constants},
        cost.name if add_names and cost is not None else None,
    )
    grads: list[Any] = []
    for v in targets:
        g = sweep.gradient(lazy.get(v, v))
        if g is None:
            _report_disconnected(v, cost, disconnected_inputs)
            g = DISCONNECTED[return_disconnected](v)
        elif isinstance(g.type, NullType) and null_gradients == "raise":
            raise NullTypeGradError(
                f"The gradient with respect to {v} of type {v.type} is undefined: {g.type.why_null}"
            )
        grads.append(g)
    return like(wrt, grads)


def Lop(
    f: Wrt,
    wrt: Wrt,
    eval_points: Wrt,
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
    return_disconnected: str = "zero",
    null_gradients: str = "raise",
) -> Any:
    """`eval_points` times the Jacobian of `f` with respect to `wrt`, which is not computed itself.

    Parameters
    ----------
    f : Variable or sequence of Variable
    wrt : Variable or sequence of Variable
    eval_points : Variable or sequence of Variable
        One for each of `f`, of its shape.
    consider_constant, disconnected_inputs, return_disconnected, null_gradients : optional
        As for `grad`.

    Returns
    -------
    Variable, or list or tuple of Variable, as `wrt` is
    """
    outputs = variables(f, "f")
    points = [eval_points] if not isinstance(eval_points, (list, tuple)) else eval_points
    if len(points) != len(outputs):
        raise ValueError(f"{len(outputs)} outputs need as many eval_points, got {len(points)}")
    return grad(
        None,
        wrt,
        consider_constant=consider_constant,
        disconnected_inputs=disconnected_inputs,
        known_grads=dict(zip(apart(outputs), points, strict=True)),
        return_disconnected=return_disconnected,
        null_gradients=null_gradients,
    )


pullback = Lop


def jacobian(
    expression: Variable,
    wrt: Wrt,
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
    vectorize: bool = True,
) -> Any:
    """The derivative of every element of `expression` with respect to every element of `wrt`.

    It is one backward pass for all elements at once: the graph of a pass for one, vectorized.

    Parameters
    ----------
    expression : Variable
    wrt : Variable or sequence of Variable
    vectorize : bool
        Taken for compatibility: it is always vectorized.

    Returns
    -------
    Variable, or list or tuple of Variable, as `wrt` is
        Of shape ``(*expression.shape, *wrt.shape)``.
    """
    from lamina.graph.replace import vectorize_graph

    y: Any = differentiable(expression, "expression")
    options: dict[str, Any] = {
        "consider_constant": consider_constant, "disconnected_inputs": disconnected_inputs,
    }  # fmt: skip
    if y.type.ndim == 0:
        return grad(y, wrt, **options)
    targets = variables(wrt, "wrt")
    flat = y if y.type.ndim == 1 else flatten(y)
    seed: Any = flat.type()
    rows = grad(None, targets, known_grads={flat: seed}, **options)
    count = length_of(flat, 0)
    jacobians = vectorize_graph(rows, {seed: eye(count, dtype=flat.type.dtype)})
    lengths = [length_of(y, i) for i in range(y.type.ndim)]
    for i, (v, j) in enumerate(zip(targets, jacobians, strict=True)):
        of_v = [length_of(v, k) for k in range(v.type.ndim)]  # type: ignore[attr-defined]
        if j.type.ndim == len(of_v):  # does not depend on the seed: zeros
            jacobians[i] = broadcast_to(j, (*lengths, *of_v))
        elif len(lengths) > 1:
            jacobians[i] = reshape(j, (*lengths, *of_v))
    return like(wrt, jacobians)


def hessian(
    cost: Variable,
    wrt: Wrt,
    consider_constant: Iterable[Variable] | None = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """The second derivatives of a scalar with respect to the elements of each of `wrt`.

    Returns
    -------
    Variable, or list or tuple of Variable, as `wrt` is
        Of shape ``(*wrt.shape, *wrt.shape)``. Derivatives by two different variables of `wrt` are
        not part of it.
    """
    targets = variables(wrt, "wrt")
    firsts = grad(cost, targets, consider_constant, disconnected_inputs)
    return like(
        wrt,
        [
            jacobian(g, v, consider_constant, disconnected_inputs="ignore")
            for g, v in zip(firsts, targets, strict=True)
        ],
    )


def hessian_vector_product(cost: Variable, wrt: Wrt, p: Wrt, **grad_kwargs: Any) -> Any:
    """The Hessian of `cost` times vectors, without the Hessian.

    Parameters
    ----------
    cost : scalar Variable
    wrt : Variable or sequence of Variable
    p : Variable or sequence of Variable
        The vectors, one for each of `wrt`.
    **grad_kwargs
        For `grad`.

    Returns
    -------
    Variable, or list or tuple of Variable, as `wrt` is
        Mixed second derivatives included.
    """
    targets = variables(wrt, "wrt")
    vectors = [as_tensor_variable(v) for v in (p if isinstance(p, (list, tuple)) else [p])]
    if len(vectors) != len(targets):
        raise ValueError(f"{len(targets)} variables need as many vectors, got {len(vectors)}")
    firsts = grad(cost, targets, **grad_kwargs)
    products = [sum_over(g * v) for g, v in zip(firsts, vectors, strict=True)]
    total = products[0]
    for product in products[1:]:
        total = total + product
    return like(wrt, grad(total, targets, **{"disconnected_inputs": "ignore", **grad_kwargs}))


def subgraph_grad(
    wrt: Sequence[Variable],
    end: Sequence[Variable],
    start: Mapping[Variable, Any] | None = None,
    cost: Variable | None = None,
    details: bool = False,
) -> Any:
    """Gradients of one part of a graph, to go on with in the next.

    Parameters
    ----------
    wrt : sequence of Variable
        The parameters of this part.
    end : sequence of Variable
        Where this part begins: the gradient does not pass beyond.
    start : dict, optional
        Gradients, by variable, with respect to what this part computes, as the part before
        returned them.
    cost : scalar Variable, optional
        A cost of this part's own, whose gradient is added.
    details : bool
        Return also the gradients of `wrt` by `start` alone and by `cost` alone.

    Returns
    -------
    list, list
        The gradients with respect to `wrt`, and to `end`.
    """
    wrt, end = variables(wrt, "wrt"), variables(end, "end")
    if start is None and cost is None:
        raise ValueError("subgraph_grad needs start or cost")
    wanted = [*wrt, *end]
    options: dict[str, Any] = {"consider_constant": end, "disconnected_inputs": "ignore"}
    by_start = grad(None, wanted, known_grads=start, **options) if start else None
    by_cost = grad(cost, wanted, **options) if cost is not None else None
    parts = [part for part in (by_start, by_cost) if part is not None]
    total = parts[0] if len(parts) == 1 else [a + b for a, b in zip(*parts, strict=True)]
    result = total[: len(wrt)], total[len(wrt) :]
    if not details:
        return result
    return (*result, *(part and part[: len(wrt)] for part in (by_start, by_cost)))


def grad_undefined(op: Op, x_pos: int, x: Variable, comment: str = "") -> Variable:
    """What an op's ``grad`` returns for operand `x_pos`, by which there is no derivative."""
    why = f"{op} is not differentiable in its operand {x_pos} ({x}). {comment}"
    return NullType(why.rstrip())()


def grad_not_implemented(op: Op, x_pos: int, x: Variable, comment: str = "") -> Variable:
    """What an op's ``grad`` returns for operand `x_pos`, whose derivative is not written yet."""
    return NullType(f"{op} lacks the gradient by its operand {x_pos} ({x}). {comment}".rstrip())()


def _report_disconnected(v: Variable, cost: Variable | None, action: str) -> None:
    if action == "ignore":
        return
    of = "" if cost is None else f" {cost}"
    made = describe(v.owner.line) if v.owner is not None else ""
    message = (
        "grad method was asked to compute the gradient with respect to a variable that is not part "
        f"of the computational graph of the cost{of}, or is used only by a non-differentiable "
        f"operator: {v} of type {v.type}{made and ', made at ' + made}. "
        'disconnected_inputs="ignore" gives zeros instead.'
    )
    if action == "raise":
        raise DisconnectedInputError(message)
    warnings.warn(message, stacklevel=3)


DISCONNECTED: dict[str, Callable[[Variable], Any]] = {
    "zero": zeros_for,
    "none": lambda v: None,
    "disconnected": lambda v: disconnected_type(),
}
