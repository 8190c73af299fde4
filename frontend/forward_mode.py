"""Forward mode: tangents carried from the inputs of a graph to its outputs.

The tangent of y = f(x) along v is J v, with J the Jacobian of f. A pullback u -> J' u is linear in
u, so that the pullback of it, applied to v, is J v: a pushforward is a pullback of a pullback.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.backward_pass import is_discrete, zeros_for
from lamina.derivative_arguments import Wrt, like, one_of, variables
from lamina.derivatives import DISCONNECTED, DisconnectedInputError, Lop, NullTypeGradError
from lamina.graph.replace import graph_replace
from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.errors import MethodNotDefined
from lamina.ir.graph.gradient_types import DisconnectedType, NullType, disconnected_type
from lamina.ir.graph.op import io_connection_pattern
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.creation import zeros_like


def pushforward(
    f: Wrt,
    wrt: Wrt,
    tangents: Any,
    disconnected_outputs: str = "raise",
    return_disconnected: str = "zero",
    use_op_pushforward: bool = False,
) -> Any:
    """The Jacobian of `f` with respect to `wrt` times `tangents`; it is not computed itself.

    Parameters
    ----------
    f : Variable or sequence of Variable
    wrt : Variable or sequence of Variable
        What moves; the variables may lie anywhere in the graph.
    tangents : Variable or sequence of Variable
        One for each of `wrt`, of its shape.
    disconnected_outputs : {"raise", "warn", "ignore"}
        What to do about a variable of `f` that does not depend on `wrt`.
    return_disconnected : {"zero", "none", "disconnected"}
        What stands for its tangent: zeros, None, or a variable of `DisconnectedType`.
    use_op_pushforward : bool
        Take each op's own ``pushforward`` or ``R_op``, where it has one, and a pullback of a
        pullback of only the others; by default it is taken of the whole graph.

    Returns
    -------
    Variable, or list or tuple of Variable, as `f` is
        Each has the shape and dtype of its variable of `f`; it is a floatX zero, where that is
        discrete.

    Raises
    ------
    DisconnectedInputError
        A variable of `f` does not depend on `wrt`, or not in a differentiable way.
    NullTypeGradError
        A derivative is undefined.
    MethodNotDefined
        An op has no derivative.

    Examples
    --------
    >>> x = pt.dvector("x")
    >>> pushforward(x**2, x, pt.as_tensor([1.0, 0.0])).eval({x: [3.0, 5.0]})
    array([6., 0.])
    """
    one_of("disconnected_outputs", disconnected_outputs, ("raise", "warn", "ignore"))
    one_of("return_disconnected", return_disconnected, ("zero", "none", "disconnected"))
    outputs, moving = variables(f, "f"), variables(wrt, "wrt")
    given = tangents if isinstance(tangents, (list, tuple)) else [tangents]
    if len(given) != len(moving):
        raise ValueError(f"{len(moving)} variables need as many tangents, got {len(given)}")
    vectors = [_tangent(v, t) for v, t in zip(moving, given, strict=True)]
    forward = _op_by_op if use_op_pushforward else _pullback_of_pullback
    results = forward(outputs, moving, vectors)
    for k, (v, t) in enumerate(zip(outputs, results, strict=True)):
        if isinstance(t.type, NullType):
            raise NullTypeGradError(f"The derivative of {v} is undefined: {t.type.why_null}")
        if isinstance(t.type, DisconnectedType):
            _report(v, disconnected_outputs)
            results[k] = DISCONNECTED[return_disconnected](v)
    return like(f, results)


def Rop(
    f: Wrt,
    wrt: Wrt,
    eval_points: Any,
    disconnected_outputs: str = "raise",
    return_disconnected: str = "zero",
    use_op_rop_implementation: bool = False,
) -> Any:
    """The Jacobian of `f` with respect to `wrt` times `eval_points`: the older name of
    ``pushforward``.

    Parameters
    ----------
    f, wrt, disconnected_outputs, return_disconnected
        As for ``pushforward``.
    eval_points : Variable or sequence of Variable
        Its tangents.
    use_op_rop_implementation : bool
        Its `use_op_pushforward`.

    Returns
    -------
    Variable, or list or tuple of Variable, as `f` is
    """
    return pushforward(
        f, wrt, eval_points, disconnected_outputs, return_disconnected, use_op_rop_implementation
    )


def _pullback_of_pullback(
    outputs: Sequence[Variable], moving: Sequence[Variable], tangents: Sequence[Variable]
) -> list[Any]:
    pattern = io_connection_pattern(moving, outputs)
    results: list[Any] = [disconnected_type() for _ in outputs]
    heard = []
    for j, v in enumerate(outputs):
        if not any(row[j] for row in pattern) or not isinstance(v.type, TensorType):
            continue
        if is_discrete(v):
            results[j] = zeros_for(v)
        else:
            heard.append(j)
    if not heard:
        return results
    seeds: list[Any] = [outputs[j].type() for j in heard]
    pulled = Lop(
        [outputs[j] for j in heard],
        moving,
        seeds,
        disconnected_inputs="ignore",
        return_disconnected="disconnected",
        null_gradients="return",
    )
    for g in pulled:
        if isinstance(g.type, NullType):
            return [g if j in heard else t for j, t in enumerate(results)]
    pairs = [(g, t) for g, t in zip(pulled, tangents, strict=True) if _is_array(g)]
    if not pairs:
        return results
    terms = Lop(
        [g for g, _ in pairs],
        seeds,
        [cast(t, g.type.dtype) for g, t in pairs],
        disconnected_inputs="ignore",
        return_disconnected="disconnected",
        null_gradients="return",
    )
    # linear in the seeds, of which only the shapes are left
    values = {u: zeros_like(outputs[j]) for u, j in zip(seeds, heard, strict=True)}
    for j, term in zip(heard, graph_replace(terms, values, strict=False), strict=True):
        results[j] = term if not isinstance(term.type, DisconnectedType) else zeros_for(outputs[j])
    return results


def _op_by_op(
    outputs: Sequence[Variable], moving: Sequence[Variable], tangents: Sequence[Variable]
) -> list[Any]:
    known: dict[Variable, Any] = dict(zip(moving, tangents, strict=True))
    for node in toposort(outputs):
        given = [known.get(v) for v in node.inputs]
        there = [t is not None and not isinstance(t.type, DisconnectedType) for t in given]
        if not any(there):
            continue
        null = next((t for t in given if t is not None and isinstance(t.type, NullType)), None)
        if null is not None:
            terms = [null] * len(node.outputs)
        else:
            terms = _through(node, [t if t is not None else disconnected_type() for t in given])
        for v, term in zip(node.outputs, terms, strict=True):
            term = _tangent(v, term) if _is_array(term) else term
            if v in known and isinstance(term.type, DisconnectedType):
                continue
            # a variable that moves by itself too
            known[v] = known[v] + term if v in known and _is_array(term) else term
    return [known.get(v, disconnected_type()) for v in outputs]


def _through(node: Apply, tangents: Sequence[Any]) -> Sequence[Any]:
    """The tangents of the outputs of one application."""
    try:
        terms = node.op.pushforward(node.inputs, node.outputs, tangents)
    except MethodNotDefined:
        return _through_pullbacks(node, tangents)
    if not isinstance(terms, Sequence) or len(terms) != len(node.outputs):
        raise ValueError(
            f"{node.op} must give a tangent for each of its {len(node.outputs)} outputs, in a "
            f"list; got {terms!r}"
        )
    return [disconnected_type() if t is None else t for t in terms]


def _through_pullbacks(node: Apply, tangents: Sequence[Any]) -> Sequence[Any]:
    """`_through`, for an op that has a gradient alone."""
    moving = [i for i, t in enumerate(tangents) if _is_array(t)]
    # a copy, in which a variable that stands twice among the operands moves in one place
    apart = [v.type() if i in moving else v for i, v in enumerate(node.inputs)]
    copy = node.clone_with_new_inputs(apart)
    terms = _pullback_of_pullback(
        copy.outputs, [apart[i] for i in moving], [tangents[i] for i in moving]
    )
    back = {
        **{apart[i]: node.inputs[i] for i in moving},
        **dict(zip(copy.outputs, node.outputs, strict=True)),
    }
    return [graph_replace(t, back, strict=False) if _is_array(t) else t for t in terms]


def _is_array(t: Any) -> bool:
    return not isinstance(t.type, (DisconnectedType, NullType))


def _tangent(v: Variable, given: Any) -> Any:
    """`given` as a tangent of `v`.

    Raises
    ------
    ValueError
        It has another rank.
    """
    if isinstance(given, Variable) and not isinstance(given.type, TensorType):
        return given
    if not isinstance(v.type, TensorType):
        raise TypeError(f"{v} of type {v.type} has no tangent")
    t = as_tensor_variable(given)
    if t.type.ndim != v.type.ndim:
        raise ValueError(f"The tangent of {v}, {v.type}, cannot be of type {t.type}")
    return cast(t, config.floatX if is_discrete(v) else v.type.dtype)


def _report(v: Variable, action: str) -> None:
    message = (
        f"{v} of type {v.type} does not depend on what moves, or only by a non-differentiable "
        'operator. disconnected_outputs="ignore" gives zeros instead.'
    )
    if action == "raise":
        raise DisconnectedInputError(message)
    if action == "warn":
        import warnings

        warnings.warn(message, stacklevel=3)
