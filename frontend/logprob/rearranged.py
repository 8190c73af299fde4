"""Random elements in another order or shape, some of them, or their running sums."""

from __future__ import annotations

from typing import Any

from lamina.graph.replace import graph_replace
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.basic_indexing import Subtensor
from lamina.ir.ops.cast import cast
from lamina.ir.ops.check import CheckAndRaise
from lamina.ir.ops.copying import DeepCopyOp, ViewOp
from lamina.ir.ops.creation import zeros
from lamina.ir.ops.cumulative import CumOp
from lamina.ir.ops.difference import diff
from lamina.ir.ops.dimshuffle import DimShuffle, dimshuffle
from lamina.ir.ops.indexing import set_subtensor
from lamina.ir.ops.joining import Join, concatenate
from lamina.ir.ops.reduction import sum as sum_of
from lamina.ir.ops.reshape import Reshape, reshape
from lamina.ir.ops.shape import MakeVector, length_of
from lamina.ir.ops.specify_shape import SpecifyShape
from lamina.logprob.measure import Measure, Reading, draws_in, lengths_of, measure_of, refuse
from lamina.logprob.mixture import Indexed
from lamina.op_from_graph import OpFromGraph


class Rearranged(Measure):
    """The elements of a random expression in other places.

    A subclass tells the value of the inner expression, by ``to_inner``, and where the results for
    it go, by ``from_inner``.
    """

    def __init__(self, variable: Variable, inner: Measure):
        super().__init__(variable, inner.kind, inner.ndim_supp, inner.sources)
        self.inner = inner
        self.nonnegative = inner.nonnegative

    def to_inner(self, value: Any) -> Any:
        return value

    def from_inner(self, result: Any) -> Any:
        return result

    def known(self, value: Any) -> dict[Variable, Any]:
        return super().known(value) | self.inner.known(self.to_inner(value))

    def logp(self, value: Any) -> Any:
        return self.from_inner(self.inner.logp(self.to_inner(value)))

    def logcdf(self, value: Any) -> Any:
        return self.from_inner(self.inner.logcdf(self.to_inner(value)))

    def logsf(self, value: Any) -> Any:
        return self.from_inner(self.inner.logsf(self.to_inner(value)))

    def icdf(self, q: Any) -> Any:
        return self.from_inner(self.inner.icdf(self.to_inner(q)))


class Shuffled(Rearranged):
    """Dimensions permuted, added and dropped."""

    def __init__(self, variable: Variable, inner: Measure, op: DimShuffle):
        super().__init__(variable, inner)
        self.order = list(op.new_order)
        self.ndim, own = op.input_ndim, inner.ndim_supp
        if own and self.order[-own:] != list(range(self.ndim - own, self.ndim)):
            refuse(variable, "moves dimensions along which elements are dependent")

    def to_inner(self, value: Any) -> Any:
        back = [self.order.index(d) if d in self.order else "x" for d in range(self.ndim)]
        return dimshuffle(value, back)

    def from_inner(self, result: Any) -> Any:
        return dimshuffle(result, self.order[: len(self.order) - self.inner.ndim_supp])


class Reshaped(Rearranged):
    """Elements in the same order."""

    def __init__(self, variable: Variable, inner: Measure, lengths: Any):
        super().__init__(variable, inner)
        self.lengths = lengths
        if inner.ndim_supp:
            refuse(variable, "reshapes elements that are dependent")

    def to_inner(self, value: Any) -> Any:
        return reshape(self.full(value), lengths_of(self.inner.variable))

    def from_inner(self, result: Any) -> Any:
        ndim = self.variable.type.ndim
        return reshape(broadcast_to(result, lengths_of(self.inner.variable)), self.lengths, ndim)


class Part(Rearranged):
    """A part that an index tells which is not random.

    What elements elsewhere are does not matter to those of the part: independent, they are 0.
    """

    def __init__(self, variable: Variable, inner: Measure, index: tuple[Any, ...]):
        super().__init__(variable, inner)
        self.index = index
        if len(index) > inner.variable.type.ndim - inner.ndim_supp:
            refuse(variable, "is a part of elements that are dependent")

    def to_inner(self, value: Any) -> Any:
        others = zeros(lengths_of(self.inner.variable), value.type.dtype)
        return set_subtensor(others[self.index], value)

    def from_inner(self, result: Any) -> Any:
        return result[self.index]

    def known(self, value: Any) -> dict[Variable, Any]:
        return {self.variable: value}


