"""What is known of the distribution of a random variable: one class each, and the table of them.

The formulas stand here and not on the ops: those are about drawing, which machine code and texts of
nd need, while a density is a graph that users differentiate, vectorize and rewrite. A table by the
class of the op, looked up along its bases, serves our distributions and the user's alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import lamina.ir.operators as nd
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.creation import arange, zeros
from lamina.ir.ops.dimshuffle import shape_padright
from lamina.ir.ops.joining import concatenate
from lamina.ir.ops.random_variable import RandomVariable
from lamina.ir.ops.reduction import max as maximum_of
from lamina.ir.ops.reduction import sum as sum_of
from lamina.ir.ops.reshape import flatten
from lamina.logprob.support import is_infinite, of_number

AnyDensity = TypeVar("AnyDensity", bound="Density")


class Density:
    """The distribution of a random variable: subclass it and say of which one by ``density_of``.

    Methods take a value and the parameters of the random variable, as variables with a common
    batch, and return graphs. Those of a distribution of numbers are called with values in the
    support alone, so that they need no guards; one of vectors looks after its support itself.

    Attributes
    ----------
    discrete : bool
        Whether ``logp`` is of a probability, not of a density.
    open : bool
        Whether finite ends of the support do not belong to it.

    Examples
    --------
    >>> @density_of(Kumaraswamy)  # a RandomVariable
    ... class KumaraswamyDensity(Density):
    ...     def requires(self, a, b):
    ...         return {"a > 0": a > 0, "b > 0": b > 0}
    ...
    ...     def support(self, a, b):
    ...         return 0, 1
    ...
    ...     def logp(self, x, a, b):
    ...         return pt.log(a * b) + pt.xlogy(a - 1, x) + pt.xlog1py(b - 1, -(x**a))
    """

    __module__ = "lamina.logprob"
    discrete = False
    open = False

    def requires(self, *parameters: Any) -> Mapping[str, Any]:
        """What must hold of the parameters, each condition under the words for it."""
        return {}

    def support(self, *parameters: Any) -> tuple[Any, Any]:
        """The least and the greatest value, numbers or variables."""
        return -math.inf, math.inf

    def logp(self, x: Any, *parameters: Any) -> Any:
        """Logarithm of the density or the probability."""
        raise NotImplementedError

    def logcdf(self, x: Any, *parameters: Any) -> Any:
        """Logarithm of the probability of at most x."""
        raise NotImplementedError

    def logsf(self, x: Any, *parameters: Any) -> Any:
        """Logarithm of the probability of more than x."""
        return nd.log1mexp(self.logcdf(x, *parameters))

    def icdf(self, q: Any, *parameters: Any) -> Any:
        """The value up to which the probability is q."""
        raise NotImplementedError

    def states(self, what: str) -> bool:
        """Whether a method is there."""
        if what == "logsf" and type(self).logsf is Density.logsf:
            what = "logcdf"
        return getattr(type(self), what) is not getattr(Density, what)


class DiscreteDensity(Density):
    """A `Density` of integers.

    Its values are integers; others have probability 0. Unless there is a formula, ``logcdf`` sums
    probabilities from the start of the support on.
    """

    __module__ = "lamina.logprob"
    discrete = True

    def logcdf(self, x: Any, *parameters: Any) -> Any:
        low, _ = self.support(*parameters)
        if is_infinite(low):
            raise NotImplementedError(f"{type(self).__name__} has no logcdf, nor a least value")
        steps = flatten(nd.switch(nd.isnan(x), 0, x - low))
        n = cast(maximum_of(concatenate([steps, zeros(1, steps.type.dtype)])), "int64") + 1
        k = shape_padright(as_tensor_variable(low)) + arange(n)
        terms = of_number(self, "logp", k, [shape_padright(p) for p in parameters])
        added = nd.le(k, shape_padright(x))
        return nd.log(sum_of(nd.switch(added, nd.exp(terms), 0.0), axis=-1))


DENSITIES: dict[type, Density] = {}


def density_of(
    op_class: type[RandomVariable],
) -> Callable[[type[AnyDensity]], type[AnyDensity]]:
    """Say that the decorated class tells the distribution of a class of random variables, and of
    its subclasses.

    Parameters
    ----------
    op_class : type
        A subclass of RandomVariable.

    Raises
    ------
    TypeError
        It is none.
    """
    if not (isinstance(op_class, type) and issubclass(op_class, RandomVariable)):
        raise TypeError(f"density_of takes a class of random variables, got {op_class!r}")

    def register(density: type[AnyDensity]) -> type[AnyDensity]:
        DENSITIES[op_class] = density()
        return density

    return register


def find_density(op: RandomVariable) -> Density | None:
    """What is known of the distribution of `op`."""
    return next((DENSITIES[c] for c in type(op).__mro__ if c in DENSITIES), None)
