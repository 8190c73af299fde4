"""Products of matrices for compiled functions: by tiles in registers, or by BLAS if they are large.

A call of BLAS on matrices of 8 by 8 takes longer for what surrounds the product than for it. Where
to go is decided by the lengths alone, when they are known; so the same arrays give the same bits.
Results of the two differ by rounding: each sums in an order of its own.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import llvmlite
from llvmlite.binding import llvm_version_info

from lamina.codegen import llvm
from lamina.codegen import matrix_tiles as tiles
from lamina.codegen.matrix_by_vector import rows_by_vector
from lamina.codegen.matrix_panels import panels
from lamina.codegen.target import Target
from lamina.codegen.vector_code import Code, Shape, declarations, shape_for

DTYPES = {"float64": "f64", "float32": "f32"}
PREFIX = "lamina_product_"

VECTOR_BOUND = 1 << 16
"""Elements of a matrix from which on BLAS multiplies it by a vector as fast."""
_NEAR = 1 << 15  # elements of B that are read where they lie, column of tiles by column
_GATHERED = 1024  # elements of a vector with gaps that are brought together


def matrix_bound() -> int:
    """Multiplications from which on BLAS is the faster: one thread of it is slower than a tile
    (57 against 115 GF on Zen 5, 512^3 in float64), but it has as many as there are processors.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity else os.cpu_count() or 1
    return 1 << 27 if processors <= 2 else 1 << 21


def symbol(name: str, dtype: str) -> str:
    """The linker's name of ``"gemm"`` or ``"gemv"`` for a dtype.

    Examples
    --------
    >>> symbol("gemm", "float64")
    'lamina_product_gemm_f64'
    """
    return f"{PREFIX}{name}_{DTYPES[dtype]}"


def required(externals: Iterable[str]) -> tuple[str, ...]:
    """The libraries, ``"f64"`` or ``"f32"``, that define what an object lacks."""
    return tuple(sorted({name[-3:] for name in externals if name.startswith(PREFIX)}))


def library_ir(target: Target, dtype: str) -> str:
    """LLVM IR of the products of ``"f64"`` or ``"f32"`` matrices.

    ``gemm(transposed a, transposed b, m, n, k, alpha, a, row of a, b, row of b, beta, c, row of
    c)`` is ``C = alpha op(A) op(B) + beta C`` on row-major matrices whose rows are so many
    elements apart; ``gemv(transposed, m, k, alpha, a, row of a, x, step of x, beta, y)`` is
    ``y = alpha op(A) x + beta y`` for an op(A) of m by k. C and y are not read where beta is 0.
    """
    shape = shape_for(target, dtype)
    parts = [f'target triple = "{target.triple}"\n', declarations(shape)]
    for vectors, masked in ((2, False), (2, True), (1, True)):
        rows = range(1, shape.rows + 1)
        parts += [tiles.tile(shape, r, vectors, masked) for r in rows]
        parts.append(tiles.column(shape, vectors, masked))
    parts += [tiles.tile(shape, 1, tiles.LONG, False), tiles.row(shape), tiles.matrix(shape)]
    parts += [panels(shape, turned) for turned in (False, True)]
    parts.append(rows_by_vector(shape))
    parts += [_gemm(shape), _gemv(shape)]
    return "\n".join(parts)


def library_object(target: Target, dtype: str) -> bytes:
    """`library_ir`, compiled. It refers to BLAS."""
    return llvm.emit(llvm.optimise(library_ir(target, dtype), target))


def library_key(target: Target, dtype: str) -> str:
    """The key under which `library_object` may be kept on disk."""
    versions = llvmlite.__version__, llvm_version_info
    text = f"{_source_digest()} {versions} {target} {dtype} {matrix_bound()}"
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _source_digest() -> str:
    digest = hashlib.sha256()
    for name in (
        "matrix_products", "matrix_tiles", "matrix_panels", "matrix_by_vector", "vector_code",
        "llvm", "target",
    ):  # fmt: skip
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return digest.hexdigest()


