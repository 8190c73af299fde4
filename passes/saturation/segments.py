"""The parts of a block that have no order but that of their values: what saturation may rearrange.

Between two of them stands an operation that is observed: a check, a callback, a loop, a draw, what
may fail. Before it goes only what it needs, so that a part is as large as it can be.
"""

from __future__ import annotations

from collections.abc import Iterable

from xdsl.dialects.builtin import FunctionType
from xdsl.dialects.func import FuncOp, ReturnOp
from xdsl.ir import Block, Operation, Region, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.ops.routine import Routine
from lamina.passes.driver import is_pure
from lamina.passes.saturation.costs import block_cost

WORTH_WHILE = 10.0
LONGEST = 200  # operations; what is longer is cut


def segments(block: Block) -> list[list[Operation]]:
    """Bring the operations of `block` in an order in which they come when they are needed; returns
    the lists of neighbours that may be rearranged, without those that cost nothing.
    """
    parts: list[list[Operation]] = []
    placed: set[Operation] = set()
    order: list[Operation] = []
    for op in list(block.ops):
        if may_move(op) and op is not block.last_op:
            continue
        part = _needs(op, placed, block)
        placed.update(part)
        placed.add(op)
        parts.append(part)
        order += (*part, op)
    for op in list(block.ops):
        op.detach()
        if op not in placed:
            op.erase(safe_erase=False)  # nothing uses it
    block.add_ops(order)
    cut = [part[i : i + LONGEST] for part in parts for i in range(0, len(part), LONGEST)]
    return [part for part in cut if block_cost(part) > WORTH_WHILE]


def may_move(op: Operation) -> bool:
    """Whether `op` only computes one value from others."""
    if op.regions or len(op.results) != 1 or not is_pure(op):
        return False
    if isinstance(op, nd.ConstantOp):
        return True
    if not isinstance(op, nd.NdOp):
        return False
    return not (isinstance(op.definition, Routine) and op.definition.failures)


def _needs(op: Operation, placed: set[Operation], block: Block) -> list[Operation]:
    """What `op` needs that may move and has no place yet, operands first."""
    found: dict[Operation, None] = {}
    stack: list[tuple[Operation, bool]] = [(op, False)]
    while stack:
        one, done = stack.pop()
        if done:
            found[one] = None
            continue
        if one in found or one in placed:
            continue
        stack.append((one, True))
        made = [v.owner for v in reversed(one.operands) if isinstance(v.owner, Operation)]
        stack += [(o, False) for o in made if o.parent is block and o not in found]
    found.pop(op, None)
    return list(found)


class Piece:
    """A segment as a function by itself.

    Attributes
    ----------
    block : Block
        Of copies of the operations; it returns `roots`.
    given : list of SSAValue
        What the segment uses from before it, in the order of the arguments of `block`.
    roots : list of SSAValue
        What of the segment is used behind it.
    """

    def __init__(self, ops: list[Operation]):
        inside = set(ops)
        used = dict.fromkeys(v for op in ops for v in op.operands if v.owner not in inside)
        constants = [v for v in used if isinstance(v.owner, nd.ConstantOp)]
        self.given = [v for v in used if v not in set(constants)]
        self.roots = [
            op.results[0]
            for op in ops
            if any(use.operation not in inside for use in op.results[0].uses)
        ]
        self.block = Block(arg_types=[v.type for v in self.given])
        self._copies: dict[SSAValue, SSAValue] = dict(zip(self.given, self.block.args, strict=True))
        self._copy([v.owner for v in constants])  # type: ignore[misc]
        self._copy(ops)
        close(self.block, [self._copies[v] for v in self.roots])

    def _copy(self, ops: Iterable[Operation]) -> None:
        for op in ops:
            self.block.add_op(op.clone(self._copies))
            assert self.block.last_op is not None
            self._copies[op.results[0]] = self.block.last_op.results[0]

    def replace_by(self, block: Block, ops: list[Operation]) -> None:
        """Put the operations of `block`, which computes the same, in the place of `ops`."""
        inner: dict[SSAValue, SSAValue] = dict(zip(block.args, self.given, strict=True))
        where, home = ops[-1], ops[-1].parent
        assert home is not None
        returned: list[SSAValue] = []
        for op in list(block.ops):
            op.operands = [inner.get(v, v) for v in op.operands]
            if op is block.last_op:
                returned = list(op.operands)
                break
            op.detach()
            home.insert_op_after(op, where)
            where = op
        for old, new in zip(self.roots, returned, strict=True):
            old.replace_all_uses_with(new)
        for op in reversed(ops):
            if all(r.first_use is None for r in op.results):
                home.erase_op(op)


def close(block: Block, returned: list[SSAValue]) -> FuncOp:
    """Make a function of `block` that returns these values."""
    block.add_op(ReturnOp(*returned))
    types = FunctionType.from_lists([a.type for a in block.args], [v.type for v in returned])
    return FuncOp("main", types, Region(block))
