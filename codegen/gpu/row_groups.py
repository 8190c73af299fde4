"""Kernels that share their rows, gathered by the host function and launched as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xdsl.ir import SSAValue

from lamina.codegen.array import Array, planned_place
from lamina.codegen.emit_kernel import Argument, Nest
from lamina.codegen.gpu.cooperation import THREADS
from lamina.codegen.gpu.launch import BLOCKS
from lamina.codegen.gpu.row_steps import Made, Step, write_row_steps
from lamina.codegen.gpu.shuffles import WARP
from lamina.codegen.kernel_calls import KernelCall
from lamina.codegen.merge_loops import merge_loops
from lamina.ir import dialect as nd

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost


class RowGroups:
    """The kernels of one group at a time, in the function of `host`."""

    def __init__(self, host: DeviceHost):
        self.host = host
        self.members: list[Any] = []
        self.calls: list[KernelCall] = []
        self.apart: set[Any] = set()

    def takes(self, op: Any) -> bool:
        """Whether a kernel is done with others."""
        if "rows" not in op.attributes or op in self.apart:
            return False
        if op in self.members:
            return True
        self.members, self.calls = [op], []
        while "continues" in self.members[-1].attributes:
            after = self.members[-1].next_op
            while "rows" not in after.attributes:
                after = after.next_op
            self.members.append(after)
        if all(self.host.computes(member.body.block) for member in self.members):
            return True
        self.apart.update(self.members)
        self.members = []
        return False

    def keeps_to_itself(self, value: SSAValue) -> bool:
        """Whether only kernels of the group use what one of them makes, and its place."""
        return value.owner in self.members and all(
            use.operation in self.members
            and all(
                self.keeps_to_itself(r)
                for i, r in enumerate(use.operation.results)
                if planned_place(use.operation, i) == ("operand", use.index)
            )
            for use in value.uses
        )

    def add(self, op: Any, call: KernelCall) -> None:
        """Take in the next kernel; the last one launches all."""
        self.calls.append(call)
        if len(self.calls) == len(self.members):
            _Launch(self.host, self.members, self.calls).write()
            self.members, self.calls = [], []


class _Launch:
    def __init__(self, host: DeviceHost, members: Sequence[Any], calls: Sequence[KernelCall]):
        self.host, self.members, self.calls = host, members, calls
        self.count = members[0].attributes["rows"].value.data
        self.made = {r: (s, i) for s, op in enumerate(members) for i, r in enumerate(op.results)}
        indexed = any(call.indexed for call in calls)
        lengths = calls[0].lengths
        kinds = ("parallel",) * self.count
        self.rows = merge_loops(kinds, self._outside(), lengths, host.i64(1), keep_all=indexed)
        self.lengths = [host._product([lengths[k] for k in group]) for group in self.rows]
        self.lengths.append(lengths[self._inner(calls[0])[0]])
        self.ins: list[Any] = []
        self.outs: list[Any] = []
        self.numbers: dict[Any, int] = {}

    def _outside(self) -> list[tuple[Array, Sequence[int]]]:
        """The arrays in memory, with the loops over rows that run along them."""
        found = []
        for op, call in zip(self.members, self.calls, strict=True):
            for v, x, m in zip(op.operands, call.inputs, call.in_maps, strict=False):
                if v not in self.made and isinstance(x, Array):
                    found.append((x, m))
            for x, m in zip(call.outputs, call.out_maps, strict=True):
                if x is not None and x.pointer:
                    found.append((x, m))
        return [(x, tuple(i if i < self.count else -1 for i in m)) for x, m in found]

    def _inner(self, call: KernelCall) -> list[int]:
        """The loop of a kernel within a row."""
        one = self.host.i64(1)
        loops = range(self.count, len(call.kinds))
        return [i for i in loops if call.kinds[i] == "reduction" or call.lengths[i] != one]

    def write(self) -> None:
        """Write the kernels and what launches one of them."""
        host = self.host
        steps = [self._step(*both) for both in zip(self.members, self.calls, strict=True)]
        kinds = ("parallel",) * len(self.rows) + ("reduction",)
        pointers = [x[1] for x in self.ins]
        inplace = tuple(pointers.index(x[1]) if x[1] in pointers else None for x in self.outs)
        nest = Nest(
            kinds, tuple(x[0] for x in self.ins), tuple(x[0] for x in self.outs),
            ("",) * len(self.outs), inplace, (), None, (),
        )  # fmt: skip
        declared: dict[str, str] = {}
        kernels = write_row_steps(nest, steps, declared)
        numbers = {n: host.routine(kernel.text, declared) for n, kernel in kernels.items()}
        places = host.launcher.arguments(kernels[0], self.ins, self.outs, self.lengths, {})
        handle, grid, block = self._chosen(numbers)
        host.launcher.launch_handle(handle, grid, block, places)

    def _step(self, op: Any, call: KernelCall) -> Step:
        own = self._inner(call)
        groups = [*map(list, self.rows), *([i] for i in own)]
        place = {loop: g for g, group in enumerate(groups) for loop in group}
        sources: list[int | Made] = []
        ins: list[Argument] = []
        for v, x, m in zip(op.operands, call.inputs, call.in_maps, strict=False):
            if v in self.made:
                sources.append(self.made[v])
                ins.append(Argument(nd.dtype_of(v)))
                continue
            given = self.host._argument(x, m, groups, place)
            ins.append(given[0])
            if given not in self.numbers:
                self.numbers[given] = len(self.ins)
                self.ins.append(given)
            sources.append(self.numbers[given])
        outputs: list[int | None] = []
        outs: list[Argument] = []
        for x, m in zip(call.outputs, call.out_maps, strict=True):
            assert x is not None
            given = self.host._argument(x, m, groups, place)
            outs.append(given[0])
            outputs.append(len(self.outs) if x.pointer else None)
            if x.pointer:
                self.outs.append(given)
        merged = tuple(tuple(group) for group in groups)
        kinds = ("parallel",) * len(self.rows) + tuple(call.kinds[i] for i in own)
        nest = Nest(
            kinds, tuple(ins), tuple(outs), call.combine, (None,) * len(outs), (), call.body, merged
        )  # fmt: skip
        return Step(nest, tuple(sources), tuple(outputs))

    def _chosen(self, numbers: dict[int, int]) -> tuple[str, tuple[str, str], tuple[str, str]]:
        """The kernel for rows of the length at hand; blocks, and threads of one, in x and y. A team
        has as few warps as suffice.
        """
        host, w = self.host, self.host.w
        n = self.lengths[-1]
        by_loops = handle = host.launcher.handle(numbers.pop(0))
        team = host.i64(THREADS)
        for share, number in sorted(numbers.items(), reverse=True):
            own = host.launcher.handle(number)
            for threads in (THREADS >> k for k in range((THREADS // WARP).bit_length())):
                fits = w.let(f"arith.cmpi sle, {n}, {host.i64(share * threads)} : i64")
                team = w.let(f"arith.select {fits}, {host.i64(threads)}, {team} : i64")
                if threads == THREADS:
                    handle = w.let(f"arith.select {fits}, {own}, {handle} : !llvm.ptr")
        empty = w.let(f"arith.cmpi eq, {n}, {host.i64(0)} : i64")
        handle = w.let(f"arith.select {empty}, {by_loops}, {handle} : !llvm.ptr")
        beside = w.let(f"arith.divui {host.i64(THREADS)}, {team} : i64")
        rows = host._product(self.lengths[:-1])
        last = w.let(f"arith.subi {beside}, {host.i64(1)} : i64")
        teams = w.let(f"arith.addi {rows}, {last} : i64")
        blocks = host.launcher.blocks(w.let(f"arith.divui {teams}, {beside} : i64"), 1, BLOCKS)
        return handle, (blocks, host.i64(1)), (team, beside)
