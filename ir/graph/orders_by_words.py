"""Random orders and choices as the orders of random words."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np


class OrdersByWords(np.random.Generator):
    """A generator whose orders are those of its words."""

    def random_words(self, count: int) -> np.ndarray:
        """`count` uint64."""
        raise NotImplementedError

    def permutation(self, x: Any, axis: int = 0) -> Any:
        """The parts of `x` along `axis`, or the integers below it, in the order of words."""
        x = np.arange(x) if np.ndim(x) == 0 else np.asarray(x)
        return np.take(x, self._order(x.shape[axis]), axis)

    def shuffle(self, x: Any, axis: int = 0) -> None:
        """Put `x` in place into the order that ``permutation`` gives."""
        if isinstance(x, np.ndarray):
            x[...] = np.take(x, self._order(x.shape[axis]), axis)
        elif axis:
            raise NotImplementedError("Axis argument is only supported on ndarray objects")
        else:
            x[:] = [x[i] for i in self._order(len(x))]

    def permuted(self, x: Any, *, axis: int | None = None, out: Any = None) -> Any:
        """Each part of `x` along `axis` in an order of its own."""
        x = np.asarray(x)
        moved = x.reshape(-1) if axis is None else np.moveaxis(x, axis, -1)
        words = self.random_words(moved.size).reshape(moved.shape)
        drawn = np.take_along_axis(moved, np.argsort(words, -1, kind="stable"), -1)
        drawn = drawn.reshape(x.shape) if axis is None else np.moveaxis(drawn, -1, axis)
        if out is None:
            return drawn
        out[...] = drawn
        return out

    def _order(self, n: int) -> np.ndarray:
        return np.argsort(self.random_words(n), kind="stable")

    def choice(
        self,
        a: Any,
        size: Any = None,
        replace: bool = True,
        p: Any = None,
        axis: int = 0,
        shuffle: bool = True,
    ) -> Any:
        """Random elements of `a`, or integers below it; those chosen without replacement are in
        random order, `shuffle` or not.
        """
        a = np.asarray(a)
        n = a.shape[axis] if a.ndim else operator.index(a.item())
        lengths = () if size is None else lengths_of(size)
        count = int(np.prod(lengths, dtype=np.int64))
        if n <= 0 and count:
            what = "cannot be empty" if a.ndim else "must be a positive integer"
            raise ValueError(f"a {what} unless no samples are taken")
        if p is not None:
            p = _probabilities(p, n)
        if not replace and count > n:
            raise ValueError("Cannot take a larger sample than population when replace is False")
        if p is None and replace:
            where = self.integers(0, max(n, 1), size=lengths)
        elif p is None:
            where = self._order(n)[:count].reshape(lengths)
        elif replace:
            sums = np.cumsum(p)
            where = np.searchsorted(sums / sums[-1], self.random(lengths), side="right")
        else:
            if np.count_nonzero(p) < count:
                raise ValueError("Fewer non-zero entries in p than size")
            # of exponential numbers with these rates, the first ones
            with np.errstate(divide="ignore"):
                times = self.standard_exponential(n) / p
            where = np.argsort(times, kind="stable")[:count].reshape(lengths)
        where = np.asarray(where, np.int64)
        if not a.ndim:
            return where if size is not None else where[()]
        return np.take(a, where if size is not None else where[()], axis)


def _probabilities(p: Any, n: int) -> np.ndarray:
    """`p` as NumPy's Generator takes and refuses it."""
    near = np.sqrt(np.finfo(np.float64).eps)
    if isinstance(p, np.ndarray) and p.dtype.kind == "f":
        near = max(near, np.sqrt(np.finfo(p.dtype).eps))
    p = np.asarray(p, np.float64)
    if p.ndim != 1:
        raise ValueError("p must be 1-dimensional")
    if p.size != n:
        raise ValueError("a and p must have same size")
    if np.isnan(p).any():
        raise ValueError("Probabilities contain NaN")
    if (p < 0).any():
        raise ValueError("Probabilities are not non-negative")
    if abs(p.sum() - 1.0) > near:
        raise ValueError(
            "Probabilities do not sum to 1. See Notes section of docstring for more information."
        )
    return p


def lengths_of(size: Any) -> tuple[int, ...]:
    """The size of a draw as a tuple."""
    lengths = tuple(map(operator.index, np.atleast_1d(size)))
    if min(lengths, default=0) < 0:
        raise ValueError("negative dimensions are not allowed")
    return lengths
