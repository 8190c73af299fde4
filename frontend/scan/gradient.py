"""The gradient of a loop: a loop backwards, which carries cotangents.

Forwards, a step makes c' and y of a row x of the sequences, of what is carried c, and of what stays
the same w:  (c', y) = f(x, c, w). Backwards, with g the cotangent of c' and h that of y:

    g, dx, dw  <-  the pullback of f at (x, c, w), applied to (g, h);    dw summed over the steps

The values of c that each step was given are the traces of c', one step later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.backward_pass import Sweep, is_discrete
from lamina.graph.replace import clone_replace
from lamina.ir.graph.gradient_types import DisconnectedType, disconnected_type
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.creation import ones_like, zeros_like
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.joining import concatenate
from lamina.scan.build import apply_scan, used_by

if TYPE_CHECKING:
    from lamina.scan.op import Scan


def connections(op: Scan) -> list[list[bool]]:
    """Which results change smoothly with which operands, after any number of steps."""
    inner = _inner_connections(op)
    n_inputs = len(op.inner_inputs)
    first = op.n_sequences
    reached = [set(np.flatnonzero(row).tolist()) for row in inner]  # outputs, by input
    changed = True
    while changed:
        changed = False
        for row in reached:
            # what reaches a carry reaches all that the carry does
            for carry in range(op.n_carries):
                if carry in row and not reached[first + carry] <= row:
                    row |= reached[first + carry]
                    changed = True
    for carry in range(op.n_carries):
        reached[first + carry].add(carry)  # no step at all
    width = op.n_carries + op.n_traces
    extra = [False] if op.until else []
    rows = [[j in reached[i] for j in range(width)] + extra for i in range(n_inputs)]
    return [[False] * (width + len(extra)), *rows]


def _inner_connections(op: Scan) -> np.ndarray:
    """[i, j]: whether output j of the inner graph changes smoothly with input i."""
    position = {v: i for i, v in enumerate(op.inner_inputs)}
    depends: dict[Variable, set[int]] = {v: {i} for v, i in position.items()}
    for node in toposort(op.inner_outputs):
        pattern = node.op.connection_pattern(node)
        for j, out in enumerate(node.outputs):
            found: set[int] = set()
            for i, v in enumerate(node.inputs):
                if pattern[i][j]:
                    found |= depends.get(v, set())
            depends[out] = found
    wanted = op.inner_outputs[: op.n_carries + op.n_traces]
    table = np.zeros((len(position), len(wanted)), bool)
    for j, v in enumerate(wanted):
        table[list(depends.get(v, ())), j] = True
    return table


def pullback(op: Scan, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
    """The cotangents of the operands."""
    return _Backwards(op, inputs, outputs, output_grads).cotangents()


def _smooth(v: Variable) -> bool:
    return isinstance(v.type, TensorType) and not is_discrete(v)


def _given(g: Any) -> bool:
    return g is not None and not isinstance(g.type, DisconnectedType)


class _Backwards:
    def __init__(self, op: Scan, inputs: Any, outputs: Any, output_grads: Any):
        self.op, self.inputs, self.outputs, self.grads = op, inputs, outputs, output_grads
        self.n, self.sequences, self.starts, self.constants = op.parts(inputs)
        self.done = outputs[-1] if op.until else self.n
        self.steps: Any = self.done
        if op.truncate >= 0:
            import lamina.ir.operators as nd

            self.steps = nd.minimum(self.done, np.int64(op.truncate))
        inner = op.fgraph
        self.rows = list(inner.inputs[: op.n_sequences])
        self.carries = list(op.carries)
        self.same = list(inner.inputs[op.n_sequences + op.n_carries :])
        self.carried_on = list(inner.outputs[: op.n_carries])
        self.traced = list(inner.outputs[op.n_carries : op.n_carries + op.n_traces])
        self.traces = list(outputs[op.n_carries : op.n_carries + op.n_traces])

    def cotangents(self) -> list[Any]:
        op = self.op
        moving = [i for i, v in enumerate(self.carries) if _smooth(v)]
        rows = [i for i, v in enumerate(self.rows) if _smooth(v)]
        same = [i for i, v in enumerate(self.same) if _smooth(v)]
        heard = [
            k for k, v in enumerate(self.traced)
            if _smooth(v) and _given(self.grads[op.n_carries + k])
        ]  # fmt: skip
        arriving = {i: self.carried_on[i].type() for i in moving}
        spoken = {k: self.traced[k].type() for k in heard}
        seeds = [(self.carried_on[i], g) for i, g in arriving.items()]
        seeds += [(self.traced[k], h) for k, h in spoken.items()]
        wanted = [self.rows[i] for i in rows]
        wanted += [self.carries[i] for i in moving]
        wanted += [self.same[i] for i in same]
        found = pulled_back(seeds, wanted)
        to_rows = {i: found[self.rows[i]] for i in rows}
        to_carries = [found[self.carries[i]] for i in moving]
        to_same = {i: found[self.same[i]] for i in same}
        to_rows = {i: g for i, g in to_rows.items() if g is not None}
        to_same = {i: g for i, g in to_same.items() if g is not None}

        sums = {i: self.same[i].type() for i in to_same}
        carried = [
            *(zeros_like(self.carries[i]) if g is None else g
              for i, g in zip(moving, to_carries, strict=True)),
            *(sums[i] + g for i, g in to_same.items()),
        ]  # fmt: skip
        starts = [
            self.grads[i] if _given(self.grads[i]) else zeros_like(self.outputs[i])
            for i in moving
        ]  # fmt: skip
        starts += [zeros_like(self.constants[i]) for i in to_same]
        traces = [*to_rows.values(), *carried]
        # a row of a sequence of the backward loop, by what stands for it in the graph of a step
        rows_of: dict[Variable, Callable[[], Any]] = {}
        for i, v in enumerate(self.rows):
            rows_of[v] = partial(self._last, self.sequences[i])
        for i, v in enumerate(self.carries):
            rows_of[v] = lambda i=i: self._last(self._given_to_steps(i))
        for k, v in spoken.items():
            rows_of[v] = partial(self._last, self.grads[op.n_carries + k])
        for k, v in enumerate(self.traced):
            if v.owner is not None:  # known, so not to be computed again
                rows_of.setdefault(v, partial(self._last, self.traces[k]))
        used = used_by([*carried, *traces], rows_of)
        elements = [v for v in rows_of if v in used]
        fresh = {v: v.type() for v in elements if v.owner is not None}
        same_used = [i for i, v in enumerate(self.same) if v in used]
        inner = clone_replace([*carried, *traces], fresh) if fresh else [*carried, *traces]
        made = apply_scan(
            [fresh.get(v, v) for v in elements],
            [*arriving.values(), *sums.values()],
            [self.same[i] for i in same_used],
            inner[: len(carried)],
            inner[len(carried) :],
            n=self.steps,
            sequences=[rows_of[v]() for v in elements],
            starts=starts,
            constants=[self.constants[i] for i in same_used],
            name=op.name and f"grad_of_{op.name}",
            mode=op.mode,
        )
        ends, back = made.ends, made.traces

        result: list[Any] = [None] * len(self.inputs)
        for (i, _), trace in zip(to_rows.items(), back, strict=False):
            result[1 + i] = self._whole(trace[::-1], self.sequences[i])
        first = 1 + op.n_sequences
        for i, g in zip(moving, ends, strict=False):
            result[first + i] = self._unless_truncated(g)
        for i, g in zip(to_same, ends[len(moving) :], strict=True):
            result[first + op.n_carries + i] = g
        return [
            disconnected_type() if g is None and not isinstance(v.type, TensorType) else g
            for g, v in zip(result, self.inputs, strict=True)
        ]

    def _given_to_steps(self, carry: int) -> Any:
        """What each step was given as a carry: a sequence as long as the steps done."""
        new, start = self.carried_on[carry], self.starts[carry]
        if new in self.carries:
            later = self._given_to_steps(self.carries.index(new))
        else:
            later = self.traces[self._trace_of(new)]
        return concatenate([expand_dims(start, 0), later])[: self.done]

    def _trace_of(self, v: Variable) -> int:
        return next(k for k, traced in enumerate(self.traced) if traced is v)

    def _last(self, x: Any) -> Any:
        """The steps that the gradient goes through, from the last one."""
        if self.op.until:
            x = x[: self.done]
        x = x[::-1]
        return x if self.op.truncate < 0 else x[: self.steps]

    def _whole(self, g: Any, sequence: Any) -> Any:
        """The cotangent of a sequence, 0 where no step was done or the gradient does not go."""
        if not self.op.until and self.op.truncate < 0:
            return g
        first = self.done - self.steps
        return zeros_like(sequence)[first : self.done].set(g)

    def _unless_truncated(self, g: Any) -> Any:
        if self.op.truncate < 0:
            return g
        import lamina.ir.operators as nd

        return nd.switch(nd.eq(self.steps, self.done), g, zeros_like(g))


def pulled_back(
    seeds: Sequence[tuple[Variable, Variable]], wanted: Sequence[Variable]
) -> dict[Variable, Any]:
    """The cotangents of `wanted`, None where they are 0, from those of some variables.

    One of these may depend on another: so it is the gradient of the sum of their products.
    """
    import lamina.ir.operators as nd

    terms: list[Any] = []
    for v, g in seeds:
        product: Any = nd.conj(g) * v if is_complex(v) else g * v  # type: ignore[operator]
        if is_complex(v):
            product = nd.real(product)
        terms.append(product.sum())
    if not terms:
        return dict.fromkeys(wanted)
    if len({t.type.dtype for t in terms}) > 1:
        terms = [cast(t, "float64") for t in terms]
    cost = terms[0]
    for term in terms[1:]:
        cost = cost + term
    sweep = Sweep({cost: ones_like(cost)}, wanted, constants=[g for _, g in seeds])
    return {v: sweep.gradient(v) for v in wanted}


def is_complex(v: Any) -> bool:
    """Whether `v` is an array of complex numbers."""
    return v.type.dtype.startswith("complex")
