"""Random choices among given things, and random orders of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.random_size import known_entry, normalize_size_param
from lamina.ir.ops.random_variable import RandomVariable


class ChoiceRV(RandomVariable):
    """Elements of the first parameter, or, if it has no dimension, integers below it.

    Parameters are `a`, the probabilities, if there are any, and the lengths of what is chosen,
    which take the place of axis `axis` of `a`.

    Parameters
    ----------
    replace : bool
        Whether an element may be chosen several times.
    axis : int
    shuffle : bool
        Whether the order of elements chosen without replacement is random, too.
    has_p : bool
        Whether there are probabilities.
    """

    __module__ = "lamina.tensor.random.basic"
    __props__ = ("name", "signature", "dtype", "inplace", "replace", "axis", "shuffle", "has_p")
    name = "choice"
    callback = True
    _print_name = ("choice", r"\operatorname{choice}")

    def __init__(
        self,
        *,
        signature: str,
        dtype: str,
        replace: bool,
        axis: int,
        shuffle: bool,
        has_p: bool,
        inplace: bool = False,
        name: str | None = None,
    ):
        super().__init__(name=name, signature=signature, dtype=dtype, inplace=inplace)
        self.replace, self.axis, self.shuffle, self.has_p = replace, axis, shuffle, has_p

    def _static_shape(self, size: Any, params: Sequence[Any], ndim: int) -> tuple[Any, ...]:
        shape = super()._static_shape(size, params, ndim)
        lengths = [
            known_entry(params[-1], i) for i in range(len(self._cores[-1]) and _count(params[-1]))
        ]
        a = [] if not self._cores[0] else list(params[0].type.shape[ndim:])
        core = [*a[: self.axis], *lengths, *a[self.axis + 1 :]] if a else lengths
        return (*shape[:ndim], *core)

    def rng_fn(self, rng: Any, a: Any, *args: Any) -> Any:  # type: ignore[override]
        *parameters, size = args
        p = np.asarray(parameters[0]) if self.has_p else None
        wanted = np.asarray(parameters[-1])
        if size is None:
            batches = [np.shape(a)[: np.ndim(a) - len(self._cores[0])]]
            batches += [p.shape[:-1]] if p is not None else []
            size = np.broadcast_shapes(*batches, wanted.shape[:-1])
        a = np.asarray(a)
        own = a.ndim - len(self._cores[0])
        a = np.broadcast_to(a, (*size, *a.shape[own:]))
        p = None if p is None else np.broadcast_to(p, (*size, p.shape[-1]))
        wanted = np.broadcast_to(wanted, (*size, wanted.shape[-1]))
        drawn = [
            rng.choice(
                a[at] if self._cores[0] else int(a[at]),
                size=tuple(map(int, wanted[at])),
                replace=self.replace,
                p=None if p is None else p[at],
                axis=self.axis,
                shuffle=self.shuffle,
            )
            for at in np.ndindex(*size)
        ]
        return np.reshape(np.stack(drawn), (*size, *np.shape(drawn[0])))


def _count(vector: Any) -> int:
    return vector.type.shape[-1] or 0


class PermutationRV(RandomVariable):
    """The rows of the parameter, or, if it has no dimension, the integers below it, in a random
    order.
    """

    __module__ = "lamina.tensor.random.basic"
    name = "permutation"
    callback = True
    _print_name = ("permutation", r"\operatorname{permutation}")

    def _static_shape(self, size: Any, params: Sequence[Any], ndim: int) -> tuple[Any, ...]:
        if self._cores[0]:
            return super()._static_shape(size, params, ndim)
        from lamina.ir.ops.constant import constant_value

        n = constant_value(params[0])
        batch = super()._static_shape(size, params, ndim)[:ndim]
        return (*batch, int(n.flat[0]) if n is not None and n.size == 1 else None)

    def rng_fn(self, rng: Any, x: Any, size: Any) -> Any:  # type: ignore[override]
        x = np.asarray(x)
        core = len(self._cores[0])
        if size is None:
            size = x.shape[: x.ndim - core]
        x = np.broadcast_to(x, (*size, *x.shape[x.ndim - core :]))
        drawn = [rng.permutation(x[at] if core else int(x[at])) for at in np.ndindex(*size)]
        return np.reshape(np.stack(drawn), (*size, *np.shape(drawn[0])))


def choice(
    a: Any,
    size: Any = None,
    replace: bool = True,
    p: Any = None,
    rng: Any = None,
    *,
    axis: int = 0,
    shuffle: bool = True,
    **kwargs: Any,
) -> Any:
    """Random elements of an array.

    Parameters
    ----------
    a : tensor-like
        Elements, or rows; an integer n stands for 0 to n - 1.
    size : None, int, tuple or vector
        The lengths that take the place of axis `axis` of `a`; None: one element is chosen.
    replace : bool
        Whether an element may be chosen several times.
    p : tensor-like, optional
        The probabilities of the elements, of sum 1; equal ones unless given.
    rng : Variable, optional
    axis : int
        Along which axis of `a` its elements lie.
    shuffle : bool
        Whether the order of elements chosen without replacement is random, too.
    """
    a = as_tensor_variable(a)
    axis = normalize_axis(axis, max(a.type.ndim, 1))
    wanted = normalize_size_param(() if size is None else size)
    count = wanted.type.shape[0]
    batch = a.type.ndim
    if batch:
        rows = [f"a{d}" for d in range(batch)]
        made = [*rows[:axis], *(f"s{i}" for i in range(count)), *rows[axis + 1 :]]
        first = f"({','.join(rows)})"
    else:
        if np.dtype(a.type.dtype).kind not in "iu":
            raise TypeError(f"choice: a number to choose below must be an integer, got {a.type}")
        made, first = [f"s{i}" for i in range(count)], "()"
    parts = [first]
    operands = [a]
    if p is not None:
        p = as_tensor_variable(p)
        parts.append(f"({f'a{axis}' if batch else 'a'})")
        operands.append(p)
    parts.append("(size)")
    operands.append(wanted)
    op = ChoiceRV(
        signature=f"{','.join(parts)}->({','.join(made)})",
        dtype=a.type.dtype if batch else "int64",
        replace=bool(replace),
        axis=axis,
        shuffle=bool(shuffle),
        has_p=p is not None,
    )
    return op(*operands, rng=rng, **kwargs)


def permutation(x: Any, **kwargs: Any) -> Any:
    """An array with its rows in a random order.

    Parameters
    ----------
    x : tensor-like
        An integer n stands for 0 to n - 1.
    """
    x = as_tensor_variable(x)
    if x.type.ndim:
        rows = ",".join(f"x{d}" for d in range(x.type.ndim))
        op = PermutationRV(signature=f"({rows})->({rows})", dtype=x.type.dtype)
    else:
        if np.dtype(x.type.dtype).kind not in "iu":
            raise TypeError(f"permutation: the number of elements must be an integer, got {x.type}")
        op = PermutationRV(signature="()->(x)", dtype="int64")
    return op(x, **kwargs)
