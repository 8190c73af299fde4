"""Node rewriters stated as what they match and what they put in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from lamina.graph.equality import equal_computations
from lamina.graph.rewriting.rewriters import HOME, NodeRewriter
from lamina.graph.rewriting.stack_traces import copy_stack_trace
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.dimshuffle import DimShuffle


class SubstitutionNodeRewriter(NodeRewriter):
    """op1(*inputs) -> op2(*inputs)

    Parameters
    ----------
    op1, op2 : Op
        Their results must have the same types.
    transfer_tags : bool
        Let the new results bear the lines of the old ones.
    """

    __module__ = HOME
    reentrant = False
    retains_inputs = True

    def __init__(self, op1: Op, op2: Op, transfer_tags: bool = True, name: str | None = None):
        self.op1, self.op2 = op1, op2
        self.transfer_tags = transfer_tags
        self.name = name or f"{op1} -> {op2}"

    def op_key(self) -> Op:
        return self.op1

    def tracks(self) -> Sequence[Op]:
        return [self.op1]

    def transform(self, fgraph: FunctionGraph, node: Apply, *args: Any, **kwargs: Any) -> Any:
        if node.op != self.op1:
            return False
        new = self.op2.make_node(*node.inputs)
        if self.transfer_tags:
            copy_stack_trace(node.outputs, new.outputs)
        return new.outputs


class PatternNodeRewriter(NodeRewriter):
    """Puts `out_pattern` in the place of what `in_pattern` matches.

    Parameters
    ----------
    in_pattern : tuple
        A pattern is one of:

        - ``(op, pattern, ...)``: an application of an op to what matches the other patterns, in
          this order; a class of ops stands for any of its members;
        - a string: anything, and the same thing wherever the string comes again;
        - a number or a Constant: a constant all of whose elements are it, of any rank;
        - ``{"pattern": pattern, "constraint": function}``: what matches, if ``function(variable)``
          is true.
    out_pattern : tuple, str, number or callable
        Made of the same parts. A callable takes (fgraph, node, {string: variable}) and gives a
        variable, or None to refuse.
    allow_multiple_clients : bool
        Match too where an inner result is used elsewhere, so that it is computed besides.
    name : str, optional
    tracks : sequence of Op, optional
        With `get_nodes`: what to be tried on, rather than the applications of the outermost op.
    get_nodes : callable, optional
        From (fgraph, node), the applications on which the pattern is tried.
    values_eq_approx : callable, optional
        Noted on the new variable, as ``tag.values_eq_approx``.
    allow_cast : bool
        Cast the new variable where its dtype is another than the old one's; else refuse.

    Examples
    --------
    >>> PatternNodeRewriter((pt.log, (pt.exp, "x")), "x")            # log(exp(x)) -> x
    >>> scalar = {"pattern": "x", "constraint": lambda v: v.ndim == 0}
    >>> PatternNodeRewriter((pt.mul, scalar, 2), (pt.add, "x", "x"))
    """

    __module__ = HOME

    def __init__(
        self,
        in_pattern: tuple[Any, ...],
        out_pattern: Any,
        allow_multiple_clients: bool = False,
        name: str | None = None,
        tracks: Sequence[Op | type[Op]] = (),
        get_nodes: Callable[[FunctionGraph, Apply], Iterable[Apply]] | None = None,
        values_eq_approx: Callable[..., bool] | None = None,
        allow_cast: bool = True,
    ):
        outermost: Any = in_pattern
        while isinstance(outermost, dict):
            outermost = outermost["pattern"]
        if not isinstance(outermost, (tuple, list)) or not _is_op(outermost[0]):
            raise TypeError(
                f"PatternNodeRewriter: the pattern to search for must be a tuple that begins with "
                f"an op, not {in_pattern!r}"
            )
        if get_nodes is not None and not tracks:
            raise ValueError("PatternNodeRewriter: get_nodes needs tracks")
        self.in_pattern, self.out_pattern = in_pattern, out_pattern
        self.op = outermost[0]
        self.allow_multiple_clients = allow_multiple_clients
        self.get_nodes = get_nodes
        self.values_eq_approx = values_eq_approx
        self.allow_cast = allow_cast
        self._tracks = list(tracks) or [self.op]
        self.name = name or f"{_text(in_pattern)} -> {_text(out_pattern)}"
        self.reentrant = self.op in _ops(out_pattern)

    def op_key(self) -> Any:
        return self.op

    def tracks(self) -> Sequence[Op | type[Op]]:
        return self._tracks

    def transform(self, fgraph: FunctionGraph, node: Apply, *args: Any, **kwargs: Any) -> Any:
        if self.get_nodes is not None and kwargs.get("get_nodes", True):
            for other in self.get_nodes(fgraph, node) or ():
                found = self.transform(fgraph, other, get_nodes=False)
                if found:
                    return (
                        found
                        if isinstance(found, dict)
                        else dict(zip(other.outputs, found, strict=True))
                    )
            return False
        if node.nout != 1 or not _applies(self.op, node.op):
            return False
        known: dict[str, Variable] = {}
        if not self._matches(self.in_pattern, node.outputs[0], known, fgraph, outermost=True):
            return False
        new = self._built(fgraph, node, known)
        return False if new is None else [new]

    def _built(
        self, fgraph: FunctionGraph, node: Apply, known: dict[str, Variable]
    ) -> Variable | None:
        old = node.outputs[0]
        if callable(self.out_pattern) and not _is_op(self.out_pattern):
            new = self.out_pattern(fgraph, node, known)
        else:
            new = _made(self.out_pattern, known)
        if new is None or new is False:
            return None
        if not isinstance(new, Variable):  # a number alone takes the old one's type
            new = old.type.make_constant(np.asarray(new, getattr(old.type, "dtype", None)))
        if not old.type.is_super(new.type):
            new = self._fitted(new, old)
            if new is None:
                return None
        if self.values_eq_approx is not None:
            new.tag.values_eq_approx = self.values_eq_approx
        if new.owner is not None and new.owner not in fgraph.apply_nodes:
            copy_stack_trace(old, new)
        return new

    def _fitted(self, new: Variable, old: Variable) -> Variable | None:
        if not (isinstance(new.type, TensorType) and isinstance(old.type, TensorType)):
            return None
        if self.allow_cast and new.type.dtype != old.type.dtype:
            new = cast(new, old.type.dtype)
        try:
            return old.type.filter_variable(new)
        except TypeError:
            return None

    def _matches(
        self,
        pattern: Any,
        v: Variable,
        known: dict[str, Variable],
        fgraph: FunctionGraph,
        outermost: bool = False,
    ) -> bool:
        if isinstance(pattern, dict):
            return self._matches(pattern["pattern"], v, known, fgraph, outermost) and bool(
                pattern.get("constraint", lambda _: True)(v)
            )
        if isinstance(pattern, str):
            same = known.setdefault(pattern, v)
            return same is v or equal_computations([same], [v])
        if not isinstance(pattern, (tuple, list)):
            return _is_number(pattern, v)
        node = v.owner
        if node is None or v in fgraph.inputs or not _applies(pattern[0], node.op):
            return False
        if len(node.inputs) != len(pattern) - 1:
            return False
        if not outermost and not self.allow_multiple_clients and len(fgraph.clients[v]) > 1:
            return False
        return all(
            self._matches(p, operand, known, fgraph)
            for p, operand in zip(pattern[1:], node.inputs, strict=True)
        )


def _is_op(thing: Any) -> bool:
    return isinstance(thing, Op) or (isinstance(thing, type) and issubclass(thing, Op))


def _applies(wanted: Any, op: Op) -> bool:
    return isinstance(op, wanted) if isinstance(wanted, type) else wanted == op


def _is_number(number: Any, v: Variable) -> bool:
    """Whether `v` is a constant of `number` alone, with whatever dimensions."""
    while v.owner is not None and isinstance(v.owner.op, DimShuffle):
        v = v.owner.inputs[0]
    if not isinstance(v, Constant) or not isinstance(v.type, TensorType):
        return False
    if isinstance(number, Constant):
        if not isinstance(number.type, TensorType) or number.type.dtype != v.type.dtype:
            return False
        number = number.data
    value = np.asarray(v.data)
    if np.ndim(number):
        return value.shape == np.shape(number) and bool(np.array_equal(value, number))
    return value.size > 0 and bool(np.all(value == number))


def _made(pattern: Any, known: dict[str, Variable]) -> Any:
    if isinstance(pattern, dict):
        return _made(pattern["pattern"], known)
    if isinstance(pattern, str):
        return known[pattern]
    if isinstance(pattern, (tuple, list)):
        return pattern[0](*(_made(p, known) for p in pattern[1:]))
    return pattern


def _ops(pattern: Any) -> set[Any]:
    if isinstance(pattern, dict):
        return _ops(pattern["pattern"])
    if isinstance(pattern, (tuple, list)):
        return {pattern[0]}.union(*(_ops(p) for p in pattern[1:]))
    return set()


def _text(pattern: Any) -> str:
    if isinstance(pattern, dict):
        return f"{_text(pattern['pattern'])} such that {_text(pattern.get('constraint'))}"
    if isinstance(pattern, (tuple, list)):
        op = pattern[0].__name__ if isinstance(pattern[0], type) else str(pattern[0])
        return f"{op}({', '.join(map(_text, pattern[1:]))})"
    return str(getattr(pattern, "__name__", pattern))
