"""Draws of vectors from counter-based generators: a word for each number but the last one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.cast import cast
from lamina.ir.ops.creation import ones
from lamina.ir.ops.cumulative import cumprod, cumsum
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.formula import Elements
from lamina.ir.ops.inversion_sampling import binomial, unit
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.routine import Routine
from lamina.ir.ops.sampler import Check
from lamina.ir.ops.samplers import SAMPLERS


class Vectors(NamedTuple):
    """How vectors are made of words.

    Attributes
    ----------
    in_graph, by_numpy : callable
        ``in_graph(words, *parameters)``, with the dimensions of the batch and then, of words and
        of the last parameter, that of the vector.
    checks : tuple of Check
        On the parameters.
    dtypes : tuple of str
        What the parameters are converted to.
    most : float
        What the sums of the last parameter, without the last number, may not be beyond.
    """

    in_graph: Callable[..., Any]
    by_numpy: Callable[..., np.ndarray]
    checks: tuple[Check, ...]
    dtypes: tuple[str, ...]
    most: float = np.inf


def _share(u: Any, alpha: Any, others: Any) -> Any:
    """A beta number; the end of [0, 1] that is left where a parameter is 0."""
    some = nd.and_(alpha > 0.0, others > 0.0)
    drawn = nd.betaincinv(nd.switch(some, alpha, 1.0), nd.switch(some, others, 1.0), u)
    return nd.switch(some, drawn, nd.switch(alpha > 0.0, 1.0, 0.0))


def _dirichlet(words: Any, alphas: Any) -> Any:
    """Breaking a stick: a part of what is left is a beta number (Devroye 1986, XI.4)."""
    others = cumsum(alphas[..., ::-1], axis=-1)[..., ::-1]
    share = _share(unit(words), alphas[..., :-1], others[..., 1:])
    one = ones([*(words.shape[d] for d in range(words.type.ndim - 1)), 1])
    left = concatenate([one, cumprod(1.0 - share, axis=-1)], axis=-1)
    some = cast(expand_dims(others[..., 0], -1) > 0.0, "float64")
    return left * concatenate([share, one], axis=-1) * some


def _dirichlet_by_numpy(words: np.ndarray, alphas: np.ndarray) -> np.ndarray:
    others = np.cumsum(alphas[..., ::-1], -1)[..., ::-1]
    parts = unit(Elements(words)), Elements(alphas[..., :-1]), Elements(others[..., 1:])
    share = _share(*parts).array
    one = np.ones((*words.shape[:-1], 1))
    left = np.concatenate([one, np.cumprod(1.0 - share, -1)], -1)
    return left * np.concatenate([share, one], -1) * (others[..., :1] > 0.0)


def _part(word: Any, left: Any, p: Any, mass: Any) -> Any:
    """How many of those that are left have an outcome of probability `p`, out of `mass`."""
    odds = nd.switch(p < mass, p / nd.switch(p < mass, mass, 1.0), 1.0)
    return binomial(word, left, nd.switch(p > 0.0, odds, 0.0))


class MultinomialOfWords(Routine):
    """Counts of outcomes, each a binomial number of the trials that are left.

    Operands are words, one fewer than there are outcomes, the number of trials and probabilities.
    """

    __module__ = "lamina.tensor.random.op"
    __props__ = ()
    nd_name = "multinomial_of_words"
    gufunc_signature = "(w),(),(p)->(p)"

    def result_dtypes(self, dtypes: Any) -> tuple[str]:
        return ("int64",)

    def numpy(self, *arrays: Any) -> Any:
        return _multinomial_by_numpy(*map(np.asarray, arrays))

    def native(self, b: Any, operands: Any, results: Any) -> None:
        with b.batch() as (words, n, p, y):
            left, mass = b.cell(n), b.cell(1.0, "float64")
            with b.loop(words.lengths[0]) as i:
                found = _part(words[i], left.value, p[i], mass.value)
                y[i] = found
                left.value = left.value - found
                mass.value = mass.value - p[i]
            with b.when(p.lengths[0] > 0):
                y[p.lengths[0] - 1] = left.value


def _multinomial_by_numpy(words: np.ndarray, n: np.ndarray, p: np.ndarray) -> np.ndarray:
    counts = np.zeros((*words.shape[:-1], p.shape[-1]), np.int64)
    left, mass = np.broadcast_to(n, words.shape[:-1]), np.ones(words.shape[:-1])
    for i in range(words.shape[-1]):
        parts = words[..., i], left, np.broadcast_to(p[..., i], mass.shape), mass
        counts[..., i] = _part(*map(Elements, parts)).array
        left, mass = left - counts[..., i], mass - p[..., i]
    counts[..., -1:] = left[..., None]
    return counts


VECTORS = {
    "dirichlet": Vectors(
        _dirichlet, _dirichlet_by_numpy, SAMPLERS["dirichlet"].checks, ("float64",)
    ),
    "multinomial": Vectors(
        MultinomialOfWords(), _multinomial_by_numpy, SAMPLERS["multinomial"].checks,
        ("int64", "float64"), 1.0 + 1e-12,
    ),
}  # fmt: skip
