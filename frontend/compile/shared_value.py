"""`shared`: values that live between calls."""

from __future__ import annotations

import copy
import functools
from typing import Any

import numpy as np

from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.sparse import refuse_sparse
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.tensor_variable import TensorSharedVariable
from lamina.ir.graph.variable import Variable


class ScalarSharedVariable(TensorSharedVariable):
    """A shared variable whose value is an array without dimensions."""

    __module__ = "lamina.tensor.sharedvar"


def shared(
    value: Any,
    name: str | None = None,
    *,
    strict: bool = False,
    allow_downcast: bool | None = None,
    **kwargs: Any,
) -> Any:
    """A variable with a value that functions read, and that their updates replace.

    Parameters
    ----------
    value : array, number or object of a registered type
        Its first value. An array of unknown lengths may be replaced by one of other lengths.
    name : str, optional
    strict : bool
        Accept only values of exactly the variable's dtype.
    allow_downcast : bool, optional
        True permits later values to lose precision, False never.
    borrow : bool
        Use `value` itself, not a copy.
    shape : tuple of int or None
        The static shape, where lengths shall stay as they are.
    device : str
        "cuda" or "cuda-emu" keeps the value on that device, for functions of its mode.

    Returns
    -------
    SharedVariable

    Raises
    ------
    TypeError
        No kind of shared variable holds such values.

    Examples
    --------
    >>> count = lamina.shared(0, name="count")
    >>> step = lamina.function([], updates={count: count + 1})
    >>> _ = step(), step()
    >>> count.get_value()
    array(2)
    """
    if isinstance(value, Variable):
        raise TypeError(f"shared: the value must be a number or array, got the Variable {value}")
    return shared_constructor(
        value, name=name, strict=strict, allow_downcast=allow_downcast, **kwargs
    )


@functools.singledispatch
def shared_constructor(value: Any, **kwargs: Any) -> SharedVariable:
    """The shared variable for a type of values; ``shared_constructor.register(type)`` adds one."""
    refuse_sparse(value, "shared")
    if any(kind.__module__.startswith("numpy.random") for kind in type(value).__mro__):
        from lamina.tensor.random.generators import shared_random

        return shared_random(value, **kwargs)
    hint = " Convert it by numpy.asarray." if isinstance(value, (list, tuple)) else ""
    raise TypeError(
        f"shared: no shared variable holds values of type {type(value).__name__}.{hint}"
    )


@shared_constructor.register(np.ndarray)
@shared_constructor.register(np.generic)
@shared_constructor.register(bool)
@shared_constructor.register(int)
@shared_constructor.register(float)
@shared_constructor.register(complex)
def _shared_array(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    borrow: bool = False,
    shape: tuple[int | None, ...] | None = None,
    target: str = "cpu",
    device: str = "cpu",
) -> TensorSharedVariable:
    array = np.asarray(value) if borrow else np.asarray(copy.deepcopy(value))
    kind = TensorType(array.dtype, (None,) * array.ndim if shape is None else shape)
    if device != "cpu":
        from lamina.compile.device_shared import DeviceSharedVariable

        return DeviceSharedVariable(kind, array, strict, allow_downcast, name, None, device)
    holder = TensorSharedVariable if array.ndim else ScalarSharedVariable
    return holder(kind, array, strict, allow_downcast, name)
