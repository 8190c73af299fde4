"""Calls of kernels by the host function: which kernel, and the memrefs that it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xdsl.ir import Block, SSAValue

from lamina.codegen.array import Array, planned_place
from lamina.codegen.emit_kernel import Argument, Nest, write_kernel
from lamina.codegen.emit_scalar import STORED_TYPE, Element
from lamina.codegen.host_function import HostFunction
from lamina.codegen.memory import from_stored
from lamina.codegen.merge_loops import merge_loops
from lamina.codegen.profile import Pieces
from lamina.ir import dialect as nd
from lamina.ir.operators import add

_INLINED = 60  # lines of a kernel that a loop calls: a call and its descriptors take 5 ns


@dataclass(frozen=True)
class KernelCall:
    """What a kernel is called with.

    Attributes
    ----------
    body : Block
    kinds : tuple of str
        "parallel" or "reduction" for each loop.
    inputs, outputs : sequence
        Arrays and numbers; None for a result that is a number.
    in_maps, out_maps : sequence of tuple of int
        The loop that runs along each dimension.
    combine : tuple of str
        For each output, "" or its reduction.
    inplace : tuple of (int or None)
        For each output, the input whose buffer it shares.
    lengths : dict
        Of each loop.
    """

    body: Block
    kinds: tuple[str, ...]
    inputs: Sequence[Array | Element]
    in_maps: Sequence[Sequence[int]]
    outputs: Sequence[Array | None]
    out_maps: Sequence[Sequence[int]]
    combine: tuple[str, ...]
    inplace: tuple[int | None, ...]
    lengths: dict[int, str]

    @property
    def indexed(self) -> bool:
        """Whether the body asks where in a loop it is."""
        return any(isinstance(o, nd.LoopIndexOp) for o in self.body.ops)


class KernelCalls(HostFunction):
    """A host function with the kernels that it calls: text of each by symbol, symbols by text."""

    def __init__(self, pieces: Pieces | None = None, vectorises: bool = True):
        super().__init__(pieces)
        self.vectorises = vectorises
        self.kernels: dict[str, str] = {}
        self.kernels_by_text: dict[str, str] = {}
        self.lines: dict[str, dict[str, None]] = {}
        self.inlined: set[str] = set()

    def _kernel(self, op: nd.KernelOp) -> None:
        call = self._planned_call(op)
        scalars = self._call_kernel(
            call.body,
            call.kinds,
            call.inputs,
            call.in_maps,
            call.outputs,
            call.out_maps,
            call.combine,
            call.inplace,
            call.lengths,
            [nd.dtype_of(r) for r in op.results],
        )
        for r in op.results:
            if not nd.rank(r):
                self.scalars[r] = self._returned(scalars.pop(0), nd.dtype_of(r))

    def _planned_call(self, op: nd.KernelOp) -> KernelCall:
        """The call of a kernel, with the arrays that its results are."""
        maps = [tuple(m.get_values()) for m in op.attributes["maps"]]  # type: ignore[attr-defined]
        combine = tuple(s.data for s in op.attributes["combine"])  # type: ignore[attr-defined]
        kinds = tuple(s.data for s in op.attributes["iterators"])  # type: ignore[attr-defined]
        n = len(op.body.block.args)
        out_maps = maps[len(op.operands) :]
        lengths = self._loop_lengths(op, maps)
        inputs = [self._operand(v) for v in op.operands[:n]]
        inplace: list[int | None] = []
        outputs: list[Array | None] = []
        for i, r in enumerate(op.results):
            place, number = planned_place(op, i)
            inplace.append(number if place == "operand" else None)
            own = [lengths[k] for k in out_maps[i]]
            outputs.append(self._array_for(op, i, own) if nd.rank(r) else None)
        for r, array in zip(op.results, outputs, strict=True):
            if array is not None:
                self.arrays[r] = array
        return KernelCall(
            op.body.block, kinds, inputs, maps[:n], outputs, out_maps, combine, tuple(inplace),
            lengths,
        )  # fmt: skip

    def _operand(self, v: SSAValue) -> Array | Element:
        return self.arrays[v] if nd.rank(v) else self.scalars[v]

    def _returned(self, name: str, dtype: str) -> Any:
        """A number that a kernel has returned."""
        return from_stored(self.w, name, dtype)

    def _loop_lengths(self, op: nd.KernelOp, maps: Sequence[Sequence[int]]) -> dict[int, str]:
        lengths: dict[int, str] = {}
        for i, number in enumerate(op.attributes["extents"].get_values()):  # type: ignore[attr-defined]
            if number >= 0:
                lengths[i] = self._scalar_length(op.operands[number])
        for v, positions in zip(op.operands, maps, strict=False):
            if nd.rank(v):
                for loop, length in zip(positions, self.arrays[v].lengths, strict=True):
                    lengths.setdefault(loop, length)
        for values, their_maps in ((op.operands, maps), (op.results, maps[len(op.operands) :])):
            for v, positions in zip(values, their_maps, strict=False):
                for loop, n in zip(positions, nd.static_shape(v), strict=False):
                    if n is not None and loop >= 0:
                        lengths[loop] = self.i64(n)
        return lengths

    def _call_kernel(
        self,
        body: Block,
        kinds: Sequence[str],
        inputs: Sequence[Array | Element],
        in_maps: Sequence[Sequence[int]],
        outputs: Sequence[Array | None],
        out_maps: Sequence[Sequence[int]],
        combine: tuple[str, ...],
        inplace: tuple[int | None, ...],
        loop_lengths: dict[int, str],
        out_dtypes: Sequence[str],
    ) -> list[str]:
        """Write the kernel, unless an equal one exists, and the call of it; the names of its scalar
        results.
        """
        arrays: list[tuple[Array, Sequence[int]]] = [
            (x, m) for x, m in zip(inputs, in_maps, strict=True) if isinstance(x, Array)
        ]
        arrays += [(x, m) for x, m in zip(outputs, out_maps, strict=True) if x is not None]
        indexed = any(isinstance(o, nd.LoopIndexOp) for o in body.ops)
        groups = merge_loops(kinds, arrays, loop_lengths, self.i64(1), keep_all=indexed)
        place = {loop: g for g, group in enumerate(groups) for loop in group}
        ins = [self._argument(x, m, groups, place) for x, m in zip(inputs, in_maps, strict=True)]
        outs = [
            (Argument(d, scalar=True), "", (), ())
            if x is None
            else self._argument(x, m, groups, place)
            for x, m, d in zip(outputs, out_maps, out_dtypes, strict=True)
        ]
        lengths = [self._product([loop_lengths[k] for k in group]) for group in groups]
        extents, extra = self._extents(len(groups), [a for a, *_ in ins], [a for a, *_ in outs])
        nest = Nest(
            tuple(kinds[g[0]] for g in groups),
            tuple(a for a, *_ in ins),
            tuple(a for a, *_ in outs),
            combine,
            inplace,
            extents,
            body,
            tuple(map(tuple, groups)),
        )
        symbol = self._kernel_symbol(nest)
        self.does(loop_lengths.values())
        return self._call(symbol, nest, ins, outs, lengths, extra)

    def _kernel_symbol(self, nest: Nest) -> str:
        """The symbol of the kernel that does `nest`; equal kernels are one."""
        text = write_kernel("KERNEL", nest, self.declared, self.vectorises)
        known = self.kernels_by_text.get(text)
        if known is None:
            known = self.kernels_by_text[text] = f"kernel_{len(self.kernels)}"
            self.kernels[text.replace("@KERNEL(", f"@{known}(", 1)] = known
            self.lines[known] = {}
        if self.frames and text.count("\n") <= _INLINED:
            self.inlined.add(known)
        self.lines[known].update(dict.fromkeys(self.line.split(", ") if self.line else ()))
        return known

    def takes_workspace(self, symbol: str) -> bool:
        """Whether a function of the module asks for memory of the workspace."""
        return any(
            known == symbol and "@lamina_workspace(" in text for text, known in self.kernels.items()
        )

    def _argument(
        self,
        x: Array | Element,
        positions: Sequence[int],
        groups: Sequence[Sequence[int]],
        place: dict[int, int],
    ) -> tuple[Argument, str, tuple[str, ...], tuple[str, ...]]:
        if isinstance(x, Element):
            return Argument(x.dtype, scalar=True), x.name, (), ()
        loops, lengths, strides = [], [], []
        for group_number, group in enumerate(groups):
            own = [d for d, loop in enumerate(positions) if loop in group]
            if own:
                loops.append((own[-1], group_number))
        loops.sort()
        for d, group_number in loops:
            members = [e for e, loop in enumerate(positions) if loop in groups[group_number]]
            lengths.append(self._product([x.lengths[e] for e in members]))
            strides.append(x.strides[d])
        known = tuple(1 if self._known(s) == 1 else None for s in strides)
        argument = Argument(x.dtype, tuple(g for _, g in loops), known)
        return argument, x.pointer, tuple(lengths), tuple(strides)

    def _extents(
        self, count: int, ins: Sequence[Argument], outs: Sequence[Argument]
    ) -> tuple[tuple[tuple[str, int, int], ...], list[int]]:
        extents: list[tuple[str, int, int]] = []
        extra: list[int] = []
        for loop in range(count):
            where = [("out", i, a.loops.index(loop)) for i, a in enumerate(outs) if loop in a.loops]
            where += [("in", i, a.loops.index(loop)) for i, a in enumerate(ins) if loop in a.loops]
            if where:
                extents.append(where[0])
            else:
                extents.append(("extent", len(extra), 0))
                extra.append(loop)
        return tuple(extents), extra

    def _call(
        self,
        symbol: str,
        nest: Nest,
        ins: Sequence[Any],
        outs: Sequence[Any],
        lengths: Sequence[str],
        extra: Sequence[int],
    ) -> list[str]:
        names, types = [], []
        for i, (a, name, own, strides) in enumerate(ins):
            if i in nest.inplace:
                continue
            names.append(name if a.scalar else self._memref(name, own, strides, a.type))
            types.append(a.type)
        for a, name, own, strides in outs:
            if not a.scalar:
                names.append(self._memref(name, own, strides, a.type))
                types.append(a.type)
        for loop in extra:
            names.append(self._index(lengths[loop]))
            types.append("index")
        results = [STORED_TYPE[a.dtype] for a, *_ in outs if a.scalar]
        signature = f"({', '.join(types)}) -> ({', '.join(results)})"
        call = f"func.call @{symbol}({', '.join(names)}) : {signature}"
        if not results:
            self.w.line(call)
            return []
        name = self.w.name()
        self.w.line(f"{name}:{len(results)} = {call}")
        return [f"{name}#{i}" for i in range(len(results))]

    def _copy(
        self, x: Array, y: Array, accumulate: bool = False, onto: Sequence[int] | None = None
    ) -> None:
        """Copy (or add) the elements of `x`, broadcast, onto `y`."""
        n = len(y.lengths)
        positions = tuple(range(n - len(x.lengths), n)) if onto is None else tuple(onto)
        lengths = dict(enumerate(y.lengths))
        element = nd.TensorType(nd.ELEMENT[x.dtype], [])
        body = Block(arg_types=[element] * (2 if accumulate else 1))
        value: SSAValue = body.args[0]
        inputs: list[Array | Element] = [x]
        maps: list[Sequence[int]] = [positions]
        inplace: tuple[int | None, ...] = (None,)
        if accumulate:
            total = nd.create(add, [body.args[1], body.args[0]])
            body.add_op(total)
            value = total.results[0]
            inputs.append(y)
            maps.append(tuple(range(n)))
            inplace = (1,)
        body.add_op(nd.YieldOp.create(operands=[value]))
        self._call_kernel(
            body,
            ("parallel",) * n,
            inputs,
            maps,
            [y],
            [tuple(range(n))],
            ("",),
            inplace,
            lengths,
            [y.dtype],
        )
