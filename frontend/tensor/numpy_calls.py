"""NumPy's functions called with variables: the functions of lamina.tensor that mean the same.

What has no such function raises a TypeError, so that no array of variables is ever made.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import lamina.tensor as pt
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.arguments import as_array
from lamina.ir.ops.elementwise import Elemwise, by_ufunc

_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: pt.sum, np.multiply: pt.prod, np.maximum: pt.max, np.minimum: pt.min,
    np.logical_and: pt.all, np.logical_or: pt.any,
}  # fmt: skip
_OTHER_UFUNCS = {
    np.divmod: pt.divmod, np.matmul: pt.matmul, np.positive: pt.tensor_copy, np.vecdot: pt.vecdot,
}  # fmt: skip
for _name in ("matvec", "vecmat"):  # since NumPy 2.2
    if hasattr(np, _name):
        _OTHER_UFUNCS[getattr(np, _name)] = getattr(pt, _name)

_OTHER_NAMES = {
    "amax": "max", "amin": "min", "around": "round", "copy": "tensor_copy", "astype": "cast",
}  # fmt: skip
_IN_PLACE = frozenset("copyto fill_diagonal place put put_along_axis putmask".split())
# Of the same name as another function: numpy.linalg's are of the last two axes.
_NOT_THE_SAME = frozenset({"numpy.linalg.trace", "numpy.linalg.diagonal"})


def call_ufunc(
    ufunc: np.ufunc, method: str, inputs: Sequence[Any], keywords: Mapping[str, Any]
) -> Any:
    """What a ufunc, or a method of it, means where an operand is a variable.

    Raises
    ------
    TypeError
        There is no function for it, or it is asked to write into an array.
    """
    given = {key: value for key, value in keywords.items() if value is not None}
    name = f"numpy.{ufunc.__name__}" + (f".{method}" if method != "__call__" else "")
    if "out" in given:
        raise TypeError(
            f"{name} cannot write a symbolic result into an array. Without out= it makes a "
            "graph: instead of `a += x` write `a = a + x`."
        )
    function = _meaning(ufunc, method)
    if function is None:
        raise TypeError(
            f"{name} cannot compute with the symbolic {_variable(inputs)}, and lamina.tensor has "
            "no function for it; write it with those there are."
        )
    if method != "__call__":
        given.setdefault("axis", 0)
    if method == "outer":
        del given["axis"]
    return _called(name, function, inputs, given)


def _meaning(ufunc: np.ufunc, method: str) -> Callable[..., Any] | None:
    if method == "reduce":
        return _REDUCTIONS.get(ufunc)
    if method == "accumulate":
        return {np.add: pt.cumsum, np.multiply: pt.cumprod}.get(ufunc)
    function = by_ufunc(ufunc) or _OTHER_UFUNCS.get(ufunc) or _of_the_name(ufunc)
    if method == "outer" and function is not None and ufunc.signature is None:
        return lambda a, b: function(*_crossed(as_array(a), as_array(b)))
    return function if method == "__call__" else None


def _of_the_name(ufunc: np.ufunc) -> Any:
    """The elementwise op called as a ufunc of another library, scipy.special.gammaln for one."""
    homes = (pt, getattr(pt, "special", None))
    op = next(filter(None, (getattr(home, ufunc.__name__, None) for home in homes)), None)
    return op if isinstance(op, Elemwise) and op.nin == ufunc.nin and ufunc.nout == 1 else None


def _crossed(a: Any, b: Any) -> tuple[Any, Any]:
    return pt.shape_padright(a, b.type.ndim), b


def call_function(func: Any, args: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """What a function of NumPy means where an argument is a variable.

    Arguments are passed on by NumPy's names, but for those without a default: these come in order.

    Raises
    ------
    TypeError
        There is no function for it, it takes no such argument, or it changes an array in place.
    """
    module, name = str(func.__module__), str(func.__name__)
    if module == "numpy" and name in _IN_PLACE:
        raise TypeError(
            f"numpy.{name} changes an array in place, which a symbolic variable has not; "
            "lamina.tensor has functions that return the changed array, as x[index].set(value)."
        )
    function = _OVERRIDES.get(f"{module}.{name}") or _function(module, _OTHER_NAMES.get(name, name))
    if function is None:
        raise TypeError(
            f"{module}.{name} cannot compute with symbolic variables, and Lamina has no function "
            "of that name; write it with those of lamina.tensor."
        )
    ordered, named = _arguments(func, function, args, keywords)
    return _called(f"{module}.{name}", function, ordered, named)


def _function(module: str, name: str) -> Any:
    places = {"numpy": "", "numpy.linalg": "linalg", "numpy.fft": "fourier"}
    if module not in places:
        return None
    home = getattr(pt, places[module]) if places[module] else pt
    found = None if f"{module}.{name}" in _NOT_THE_SAME else getattr(home, name, None)
    return found if callable(found) else None


def _arguments(
    func: Any, function: Any, args: Sequence[Any], keywords: Mapping[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    named = {key: v for key, v in keywords.items() if key != "out" or v is not None}
    parameters = list(inspect.signature(func).parameters.values())
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return list(args), named
    ordered = []
    for parameter, value in zip(parameters, args, strict=False):
        if parameter.default is parameter.empty or parameter.kind is parameter.POSITIONAL_ONLY:
            ordered.append(value)
        elif value is not parameter.default or parameter.name in _names(function):
            named[parameter.name] = value
    for parameter in parameters[len(args) :]:
        if parameter.default is parameter.empty and parameter.name in named:
            ordered.append(named.pop(parameter.name))
    return ordered, named


def _names(function: Any) -> Sequence[str]:
    return () if isinstance(function, Elemwise) else list(inspect.signature(function).parameters)


def _called(name: str, function: Any, args: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """The call, whose wrong arguments are explained by the name that the user wrote."""
    taken: Any = function
    if isinstance(function, Elemwise):
        taken = lambda *operands: None  # noqa: E731
    try:
        inspect.signature(taken).bind(*args, **keywords)
    except TypeError as error:
        called = getattr(function, "__name__", name)
        raise TypeError(
            f"{name} of a symbolic variable is lamina.tensor's {called}, which takes other "
            f"arguments: {error}"
        ) from None
    return function(*args, **keywords)


def _variable(values: Sequence[Any]) -> Any:
    return next((v for v in values if isinstance(v, Variable)), "variable")


def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if isinstance(indices_or_sections, int):
        return pt.split(ary, indices_or_sections, axis=axis)
    return pt.array_split(ary, indices_or_sections, axis)


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = a_min if min is None else min, a_max if max is None else max
    if low is None:
        return as_array(a) if high is None else pt.minimum(a, high)
    return pt.maximum(a, low) if high is None else pt.clip(a, low, high)


def _round(a: Any, decimals: int = 0) -> Any:
    x = as_array(a)
    if decimals >= 0 and np.dtype(x.type.dtype).kind in "iu":
        return pt.tensor_copy(x)
    if decimals == 0:
        return pt.round(x)
    scale = 10 ** abs(decimals)
    y = pt.round(x * scale) / scale if decimals > 0 else pt.round(x / scale) * scale
    return pt.cast(y, x.type.dtype)


def _qr(a: Any, mode: str = "reduced") -> Any:
    from lamina.ir.ops.qr import qr

    return qr(a, mode)


_OVERRIDES: dict[str, Callable[..., Any]] = {
    "numpy.around": _round,
    "numpy.clip": _clip,
    "numpy.linalg.qr": _qr,
    "numpy.ndim": lambda a: as_array(a).type.ndim,
    "numpy.round": _round,
    "numpy.split": _split,
}
