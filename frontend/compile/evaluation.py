"""``Variable.eval``: a graph's value without a function of one's own."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from lamina.compile.function_maker import function
from lamina.compile.function_object import Function
from lamina.compile.modes import get_mode
from lamina.ir.configuration import config
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.traversal import ancestors
from lamina.ir.graph.variable import Constant, Variable

_functions: WeakKeyDictionary[Variable, dict[Any, Function]] = WeakKeyDictionary()
_lock = threading.Lock()


def evaluate(variable: Variable, inputs_to_values: Mapping[Any, Any], **kwargs: Any) -> Any:
    """The value of `variable`, given those of inputs.

    Parameters
    ----------
    variable : Variable
    inputs_to_values : mapping
        From variables, or their names, to values.
    **kwargs
        For `function`, which is called once for each set of inputs and keywords.

    Raises
    ------
    MissingInputError
        An input has no value.
    ValueError
        No variable of the graph, or more than one, has a given name.
    """
    kwargs.setdefault("on_unused_input", "ignore")
    kwargs["mode"] = get_mode(kwargs.get("mode"))
    given = dict(
        zip(_variables(variable, inputs_to_values), inputs_to_values.values(), strict=True)
    )
    # In the order of creation, so that the order of a dict does not make another function.
    inputs = sorted(given, key=lambda v: int(v.auto_name.removeprefix("auto_")))
    compiled = _function(variable, inputs, kwargs)
    return compiled(*(given[v] for v in inputs))


def _function(variable: Variable, inputs: list[Variable], kwargs: dict[str, Any]) -> Function:
    try:
        key = (tuple(inputs), frozenset(kwargs.items()), config.strict_ieee)
    except TypeError:  # a dict of givens, say: another one may be meant next time
        return function(inputs, variable, **kwargs)
    if variable.owner is None:  # kept, the function would keep its key alive
        return function(inputs, variable, **kwargs)
    with _lock:
        kept = _functions.setdefault(variable, {})
    if key not in kept:
        kept[key] = function(inputs, variable, **kwargs)
    return kept[key]


def _variables(variable: Variable, inputs_to_values: Mapping[Any, Any]) -> list[Variable]:
    names = {key for key in inputs_to_values if isinstance(key, str)}
    by_name: dict[str, list[Variable]] = {name: [] for name in names}
    for v in ancestors([variable]) if names else ():
        if v.name in names and not isinstance(v, (Constant, SharedVariable)):
            by_name[v.name].append(v)
    found = []
    for key in inputs_to_values:
        if isinstance(key, Variable):
            found.append(key)
        elif isinstance(key, str) and len(by_name[key]) == 1:
            found.append(by_name[key][0])
        elif isinstance(key, str):
            wrong = f"{len(by_name[key])} variables are" if by_name[key] else "no variable is"
            raise ValueError(f"eval: {wrong} called {key!r} in the graph of {variable}")
        else:
            raise TypeError(f"eval: the keys must be Variables or names, got {key!r}")
    return found
