"""Functions of arrays as ops."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.op import Op
from lamina.ir.graph.type import Type

InferShape = Callable[[Any, Apply, list[Any]], Sequence[Any]]


class FromFunctionOp(Op):
    """An op that a Python function computes; see ``wrap_py``.

    Parameters
    ----------
    fn : callable
        From arrays to an array, or a tuple or list of them.
    itypes, otypes : sequence of Type
    infer_shape : callable, optional
    """

    __module__ = "lamina.compile.ops"
    __props__ = ("fn", "itypes", "otypes")

    def __init__(
        self,
        fn: Callable[..., Any],
        itypes: Sequence[Type],
        otypes: Sequence[Type],
        infer_shape: InferShape | None = None,
    ):
        self.fn, self.itypes, self.otypes = fn, tuple(itypes), tuple(otypes)
        self.__name__, self.__doc__ = fn.__name__, fn.__doc__
        if infer_shape is not None:
            self.infer_shape = infer_shape

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        found = self.fn(*inputs)
        values = found if isinstance(found, (list, tuple)) else [found]
        if len(values) != len(output_storage):
            raise ValueError(f"{self} must compute {len(output_storage)} values, got {len(values)}")
        for storage, value in zip(output_storage, values, strict=True):
            storage[0] = value

    def __reduce__(self) -> Any:
        own = self.__dict__.get("infer_shape")
        if "<" in self.fn.__qualname__:
            return FromFunctionOp, (self.fn, self.itypes, self.otypes, own)
        name = self.fn.__module__, self.fn.__qualname__
        return _by_name, (*name, self.itypes, self.otypes, own)

    def __str__(self) -> str:
        return f"FromFunctionOp{{{self.fn.__name__}}}"


def _by_name(module: str, qualname: str, *parameters: Any) -> Any:
    """The op of the function of a name, which may have taken the name of its function."""
    thing: Any = importlib.import_module(module)
    for name in qualname.split("."):
        thing = getattr(thing, name)
    return thing if isinstance(thing, FromFunctionOp) else FromFunctionOp(thing, *parameters)


def wrap_py(
    itypes: Type | Sequence[Type],
    otypes: Type | Sequence[Type],
    infer_shape: InferShape | None = None,
) -> Callable[[Callable[..., Any]], FromFunctionOp]:
    """A decorator that makes an op of a Python function of arrays.

    The op has no gradient: define a class for one that has.

    Parameters
    ----------
    itypes, otypes : Type or sequence of Type
        The types of the operands and of the results, to which these are held.
    infer_shape : callable, optional
        From the graph (or None), the application and the shapes of its inputs, each a tuple of
        scalar variables, to the list of shapes of its outputs. Where only the shape of a result is
        needed, the function is not called.

    Returns
    -------
    callable

    Examples
    --------
    >>> @wrap_py(itypes=[pt.dmatrix, pt.dmatrix], otypes=[pt.dmatrix])
    ... def numpy_dot(a, b):
    ...     return np.dot(a, b)
    """
    ins: Any = [itypes] if isinstance(itypes, Type) else list(itypes)
    outs: Any = [otypes] if isinstance(otypes, Type) else list(otypes)
    for kind in (*ins, *outs):
        if not isinstance(kind, Type):
            raise TypeError(f"itypes and otypes must be types, got {kind!r}")
    if infer_shape is not None and not callable(infer_shape):
        raise TypeError(f"infer_shape must be a function, got {infer_shape!r}")
    return lambda fn: FromFunctionOp(fn, ins, outs, infer_shape)


as_op = wrap_py
