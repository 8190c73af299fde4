"""Products of matrices on a device: which kernel, or call of its BLAS, computes each.

A product and the map of its elements that was fused with it are one kernel where that is quicker
than BLAS and a kernel for the map: where little is summed, and for dtypes that BLAS does not have.
Stacks of small matrices have a kernel of their own. Lengths that are not known when the function is
compiled decide when it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from xdsl.ir import Block, SSAValue

import lamina.ir.operators as ops
from lamina.codegen.array import Array, planned_place
from lamina.codegen.emit_product_kernel import transposed
from lamina.codegen.emit_scalar import Element
from lamina.codegen.gpu.choices import Condition, all_hold, at_most, choose
from lamina.codegen.gpu.product_launches import ProductLaunches
from lamina.codegen.gpu.small_products import LONGEST
from lamina.ir import dialect as nd

if TYPE_CHECKING:
    from lamina.codegen.gpu.host import DeviceHost


@dataclass
class Operands:
    """A product: its operands as they are multiplied, in stacks, and the map of its elements.

    Attributes
    ----------
    a, b : Array
        m x k and k x n.
    ones : list of list of bool
        For A and for B, along which dimensions of the stack there is but one matrix.
    terms : list of (Array or Element)
        What the map takes besides the element of the product.
    maps : list of tuple of int
        The dimensions of the product along theirs.
    body : Block
        The map.
    results : list of Array
    inplace : list of (int or None)
        For each result, the term whose place it takes.
    """

    a: Array
    b: Array
    ones: list[list[bool]]
    terms: list[Array | Element]
    maps: list[tuple[int, ...]]
    body: Block
    results: list[Array]
    inplace: list[int | None]

    @property
    def batch(self) -> int:
        """How many dimensions a stack has."""
        return len(self.a.lengths) - 2

    @property
    def lengths(self) -> tuple[str, ...]:
        """Those of the product, and what is summed."""
        pairs = zip(self.ones[0], self.a.lengths, self.b.lengths, strict=False)
        lead = (n if one else m for one, m, n in pairs)
        return (*lead, self.a.lengths[-2], self.b.lengths[-1], self.a.lengths[-1])

    def dimensions(self, side: int) -> tuple[int, ...]:
        """The dimensions of `lengths` along those of A or of B."""
        lead = (-1 if one else d for d, one in enumerate(self.ones[side]))
        rows, columns, summed = range(self.batch, self.batch + 3)
        return (*lead, summed, columns) if side else (*lead, rows, summed)


def emit_product(host: DeviceHost, op: Any) -> None:
    """Write a dot, gemv, gemm or product_kernel."""
    product = _vector_product(host, op) if op.name == "nd.gemv" else _matrix_product(host, op)
    is_map = isinstance(op, nd.ProductKernelOp)

    def by_blas(launches: ProductLaunches) -> None:
        if is_map:
            _map_of_blas(host, product, launches)
        else:
            _blas(host, op, product, launches)

    _compute(host, product, by_blas, nd.ProductKernelOp.MOST_SUMMED if is_map else {})


def multiply(host: DeviceHost, a: Array, b: Array, c: Array, ones: list[list[bool]]) -> None:
    """Write C = A B, of stacks; `ones` tells along which dimensions A and B have but one matrix."""
    body = _body([a.dtype], lambda value, p: p)
    product = Operands(a, b, ones, [], [], body, [c], [None])
    _compute(host, product, lambda launches: launches.blas_into(c.pointer), {})


def _compute(
    host: DeviceHost,
    product: Operands,
    by_blas: Callable[[ProductLaunches], None],
    most_summed: Mapping[str, int],
) -> None:
    """Write one of several ways, or what chooses one: BLAS where it can, and more is summed than
    the map of a product of this dtype makes up for.
    """
    host.does(product.lengths)
    launches = ProductLaunches(host, product)
    ways: list[tuple[Condition, Callable[[], None]]] = []
    if launches.task.batch:
        short = [at_most(host, n, LONGEST) for n in launches.lengths[-3:]]
        ways.append((all_hold(host, short), launches.small))
    most = most_summed.get(product.a.dtype)
    if launches.suits_blas:
        if most is not None:
            ways.append((at_most(host, product.lengths[-1], most), launches.tiles))
        ways.append((True, lambda: by_blas(launches)))
    elif host._known(product.lengths[-2]) == 1 and most is None:
        ways.append((True, lambda: _sums(host, product)))
    else:
        ways.append((True, launches.tiles))
    choose(host, ways)


def _matrix_product(host: DeviceHost, op: Any) -> Operands:
    mapped = isinstance(op, nd.ProductKernelOp)
    flips = [
        op.flag(name) if mapped else getattr(op.definition, name, False)
        for name in ("transpose_a", "transpose_b")
    ]
    a, b = (
        transposed(x) if flip else x
        for x, flip in zip(map(partial(_stated, host), op.operands[:2]), flips, strict=True)
    )
    if host._known(a.lengths[-1]) is None:
        a = replace(a, lengths=(*a.lengths[:-1], b.lengths[-2]))
    ones = [[n == 1 for n in nd.static_shape(v)[:-2]] for v in op.operands[:2]]
    product = _product(host, op, a, b, ones, op.body.block if mapped else _scaling(op))
    if mapped:
        maps = [tuple(m.get_values()) for m in op.attributes["maps"]]  # type: ignore[attr-defined]
        product.maps = maps[: len(product.terms)]
    whole = product.lengths[:-1]
    product.results = [host._array_for(op, i, whole) for i in range(len(op.results))]
    for result, array in zip(op.results, product.results, strict=True):
        host.arrays[result] = array
    return product


def _vector_product(host: DeviceHost, op: Any) -> Operands:
    """That of a matrix and a matrix of one column."""
    a, x = (host.arrays[v] for v in op.operands[:2])
    a = transposed(a) if op.definition.transposed else a
    product = _product(host, op, a, _as_column(host, x), [[], []], _scaling(op))
    result = host._array_for(op, 0, a.lengths[:1])
    host.arrays[op.results[0]] = result
    product.results = [_as_column(host, result)]
    product.terms = [
        _as_column(host, x) if isinstance(x, Array) and x.lengths else x for x in product.terms
    ]
    return product


def _product(
    host: DeviceHost, op: Any, a: Array, b: Array, ones: list[list[bool]], body: Block
) -> Operands:
    others = op.operands[2:]
    whole = tuple(range(len(a.lengths)))
    places = [planned_place(op, i) for i in range(len(op.results))]
    return Operands(
        a, b, ones, [host._operand(v) for v in others],
        [whole if nd.rank(v) else () for v in others], body, [],
        [number - 2 if kind == "operand" else None for kind, number in places],
    )  # fmt: skip


def _stated(host: DeviceHost, v: SSAValue) -> Array:
    """An array by the lengths that its type states, where it does."""
    x, static = host.arrays[v], nd.static_shape(v)
    pairs = zip(static, x.lengths, strict=True)
    return replace(x, lengths=tuple(n if k is None else host.i64(k) for k, n in pairs))


def _as_column(host: DeviceHost, x: Array) -> Array:
    one = host.i64(1)
    return replace(x, lengths=(*x.lengths, one), strides=(*x.strides, one))


def _body(dtypes: Sequence[str], combine: Callable[..., SSAValue]) -> Block:
    body = Block(arg_types=[nd.TensorType(nd.ELEMENT[d], []) for d in dtypes])

    def value(op: Any, *operands: SSAValue) -> SSAValue:
        made = nd.create(op, list(operands))
        body.add_op(made)
        return made.results[0]

    body.add_op(nd.YieldOp.create(operands=[combine(value, *body.args)]))
    return body


def _scaling(op: Any) -> Block:
    """The map that an op's own operands are: p, alpha p, or alpha p + beta y."""

    def combine(value: Any, p: SSAValue, *rest: SSAValue) -> SSAValue:
        if not rest:
            return p
        scaled = value(ops.mul, rest[0], p)
        return value(ops.add, scaled, value(ops.mul, rest[2], rest[1])) if rest[1:] else scaled

    dtype = nd.dtype_of(op.operands[0])
    return _body([dtype, *map(nd.dtype_of, op.operands[2:])], combine)


