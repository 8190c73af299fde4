"""Draws from counter-based generators: as graphs of elementwise ops on words, and by NumPy."""

from __future__ import annotations

import builtins
import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.random_type import RandomGeneratorType
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import constant, constant_value
from lamina.ir.ops.counter_based_vectors import VECTORS, Vectors
from lamina.ir.ops.cumulative import cumsum
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.formula import Elements
from lamina.ir.ops.inversion_sampling import DIGITS, INVERSIONS, unit
from lamina.ir.ops.philox import full_product, random_words
from lamina.ir.ops.reduction import any as any_of
from lamina.ir.ops.reduction import sum as sum_of
from lamina.ir.ops.requirement import Require
from lamina.ir.ops.reshape import reshape
from lamina.ir.ops.sampler import Check
from lamina.ir.ops.shape import Shape_i, length_of
from lamina.ir.ops.sorting import argsort

# Every distribution that is drawn from.
FORMULAS = frozenset({*INVERSIONS, *VECTORS, "categorical"})

_SUM = "sum(pvals[:-1]) > 1.0"


def has_counter(rng: Any) -> bool:
    """Whether a variable is a counter-based generator."""
    return isinstance(rng.type, RandomGeneratorType) and rng.type.counter_based


def refusal(name: str) -> NotImplementedError:
    """The error that says that a distribution is not drawn from."""
    return NotImplementedError(
        f"{name}: a counter-based generator has no draws of this distribution, whose numbers take "
        "as many words as it turns out. A generator of NumPy's, such as shared_rng(seed) has, "
        "draws them."
    )


# -- in graphs -------------------------------------------------------------------------------------


def lowered(
    name: str, rng: Any, lengths: Sequence[Any], parameters: Sequence[Any], dtype: str
) -> list[Any]:
    """The generator after a draw, and the numbers.

    Parameters
    ----------
    name : str
        One of ``FORMULAS``.
    lengths : sequence of int64 variables
        Of the batch.
    parameters : sequence of variables
        With all dimensions of the batch, 1 where they are broadcast along one.
    dtype : str
        Of the numbers.
    """
    if name == "categorical":
        next_rng, (word,) = _words(rng, lengths, 1)
        return [next_rng, cast(_categorical(unit(word), *parameters), dtype)]
    known = VECTORS.get(name) or INVERSIONS[name]
    parameters = [cast(p, d) for p, d in zip(parameters, known.dtypes, strict=True)]
    refusals = _refusals(known.checks, parameters, len(lengths))
    if isinstance(known, Vectors):
        next_rng, words = _rows(rng, lengths, parameters[-1], known.most, refusals)
        return [next_rng, cast(known.in_graph(words, *parameters), dtype)]
    next_rng, words = _words(rng, lengths, known.words, refusals)
    digits = [DIGITS.get(dtype, 53)] if known.by_digits else []
    return [next_rng, cast(known.value(words, *parameters, *digits), dtype)]


def random_order(rng: Any, n: Any) -> tuple[Any, Any]:
    """The generator after a draw, and the numbers below `n` in the order of words."""
    next_rng, words = random_words(rng, n)
    return next_rng, argsort(words, kind="stable")


def _words(
    rng: Any, lengths: Sequence[Any], each: int, refusals: Sequence[tuple[Any, Any]] = ()
) -> tuple[Any, list[Any]]:
    """The generator after a draw, and arrays of words, as many as each number takes."""
    known = [constant_value(n) for n in lengths]
    if all(n is not None for n in known):
        count = constant(np.int64(each * math.prod(map(int, known))))
    else:
        count = functools.reduce(operator.mul, lengths, constant(np.int64(each)))
        for n, value in zip(lengths, known, strict=True):
            if value is None and not (n.owner and isinstance(n.owner.op, Shape_i)):
                count = Require("negative dimensions are not allowed")(count, nd.ge(n, 0))
    for requirement, holds in refusals:
        count = requirement(count, holds)
    next_rng, words = random_words(rng, count)
    if each == 1:
        return next_rng, [reshape(words, lengths) if len(lengths) != 1 else words]
    rows = reshape(words, [*lengths, constant(np.int64(each))])
    return next_rng, [rows[..., i] for i in range(each)]


def _rows(
    rng: Any, lengths: Sequence[Any], p: Any, most: float, refusals: list[tuple[Any, Any]]
) -> tuple[Any, Any]:
    """The generator after a draw, and a row of words for each vector, one fewer than it has
    numbers.
    """
    n = length_of(p, p.type.ndim - 1)
    known = constant_value(n)
    fewer = nd.maximum(n - 1, 0) if known is None else constant(np.int64(max(known - 1, 0)))
    if most < np.inf:
        wrong = any_of(nd.gt(sum_of(p[..., :-1], axis=-1), most))
        refusals = [*refusals, (Require(_SUM), nd.invert(wrong))]
    next_rng, (words,) = _words(rng, [*lengths, fewer], 1, refusals)
    return next_rng, words


