"""A copy of a user's graph: replacements made, shared variables found, updates checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.source_line import describe
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.constant import as_tensor_variable

Pairs = Mapping[Any, Any] | Iterable[tuple[Any, Any]] | None


def pairs(given: Pairs, what: str) -> list[tuple[Any, Any]]:
    """A dict or a sequence of pairs as a list of pairs.

    Raises
    ------
    TypeError
        It is neither.
    """
    if given is None:
        return []
    entries = list(given.items()) if isinstance(given, Mapping) else given
    try:
        return [(old, new) for old, new in entries]
    except (TypeError, ValueError):
        raise TypeError(f"{what} must be a dict or a list of pairs, got {given!r}") from None


class Copy:
    """A copy of the graph above some variables, made while they are asked for.

    Parameters
    ----------
    inputs : sequence of Variable
        Where the graph begins, even where something computes them.
    replace : dict or pairs
        What to put in the place of variables, all at once: a new variable may be computed from an
        old one. The keys may lie anywhere in the graph.
    strict : bool
        Require a new variable to have the type of the old one; else the ops that use it are
        applied anew.
    copy_inputs : bool
        Make new variables of the inputs and shared variables too.

    Attributes
    ----------
    copies : dict
        From variables and applications of the graph to those of the copy.
    shared : dict
        From the shared variables that were met to those of the copy.
    """

    def __init__(
        self,
        inputs: Sequence[Variable],
        replace: Pairs = None,
        strict: bool = True,
        copy_inputs: bool = True,
    ):
        self.copy_inputs = copy_inputs
        self.shared: dict[SharedVariable, Variable] = {}
        self.copies: dict[Any, Any] = {}
        self._leaves: dict[Variable, Variable] = {}
        for v in inputs:
            self.copies[v] = self._leaf(v)
        given = [(old, _fitting(old, new, strict)) for old, new in pairs(replace, "givens")]
        if given:
            # The new variables belong to the graph before replacement, the rest to that after it.
            news = [self(new) for _, new in given]
            self._forget_what_depends_on([old for old, _ in given])
            self.copies.update((old, new) for (old, _), new in zip(given, news, strict=True))

    def start(self, v: Variable) -> Variable:
        """The copy of the input `v` itself, which a replacement does not touch."""
        return self._leaves[v]

    def leaves(self) -> list[Variable]:
        """The user's variables that the graph begins with: inputs, constants, shared, others."""
        return list(self._leaves)

    def __call__(self, variable: Variable) -> Variable:
        """The copy of `variable`."""
        for node in toposort([variable], self.copies):
            if node in self.copies:
                continue
            operands = [self._known_or_leaf(v) for v in node.inputs]
            copy = node.clone_with_new_inputs(operands, strict=False)
            self.copies[node] = copy
            for old, new in zip(node.outputs, copy.outputs, strict=True):
                self.copies.setdefault(old, new)
        return self._known_or_leaf(variable)

    def _known_or_leaf(self, v: Variable) -> Variable:
        copy = self.copies.get(v)
        if copy is None:
            copy = self.copies[v] = self._leaf(v)
        return copy

    def _leaf(self, v: Variable) -> Variable:
        leaf = self._leaves.get(v)
        if leaf is None:
            leaf = self._leaves[v] = v.clone() if self.copy_inputs else v
            if isinstance(v, SharedVariable):
                self.shared[v] = leaf
        return leaf

    def _forget_what_depends_on(self, olds: Sequence[Variable]) -> None:
        stale: set[Any] = set(olds)
        for node in [n for n in self.copies if isinstance(n, Apply)]:  # in the order of computation
            if any(v in stale for v in node.inputs):
                stale.add(node)
                stale.update(node.outputs)
        for member in stale:
            self.copies.pop(member, None)


def _fitting(old: Any, new: Any, strict: bool) -> Variable:
    if not isinstance(old, Variable):
        raise TypeError(
            f"givens: the keys must be Variables, got {old!r} of type {type(old).__name__}"
        )
    try:
        if strict:
            return old.type.filter_variable(new)
        return new if isinstance(new, Variable) else as_tensor_variable(new)
    except TypeError as error:
        raise TypeError(f"givens: {new} cannot take the place of {old}: {error}") from None


