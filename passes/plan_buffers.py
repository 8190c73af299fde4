"""Say where every array lives.

Each op that makes an array gets the attribute ``buffers``, one entry a result:

    "output k"    the array returned as result k of the function, allocated when the op runs
    "operand i"   the buffer of operand i, which dies here and is read only where it is written
    "slot n"      temporary n of the workspace; temporaries of equal size that do not live at the
    same time share one
    "value"       a 0-d result, which needs no buffer
    "row k"       in a loop: the row of trace k that this step makes; in a branch: its result k
    "carry k"     in a loop: where what is carried as number k lives that is not traced

Arguments and constants are never written. A value lives until the last use of it or of a view of
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import ArrayAttr, StringAttr
from xdsl.dialects.func import ReturnOp
from xdsl.ir import Block, Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.operators import identity
from lamina.ir.ops.dimshuffle import NEW
from lamina.passes.fuse import VIEWS
from lamina.passes.infer_shapes import Lengths

MAKERS = frozenset(
    f"nd.{name}"
    for name in (
        "kernel",
        "product_kernel",
        "callback",
        "gemv",
        "gemm",
        "dot",
        "update_slice",
        "concatenate",
        "make_vector",
        "sum",
        "prod",
        "max",
        "min",
        "all",
        "any",
        "argmax",
        "argmin",
    )
)
_BLAS = frozenset(("nd.gemv", "nd.gemm", "nd.dot"))


def copy_for_layout(block: Block, device: bool = False) -> None:
    """Insert copies where an op needs a layout that a view does not have: reshape, products of
    matrices, callbacks. Products of a `device` take stacks of transposed matrices.
    """
    for op in list(block.ops):
        if isinstance(op, nd.IfOp):
            for branch in op.branches:
                copy_for_layout(branch, device)
            for i, v in enumerate(op.operands):
                _copy_unless(op, i, not nd.rank(v) or _contiguous(v))
        elif isinstance(op, nd.ScanOp):
            copy_for_layout(op.block, device)
            first = 1 + op.count("sequences")
            for i, v in enumerate(op.operands):
                if nd.rank(v) > (0 < i < first):
                    _copy_unless(op, i, _contiguous(v) or (i < first and _rows_contiguous(v)))
        elif isinstance(op, nd.ReshapeToOp):
            _copy_unless(op, 0, _contiguous(op.operands[0]))
        elif isinstance(op, nd.CallbackOp):
            for i, v in enumerate(op.operands):
                _copy_unless(op, i, _contiguous(v))
        elif op.name in _BLAS:
            for i, v in enumerate(op.operands):
                fits = not nd.rank(v) or _row_strided(v, op.name != "nd.dot")
                _copy_unless(op, i, fits or (device and _is_stack_of_transposed(v)))


def _copy_unless(op: Operation, i: int, fits: bool) -> None:
    if not fits:
        value = op.operands[i]
        copy = nd.create(identity, [value], value.type)  # type: ignore[arg-type]
        assert op.parent is not None
        op.parent.insert_op_before(copy, op)
        op.operands[i] = copy.results[0]


def _contiguous(value: SSAValue) -> bool:
    """Whether the elements of `value` lie in row-major order without gaps."""
    while isinstance(value.owner, Operation) and value.owner.name in VIEWS:
        op: Any = value.owner
        if isinstance(op, nd.SliceOp):
            return False
        if op.name == "nd.dimshuffle":
            kept = [d for d in op.definition.order if d >= 0]
            if kept != sorted(kept):
                return False
        value = op.operands[0]
    return True


def _is_stack_of_transposed(value: SSAValue) -> bool:
    """Whether `value` has the matrices of an array without gaps, each transposed."""
    if not isinstance(value.owner, Operation) or value.owner.name != "nd.dimshuffle":
        return False
    op: Any = value.owner
    if nd.rank(value) < 2:
        return False
    *batch, row, column = op.definition.order
    kept = [d for d in (*batch, column, row) if d != NEW]
    return NEW not in (row, column) and kept == sorted(kept) and _contiguous(op.operands[0])


def _rows_contiguous(value: SSAValue) -> bool:
    """Whether the rows of `value` are without gaps: it is a part of whole rows."""
    while isinstance(value.owner, nd.SliceOp) and not _contiguous(value):
        op: Any = value.owner
        source = op.operands[0]
        if op.attributes["dropped"].get_values():
            return False
        for axis in range(1, nd.rank(source)):
            offset, length, step = (nd.constant_data(v) for v in op.operands[1 + 3 * axis :][:3])
            whole = nd.static_shape(source)[axis]
            same = length is not None and whole is not None and int(length) == whole
            stated = op.operands[2 + 3 * axis]
            if isinstance(source.owner, nd.SliceOp):
                same = same or stated is source.owner.operands[2 + 3 * axis]
            if not same and not _is_length_of(stated, source, axis):
                return False
            if offset is None or int(offset) != 0 or step is None or int(step) != 1:
                return False
        value = source
    return _contiguous(value)


def _is_length_of(value: SSAValue, array: SSAValue, axis: int) -> bool:
    """Whether a number is a length of an array, as its text says."""
    owner = value.owner
    if not isinstance(owner, Operation) or owner.name != "nd.dim":
        return False
    return owner.operands[0] is array and owner.definition.i == axis  # type: ignore[attr-defined]


def _row_strided(value: SSAValue, strided_vector: bool) -> bool:
    """Whether BLAS can read `value`: rows without gaps (for a vector, any step forward)."""
    if _contiguous(value):
        return True
    op: Any = value.owner
    if not isinstance(op, nd.SliceOp) or not _contiguous(op.operands[0]):
        return False
    steps = [nd.constant_data(v) for v in op.operands[3::3]]
    if any(s is None or s < 1 for s in steps):
        return False
    dropped = set(op.attributes["dropped"].get_values())  # type: ignore[attr-defined]
    last = len(steps) - 1
    if nd.rank(value) == 1 and strided_vector:
        return True
    return last not in dropped and steps[-1] == 1 and nd.rank(value) == 2


def plan_buffers(block: Block, lengths: Lengths | None = None) -> None:
    """Annotate the ops of `block`, and of the loops in it, with the buffers of their results."""
    _Plan(block, lengths).run()


class _Plan:
    def __init__(
        self, block: Block, lengths: Lengths | None = None, rows: Sequence[Sequence[Any]] = ()
    ):
        self.block, self.rows = block, rows
        self.lengths = Lengths() if lengths is None else lengths
        self.position = {op: i for i, op in enumerate(block.ops)}
        self.outputs: dict[SSAValue, str] = {}
        self.death: dict[SSAValue, int] = {}
        self.slot: dict[SSAValue, int] = {}
        self.slots = 0
        self.free: list[tuple[SSAValue, int]] = []
        # results that overwrite operands made in their places, and the last values there
        self.overwritten: dict[SSAValue, int] = {}
        self.last: dict[SSAValue, SSAValue] = {}

    def run(self) -> None:
        self._note_outputs()
        for op, i in self.position.items():
            for v in op.operands:
                self.death[root(v)] = i
        self._note_overwritten()
        dying: dict[int, list[SSAValue]] = {}
        for v, i in self.death.items():
            dying.setdefault(i, []).append(v)
        for op, i in self.position.items():
            rows = self.lengths.rows(op) if isinstance(op, nd.ScanOp) else []
            if isinstance(op, nd.ScanOp):
                op.attributes["rows"] = _row_lengths(rows)
            if isinstance(op, (nd.ScanOp, nd.IfOp)):
                for region in op.regions:
                    inside = self.lengths.copy()
                    inside.seed(op)
                    _Plan(region.block, inside, rows).run()
            # Only checks that have passed tell which sizes are equal.
            self.lengths.visit(op)
            if op.name in MAKERS or isinstance(op, (nd.RoutineOp, nd.ScanOp, nd.IfOp)):
                buffers = [self._buffer(op, r, i) for r in op.results]
                op.attributes["buffers"] = ArrayAttr(map(StringAttr, buffers))
            for v in [*dying.get(i, ()), *(r for r in op.results if r not in self.death)]:
                if v in self.slot:
                    self.free.append((v, self.slot[v]))

    def _note_outputs(self) -> None:
        last = self.block.last_op
        scan: Any = self.block.parent_op()
        if isinstance(scan, nd.IfOp):
            assert last is not None
            for i, v in enumerate(last.operands):
                self.outputs.setdefault(v, f"row {i}")
            return
        if isinstance(last, nd.YieldOp):
            carries = scan.count("carries")
            for i, v in enumerate(last.operands[carries : carries + len(scan.traces)]):
                self.outputs.setdefault(v, f"row {i}")
            for i, v in enumerate(last.operands[:carries]):
                if v not in scan.carried:
                    self.outputs.setdefault(v, f"carry {i}")
            return
        assert isinstance(last, ReturnOp)
        for i, v in enumerate(last.operands):
            self.outputs.setdefault(v, f"output {i}")

    def _note_overwritten(self) -> None:
        """Make what a routine overwrites, and nothing reads afterwards, in the place of its result:
        of draws in turn, each advances the generator where the last one leaves it.
        """
        for op in reversed(self.position):
            if not isinstance(op, nd.RoutineOp) or op.results[0] not in self.outputs:
                continue
            definition: Any = op.definition
            k, result = definition.overwrites, op.results[0]
            if k is None:
                continue
            v, core = op.operands[k], definition.signature.core(k)
            if (
                v not in self.outputs and isinstance(v.owner, nd.RoutineOp)
                and v.owner in self.position and self.death.get(v) == self.position[op]
                and core == definition.signature.results[0] and nd.rank(result) == len(core)
                and all(root(u) is not v for j, u in enumerate(op.operands) if j != k)
            ):  # fmt: skip
                self.outputs[v] = self.outputs[result]
                self.overwritten[result] = k
                self.last[v] = self.last.get(result, result)

    def _size(self, value: SSAValue) -> Any:
        lengths = self.lengths.shape(value)
        return lengths, np.dtype(nd.dtype_of(value)).itemsize

    def _buffer(self, op: Operation, result: SSAValue, i: int) -> str:
        if not nd.rank(result):
            return "value"
        if result in self.overwritten:
            return f"operand {self.overwritten[result]}"
        if result in self.outputs:
            place = self.outputs[result]
            carry = self._carry_in_place(op, result, i) if place.startswith("carry") else None
            if carry is not None:
                return f"operand {carry}"
            if self._fits(result, place):
                return place
        operand = self._reusable(op, result, i)
        if operand is not None:
            v = op.operands[operand]
            self.slot[result] = self.slot.pop(root(v))
            return f"operand {operand}"
        size = self._size(result)
        known = [i for i, (v, _) in enumerate(self.free) if self._size(v) == size]
        if known:
            self.slot[result] = self.free.pop(known[-1])[1]
        else:
            self.slot[result] = self.slots
            self.slots += 1
        return f"slot {self.slot[result]}"

    def _fits(self, result: SSAValue, place: str) -> bool:
        """Whether a result is known by now to have the lengths of its place in a loop. If a check
        that comes later tells, it is copied there after that.
        """
        scan: Any = self.block.parent_op()
        if not isinstance(scan, nd.ScanOp):
            return True
        kind, number = place.split()
        if kind == "carry":
            return bool(self._size(result) == self._size(scan.carried[int(number)]))
        lengths = [
            None if n is None else n if isinstance(n, int)
            else self.lengths.shape(scan.operands[n[0]])[n[1]]
            for n in self.rows[int(number)]
        ]  # fmt: skip
        return None in lengths or tuple(lengths) == self.lengths.shape(result)

    def _carry_in_place(self, op: Operation, result: SSAValue, i: int) -> int | None:
        """The operand that is what was carried before, where it may be overwritten."""
        scan: Any = self.block.parent_op()
        yielded = list(scan.yielded)
        old = scan.carried[yielded.index(self.last.get(result, result))]
        if self.death.get(old) != i or self._size(old) != self._size(result):
            return None
        for k in self._candidates(op, result):
            others = [u for j, u in enumerate(op.operands) if j != k]
            if op.operands[k] is old and all(root(u) is not old for u in others):
                return k
        return None

    def _reusable(self, op: Operation, result: SSAValue, i: int) -> int | None:
        """The operand whose buffer `result` may take."""
        for k in self._candidates(op, result):
            v = op.operands[k]
            others = [u for j, u in enumerate(op.operands) if j != k]
            if (
                v in self.slot and self.death[root(v)] == i and self._size(v) == self._size(result)
                and nd.dtype_of(v) == nd.dtype_of(result) and all(root(u) is not v for u in others)
            ):  # fmt: skip
                return k
        return None

    def _candidates(self, op: Operation, result: SSAValue) -> Sequence[int]:
        """The operands that `op` reads only where, or before, it writes `result`."""
        candidates: Sequence[int] = ()
        if isinstance(op, nd.KernelOp):
            candidates = [
                k for k in range(len(op.body.block.args)) if self._same_elements(op, k, result)
            ]
        elif isinstance(op, nd.ProductKernelOp):
            maps = [tuple(m.get_values()) for m in op.attributes["maps"]]  # type: ignore[attr-defined]
            whole = tuple(range(nd.rank(result)))
            candidates = [k for k in range(2, len(op.operands)) if maps[k - 2] == whole]
        elif isinstance(op, nd.UpdateSliceOp):
            candidates = (0,)
        elif op.name in ("nd.gemv", "nd.gemm") and op.definition.accumulate:  # type: ignore[attr-defined]
            candidates = (3,)
        elif isinstance(op, nd.RoutineOp) and result is op.results[0]:
            begun = op.definition.overwrites  # type: ignore[attr-defined]
            candidates = () if begun is None else (begun,)
        return candidates

    def _same_elements(self, op: nd.KernelOp, k: int, result: SSAValue) -> bool:
        """Whether a kernel reads operand `k` at the very element of `result` that it writes."""
        maps = [tuple(m.get_values()) for m in op.attributes["maps"]]  # type: ignore[attr-defined]
        number = len(op.operands) + list(op.results).index(result)  # type: ignore[arg-type]
        loops = len(op.attributes["iterators"].data)  # type: ignore[attr-defined]
        return maps[k] == maps[number] and set(maps[k]) == set(range(loops))


def _row_lengths(rows: Sequence[Sequence[Any]]) -> ArrayAttr[Any]:
    """For each trace where the lengths of its rows come from: "5", "operand axis", or "?"."""
    texts = [
        [
            "?" if n is None else str(n) if isinstance(n, int) else f"{n[0]} {n[1]}"
            for n in row
        ]
        for row in rows
    ]  # fmt: skip
    return ArrayAttr(ArrayAttr(map(StringAttr, row)) for row in texts)


def root(value: SSAValue) -> SSAValue:
    """The value whose buffer `value` is a view of."""
    while isinstance(value.owner, Operation) and value.owner.name in VIEWS:
        value = value.owner.operands[0]
    return value
