"""Scalar computations as MLIR text: the bodies of kernels, and what the host function does with 0-d
values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as ops
from lamina.ir.binding import Operand
from lamina.ir.ops.arithmetic import real_dtype
from lamina.ir.ops.elementwise import Elemwise
from lamina.ir.ops.formula import Formula
from lamina.ir.ops.primitive import Primitive

MLIR_TYPE = {
    "bool": "i1",
    **{f"{kind}{n}": f"i{n}" for kind in ("int", "uint") for n in (8, 16, 32, 64)},
    "float16": "f16",
    "float32": "f32",
    "float64": "f64",
    "complex64": "complex<f32>",
    "complex128": "complex<f64>",
}
STORED_TYPE = MLIR_TYPE | {"bool": "i8"}


class Writer:
    """Lines of one function under construction, and what the module must declare for them.

    Attributes
    ----------
    declared : dict
        Declarations and helper functions of the module, by symbol.
    vectorises : bool
        Whether loops over what is written become vectors: not where LLVM does not optimise, nor
        over calls of functions that have no vector form.
    """

    def __init__(self, declared: dict[str, str], indent: str = "    ", vectorises: bool = True):
        self.lines: list[str] = []
        self.declared = declared
        self.indent = indent
        self._count = 0
        self._constants: dict[tuple[str, str], str] = {}
        self.head: list[str] = []
        self.vectorises = vectorises

    def name(self) -> str:
        self._count += 1
        return f"%{self._count}"

    def line(self, text: str) -> None:
        self.lines.append(self.indent + text)

    def let(self, text: str) -> str:
        """A new name for the result of an operation."""
        name = self.name()
        self.line(f"{name} = {text}")
        return name

    def constant(self, text: str, type: str) -> str:
        """The name of a constant, made once at the head of the function."""
        key = text, type
        if key not in self._constants:
            name = self._constants[key] = f"%c{len(self._constants)}"
            self.define(name, text, type)
        return self._constants[key]

    def define(self, name: str, text: str, type: str) -> None:
        """Make `name` a constant at the head of the function; it may have been used before."""
        shown = text if type == "i1" else f"{text} : {type}"
        self.head.append(f"    {name} = arith.constant {shown}")

    def declare(self, symbol: str, text: str) -> None:
        self.declared.setdefault(symbol, text)

    def text(self) -> str:
        return "\n".join([*self.head, *self.lines])


class Element(Operand):
    """A scalar: an op on it writes the instructions that compute it."""

    def __init__(self, name: str, dtype: str, writer: Writer):
        self.name, self.dtype, self.writer = name, dtype, writer

    @property
    def kind(self) -> str:
        return np.dtype(self.dtype).kind

    @property
    def type(self) -> str:
        return MLIR_TYPE[self.dtype]

    @property
    def bits(self) -> int:
        """The width in bits."""
        return np.dtype(self.dtype).itemsize * 8

    def bind(self, op: Any, operands: Sequence[Any]) -> Element:
        model = next(
            (x for x in operands if isinstance(x, Element) and x.dtype != "bool"),
            next(x for x in operands if isinstance(x, Element)),
        )
        is_choice = isinstance(op, Elemwise) and op.scalar_op.name == "switch"
        elements = [
            x
            if isinstance(x, Element)
            else literal(x, "bool" if is_choice and i == 0 else model.dtype, self.writer)
            for i, x in enumerate(operands)
        ]
        return apply(op, elements, self.writer)

    def iterate(
        self, condition: Callable[..., Any], step: Callable[..., Any], state: Sequence[Any]
    ) -> tuple[Element, ...]:
        """A loop over doubles: `lamina.ir.ops.formula.iterate`."""
        w = self.writer
        first = [_double(x, w) for x in state]
        types = ", ".join(["f64"] * len(first))
        result, before, after = w.name(), *([w.name() for _ in first] for _ in range(2))
        begin = ", ".join(f"{n} = {x.name}" for n, x in zip(before, first, strict=True))
        w.line(f"{result}:{len(first)} = scf.while ({begin}) : ({types}) -> ({types}) {{")
        more = condition(*(Element(n, "float64", w) for n in before))
        w.line(f"scf.condition({more.name}) {', '.join(before)} : {types}")
        w.line("} do {")
        w.line(f"^bb0({', '.join(f'{n}: f64' for n in after)}):")
        changed = [_double(x, w) for x in step(*(Element(n, "float64", w) for n in after))]
        w.line(f"scf.yield {', '.join(x.name for x in changed)} : {types}")
        w.line("}")
        return tuple(Element(f"{result}#{i}", "float64", w) for i in range(len(first)))

    def branch(self, yes: Callable[[], Any], no: Callable[[], Any]) -> Element:
        """A choice between doubles: `lamina.ir.ops.formula.branch`."""
        w = self.writer
        result = w.name()
        w.line(f"{result} = scf.if {self.name} -> (f64) {{")
        w.line(f"scf.yield {_double(yes(), w).name} : f64")
        w.line("} else {")
        w.line(f"scf.yield {_double(no(), w).name} : f64")
        w.line("}")
        return Element(result, "float64", w)


def _double(x: Any, w: Writer) -> Element:
    return x if isinstance(x, Element) else literal(x, "float64", w)


def literal(value: Any, dtype: str, w: Writer) -> Element:
    """A constant."""
    array = np.asarray(value).astype(dtype)
    if array.dtype.kind == "c":
        part = real_dtype(dtype)
        re, im = (literal(v, part, w) for v in (np.real(array), np.imag(array)))
        return Element(w.let(f"complex.create {re.name}, {im.name} : {MLIR_TYPE[dtype]}"), dtype, w)
    return Element(w.constant(number_text(array), MLIR_TYPE[dtype]), dtype, w)


def number_text(array: np.ndarray) -> str:
    """A number as MLIR reads it back exactly."""
    if array.dtype.kind == "b":
        return "true" if array else "false"
    if array.dtype.kind in "iu":
        return str(int(array))
    if not np.isfinite(array):
        bits = array.view(f"u{array.dtype.itemsize}")
        return f"0x{int(bits):0{2 * array.dtype.itemsize}X}"
    text = repr(float(array))
    mantissa, e, exponent = text.partition("e")
    return (mantissa if "." in mantissa else mantissa + ".0") + e + exponent


def apply(op: Any, elements: Sequence[Element], w: Writer, flags: str = "") -> Element:
    """Write the instructions of an op or primitive on scalars of the dtypes of one of its loops."""
    if isinstance(op, Primitive):
        return _primitive(op, elements, w)
    if isinstance(op, Formula):
        return _formula(op, elements, w)
    name = op.scalar_op.name
    if name.startswith("Cast{"):
        return cast(elements[0], name[5:-1], w)
    dtype = op.scalar_op.types(tuple(x.dtype for x in elements), (None,) * len(elements))[1]
    body = op.scalar_op.body(elements[-1].kind)
    if body in ("identity", "second"):
        return elements[-1]
    half = any(x.dtype == "float16" for x in elements) and name != "switch"
    if half:
        elements = [cast(x, "float32", w) if x.dtype == "float16" else x for x in elements]
    if isinstance(body, str):
        y = _instruction(
            body, elements, "float32" if half and dtype == "float16" else dtype, w, flags
        )
    else:
        y = body(*elements)
        if not isinstance(y, Element):
            y = literal(y, dtype, w)
    return cast(y, dtype, w) if half and dtype == "float16" else y


def _instruction(
    body: str, elements: Sequence[Element], dtype: str, w: Writer, flags: str
) -> Element:
    name, _, predicate = body.partition(" ")
    operands = ", ".join(x.name for x in elements)
    if predicate and elements[0].dtype != elements[1].dtype:
        return _compare_by_value(predicate, elements, w)
    if predicate:
        return Element(w.let(f"{name} {predicate}, {operands} : {elements[0].type}"), dtype, w)
    type = elements[-1].type if name == "arith.select" else elements[0].type
    return Element(w.let(f"{name} {operands}{flags} : {type}"), dtype, w)


def _compare_by_value(predicate: str, elements: Sequence[Element], w: Writer) -> Element:
    """int64 with uint64: NumPy has loops that compare the two as numbers."""
    wide = [
        w.let(f"arith.{'extsi' if x.kind == 'i' else 'extui'} {x.name} : {x.type} to i128")
        for x in elements
    ]
    signed = predicate.replace("u", "s")
    return Element(w.let(f"arith.cmpi {signed}, {wide[0]}, {wide[1]} : i128"), "bool", w)


def _primitive(op: Primitive, elements: Sequence[Element], w: Writer) -> Element:
    x = elements[0]
    operands = ", ".join(e.name for e in elements)
    match op.form:
        case "op":
            return Element(w.let(f"{op.name} {operands} : {x.type}"), x.dtype, w)
        case "part":
            part = real_dtype(x.dtype)
            return Element(w.let(f"{op.name} {operands} : {x.type}"), part, w)
        case "whole":
            dtype = {"float32": "complex64", "float64": "complex128"}[x.dtype]
            return Element(w.let(f"{op.name} {operands} : {MLIR_TYPE[dtype]}"), dtype, w)
        case "integer power":
            return _integer_power(elements, w)
        case "complex call":
            return _complex_call(op.name, elements, w)
        case "scipy":
            return _scipy_call(op.name, elements, w)
    if op.name.startswith("lm_"):
        symbol = f"{op.name}_{x.type}"
    else:
        symbol = op.name + ("f" if x.dtype == "float32" else "")
    types = ", ".join([x.type] * len(elements))
    w.declare(symbol, f"func.func private @{symbol}({types}) -> {x.type} attributes {{{_PURE}}}")
    return Element(w.let(f"func.call @{symbol}({operands}) : ({types}) -> {x.type}"), x.dtype, w)


_PURE = "llvm.readnone, llvm.no_unwind, llvm.will_return"


def _complex_call(name: str, elements: Sequence[Element], w: Writer) -> Element:
    """A C99 function of complex numbers, as `complex.name`: the lowering knows NumPy's values for
    it.
    """
    dtype = elements[0].dtype
    wide = [cast(x, "complex128", w) for x in elements]
    parts = [ops.real(x) for x in wide], [ops.imag(x) for x in wide]
    operands = ", ".join(f"{re.name}, {im.name}" for re, im in zip(*parts, strict=True))
    types = ", ".join(["f64"] * (2 * len(wide)))
    w.declare(name, f"func.func private @{name}({types}) -> (f64, f64) attributes {{{_PURE}}}")
    w.vectorises = False
    y = w.name()
    w.line(f"{y}:2 = func.call @{name}({operands}) : ({types}) -> (f64, f64)")
    made = w.let(f"complex.create {y}#0, {y}#1 : complex<f64>")
    return cast(Element(made, "complex128", w), dtype, w)


def _scipy_call(name: str, elements: Sequence[Element], w: Writer) -> Element:
    """A function of SciPy's C interface, whose last parameter is Cython's `skip_dispatch`."""
    dtype = elements[0].dtype
    wide = [cast(x, "float64", w) for x in elements]
    symbol = f"scipy_special_{name}_{'d' * len(wide)}"
    types = ", ".join([*["f64"] * len(wide), "i32"])
    operands = ", ".join([*(x.name for x in wide), w.constant("0", "i32")])
    w.declare(symbol, f"func.func private @{symbol}({types}) -> f64 attributes {{{_PURE}}}")
    w.vectorises = False
    y = w.let(f"func.call @{symbol}({operands}) : ({types}) -> f64")
    return cast(Element(y, "float64", w), dtype, w)


def _formula(op: Formula, elements: Sequence[Element], w: Writer) -> Element:
    """A call of the function that a formula becomes; one without loops is inlined."""
    dtype = elements[0].dtype
    wide = [cast(x, "float64", w) for x in elements]
    symbol = f"formula_{op.name}"
    if symbol not in w.declared:
        inner = Writer(w.declared)
        y = _double(op.function(*(Element(f"%x{i}", "float64", inner) for i in range(len(wide)))),
                    inner)  # fmt: skip
        text = inner.text()
        inline = "no_inline" if " scf." in text else "always_inline"
        parameters = ", ".join(f"%x{i}: f64" for i in range(len(wide)))
        w.declare(
            symbol,
            f"func.func private @{symbol}({parameters}) -> f64 attributes "
            f"{{llvm.{inline}, llvm.linkage = #llvm.linkage<internal>}} {{\n{text}\n"
            f"    return {y.name} : f64\n  }}",
        )
    w.vectorises &= "no_inline" not in w.declared[symbol]
    types = ", ".join(["f64"] * len(wide))
    operands = ", ".join(x.name for x in wide)
    y = w.let(f"func.call @{symbol}({operands}) : ({types}) -> f64")
    return cast(Element(y, "float64", w), dtype, w)


def _integer_power(elements: Sequence[Element], w: Writer) -> Element:
    """By repeated squaring; the exponent has been checked not to be negative."""
    base, exponent = elements
    type = base.type
    symbol = f"integer_power_{type}"
    w.declare(symbol, _INTEGER_POWER.replace("SYMBOL", symbol).replace("TYPE", type))
    call = f"func.call @{symbol}({base.name}, {exponent.name}) : ({type}, {type}) -> {type}"
    return Element(w.let(call), base.dtype, w)


_INTEGER_POWER = """func.func private @SYMBOL(%base: TYPE, %exponent: TYPE) -> TYPE
    attributes {llvm.always_inline} {
    %zero = arith.constant 0 : TYPE
    %one = arith.constant 1 : TYPE
    %r:3 = scf.while (%y = %one, %b = %base, %e = %exponent)
        : (TYPE, TYPE, TYPE) -> (TYPE, TYPE, TYPE) {
      %more = arith.cmpi ne, %e, %zero : TYPE
      scf.condition(%more) %y, %b, %e : TYPE, TYPE, TYPE
    } do {
    ^bb0(%y: TYPE, %b: TYPE, %e: TYPE):
      %low = arith.andi %e, %one : TYPE
      %odd = arith.cmpi ne, %low, %zero : TYPE
      %yb = arith.muli %y, %b : TYPE
      %y2 = arith.select %odd, %yb, %y : TYPE
      %b2 = arith.muli %b, %b : TYPE
      %e2 = arith.shrui %e, %one : TYPE
      scf.yield %y2, %b2, %e2 : TYPE, TYPE, TYPE
    }
    return %r#0 : TYPE
  }"""


def cast(x: Element, dtype: str, w: Writer) -> Element:
    """Conversion as in C, made total: NaN and what is out of range give NumPy's x86-64 value."""
    if x.dtype == dtype:
        return x
    source, target = np.dtype(x.dtype), np.dtype(dtype)
    if dtype == "bool":
        return ops.neq(x, 0)
    if target.kind == "c":
        part = real_dtype(dtype)
        if source.kind == "c":
            return ops.complex(cast(ops.real(x), part, w), cast(ops.imag(x), part, w))
        return ops.complex(cast(x, part, w), literal(0, part, w))
    if source.kind == "c":
        return cast(ops.real(x), dtype, w)
    return Element(_convert(x, source, target, w), dtype, w)