def fitting_update(target: Variable, new: Any) -> Variable:
    """`new` as a variable whose values `target` can take.

    Raises
    ------
    TypeError
        Its type differs.
    """
    try:
        return target.type.filter_variable(new)
    except TypeError as error:
        if not isinstance(new, Variable):
            raise TypeError(f"update of {target}: {error}") from None
        line = f" The new value was made at {describe(new.owner.line)}." if new.owner else ""
        raise TypeError(
            f"An update must have the type of its shared variable: {target} is {target.type}, but "
            f"the new value {new} is {new.type}. Convert it by astype, or change its "
            f"dimensions.{line}"
        ) from None


def shared_updates(updates: Pairs) -> dict[SharedVariable, Variable]:
    """Updates as given to `function`, checked.

    Raises
    ------
    TypeError
        A key is no shared variable, or a value has another type.
    ValueError
        A shared variable has two updates.
    """
    checked: dict[SharedVariable, Variable] = {}
    seen: dict[int, SharedVariable] = {}
    for target, new in pairs(updates, "updates"):
        if not isinstance(target, SharedVariable):
            raise TypeError(
                f"updates: only shared variables can be updated, got {target!r} "
                f"of type {type(target).__name__}"
            )
        if id(target.cell) in seen:
            raise ValueError(f"updates: the shared variable {target} has two updates; give one")
        seen[id(target.cell)] = target
        checked[target] = fitting_update(target, new)
    return checked


def add_default_updates(
    copy: Copy, updates: dict[SharedVariable, Variable], without: bool | Sequence[Variable]
) -> dict[SharedVariable, Variable]:
    """`updates`, with the ``default_update`` of every shared variable of the graph that has none.

    `without` excepts all (True) or some of them.
    """
    complete = dict(updates)
    if without is True:
        return complete
    excepted = set() if without is False else set(without)
    for new in complete.values():
        copy(new)
    waiting = list(copy.shared)
    while waiting:
        target = waiting.pop(0)
        default = getattr(target, "default_update", None)
        if default is None or target in complete or target in excepted:
            continue
        complete[target] = fitting_update(target, default)
        before = set(copy.shared)
        copy(complete[target])
        waiting += [v for v in copy.shared if v not in before]
    return complete


def rebuild_collect_shared(
    outputs: Variable | Sequence[Variable],
    inputs: Sequence[Variable] | None = None,
    replace: Pairs = None,
    updates: Pairs = None,
    rebuild_strict: bool = True,
    copy_inputs_over: bool = True,
    no_default_updates: bool | Sequence[Variable] = False,
    clone_inner_graphs: bool = False,
) -> tuple[list[Variable], Any, list[Any]]:
    """A copy of a graph with replacements.

    Parameters
    ----------
    outputs : Variable or sequence of Variable
    inputs : sequence of Variable, optional
        Where the graph begins.
    replace : dict or pairs, optional
        What to put in the place of variables.
    updates : dict or pairs, optional
        New values of shared variables.
    rebuild_strict : bool
        Require replacements to have the types of what they replace.
    copy_inputs_over : bool
        Keep the inputs and shared variables themselves, not copies.
    no_default_updates : bool or sequence of Variable
        Shared variables whose ``default_update`` is left aside; True: all.

    Returns
    -------
    inputs, outputs : Variables of the copy
    list
        The map from old to new, the updates by shared variable, those of the copy, and its shared
        variables.
    """
    single = isinstance(outputs, Variable)
    wanted: Sequence[Any] = [outputs] if single else outputs
    copy = Copy(inputs or (), replace, rebuild_strict, copy_inputs=not copy_inputs_over)
    results = [copy(v) for v in wanted]
    found = add_default_updates(copy, shared_updates(updates), no_default_updates)
    copied = {target: copy(new) for target, new in found.items()}
    return (
        [copy.start(v) for v in inputs or ()],
        results[0] if single else results,
        [copy.copies, copied, list(copied.items()), list(copy.shared)],
    )
