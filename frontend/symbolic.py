"""`as_symbolic`: the variable that stands for a Python object."""

from __future__ import annotations

import copy
import functools
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.random_type import shared_generator
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.constant import as_tensor_variable
from lamina.tensor.other_types import NoneConst, make_slice


def as_symbolic(x: Any, name: str | None = None, **kwargs: Any) -> Variable:
    """Convert `x` into an equivalent variable.

    Parameters
    ----------
    x : Variable, number, array, list, None, slice, Generator or object of a registered type
    name : str, optional
        The name of the variable, if a new one is made.
    **kwargs
        For the conversion: ``ndim`` and ``dtype`` for numbers and arrays.

    Raises
    ------
    TypeError
        `x` has no meaning in a graph.

    Examples
    --------
    >>> as_symbolic([1, 2], name="pair").type
    Vector(int64, shape=(2,))
    """
    if isinstance(x, Variable):
        return as_tensor_variable(x, **kwargs) if kwargs else x
    variable = symbolic(x, **kwargs)
    if name is not None and variable is not NoneConst and not isinstance(x, Apply):
        variable.name = name
    return variable


@functools.singledispatch
def symbolic(x: Any, **kwargs: Any) -> Variable:
    """The variable for a type of objects; ``symbolic.register(type)`` adds one."""
    # whose import takes a while
    if any(kind.__module__.startswith("numpy.random") for kind in type(x).__mro__):
        return _generator(x)
    return as_tensor_variable(x, **kwargs)


@symbolic.register(np.ndarray)
def _array(x: np.ndarray, **kwargs: Any) -> Variable:
    return as_tensor_variable(x, **kwargs)


@symbolic.register(type(None))
def _none(x: None) -> Variable:
    return NoneConst


@symbolic.register(slice)
def _slice(x: slice) -> Variable:
    return make_slice(x)


def _generator(x: np.random.Generator) -> Variable:
    """A constant: each call draws from the state that `x` has now."""
    return shared_generator(x).type.make_constant(copy.deepcopy(x))
