"""Rewrite rules, written as the mathematics that they are.

    x = Var("x")
    Rule("log-of-one-plus", before=log(1 + x), after=log1p(x))  # |x| < eps: 1 + x rounds to 1

Ops called on a Var make a pattern instead of an application. A pattern matches at any rank; the
operands of a commutative op in either order; a number, a constant all of whose elements are it; a
Var that comes twice, the same value twice. An op on whole arrays matches itself, with the same
parameters; a Form, all ops that are one in mathematics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from xdsl.ir import Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.binding import Operand
from lamina.ir.configuration import config
from lamina.ir.ops.elementwise import Elemwise
from lamina.passes.driver import Rewriter
from lamina.passes.values import Value, kind, uniform

ELEMENTWISE = "elementwise"
Matcher = Callable[[SSAValue, dict[str, SSAValue]], bool]


class Pattern(Operand):
    """An expression over variables of a rule."""

    def bind(self, op: Any, operands: Sequence[Any]) -> Applied:
        return Applied(op, tuple(operands))


@dataclass(frozen=True, eq=False)
class Var(Pattern):
    """Stands for any value."""

    name: str


@dataclass(frozen=True, eq=False)
class Applied(Pattern):
    """An op, or a Form, on patterns and numbers."""

    op: Any
    operands: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Form:
    """Ops that are one in a rule, though their parameters differ with the ranks of operands.

    Attributes
    ----------
    name : str
    nd_name : str
        They all are operations ``nd.<nd_name>``.
    fits : callable
        From an operation of that name, whether it is one of them.
    build : callable
        From Values, that of one of them.
    """

    name: str
    nd_name: str
    fits: Callable[[Any], bool]
    build: Callable[..., Value]

    def __call__(self, *operands: Any) -> Any:
        return (
            Applied(self, operands) if isinstance(operands[0], Pattern) else self.build(*operands)
        )

    def __repr__(self) -> str:
        return self.name


def _swaps_last(op: Any) -> bool:
    order = op.definition.order
    n = len(order)
    return n == op.definition.input_ndim and order == (*range(n - 2), n - 1, n - 2) and n > 1


def _swapped(x: Value) -> Value:
    return x.dimshuffle((*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


transposed = Form("transposed", "dimshuffle", _swaps_last, _swapped)


class Match:
    """What the variables of a rule stand for: ``m.x`` is the value of x."""

    def __init__(self, found: dict[str, SSAValue]):
        self.__dict__.update(found)

    def __getattr__(self, name: str) -> SSAValue:
        raise AttributeError(name)


@dataclass(frozen=True, eq=False)
class Rule:
    """`before` becomes `after`.

    Attributes
    ----------
    name : str
        What it matches, a noun phrase in kebab case.
    before, after : pattern or number
        Numbers of `after` get the dtype of the values beside them.
    when : callable, optional
        From the Match, whether it may fire.
    kinds : str
        The kinds of dtypes that the values of all variables may have, but for the conditions of
        choices: letters of ``biufc``.
    keeps_nan : bool
        Whether NaNs and infinities stay what they were; if not, it is off for floats under
        strict_ieee.
    once : bool
        It fires only where the parts of `before` are used nowhere else: else they would be computed
        besides those of `after`.
    reason : str
        What is gained, in a line.
    """

    name: str
    before: Applied
    after: Any
    when: Callable[[Match], bool] | None = None
    kinds: str = "f"
    keeps_nan: bool = True
    once: bool = False
    reason: str = ""

    @cached_property
    def _variants(self) -> list[Matcher]:
        return [_matcher(variant, self.once) for variant in _orders(self.before)]

    @cached_property
    def _conditions(self) -> set[str]:
        return set(_conditions(self.before))

    @property
    def roots(self) -> tuple[str, ...]:
        """The names of the operations that it may match."""
        return (self.before.op.nd_name.lower(),)

    @property
    def is_elementwise(self) -> bool:
        """Whether all its ops work element by element."""
        return all(_is_elementwise(p) for p in (self.before, self.after))

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of operations: one must have made an operand. Empty if any value will do."""
        inner = [p for p in self.before.operands if not isinstance(p, Var)]
        made = tuple(p.op.nd_name.lower() for p in inner if isinstance(p, Applied))
        return made or (("constant",) if inner else ())

    @property
    def text(self) -> str | None:
        """All that the rule is; None if only Python can tell."""
        if self.when is not None:
            return None
        flags = f"{self.kinds} {self.keeps_nan} {self.once}"
        return f"{_text(self.before)} -> {_text(self.after)} {flags}"

    def match(self, op: Operation) -> dict[str, SSAValue] | None:
        """The values of the variables, if `op` is an instance of `before`."""
        result = op.results[0]
        for variant in self._variants:
            found: dict[str, SSAValue] = {}
            if variant(result, found) and self._allows(found):
                return found
        return None

    def _allows(self, found: dict[str, SSAValue]) -> bool:
        kinds = {kind(v) for name, v in found.items() if name not in self._conditions}
        if not kinds <= set(self.kinds):
            return False
        if not self.keeps_nan and config.strict_ieee and kinds & set("fc"):
            return False
        return self.when is None or self.when(Match(found))

    def apply(self, op: Operation, rewriter: Rewriter) -> Value | SSAValue | None:
        """The value of `after`, if `op` is an instance of `before`."""
        found = self.match(op)
        if found is None:
            return None
        if not isinstance(self.after, Pattern):
            return rewriter.number(self.after, nd.dtype_of(op.results[0]))
        return _built(self.after, {name: Value(v, rewriter) for name, v in found.items()})