def _convert(x: Element, source: np.dtype, target: np.dtype, w: Writer) -> str:
    to = MLIR_TYPE[target.name]
    if source.kind == "f" and target.kind == "f":
        op = "arith.extf" if target.itemsize > source.itemsize else "arith.truncf"
        return w.let(f"{op} {x.name} : {x.type} to {to}")
    if target.kind == "f":
        if target.itemsize == 2:
            return cast(cast(x, "float32", w), "float16", w).name
        op = "arith.sitofp" if source.kind == "i" else "arith.uitofp"
        return w.let(f"{op} {x.name} : {x.type} to {to}")
    if source.kind == "f":
        return _float_to_integer(x, target, w)
    if MLIR_TYPE[source.name] == to:
        return x.name
    width = target.itemsize * 8
    own = 1 if source.kind == "b" else source.itemsize * 8
    if width < own:
        return w.let(f"arith.trunci {x.name} : {x.type} to {to}")
    op = "arith.extsi" if source.kind == "i" else "arith.extui"
    return w.let(f"{op} {x.name} : {x.type} to {to}")


def _float_to_integer(x: Element, target: np.dtype, w: Writer) -> str:
    """Towards 0, as x86-64 does it: through int32 for int32 and narrower ones, else int64
    (uint64 for its upper half); what that cannot hold becomes its minimum, above uint64 0.
    """
    if x.dtype == "float16":
        x = cast(x, "float32", w)
    bits = 32 if target.itemsize < 4 or target.name == "int32" else 64
    limit = 2.0 ** (bits - 1)
    inside = ops.and_(ops.ge(x, -limit), ops.lt(x, limit))
    safe = ops.switch(inside, x, 0)
    whole = Element(w.let(f"arith.fptosi {safe.name} : {x.type} to i{bits}"), f"int{bits}", w)
    whole = ops.switch(inside, whole, -(2 ** (bits - 1)))
    if target.name == "uint64":
        upper, least = ops.ge(x, limit), int(np.iinfo(np.int64).min)
        inside = ops.and_(upper, ops.lt(x, 2 * limit))
        shifted = ops.switch(inside, x - limit, 0)
        high = Element(w.let(f"arith.fptosi {shifted.name} : {x.type} to i64"), "int64", w)
        high = ops.xor(ops.switch(inside, high, least), least)
        whole = ops.switch(upper, high, whole)
    return cast(whole, target.name.replace("uint", "int"), w).name


Combiner = Callable[[Element, Element], Element]
