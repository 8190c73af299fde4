"""Fuse products of matrices with what is done to each of their elements: for devices.

Before: nd.gemm or nd.dot, and an nd.kernel of the product's shape that alone reads it and sums
nothing. After: one nd.product_kernel, which maps sums where they are and writes no product.

%p = nd.gemm %a, %b, %alpha; %y = nd.kernel %p, %c {f}  ->  nd.product_kernel %a, %b, %alpha, %c {f}

Refuses where the map is none of the whole product, or of a part of it, and where the summed
dimension is known to be so long that a library's product and the map after it are quicker.
"""

from __future__ import annotations

from typing import Any

from xdsl.dialects.builtin import ArrayAttr, DenseArrayBase, IntegerAttr, StringAttr, i1, i64
from xdsl.ir import Block, Operation, SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.passes.loops import inner_blocks


def fuse_products(block: Block) -> None:
    """Fuse the products of `block`, and of the loops and branches in it."""
    for inner in (*inner_blocks(block), block):
        for op in list(inner.ops):
            if op.name in ("nd.gemm", "nd.dot"):
                kernel = _map_of(op)
                if kernel is not None:
                    _fuse(op, kernel)


def _map_of(op: Any) -> nd.KernelOp | None:
    """The kernel that is the one user of a product, and maps it element by element."""
    product = op.results[0]
    uses = list(product.uses)
    if len(uses) != 1 or not isinstance(uses[0].operation, nd.KernelOp):
        return None
    kernel: Any = uses[0].operation
    rank, static = nd.rank(product), nd.static_shape(product)
    maps = [tuple(m.get_values()) for m in kernel.attributes["maps"]]
    whole = tuple(range(rank))
    same = [maps[uses[0].index], *maps[len(kernel.operands) :]]
    if (
        kernel.parent is not op.parent or 1 in static or set(same) != {whole}
        or len(kernel.operands) != len(kernel.body.block.args)
        or any(c.data for c in kernel.attributes["combine"])
    ):  # fmt: skip
        return None
    most = nd.ProductKernelOp.MOST_SUMMED.get(nd.dtype_of(op.operands[0]))
    return None if most is not None and max(_summed(op), default=0) > most else kernel


def _summed(op: Any) -> list[int]:
    """The length of the summed dimension, as the types of the operands state it."""
    a, b = map(nd.static_shape, op.operands[:2])
    stated = a[-2 if _flag(op, "transpose_a") else -1], b[-1 if _flag(op, "transpose_b") else -2]
    return [n for n in stated if n is not None]


def _flag(op: Any, name: str) -> bool:
    return bool(getattr(op.definition, name, False))


def _fuse(op: Any, kernel: Any) -> None:
    product = op.results[0]
    number = list(kernel.operands).index(product)
    maps = [m for i, m in enumerate(kernel.attributes["maps"]) if i != number]
    others = [v for i, v in enumerate(kernel.operands) if i != number]
    region = kernel.detach_region(kernel.body)
    body = region.block
    element = body.insert_arg(body.args[number].type, 0)
    body.args[number + 1].replace_all_uses_with(element)
    body.erase_arg(body.args[number + 1])
    if op.name == "nd.gemm":
        more = _scale(body, op.operands[2:])
        rank = range(nd.rank(product))
        others = [*(v for v, _ in more), *others]
        positions = [
            DenseArrayBase.from_list(i64, list(rank) if whole else []) for _, whole in more
        ]
        maps = [*positions, *maps]
    lines = [o.attributes["line"].data for o in (op, kernel) if "line" in o.attributes]
    attributes: dict[str, Any] = {
        "transpose_a": IntegerAttr(int(_flag(op, "transpose_a")), i1),
        "transpose_b": IntegerAttr(int(_flag(op, "transpose_b")), i1),
        "maps": ArrayAttr(maps),
    }
    if lines:
        named = dict.fromkeys(line for text in lines for line in text.split(", "))
        attributes["line"] = StringAttr(", ".join(named))
    fused = nd.ProductKernelOp.create(
        operands=[*op.operands[:2], *others],
        result_types=[r.type for r in kernel.results],
        attributes=attributes,
        regions=[region],
    )
    kernel.parent.insert_op_before(fused, kernel)
    for old, new in zip(kernel.results, fused.results, strict=True):
        new.name_hint = old.name_hint
        old.replace_all_uses_with(new)
    for done in (kernel, op):
        done.detach()
        done.erase()


def _scale(body: Block, rest: Any) -> list[tuple[SSAValue, bool]]:
    """Let the map begin with alpha p, or alpha p + beta y: the operands that are added to its own,
    and whether each is of the product's shape.
    """
    element, first = body.args[0], body.first_op
    added: list[tuple[SSAValue, bool]] = []
    made: list[Operation] = []

    def taken(v: SSAValue, whole: bool) -> SSAValue:
        if (data := nd.constant_data(v)) is not None and not whole:
            made.append(nd.constant_op(data))
            return made[-1].results[0]
        added.append((v, whole))
        type = nd.TensorType(v.type.element_type, [])  # type: ignore[attr-defined]
        return body.insert_arg(type, len(added))

    def value(op: Any, *operands: SSAValue) -> SSAValue:
        made.append(nd.create(op, list(operands)))
        return made[-1].results[0]

    uses = list(element.uses)
    alpha, *terms = rest
    scaled: SSAValue = element
    data = nd.constant_data(alpha)
    if data is None or data != 1:
        scaled = value(ops.mul, taken(alpha, False), element)
    if terms:
        y, beta = taken(terms[0], True), taken(terms[1], False)
        scaled = value(ops.add, scaled, value(ops.mul, beta, y))
    assert first is not None
    for one in made:
        body.insert_op_before(one, first)
    for use in uses:
        use.operation.operands[use.index] = scaled
    return added
