"""Mixtures: one of several random expressions, as a random condition or index says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.conditional import IfElse
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import constant
from lamina.ir.ops.creation import arange
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.reduction import sum as sum_of
from lamina.logprob.compared import Compared
from lamina.logprob.logarithms import log_sum, log_sum_along
from lamina.logprob.measure import Measure, Reading, measure_of, refuse


class Fixed(Measure):
    """What is not random: a component of a mixture."""

    def __init__(self, variable: Variable):
        super().__init__(variable, "discrete", 0, frozenset())

    def logp(self, value: Any) -> Any:
        return nd.switch(nd.eq(value, self.variable), 0.0, -math.inf)

    def logcdf(self, value: Any) -> Any:
        return nd.switch(nd.ge(value, self.variable), 0.0, -math.inf)

    def logsf(self, value: Any) -> Any:
        return nd.switch(nd.lt(value, self.variable), 0.0, -math.inf)


class Mixture(Measure):
    """One of two components.

    Parameters
    ----------
    variable : Variable
    weights : pair of variable
        The logarithms of the probabilities of the components, of the rank of the expression.
    components : pair of Measure
    ndim_supp : int
        For how many last dimensions the choice is the same.
    sources : frozenset of Apply
        The draws of the choice.
    """

    def __init__(
        self,
        variable: Variable,
        weights: Sequence[Any],
        components: Sequence[Measure],
        ndim_supp: int,
        sources: Any,
    ):
        kinds = {c.kind for c in components}
        own = frozenset().union(*(c.sources for c in components))
        atoms = [isinstance(c, Fixed) for c in components]
        if own & sources:
            refuse(variable, "chooses among random variables by one of them")
        if any(c.ndim_supp > ndim_supp for c in components):
            refuse(
                variable,
                "chooses for each element among vectors of which the elements are dependent",
            )
        if "mixed" in kinds or len(kinds) > 1 and (ndim_supp or not any(atoms)):
            refuse(variable, "mixes what has a density with what has probabilities")
        kind = "mixed" if len(kinds) > 1 else kinds.pop()
        super().__init__(variable, kind, ndim_supp, own | sources)
        self.weights, self.components, self.atoms = weights, components, atoms

    def logp(self, value: Any) -> Any:
        terms = []
        for weight, component in zip(self.weights, self.components, strict=True):
            term = component.logp(value)
            shared = self.ndim_supp - component.ndim_supp
            if shared:
                term = sum_of(term, axis=tuple(range(-shared, 0)))
            for _ in range(self.ndim_supp):
                weight = weight[..., 0]
            terms.append(weight + term)
        if self.kind == "mixed":  # where there is a probability, a density is nothing
            at = self.atoms.index(True)
            return nd.switch(nd.eq(terms[at], -math.inf), terms[1 - at], terms[at])
        return log_sum(*terms)

    def logcdf(self, value: Any) -> Any:
        a, b = (w + c.logcdf(value) for w, c in zip(self.weights, self.components, strict=True))
        return log_sum(a, b)

    def logsf(self, value: Any) -> Any:
        a, b = (w + c.logsf(value) for w, c in zip(self.weights, self.components, strict=True))
        return log_sum(a, b)


class Chosen(Measure):
    """One of two components, as something says that is not random.

    Parameters
    ----------
    variable : Variable
    condition : variable
    components : pair of Measure
    """

    def __init__(self, variable: Variable, condition: Any, components: Sequence[Measure]):
        a, b = components
        if a.ndim_supp != b.ndim_supp or a.ndim_supp and condition.type.ndim:
            refuse(variable, "chooses among vectors of which the elements are dependent")
        kind = a.kind if a.kind == b.kind else "mixed"
        super().__init__(variable, kind, a.ndim_supp, a.sources | b.sources)
        self.condition, self.components = condition, components

    def _chosen(self, what: str, value: Any) -> Any:
        a, b = (getattr(c, what)(value) for c in self.components)
        return nd.switch(self.condition, a, b)

    def logp(self, value: Any) -> Any:
        return self._chosen("logp", value)

    def logcdf(self, value: Any) -> Any:
        return self._chosen("logcdf", value)

    def logsf(self, value: Any) -> Any:
        return self._chosen("logsf", value)

    def icdf(self, q: Any) -> Any:
        return self._chosen("icdf", q)


class Indexed(Measure):
    """An element or part of a random expression, at a random index of one axis.

    Parameters
    ----------
    variable : Variable
    inner : Measure
        The distribution of what is indexed.
    axis : int
    index : Measure
    """

    def __init__(self, variable: Variable, inner: Measure, axis: int, index: Measure):
        n = inner.variable.type.shape[axis]
        if n is None:
            refuse(variable, f"has a random index: the length of axis {axis} must be known")
        if inner.kind == "mixed" or axis >= inner.variable.type.ndim - inner.ndim_supp:
            refuse(variable, "has a random index into what has no independent elements there")
        if inner.sources & index.sources:
            refuse(variable, "has an index that depends on what is indexed")
        super().__init__(
            variable, inner.kind, inner.variable.type.ndim - 1, inner.sources | index.sources
        )
        self.inner, self.axis = inner, axis
        self.weights = index.of_batch("logp", arange(n))

    def logp(self, value: Any) -> Any:
        terms = self.inner.logp(expand_dims(value, self.axis))
        others = tuple(d for d in range(terms.type.ndim) if d != self.axis)
        return log_sum_along(self.weights + (sum_of(terms, axis=others) if others else terms), 0)

    def logcdf(self, value: Any) -> Any:
        return log_sum_along(self.weights + self.inner.logcdf(expand_dims(value, 0)), 0)

    def logsf(self, value: Any) -> Any:
        return log_sum_along(self.weights + self.inner.logsf(expand_dims(value, 0)), 0)


def _weights(condition: Any, reading: Reading) -> tuple[list[Any], Measure]:
    """The logarithms of the probabilities that a condition holds, and not."""
    measure = reading.measure(condition)
    zero = constant(np.zeros((1,) * condition.type.ndim, condition.type.dtype))
    if condition.type.dtype != "bool":
        measure, zero = Compared(condition, measure, "NEQ", zero), cast(zero, "bool")
    return [measure.logp(nd.invert(zero)), measure.logp(zero)], measure


def _component(v: Variable, like: Any, reading: Reading) -> Measure:
    if v not in reading.random:
        return Fixed(v)
    measure = reading.measure(v)
    if any(n == 1 != m for n, m in zip(measure.variable.type.shape, like.type.shape, strict=True)):
        refuse(like, f"repeats the draw {v}")
    return measure


def mixture_of_switch(variable: Any, reading: Reading) -> Measure:
    """The distribution of ``switch(condition, a, b)``."""
    condition, *branches = variable.owner.inputs
    if condition not in reading.random:
        return Chosen(variable, condition, [_component(v, variable, reading) for v in branches])
    shape, given = variable.type.shape, condition.type.shape
    shared = [d for d, (n, m) in enumerate(zip(shape, given, strict=True)) if m == 1 != n]
    first = shared[0] if shared else len(shape)
    if any(given[d] != 1 for d in range(first, len(shape))):
        refuse(variable, "has a random condition that is repeated along other than the last axes")
    components = [_component(v, variable, reading) for v in branches]
    weights, chooser = _weights(condition, reading)
    return Mixture(variable, weights, components, len(shape) - first, chooser.sources)


@measure_of.register
def _ifelse(op: IfElse, variable: Variable, reading: Reading) -> Measure:
    node: Any = variable.owner
    condition, k = node.inputs[0], node.outputs.index(variable)
    branches = node.inputs[1 + k], node.inputs[1 + op.n_outs + k]
    components = [_component(v, v, reading) for v in branches]
    if condition not in reading.random:
        return Chosen(variable, condition, components)
    weights, chooser = _weights(condition, reading)
    ndim = variable.type.ndim  # type: ignore[attr-defined]
    weights = [expand_dims(w, tuple(range(ndim))) if ndim else w for w in weights]
    return Mixture(variable, weights, components, ndim, chooser.sources)
