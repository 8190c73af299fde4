"""Form kernels: elementwise ops and reductions that run over the same elements become one
nd.kernel.

Before: ops on arrays, each a loop of its own. After: nd.kernel for each group, with what is used
outside it as its results; ops that are no loops over elements (views, products of matrices,
lengths) and ops on 0-d values stay as they are.

A group is a set of ops over one iteration space (equal lengths, in the same order) such that no
path leaves it and comes back. A reduction may be last in a group, not used within it. Ops join the
group of a producer, or one that reads an array that they read too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from xdsl.dialects.builtin import ArrayAttr, DenseArrayBase, IntegerAttr, StringAttr, i64
from xdsl.dialects.func import ReturnOp
from xdsl.ir import Block, Operation, Region, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.operators import identity
from lamina.ir.ops.cast import cast_op
from lamina.ir.ops.dimshuffle import NEW
from lamina.passes.infer_shapes import Lengths, Shape

REDUCTIONS = frozenset(
    f"nd.{name}" for name in ("sum", "prod", "max", "min", "all", "any", "argmax", "argmin")
)
VIEWS = frozenset(f"nd.{name}" for name in ("dimshuffle", "slice", "reshape_to"))
CHECKS = (nd.AssertEqualOp, nd.AssertIndexOp)
MOST_OPS = 60


@dataclass(eq=False)
class Group:
    """Ops that will be one kernel, or one op that stays alone."""

    number: int
    space: Shape | None
    ops: list[Operation] = field(default_factory=list)
    axes: tuple[int, ...] | None = None
    needs: int = 0
    reads: set[SSAValue] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.bit = 1 << self.number


def fuse(block: Block, lengths: Lengths | None = None) -> None:
    """Replace the fusible ops of `block`, and of the loops and branches in it, by kernels.

    Parameters
    ----------
    block : Block
    lengths : Lengths, optional
        What is known of the arguments.
    """
    _copy_what_is_not_computed(block)
    _Fusion(block, lengths).run()


def _copy_what_is_not_computed(block: Block) -> None:
    """A returned array must be fresh: arguments, views, constants and repetitions are copied."""
    returned = block.last_op
    if isinstance(returned, nd.YieldOp):
        return _copy_carried(block, returned)
    assert isinstance(returned, ReturnOp)
    _copy_stale(block, returned)


def _copy_stale(block: Block, returned: Operation) -> None:
    seen: set[SSAValue] = set()
    for i, value in enumerate(returned.operands):
        if nd.rank(value) and (not _is_fresh(value) or value in seen):
            copy = nd.create(identity, [value], value.type)  # type: ignore[arg-type]
            block.insert_op_before(copy, returned)
            copy.results[0].name_hint = value.name_hint
            returned.operands[i] = copy.results[0]
        seen.add(value)


def _copy_carried(block: Block, yielded: nd.YieldOp) -> None:
    """What a step makes must be fresh, but for what one carry hands on to another.

    The first trace of what is carried is where it lives.
    """
    scan: Any = block.parent_op()
    if isinstance(scan, nd.IfOp):
        return _copy_stale(block, yielded)
    carries = scan.count("carries")
    seen: set[SSAValue] = set()
    for i, value in enumerate(list(yielded.operands)):
        if not nd.rank(value) or (i < carries and value in scan.carried):
            continue
        first = carries + next(
            (k for k, v in enumerate(yielded.operands[carries:]) if v is value), -carries
        )
        shared = value in seen and i >= carries and i == first
        if not _is_fresh(value) or (value in seen and not shared):
            copy = nd.create(identity, [value], value.type)  # type: ignore[arg-type]
            block.insert_op_before(copy, yielded)
            yielded.operands[i] = copy.results[0]
        seen.add(value)


def _is_fresh(value: SSAValue) -> bool:
    owner = value.owner
    return isinstance(owner, Operation) and owner.name not in VIEWS | {"nd.constant"}


class _Fusion:
    def __init__(self, block: Block, lengths: Lengths | None = None):
        self.block = block
        self.lengths = Lengths() if lengths is None else lengths
        self.groups: list[Group] = []
        self.group_of: dict[SSAValue, Group] = {}
        self.readers: dict[SSAValue, list[Group]] = {}
        self.checks: list[Group] = []
        self.ordered: list[Group] = []
        self.position = {op: i for i, op in enumerate(block.ops)}

    def run(self) -> None:
        for op in self.block.ops:
            if isinstance(op, (nd.ScanOp, nd.IfOp)):
                for region in op.regions:
                    inside = self.lengths.copy()
                    inside.seed(op)
                    fuse(region.block, inside)
            # Only checks that come before an op tell which of its lengths are equal.
            self.lengths.visit(op)
            if not isinstance(op, (ReturnOp, nd.YieldOp)):
                self._place(op)
        last = self.block.last_op
        assert last is not None
        for group in self._order():
            if group.space is None:
                for op in group.ops:
                    op.detach()
                    self.block.insert_op_before(op, last)
            else:
                for made in _kernel(group, self.lengths):
                    self.block.insert_op_before(made, last)
                for op in reversed(group.ops):
                    op.detach()
                    op.erase()

    def _space(self, op: Operation) -> Shape | None:
        """The lengths that `op` iterates over, None if it is no loop over elements."""
        if isinstance(op, (nd.ElementwiseOp, nd.IotaOp)) or op.name == "nd.alloc":
            return self.lengths.shape(op.results[0]) or None
        if op.name in REDUCTIONS:
            return self.lengths.shape(op.operands[0]) or None
        return None

    def _now(self, space: Shape | None) -> Shape | None:
        """A group's lengths, those known to be equal by now being one."""
        return None if space is None else tuple(map(self.lengths.find, space))

    def _place(self, op: Operation) -> None:
        space = self._space(op)
        group = self._home(op, space) if space is not None else None
        if group is not None and not op.name.startswith("nd.arg"):
            self._gather(op, group)
        sources = [base for v in op.operands for base in (v, _base(v))]
        needs = 0
        if any(map(nd.rank, (*op.operands, *op.results))):
            for check in self.checks:
                needs |= check.bit | check.needs
        for v in sources:
            producer = self.group_of.get(v)
            if producer is not None:
                needs |= producer.bit | producer.needs
        new = group is None
        if group is None:
            group = Group(len(self.groups), space)
            self.groups.append(group)
        if isinstance(op, (*CHECKS, nd.CallbackOp, nd.ScanOp, nd.IfOp)):
            # the first that fails, in the order of the program, is the one that raises
            for earlier in self.ordered:
                needs |= earlier.bit | earlier.needs
            self.ordered.append(group)
        if isinstance(op, CHECKS):
            self.checks.append(group)
        group.ops.append(op)
        if op.name in REDUCTIONS and space is not None:
            group.axes = op.definition.axes(len(space))  # type: ignore[attr-defined]
        if new:  # nothing needs it yet
            group.needs = needs
        else:
            self._depend(group, needs & ~group.bit)
        for v in set(op.operands):
            group.reads.add(v)
            self.readers.setdefault(v, []).append(group)
        for result in op.results:
            self.group_of[result] = group

    def _depend(self, group: Group, needs: int) -> None:
        if needs & ~group.needs:
            group.needs |= needs
            for other in self.groups:
                if other.needs & group.bit:
                    other.needs |= group.needs

    def _home(self, op: Operation, space: Shape) -> Group | None:
        """The group that `op` may join: the latest producer that will have it, else one that shares
        an array.
        """
        producers = self._producers(op)
        sharers = [g for v in op.operands if nd.rank(v) for g in self.readers.get(v, ())]
        candidates = sorted(set(producers), key=lambda g: -g.number)
        candidates += [g for g in dict.fromkeys(reversed(sharers)) if g not in candidates]
        return next((g for g in candidates if self._fits(op, space, g)), None)

    def _producers(self, op: Operation) -> list[Group]:
        return [self.group_of[v] for v in op.operands if v in self.group_of]

    def _gather(self, op: Operation, home: Group) -> None:
        """Merge the other groups that `op` reads from into its own, where no path between them
        leaves both.
        """
        for v in op.operands:
            other = self.group_of.get(v)
            if other is None or other is home or not self._mergeable(home, other):
                continue
            if any(g.needs & other.bit for g in self._producers(op) if g not in (home, other)):
                continue  # op, in `home`, needs what needs `other`
            if not any(check.needs & other.bit for check in self.checks):
                if op.name in REDUCTIONS or v.owner.name not in REDUCTIONS:  # type: ignore[union-attr]
                    self._merge(home, other)

    def _mergeable(self, a: Group, b: Group) -> bool:
        if self._now(a.space) != self._now(b.space) or len(a.ops) + len(b.ops) >= MOST_OPS:
            return False
        if a.axes is not None and b.axes is not None and a.axes != b.axes:
            return False
        results = {r for g in (a, b) for o in g.ops if o.name in REDUCTIONS for r in o.results}
        if any(o.name.startswith("nd.arg") for g in (a, b) for o in g.ops):
            return False
        if results and any(v in results for g in (a, b) for o in g.ops for v in o.operands):
            return False
        both = a.bit | b.bit
        through = (a.needs | b.needs) & ~both
        return not any(g.needs & both for g in self.groups if g.bit & through)

    def _merge(self, a: Group, b: Group) -> None:
        """Let `a` be the group of the ops of `b` too."""
        a.ops = sorted(a.ops + b.ops, key=self.position.__getitem__)
        a.axes = a.axes if b.axes is None else b.axes
        a.needs = (a.needs | b.needs) & ~(a.bit | b.bit)
        for v in b.reads:
            self.readers[v] = [a if g is b else g for g in self.readers[v]]
        a.reads |= b.reads
        for op in b.ops:
            for result in op.results:
                self.group_of[result] = a
        self.groups[b.number].ops = []
        for g in self.groups:
            if g.needs & b.bit:
                g.needs = g.needs & ~b.bit | a.bit
            if g.needs & a.bit:
                g.needs |= a.needs
        b.needs = 0

    def _fits(self, op: Operation, space: Shape, group: Group) -> bool:
        if self._now(group.space) != space or len(group.ops) >= MOST_OPS:
            return False
        if any(o.name.startswith("nd.arg") for o in (op, group.ops[0])):
            return False  # a search reads its operand twice
        if op.name in REDUCTIONS:
            axes = op.definition.axes(len(space))  # type: ignore[attr-defined]
            if group.axes not in (None, axes):
                return False
        if any(check.needs & group.bit for check in self.checks):
            return False
        for v in op.operands:
            producer = self.group_of.get(v)
            if producer is group:
                if v.owner.name in REDUCTIONS:  # type: ignore[union-attr]
                    return False
            elif producer is not None and producer.needs & group.bit:
                return False
        return True

    def _order(self) -> Iterable[Group]:
        """The groups, each after those it needs; in the order of the program where that is free."""
        done = 0
        waiting = [group for group in self.groups if group.ops]
        while waiting:
            rest = []
            for group in waiting:
                if group.needs & ~done:
                    rest.append(group)
                else:
                    done |= group.bit
                    yield group
            assert len(rest) < len(waiting), "groups need each other"
            waiting = rest