class Joined(Measure):
    """Random expressions one after another; where one depends on others, they are one draw, and the
    density is the product of those of each given the others.
    """

    def __init__(self, variable: Variable, parts: list[Measure], axis: int):
        self.parts, self.axis = parts, axis
        sources = frozenset().union(*(p.sources for p in parts))
        if len(sources) < sum(len(p.sources) for p in parts):
            refuse(variable, "joins what depends on the same draw")
        self.chain = bool(draws_in(v for source in sources for v in source.inputs) & sources)
        ndim = parts[0].variable.type.ndim
        ndim_supp = max(p.ndim_supp for p in parts)
        if any(p.ndim_supp != ndim_supp for p in parts) or axis >= ndim - ndim_supp:
            refuse(variable, "joins vectors along an axis on which elements are dependent")
        kinds = {p.kind for p in parts}
        kind = kinds.pop() if len(kinds) == 1 else "mixed"
        super().__init__(variable, kind, ndim - axis if self.chain else ndim_supp, sources)

    def _pieces(self, value: Any) -> list[Any]:
        """What of a value is of each part; all of it where it has length 1 for all."""
        if value.type.shape[self.axis] == 1:
            return [value] * len(self.parts)
        pieces, start = [], 0
        for part in self.parts:
            n = part.variable.type.shape[self.axis]
            stop = start + (length_of(part.variable, self.axis) if n is None else n)
            pieces.append(value[(slice(None),) * self.axis + (slice(start, stop),)])
            start = stop
        return pieces

    def _joined(self, what: str, value: Any) -> Any:
        pieces = self._pieces(value)
        results = [
            getattr(part, what)(piece) for part, piece in zip(self.parts, pieces, strict=True)
        ]
        if not self.chain:
            return concatenate(results, self.axis)
        known: dict[Any, Any] = {}
        for part, piece in zip(self.parts, pieces, strict=True):
            known |= part.known(piece)
        typed = {v: v.type.filter_variable(cast(x, v.type.dtype)) for v, x in known.items()}
        joined = concatenate(graph_replace(results, typed, strict=False), self.axis)
        return sum_of(joined, axis=tuple(range(self.axis, joined.type.ndim)))

    def logp(self, value: Any) -> Any:
        return self._joined("logp", value)

    def logcdf(self, value: Any) -> Any:
        return self._joined("logcdf", value)

    def logsf(self, value: Any) -> Any:
        return self._joined("logsf", value)

    def icdf(self, q: Any) -> Any:
        return self._joined("icdf", q)


class Walk(Measure):
    """Running sums: the density of the steps, whose Jacobian is triangular with ones."""

    def __init__(self, variable: Variable, inner: Measure, axis: int):
        if inner.ndim_supp:
            refuse(variable, "is a running sum of elements that are dependent")
        super().__init__(variable, inner.kind, -axis, inner.sources)
        self.inner, self.axis = inner, axis

    def logp(self, value: Any) -> Any:
        value = self.full(value)
        first = (Ellipsis, slice(0, 1), *[slice(None)] * (-self.axis - 1))
        steps = concatenate([value[first], diff(value, axis=self.axis)], axis=self.axis)
        return sum_of(self.inner.logp(steps), axis=tuple(range(self.axis, 0)))


@measure_of.register
def _dimshuffle(op: DimShuffle, variable: Variable, reading: Reading) -> Measure:
    (x,) = variable.owner.inputs  # type: ignore[union-attr]
    return Shuffled(variable, reading.measure(x), op)


@measure_of.register
def _subtensor(op: Subtensor, variable: Variable, reading: Reading) -> Measure:
    x, *operands = variable.owner.inputs  # type: ignore[union-attr]
    random = [v for v in operands if v in reading.random]
    if not random:
        return Part(variable, reading.measure(x), op.index(operands))
    taken = [d for d, entry in enumerate(op.idx_list) if entry != (False, False, False)]
    if len(taken) != 1 or len(operands) != 1:
        refuse(variable, "has a random index beside others: index in two steps")
    return Indexed(variable, reading.measure(x), taken[0], reading.measure(random[0]))


@measure_of.register
def _reshape(op: Reshape, variable: Variable, reading: Reading) -> Measure:
    x, lengths = variable.owner.inputs  # type: ignore[union-attr]
    if lengths in reading.random:
        refuse(variable, "has a random shape")
    return Reshaped(variable, reading.measure(x), lengths)


@measure_of.register
def _join(op: Join, variable: Variable, reading: Reading) -> Measure:
    parts = variable.owner.inputs  # type: ignore[union-attr]
    return Joined(variable, [reading.measure(v) for v in parts], op.axis)


@measure_of.register
def _make_vector(op: MakeVector, variable: Variable, reading: Reading) -> Measure:
    parts = variable.owner.inputs  # type: ignore[union-attr]
    rows = [dimshuffle(v, ["x"]) for v in parts]
    reading.mark(rows)
    return Joined(variable, [reading.measure(v) for v in rows], 0)


@measure_of.register
def _running_sum(op: CumOp, variable: Variable, reading: Reading) -> Measure:
    (x,) = variable.owner.inputs  # type: ignore[union-attr]
    if op.mode != "add":
        refuse(variable, "is a running product, of which no density is known")
    return Walk(variable, reading.measure(x), op.axis)


@measure_of.register(CheckAndRaise)
@measure_of.register(DeepCopyOp)
@measure_of.register(SpecifyShape)
@measure_of.register(ViewOp)
def _same(op: Any, variable: Variable, reading: Reading) -> Measure:
    return Rearranged(variable, reading.measure(variable.owner.inputs[0]))  # type: ignore[union-attr]


@measure_of.register
def _graph(op: OpFromGraph, variable: Variable, reading: Reading) -> Measure:
    node: Any = variable.owner
    inner = op.inner_outputs[node.outputs.index(variable)]
    copy = graph_replace(inner, dict(zip(op.inner_inputs, node.inputs, strict=True)), strict=False)
    reading.mark([copy])
    return Rearranged(variable, reading.measure(copy))