def _refusals(
    checks: Sequence[Check], parameters: Sequence[Any], ndim: int
) -> list[tuple[Any, Any]]:
    """What must hold of parameters that are not known to be right."""
    found = []
    for check in checks:
        tried = [parameters[i] for i in check.parameters]
        values = [constant_value(p) for p in tried]
        if all(v is not None for v in values) and not _wrong(check, values):
            continue
        wrong = check.wrong(*tried)
        holds = nd.invert(any_of(wrong) if wrong.type.ndim else wrong)
        found.append((Require(check.worded(ndim), error=check.error), holds))
    return found


def _categorical(u: Any, p: Any) -> Any:
    """How many of the running sums of `p` are below `u`; the last one is not compared."""
    sums = cumsum(cast(p, "float64")[..., :-1], axis=-1)
    return sum_of(cast(sums < expand_dims(u, -1), "int64"), axis=-1)


# -- by NumPy --------------------------------------------------------------------------------------


def numbers(
    rng: Any, name: str, parameters: Sequence[Any], size: tuple[int, ...] | None, dtype: str
) -> np.ndarray:
    """What a ``CounterBasedGenerator`` draws.

    Parameters
    ----------
    rng : CounterBasedGenerator
    name : str
        One of ``FORMULAS`` but "categorical".
    parameters : sequence of array-like
    size : tuple of int, optional
        The lengths of the parameters, broadcast, unless given.
    dtype : str
        Of the numbers.
    """
    known = VECTORS.get(name) or INVERSIONS[name]
    vectors = isinstance(known, Vectors)
    arrays = [np.asarray(p, d) for p, d in zip(parameters, known.dtypes, strict=True)]
    shapes = [a.shape for a in arrays]
    if vectors:
        shapes[-1] = shapes[-1][:-1]
    lengths = np.broadcast_shapes(*shapes) if size is None else size
    if np.broadcast_shapes(lengths, *shapes) != lengths:
        raise ValueError(f"{name}: parameters do not broadcast to the size {lengths}")
    with np.errstate(all="ignore"):
        for check in known.checks:
            if _wrong(check, [arrays[i] for i in check.parameters]):
                raise getattr(builtins, check.error)(check.worded(len(lengths)))
        each = max(arrays[-1].shape[-1] - 1, 0) if vectors else known.words
        if vectors and (arrays[-1][..., :-1].sum(-1) > known.most).any():
            raise ValueError(_SUM)
        count = int(np.prod(lengths, dtype=np.int64))
        words = rng.random_words(count * each).reshape(*lengths, each)
        if vectors:
            drawn = known.by_numpy(words, *arrays)
            return drawn if drawn.dtype.kind == "i" else drawn.astype(dtype)
        digits = [DIGITS.get(dtype, 53)] if known.by_digits else []
        rows = [Elements(words[..., i]) for i in range(known.words)]
        drawn = known.value(rows, *map(Elements, arrays), *digits).array
        return np.asarray(drawn, "int64" if known.integer else dtype)


def whole_numbers(
    rng: Any, low: Any, high: Any, size: tuple[int, ...] | None, dtype: np.dtype, endpoint: bool
) -> np.ndarray:
    """Integers of any dtype, whose bounds may be one above all of them.

    Raises
    ------
    TypeError, ValueError
        The dtype is no integer's, or bounds are not in it, or the lower one is not below.
    """
    if dtype.kind not in "biu":
        raise TypeError(f"Unsupported dtype {dtype!r} for integers")
    least, most = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    first, end = _python_integers(low), _python_integers(high)
    last = np.asarray(end if endpoint else end - 1, object)
    if (first < least).any():
        raise ValueError(f"low is out of bounds for {dtype}")
    if (last > most).any():
        raise ValueError(f"high is out of bounds for {dtype}")
    if (first > last).any():
        raise ValueError("low > high" if endpoint else "low >= high")
    width = np.asarray((last - first + 1) & (2**64 - 1), np.uint64)
    start = np.asarray(first & (2**64 - 1), np.uint64)
    lengths = np.broadcast_shapes(first.shape, last.shape) if size is None else size
    words = rng.random_words(int(np.prod(lengths, dtype=np.int64))).reshape(lengths)
    with np.errstate(over="ignore"):
        high_word = full_product(Elements(words), Elements(width))[0].array
        drawn = start + np.where(width == 0, words, high_word)  # a width of 2^64 is 0
    return np.asarray(drawn, np.uint64).astype(dtype)


def _python_integers(x: Any) -> np.ndarray:
    """Integers that no arithmetic wraps; floats are truncated, as NumPy does."""
    x = np.asarray(x)
    return np.array([int(v) for v in x.ravel()], object).reshape(x.shape)


def _wrong(check: Any, values: Sequence[Any]) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.any(check.wrong(*map(Elements, values)).array))
