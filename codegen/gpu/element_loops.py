"""Loops as one kernel, where each element goes its own way: every thread does all steps for its
elements, which it carries in registers.

Before: a kernel, or several, launched for each step. It is done where a step only maps arrays of
one shape, element by element, and numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xdsl.ir import SSAValue

from lamina.codegen.array import Array
from lamina.codegen.emit_kernel import KernelWriter, Nest, RowReduction
from lamina.codegen.emit_scalar import Element, Writer, apply, literal
from lamina.codegen.emit_scan import trace_of
from lamina.codegen.gpu.kernels import DeviceKernel, DeviceWriter, on_device
from lamina.codegen.gpu.launch import BLOCKS
from lamina.codegen.merge_loops import merge_loops
from lamina.ir import dialect as nd
from lamina.ir.ops.elementwise import Elemwise

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost

THREADS = 128  # of a block: many small ones, for a thread lives long


def emit_element_loop(host: DeviceHost, op: nd.ScanOp) -> bool:
    """Write the kernel of a loop, and launch it; whether the loop is of this kind."""
    rank = _rank_of_elements(op)
    if rank is None or not host.computes(op.block):
        return False
    _Launch(host, op, rank).write()
    return True


def _rank_of_elements(op: nd.ScanOp) -> int | None:
    """The rank of the arrays that are carried and made, 0 of a loop of numbers; None of others."""
    if op.until or not op.carried or not has_arrays(op):
        return None
    if any("?" in [n.data for n in row] for row in op.attributes["rows"].data):  # type: ignore[attr-defined]
        return None
    carried, made = set(op.carried), set()
    for inner in op.block.ops:
        if isinstance(inner, nd.KernelOp):
            if not _maps_elements(inner, made | carried):
                return None
        elif not isinstance(inner, (nd.YieldOp, nd.ConstantOp)):
            number = isinstance(inner, nd.NdOp) and isinstance(inner.definition, Elemwise)
            if not number or any(map(nd.rank, (*inner.operands, *inner.results))):
                return None
        made.update(inner.results)
    if any(nd.rank(v) and v not in made | carried for v in op.yielded):
        return None
    ranks = {nd.rank(v) for v in (*made, *carried)} - {0}
    if len(ranks) > 1 or (ranks and not _one_shape(op, made | carried)):
        return None
    rank = max(ranks, default=0)
    used = [r for r in op.results if r.first_use is not None]
    traced = set(op.traces)
    if rank and any(nd.rank(r) == (r in traced) for r in used):
        return None  # no thread would write a number, if there are no elements
    return rank


def has_arrays(op: nd.ScanOp) -> bool:
    """Whether a loop is about arrays; of numbers alone, the processor keeps it in registers."""
    return any(map(nd.rank, (*op.operands, *op.results)))


def _maps_elements(kernel: nd.KernelOp, own: set[SSAValue]) -> bool:
    """Whether a kernel makes each element of what `own` has at the same place, and of others."""
    kinds = [s.data for s in kernel.attributes["iterators"]]  # type: ignore[attr-defined]
    maps = [tuple(m.get_values()) for m in kernel.attributes["maps"]]  # type: ignore[attr-defined]
    same = tuple(range(len(kinds)))
    values = zip((*kernel.operands, *kernel.results), maps, strict=True)
    return "reduction" not in kinds and all(
        m == same for v, m in values if nd.rank(v) and (v in own or v in kernel.results)
    )


def _one_shape(op: nd.ScanOp, own: set[SSAValue]) -> bool:
    """Whether all arrays have the shape of one, as the maps of kernels tell."""
    shapes = [{arg, v} for arg, v in zip(op.carried, op.yielded, strict=False) if nd.rank(arg)]
    for inner in op.block.ops:
        if isinstance(inner, nd.KernelOp):
            shapes.append({v for v in (*inner.operands, *inner.results) if nd.rank(v) and v in own})
    first, *rest = shapes
    while any(s & first for s in rest):
        first = first.union(*(s for s in rest if s & first))
        rest = [s for s in rest if not s & first]
    return not rest and any(v in first for v in op.carried)


@dataclass
class Plan:
    """What the kernel is given.

    Attributes
    ----------
    op : ScanOp
    steps : int
        The loop over steps, behind those over elements.
    place : dict
        The kernel's loop for each dimension of the elements.
    inputs : dict
        By value and the loops along its dimensions, the number of an input.
    starts : list of int
        For what is carried, the number of an input.
    lasts, traces : list of (int or None)
        For what is carried and what is traced the number of an output, if there is one.
    """

    op: nd.ScanOp
    steps: int
    place: dict[int, int]
    inputs: dict[Any, int] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)
    lasts: list[int | None] = field(default_factory=list)
    traces: list[int | None] = field(default_factory=list)


class _Launch:
    def __init__(self, host: DeviceHost, op: nd.ScanOp, rank: int):
        self.host, self.op, self.rank = host, op, rank
        self.elements: dict[int, str] = {}
        for arg, start in zip(op.carried, op.starts, strict=True):
            if nd.rank(arg):
                self.elements = dict(enumerate(host.arrays[start].lengths))
        self.n = host._scalar_length(op.operands[0])
        self.ins: list[Any] = []
        self.outs: list[Any] = []

    def write(self) -> None:
        """Write the kernel and its launch, and bind the results."""
        host, op = self.host, self.op
        reads, results = list(self._reads()), self._results()
        lasts = [results.get(r) for r, _ in zip(op.results, op.carried, strict=False)]
        traces = [results.get(r) for r in op.traces]
        self._merge([*reads, *self._written(lasts, False), *self._written(traces, True)])
        plan = Plan(op, len(self.groups) - 1, self.place)
        for key, x, m in reads:
            plan.inputs[key] = self._given(self.ins, x, m)
        same = tuple(range(self.rank))
        for v in op.starts:
            x = host._operand(v)
            plan.starts.append(self._given(self.ins, x, same if nd.rank(v) else ()))
        for numbers, arrays, traced in ((plan.lasts, lasts, False), (plan.traces, traces, True)):
            for x in arrays:
                m = self._positions(x, traced) if x is not None else ()
                numbers.append(None if x is None else self._given(self.outs, x, m))
        lengths = [host._product([self.elements[k] for k in g]) for g in self.groups[:-1]]
        lengths.append(self.n)
        self._launch(plan, lengths)

    def _reads(self) -> Any:
        """What steps read that they do not make: a key, the array or number, and its loops."""
        host, op = self.host, self.op
        given: dict[SSAValue, Any] = {}
        args = list(op.block.args)
        for arg, v in zip(args, op.sequences, strict=False):
            given[arg] = host.arrays[v], True
        for arg, v in zip(args[len(args) - len(op.same) :], op.same, strict=True):
            given[arg] = host._operand(v), False
        found: dict[Any, Any] = {}
        for inner in op.block.ops:
            maps = [()] * len(inner.operands)
            if isinstance(inner, nd.KernelOp):
                maps = [tuple(m.get_values()) for m in inner.attributes["maps"]]  # type: ignore[attr-defined]
            for v, m in zip(inner.operands, maps, strict=False):
                if v in given:
                    x, moves = given[v]
                    found[v, m] = x, ((self.rank, *m) if moves else m)
        return ((key, x, m) for key, (x, m) in found.items())

    def _results(self) -> dict[Any, Array]:
        """The memory of what is used after the loop."""
        host, op = self.host, self.op
        found: dict[Any, Array] = {}
        for i, r in enumerate(op.results[: len(op.carried)]):
            if r.first_use is None:
                continue
            if nd.rank(r):
                found[r] = host.arrays[r] = host._array_for(op, i, tuple(self.elements.values()))
            else:
                found[r] = host.number_place(nd.dtype_of(r))
                host.scalars[r] = host.number_at(found[r].pointer, nd.dtype_of(r))
        for k, r in enumerate(op.traces):
            trace = trace_of(host, op, k, self.n)
            assert trace is not None
            found[r] = host.arrays[r] = trace
        return found

    def _positions(self, x: Array, traced: bool) -> tuple[int, ...]:
        same = tuple(range(len(x.lengths) - traced))
        return (self.rank, *same) if traced else same

    def _written(self, arrays: Sequence[Array | None], traced: bool) -> Any:
        return ((None, x, self._positions(x, traced)) for x in arrays if x is not None)

    def _merge(self, uses: Sequence[tuple[Any, Any, tuple[int, ...]]]) -> None:
        """Let dimensions that all arrays run through without a gap be one loop."""
        arrays = [
            (x, tuple(i if i < self.rank else -1 for i in m))
            for _, x, m in uses
            if isinstance(x, Array)
        ]
        indexed = any(
            isinstance(o, nd.LoopIndexOp)
            for inner in self.op.block.ops
            if isinstance(inner, nd.KernelOp)
            for o in inner.body.block.ops
        )
        kinds = ("parallel",) * self.rank
        merged = merge_loops(kinds, arrays, self.elements, self.host.i64(1), keep_all=indexed)
        self.groups = [*map(list, merged), [self.rank]]
        self.place = {loop: g for g, group in enumerate(self.groups) for loop in group}

    def _given(self, both: list[Any], x: Any, m: Sequence[int]) -> int:
        both.append(self.host._argument(x, m, self.groups, self.place))
        return len(both) - 1

    def _launch(self, plan: Plan, lengths: Sequence[str]) -> None:
        host = self.host
        outputs = tuple(x[0] for x in self.outs)
        nest = Nest(
            ("parallel",) * len(lengths), tuple(x[0] for x in self.ins), outputs,
            ("",) * len(outputs), (None,) * len(outputs), (), None, (),
        )  # fmt: skip
        declared: dict[str, str] = {}
        writer = _Kernel(on_device(nest), plan, Writer(declared))
        kernel = DeviceKernel(writer.function(), "steps", tuple(writer.parameters))
        handle = host.launcher.handle(host.routine(kernel.text, declared))
        places = host.launcher.arguments(kernel, self.ins, self.outs, lengths, {})
        blocks = host.launcher.blocks(host._product(lengths[:-1]), THREADS, BLOCKS)
        one = host.i64(1)
        host.launcher.launch_handle(handle, (blocks, one), (host.i64(THREADS), one), places)


class _Kernel(DeviceWriter):
    def __init__(self, nest: Nest, plan: Plan, writer: Writer):
        super().__init__("KERNEL", nest, writer, "steps")
        self.plan = plan

    def function(self) -> str:
        """The text of the kernel."""
        elements = list(range(self.plan.steps))
        with self.each(self.thread("x"), self.product(elements), self.threads("x")) as linear:
            self._thread(self.spread(linear, elements))
        return self._text()

    def _thread(self, at: dict[int, str]) -> None:
        plan = self.plan
        starts = [self._input(i, at) for i in plan.starts]

        def step(t: str, carried: list[Element]) -> list[Element]:
            here = at | {plan.steps: t}
            known = dict(zip(plan.op.carried, carried, strict=True))
            for inner in plan.op.block.ops:
                if isinstance(inner, nd.YieldOp):
                    break
                known.update(zip(inner.results, self._made(inner, known, here), strict=True))
            ends = [
                self._value(v, (), known, here) if not nd.rank(v) else known[v]
                for v in plan.op.yielded
            ]
            for output, y in zip(plan.traces, ends[len(carried) :], strict=True):
                if output is not None:
                    self._store(output, y, here)
            return ends[: len(carried)]

        loop = RowReduction(self, {}, [], [])
        lasts = loop._for(self.zero, self._length(plan.steps), self.one, starts, step)
        for output, y in zip(plan.lasts, lasts, strict=True):
            if output is not None:
                self._store(output, y, at)

    def _made(self, inner: Any, known: dict[Any, Element], at: dict[int, str]) -> list[Element]:
        """What an operation of the step makes of the elements at hand."""
        if isinstance(inner, nd.ConstantOp):
            return [literal(inner.data, nd.dtype_of(inner.results[0]), self.w)]
        if not isinstance(inner, nd.KernelOp):
            operands = [self._value(v, (), known, at) for v in inner.operands]
            return [apply(inner.definition, operands, self.w)]
        body = inner.body.block
        maps = [tuple(m.get_values()) for m in inner.attributes["maps"]]  # type: ignore[attr-defined]
        operands = [
            self._value(v, m, known, at)
            for v, m, _ in zip(inner.operands, maps, body.args, strict=False)
        ]
        nest = Nest((), (), (), (), (), (), body, ())
        place = self.plan.place

        def position(loop: int) -> str:
            return at[place[loop]] if loop in place else self.zero

        return KernelWriter("", nest, self.w)._body(operands, position)

    def _value(
        self, v: SSAValue, m: tuple[int, ...], known: dict[Any, Element], at: dict[int, str]
    ) -> Element:
        return known[v] if v in known else self._input(self.plan.inputs[v, m], at)
