"""Which lengths are known to be equal: a tuple of lengths for every value.

A length is an int: known if it is not negative, else the number of an unknown. Unknowns that an
assertion equates are one. The analysis goes through a block once, in order, and may be continued
while the block grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from xdsl.ir import Block, Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.assumption import SQUARE
from lamina.ir.ops.dimshuffle import NEW

Length = int
Shape = tuple[Length, ...]


class Requirement(NamedTuple):
    """Dimension `axis` of operand `i` must have the length of dimension `other_axis` of operand
    `j`.

    ``j`` is None where the length is the known number `other_axis`.
    """

    i: int
    axis: int
    j: int | None
    other_axis: int


class Lengths:
    """The lengths of the values of a block."""

    def __init__(self) -> None:
        self._parent: list[Length] = []
        self._shapes: dict[SSAValue, Shape] = {}
        self._scalars: dict[SSAValue, Length] = {}

    @classmethod
    def of_block(cls, block: Block) -> Lengths:
        """The lengths of all values of `block`."""
        lengths = cls()
        for op in block.ops:
            lengths.visit(op)
        return lengths

    def unknown(self) -> Length:
        """A length that nothing is known of."""
        self._parent.append(0)
        number = -len(self._parent)
        self._parent[-1] = number
        return number

    def find(self, length: Length) -> Length:
        """The representative of all lengths equal to this one: the number where it is known."""
        while length < 0 and self._parent[-length - 1] != length:
            length = self._parent[-length - 1]
        return length

    def unite(self, a: Length, b: Length) -> None:
        """Let two lengths be equal from now on."""
        a, b = self.find(a), self.find(b)
        if a != b and a < 0:
            self._parent[-a - 1] = b
        elif a != b and b < 0:
            self._parent[-b - 1] = a

    def shape(self, value: SSAValue) -> Shape:
        """The lengths of `value`."""
        shape = self._shapes.get(value)
        if shape is None:
            shape = tuple(self.unknown() if n is None else n for n in nd.static_shape(value))
            self._shapes[value] = shape
        return tuple(map(self.find, shape))

    def scalar(self, value: SSAValue) -> Length:
        """The length that the integer `value` is, seen as a length."""
        data = nd.constant_data(value)
        if data is not None:
            return max(int(data), 0)
        owner = value.owner
        if isinstance(owner, Operation) and owner.name == "nd.dim":
            return self.shape(owner.operands[0])[owner.definition.i]  # type: ignore[attr-defined]
        if value not in self._scalars:
            self._scalars[value] = self.unknown()
        return self.find(self._scalars[value])

    def visit(self, op: Operation) -> list[Requirement]:
        """Learn the lengths of the results of `op`; returns what must hold for it and is not known
        to.
        """
        if isinstance(op, nd.ScanOp):
            return self._scan(op)
        if isinstance(op, nd.IfOp):
            return []
        if isinstance(op, nd.AssertEqualOp):
            self.unite(self.scalar(op.operands[0]), self.scalar(op.operands[1]))
            return []
        if isinstance(op, nd.KernelOp):
            self._kernel(op)
            return []
        if isinstance(op, nd.ProductKernelOp):
            self._product_kernel(op)
            return []
        if isinstance(op, (nd.SliceOp, nd.ReshapeToOp, nd.UpdateSliceOp, nd.IotaOp)):
            self._shapes[op.results[0]] = self._lowered(op)
            return []
        if not op.results or not isinstance(op, nd.NdOp):
            return []
        shapes = [self.shape(v) for v in op.operands]
        required: list[Requirement] = []
        if isinstance(op, nd.RoutineOp):
            self._routine(op, shapes, required)
            return required
        if isinstance(op, nd.ElementwiseOp):
            shape = self._broadcast(op, shapes, 0, required)
        else:
            rule = getattr(self, "_" + op.name[3:], None)
            shape = rule(op, shapes, required) if rule else self._fresh(op)
        result = op.results[0]
        known = nd.static_shape(result)
        self._shapes[result] = tuple(
            n if n is not None else m for n, m in zip(known, shape, strict=True)
        )
        return required

    def seed(self, op: nd.ScanOp | nd.IfOp) -> None:
        """Learn the lengths of the arguments of the regions of a loop or a branch."""
        if isinstance(op, nd.IfOp):
            for block in op.branches:
                for arg, v in zip(block.args, op.operands[1:], strict=True):
                    self._shapes[arg] = self.shape(v)
            return
        known = [self.shape(v)[1:] for v in op.sequences]
        known += [self.shape(v) for v in (*op.starts, *op.same)]
        for arg, shape in zip(op.block.args, known, strict=True):
            self._shapes[arg] = tuple(
                m if n is None else n for n, m in zip(nd.static_shape(arg), shape, strict=True)
            )

    def copy(self) -> Lengths:
        """The same knowledge, to be added to apart."""
        other = Lengths()
        other._parent = self._parent.copy()
        other._shapes, other._scalars = self._shapes.copy(), self._scalars.copy()
        return other

    def _scan(self, op: nd.ScanOp) -> list[Requirement]:
        """A step's checks are no facts here: there may be no step."""
        required = []
        n = self.scalar(op.operands[0])
        for i, v in enumerate(op.sequences, 1):
            if self.find(self.shape(v)[0]) != self.find(n):
                required.append(Requirement(i, 0, 0, -1))
                self.unite(self.shape(v)[0], n)
        for end, start in zip(op.results, op.starts, strict=False):
            self._shapes[end] = self.shape(start)
        n = self.unknown() if op.until else self.find(n)
        for trace, row in zip(op.traces, self.rows(op), strict=True):
            lengths = [
                self.unknown() if where is None
                else where if isinstance(where, int)
                else self.find(self.shape(op.operands[where[0]])[where[1]])
                for where in row
            ]  # fmt: skip
            known = nd.static_shape(trace)
            self._shapes[trace] = tuple(
                m if k is None else k for k, m in zip(known, [n, *lengths], strict=True)
            )
        return required

    def rows(self, op: nd.ScanOp) -> list[list[int | tuple[int, int] | None]]:
        """For each trace of a loop the lengths of its rows: a number, an operand of the loop and an
        axis of it, or None where only a step will tell.
        """
        inside = self.copy()
        inside.seed(op)
        for inner in op.block.ops:
            inside.visit(inner)
        where: dict[Length, tuple[int, int]] = {}
        for i, v in enumerate(op.operands):
            for axis, length in enumerate(inside.shape(v)):
                where.setdefault(length, (i, axis))
        first = op.count("carries")
        rows: list[list[int | tuple[int, int] | None]] = []
        for v in op.yielded[first : first + len(op.traces)]:
            rows.append([n if n >= 0 else where.get(n) for n in inside.shape(v)])
        return rows

    def _routine(self, op: Any, shapes: Sequence[Shape], required: list[Requirement]) -> None:
        signature = op.definition.signature
        cores = [signature.core(i) for i in range(len(shapes))]
        self._broadcast(op, shapes, [len(core) for core in cores], required)
        first: dict[str, tuple[int, int]] = {}
        for i, core in enumerate(cores):
            for d, name in enumerate(core, len(shapes[i]) - len(core)):
                where = first.setdefault(name, (i, d))
                if name in signature.sizes:
                    size = signature.sizes[name]
                    if self.find(shapes[i][d]) != self.scalar(op.operands[size]):
                        required.append(Requirement(i, d, size, -1))
                        self.unite(shapes[i][d], self.scalar(op.operands[size]))
                elif where != (i, d):
                    self._require(required, shapes, i, d, *where)
        static = [nd.static_shape(v) for v in op.operands]
        for k, result in enumerate(op.results):
            lengths = []
            for axis, n in enumerate(nd.static_shape(result)):
                if n is None:
                    source = op.definition.stated(static, k, axis)
                    n = (
                        self.find(shapes[source[0]][source[1]]) if isinstance(source, tuple)
                        else self.scalar(op.operands[source])
                    )  # fmt: skip
                lengths.append(n)
            self._shapes[result] = tuple(lengths)

    def loops(self, op: nd.KernelOp) -> dict[int, Length]:
        """The lengths of a kernel's loops that its operands tell."""
        maps = [tuple(m.get_values()) for m in op.attributes["maps"]]  # type: ignore[attr-defined]
        loops: dict[int, Length] = {}
        for i, number in enumerate(op.attributes["extents"].get_values()):  # type: ignore[attr-defined]
            if number >= 0:
                loops[i] = self.scalar(op.operands[number])
        for value, positions in zip(op.operands, maps, strict=False):
            for loop, n in zip(positions, self.shape(value), strict=False):
                loops.setdefault(loop, n)
        return loops

    def _kernel(self, op: nd.KernelOp) -> None:
        maps = [tuple(m.get_values()) for m in op.attributes["maps"]]  # type: ignore[attr-defined]
        loops = self.loops(op)
        for result, positions in zip(op.results, maps[len(op.operands) :], strict=True):
            known = nd.static_shape(result)
            self._shapes[result] = tuple(
                loops[i] if n is None else n for i, n in zip(positions, known, strict=True)
            )

    def _product_kernel(self, op: nd.ProductKernelOp) -> None:
        a, b = (self.shape(v) for v in op.operands[:2])
        batch = [n if n != 1 else m for n, m in zip(a[:-2], b[:-2], strict=True)]
        rows, columns = a[-1 if op.flag("transpose_a") else -2], b[-1]
        if op.flag("transpose_b"):
            columns = b[-2]
        for result in op.results:
            known = nd.static_shape(result)
            self._shapes[result] = tuple(
                m if n is None else n for n, m in zip(known, (*batch, rows, columns), strict=True)
            )

    def _lowered(self, op: Any) -> Shape:
        """The lengths of the result of an op that states them as operands."""
        if isinstance(op, nd.UpdateSliceOp):
            return self.shape(op.operands[0])
        if isinstance(op, nd.SliceOp):
            dropped = set(op.attributes["dropped"].get_values())  # type: ignore[attr-defined]
            lengths = [v for axis, v in enumerate(op.operands[2::3]) if axis not in dropped]
        else:
            lengths = list(op.operands if isinstance(op, nd.IotaOp) else op.operands[1:])
        known = nd.static_shape(op.results[0])
        return tuple(
            self.scalar(v) if n is None else n for v, n in zip(lengths, known, strict=True)
        )

    def _fresh(self, op: Operation) -> Shape:
        return tuple(self.unknown() if n is None else n for n in nd.static_shape(op.results[0]))

    def _require(
        self,
        required: list[Requirement],
        shapes: Sequence[Shape],
        i: int,
        axis: int,
        j: int | None,
        other: int,
    ) -> None:
        a, b = self.find(shapes[i][axis]), other if j is None else self.find(shapes[j][other])
        if a != b:
            required.append(Requirement(i, axis, j, other))
            self.unite(a, b)

    def _broadcast(
        self,
        op: Operation,
        shapes: Sequence[Shape],
        core: int | Sequence[int],
        required: list[Requirement],
    ) -> Shape:
        """The joined leading dimensions of operands, all but their last `core` ones."""
        cores = [core] * len(shapes) if isinstance(core, int) else core
        ndim = max(len(s) - c for s, c in zip(shapes, cores, strict=True))
        result = []
        for axis in range(ndim):
            first: tuple[int, int] | None = None
            for i, shape in enumerate(shapes):
                own = axis - (ndim - (len(shape) - cores[i]))
                if own < 0 or nd.static_shape(op.operands[i])[own] == 1:
                    continue
                if first is None:
                    first = i, own
                else:
                    self._require(required, shapes, i, own, *first)
            result.append(1 if first is None else self.find(shapes[first[0]][first[1]]))
        return tuple(result)

    def _dimshuffle(self, op: Any, shapes: Sequence[Shape], required: list[Requirement]) -> Shape:
        for axis in op.definition.dropped:
            self._require(required, shapes, 0, axis, None, 1)
        return tuple(1 if d == NEW else shapes[0][d] for d in op.definition.order)

    def _reduced(self, op: Any, shapes: Sequence[Shape], required: list[Requirement]) -> Shape:
        axes = op.definition.axes(len(shapes[0]))
        return tuple(n for i, n in enumerate(shapes[0]) if i not in axes)

    _sum = _prod = _max = _min = _all = _any = _argmax = _argmin = _reduced

    def _dot(self, op: Any, shapes: Sequence[Shape], required: list[Requirement]) -> Shape:
        batch = self._broadcast(op, shapes, 2, required)
        self._require(required, shapes, 1, len(shapes[1]) - 2, 0, len(shapes[0]) - 1)
        return (*batch, shapes[0][-2], shapes[1][-1])

    def _gemv(self, op: Any, shapes: Sequence[Shape], required: list[Requirement]) -> Shape:
        rows, inner = (1, 0) if op.definition.transposed else (0, 1)
        self._require(required, shapes, 1, 0, 0, inner)
        if op.definition.accumulate:
            self._require(required, shapes, 3, 0, 0, rows)
        return (shapes[0][rows],)

    def _gemm(self, op: Any, shapes: Sequence[Shape], required: list[Requirement]) -> Shape:
        rows, inner = (1, 0) if op.definition.transpose_a else (0, 1)
        other, columns = (1, 0) if op.definition.transpose_b else (0, 1)
        self._require(required, shapes, 1, other, 0, inner)
        if op.definition.accumulate:
            self._require(required, shapes, 3, 0, 0, rows)
            self._require(required, shapes, 3, 1, 1, columns)
        return shapes[0][rows], shapes[1][columns]

    def _alloc(self, op: Any, shapes: Sequence[Shape], required: list[Requirement]) -> Shape:
        lengths = [self.scalar(v) for v in op.operands[1:]]
        extra = len(lengths) - len(shapes[0])
        for axis, n in enumerate(nd.static_shape(op.operands[0])):
            if n != 1 and self.find(shapes[0][axis]) != lengths[axis + extra]:
                required.append(Requirement(0, axis, 1 + axis + extra, -1))
                self.unite(shapes[0][axis], lengths[axis + extra])
        return tuple(lengths)

    def _eye(self, op: Any, shapes: Sequence[Shape], required: list[Requirement]) -> Shape:
        return tuple(self.scalar(v) for v in op.operands[:2])

    def _concatenate(self, op: Any, shapes: Sequence[Shape], required: list[Requirement]) -> Shape:
        joined = op.definition.axis
        for i in range(1, len(shapes)):
            for axis in range(len(shapes[0])):
                if axis != joined:
                    self._require(required, shapes, i, axis, 0, axis)
        return tuple(self.unknown() if i == joined else n for i, n in enumerate(shapes[0]))

    def _inc_subtensor(
        self, op: Any, shapes: Sequence[Shape], required: list[Requirement]
    ) -> Shape:
        entries = op.definition.idx_list
        whole = (False, False, False)
        part = [
            axis if axis >= len(entries) or entries[axis] == whole else None
            for axis in range(len(shapes[0]))
            if axis >= len(entries) or entries[axis] is not True
        ]
        missing = len(part) - len(shapes[1])
        for i, n in enumerate(nd.static_shape(op.operands[1])):
            axis = part[i + missing]
            if n != 1 and axis is not None:
                self._require(required, shapes, 1, i, 0, axis)
        return shapes[0]

    def _subtensor(self, op: Any, shapes: Sequence[Shape], required: list[Requirement]) -> Shape:
        shape = []
        entries = op.definition.idx_list
        for axis, n in enumerate(shapes[0]):
            entry = entries[axis] if axis < len(entries) else (False, False, False)
            if entry is not True:
                shape.append(n if not any(entry) else self.unknown())
        return tuple(shape)

    def _specify_shape(
        self, op: Any, shapes: Sequence[Shape], required: list[Requirement]
    ) -> Shape:
        for axis, n in enumerate(op.definition.lengths):
            if n is not None:
                self._require(required, shapes, 0, axis, None, n)
        return shapes[0]

    def _check(self, op: Any, shapes: Sequence[Shape], required: list[Requirement]) -> Shape:
        return shapes[0]

    def _assume(self, op: Any, shapes: Sequence[Shape], required: list[Requirement]) -> Shape:
        ndim = len(shapes[0])
        if not set(SQUARE).isdisjoint(op.definition.facts.split(",")):
            self._require(required, shapes, 0, ndim - 2, 0, ndim - 1)
        return shapes[0]

    def _reshape(self, op: Any, shapes: Sequence[Shape], required: list[Requirement]) -> Shape:
        owner = op.operands[1].owner
        if isinstance(owner, Operation) and owner.name == "nd.make_vector":
            return tuple(
                self.unknown()
                if n is None and (data := nd.constant_data(v)) is not None and data < 0
                else self.scalar(v)
                for n, v in zip(nd.static_shape(op.results[0]), owner.operands, strict=True)
            )
        if isinstance(owner, Operation) and owner.name == "nd.shape":
            return self.shape(owner.operands[0])
        return self._fresh(op)