def _gemm(shape: Shape) -> str:
    c, e = Code(shape), shape.element
    work = c.let(f"mul i64 {c.let('mul i64 %m, %n')}, %k")
    small, large = c.label(), c.label()
    c.do(f"br i1 {c.let(f'icmp slt i64 {work}, {matrix_bound()}')}, label %{small}, label %{large}")
    c.lines.append(f"{small}:")
    arow = c.let("select i1 %ta, i64 1, i64 %lda")
    acol = c.let("select i1 %ta, i64 %lda, i64 1")
    names = [c.label() for _ in range(8)]
    column, row, wide, flat, tall, turned, apart, near = names
    one = c.let("icmp eq i64 %n, 1")
    dense = c.let("icmp eq i64 %ldc, 1")
    c.do(f"br i1 {c.let(f'and i1 {one}, {dense}')}, label %{column}, label %{wide}")
    # one column: op(A) times a vector
    c.lines.append(f"{column}:")
    step = c.let("select i1 %tb, i64 1, i64 %ldb")
    c.do(
        f"call void @{PREFIX}gemv_{shape.dtype}(i1 %ta, i64 %m, i64 %k, {e} %alpha, ptr %a, "
        f"i64 %lda, ptr %b, i64 {step}, {e} %beta, ptr %c)"
    )
    c.do("ret void")
    c.lines.append(f"{wide}:")
    some = c.let(f"and i1 %tb, {c.let('icmp sgt i64 %k, 0')}")
    c.do(f"br i1 {some}, label %{flat}, label %{tall}")
    c.lines.append(f"{tall}:")
    long = c.let(f"icmp sgt i64 {c.let('mul i64 %k, %n')}, {_NEAR}")
    many = c.let(f"icmp sgt i64 %m, {4 * shape.rows}")
    c.do(f"br i1 {c.let(f'and i1 {long}, {many}')}, label %{apart}, label %{near}")
    c.lines.append(f"{apart}:")
    c.do(
        f"call void @panels(i64 %m, i64 %n, i64 %k, {e} %alpha, ptr %a, i64 {arow}, i64 {acol}, "
        f"ptr %b, i64 %ldb, {e} %beta, ptr %c, i64 %ldc)"
    )
    c.do("ret void")
    c.lines.append(f"{near}:")
    c.do(
        f"call void @matrix(i64 %m, i64 %n, i64 %k, {e} %alpha, ptr %a, i64 {arow}, i64 {acol}, "
        f"ptr %b, i64 %ldb, {e} %beta, ptr %c, i64 %ldc)"
    )
    c.do("ret void")
    c.lines.append(f"{flat}:")
    c.do(f"br i1 {c.let('icmp eq i64 %m, 1')}, label %{row}, label %{turned}")
    # one row: B times a vector
    c.lines.append(f"{row}:")
    c.do(
        f"call void @{PREFIX}gemv_{shape.dtype}(i1 false, i64 %n, i64 %k, {e} %alpha, ptr %b, "
        f"i64 %ldb, ptr %a, i64 {acol}, {e} %beta, ptr %c)"
    )
    c.do("ret void")
    c.lines.append(f"{turned}:")
    c.do(
        f"call void @turned(i64 %m, i64 %n, i64 %k, {e} %alpha, ptr %a, i64 {arow}, i64 {acol}, "
        f"ptr %b, i64 %ldb, {e} %beta, ptr %c, i64 %ldc)"
    )
    c.do("ret void")
    c.lines.append(f"{large}:")
    # BLAS stores matrices by columns: row-major, C = A B is C' = B' A'
    parameters = [
        _flag(c, "%tb", "T", "N"), _flag(c, "%ta", "T", "N"), *_integers(c, "%n", "%m", "%k"),
        c.variable(e, "%alpha"), "%b", *_integers(c, "%ldb"), "%a", *_integers(c, "%lda"),
        c.variable(e, "%beta"), "%c", *_integers(c, "%ldc"),
    ]  # fmt: skip
    c.do(_call_blas(shape, "gemm", parameters))
    c.do("ret void")
    head = (
        f"void @{PREFIX}gemm_{shape.dtype}(i1 %ta, i1 %tb, i64 %m, i64 %n, i64 %k, {e} %alpha, "
        f"ptr %a, i64 %lda, ptr %b, i64 %ldb, {e} %beta, ptr %c, i64 %ldc)"
    )
    return _declare_blas(shape, "gemm", 13) + c.define(head)


