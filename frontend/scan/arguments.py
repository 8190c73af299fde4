"""The arguments of `scan`: variables, or dicts of a variable and taps, in one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lamina.ir.configuration import config
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.constant import as_tensor_variable, constant, constant_value, weak_type


class Iterated(NamedTuple):
    """A sequence.

    Attributes
    ----------
    variable : Variable
        What a step gets rows of.
    taps : tuple of int
        Which: k is the row t + k.
    title : str
        What messages call it.
    """

    variable: Any
    taps: tuple[int, ...]
    title: str


class Recurrence(NamedTuple):
    """What is said of an output.

    Attributes
    ----------
    initial : Variable or None
        The values before the first step, if a step gets any.
    taps : tuple of int
        Which: -k is the value k steps ago. Empty if `initial` is None.
    title : str
        What messages call it.
    """

    initial: Any
    taps: tuple[int, ...]
    title: str

    @property
    def depth(self) -> int:
        """How many steps back a step looks."""
        return -min(self.taps, default=0)

    @property
    def stacked(self) -> bool:
        """Whether the rows of `initial` are the initial values."""
        return self.taps not in ((), (-1,))


def iterated(given: Any) -> list[Iterated]:
    """The sequences that `given` lists.

    Raises
    ------
    TypeError
        Something is no array of at least one dimension, or taps are no integers.
    ValueError
        A dict has no ``input``, or an unknown key.
    """
    entries = []
    for number, entry in enumerate(_listed(given)):
        wrapped = entry if isinstance(entry, Mapping) else {"input": entry}
        _known_keys(wrapped, ("input", "taps"), f"sequence {number}")
        if wrapped.get("input") is None:
            raise ValueError(f"scan: sequence {number} is a dict without 'input'")
        x = as_tensor_variable(wrapped["input"])
        title = f"sequence {number}" + (f", {x.name}," if x.name else "")
        if x.type.ndim == 0:
            raise TypeError(
                f"scan: {title} is a scalar, {x.type}: it has no elements to go through"
            )
        taps = wrapped.get("taps")
        entries.append(Iterated(x, _taps((0,) if taps is None else taps, title), title))
    return entries


def recurrences(given: Any) -> list[Recurrence]:
    """What `given` says of the outputs.

    Raises
    ------
    TypeError
        Taps are no integers.
    ValueError
        A tap is not negative, is given twice or without initial values; there are not as many
        initial values as taps need; or a dict has an unknown key.
    """
    return [_recurrence(entry, number) for number, entry in enumerate(_listed(given))]


def _recurrence(entry: Any, number: int) -> Recurrence:
    title = f"output {number}"
    if entry is None:
        return Recurrence(None, (), title)
    wrapped = entry if isinstance(entry, Mapping) else {"initial": entry}
    _known_keys(wrapped, ("initial", "taps"), title)
    initial, taps = wrapped.get("initial"), wrapped.get("taps", -1)
    if initial is None:
        if wrapped.get("taps") is not None:
            raise ValueError(f"scan: {title} has the taps {taps} but no initial value")
        return Recurrence(None, (), title)
    initial = _initial_value(initial)
    if initial.name:
        title += f", {initial.name},"
    if taps is None:
        return Recurrence(None, (), title)
    found = Recurrence(initial, _taps(taps, title), title)
    if any(k >= 0 for k in found.taps):
        raise ValueError(
            f"scan: the taps of {title} must be negative, got {list(found.taps)}: an output is "
            "known for the steps before only"
        )
    if not found.taps:
        return Recurrence(None, (), title)
    if found.stacked:
        _check_initial_rows(found)
    return found


def _check_initial_rows(found: Recurrence) -> None:
    kind = found.initial.type
    if not isinstance(kind, TensorType) or kind.ndim == 0:
        raise ValueError(
            f"scan: {found.title} with the taps {list(found.taps)} needs {found.depth} initial "
            f"values, stacked in an array; got one of type {kind}"
        )
    if kind.shape[0] not in (None, found.depth):
        raise ValueError(
            f"scan: {found.title} with the taps {list(found.taps)} needs {found.depth} initial "
            f"values, got {kind.shape[0]} in an array of type {kind}"
        )


def _initial_value(given: Any) -> Variable:
    """A literal begins as int64 or floatX: a loop would soon leave a narrower dtype."""
    if isinstance(given, Variable) and not isinstance(given.type, TensorType):
        return given
    variable = as_tensor_variable(given)
    literal = weak_type(variable)
    if literal is None or literal is bool:
        return variable
    dtype = {int: "int64", float: config.floatX, complex: "complex128"}[literal]
    own = variable.type.dtype
    if isinstance(variable, Constant) and np.can_cast(own, dtype):
        return constant(variable.data, variable.name, dtype=dtype)
    return variable


def fixed_values(given: Any) -> list[Variable]:
    """Variables that every step is given as they are."""
    return [v if isinstance(v, Variable) else as_tensor_variable(v) for v in _listed(given)]


def _listed(given: Any) -> Sequence[Any]:
    if given is None:
        return ()
    return given if isinstance(given, (list, tuple)) else [given]


def _known_keys(wrapped: Mapping[str, Any], known: tuple[str, ...], title: str) -> None:
    for key in wrapped:
        if key not in known:
            raise ValueError(f"scan: {title} has the key {key!r}; known are {', '.join(known)}")


def _taps(given: Any, title: str) -> tuple[int, ...]:
    taps = given if isinstance(given, (list, tuple, np.ndarray)) else [given]
    for k in taps:
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)):
            raise TypeError(f"scan: the taps of {title} must be integers, got {given!r}")
    if len(set(taps)) < len(taps):
        raise ValueError(f"scan: {title} has a tap twice: {list(taps)}")
    return tuple(map(int, taps))


def checked_steps(n_steps: Any) -> Any:
    """`n_steps` as an int or a scalar variable; None as it is.

    Raises
    ------
    TypeError
        It is no integer scalar.
    ValueError
        It is negative.
    """
    if n_steps is None:
        return None
    n = as_tensor_variable(n_steps)
    if n.type.ndim or n.type.numpy_dtype.kind not in "iu":
        raise TypeError(f"scan: n_steps must be an integer scalar, got {n_steps} of type {n.type}")
    known = constant_value(n)
    if known is None:
        return n
    if known < 0:
        raise ValueError(f"scan: n_steps must not be negative, got {int(known)}")
    return int(known)
