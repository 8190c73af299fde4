"""Random choices among given things, and random orders of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.array_op import normalize_axis
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant, constant_value
from lamina.ir.ops.continuous_distributions import UniformRV
from lamina.ir.ops.counter_based_draws import has_counter, random_order
from lamina.ir.ops.cumulative import cumsum
from lamina.ir.ops.discrete_distributions import IntegersRV
from lamina.ir.ops.draw import Draw
from lamina.ir.ops.random_size import each_of_batch, entry, known_entry, normalize_size_param
from lamina.ir.ops.random_variable import RandomVariable
from lamina.ir.ops.reduction import any as any_of
from lamina.ir.ops.reduction import min as minimum_of
from lamina.ir.ops.reduction import sum as sum_of
from lamina.ir.ops.requirement import Require
from lamina.ir.ops.reshape import reshape
from lamina.ir.ops.searching import searchsorted
from lamina.ir.ops.shape import length_of
from lamina.ir.ops.taking import take


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

        def draw(a: np.ndarray, *rest: np.ndarray) -> np.ndarray:
            *p, wanted = rest
            return rng.choice(
                a if a.ndim else int(a),
                size=tuple(map(int, wanted)),
                replace=self.replace,
                p=p[0] if p else None,
                axis=self.axis,
                shuffle=self.shuffle,
            )

        return each_of_batch(draw, self.ndims_params, [a, *parameters], size, self.ndim_supp)

    def lowering(self, rng: Any, size: Any, *params: Any) -> list[Any] | None:
        a, *p, wanted = params
        batched = a.type.ndim > len(self._cores[0])
        if batched or (p and not self.replace) or getattr(rng.type, "machine", None) is None:
            return None
        of_rows = bool(a.type.ndim)
        n = length_of(a, self.axis) if of_rows else cast(a, "int64")
        lengths = [cast(entry(wanted, i), "int64") for i in range(wanted.type.shape[0])]
        total = constant(np.int64(1))
        for k in lengths:
            total = total * k
        what = "cannot be empty" if of_rows else "must be a positive integer"
        some = Require(f"a {what} unless no samples are taken")
        n = some(n, nd.or_(nd.gt(n, 0), nd.eq(total, 0)))
        if p:
            next_rng, where = _by_probability(rng, p[0], n, lengths)
        elif self.replace:
            below = IntegersRV().make_node(rng, lengths, 0, nd.maximum(n, 1))
            next_rng, where = below.outputs
        elif has_counter(rng):
            some = Require("Cannot take a larger sample than population when replace is False")
            next_rng, order = random_order(rng, some(n, nd.le(total, n)))
            where = order[:total]
            where = reshape(where, lengths) if len(lengths) != 1 else where
        else:
            key = "choice" if self.shuffle else "unshuffled_choice"
            next_rng, where = Draw(key, "(s),k,()->(s),(k)", "int64")(rng, total, n)
            where = reshape(where, lengths) if len(lengths) != 1 else where
        chosen = take(a, where, axis=self.axis) if of_rows else where
        return [next_rng, cast(chosen, self.dtype)]


def _by_probability(rng: Any, p: Any, n: Any, lengths: Any) -> list[Any]:
    """The generator after a draw, and places with probabilities `p`."""
    near = np.sqrt(max(np.finfo(t).eps for t in ("float64", p.type.dtype) if "float" in t))
    p = cast(p, "float64")
    least = nd.ge(minimum_of(p), 0.0)
    checks = (
        ("a and p must have same size", nd.eq(length_of(p, 0), n)),
        ("Probabilities contain NaN", nd.invert(any_of(nd.isnan(p)))),
        ("Probabilities are not non-negative", least),
        (
            "Probabilities do not sum to 1. See Notes section of docstring for more information.",
            nd.le(nd.abs(sum_of(p) - 1.0), near),
        ),
    )
    total = cumsum(p)[-1]
    for message, holds in checks:
        total = Require(message)(total, holds)
    uniform = UniformRV(dtype="float64").make_node(rng, lengths, 0.0, 1.0)
    next_rng, u = uniform.outputs
    return [next_rng, searchsorted(cumsum(p) / total, u, side="right")]


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
        n = constant_value(params[0])
        batch = super()._static_shape(size, params, ndim)[:ndim]
        return (*batch, int(n.flat[0]) if n is not None and n.size == 1 else None)

    def rng_fn(self, rng: Any, x: Any, size: Any) -> Any:  # type: ignore[override]
        def draw(x: np.ndarray) -> np.ndarray:
            return rng.permutation(x if x.ndim else int(x))

        return each_of_batch(draw, self.ndims_params, [x], size, self.ndim_supp)

    def lowering(self, rng: Any, size: Any, *params: Any) -> list[Any] | None:
        (x,) = params
        if x.type.ndim > len(self._cores[0]) or getattr(rng.type, "machine", None) is None:
            return None
        n = length_of(x, 0) if x.type.ndim else nd.maximum(cast(x, "int64"), 0)
        if has_counter(rng):
            next_rng, order = random_order(rng, n)
        else:
            next_rng, order = Draw("permutation", "(s),n->(s),(n)", "int64")(rng, n)
        return [next_rng, take(x, order, axis=0) if x.type.ndim else order]


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
