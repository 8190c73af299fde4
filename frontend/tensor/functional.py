"""Functions of single arrays made functions of stacks of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from lamina.graph.vectorize import vectorize_graph
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.arguments import as_array

_DIMENSIONS = r"\((?:[A-Za-z_]\w*(?:,[A-Za-z_]\w*)*)?\)"
_OPERANDS = rf"{_DIMENSIONS}(?:,{_DIMENSIONS})*"
_SIGNATURE = re.compile(rf"({_OPERANDS})->({_OPERANDS})")

Core = tuple[str, ...]


def vectorize(func: Callable[..., Any], signature: str | None = None) -> Callable[..., Any]:
    """The function that applies `func` to every element of stacks of arrays.

    Parameters
    ----------
    func : callable
        Takes variables and returns one or several. It is called once for each call of the result,
        with variables that stand for an element of each stack.
    signature : str, optional
        The dimensions of the elements, in the notation of NumPy's generalised ufuncs, as
        ``"(m,n),(n)->(m)"``. By default all are scalars.

    Returns
    -------
    callable
        Its arguments have further dimensions in front, which are broadcast against each other.

    Raises
    ------
    ValueError
        The signature is wrong; in a call, arguments or results do not fit it.

    Examples
    --------
    >>> norms = vectorize(lambda x: pt.sqrt(pt.sum(x**2)), signature="(n)->()")
    >>> norms(pt.tensor3("x"))  # a matrix
    """
    cores = None if signature is None else _parsed(signature)

    @wraps(func)
    def vectorized(*args: Any) -> Any:
        arrays = [as_array(x) for x in args]
        takes, gives = ([()] * len(arrays), None) if cores is None else cores
        if len(takes) != len(arrays):
            raise ValueError(f"{signature} takes {len(takes)} arguments, {len(arrays)} were given")
        elements = [_element(x, core) for x, core in zip(arrays, takes, strict=True)]
        _check_lengths(elements, takes)
        results = func(*elements)
        several = [results] if isinstance(results, Variable) else list(results)
        several = [as_array(y) for y in several]
        _check_results(several, gives, signature)
        stacks = vectorize_graph(several, dict(zip(elements, arrays, strict=True)))
        return stacks[0] if isinstance(results, Variable) else type(results)(stacks)

    return vectorized


def _parsed(signature: str) -> tuple[list[Core], list[Core]]:
    match = _SIGNATURE.fullmatch(signature.replace(" ", ""))
    if match is None:
        raise ValueError(f"{signature!r} is no signature of a generalised ufunc")
    takes, gives = (
        [tuple(filter(None, operand[1:-1].split(","))) for operand in re.findall(_DIMENSIONS, side)]
        for side in match.groups()
    )
    return takes, gives


def _element(x: Any, core: Core) -> Any:
    batch = x.type.ndim - len(core)
    if batch < 0:
        raise ValueError(f"{x} of type {x.type} has not the dimensions ({','.join(core)})")
    return TensorType(x.type.dtype, x.type.shape[batch:])(x.name)


def _check_lengths(elements: list[Any], cores: list[Core]) -> None:
    lengths: dict[str, int] = {}
    for x, core in zip(elements, cores, strict=True):
        for name, n in zip(core, x.type.shape, strict=True):
            if n is not None and lengths.setdefault(name, n) != n:
                raise ValueError(f"the dimension {name} has lengths {lengths[name]} and {n}")


def _check_results(results: list[Any], cores: list[Core] | None, signature: str | None) -> None:
    wanted = [0] * len(results) if cores is None else [len(core) for core in cores]
    found = [y.type.ndim for y in results]
    if found != wanted:
        raise ValueError(
            f"the function returns {len(found)} results of ranks {found}; by the signature "
            f"{signature or 'of scalars'} they are {len(wanted)} of ranks {wanted}"
        )