def _gemv(shape: Shape) -> str:
    c, e = Code(shape), shape.element
    c.head.append(f"  %near = alloca [{_GATHERED} x {e}], align 64")
    small, large, flipped, plain = (c.label() for _ in range(4))
    size = c.let("mul i64 %m, %k")
    c.do(f"br i1 {c.let(f'icmp slt i64 {size}, {VECTOR_BOUND}')}, label %{small}, label %{large}")
    c.lines.append(f"{small}:")
    c.do(f"br i1 %ta, label %{flipped}, label %{plain}")
    c.lines.append(f"{flipped}:")
    c.do(
        f"call void @row(i64 %m, i64 %k, {e} %alpha, ptr %x, i64 %step, ptr %a, i64 %lda, "
        f"{e} %beta, ptr %y)"
    )
    c.do("ret void")
    c.lines.append(f"{plain}:")
    near, far, fits = c.label(), c.label(), c.label()
    place = c.variable("ptr", "%x")
    c.do(f"br i1 {c.let('icmp eq i64 %step, 1')}, label %{near}, label %{far}")
    c.lines.append(f"{far}:")
    few = c.let(f"icmp sle i64 %k, {_GATHERED}")
    c.do(f"br i1 {few}, label %{fits}, label %{large}")
    c.lines.append(f"{fits}:")
    with c.loop("0", "%k") as p:
        x = c.let(f"load {e}, ptr {c.at('%x', c.let(f'mul i64 {p}, %step'))}")
        c.do(f"store {e} {x}, ptr {c.at('%near', p)}")
    c.do(f"store ptr %near, ptr {place}")
    c.start(near)
    c.do(
        f"call void @rows_by_vector(i64 %m, i64 %k, {e} %alpha, ptr %a, i64 %lda, "
        f"ptr {c.get('ptr', place)}, {e} %beta, ptr %y)"
    )
    c.do("ret void")
    c.lines.append(f"{large}:")
    with c.when(c.let("icmp eq i64 %k, 0")):
        # BLAS leaves y alone where nothing is summed
        c.do(
            f"call void @rows_by_vector(i64 %m, i64 0, {e} %alpha, ptr %a, i64 %lda, ptr %x, "
            f"{e} %beta, ptr %y)"
        )
    rows, columns = (
        c.let(f"select i1 %ta, i64 {x}, i64 {y}") for x, y in (("%k", "%m"), ("%m", "%k"))
    )
    parameters = [
        _flag(c, "%ta", "N", "T"), *_integers(c, columns, rows), c.variable(e, "%alpha"), "%a",
        *_integers(c, "%lda"), "%x", *_integers(c, "%step"), c.variable(e, "%beta"), "%y",
        *_integers(c, "1"),
    ]  # fmt: skip
    c.do(_call_blas(shape, "gemv", parameters))
    c.do("ret void")
    head = (
        f"void @{PREFIX}gemv_{shape.dtype}(i1 %ta, i64 %m, i64 %k, {e} %alpha, ptr %a, i64 %lda, "
        f"ptr %x, i64 %step, {e} %beta, ptr %y)"
    )
    return _declare_blas(shape, "gemv", 11) + c.define(head)


def _flag(c: Code, flag: str, true: str, false: str) -> str:
    return c.variable("i8", c.let(f"select i1 {flag}, i8 {ord(true)}, i8 {ord(false)}"))


def _integers(c: Code, *numbers: str) -> list[str]:
    return [c.variable("i32", c.let(f"trunc i64 {n} to i32")) for n in numbers]


def _blas(shape: Shape, name: str) -> str:
    return {"f64": "d", "f32": "s"}[shape.dtype] + name + "_"


def _call_blas(shape: Shape, name: str, parameters: list[str]) -> str:
    return f"call void @{_blas(shape, name)}({', '.join(f'ptr {p}' for p in parameters)})"


def _declare_blas(shape: Shape, name: str, count: int) -> str:
    return f"declare void @{_blas(shape, name)}({', '.join(['ptr'] * count)})\n"
