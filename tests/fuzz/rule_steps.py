"""Steps of random graphs: what the rules of the catalogue look for.

Each function draws one expression for a generator, as its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lamina.ir.ops.elementwise import Elemwise
from lamina.passes.registry import TAGS
from lamina.passes.rules import Applied, Rule, Var
from tests.fuzz.steps import public_name


def _ops(pattern: Any) -> Iterator[Any]:
    if isinstance(pattern, Applied):
        yield pattern.op
        for part in pattern.operands:
            yield from _ops(part)


RULES = [
    r
    for members in TAGS.values()
    for r in members
    if isinstance(r, Rule) and all(isinstance(op, Elemwise) for op in _ops(r.before))
]


LOGICAL = ("invert", "and_", "or_", "xor")


def _instance(g: Any) -> str:
    """The left side of a rule, on operands that broadcast with each other."""
    rule = g.draw.choice(RULES)
    text = _Instance(rule.before, rule.kinds, g)
    if g.draw.random() < 0.15:  # a part that something else uses too keeps some rules from firing
        inner = [p for p in rule.before.operands if isinstance(p, Applied)]
        return f"({text.of(rule.before)} + {text.of(inner[0] if inner else rule.before)})"
    return text.of(rule.before)


class _Instance:
    """Variables of a pattern, and what they stand for."""

    def __init__(self, pattern: Applied, kinds: str, g: Any):
        self.g, self.kinds = g, kinds
        self.found: dict[str, str] = {}
        self.conditions = set(_conditions(pattern))
        self.first = ""

    def of(self, pattern: Any) -> str:
        """The text of a part."""
        if isinstance(pattern, Var):
            if pattern.name not in self.found:
                self.found[pattern.name] = self._operand(
                    "b" if pattern.name in self.conditions else self.kinds
                )
            return self.found[pattern.name]
        if not isinstance(pattern, Applied):
            return repr(pattern)
        operands = list(pattern.operands)
        if pattern.op.scalar_op.commutative:
            self.g.draw.shuffle(operands)
        return f"{public_name(pattern.op)}({', '.join(map(self.of, operands))})"

    def _operand(self, kinds: str) -> str:
        g = self.g

        def fits(v: Any) -> bool:
            return np.dtype(v.dtype).kind in kinds

        name = g.pick(fits)
        if self.first:
            other = g.partner(self.first)
            name = other if other in g.names and fits(g.names[other]) else name
        self.first = self.first or name
        if g.names[name].dtype[:5] != "float":
            return name
        # more digits are lost the further x is from 0, exponentials grow, logarithms are of what
        # is positive
        return g.draw.choice(
            (
                name,
                f"pt.tanh({name})",
                f"pt.tanh({name})",
                f"pt.sigmoid({name})",
                f"pt.exp(pt.tanh({name}))",
            )
        )


def _conditions(pattern: Any, under: bool = False) -> Iterator[str]:
    """The variables that are the truth which a choice asks for."""
    if isinstance(pattern, Var) and under:
        yield pattern.name
    if isinstance(pattern, Applied):
        name = pattern.op.scalar_op.name
        for i, part in enumerate(pattern.operands):
            choice = name == "switch" and i == 0
            yield from _conditions(part, choice or (under and name in LOGICAL))


def _algebra(g: Any) -> str:
    x = g.pick(lambda v: v.dtype not in ("bool", "uint8", "uint16", "uint32", "uint64"))
    y, n = g.partner(x), g.draw.choice((2, 3, 4, 0.5))
    return g.draw.choice(
        (
            f"-(-{x})", f"pt.conj(pt.conj({x}))", f"pt.reciprocal(pt.reciprocal({x}))",
            f"-({x} * {n})", f"-({x} / {n})", f"-({n} / (2 + pt.sqr({x})))", f"-pt.exp(-{x}).T",
            f"(-({x} + {y})).T", f"{n} * (2 * {x})", f"({x} + 3) + 2", f"{x} + 0", f"{x} / 1",
            f"{x} * 1 - 0", f"pt.real({x})", f"pt.conj({x})", f"pt.imag({x})",
            f"pt.switch(True, {x}, {y})", f"pt.neq({x}, {x})", f"pt.eq({x}, {x})", f"{x} ** 3",
            f"{x} ** 2 + {x} ** 4", f"(2 + {x} * {x}) ** -2", f"{x} / 4", f"1 / (2 + {x} * {x})",
            f"abs({x}) ** 0.5", f"(1 + abs({x})) ** -0.5", f"lamina.gradient.zero_grad({x}) * {y}",
            f"pt.cast(pt.cast({x}, 'float32'), 'float64')", f"pt.second({x}, {y})",
            f"pt.invert(pt.invert({x} > {y}))", f"pt.switch(pt.invert({x} > {y}), {x}, {y})",
            f"pt.and_({x} > {y}, {x} > {y})", f"pt.maximum({x}, {x})",
        )
    )  # fmt: skip


def _fraction(g: Any) -> str:
    x = g.pick(lambda v: v.dtype[:5] == "float")
    y, z = g.partner(x), g.partner(x)
    p = f"pt.sigmoid(pt.tanh({x}))"
    d = f"(1.5 + pt.sqr(pt.tanh({z})))"
    return g.draw.choice(
        (
            f"{y} / {d} * {d}", f"({x} * {d}) / ({y} * {d} + {d})", f"{d} / ({d} * 2) * {y}",
            f"({y} / {p} + {x} / (1 - {p})) * {p} * (1 - {p})", f"{x} * pt.reciprocal({d}) * {d}",
            f"({y} / {p} - {x} / (1 - {p})) * ({p} * (1 - {p}))", f"(({x} * {y}) / {d}) * {d} * 3",
            f"-{y} * {p} / -{p}", f"pt.sqr({d}) / {d}", f"{d} * {x} / pt.sqr({d})",
        )
    )  # fmt: skip


def _exponentials(g: Any) -> str:
    x = g.pick(lambda v: v.ndim > 0 and v.dtype[:5] == "float")
    ndim, z = g.names[x].ndim, f"pt.tanh({x})"
    axis = g.draw.randrange(-ndim, ndim)
    e, y = f"pt.exp({z})", g.partner(x)
    return g.draw.choice(
        (
            f"pt.log({e}.sum())", f"pt.log({e}.sum(axis={axis}))",
            f"pt.log({e}.sum(axis={axis}, keepdims=True))", f"{e} / {e}.sum()",
            f"{e} / {e}.sum(axis={axis}, keepdims=True)", f"{y} * {e} / {e}.sum(keepdims=True)",
            f"({z} / {e}.sum(axis={axis}, keepdims=True)).sum(axis={axis})",
            f"(({x} * {e}) / {e}.sum()).sum(axis={axis})", f"({z} / {e}.sum()).T",
            f"pt.sum({e} / {e}.sum(axis={axis}, keepdims=True), axis={axis}, keepdims=True)",
            f"lamina.grad(pt.sqr(pt.softmax({z}, axis={axis})).sum(), {x})",
            f"lamina.grad(pt.log({e}.sum(axis={axis})).sum(), {x})",
            f"(2.0 / pt.expand_dims({e}.sum(axis={axis}), 0)).T",
            f"{e} / (1 + {e})", f"{y} * {e} * pt.sigmoid(-{z})", f"pt.log1p({e})",
            f"pt.log({e} / (1 + pt.sqr({x})))", f"pt.log({e} + pt.exp(-{z}))",
        )
    )  # fmt: skip


def _reductions(g: Any) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    ndim, y = g.names[x].ndim, g.partner(x)
    axis = g.draw.randrange(-ndim, ndim)
    name = g.draw.choice(("sum", "prod", "max", "min", "any", "all"))
    return g.draw.choice(
        (
            f"pt.{name}(pt.{name}({x}, axis={axis}), axis=0)", f"pt.{name}(pt.{name}({x}[None]))",
            f"pt.sum(-{x}, axis={axis})", f"pt.sum(-({x} * {y}))", f"pt.{name}({x}[:1], axis=0)",
            f"pt.zeros({x}.shape[:1]).sum()", f"pt.full_like({x}, 2).sum(axis={axis})",
            f"pt.{name}(pt.expand_dims({x}, 0), axis=0)", "pt.max(pt.full((3, 2), 0.5))",
            f"pt.prod({x}.shape)", f"({x} * {y}).shape[{axis}] * 2", "pt.max(pt.ones((2, 2)))",
            f"pt.maximum({x}.shape[0], 0)", f"{x}.shape.sum()", f"pt.min({x}.shape * 2)",
        )
    )  # fmt: skip


def _views(g: Any) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    ndim, y = g.names[x].ndim, g.partner(x)
    lengths = "".join(f"{x}.shape[{i}], " for i in range(ndim))
    product = " * ".join(f"{x}.shape[{i}]" for i in range(ndim))
    return g.draw.choice(
        (
            f"{x}.T.T", f"pt.squeeze(pt.expand_dims({x}, {ndim}), {ndim})", f"{x}.ravel().ravel()",
            f"pt.expand_dims({x}, 0)[0]", f"({x} * {y})[0]", f"({x} + {y})[..., ::-1]",
            f"pt.cos({x}[1:])[:, None][:, 0]", f"pt.squeeze(pt.expand_dims({x}, 0) * 2, 0)",
            f"pt.reshape(pt.reshape({x}, ({product},)), ({lengths}))",
            f"pt.reshape({x}.ravel(), (-1, 1))", f"pt.reshape({x}, {x}.shape)",
            f"pt.reshape({x}, ({lengths}))", f"pt.concatenate([{x}], axis=0)", f"{x}[:] * 2",
            f"{x}[:].set({g.literal()})", f"{x}[:].inc({x} * 2)", f"pt.stack([{x}])",
            f"pt.stack([{x}.shape[0], 2])[1]", f"{x} + pt.zeros(({lengths}))",
            f"pt.alloc(pt.alloc({g.literal()}, {x}.shape[0]), 2, {x}.shape[0])",
            f"pt.sqrt(pt.alloc(2.0, {lengths}))", f"pt.alloc({x}, 2, {lengths})[1]",
            f"pt.alloc({x}, {lengths})", f"{x} * pt.ones_like({x})", f"pt.ones_like({x}).T + {y}",
            f"pt.stack([{x}.shape[0], 3]) * {x}.shape[-1]", f"({x} * 2).shape", f"{x}.T.shape[0]",
        )
    )  # fmt: skip


def _matrices(g: Any) -> str:
    dtypes = ("float64", "float32", "complex128")
    a = g.pick(lambda v: v.ndim == 2 and v.dtype in dtypes and g.known[v][0].size < 2000)
    kind, (m, n) = g.names[a].dtype, g.value(a).shape

    def beside(*shape: int) -> str:
        return g.pick(lambda v: v.dtype == kind and g.known[v][0].shape == shape)

    scale = g.draw.choice((g.literal(), g.pick(lambda v: v.ndim == 0 and v.dtype == kind)))
    if g.draw.random() < 0.4:
        x = beside(n)
        product = g.draw.choice((f"({a} @ {x})", f"({x} @ {a}.T)", f"(({scale} * {a}) @ {x})"))
        y = beside(m)
    else:
        b = g.draw.choice((f"{a}.T", f"{beside(n, m)}", f"{beside(m, n)}.T"))
        product = g.draw.choice((f"({a} @ {b})", f"({a} @ ({scale} * {b}))", f"((-{a}) @ {b})"))
        y = beside(m, m)
    return g.draw.choice(
        (
            product, f"{product}.T", f"({scale} * {product})", f"(-{product})",
            f"({y} + {product})", f"({y} - {scale} * {product})", f"(2 * {y} + {product})",
            f"({product} - {y} * {scale})",
        )
    )  # fmt: skip


STEPS: tuple[tuple[Callable[[Any], str], float], ...] = (
    (_instance, 16),
    (_algebra, 6),
    (_fraction, 4),
    (_exponentials, 6),
    (_reductions, 4),
    (_views, 5),
    (_matrices, 5),
)
