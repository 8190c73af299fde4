"""The op of a loop: a graph applied again and again, to what it carries along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import HasInnerGraph, Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, constant_value

if TYPE_CHECKING:
    from lamina.compile.modes import Mode


class ScanInfo(NamedTuple):
    """How many inputs and outputs of each kind a loop has."""

    n_seqs: int
    n_carries: int
    n_non_seqs: int
    n_traces: int
    as_while: bool


class Scan(Op, HasInnerGraph):
    """A loop of n steps.

    Operands are n, an int64; the sequences, each of n rows; the first values of what is carried;
    and what stays the same. Results are the last values of what is carried; the traces: all values
    of some outputs of the steps, stacked; and, if the loop may end early, the number of steps done.

    Parameters
    ----------
    inputs : sequence of Variable
        Of the inner graph: a row of each sequence, what is carried, what stays the same.
    outputs : sequence of Variable
        Of the inner graph: what is carried on, what is traced, and the condition to end after this
        step, if `until`.
    n_sequences, n_carries : int
    until : bool
    name : str, optional
    truncate : int
        How many of the last steps a gradient goes back through; -1 for all.
    labels : sequence of str
        What the inputs and outputs of the inner graph are, for printed graphs.
    mode : Mode, optional
        How steps are rewritten, if not as the function that the loop is part of. One that
        interprets lets Python run the loop, in compiled functions too.

    Attributes
    ----------
    updated_operands : tuple of int
        The operands that are shared variables of which the loop returns new values.
    """

    __module__ = "lamina.scan.op"

    def __init__(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        n_sequences: int,
        n_carries: int,
        until: bool = False,
        name: str | None = None,
        truncate: int = -1,
        labels: Sequence[str] = (),
        mode: Mode | None = None,
    ):
        from lamina.branches import with_branches

        lazy = with_branches(outputs)
        self.fgraph = FunctionGraph(inputs, [lazy.get(v, v) for v in outputs])
        self.n_sequences, self.n_carries = n_sequences, n_carries
        self.n_traces = len(outputs) - n_carries - until
        self.until, self.name, self.truncate = until, name, truncate
        self.labels, self.mode = tuple(labels), mode
        self.callback = mode is not None and not mode.native
        self.updated_operands: tuple[int, ...] = ()
        self._step: Any = None
        for number, (old, new) in enumerate(
            zip(self.carries, self.inner_outputs[:n_carries], strict=True)
        ):
            if not _keeps_its_type(old, new):
                raise TypeError(
                    f"{self}: what is carried as number {number} is {old.type}, but a step makes "
                    f"{new.type} of it"
                )

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_step": None, "_frozen": None}

    def _key(self) -> tuple[Any, ...]:
        """What two loops have in common, besides the graph of a step, if they compute the same."""
        info = self.info, self.truncate, self.mode, self.updated_operands, self.name
        return type(self), info, tuple(v.type for v in self.inner_inputs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scan):
            return NotImplemented
        if self is other:
            return True
        return self._key() == other._key() and self.frozen_graph() == other.frozen_graph()

    def __hash__(self) -> int:
        return hash(self._key())

    @property
    def inner_inputs(self) -> list[Variable]:
        return self.fgraph.inputs

    @property
    def inner_outputs(self) -> list[Variable]:
        return self.fgraph.outputs

    @property
    def carries(self) -> list[Variable]:
        """The inner inputs that are carried from step to step."""
        return self.inner_inputs[self.n_sequences : self.n_sequences + self.n_carries]

    @property
    def info(self) -> ScanInfo:
        """The number of inputs and outputs of each kind."""
        return ScanInfo(
            self.n_sequences,
            self.n_carries,
            len(self.inner_inputs) - self.n_sequences - self.n_carries,
            self.n_traces,
            self.until,
        )

    def parts(self, variables: Sequence[Any]) -> tuple[Any, list[Any], list[Any], list[Any]]:
        """Operands as the number of steps, sequences, first values, and what stays the same."""
        first, last = 1 + self.n_sequences, 1 + self.n_sequences + self.n_carries
        operands = list(variables)
        return operands[0], operands[1:first], operands[first:last], operands[last:]

    def make_node(self, *inputs: Any) -> Apply:
        if len(inputs) != 1 + len(self.inner_inputs):
            wanted = 1 + len(self.inner_inputs)
            raise TypeError(f"{self} takes {wanted} operands, got {len(inputs)}")
        n, sequences, starts, constants = self.parts(inputs)
        n = cast(as_tensor_variable(n), "int64")
        inner = iter(self.inner_inputs)
        rows = []
        for x, element in zip(sequences, inner, strict=False):
            wanted_type = element.type.clone(shape=(None, *element.type.shape))  # type: ignore[attr-defined]
            rows.append(_fitted(wanted_type, x))
        inner = iter(self.inner_inputs[self.n_sequences :])
        others = [_fitted(v.type, x) for v, x in zip(inner, (*starts, *constants), strict=True)]
        known = constant_value(n)
        lengths = {x.type.shape[0] for x in rows} - {None}
        if known is not None:
            lengths.add(int(known))
        length = lengths.pop() if len(lengths) == 1 and not self.until else None
        traces = self.inner_outputs[self.n_carries : self.n_carries + self.n_traces]
        types: list[Any] = [v.type for v in self.carries]
        types += [v.type.clone(shape=(length, *v.type.shape)) for v in traces]  # type: ignore[attr-defined]
        if self.until:
            types.append(TensorType("int64", ()))
        return Apply(self, [n, *rows, *others], [t() for t in types])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        if self._step is None:
            from lamina.compile.interpreter import Interpreter

            watch = self.mode.watching(self.fgraph) if self.mode is not None else None
            self._step = Interpreter(self.fgraph, watch=watch)
        n, sequences, carries, constants = self.parts(inputs)
        n = int(n)
        for x in sequences:
            if len(x) != n:
                raise ValueError(f"{self}: a sequence has {len(x)} elements for {n} steps")
        traces: list[list[Any]] = [[] for _ in range(self.n_traces)]
        done = 0
        for t in range(n):
            given = [np.asarray(x[t]) for x in sequences]
            results = self._step([*given, *carries, *constants])
            for old, new in zip(carries, results, strict=False):
                if getattr(old, "shape", None) != getattr(new, "shape", None):
                    raise ValueError(
                        f"{self}: what is carried has shape {old.shape} before step {t} and "
                        f"{new.shape} after it"
                    )
            carries = results[: self.n_carries]
            for kept, y in zip(traces, results[self.n_carries :], strict=False):
                kept.append(y)
            done += 1
            if self.until and results[-1]:
                break
        stacked = []
        for kept, variable in zip(traces, node.outputs[self.n_carries :], strict=False):
            kind: Any = variable.type
            if not kept:
                stacked.append(np.zeros((0, *(m or 0 for m in kind.shape[1:])), kind.dtype))
                continue
            shapes = {np.shape(y) for y in kept}
            if len(shapes) > 1:
                raise ValueError(f"{self}: an output has several shapes: {sorted(shapes)}")
            stacked.append(np.stack(kept).astype(kind.dtype))
        ends = [*carries, *stacked, *([np.int64(done)] if self.until else [])]
        for storage, y in zip(output_storage, ends, strict=True):
            storage[0] = np.asarray(y) if isinstance(y, np.generic) else y

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        from lamina.scan.gradient import connections

        return connections(self)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        from lamina.scan.gradient import pullback

        return pullback(self, inputs, outputs, output_grads)

    def outer_variables(self, node: Apply) -> dict[Variable, Variable]:
        """By input of the inner graph, the operand that it stands for."""
        return dict(zip(self.inner_inputs, node.inputs[1:], strict=True))

    def debug_information(self, node: Apply) -> dict[Variable, str]:
        """What the operands, the results, and the inputs and outputs of the inner graph are."""
        labels = self.labels or self._plain_labels()
        inner = [*self.inner_inputs, *self.inner_outputs]
        notes = dict(zip(reversed(inner), reversed(labels), strict=True))
        notes |= zip(node.inputs[1:], labels, strict=False)
        notes[node.inputs[0]] = "number of steps"
        ends, rest = self.n_carries, node.outputs[self.n_carries :]
        results = labels[len(self.inner_inputs) :]
        notes |= dict.fromkeys(node.outputs[:ends], "last value")
        notes |= zip(rest, results[ends:], strict=False)
        return notes

    def _plain_labels(self) -> list[str]:
        counts = self.n_sequences, self.n_carries, self.info.n_non_seqs
        titles = "sequence", "carry", "non-sequence"
        labels = [f"{t} {i}" for t, n in zip(titles, counts, strict=True) for i in range(n)]
        labels += [f"next carry {i}" for i in range(self.n_carries)]
        labels += [f"trace {i}" for i in range(self.n_traces)]
        return labels + (["until"] if self.until else [])

    def __str__(self) -> str:
        return f"Scan{{{self.name or 'scan_fn'}, while_loop={self.until}, inplace=none}}"


def _keeps_its_type(old: Variable, new: Variable) -> bool:
    a: Any = old.type
    b: Any = new.type
    if isinstance(a, TensorType) and isinstance(b, TensorType):
        same = a.dtype == b.dtype and a.ndim == b.ndim
        return same and all(
            n is None or m in (n, None) for n, m in zip(a.shape, b.shape, strict=True)
        )
    return a == b


def _fitted(kind: Any, x: Any) -> Variable:
    """`x` as a variable of at least the rank and dtype of a type."""
    if not isinstance(kind, TensorType):
        return kind.filter_variable(x)
    variable = as_tensor_variable(x)
    if variable.type.dtype != kind.dtype or variable.type.ndim != kind.ndim:
        raise TypeError(f"expected {kind}, got {variable} of type {variable.type}")
    return variable
