"""Derivatives that users put in the place of those of a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lamina.backward_pass import zeros_for
from lamina.ir.graph.gradient_types import DisconnectedType, NullType, disconnected_type
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.constant import as_tensor_variable

# a function or op; a variable or type that says that there is no derivative; a list; or None
Override = Any

_ABSENT = (DisconnectedType, NullType)


@dataclass(frozen=True)
class Overrides:
    """What computes the vectors that come out of a pullback or a pushforward.

    Attributes
    ----------
    whole : function or op, or None
        What returns all of them.
    each : tuple
        What returns each of them; None for what the graph itself has.
    takes_results : bool
        Whether functions take the results of the op too, between operands and vectors.
    none_for_disconnected : bool
        What functions get for a vector that is disconnected: None, or zeros.
    """

    whole: Any
    each: tuple[Any, ...]
    takes_results: bool
    none_for_disconnected: bool

    def connects(self, i: int) -> bool | None:
        """Whether vector `i` has a derivative; None if the graph itself tells."""
        if self.whole is not None:
            return True
        override = self.each[i]
        return None if override is None else not isinstance(_kind(override), DisconnectedType)

    def apply(
        self,
        inputs: Sequence[Any],
        results: Sequence[Any],
        vectors: Sequence[Any],
        of: Sequence[Any],
        own: Callable[[], list[Any]],
    ) -> list[Any]:
        """The vectors that come out.

        Parameters
        ----------
        inputs, results : sequence of Variable
            Of the op.
        vectors : sequence of Variable
            Those that go in, which belong to the variables `of`.
        own : callable
            Gives the vectors that the graph itself has.

        Raises
        ------
        ValueError
            A function returns another number of them.
        """
        given = [self._given(g, v) for g, v in zip(vectors, of, strict=True)]
        groups = [inputs, *([results] if self.takes_results else []), given]
        if self.whole is not None:
            found = _call(self.whole, groups)
            if len(found) != len(self.each):
                raise ValueError(
                    f"the derivative {self.whole} must return {len(self.each)} variables, got "
                    f"{len(found)}"
                )
            return [_term(term) for term in found]
        graph = own() if None in self.each else []
        return [
            graph[i] if override is None else self._single(override, groups)
            for i, override in enumerate(self.each)
        ]

    def _given(self, g: Any, v: Any) -> Any:
        if not isinstance(g.type, DisconnectedType):
            return g
        if self.none_for_disconnected:
            return None
        return zeros_for(v) if isinstance(v.type, TensorType) else g

    def _single(self, override: Any, groups: list[Any]) -> Any:
        kind = _kind(override)
        if kind is not None:
            return kind()
        found = _call(override, groups)
        if len(found) != 1:
            raise ValueError(f"the derivative {override} must return one variable, got {found}")
        return _term(found[0])


def overrides(
    given: dict[str, Override], takes_results: dict[str, bool], count: int, none: bool = False
) -> Overrides | None:
    """The overrides among the parameters `given`, by name, of which one may be one.

    Parameters
    ----------
    given : dict
    takes_results : dict
        By name, whether functions take the results of the op.
    count : int
        How many vectors come out.
    none : bool
        See ``none_for_disconnected``.

    Raises
    ------
    ValueError
        There are several, or a list has another length than `count`.
    TypeError
        It is nothing that gives a derivative.
    """
    there = {name: v for name, v in given.items() if not _is_default(v)}
    if not there:
        return None
    if len(there) > 1:
        raise ValueError(f"{' and '.join(there)} cannot be given together")
    ((name, override),) = there.items()
    if isinstance(override, (list, tuple)):
        if len(override) > count:
            raise ValueError(f"{name} needs {count} entries, got {len(override)}")
        # of shared variables that the graph uses there may be none
        each = [None if _is_default(v) else v for v in override]
        each += [None] * (count - len(each))
    else:
        each = [override] * count
    for v in each:
        if v is not None and _kind(v) is None and not callable(v):
            raise TypeError(f"{name}: {v!r} is no function, OpFromGraph or type of no gradient")
    alone = not isinstance(override, (list, tuple)) and _kind(override) is None
    whole = override if alone else None
    return Overrides(whole, tuple(each), takes_results[name], none and name == "rop_overrides")


def _is_default(override: Any) -> bool:
    return override is None or (isinstance(override, str) and override == "default")


def _kind(override: Any) -> Any:
    """The type of no derivative that an override is; None for a function."""
    kind = override.type if isinstance(override, Variable) else override
    return kind if isinstance(kind, _ABSENT) else None


def _call(function: Any, groups: list[Any]) -> list[Any]:
    from lamina.op_from_graph import OpFromGraph

    if isinstance(function, OpFromGraph):
        flat = [v for group in groups for v in group]
        found = function(*flat)
    else:
        found = function(*(list(group) for group in groups))
    return list(found) if isinstance(found, (list, tuple)) else [found]


def _term(term: Any) -> Any:
    if term is None:
        return disconnected_type()
    return term if isinstance(term, Variable) else as_tensor_variable(term)
