"""Features that let a FunctionGraph change only into what all of its features accept."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lamina.ir.graph.errors import InconsistencyError
from lamina.ir.graph.features import HOME, AlreadyThere, Feature
from lamina.ir.graph.history import History

if TYPE_CHECKING:
    from lamina.ir.graph.function_graph import FunctionGraph
    from lamina.ir.graph.variable import Variable


class BadOptimization(Exception):
    """A rewrite changed the value of a variable.

    Parameters
    ----------
    old_r, new_r : Variable
        What was replaced, and by what.
    old_r_val, new_r_val : optional
        Their values, which should agree.
    reason : optional
        The rewrite.
    old_graph, new_graph : str
        The printed graphs.
    """

    __module__ = HOME

    def __init__(
        self,
        old_r: Any,
        new_r: Any,
        old_r_val: Any = None,
        new_r_val: Any = None,
        reason: Any = None,
        old_graph: str = "",
        new_graph: str = "",
    ):
        super().__init__(f"{reason}: {old_r} became {new_r}")
        self.old_r, self.new_r = old_r, new_r
        self.old_r_val, self.new_r_val = old_r_val, new_r_val
        self.reason = reason
        self.old_graph, self.new_graph = old_graph, new_graph

    def __str__(self) -> str:
        return "\n".join(
            (
                f"BadOptimization: {self.reason}",
                f"  before: {self.old_r} = {self.old_r_val}",
                f"  after:  {self.new_r} = {self.new_r_val}",
                *(f"  graph {text}" for text in (self.old_graph, self.new_graph) if text),
            )
        )

    full_str = str_diagnostic = __str__


class Validator(Feature):
    """Adds ``fgraph.validate()``, which asks every feature that has ``validate``, and
    ``fgraph.consistent()``, whether none of them raises.
    """

    __module__ = HOME

    def on_attach(self, fgraph: FunctionGraph) -> None:
        if hasattr(fgraph, "validate"):
            raise AlreadyThere("the graph has a Validator")
        fgraph.__dict__["validate"] = lambda: self.validate_(fgraph)
        fgraph.__dict__["consistent"] = lambda: self.consistent_(fgraph)
        fgraph.__dict__["validate_time"] = 0.0

    def on_detach(self, fgraph: FunctionGraph) -> None:
        for name in ("validate", "consistent", "validate_time"):
            del fgraph.__dict__[name]

    def clone(self) -> Validator:
        return type(self)()

    def validate_(self, fgraph: FunctionGraph) -> None:
        start = time.perf_counter()
        try:
            fgraph.execute_callbacks("validate")
        finally:
            fgraph.__dict__["validate_time"] += time.perf_counter() - start

    def consistent_(self, fgraph: FunctionGraph) -> bool:
        try:
            self.validate_(fgraph)
        except InconsistencyError:
            return False
        return True


class ReplaceValidate(History, Validator):
    """Adds replacements that are undone if a feature objects.

    ``fgraph.replace_validate(var, new_var, reason)``, ``fgraph.replace_all_validate(pairs,
    reason)`` and ``fgraph.replace_all_validate_remove(pairs, remove, reason)``, and what History
    and Validator add.
    """

    __module__ = HOME

    _ADDED = ("replace_validate", "replace_all_validate", "replace_all_validate_remove")

    def on_attach(self, fgraph: FunctionGraph) -> None:
        if any(hasattr(fgraph, name) for name in (*self._ADDED, "validate", "checkpoint")):
            raise AlreadyThere("the graph has a ReplaceValidate, or what is part of it")
        History.on_attach(self, fgraph)
        Validator.on_attach(self, fgraph)
        for name in self._ADDED:
            method = getattr(self, name)
            fgraph.__dict__[name] = lambda *a, _method=method, **k: _method(fgraph, *a, **k)

    def on_detach(self, fgraph: FunctionGraph) -> None:
        History.on_detach(self, fgraph)
        Validator.on_detach(self, fgraph)
        for name in self._ADDED:
            del fgraph.__dict__[name]

    def clone(self) -> ReplaceValidate:
        return type(self)()

    def replace_validate(
        self, fgraph: FunctionGraph, var: Variable, new_var: Variable, reason: Any = None
    ) -> None:
        """Let every user of `var` use `new_var`, if no feature objects."""
        self.replace_all_validate(fgraph, [(var, new_var)], reason)

    def replace_all_validate(
        self,
        fgraph: FunctionGraph,
        replacements: Iterable[tuple[Variable, Variable]],
        reason: Any = None,
        verbose: bool | None = None,
        **kwargs: Any,
    ) -> None:
        """All replacements, or none of them.

        Raises
        ------
        InconsistencyError
            A feature objects.
        Exception
            What else a feature or a replacement raises.
        """
        before = fgraph.__dict__["checkpoint"]()
        try:
            for var, new_var in replacements:
                fgraph.replace(var, new_var, reason=reason, **kwargs)
            fgraph.__dict__["validate"]()
        except Exception:
            fgraph.__dict__["revert"](before)
            raise

    def replace_all_validate_remove(
        self,
        fgraph: FunctionGraph,
        replacements: Iterable[tuple[Variable, Variable]],
        remove: Iterable[Any],
        reason: Any = None,
        warn: bool = True,
        **kwargs: Any,
    ) -> None:
        """As ``replace_all_validate``; and none of the applications `remove` may be left.

        Raises
        ------
        InconsistencyError
            One of them is still used.
        """
        before = fgraph.__dict__["checkpoint"]()
        self.replace_all_validate(fgraph, replacements, reason, **kwargs)
        left = [node for node in remove if node in fgraph.apply_nodes]
        if left:
            fgraph.__dict__["revert"](before)
            raise InconsistencyError(
                f"{reason}: {', '.join(map(str, left))} should be gone and is still used"
            )
