"""`wrap_jax`: functions of JAX as functions of variables."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.ir.configuration import config
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.constant import as_tensor_variable
from lamina.jax_op import Arrays, JaxOp, jax, with_width


@dataclass(frozen=True)
class Flat:
    """A function of arrays made of one of trees, of which the leaves that are no arrays are known.

    Attributes
    ----------
    function : callable
    structure : PyTreeDef
        Of the positional arguments and those by name.
    leaves : tuple
        In order; ``ARRAY`` where an array is to come.
    """

    function: Callable[..., Any]
    structure: Any
    leaves: tuple[Any, ...]

    def __call__(self, *arrays: Any) -> Arrays:
        return tuple(jax("jax.tree_util").tree_leaves(self.tree(*arrays)))

    def tree(self, *arrays: Any) -> Any:
        """What the function returns."""
        rest = iter(arrays)
        leaves = [next(rest) if leaf is ARRAY else leaf for leaf in self.leaves]
        args, kwargs = jax("jax.tree_util").tree_unflatten(self.structure, leaves)
        return self.function(*args, **kwargs)

    def __str__(self) -> str:
        return getattr(self.function, "__name__", str(self.function))

    def __reduce__(self) -> Any:
        name = getattr(self.function, "__qualname__", "<")
        own = (self.function.__module__, name) if "<" not in name else self.function
        return _flat, (own, self.structure, self.leaves)


def _flat(function: Any, structure: Any, leaves: tuple[Any, ...]) -> Flat:
    """One of a function, or of its name, which the op made of it may have taken."""
    if isinstance(function, tuple):
        module, qualname = function
        function = functools.reduce(getattr, qualname.split("."), importlib.import_module(module))
        function = getattr(function, "__wrapped__", function)
    return Flat(function, structure, leaves)


class _Array:
    """Stands for an array among the leaves of a tree."""

    def __reduce__(self) -> str:
        return "ARRAY"


ARRAY = _Array()


def wrap_jax(jax_function: Callable[..., Any] | None = None, *, allow_eval: bool = True) -> Any:
    """Make a function of variables of one of JAX; also a decorator.

    In compiled functions JAX is called from Python, so it should be worth it. Derivatives of all
    orders are those of JAX, forwards and backwards.

    Parameters
    ----------
    jax_function : callable
        Takes and returns arrays, or tuples, lists and dicts of these, and can be compiled by
        ``jax.jit``. Arguments that are no variables and no arrays are given to it as they are.
    allow_eval : bool
        Accepted: lengths of arguments need not be known.

    Returns
    -------
    callable
        Takes variables and arrays in the place of JAX's arrays, and returns variables.

    Raises
    ------
    ImportError
        The package jax is not installed.
    TypeError
        When it is applied: an argument is a variable but no array, or JAX cannot tell the ranks of
        the results from the types of the arguments.

    Examples
    --------
    >>> @wrap_jax                                                          # doctest: +SKIP
    ... def gelu(x):
    ...     return jax.nn.gelu(x)
    >>> lamina.grad(gelu(x).sum(), x)                                      # doctest: +SKIP
    """
    if jax_function is None:
        return functools.partial(wrap_jax, allow_eval=allow_eval)
    function = jax_function
    tree_util = jax("jax.tree_util")

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = tree_util.tree_flatten((args, kwargs))
        operands = [as_tensor_variable(v) for v in leaves if isinstance(v, (Variable, np.ndarray))]
        marked = (ARRAY if isinstance(v, (Variable, np.ndarray)) else v for v in leaves)
        flat = Flat(function, structure, tuple(marked))
        itypes: Any = [v.type for v in operands]
        wide = config.floatX == "float64" or any(_is_wide(kind) for kind in itypes)
        otypes, structure_of_results = _types_of_results(flat, itypes, wide)
        op = JaxOp(flat, itypes, otypes, wide)
        return tree_util.tree_unflatten(structure_of_results, op(*operands, return_list=True))

    return wrapped


def _is_wide(kind: Any) -> bool:
    return np.dtype(kind.dtype) in map(np.dtype, ("int64", "uint64", "float64", "complex128"))


def _types_of_results(
    flat: Flat, itypes: Sequence[TensorType], wide: bool
) -> tuple[list[TensorType], Any]:
    """The types of the leaves that are returned, and the structure of their tree.

    JAX is asked with symbols for the lengths that are not known: with a different one each, then
    with one for all; and, where these do not go with lengths that are known, with those in their
    place, which tells of the results only their ranks.
    """
    unknown = sum(n is None for kind in itypes for n in kind.shape)
    known = sorted({n for kind in itypes for n in kind.shape if n is not None})
    tries: list[tuple[Any, ...]] = [()]
    if unknown:
        different = ", ".join(f"n{i}" for i in range(unknown))
        symbols = jax("jax.export").symbolic_shape
        tries = [symbols(different), symbols("n") * unknown, *((n,) * unknown for n in known)]
    first: Exception | None = None
    for number, lengths in enumerate(tries):
        rest = iter(lengths)
        given = [
            jax().ShapeDtypeStruct([next(rest) if n is None else n for n in kind.shape], kind.dtype)
            for kind in itypes
        ]
        try:
            with with_width(wide):
                found = jax().eval_shape(flat.tree, *given)
        except Exception as error:
            first = first or error
            continue
        results, structure = jax("jax.tree_util").tree_flatten(found)
        return [
            TensorType(
                str(y.dtype), [n if isinstance(n, int) and number < 2 else None for n in y.shape]
            )
            for y in results
        ], structure
    advice = "; state lengths that are not known by pt.specify_shape" if unknown else ""
    types = ", ".join(map(str, itypes))
    raise TypeError(f"wrap_jax: {flat} cannot be applied to {types}: {first}{advice}") from first
