"""What a loop computes in every step and need not: taken out, before it.

f(w) in a step, w staying the same         ->  once, before the loop
the length of a row, or of what is carried ->  that of the sequence, or of its first value
f(x_t, w), which is traced or multiplied   ->  f(x, w) on the whole sequence x
"""

from __future__ import annotations

from typing import Any

from xdsl.dialects.builtin import DYNAMIC_INDEX, IntegerAttr, TensorType, i64
from xdsl.ir import Block, Operation, SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.ops.blockwise import Blockwise
from lamina.ir.ops.contraction import Dot
from lamina.ir.ops.dimshuffle import NEW, DimShuffle
from lamina.ir.ops.reshape import Reshape
from lamina.ir.ops.shape import MakeVector, Shape_i
from lamina.passes.dce import erase_unused
from lamina.passes.driver import is_pure
from lamina.passes.fuse import CHECKS


def take_out(op: nd.ScanOp) -> None:
    """Do before the loop what depends on nothing that changes in it; on whole sequences, what
    depends on their rows alone, if it is traced or a product.
    """
    _TakeOut(op).run()


class _TakeOut:
    def __init__(self, op: nd.ScanOp):
        self.op, self.step = op, op.block
        block = op.parent
        assert block is not None
        self.outer: Block = block
        args = op.block.args
        n, carries = op.count("sequences"), op.count("carries")
        # Values of the step that are the same in all steps, and what they are outside.
        self.same: dict[SSAValue, SSAValue] = dict(zip(args[n + carries :], op.same, strict=True))
        # Values of the step that are rows of what could be made outside, and that, once made.
        self.rows: dict[SSAValue, SSAValue | None] = dict(zip(args, op.sequences, strict=False))
        # By argument: where its lengths are stated, and how many dimensions that has in front.
        self.lengths = {a: (v, 1) for a, v in zip(args, op.sequences, strict=False)}
        self.lengths |= {a: (v, 0) for a, v in zip(op.carried, op.starts, strict=True)}
        self.lengths |= {a: (v, 0) for a, v in zip(args[n + carries :], op.same, strict=True)}

    def run(self) -> None:
        taken: list[SSAValue] = []
        for inner in list(self.step.ops):
            if isinstance(inner, nd.ConstantOp):
                self.same[inner.results[0]] = nd.constant_op(inner.data).results[0]
            elif inner.name == "nd.dim" and inner.operands[0] in self.lengths:
                self._take_length(inner)
                taken.append(inner.results[0])
            elif isinstance(inner, CHECKS) and all(v in self.same for v in inner.operands):
                # with what it guards: it may be that no step would have come to it
                self._insert(inner, [self.same[v] for v in inner.operands])
                self.step.erase_op(inner)
            elif not isinstance(inner, nd.NdOp) or not is_pure(inner) or _may_fail(inner):
                continue
            elif all(v in self.same for v in inner.operands):
                copy = self._insert(inner, [self.same[v] for v in inner.operands])
                self.same.update(zip(inner.results, copy.results, strict=True))
                taken += inner.results
            elif _goes_over_rows(inner) and all(
                v in self.same or v in self.rows for v in inner.operands
            ):
                self.rows[inner.results[0]] = None
        self._give(taken)
        self._take_rows()
        erase_unused(self.step)

    def _take_length(self, inner: Any) -> None:
        source, extra = self.lengths[inner.operands[0]]
        made = nd.create(Shape_i(inner.definition.i + extra), [source])
        self.outer.insert_op_before(made, self.op)
        self.same[inner.results[0]] = made.results[0]

    def _insert(self, inner: Operation, operands: list[SSAValue]) -> Operation:
        """A copy of `inner` on other operands, before the loop."""
        for v in operands:
            owner: Any = v.owner
            if isinstance(owner, Operation) and owner.parent is None:
                self.outer.insert_op_before(owner, self.op)
        copy = inner.clone(dict(zip(inner.operands, operands, strict=True)))
        self.outer.insert_op_before(copy, self.op)
        return copy

    def _give(self, taken: list[SSAValue]) -> None:
        """Let what is outside be operands that stay the same, in place of values of the step."""
        for v in taken:
            staying = [
                use for use in v.uses
                if not all(r in self.same for r in use.operation.results)
                or not use.operation.results
            ]  # fmt: skip
            if staying:
                arg = self.step.insert_arg(v.type, len(self.step.args))
                self.op.operands = [*self.op.operands, self.same[v]]
                for use in staying:
                    use.operation.operands[use.index] = arg
                self.same[arg] = self.same[v]

    # -- whole sequences ---------------------------------------------------------------------------

    def _take_rows(self) -> None:
        carries, until = self.op.count("carries"), self.op.until
        yielded = list(self.op.yielded)
        traced = yielded[carries : len(yielded) - until]
        products = [v for v in self.rows if isinstance(v.owner, Operation) and _is_product(v.owner)]
        wanted = [] if until else [v for v in traced if self._is_made(v)]
        for v in dict.fromkeys([*products, *wanted]):
            whole = self._whole(v)
            if whole is None:
                continue
            if v in wanted and not until:
                for trace, value in zip(self.op.traces, traced, strict=True):
                    if value is v:
                        trace.replace_all_uses_with(whole)
            if (
                any(not isinstance(use.operation, nd.YieldOp) for use in v.uses)
                or v in yielded[:carries]
            ):
                self._read_rows_of(whole, v)

    def _is_made(self, v: SSAValue) -> bool:
        return v in self.rows and isinstance(v.owner, Operation)

    def _read_rows_of(self, whole: SSAValue, v: SSAValue) -> None:
        """Let the step read rows of `whole` in place of computing `v`."""
        n = self.op.count("sequences")
        arg = self.step.insert_arg(v.type, n)
        operands = list(self.op.operands)
        self.op.operands = [*operands[: 1 + n], whole, *operands[1 + n :]]
        self.op.attributes["sequences"] = IntegerAttr(n + 1, i64)
        v.replace_all_uses_with(arg)
        self.rows[arg] = whole

    def _whole(self, v: SSAValue) -> SSAValue | None:
        """The array of which the value is a row, made before the loop if it is not there yet."""
        known = self.rows[v]
        if known is not None:
            return known
        inner: Any = v.owner
        operands = []
        for x in inner.operands:
            if x in self.rows:
                whole = self._whole(x)
                if whole is None:
                    return None
                operands.append((whole, True))
            else:
                operands.append((self.same[x], False))
        made = self._on_rows(inner, operands)
        self.rows[v] = made
        return made

    def _add(self, op: Any, operands: list[SSAValue], result: Any = None) -> SSAValue:
        for v in operands:
            owner: Any = v.owner
            if isinstance(owner, Operation) and owner.parent is None:
                self.outer.insert_op_before(owner, self.op)
        made = nd.create(op, operands, result)
        self.outer.insert_op_before(made, self.op)
        return made.results[0]

    def _on_rows(self, inner: Any, operands: list[tuple[SSAValue, bool]]) -> SSAValue | None:
        if isinstance(inner, nd.ElementwiseOp):
            ndim = nd.rank(inner.results[0])
            values = []
            for v, is_whole in operands:
                missing = ndim - (nd.rank(v) - 1)
                if is_whole and missing:
                    order = (0, *[NEW] * missing, *range(1, nd.rank(v)))
                    v = self._add(DimShuffle(input_ndim=nd.rank(v), order=order), [v])
                values.append(v)
            row: Any = inner.results[0].type
            result = TensorType(row.element_type, [DYNAMIC_INDEX, *row.get_shape()])
            return self._add(inner.definition, values, result)
        if inner.name == "nd.dimshuffle":
            ((v, _),) = operands
            order = (0, *(d if d == NEW else d + 1 for d in inner.definition.order))
            return self._add(DimShuffle(input_ndim=nd.rank(v), order=order), [v])
        return self._product_of_rows(operands)

    def _product_of_rows(self, operands: list[tuple[SSAValue, bool]]) -> SSAValue | None:
        """All rows times a matrix that stays the same, as one product."""
        (a, a_whole), (b, b_whole) = operands
        if not a_whole or b_whole or nd.rank(a) != 3 or nd.rank(b) != 2:
            return None
        steps = self.op.operands[0]
        rows, k = (self._add(Shape_i(d), [a]) for d in (1, 2))
        tall = self._add(Reshape(2), [a, self._vector(self._add(ops.mul, [steps, rows]), k)])
        y = self._add(Blockwise(Dot()), [tall, b])
        columns = self._add(Shape_i(1), [b])
        return self._add(Reshape(3), [y, self._vector(steps, rows, columns)])

    def _vector(self, *lengths: SSAValue) -> SSAValue:
        return self._add(MakeVector("int64"), list(lengths))


def _may_fail(op: Operation) -> bool:
    return isinstance(op, nd.RoutineOp) and bool(op.definition.failures)  # type: ignore[attr-defined]


def _is_product(op: Operation) -> bool:
    return op.name == "nd.dot" and nd.rank(op.results[0]) == 2


def _goes_over_rows(op: Operation) -> bool:
    """Whether `op` can be done on all rows at once."""
    if isinstance(op, nd.ElementwiseOp) or op.name == "nd.dimshuffle":
        return True
    return _is_product(op)