def _base(value: SSAValue) -> SSAValue:
    """The array that a shuffled value is a view of."""
    while isinstance(value.owner, Operation) and value.owner.name == "nd.dimshuffle":
        value = value.owner.operands[0]
    return value


class _Kernel:
    """Builds one kernel from the ops of a group."""

    def __init__(self, group: Group, lengths: Lengths):
        assert group.space is not None
        self.group, self.lengths, self.space = group, lengths, group.space
        self.members = {r for op in group.ops for r in op.results}
        self.operands: list[SSAValue] = []
        self.maps: list[tuple[int, ...]] = []
        self.arguments: dict[tuple[SSAValue, tuple[int, ...]], SSAValue] = {}
        self.body = Block()
        self.inner: dict[SSAValue, SSAValue] = {}

    def build(self) -> list[Operation]:
        for op in self.group.ops:
            self._inline(op)
        results = [r for op in self.group.ops for r in op.results if self._used_outside(r)]
        yielded = [self._yielded(r) for r in results]
        self.body.add_op(nd.YieldOp.create(operands=yielded))
        extents, before = self._extents()
        n = len(self.space)
        axes = self.group.axes or ()
        combine = [r.owner.name[3:] if r.owner.name in REDUCTIONS else "" for r in results]  # type: ignore[union-attr]
        reduced = any(combine)
        kept = tuple(i for i in range(n) if i not in axes)
        maps = self.maps + [kept if c else tuple(range(n)) for c in combine]
        lines = [op.attributes["line"].data for op in self.group.ops if "line" in op.attributes]  # type: ignore[attr-defined]
        attributes: dict[str, Any] = {
            "iterators": ArrayAttr(
                StringAttr("reduction" if reduced and i in axes else "parallel") for i in range(n)
            ),
            "maps": ArrayAttr(DenseArrayBase.from_list(i64, m) for m in maps),
            "combine": ArrayAttr(map(StringAttr, combine)),
            "extents": DenseArrayBase.from_list(i64, extents),
        }
        if lines:
            attributes["line"] = StringAttr(", ".join(dict.fromkeys(lines)))
        kernel = nd.KernelOp.create(
            operands=self.operands,
            result_types=[r.type for r in results],
            attributes=attributes,
            regions=[Region(self.body)],
        )
        for old, new in zip(results, kernel.results, strict=True):
            new.name_hint = old.name_hint
            users = [use for use in old.uses if use.operation not in self.group.ops]
            for use in users:
                use.operation.operands[use.index] = new
        return [*before, kernel]

    def _used_outside(self, value: SSAValue) -> bool:
        return any(use.operation not in self.group.ops for use in value.uses)

    def _inline(self, op: Operation) -> None:
        if op.name in REDUCTIONS:
            (x,) = op.operands
            value = self._element(x, len(self.space))
            wanted = nd.dtype_of(op.results[0])
            if nd.dtype_of(value) != wanted and not op.name.startswith("nd.arg"):
                value = self._add(nd.create(cast_op(wanted), [value]))
            self.inner[op.results[0]] = value
        elif isinstance(op, nd.IotaOp):
            self.inner[op.results[0]] = self._position(0)
        elif op.name == "nd.alloc":
            self.inner[op.results[0]] = self._element(op.operands[0], len(self.space))
        else:
            values = [self._element(v, len(self.space)) for v in op.operands]
            copy = nd.create(op.definition, values)  # type: ignore[attr-defined]
            self.inner[op.results[0]] = self._add(copy)

    def _add(self, op: Any) -> SSAValue:
        self.body.add_op(op)
        return op.results[0]

    def _yielded(self, result: SSAValue) -> SSAValue:
        return self.inner[result]

    def _element(self, value: SSAValue, ndim: int) -> SSAValue:
        """The element of `value` at the point of the loops."""
        if value in self.members:
            return self.inner[value]
        if not nd.rank(value) and (data := nd.constant_data(value)) is not None:
            if value not in self.inner:
                self.inner[value] = self._add(nd.constant_op(data))
            return self.inner[value]
        loops = tuple(range(ndim - nd.rank(value), ndim))
        static = nd.static_shape(value)
        positions = tuple(-1 if n == 1 else i for i, n in zip(loops, static, strict=True))
        base, positions = _through_shuffles(value, positions)
        if isinstance(base.owner, nd.IotaOp):
            return self._position(positions[0])
        key = base, positions
        if key not in self.arguments:
            self.operands.append(base)
            self.maps.append(positions)
            type = nd.TensorType(base.type.element_type, [])  # type: ignore[attr-defined]
            self.arguments[key] = self.body.insert_arg(type, len(self.body.args))
        return self.arguments[key]

    def _position(self, loop: int) -> SSAValue:
        """The position of a loop; of one that runs along a dimension of length 1, 0."""
        type = nd.TensorType(i64, [])
        if loop < 0:
            return self._add(nd.constant_op(_int64(0)))
        attributes: dict[str, Any] = {"loop": IntegerAttr(loop, i64)}
        return self._add(nd.LoopIndexOp.create(result_types=[type], attributes=attributes))

    def _extents(self) -> tuple[list[int], list[Operation]]:
        """For loops that no operand runs along, operands that are their lengths."""
        extents, before = [-1] * len(self.space), []
        covered = {
            i for m, v in zip(self.maps, self.operands, strict=True) for i in m if nd.rank(v)
        }
        for i in range(len(self.space)):
            if i in covered:
                continue
            length = self._stated_length(i)
            if length is None:
                constant = nd.constant_op(_int64(self.space[i]))
                before.append(constant)
                length = constant.res[0]
            extents[i] = len(self.operands)
            self.operands.append(length)
            self.maps.append(())
        return extents, before

    def _stated_length(self, loop: int) -> SSAValue | None:
        """The operand of an alloc or iota that is the length of a loop."""
        for op in self.group.ops:
            if op.name == "nd.alloc":
                return op.operands[1 + loop]
            if isinstance(op, nd.IotaOp):
                return op.operands[0]
            for v in op.operands:
                base, positions = _through_shuffles(
                    v, range(len(self.space) - nd.rank(v), len(self.space))
                )
                if isinstance(base.owner, nd.IotaOp) and positions[0] == loop:
                    return base.owner.operands[0]
        return None


def _int64(n: int) -> Any:
    import numpy as np

    assert n >= 0, "a loop without a length"
    return np.array(n, np.int64)


def _through_shuffles(
    value: SSAValue, positions: Sequence[int]
) -> tuple[SSAValue, tuple[int, ...]]:
    """The array that a shuffled value is a view of, and the loop that runs along each of its
    dimensions.
    """
    while isinstance(value.owner, Operation) and value.owner.name == "nd.dimshuffle":
        op: Any = value.owner
        below = [-1] * op.definition.input_ndim
        for i, d in enumerate(op.definition.order):
            if d != NEW:
                below[d] = positions[i]
        positions, value = below, op.operands[0]
    return value, tuple(positions)


def _kernel(group: Group, lengths: Lengths) -> list[Operation]:
    return _Kernel(group, lengths).build()
