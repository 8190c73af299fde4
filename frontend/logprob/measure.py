"""Random expressions of which a density is known, and how it is found."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import singledispatch
from typing import Any, NoReturn

import lamina.ir.operators as nd
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.op import Op
from lamina.ir.graph.random_type import AbstractRandomGeneratorType
from lamina.ir.graph.source_line import describe
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.random_variable import RandomVariable
from lamina.ir.ops.shape import Shape, Shape_i, length_of
from lamina.logprob.logarithms import log_difference, log_sum


class Measure:
    """The distribution of a random expression.

    Its methods take a value of the rank of the expression.

    Attributes
    ----------
    variable : Variable
        The expression.
    kind : str
        "continuous": `logp` is of a density; "discrete": of a probability; "mixed": of a
        probability at some values, of a density elsewhere.
    ndim_supp : int
        How many last dimensions are of one draw; along others elements are independent.
    sources : frozenset of Apply
        The draws that it is the distribution of.
    broadcasts : bool
        Whether values may have more dimensions than the expression.
    nonnegative : bool
        Whether no value below 0 is possible, as far as is known.
    """

    broadcasts = False
    nonnegative = False

    def __init__(self, variable: Variable, kind: str, ndim_supp: int, sources: frozenset[Apply]):
        self.variable: Any = variable
        self.kind, self.ndim_supp, self.sources = kind, ndim_supp, sources

    def refuse(self, why: str) -> NoReturn:
        refuse(self.variable, why)

    def logp(self, value: Any) -> Any:
        """Logarithm of the density or probability; of the rank of the batch."""
        raise NotImplementedError

    def logcdf(self, value: Any) -> Any:
        """Logarithm of the probability of at most `value`."""
        self.refuse("is not known by its distribution function")

    def logsf(self, value: Any) -> Any:
        """Logarithm of the probability of more than `value`."""
        self.refuse("is not known by its distribution function")

    def icdf(self, q: Any) -> Any:
        """The value up to which the probability is `q`."""
        self.refuse("is not known by its quantiles")

    def of_batch(self, what: str, value: Any) -> Any:
        """``logp``, ``logcdf``, ``logsf`` or ``icdf`` of a value that may have dimensions in front
        of those of the expression.
        """
        from lamina.graph.vectorize import vectorize_graph

        extra = value.type.ndim - self.variable.type.ndim
        if not extra or self.broadcasts:
            return getattr(self, what)(value)
        core = TensorType(value.type.dtype, value.type.shape[extra:])()
        return vectorize_graph(getattr(self, what)(core), {core: value})

    def full(self, value: Any) -> Any:
        """`value` in the shape of the expression."""
        own, given = self.variable.type.shape, value.type.shape
        if all(m != 1 or n == 1 for n, m in zip(own, given, strict=True)):
            return value
        return broadcast_to(value, lengths_of(self.variable))

    def known(self, value: Any) -> dict[Variable, Any]:
        """What else has one value if the expression has this one."""
        return {self.variable: value}

    # For continuous measures and discrete ones.

    def log_below(self, value: Any) -> Any:
        """Logarithm of the probability of less than `value`."""
        if self.kind == "continuous":
            return self.logcdf(value)
        return log_difference(self.logcdf(value), self.logp(value))

    def log_from(self, value: Any) -> Any:
        """Logarithm of the probability of at least `value`."""
        if self.kind == "continuous":
            return self.logsf(value)
        return log_sum(self.logsf(value), self.logp(value))

    def log_between(self, low: Any, high: Any) -> Any:
        """Logarithm of the probability of more than `low` and at most `high`."""
        below = self.logcdf(low)
        # on either side of the median the difference that cancels less
        return nd.switch(
            nd.lt(below, -math.log(2)),
            log_difference(self.logcdf(high), below),
            log_difference(self.logsf(low), self.logsf(high)),
        )


class Reading:
    """What is random in a graph, and the measures of its variables."""

    def __init__(self, variable: Variable):
        self.random: set[Variable] = set()
        self.mark([variable])

    def mark(self, variables: Iterable[Variable]) -> None:
        """Note what is random in a graph."""
        for node in toposort(variables):
            if not isinstance(node.op, (Shape, Shape_i)) and any(
                v in self.random or isinstance(v.type, AbstractRandomGeneratorType)
                for v in node.inputs
            ):
                self.random.update(node.outputs)

    def measure(self, variable: Variable) -> Measure:
        """The distribution of a variable.

        Raises
        ------
        NotImplementedError
            It is not random, or not known.
        """
        node = variable.owner
        if node is None or variable not in self.random:
            refuse(variable, "is not random: it depends on no draw")
        return measure_of.dispatch(type(node.op))(node.op, variable, self)

    def only_random(self, variable: Variable) -> tuple[int, Variable]:
        """The operand of an application that is random, and its number.

        Raises
        ------
        NotImplementedError
            There are several.
        """
        assert variable.owner is not None
        found = [(i, v) for i, v in enumerate(variable.owner.inputs) if v in self.random]
        if len(found) > 1:
            names = " and ".join(str(v) for _, v in found)
            refuse(
                variable,
                f"has several random operands, {names}: its density is an integral. Replace all "
                "but one by their values (graph_replace), for the density given those",
            )
        return found[0]


def lengths_of(x: Any) -> list[Any]:
    """The shape of a random expression, for which nothing is drawn."""
    return [length_of(x, d) if n is None else n for d, n in enumerate(x.type.shape)]


def draws_in(variables: Iterable[Variable]) -> set[Apply]:
    """The draws that the values of variables depend on: not those whose generator, or shape, alone
    they need.
    """
    seen: set[Apply] = set()
    todo = list(variables)
    while todo:
        variable = todo.pop()
        node = variable.owner
        if (
            node is None
            or node in seen
            or isinstance(variable.type, AbstractRandomGeneratorType)
            or isinstance(node.op, (Shape, Shape_i))
        ):
            continue
        seen.add(node)
        todo += node.inputs
    return {node for node in seen if isinstance(node.op, RandomVariable)}


def refuse(variable: Variable, why: str) -> NoReturn:
    """Raise a NotImplementedError that tells the op and the line of a variable."""
    node = variable.owner
    made = describe(node.line) if node is not None else ""
    what = f"{variable}" if node is None else f"{variable}, computed by {node.op},"
    raise NotImplementedError(f"{what} {why}{made and f' ({made})'}")


@singledispatch
def measure_of(op: Op, variable: Variable, reading: Reading) -> Measure:
    """The distribution of `variable`, made by `op`; a function for a class of ops is registered
    here.
    """
    refuse(variable, "is no expression of which the density is known")
