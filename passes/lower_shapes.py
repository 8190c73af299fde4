"""State every length, offset and position as 0-d arithmetic, so that what is left of indexing is
views.

    nd.subtensor      ->  checked offsets and lengths, nd.slice
    nd.inc_subtensor  ->  the same, nd.update_slice
    nd.reshape        ->  lengths with -1 resolved and the element count asserted, nd.reshape_to
    nd.shape          ->  nd.make_vector of nd.dim
    nd.dim            ->  nd.dim of an argument or of an array whose length is not stated, or a
                          constant
    nd.arange, nd.eye ->  elementwise arithmetic on nd.iota
    nd.specify_shape  ->  its operand (the lengths were asserted on import); nd.dimshuffle where an
                          axis becomes one of length 1
    nd.alloc          ->  the same, its lengths asserted not to be negative
    nd.max, nd.argmax ->  the same, what they reduce asserted not to be empty; so nd.min, nd.argmin
    nd.pow            ->  the same, exponents that are integers asserted not to be negative
    nd.check          ->  its first operand, the others asserted
    nd.assume         ->  its operand

NumPy's rules for negative indices, slices beyond the ends and negative steps are the formulas
below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, StringAttr, UnitAttr, i1, i64
from xdsl.ir import Block, Operation, SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.cast import cast_op
from lamina.ir.ops.dimshuffle import NEW, DimShuffle
from lamina.ir.ops.reduction import All
from lamina.ir.ops.shape import MakeVector, Shape_i
from lamina.passes.dce import erase_unused
from lamina.passes.scalars import Scalar

_INT64 = TensorType("int64", ())
_LONGEST = 1 << 62
_REDUCED = frozenset(
    f"nd.{n}" for n in ("sum", "prod", "max", "min", "all", "any", "argmax", "argmin")
)


def lower_shapes(block: Block) -> None:
    """Lower the indexing and shape ops of `block`."""
    for op in block.ops:
        if isinstance(op, (nd.ScanOp, nd.IfOp)):
            for region in op.regions:
                lower_shapes(region.block)
    Lowering(block).run()
    erase_unused(block)


# What can fail at run time besides for lengths that differ.
_CHECKED = frozenset(
    f"nd.{n}" for n in "subtensor inc_subtensor reshape pow max min argmax argmin check".split()
)


class Lowering:
    """The lowering of a block; while a block is being made, the source of its checks."""

    def __init__(self, block: Block):
        self.block = block
        self.at: Operation | None = None
        self.line: Any = None
        self.checked = False
        self.dims: dict[tuple[SSAValue, int], SSAValue] = {}

    def check(self, op: Any) -> None:
        """Append to the block the checks of `op`, which is to follow.

        They stand there from the start, so that no rewrite that has no use for the op drops them.
        """
        if op.name not in _CHECKED:
            return
        self.at, self.line, self.checked = None, op.attributes.get("line"), False
        made = getattr(self, "_lower_" + op.name.removeprefix("nd."))(op)
        if made is not None and isinstance(made.owner, Operation) and not made.uses:
            if isinstance(made.owner, (nd.SliceOp, nd.UpdateSliceOp, nd.ReshapeToOp)):
                made.owner.detach()
                made.owner.erase()
        op.attributes["checked"] = UnitAttr()

    def run(self) -> None:
        for op in list(self.block.ops):
            rule = getattr(self, "_lower_" + op.name.removeprefix("nd."), None)
            if rule is None:
                continue
            self.at, self.line = op, op.attributes.get("line")
            self.checked = "checked" in op.attributes
            result = rule(op)
            if result is not None and result is not op.results[0]:
                if op.results[0].name_hint is not None and isinstance(result.owner, Operation):
                    result.name_hint = result.name_hint or op.results[0].name_hint
                op.results[0].replace_all_uses_with(result)
                op.detach()
                op.erase()

    def insert(self, op: Operation) -> None:
        if self.line is not None and not isinstance(op, nd.ConstantOp):
            op.attributes.setdefault("line", self.line)
        if self.at is None:
            self.block.add_op(op)
        else:
            self.block.insert_op_before(op, self.at)

    def add(self, op: Any) -> SSAValue:
        self.insert(op)
        return op.results[0]

    def scalar(self, value: SSAValue) -> Scalar:
        return Scalar(value, self.insert)

    def number(self, n: int) -> Scalar:
        return self.scalar(self.add(nd.constant_op(np.array(n, np.int64))))

    def length(self, value: SSAValue, axis: int) -> Scalar:
        """The length of a dimension, from the values that state it."""
        known = nd.static_shape(value)[axis]
        if known is not None:
            return self.number(known)
        found = self._stated(value, axis)
        if isinstance(found, SSAValue):
            return self.scalar(found)
        value, axis = found
        if (value, axis) not in self.dims:
            at, self.at = self.at, self._after(value)
            self.dims[value, axis] = self.add(nd.create(Shape_i(axis), [value]))
            self.at = at
        return self.scalar(self.dims[value, axis])

    def _after(self, value: SSAValue) -> Operation | None:
        if isinstance(value.owner, Operation):
            return value.owner.next_op
        return self.block.first_op

    def _stated(self, value: SSAValue, axis: int) -> SSAValue | tuple[SSAValue, int]:
        """The 0-d value that is this length, or the array and axis farthest up that have the same
        length.
        """
        while isinstance(value.owner, Operation):
            op: Any = value.owner
            if isinstance(op, nd.ElementwiseOp):
                for v in op.operands:
                    own = axis - (nd.rank(value) - nd.rank(v))
                    if own >= 0 and nd.static_shape(v)[own] != 1:
                        value, axis = v, own
                        break
                else:
                    return value, axis
            elif op.name == "nd.dimshuffle":
                value, axis = op.operands[0], op.definition.order[axis]
            elif op.name in ("nd.check", "nd.assume"):
                value = op.operands[0]
            elif op.name in _REDUCED:
                gone = op.definition.axes(nd.rank(op.operands[0]))
                kept = [i for i in range(nd.rank(op.operands[0])) if i not in gone]
                value, axis = op.operands[0], kept[axis]
            elif op.name == "nd.alloc":
                return op.operands[1 + axis]
            elif op.name == "nd.dot":
                core = axis - (nd.rank(value) - 2)
                if core < 0:
                    ones = nd.static_shape(op.operands[0])[axis] == 1
                    value = op.operands[1 if ones else 0]
                else:
                    value, axis = op.operands[core], nd.rank(op.operands[core]) - 2 + core
            elif op.name == "nd.gemv":
                value, axis = op.operands[0], 1 if op.definition.transposed else 0
            elif op.name == "nd.gemm":
                flipped = op.definition.transpose_b if axis else op.definition.transpose_a
                value, axis = op.operands[axis], 1 - axis if flipped else axis
            elif isinstance(op, nd.ScanOp):
                number = list(op.results).index(value)  # type: ignore[arg-type]
                if number < len(op.starts):
                    value = op.starts[number]
                elif axis == 0 and not op.until:
                    return op.operands[0]
                else:
                    return value, axis
            elif isinstance(op, nd.RoutineOp):
                number = list(op.results).index(value)  # type: ignore[arg-type]
                shapes = [nd.static_shape(v) for v in op.operands]
                source = op.definition.stated(shapes, number, axis)  # type: ignore[attr-defined]
                if not isinstance(source, tuple):
                    return op.operands[source]
                value, axis = op.operands[source[0]], source[1]
            elif isinstance(op, nd.SliceOp):
                dropped = set(op.attributes["dropped"].get_values())  # type: ignore[attr-defined]
                kept = [i for i in range(nd.rank(op.operands[0])) if i not in dropped]
                return op.operands[2 + 3 * kept[axis]]
            elif isinstance(op, nd.ReshapeToOp):
                return op.operands[1 + axis]
            elif isinstance(op, nd.IotaOp):
                return op.operands[0]
            elif isinstance(op, nd.UpdateSliceOp):
                value = op.operands[0]
            else:
                return value, axis
            known = nd.static_shape(value)[axis]
            if known is not None:
                return self.add(nd.constant_op(np.array(known, np.int64)))
        return value, axis

    def _lower_dim(self, op: Any) -> SSAValue:
        return self.length(op.operands[0], op.definition.i).value

    def _lower_shape(self, op: Any) -> SSAValue:
        (x,) = op.operands
        lengths = [self.length(x, i).value for i in range(nd.rank(x))]
        return self.add(nd.create(MakeVector("int64"), lengths))

    def _lower_specify_shape(self, op: Any) -> SSAValue:
        (x,) = op.operands
        lengths = zip(nd.static_shape(x), nd.static_shape(op.results[0]), strict=True)
        order = [NEW if n != 1 and m == 1 else i for i, (n, m) in enumerate(lengths)]
        if NEW not in order:
            return x
        # only an axis that is known to have length 1 is broadcast
        return self.add(nd.create(DimShuffle(input_ndim=len(order), order=tuple(order)), [x]))

    def _lower_assume(self, op: Any) -> SSAValue:
        return op.operands[0]

    def _lower_alloc(self, op: Any) -> SSAValue | None:
        return op.operands[0] if len(op.operands) == 1 else None

    def _lower_sum(self, op: Any) -> SSAValue | None:
        """Of a 0-d value, the value itself in the dtype of the result; its position is 0."""
        (x,) = op.operands
        if nd.rank(x):
            return None
        if op.name.startswith("nd.arg"):
            return self.number(0).value
        return self.cast(self.scalar(x), nd.dtype_of(op.results[0])).value

    _lower_prod = _lower_all = _lower_any = _lower_sum

    def _lower_max(self, op: Any) -> SSAValue | None:
        (x,), definition = op.operands, op.definition
        if not nd.rank(x):
            return self._lower_sum(op)
        if self.checked or getattr(definition, "of_nothing", False):
            return None
        count = self.number(1)
        for axis in definition.axes(nd.rank(x)):
            count = count * self.length(x, axis)
        self._assert_true(ops.gt(count, 0), "empty reduction", op)
        return None

    _lower_min = _lower_argmax = _lower_argmin = _lower_max

    def _lower_pow(self, op: Any) -> None:
        base, exponent = op.operands
        dtype = nd.dtype_of(op.results[0])
        if self.checked or np.dtype(dtype).kind != "i":
            return
        data = nd.constant_data(exponent)
        if data is not None and data.size and (data >= 0).all():
            return
        zero = self.add(nd.constant_op(np.array(0, dtype)))
        valid = self.add(nd.create(ops.ge, [exponent, zero]))
        if nd.rank(exponent):
            valid = self.add(nd.create(All(None), [valid]))
        size = self.number(1)
        for axis in range(nd.rank(op.results[0])):
            size = size * self.length(op.results[0], axis)
        self._assert_true(ops.or_(self.scalar(valid), ops.eq(size, 0)), "integer power", op)

    def _lower_check(self, op: Any) -> SSAValue:
        for condition in op.operands[1:]:
            self._assert_true(self.scalar(condition), "check", op)
        return op.operands[0]

    def _lower_subtensor(self, op: Any) -> SSAValue | None:
        x = op.operands[0]
        made = x.owner
        if (
            isinstance(made, Operation)
            and made.name == "nd.make_vector"
            and op.definition.idx_list == (True,)
            and (i := nd.constant_data(op.operands[1])) is not None
        ):
            return made.operands[int(i)]
        triples, dropped = self._index(op, x, op.operands[1:])
        attributes: dict[str, Any] = {"dropped": DenseArrayBase.from_list(i64, dropped)}
        view = nd.SliceOp.create(
            operands=[x, *triples], result_types=[op.results[0].type], attributes=attributes
        )
        return self.add(view)

    def _lower_inc_subtensor(self, op: Any) -> SSAValue:
        x, y = op.operands[:2]
        triples, dropped = self._index(op, x, op.operands[2:])
        lengths = [v for axis, v in enumerate(triples[1::3]) if axis not in dropped]
        missing = len(lengths) - nd.rank(y)
        for axis, n in enumerate(nd.static_shape(y)):
            if n != 1:
                self._assert_equal(lengths[axis + missing], self.length(y, axis).value, axis, op)
        attributes: dict[str, Any] = {
            "dropped": DenseArrayBase.from_list(i64, dropped),
            "set": IntegerAttr(int(op.definition.set_instead_of_inc), i1),
        }
        made = nd.UpdateSliceOp.create(
            operands=[x, y, *triples], result_types=[x.type], attributes=attributes
        )
        return self.add(made)

    def _index(
        self, op: Any, x: SSAValue, operands: Sequence[SSAValue]
    ) -> tuple[list[SSAValue], list[int]]:
        """Offset, length and step for each axis of `x`, and the axes that an integer drops."""
        rest = iter(operands)
        entries = op.definition.idx_list
        triples: list[SSAValue] = []
        dropped = []
        for axis in range(nd.rank(x)):
            n = self.length(x, axis)
            entry = entries[axis] if axis < len(entries) else (False, False, False)
            if entry is True:
                i = self.scalar(next(rest))
                dropped.append(axis)
                self._assert_index(i, n, axis, op)
                offset, length, step = self._from_end(i, n), self.number(1), self.number(1)
            else:
                parts = [self.scalar(next(rest)) if given else None for given in entry]
                offset, length, step = self._slice(n, *parts)
            triples += [offset.value, length.value, step.value]
        return triples, dropped

    def _from_end(self, i: Scalar, n: Scalar) -> Scalar:
        """An index with a negative one counted from the end."""
        if i.known is not None:
            return i if i.known >= 0 else n + i
        return ops.switch(ops.lt(i, 0), i + n, i)

    def _slice(
        self, n: Scalar, start: Scalar | None, stop: Scalar | None, step: Scalar | None
    ) -> tuple[Scalar, Scalar, Scalar]:
        """First position, count and step of a slice of n, as Python's slice.indices."""
        step = self.number(1) if step is None else step
        if start is None and stop is None and step.known == 1:
            return self.number(0), n, step
        backward = ops.lt(step, 0)
        if step.known is None:
            self._assert_nonzero(step)
        low = ops.switch(backward, self.number(-1), self.number(0))
        high = ops.switch(backward, n - 1, n)
        first = self._clamped(start, n, low, high, ops.switch(backward, high, low))
        last = self._clamped(stop, n, low, high, ops.switch(backward, low, high))
        span = ops.switch(backward, first - last, last - first)
        # -(-2**63) would overflow; a step that large takes one element at most either way
        stride = ops.switch(backward, -ops.maximum(step, -(2**63 - 1)), step)
        if stride.known == 1:
            count = ops.maximum(span, 0)
        else:
            count = ops.switch(ops.gt(span, 0), ops.floor_div(span - 1, stride) + 1, 0)
        return ops.maximum(ops.minimum(first, n), 0), count, step

    def _clamped(
        self, bound: Scalar | None, n: Scalar, low: Scalar, high: Scalar, default: Scalar
    ) -> Scalar:
        if bound is None:
            return default
        return ops.minimum(ops.maximum(self._from_end(bound, n), low), high)

    def _assert_nonzero(self, step: Scalar, what: str = "slice step") -> None:
        self._assert_true(ops.neq(step, 0), what, None)

    def _assert_true(self, condition: Scalar, what: str, op: Any) -> None:
        one = self.number(1)
        holds = ops.switch(condition, one, self.number(0))
        self._assert_equal(one.value, holds.value, 0, op, what)

    def _assert_equal(
        self, expected: SSAValue, found: SSAValue, axis: int, op: Any, what: str | None = None
    ) -> None:
        a, b = nd.constant_data(expected), nd.constant_data(found)
        if self.checked or expected is found or (a is not None and b is not None and a == b):
            return
        attributes = {
            "axis": IntegerAttr(axis, i64),
            "what": StringAttr(what or (op.name if op is not None else "length")),
        }
        if op is not None:
            attributes["op"] = StringAttr(op.name.removeprefix("nd."))
            for name in ("node", "message", "exception"):
                if name in op.attributes:
                    attributes[name] = op.attributes[name]
        self.insert(nd.AssertEqualOp.create(operands=[expected, found], attributes=attributes))

    def _assert_index(self, i: Scalar, n: Scalar, axis: int, op: Any) -> None:
        if self.checked:
            return
        if i.known is not None and n.known is not None and -n.known <= i.known < n.known:
            return
        attributes: dict[str, Any] = {"axis": IntegerAttr(axis, i64), "what": StringAttr(op.name)}
        if op.operands[0].name_hint is not None:
            attributes["array"] = StringAttr(op.operands[0].name_hint)
        self.insert(nd.AssertIndexOp.create(operands=[i.value, n.value], attributes=attributes))

    def _entries(self, shape: SSAValue, count: int) -> list[Scalar]:
        """The entries of a shape vector."""
        data = nd.constant_data(shape)
        if data is not None:
            return [self.number(int(n)) for n in data]
        if isinstance(shape.owner, Operation) and shape.owner.name == "nd.make_vector":
            return [self.scalar(v) for v in shape.owner.operands]
        one = self.number(1).value
        entries = []
        for i in range(count):
            view = nd.SliceOp.create(
                operands=[shape, self.number(i).value, one, one],
                result_types=[nd.nd_type(_INT64)],
                attributes={"dropped": DenseArrayBase.from_list(i64, [0])},
            )
            entries.append(self.scalar(self.add(view)))
        return entries

    def _lower_reshape(self, op: Any) -> SSAValue:
        x, shape = op.operands
        ndim = nd.rank(op.results[0])
        if nd.static_shape(shape)[0] is None:
            self._assert_equal(
                self.number(ndim).value, self.length(shape, 0).value, 0, op, "shape length"
            )
        entries = self._entries(shape, ndim)
        total = self.number(1)
        for axis in range(nd.rank(x)):
            total = total * self.length(x, axis)
        lengths = self._resolved(entries, total, op)
        product = self.number(1)
        for n in lengths:
            product = product * n
        known = nd.static_shape(op.results[0])
        # a length that was inferred from the others is one that the entry has to have
        proven = None not in (*known, *nd.static_shape(x), *(n.known for n in entries))
        if not proven:
            self._assert_equal(total.value, product.value, 0, op, "nd.reshape")
        for axis, (n, length) in enumerate(zip(known, lengths, strict=True)):
            if n is not None and not proven:
                self._assert_equal(self.number(n).value, length.value, axis, op)
        stated = [
            self.number(n) if n is not None else m for n, m in zip(known, lengths, strict=True)
        ]
        made = nd.ReshapeToOp.create(
            operands=[x, *(n.value for n in stated)], result_types=[op.results[0].type]
        )
        return self.add(made)

    def _resolved(self, entries: list[Scalar], total: Scalar, op: Any) -> list[Scalar]:
        """The entries, that which is -1 replaced by what is left; asserted to be lengths."""
        given = [n for n in entries if not is_length(n.value)]
        if not given:
            return entries
        free = self.number(0)
        rest = self.number(1)
        for n in entries:
            is_free = ops.eq(n, -1) if n in given else None
            if is_free is None:
                rest = rest * n
            else:
                rest = rest * ops.switch(is_free, self.number(1), n)
                free = free + ops.switch(is_free, self.number(1), self.number(0))
        # of nothing, what is left over is anything
        self._assert_true(
            ops.or_(ops.eq(free, 0), ops.and_(ops.eq(free, 1), ops.neq(rest, 0))), "free length", op
        )
        left = ops.floor_div(total, rest)
        lengths = [ops.switch(ops.eq(n, -1), left, n) if n in given else n for n in entries]
        for axis, n in enumerate(lengths):
            if entries[axis] in given and n.known is None:
                self._assert_equal(ops.maximum(n, 0).value, n.value, axis, op, "negative length")
        return lengths

    def _lower_arange(self, op: Any) -> SSAValue:
        start, stop, step = map(self.scalar, op.operands)
        dtype, result = start.dtype, nd.dtype_of(op.results[0])
        known = nd.static_shape(op.results[0])[0]
        if known is not None:
            count = self.number(known)
        else:
            count = self._count(start, stop, step, dtype)
        vector = TensorType("int64", (known,))
        positions = self.add(
            nd.IotaOp.create(operands=[count.value], result_types=[nd.nd_type(vector)])
        )
        if dtype != "int64":
            positions = self.add(nd.create(cast_op(dtype), [positions]))
        delta = (start + step) - start if np.dtype(dtype).kind == "f" else step
        scaled = self.add(nd.create(ops.mul, [positions, delta.value]))
        values = self.add(nd.create(ops.add, [scaled, start.value]))
        return values if dtype == result else self.add(nd.create(cast_op(result), [values]))

    def _count(self, start: Scalar, stop: Scalar, step: Scalar, dtype: str) -> Scalar:
        if np.dtype(dtype).kind == "f":
            first, last, stride = (self.cast(v, "float64") for v in (start, stop, step))
            self._assert_nonzero(stride, "arange step")
            length = ops.maximum(ops.ceil((last - first) / stride), 0.0)
            self._assert_true(ops.le(length, float(_LONGEST)), "arange length", None)
            return self.cast(length, "int64")
        if np.dtype(dtype).kind == "u":  # a step given as negative has become a large one
            self._assert_nonzero(step, "arange step")
            count = ops.switch(ops.lt(start, stop), ops.floor_div(stop - start - 1, step) + 1, 0)
            return self.cast(count, "int64")
        first, last, stride = (self.cast(v, "int64") for v in (start, stop, step))
        self._assert_nonzero(stride, "arange step")
        backward = ops.lt(stride, 0)
        span = ops.maximum(ops.switch(backward, first - last, last - first), 0)
        size = ops.switch(backward, -stride, stride)
        return ops.floor_div(span + (size - 1), size)

    def cast(self, v: Scalar, dtype: str) -> Scalar:
        if v.dtype == dtype:
            return v
        data = nd.constant_data(v.value)
        if data is not None:
            return v.constant(data.astype(dtype))
        return self.scalar(self.add(nd.create(cast_op(dtype), [v.value])))

    def _lower_eye(self, op: Any) -> SSAValue:
        n, m, k = op.operands
        shape = nd.static_shape(op.results[0])
        rows = self.add(nd.IotaOp.create(
            operands=[n], result_types=[nd.nd_type(TensorType("int64", shape[:1]))]))  # fmt: skip
        columns = self.add(nd.IotaOp.create(
            operands=[m], result_types=[nd.nd_type(TensorType("int64", shape[1:]))]))  # fmt: skip
        down = self.add(nd.create(DimShuffle(input_ndim=1, order=(0, NEW)), [rows]))
        shifted = self.add(nd.create(ops.add, [down, k]))
        hits = self.add(nd.create(ops.eq, [shifted, columns]))
        return self.add(nd.create(cast_op(nd.dtype_of(op.results[0])), [hits]))


def is_length(value: SSAValue) -> bool:
    """Whether a 0-d integer is surely not negative: lengths, their sums and products."""
    data = nd.constant_data(value)
    if data is not None:
        return bool(data >= 0)
    owner = value.owner
    if not isinstance(owner, Operation):
        return False
    if owner.name == "nd.cast":
        return np.dtype(nd.dtype_of(owner.operands[0])).kind == "b"
    return owner.name == "nd.dim" or (
        owner.name in ("nd.add", "nd.mul", "nd.minimum") and all(map(is_length, owner.operands))
    )
