"""Variables: the values of a graph."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lamina.ir.graph.apply import Apply
    from lamina.ir.graph.type import Type

_numbers = count()


class Variable:
    """A value of a graph: an input, or output number `index` of the application `owner`.

    Attributes
    ----------
    type : Type
        The set of values that it may take.
    owner : Apply or None
        The application that computes it; None for an input or constant.
    index : int or None
        Which output of `owner` it is.
    name : str or None
    tag : namespace
        For the user's own notes.
    auto_name : str
        A name that no other variable of this process has.
    """

    __module__ = "lamina.graph.basic"

    def __init__(
        self,
        type: Type,
        owner: Apply | None = None,
        index: int | None = None,
        name: str | None = None,
    ):
        self.type = type
        self.owner = owner
        self.index = index
        self.name = name
        self.auto_name = f"auto_{next(_numbers)}"

    @property
    def tag(self) -> SimpleNamespace:
        tag = self.__dict__.get("_tag")
        if tag is None:
            tag = self.__dict__["_tag"] = SimpleNamespace()
        return tag

    @tag.setter
    def tag(self, value: Any) -> None:
        self.__dict__["_tag"] = value

    def __str__(self) -> str:
        if self.name is not None:
            return self.name
        if self.owner is not None:
            if self.index == self.owner.op.default_output:
                return f"{self.owner.op}.out"
            return f"{self.owner.op}.{self.index}"
        return f"<{self.type}>"

    def __repr__(self) -> str:
        return str(self)

    def clone(self, name: str | None = None) -> Variable:
        """A new variable of the same type, not computed by anything."""
        copy = self.type.variable_type(self.type, None, None, name or self.name)
        copy.__dict__.update(
            {"_tag": SimpleNamespace(**vars(self.tag))} if "_tag" in vars(self) else {}
        )
        return copy

    def get_parents(self) -> list[Apply]:
        return [self.owner] if self.owner is not None else []

    def eval(self, inputs_to_values: dict[Any, Any] | None = None, **kwargs: Any) -> Any:
        """The value, given those of the inputs it depends on.

        Parameters
        ----------
        inputs_to_values : dict
            Values by variable or by name. The compiled function is kept for the next call.
        **kwargs
            For ``lamina.function``.
        """
        from lamina.ir.graph.hooks import evaluate

        return evaluate()(self, inputs_to_values or {}, **kwargs)

    def dprint(self, **kwargs: Any) -> Any:
        """Print the graph that computes this; see ``lamina.dprint``."""
        from lamina.ir.graph.hooks import debugprint

        return debugprint()(self, **kwargs)

    def _repr_latex_(self) -> str | None:
        """The formula that notebooks show; None if it were too long."""
        from lamina.ir.graph.hooks import notebook

        return notebook()("latex", self)

    def _repr_svg_(self) -> str | None:
        """The picture that notebooks show where there is no formula; None if it were too large."""
        from lamina.ir.graph.hooks import notebook

        return notebook()("svg", self)

    def __copy__(self) -> Variable:
        copy = object.__new__(type(self))
        copy.__setstate__(self.__getstate__())
        return copy

    def __reduce_ex__(self, protocol: Any) -> Any:
        if _trail.depth or self.owner is None:
            return object.__reduce_ex__(self, protocol)
        return _last, (Trail(self),)

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state.pop("auto_name", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.auto_name = f"auto_{next(_numbers)}"


class Constant(Variable):
    """A variable whose value, `data`, is known."""

    __module__ = "lamina.graph.basic"

    def __init__(self, type: Type, data: Any, name: str | None = None):
        super().__init__(type, None, None, name)
        self.data = data

    @property
    def value(self) -> Any:
        return self.data

    def signature(self) -> Any:
        """Equal for constants that may be merged."""
        return self.type, self.data

    def clone(self, name: str | None = None) -> Constant:
        return self

    def __str__(self) -> str:
        return self.name if self.name is not None else f"{type(self).__name__}{{{self.data}}}"


class _TrailDepth(threading.local):
    depth = 0


_trail = _TrailDepth()


class Trail(list):  # type: ignore[type-arg]
    """The ancestors of a variable, each after those it depends on, and last the variable.

    Pickle and deepcopy walk it in order, so each variable finds its ancestors already written: no
    recursion, however long the graph, and variables pickled together stay shared.
    """

    def __init__(self, variable: Variable | None = None):
        super().__init__()
        self.variable = variable

    def __reduce_ex__(self, protocol: Any) -> Any:
        return Trail, (), None, self._walk()

    def _walk(self) -> Iterator[Variable]:
        from lamina.ir.graph.traversal import toposort

        assert self.variable is not None
        _trail.depth += 1
        try:
            for node in toposort([self.variable]):
                yield from node.inputs
                yield from node.outputs
            yield self.variable
        finally:
            _trail.depth -= 1


def _last(trail: Trail) -> Variable:
    return trail[-1]
