"""Products of matrices: calls of the library of products, of BLAS for complex matrices, and loops
for the dtypes that neither knows.

BLAS stores matrices by columns; a row-major matrix is its transpose there, so C = A B is asked for
as C' = B' A'.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.codegen import matrix_products
from lamina.codegen.emit_scalar import (
    MLIR_TYPE,
    STORED_TYPE,
    Element,
    Writer,
    apply,
    cast,
    literal,
)
from lamina.codegen.memory import memory_type, to_memory
from lamina.ir import dialect as nd
from lamina.ir.operators import add, mul, neq

if TYPE_CHECKING:
    from lamina.codegen.array import Array
    from lamina.codegen.emit_linalg import Host

LETTER = {"float32": "s", "float64": "d", "complex64": "c", "complex128": "z"}
_PLAIN, _TRANSPOSED = ord("N"), ord("T")


def emit_gemv(host: Host, op: Any) -> None:
    """alpha op(A) x + beta y."""
    a, x = host.arrays[op.operands[0]], host.arrays[op.operands[1]]
    alpha = host.scalars[op.operands[2]]
    flipped = op.definition.transposed
    length = a.lengths[1 if flipped else 0]
    result, beta = _accumulator(host, op, (length,), alpha)
    rows, columns = a.lengths
    host.arrays[op.results[0]] = result
    summed = rows if flipped else columns
    host.does((rows, columns))
    if a.dtype in matrix_products.DTYPES:
        operands = [
            _truth(host, flipped), length, summed, alpha, a.pointer, _leading(host, a), x.pointer,
            x.strides[0], beta, result.pointer,
        ]  # fmt: skip
        _multiply(host, "gemv", operands)
        return
    arguments = [
        _flag(host, _PLAIN if flipped else _TRANSPOSED),
        _int(host, columns),
        _int(host, rows),
        _number(host, alpha),
        a.pointer,
        _int(host, _leading(host, a)),
        x.pointer,
        _int(host, x.strides[0]),
        _number(host, beta),
        result.pointer,
        _int(host, host.i64(1)),
    ]
    if op.definition.accumulate and not host._known(summed):
        _scale_if_empty(host, result, beta, summed)
    _call(
        host,
        LETTER[a.dtype] + "gemv_",
        arguments,
        summed,
        result,
        accumulates=op.definition.accumulate,
    )


def emit_gemm(host: Host, op: Any) -> None:
    """alpha op(A) op(B) + beta C."""
    a, b = host.arrays[op.operands[0]], host.arrays[op.operands[1]]
    definition = op.definition
    alpha = host.scalars[op.operands[2]]
    m, k = reversed(a.lengths) if definition.transpose_a else a.lengths
    n = b.lengths[0 if definition.transpose_b else 1]
    host.does((m, n, k))
    result, beta = _accumulator(host, op, (m, n), alpha)
    _gemm(
        host,
        a,
        b,
        result,
        (m, n, k),
        (definition.transpose_a, definition.transpose_b),
        alpha,
        beta,
        definition.accumulate,
    )
    host.arrays[op.results[0]] = result


def _gemm(
    host: Host,
    a: Array,
    b: Array,
    c: Array,
    sizes: Sequence[str],
    flipped: tuple[bool, bool],
    alpha: Element,
    beta: Element,
    accumulates: bool,
) -> None:
    m, n, k = sizes
    if a.dtype in matrix_products.DTYPES:
        operands = [
            *(_truth(host, f) for f in flipped), m, n, k, alpha, a.pointer, _leading(host, a),
            b.pointer, _leading(host, b), beta, c.pointer, at_least_one(host, n),
        ]  # fmt: skip
        _multiply(host, "gemm", operands)
        return
    flags = [_flag(host, _TRANSPOSED if f else _PLAIN) for f in flipped]
    arguments = [
        flags[1], flags[0], _int(host, n), _int(host, m), _int(host, k), _number(host, alpha),
        b.pointer, _int(host, _leading(host, b)), a.pointer, _int(host, _leading(host, a)),
        _number(host, beta), c.pointer, _int(host, at_least_one(host, n)),
    ]  # fmt: skip
    _call(host, LETTER[a.dtype] + "gemm_", arguments, k, c, accumulates)


def emit_dot(host: Host, op: Any) -> None:
    """The product of two matrices, or of stacks of them."""
    a, b = (host.arrays[v] for v in op.operands)
    batch = len(a.lengths) - 2
    ones = [[n == 1 for n in nd.static_shape(v)] for v in op.operands]
    lead = [b.lengths[i] if ones[0][i] else a.lengths[i] for i in range(batch)]
    m, k, n = a.lengths[-2], a.lengths[-1], b.lengths[-1]
    result = host._array_for(op, 0, (*lead, m, n))
    host.arrays[op.results[0]] = result
    host.does((*lead, m, n, k))
    multiply_stacks(host, a, b, result, ones)


def multiply_stacks(host: Host, a: Array, b: Array, c: Array, ones: list[list[bool]]) -> None:
    """C = A B, for stacks of matrices; `ones` tells along which dimensions A and B have but one.

    Matrices have rows, or columns, without gaps.
    """
    batch, (m, n), k = len(c.lengths) - 2, c.lengths[-2:], a.lengths[-1]
    if a.dtype not in LETTER:
        _loops(host, a, b, c, ones, batch)
        return
    flipped = [host._known(x.strides[-1]) != 1 and host._known(x.strides[-2]) == 1 for x in (a, b)]
    one, nothing = (literal(v, a.dtype, host.w) for v in (1, 0))
    with _over_stack(host, c.lengths[:-2]) as at:
        x, y, z = (
            _matrix(host, x, [None if o else i for o, i in zip(side, at, strict=False)])
            for x, side in ((a, ones[0]), (b, ones[1]), (c, [False] * batch))
        )
        x, y = (
            replace(v, lengths=v.lengths[::-1], strides=v.strides[::-1]) if flip else v
            for v, flip in zip((x, y), flipped, strict=True)
        )
        _gemm(host, x, y, z, (m, n, k), (flipped[0], flipped[1]), one, nothing, False)


@contextmanager
def _over_stack(host: Host, lengths: Sequence[str]) -> Iterator[list[str]]:
    """Loops over the dimensions of a stack."""
    w, at = host.w, []
    for n in lengths:
        at.append(w.name())
        w.line(f"scf.for {at[-1]} = {host.i64(0)} to {n} step {host.i64(1)} : i64 {{")
    yield at
    for _ in lengths:
        w.line("}")


def _matrix(host: Host, x: Array, at: Sequence[str | None]) -> Array:
    """One of a stack; None where the stack has but one along a dimension."""
    pointer = x.pointer
    for i, stride in zip(at, x.strides, strict=False):
        if i is not None:
            moved = host.w.let(f"arith.muli {i}, {stride} : i64")
            pointer = host._offset(replace(x, pointer=pointer), moved)
    return replace(x, pointer=pointer, lengths=x.lengths[-2:], strides=x.strides[-2:])


def _multiply(host: Host, name: str, operands: Sequence[str | Element]) -> None:
    """Call the library of products."""
    dtype = next(x.dtype for x in operands if isinstance(x, Element))
    symbol, number = matrix_products.symbol(name, dtype), MLIR_TYPE[dtype]
    kinds = {
        "gemm": "i1, i1, i64, i64, i64, T, !llvm.ptr, i64, !llvm.ptr, i64, T, !llvm.ptr, i64",
        "gemv": "i1, i64, i64, T, !llvm.ptr, i64, !llvm.ptr, i64, T, !llvm.ptr",
    }
    types = kinds[name].replace("T", number)
    host.w.declare(symbol, f"func.func private @{symbol}({types})")
    names = ", ".join(x.name if isinstance(x, Element) else x for x in operands)
    host.w.line(f"func.call @{symbol}({names}) : ({types}) -> ()")


def _truth(host: Host, flag: bool) -> str:
    return host.w.constant("true" if flag else "false", "i1")


def _loops(host: Host, a: Array, b: Array, c: Array, ones: list[list[bool]], batch: int) -> None:
    """A kernel of loops: over the stack, rows, summed index, columns."""
    rank = batch + 2
    dtype = c.dtype
    strided = "strided<[" + ", ".join(["?"] * rank) + "]>"
    type = f"memref<{'?x' * rank}{STORED_TYPE[dtype]}, {strided}>"
    sides = ["".join("1" if o else "n" for o in side[:batch]) for side in ones]
    symbol = "_".join(["kernel_dot", dtype, *filter(None, sides)])
    host.declared.setdefault(symbol, _dot_text(symbol, type, dtype, ones, batch, host.declared))
    memrefs = [host._memref(x.pointer, x.lengths, x.strides, type) for x in (a, b, c)]
    host.w.line(f"func.call @{symbol}({', '.join(memrefs)}) : ({type}, {type}, {type}) -> ()")


def _dot_text(
    symbol: str, type: str, dtype: str, ones: list[list[bool]], batch: int, declared: dict[str, str]
) -> str:
    w = Writer(declared)
    zero, one = w.constant("0", "index"), w.constant("1", "index")
    stored = STORED_TYPE[dtype]
    half = dtype == "float16"
    start = literal(0, "int8" if dtype == "bool" else dtype, w)
    dims = [
        w.let(f"memref.dim %c, {w.constant(str(i), 'index')} : {type}") for i in range(batch + 2)
    ]
    summed = w.let(f"memref.dim %a, {w.constant(str(batch + 1), 'index')} : {type}")
    w.line(f"linalg.fill ins({start.name} : {stored}) outs(%c : {type})")
    at = []
    # halves are summed in float32, so the summed loop is innermost and carries the sum
    inner = (dims[batch + 1],) if half else (summed, dims[batch + 1])
    for n in (*dims[:batch], dims[batch], *inner):
        at.append(w.name())
        w.line(f"scf.for {at[-1]} = {zero} to {n} step {one} {{")
    if half:
        lead, (i, j) = at[:batch], at[batch:]
        k, carried, total_name = w.name(), Element(w.name(), "float32", w), w.name()
        nothing = literal(0, "float32", w)
        w.line(
            f"{total_name} = scf.for {k} = {zero} to {summed} step {one} "
            f"iter_args({carried.name} = {nothing.name}) -> (f32) {{"
        )
    else:
        lead, (i, k, j) = at[:batch], at[batch:]

    def load(name: str, where: Sequence[str]) -> Element:
        x = w.let(f"memref.load %{name}[{', '.join(where)}] : {type}")
        return neq(Element(x, "int8", w), 0) if dtype == "bool" else Element(x, dtype, w)

    at_a = [zero if o else p for o, p in zip(ones[0], lead, strict=False)]
    at_b = [zero if o else p for o, p in zip(ones[1], lead, strict=False)]
    x, y = load("a", (*at_a, i, k)), load("b", (*at_b, k, j))
    if half:
        product = apply(mul, [cast(x, "float32", w), cast(y, "float32", w)], w)
        w.line(f"scf.yield {apply(add, [carried, product], w).name} : f32")
        w.line("}")
        rounded = cast(Element(total_name, "float32", w), "float16", w)
        w.line(f"memref.store {rounded.name}, %c[{', '.join((*lead, i, j))}] : {type}")
        for _ in at:
            w.line("}")
        parameters = f"%a: {type}, %b: {type}, %c: {type}"
        return f"func.func private @{symbol}({parameters}) {{\n{w.text()}\n    return\n  }}"
    old = load("c", (*lead, i, j))
    total = apply(add, [old, apply(mul, [x, y], w)], w)
    result = cast(total, "uint8", w) if dtype == "bool" else total
    w.line(f"memref.store {result.name}, %c[{', '.join((*lead, i, j))}] : {type}")
    for _ in at:
        w.line("}")
    parameters = f"%a: {type}, %b: {type}, %c: {type}"
    return f"func.func private @{symbol}({parameters}) {{\n{w.text()}\n    return\n  }}"


def _accumulator(
    host: Host, op: Any, lengths: Sequence[str], alpha: Element
) -> tuple[Array, Element]:
    """The result, holding what is accumulated onto, and beta."""
    result = host._array_for(op, 0, lengths)
    if not op.definition.accumulate:
        return result, literal(0, alpha.dtype, host.w)
    y = host.arrays[op.operands[3]]
    if y.pointer != result.pointer:
        host._copy(y, result)
    return result, host.scalars[op.operands[4]]


def _call(
    host: Host, symbol: str, arguments: Sequence[str], summed: str, result: Array, accumulates: bool
) -> None:
    """Call BLAS, which may leave its result alone where the summed dimension is empty: fill it with
    0 first.
    """
    w = host.w
    if not accumulates and not host._known(summed):
        nothing = w.let(f"arith.cmpi eq, {summed}, {host.i64(0)} : i64")
        w.line(f"scf.if {nothing} {{")
        size = host.mul(host._product(result.lengths), host.i64(np.dtype(result.dtype).itemsize))
        w.line(
            f'"llvm.intr.memset"({result.pointer}, {w.constant("0", "i8")}, {size}) '
            "<{isVolatile = false}> : (!llvm.ptr, i8, i64) -> ()"
        )
        w.line("}")
    types = ", ".join(["!llvm.ptr"] * len(arguments))
    w.declare(symbol, f"func.func private @{symbol}({types})")
    w.line(f"func.call @{symbol}({', '.join(arguments)}) : ({types}) -> ()")


def _scale_if_empty(host: Host, y: Array, beta: Element, summed: str) -> None:
    """y = beta y where nothing is summed: gemv leaves y alone then."""
    w = host.w
    arguments = [
        _int(host, y.lengths[0]), _number(host, beta), y.pointer, _int(host, host.i64(1)),
    ]  # fmt: skip
    nothing = w.let(f"arith.cmpi eq, {summed}, {host.i64(0)} : i64")
    symbol = LETTER[y.dtype] + "scal_"
    types = ", ".join(["!llvm.ptr"] * len(arguments))
    w.declare(symbol, f"func.func private @{symbol}({types})")
    w.line(f"scf.if {nothing} {{")
    w.line(f"func.call @{symbol}({', '.join(arguments)}) : ({types}) -> ()")
    w.line("}")


def _leading(host: Host, x: Array) -> str:
    """The distance between rows: at least what BLAS demands of a matrix with no or one row."""
    least = at_least_one(host, x.lengths[1])
    if x.contiguous:
        return least
    return host.w.let(f"arith.maxsi {least}, {x.strides[0]} : i64")


def at_least_one(host: Host, n: str) -> str:
    """The larger of a length and 1."""
    return n if host._known(n) else host.w.let(f"arith.maxsi {n}, {host.i64(1)} : i64")


def _flag(host: Host, letter: int) -> str:
    return _spill(host, host.w.constant(str(letter), "i8"), "i8")


def _int(host: Host, n: str) -> str:
    return _spill(host, host.w.let(f"arith.trunci {n} : i64 to i32"), "i32")


def _number(host: Host, x: Element) -> str:
    return _spill(host, to_memory(host.w, x), memory_type(x.dtype))


def _spill(host: Host, value: str, type: str) -> str:
    """The address of a number: BLAS takes all by reference."""
    pointer = host.on_stack(1, type)
    host.w.line(f"llvm.store {value}, {pointer} : {type}, !llvm.ptr")
    return pointer
