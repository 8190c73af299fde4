r"""Graphs as formulas in LaTeX.

``latex(pt.exp(-x**2) / y)`` is ``\frac{e^{-x^{2}}}{y}``. Notebooks show variables so.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.advanced_indexing import AdvancedSubtensor
from lamina.ir.ops.basic_indexing import Subtensor
from lamina.ir.ops.blockwise import Blockwise
from lamina.ir.ops.contraction import Dot
from lamina.ir.ops.copying import ViewOp
from lamina.ir.ops.dimshuffle import DimShuffle
from lamina.ir.ops.elementwise import Elemwise
from lamina.ir.ops.print_value import Print
from lamina.ir.ops.reduction import CAReduce
from lamina.printing.pretty import PPrinter, PrinterState, operands_of

LARGEST = 60  # applications in a formula that notebooks show
_MOST_ENTRIES = 16

# Precedences: what is around binds more where this is less.
OR, AND, COMPARED, SUM, PRODUCT, NEGATIVE, POWER, ATOM = range(8)

# operator, precedence, precedence of the operands on its left and right
_OPERATORS = {
    "add": ("+", SUM, SUM, SUM), "sub": ("-", SUM, SUM, PRODUCT),
    "mul": (r"\,", PRODUCT, PRODUCT, NEGATIVE),
    "EQ": ("=", COMPARED, SUM, SUM), "NEQ": (r"\ne", COMPARED, SUM, SUM),
    "LT": ("<", COMPARED, SUM, SUM), "GT": (">", COMPARED, SUM, SUM),
    "LE": (r"\le", COMPARED, SUM, SUM), "GE": (r"\ge", COMPARED, SUM, SUM),
    "and_": (r"\land", AND, AND, AND), "logical_and": (r"\land", AND, AND, AND),
    "or_": (r"\lor", OR, OR, OR), "logical_or": (r"\lor", OR, OR, OR),
    "mod": (r"\bmod", PRODUCT, NEGATIVE, NEGATIVE),
}  # fmt: skip
_FUNCTIONS = {
    **{name: rf"\{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin",
                                      "arccos", "arctan", "log", "arg")},
    "log2": r"\log_{2}", "log10": r"\log_{10}", "maximum": r"\max", "minimum": r"\min",
    "sigmoid": r"\sigma", "gamma": r"\Gamma", "gammaln": r"\log\Gamma", "psi": r"\psi",
    "tri_gamma": r"\psi'", "angle": r"\arg", "real": r"\Re", "imag": r"\Im", "beta": r"\mathrm{B}",
    "j0": "J_{0}", "j1": "J_{1}", "i0": "I_{0}", "i1": "I_{1}", "sign": r"\operatorname{sgn}",
}  # fmt: skip
# pieces before and after the one operand, and its precedence
_AROUND = {
    "exp": ("e^{", "}", OR), "sqrt": (r"\sqrt{", "}", OR), "abs": (r"\left|", r"\right|", OR),
    "floor": (r"\left\lfloor ", r"\right\rfloor", OR), "exp2": ("2^{", "}", OR),
    "ceil": (r"\left\lceil ", r"\right\rceil", OR), "reciprocal": (r"\frac{1}{", "}", OR),
    "logical_not": (r"\lnot ", "", NEGATIVE), "invert": (r"\lnot ", "", NEGATIVE),
    "log1p": (r"\log\left(1 + ", r"\right)", SUM),
    "scalar_softplus": (r"\log\left(1 + e^{", r"}\right)", OR),
}  # fmt: skip
_REDUCTIONS = {"Sum": r"\sum", "Prod": r"\prod", "Max": r"\max", "Min": r"\min"}
_GREEK = set(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)


def latex(expression: Variable) -> str:
    r"""The graph of a variable as a formula, without dollar signs.

    Names are those of variables: Greek where they are letters of that alphabet, bold where they are
    arrays, with an index behind ``_``. Dimensions added or dropped for broadcasting are not shown,
    nor are casts. What has no notation of its own is a function by its name. ``\cdots`` stands for
    parts of more than 10,000 characters.

    Parameters
    ----------
    expression : Variable

    Returns
    -------
    str
        For a document that loads ``amsmath``, or for MathJax.

    Examples
    --------
    >>> x, sigma = pt.dvector("x"), pt.dscalar("sigma")
    >>> print(latex(pt.exp(-((x / sigma) ** 2) / 2)))
    e^{\frac{-\left(\frac{\mathbf{x}}{\sigma}\right)^{2}}{2}}
    """
    return latex_printer.process(expression).replace("···", r"\cdots")


def latex_of_small(expression: Variable) -> str | None:
    """``$...$`` for a notebook; None for a graph that is too large to read as a formula."""
    if len(toposort([expression])) > LARGEST:
        return None
    return f"$\\displaystyle {latex(expression)}$"


def _written(var: Variable, pstate: PrinterState) -> str:
    node: Any = var.owner
    op = node.op
    if isinstance(op, Elemwise):
        return _elementwise(str(op.scalar_op), var, pstate)
    if isinstance(op, (Dot, Blockwise)) and isinstance(getattr(op, "core_op", op), Dot):
        a, b = node.inputs
        left, right = _text(a, pstate, PRODUCT), _text(b, pstate, NEGATIVE)
        if a.owner is not None and getattr(a.owner.op, "new_order", ()) == ("x", 0):
            left = f"{_text(a, pstate, ATOM)}^{{\\top}}"
        return _between(r"\,", PRODUCT, [left, right], pstate)
    if isinstance(op, DimShuffle):
        kept = [d for d in op.new_order if d != "x"]
        if kept == sorted(kept):
            return pstate.pprinter.process(node.inputs[0], pstate)
        if len(kept) == 2:
            return f"{_text(node.inputs[0], pstate, ATOM)}^{{\\top}}"
    if isinstance(op, Subtensor):
        index = ", ".join(map(_index, op.index(operands_of(var, pstate)[1:])))
        return f"{_text(node.inputs[0], pstate, ATOM)}_{{{index}}}"
    if isinstance(op, AdvancedSubtensor):
        index = ", ".join(operands_of(var, pstate)[1:])
        return f"{_text(node.inputs[0], pstate, ATOM)}_{{{index}}}"
    if isinstance(op, CAReduce) and type(op).__name__ in _REDUCTIONS:
        return _reduced(_REDUCTIONS[type(op).__name__], op, var, pstate)
    if isinstance(op, (Print, ViewOp)):
        return pstate.pprinter.process(node.inputs[0], pstate)
    name = type(getattr(op, "core_op", op)).__name__
    if name == "MatrixInverse":
        return f"{_text(node.inputs[0], pstate, ATOM)}^{{-1}}"
    if name == "Det":
        return rf"\det\left({operands_of(var, pstate)[0]}\right)"
    if name == "Solve":
        a, b = node.inputs
        inverse = f"{_text(a, pstate, ATOM)}^{{-1}}"
        return _between(r"\,", PRODUCT, [inverse, _text(b, pstate, NEGATIVE)], pstate)
    text = _called(rf"\operatorname{{{_escaped(name)}}}", operands_of(var, pstate))
    return text if len(node.outputs) == 1 else f"{text}_{{{var.index}}}"


def _elementwise(name: str, var: Variable, pstate: PrinterState) -> str:
    operands: Any = var.owner.inputs  # type: ignore[union-attr]
    if name in _OPERATORS and len(operands) > 1:
        sign, own, left, right = _OPERATORS[name]
        texts = [_text(operands[0], pstate, left)]
        texts += [_text(v, pstate, right) for v in operands[1:]]
        # 2 3 would be read as 23
        sign = r"\cdot" if sign == r"\," and any(t[:1].isdigit() for t in texts[1:]) else sign
        return _between(sign, own, texts, pstate)
    if name == "neg":
        return _within_parentheses(f"-{_text(operands[0], pstate, PRODUCT)}", SUM, pstate)
    if name == "true_div":
        above, below = (_text(v, pstate, OR) for v in operands)
        return _within_parentheses(rf"\frac{{{above}}}{{{below}}}", NEGATIVE, pstate)
    if name in ("pow", "sqr"):
        exponent = "2" if name == "sqr" else _text(operands[1], pstate, OR)
        base = _text(operands[0], pstate, ATOM)
        return _within_parentheses(f"{base}^{{{exponent}}}", POWER, pstate)
    if name in _AROUND:
        before, after, inner = _AROUND[name]
        own = POWER if before.endswith("^{") else PRODUCT if "lnot" in before else ATOM
        return _within_parentheses(before + _text(operands[0], pstate, inner) + after, own, pstate)
    if name == "switch":
        condition, a, b = (_text(v, pstate, OR) for v in operands)
        cases = rf"{a} & \text{{if }} {condition} \\ {b} & \text{{otherwise}}"
        return rf"\begin{{cases}} {cases} \end{{cases}}"
    if name in ("identity", "second") or name.startswith("Cast"):
        return pstate.pprinter.process(operands[-1], pstate)
    function = _FUNCTIONS.get(name, rf"\operatorname{{{_escaped(name)}}}")
    return _called(function, [_text(v, pstate, OR) for v in operands])


def _reduced(sign: str, op: Any, var: Variable, pstate: PrinterState) -> str:
    x: Any = var.owner.inputs[0]  # type: ignore[union-attr]
    axes = () if op.axis is None or len(op.axis) == x.type.ndim else op.axis
    below = f"_{{{', '.join(map(str, axes))}}}" if axes else ""
    if sign in (r"\max", r"\min"):
        return _called(sign + below, [_text(x, pstate, OR)])
    return _within_parentheses(f"{sign}{below} {_text(x, pstate, PRODUCT)}", SUM, pstate)


def _text(v: Variable, pstate: PrinterState, precedence: int) -> str:
    with pstate.within(precedence):
        return pstate.pprinter.process(v, pstate)


def _between(sign: str, own: int, texts: list[str], pstate: PrinterState) -> str:
    return _within_parentheses(f" {sign} ".join(texts), own, pstate)


def _within_parentheses(text: str, own: int, pstate: PrinterState) -> str:
    return rf"\left({text}\right)" if pstate.precedence > own else text


def _called(function: str, operands: list[str]) -> str:
    return rf"{function}\left({', '.join(operands)}\right)"


def _index(entry: Any) -> str:
    if not isinstance(entry, slice):
        return str(entry)
    text = f"{entry.start or ''}:{entry.stop or ''}"
    return text if entry.step is None else f"{text}:{entry.step}"


def _leaf(var: Variable, pstate: PrinterState) -> str:
    if isinstance(var, Constant) and var.name is None:
        return _constant(var.data, pstate)
    name = var.name
    if name is None:
        return rf"\square_{{{_escaped(str(var.type.__class__.__name__))}}}"
    text = _name(name)
    if not getattr(var.type, "ndim", 0):
        return text
    return rf"\mathbf{{{text}}}" if len(text) == 1 else rf"\boldsymbol{{{text}}}"


def _name(name: str) -> str:
    """``beta_1`` as ``\\beta_{1}``, ``rate`` as ``\\mathrm{rate}``, ``x2`` as ``x_{2}``."""
    head, _, below = name.partition("_")
    if not below and (match := re.fullmatch(r"([A-Za-z]+)(\d+)", head)):
        head, below = match[1], match[2]
    if not head:
        head, below = name, ""
    text = rf"\{head}" if head in _GREEK else head
    if len(head) > 1 and head not in _GREEK:
        text = rf"\mathrm{{{_escaped(head)}}}"
    elif not re.fullmatch(r"\\?[A-Za-z]+", text):
        text = _escaped(text)
    return f"{text}_{{{_below(below)}}}" if below else text


def _below(text: str) -> str:
    return text if text.isdigit() or len(text) == 1 else rf"\mathrm{{{_escaped(text)}}}"


def _escaped(text: str) -> str:
    return re.sub(r"([_#$%&{}])", r"\\\1", text.replace("\\", r"\textbackslash "))


def _constant(data: Any, pstate: PrinterState) -> str:
    if not isinstance(data, np.ndarray):
        return rf"\text{{{_escaped(str(data))}}}"
    if data.size == 1:
        text = _number(data.reshape(()).item())
        own = SUM if text.startswith("-") else PRODUCT if "cdot" in text else ATOM
        own = POWER if text.startswith("10^") else own
        return _within_parentheses(text, own, pstate)
    if data.ndim > 2 or data.size > _MOST_ENTRIES:
        shape = r" \times ".join(map(str, data.shape))
        return rf"\left[{shape}\right]"
    rows = data[:, None] if data.ndim == 1 else data
    body = r" \\ ".join(" & ".join(map(_number, row.tolist())) for row in rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def _number(value: Any) -> str:
    if isinstance(value, complex):
        real, imaginary = _number(value.real), _number(abs(value.imag))
        return f"({real} {'-' if value.imag < 0 else '+'} {imaginary}i)"
    if isinstance(value, float):
        if math.isnan(value):
            return r"\mathrm{NaN}"
        if math.isinf(value):
            return r"\infty" if value > 0 else r"-\infty"
        text = repr(value).removesuffix(".0")
        mantissa, _, exponent = text.partition("e")
        if exponent:
            power = f"10^{{{int(exponent)}}}"
            return power if mantissa == "1" else rf"{mantissa} \cdot {power}"
        return text
    return str(value)


latex_printer = PPrinter(_written)
latex_printer.assign(lambda pstate, v: v.owner is None, _leaf)
