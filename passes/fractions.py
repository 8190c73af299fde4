"""Products and quotients as fractions, so that equal factors above and below the line cancel.

    ((g * y) / p) * p * (1 - p)             ->  g * y * (1 - p)
    (a / p - b / (1 - p)) * p * (1 - p)     ->  a * (1 - p) - b * p

The second is what the chain rule makes of a cross-entropy; where p rounds to 0 or 1, what is
cancelled is 0 / 0. Nothing else of a product is reordered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from xdsl.ir import Operation, SSAValue

import lamina.ir.operators as ops
from lamina.ir import dialect as nd
from lamina.passes.driver import Rewriter
from lamina.passes.rules import rewrite
from lamina.passes.values import Value, kind, made_by, uniform

MOST_FACTORS = 24
MOST_TERMS = 6
PRODUCTS = ("mul", "true_div", "neg", "reciprocal", "sqr")
_CLASSES = frozenset(nd.elementwise_class(getattr(ops, name)) for name in PRODUCTS)
_MAY_BE_SIGMOIDS = frozenset(nd.elementwise_class(op) for op in (ops.sigmoid, ops.sub, ops.add))
_SUMS = frozenset(nd.elementwise_class(op) for op in (ops.add, ops.sub))


@dataclass(eq=False)
class Factor:
    """A node of the tree of a product.

    Attributes
    ----------
    parts : list of Factor
        Empty for a factor that is not itself a product.
    power : int
        1 above the line, -1 below it.
    becomes : SSAValue or None
        What takes its place, where `gone` is set: None is 1.
    """

    value: SSAValue
    power: int
    parts: list[Factor] = field(default_factory=list)
    gone: bool = False
    becomes: SSAValue | None = None

    def leaves(self) -> Iterator[Factor]:
        """The factors that are no products, from the left."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()

    def replace(self, value: SSAValue | None = None) -> None:
        """Let `value`, 1 if None, stand in place of this factor."""
        self.gone, self.becomes = True, value

    def build(self, rewriter: Rewriter) -> Value | None:
        """The product with what was replaced; None is 1."""
        if self.gone:
            return None if self.becomes is None else rewriter.value(self.becomes)
        if not any(leaf.gone for leaf in self.leaves()):
            return rewriter.value(self.value)
        operation: Any = self.value.owner
        parts = [part.build(rewriter) for part in self.parts]
        left = parts[0]
        match operation.name:
            case "nd.neg":
                return -(left if left is not None else self._one(rewriter))
            case "nd.reciprocal":
                return None if left is None else ops.reciprocal(left)
        right = parts[1]
        if operation.name == "nd.true_div":
            if right is None:
                return left
            return (self._one(rewriter) if left is None else left) / right
        if left is None or right is None:
            return right if left is None else left
        return left * right

    def _one(self, rewriter: Rewriter) -> Value:
        return rewriter.value(rewriter.number(1, nd.dtype_of(self.value)))


def fraction(value: SSAValue) -> Factor:
    """The tree of the product that `value` is."""
    room = [MOST_FACTORS]

    def grow(value: SSAValue, power: int) -> Factor:
        node = Factor(value, power)
        operation: Any = value.owner
        if operation.__class__ in _CLASSES and room[0] > 0:
            room[0] -= 1
            operands = list(operation.operands)
            if operation.name == "nd.sqr":
                operands *= 2
            below = {"nd.true_div": 1, "nd.reciprocal": 0}.get(operation.name)
            node.parts = [grow(v, -power if i == below else power) for i, v in enumerate(operands)]
        return node

    return grow(value, 1)


def known_as(leaf: Factor) -> tuple[Any, int]:
    """What a factor is known as, and its power.

    1 - sigmoid(z) is sigmoid(-z), and 1 + exp(z) is 1 / sigmoid(-z).
    """
    sigmoid = as_sigmoid(leaf.value)
    if sigmoid is not None:
        return sigmoid[:2], leaf.power * sigmoid[2]
    return leaf.value, leaf.power