# -- ways ------------------------------------------------------------------------------------------


def _blas(host: DeviceHost, op: Any, product: Operands, launches: ProductLaunches) -> None:
    """BLAS, which scales and adds too."""
    (result,), alpha, beta = product.results, None, None
    if op.name != "nd.dot":
        alpha = host.scalars[op.operands[2]]
        if op.definition.accumulate:
            y, beta = host.arrays[op.operands[3]], host.scalars[op.operands[4]]
            if y.pointer != result.pointer:
                host._copy(y, host.arrays[op.results[0]])
    launches.blas_into(result.pointer, alpha, beta)


def _map_of_blas(host: DeviceHost, product: Operands, launches: ProductLaunches) -> None:
    """BLAS, and a kernel for the map."""
    lengths, dtype = product.lengths[:-1], product.a.dtype
    place = Array(host._workspace(lengths, dtype), dtype, lengths, host._row_major(lengths))
    launches.blas_into(place.pointer)
    whole = tuple(range(len(lengths)))
    _map(host, product, [place, *product.terms], [whole, *product.maps], product.body)


def _map(host: DeviceHost, product: Operands, terms: Any, maps: Any, body: Block) -> None:
    lengths = product.lengths[:-1]
    whole = tuple(range(len(lengths)))
    host._call_kernel(
        body, ("parallel",) * len(whole), terms, maps, product.results,
        [whole] * len(product.results), ("",) * len(product.results),
        tuple(None if i is None else i + 1 for i in product.inplace), dict(enumerate(lengths)),
        [x.dtype for x in product.results],
    )  # fmt: skip


def _sums(host: DeviceHost, product: Operands) -> None:
    """Where there is one column: a reduction for each row, and a kernel for the map."""
    lengths, dtype = product.lengths[:-1], product.a.dtype
    is_bool = dtype == "bool"
    terms = _body([dtype] * 2, lambda value, x, y: value(ops.and_ if is_bool else ops.mul, x, y))
    whole = tuple(range(len(lengths)))
    is_plain = not product.terms
    place = product.results[0]
    if not is_plain:
        place = Array(host._workspace(lengths, dtype), dtype, lengths, host._row_major(lengths))
    host._call_kernel(
        terms, ("parallel",) * len(whole) + ("reduction",), [product.a, product.b],
        [product.dimensions(0), product.dimensions(1)], [place], [whole],
        ("any" if is_bool else "sum",), (None,), dict(enumerate(product.lengths)), [dtype],
    )  # fmt: skip
    if not is_plain:
        _map(host, product, [place, *product.terms], [whole, *product.maps], product.body)