def _conditions(pattern: Any) -> Iterator[str]:
    """The variables that only decide what is chosen."""
    for i, p in enumerate(getattr(pattern, "operands", ())):
        if isinstance(p, Var) and i == 0 and pattern.op.nd_name == "switch":
            yield p.name
        yield from _conditions(p)


def _is_elementwise(pattern: Any) -> bool:
    if not isinstance(pattern, Applied):
        return True
    return isinstance(pattern.op, Elemwise) and all(map(_is_elementwise, pattern.operands))


def _text(pattern: Any) -> str:
    if isinstance(pattern, Var):
        return pattern.name
    if isinstance(pattern, Applied):
        return f"{pattern.op!r}({', '.join(map(_text, pattern.operands))})"
    return repr(pattern)


def _built(pattern: Any, found: dict[str, Value]) -> Any:
    if isinstance(pattern, Var):
        return found[pattern.name]
    if isinstance(pattern, Applied):
        return pattern.op(*(_built(p, found) for p in pattern.operands))
    return pattern


def _orders(pattern: Any) -> Iterator[Any]:
    """The pattern with the operands of commutative ops in every order."""
    if not isinstance(pattern, Applied):
        yield pattern
        return
    for operands in product(*(list(_orders(p)) for p in pattern.operands)):
        yield Applied(pattern.op, operands)
        commutes = isinstance(pattern.op, Elemwise) and pattern.op.scalar_op.commutative
        if commutes and operands[0] is not operands[1]:
            yield Applied(pattern.op, operands[::-1])


def _matcher(pattern: Any, once: bool = False, inner: bool = False) -> Matcher:
    if isinstance(pattern, Var):
        name = pattern.name

        def same(value: SSAValue, found: dict[str, SSAValue]) -> bool:
            return found.setdefault(name, value) is value

        return same
    if not isinstance(pattern, Applied):

        def equal(value: SSAValue, found: dict[str, SSAValue]) -> bool:
            return value.owner.__class__ is nd.ConstantOp and uniform(value) == pattern

        return equal
    cls, fits = _class_of(pattern.op)
    alone = once and inner
    # what refuses soonest goes first
    numbered = sorted(enumerate(pattern.operands), key=lambda p: isinstance(p[1], Var))
    parts = [(i, _matcher(p, once, inner=True)) for i, p in numbered]

    def applied(value: SSAValue, found: dict[str, SSAValue]) -> bool:
        owner: Any = value.owner
        if owner.__class__ is not cls or (alone and not value.has_one_use()):
            return False
        if fits is not None and not fits(owner):
            return False
        operands = owner.operands
        for i, part in parts:
            if not part(operands[i], found):
                return False
        return True

    return applied


def _class_of(op: Any) -> tuple[type[Any], Callable[[Any], bool] | None]:
    """The operations of `op`, and which of them are meant; None if all."""
    if isinstance(op, Elemwise):
        return nd.elementwise_class(op), None
    if isinstance(op, Form):
        return nd.ARRAY_CLASSES[op.nd_name], op.fits
    return nd.nd_class(op), lambda operation: operation.definition == op


@dataclass(frozen=True, eq=False)
class Procedure:
    """A rewrite that must inspect types or uses: a function of (operation, rewriter).

    It returns the value for the result, True if it has changed the block itself, or None to refuse.
    """

    name: str
    roots: tuple[str, ...]
    apply: Callable[[Any, Rewriter], Any]
    needs: tuple[str, ...] = ()
    keeps_nan: bool = True
    describes: Any = None  # the function whose docstring tells what it does
    text = None  # what a function does is not told by a text


def rewrite(
    name: str, *roots: str, needs: tuple[str, ...] = (), keeps_nan: bool = True
) -> Callable[[Callable[[Any, Rewriter], Any]], Procedure]:
    """Make a Procedure of a function.

    Parameters
    ----------
    name : str
    *roots : str
        It is tried on the operations ``nd.root``; ELEMENTWISE is all of the family.
    needs : tuple of str
        It fires only where one of the operands was made by one of these operations.
    keeps_nan : bool
        If not, it is off for results of float or complex dtype under strict_ieee.
    """

    def make(function: Callable[[Any, Rewriter], Any]) -> Procedure:
        def unless_strict(op: Any, rewriter: Rewriter) -> Any:
            if config.strict_ieee and kind(op.results[0]) in "fc":
                return None
            return function(op, rewriter)

        applied = function if keeps_nan else unless_strict
        return Procedure(name, roots, applied, needs, keeps_nan, function)

    return make


def is_number(value: SSAValue) -> bool:
    """Whether `value` is a constant all of whose elements are equal."""
    return uniform(value) is not None


def is_power_of_two(number: Any) -> bool:
    """Whether multiplication by `number`, a float, only shifts the exponent."""
    return (
        number.dtype.kind == "f" and bool(np.isfinite(number)) and abs(np.frexp(number)[0]) == 0.5
    )