def as_sigmoid(value: SSAValue) -> tuple[SSAValue, bool, int] | None:
    """(z, negative, power): `value` is sigmoid(z), or sigmoid(-z) if negative, to a power."""
    made: Any = value.owner
    if made.__class__ not in _MAY_BE_SIGMOIDS or kind(value) != "f":
        return None
    if made.name == "nd.sigmoid":
        return *_signed(made.operands[0]), 1
    if made.name == "nd.sub" and uniform(made.operands[0]) == 1:
        inner = made_by(made.operands[1], "sigmoid")
        if inner is not None:
            z, negative = _signed(inner.operands[0])
            return z, not negative, 1
    if made.name == "nd.add":
        for one, other in ((0, 1), (1, 0)):
            inner = made_by(made.operands[other], "exp")
            if inner is not None and uniform(made.operands[one]) == 1:
                z, negative = _signed(inner.operands[0])
                return z, not negative, -1
    return None


def _signed(value: SSAValue) -> tuple[SSAValue, bool]:
    made = made_by(value, "neg")
    return (value, False) if made is None else (made.operands[0], True)


def is_outermost(op: Operation) -> bool:
    """Whether `op` is a product of floats, and no factor of its only user, where all is seen."""
    result = op.results[0]
    return kind(result) in "fc" and result.get_user_of_unique_use().__class__ not in _CLASSES


@rewrite("common-factors", *PRODUCTS, needs=PRODUCTS, keeps_nan=False)
def common_factors(op: Any, rewriter: Rewriter) -> Any:
    """Cancel factors that stand above and below the line."""
    if not is_outermost(op):
        return None
    tree = fraction(op.results[0])
    if not _cancel(tree):
        return None
    found = tree.build(rewriter)
    return rewriter.number(1, nd.dtype_of(op.results[0])) if found is None else found


def _cancel(tree: Factor) -> bool:
    """Let pairs of factors go that are each other's inverse; whether there is one."""
    open_factors: dict[tuple[Any, int], list[Factor]] = {}
    cancelled = False
    for leaf in tree.leaves():
        if uniform(leaf.value) == 1:
            continue  # nothing would be gained
        key, power = known_as(leaf)
        others = open_factors.get((key, -power))
        if others:
            others.pop().replace()
            leaf.replace()
            cancelled = True
        else:
            open_factors.setdefault((key, power), []).append(leaf)
    return cancelled


@rewrite(
    "product-with-sum-of-quotients", *PRODUCTS, needs=(*PRODUCTS, "add", "sub"), keeps_nan=False
)
def distributed(op: Any, rewriter: Rewriter) -> Value | None:
    """(a / p + b) * p * q -> (a / p) * p * q + b * p * q, where a denominator will cancel."""
    if not is_outermost(op):
        return None
    tree = fraction(op.results[0])
    leaves = list(tree.leaves())
    for leaf in leaves:
        if leaf.power != 1 or leaf.value.owner.__class__ not in _SUMS:
            continue
        above = {
            known_as(other)[0] for other in leaves if other is not leaf and known_as(other)[1] == 1
        }
        terms = _terms(leaf.value)
        if above and len(terms) <= MOST_TERMS and any(_has_below(t, above) for t in terms):
            return _distribute(tree, leaf, rewriter)
    return None


def _terms(value: SSAValue) -> list[SSAValue]:
    terms, rest = [], [value]
    while rest and len(terms) <= MOST_TERMS:
        v = rest.pop()
        if v.owner.__class__ in _SUMS:
            rest += v.owner.operands  # type: ignore[union-attr]
        else:
            terms.append(v)
    return terms


def _has_below(term: SSAValue, keys: set[Any]) -> bool:
    if term.owner.__class__ not in _CLASSES:
        return False
    return any(power == -1 and key in keys for key, power in map(known_as, fraction(term).leaves()))


def _distribute(tree: Factor, leaf: Factor, rewriter: Rewriter) -> Value:
    leaf.replace()
    others = tree.build(rewriter)
    assert others is not None

    def times(value: SSAValue) -> Value:
        made: Any = value.owner
        if made.__class__ in _SUMS:
            left, right = made.operands
            return made.definition(times(left), times(right))
        return rewriter.value(value) * others

    return times(leaf.value)


FRACTIONS = (common_factors, distributed)
