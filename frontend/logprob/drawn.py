"""The distributions of random variables themselves."""

from __future__ import annotations

from typing import Any

from lamina.ir.graph.none_type import none_type_t
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.constant import constant_value
from lamina.ir.ops.random_size import known_entry
from lamina.ir.ops.random_variable import RandomVariable
from lamina.ir.ops.shape import length_of
from lamina.logprob.density import Density, find_density
from lamina.logprob.measure import Measure, Reading, measure_of, refuse
from lamina.logprob.parameters import as_numbers, checked
from lamina.logprob.support import of_number


class Drawn(Measure):
    """A draw from a distribution that is stated by a `Density`."""

    def __init__(self, variable: Variable, density: Density):
        node: Any = variable.owner
        self.op, self.node, self.density = node.op, node, density
        kind = "discrete" if density.discrete else "continuous"
        super().__init__(variable, kind, self.op.ndim_supp, frozenset([node]))
        self.broadcasts = not self.ndim_supp
        low, _ = density.support(*self.op.dist_params(node))
        low = constant_value(low)
        self.nonnegative = low is not None and bool((low >= 0).all())

    def _of(self, what: str, value: Any) -> Any:
        if not self.density.states(what):
            self.refuse(f"has no {what}")
        value, parameters = as_numbers(value, self.op.dist_params(self.node))
        value = self._with_batch(value)
        if self.ndim_supp:
            result = getattr(self.density, what)(value, *parameters)
        else:
            result = of_number(self.density, what, value, parameters)
        return checked(result, self.density.requires(*parameters))

    def _with_batch(self, value: Any) -> Any:
        """`value` repeated along the dimensions that only the size of the draw tells."""
        size, parameters = self.op.size_param(self.node), self.op.dist_params(self.node)
        if size.type == none_type_t:
            return value
        ndim = self.op.batch_ndim(self.node)
        extra = value.type.ndim - self.variable.type.ndim
        own = value.type.shape[extra : extra + ndim]
        told = [p.type.shape[:ndim] for p in parameters]
        missing = [
            d
            for d in range(ndim)
            if own[d] == 1 and known_entry(size, d) != 1 and all(shape[d] == 1 for shape in told)
        ]
        if not missing:
            return value
        batch = self.op._batch_lengths(size, parameters)
        lengths = [length_of(value, d) for d in range(value.type.ndim)]
        for d in missing:
            lengths[extra + d] = batch[d]
        return broadcast_to(value, lengths)

    def logp(self, value: Any) -> Any:
        return self._of("logp", value)

    def logcdf(self, value: Any) -> Any:
        return self._of("logcdf", value)

    def logsf(self, value: Any) -> Any:
        return self._of("logsf", value)

    def icdf(self, q: Any) -> Any:
        return self._of("icdf", q)


@measure_of.register
def _random_variable(op: RandomVariable, variable: Variable, reading: Reading) -> Measure:
    if variable is not variable.owner.outputs[1]:  # type: ignore[union-attr]
        refuse(variable, "is a generator of random numbers, not a draw")
    density = find_density(op)
    if density is None:
        refuse(
            variable,
            "has no density: state it by a class with the decorator lamina.logprob.density_of",
        )
    return Drawn(variable, density)
