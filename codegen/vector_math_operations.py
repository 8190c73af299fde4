"""Operations on traced values that Python has no operator for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lamina.codegen.vector_math_trace import LLVM_TYPES, Value, float_text


def where(mask: Value, yes: Value | float, no: Value | float) -> Value:
    """Return `yes` in the lanes where `mask` is true, `no` elsewhere."""
    like = yes if isinstance(yes, Value) else no
    assert isinstance(like, Value), "one branch must be a Value, to say which kind is meant"
    yes, no = like.as_value(yes), like.as_value(no)
    trace = mask.trace
    ty = trace.type(like.kind)
    return trace.emit(
        f"select {trace.type('i1')} {mask.name}, {ty} {yes.name}, {ty} {no.name}", like.kind
    )


def fma(a: Value | float, b: Value | float, c: Value | float) -> Value:
    """Return ``a * b + c``, rounded once."""
    like = next(v for v in (a, b, c) if isinstance(v, Value))
    return like.trace.intrinsic("fma", like.as_value(a), like.as_value(b), like.as_value(c))


def estrin(x: Value, coefficients: Sequence[float], last: int = 0) -> Value:
    """Evaluate a polynomial as a tree, in logarithmic depth.

    Parameters
    ----------
    x : Value
        The argument.
    coefficients : sequence of float
        Lowest power first.
    last : int
        So many of the lowest coefficients are added one after another (Horner's rule), which saves
        a rounding where the first terms decide the error.
    """
    terms: list[Value | float] = list(coefficients[last:])
    power = x
    while len(terms) > 1:
        pairs = [
            fma(terms[i + 1], power, terms[i]) if i + 1 < len(terms) else terms[i]
            for i in range(0, len(terms), 2)
        ]
        terms = list(pairs)
        if len(terms) > 1:
            power = power * power
    result = terms[0]
    for c in reversed(coefficients[:last]):
        result = fma(result, x, c)
    assert isinstance(result, Value)
    return result


def rare(mask: Value, usual: Value, otherwise: Callable[[], Value]) -> Value:
    """Return `usual`, but ``otherwise()`` in the lanes of `mask`.

    The code of `otherwise` is jumped over when no lane needs it.
    """
    trace = mask.trace
    slow, join = trace.fresh_block("rare"), trace.fresh_block("join")
    before = trace.block
    trace.branch_if_any(mask, slow, join)
    trace.start(slow)
    merged = where(mask, otherwise(), usual)
    after = trace.block
    trace.lines.append(f"  br label %{join}")
    trace.start(join)
    ty = trace.type(usual.kind)
    return trace.emit(
        f"phi {ty} [ {usual.name}, %{before} ], [ {merged.name}, %{after} ]", usual.kind
    )


def by_libm(function: str, mask: Value, *operands: Value) -> Value:
    """Return libm's `function` in the lanes of `mask`, and the first operand in the others.

    The scalar form makes the same call, so both forms agree to the bit. To be used inside `rare`.
    """
    trace = mask.trace
    kind = operands[0].kind
    scalar = LLVM_TYPES[kind]
    symbol = function + ("f" if kind == "f32" else "")
    trace.declarations.add(
        f"declare {scalar} @{symbol}({', '.join([scalar] * len(operands))})"
        " nounwind willreturn memory(none)"
    )
    ty = trace.type(kind)
    arguments = ", ".join(f"{ty} {v.name}" for v in operands)
    if trace.lanes == 1:
        return trace.emit(f"call {ty} @{symbol}({arguments})", kind)
    helper = f"lanes.{symbol}.{trace.lanes}"
    trace.helpers[helper] = _lane_loop(helper, symbol, trace.lanes, scalar, len(operands))
    return trace.emit(f"call {ty} @{helper}({trace.type('i1')} {mask.name}, {arguments})", kind)


def lookup(index: Value, name: str, table: Sequence[float]) -> Value:
    """Return the doubles of a table of 16 at the indices 0 to 15.

    AVX-512 looks eight lanes up in two registers by one instruction; elsewhere lanes are loaded one
    by one.
    """
    trace, lanes = index.trace, index.trace.lanes
    symbol = f"@table.{name}"
    numbers = ", ".join(f"double {float_text(number)}" for number in table)
    trace.helpers[symbol] = (
        f"{symbol} = private unnamed_addr constant [16 x double] [{numbers}], align 64"
    )
    ty = trace.type("f64")
    indices = f"{trace.type('i64')} {index.name}"
    if lanes in (8, 16) and trace.permutes:
        return _permuted(index, symbol)
    address = trace.emit(f"getelementptr double, ptr {symbol}, {indices}", "i64")
    if lanes == 1:
        return trace.emit(f"load double, ptr {address.name}, align 8", "f64")
    gather = f"@llvm.masked.gather.v{lanes}f64.v{lanes}p0"
    types = f"<{lanes} x ptr>", "i32", f"<{lanes} x i1>", ty
    trace.declarations.add(f"declare {ty} {gather}({types[0]}, i32 immarg, {types[2]}, {types[3]})")
    return trace.emit(
        f"call {ty} {gather}({types[0]} {address.name}, i32 8,"
        f" {types[2]} splat (i1 true), {ty} poison)",
        "f64",
    )


def _permuted(index: Value, symbol: str) -> Value:
    """Look eight or sixteen lanes up by AVX-512's permutation of two registers."""
    trace = index.trace
    table, eight = "<8 x double>", "<8 x i64>"
    permute = "@llvm.x86.avx512.vpermi2var.pd.512"
    trace.declarations.add(f"declare {table} {permute}({table}, {eight}, {table})")
    low = trace.emit(f"load {table}, ptr {symbol}, align 64", "f64").name
    upper = f"getelementptr (i8, ptr {symbol}, i64 64)"
    high = trace.emit(f"load {table}, ptr {upper}, align 64", "f64").name

    def entries(indices: str) -> Value:
        return trace.emit(
            f"call {table} {permute}({table} {low}, {eight} {indices}, {table} {high})", "f64"
        )

    if trace.lanes == 8:
        return entries(index.name)
    halves = []
    for first in (0, 8):
        mask = ", ".join(f"i32 {first + i}" for i in range(8))
        ty = trace.type("i64")
        half = trace.emit(
            f"shufflevector {ty} {index.name}, {ty} poison, <8 x i32> <{mask}>", "i64"
        )
        halves.append(entries(half.name))
    mask = ", ".join(f"i32 {i}" for i in range(16))
    a, b = (half.name for half in halves)
    return trace.emit(f"shufflevector {table} {a}, {table} {b}, <16 x i32> <{mask}>", "f64")


def _lane_loop(name: str, callee: str, lanes: int, scalar: str, arity: int) -> str:
    """Define a loop over the lanes. ``minsize`` keeps it from being unrolled."""
    ty = f"<{lanes} x {scalar}>"
    parameters = "".join(f", {ty} %x{i}" for i in range(arity))
    extracts = "\n".join(f"  %a{i} = extractelement {ty} %x{i}, i32 %lane" for i in range(arity))
    arguments = ", ".join(f"{scalar} %a{i}" for i in range(arity))
    return f"""\
define internal {ty} @{name}(<{lanes} x i1> %mask{parameters}) noinline cold minsize nounwind {{
entry:
  br label %head
head:
  %lane = phi i32 [ 0, %entry ], [ %next, %tail ]
  %before = phi {ty} [ %x0, %entry ], [ %after, %tail ]
  %wanted = extractelement <{lanes} x i1> %mask, i32 %lane
  br i1 %wanted, label %body, label %tail
body:
{extracts}
  %value = call {scalar} @{callee}({arguments})
  %replaced = insertelement {ty} %before, {scalar} %value, i32 %lane
  br label %tail
tail:
  %after = phi {ty} [ %before, %head ], [ %replaced, %body ]
  %next = add i32 %lane, 1
  %more = icmp ult i32 %next, {lanes}
  br i1 %more, label %head, label %done
done:
  ret {ty} %after
}}
"""
