"""Steps of random graphs: applications of the ops that every program uses.

Each function draws one application for a generator, as the text of an expression.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import lamina.tensor as pt
from lamina.ir.graph.tensor_type import DTYPES
from lamina.ir.ops.elementwise import Elemwise, all_elementwise
from tests.fuzz.evaluation import evaluate
from tests.fuzz.graph import Rejected

FLOATS = ("float64", "float32", "float16")
ELEMENTWISE = [op for op in all_elementwise() if op.scalar_op.pullback is not None or op.nin]


def _into(op: Elemwise, i: int, name: str, g: Any) -> str:
    """`name`, moved into the domain of operand `i` of `op` more often than not."""
    fact = op.scalar_op
    low, high = fact.domains[i] if fact.domains else fact.domain
    if (
        g.names.get(name, None) is not None
        and g.names[name].dtype not in FLOATS
        or g.draw.random() < 0.4
    ):
        return name
    if not np.isinf(high) and high - low < 3:
        return f"(pt.tanh({name}) * {(high - low) / 2} + {(high + low) / 2})"
    if not np.isinf(low) and np.isinf(high):
        return f"(abs({name}) + {low})"
    return name


def _elementwise(g: Any) -> str:
    op = g.draw.choice(ELEMENTWISE)
    names = [g.pick()]
    while len(names) < op.nin:
        names.append(g.partner(names[0]))
    if op.nin == 3 and g.draw.random() < 0.7:
        names[0] = (
            g.pick(lambda v: v.dtype == "bool") if op.scalar_op.name == "switch" else names[0]
        )
    elif g.draw.random() < 0.3:
        names.reverse()
    operands = [_into(op, i, n, g) for i, n in enumerate(names)]
    return f"{public_name(op)}({', '.join(operands)})"


def public_name(op: Elemwise) -> str:
    """What calls `op`."""
    name = next((k for k, v in vars(pt).items() if v is op), None)
    return f"by_name({op.scalar_op.name!r})" if name is None else f"pt.{name}"


def _operator(g: Any) -> str:
    x = g.pick()
    y = g.partner(x)
    if g.draw.random() < 0.3:
        x, y = y, x
    return f"({x} {g.draw.choice('+ - * / + - * // % **'.split())} {y})"


def _compare(g: Any) -> str:
    x = g.pick()
    if g.draw.random() < 0.3:
        return f"pt.{g.draw.choice(('eq', 'neq'))}({x}, {g.partner(x)})"
    return f"({x} {g.draw.choice('< <= > >='.split())} {g.partner(x)})"


def _switch(g: Any) -> str:
    condition = g.pick(lambda v: v.dtype == "bool")
    x = g.partner(condition)
    return f"pt.switch({condition}, {x}, {g.partner(condition)})"


def _cast(g: Any) -> str:
    return f"pt.cast({g.pick()}, {g.draw.choice(DTYPES)!r})"


def _reduce(g: Any) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    name = g.draw.choice(
        "sum sum sum prod max min mean var std all any argmax argmin logsumexp".split()
    )
    keep = ", keepdims=True" if g.draw.random() < 0.3 else ""
    axis = g.axes(g.names[x].ndim)
    return f"pt.{name}({x}, axis={axis}{keep})"


def _shuffle(g: Any) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    ndim = g.names[x].ndim
    order: list[Any] = [d for d in range(ndim) if g.value(x).shape[d] != 1 or g.draw.random() < 0.5]
    if g.draw.random() < 0.7:
        g.draw.shuffle(order)
    for _ in range(g.draw.choice((0, 0, 1, 2))):
        if len(order) < 5:
            order.insert(g.draw.randint(0, len(order)), "x")
    chance = g.draw.random()
    if chance < 0.25:
        return f"{x}.T"
    if chance < 0.35:
        return f"pt.expand_dims({x}, {g.draw.randint(-ndim - 1, ndim)})"
    if chance < 0.4:
        return f"pt.squeeze({x})"
    if chance < 0.5:
        return f"pt.moveaxis({x}, {g.draw.randrange(ndim)}, {g.draw.randrange(-ndim, 0)})"
    return f"{x}.dimshuffle({', '.join(map(repr, order))})" if order else f"{x}.squeeze()"


def _reshape(g: Any) -> str:
    x = g.pick()
    size = g.value(x).size
    chance = g.draw.random()
    if chance < 0.2:
        return f"pt.flatten({x}, {g.draw.randint(1, max(1, g.names[x].ndim))})"
    if chance < 0.3 and g.names[x].ndim > 1:
        shape = [f"{x}.shape[{i}]" for i in range(g.names[x].ndim)]
        g.draw.shuffle(shape)
        return f"pt.reshape({x}, ({', '.join(shape)},))"
    lengths, rest = [], size
    while rest > 1 and len(lengths) < 3:
        divisors = [d for d in range(1, rest + 1) if rest % d == 0]
        lengths.append(g.draw.choice(divisors))
        rest //= lengths[-1]
    lengths.append(rest)
    g.draw.shuffle(lengths)
    texts = [g.integer(n, n) for n in lengths]
    if g.draw.random() < 0.4:
        texts[g.draw.randrange(len(texts))] = "-1"
    return f"pt.reshape({x}, ({', '.join(texts)},))"


def _bound(g: Any, n: int) -> str:
    if g.draw.random() < 0.35:
        return ""
    return g.integer(-n - 1, n + 1)


def _index(g: Any, x: str) -> str:
    entries = []
    shape = g.value(x).shape
    for n in shape[: g.draw.randint(1, len(shape))]:
        chance = g.draw.random()
        if chance < 0.3 and n:
            entries.append(g.integer(-n, n - 1))
        elif chance < 0.4:
            entries.append(":")
        else:
            step = g.draw.choice(("", "", "", "-1", "2", "-2", "3", "1"))
            if g.draw.random() < 0.1:
                step = g.integer(*g.draw.choice(((1, 2), (-2, -1))))
            entries.append(f"{_bound(g, n)}:{_bound(g, n)}" + (f":{step}" if step else ""))
    if g.draw.random() < 0.1:
        entries.insert(g.draw.randint(0, len(entries)), "None")
    if g.draw.random() < 0.1:
        entries.insert(g.draw.choice((0, len(entries))), "...")
    return ", ".join(entries)


def _subtensor(g: Any) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    return f"{x}[{_index(g, x)}]"


def _update(g: Any) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    part = f"{x}[{_index(g, x)}]"
    shape = g.value(x)[tuple(0 for _ in ())].shape
    shape = evaluate([eval(part, g.names)], dict(g.known), g.noise)[0][0].shape
    chance = g.draw.random()
    if chance < 0.4:
        y = g.literal()
    elif chance < 0.6:
        y = f"({part} * 2)"
    else:
        y = g.pick(
            lambda v: (
                v.ndim <= len(shape)
                and all(
                    n in (m, 1)
                    for n, m in zip(reversed(g.known[v][0].shape), reversed(shape), strict=False)
                )
            )
        )
    return f"{part}.{g.draw.choice(('set', 'inc'))}({y})"


def _join(g: Any) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    shape = g.value(x).shape
    axis = g.draw.randrange(len(shape))

    def fits(v: Any) -> bool:
        other = g.known[v][0].shape
        return len(other) == len(shape) and all(
            i == axis or n == m for i, (n, m) in enumerate(zip(other, shape, strict=True))
        )

    parts = [x] + [g.pick(fits) for _ in range(g.draw.randint(1, 3))]
    g.draw.shuffle(parts)
    if g.draw.random() < 0.3:
        same = [n for n in parts if g.value(n).shape == shape]
        return f"pt.stack([{', '.join(same)}], axis={g.draw.randint(0, len(shape))})"
    return f"pt.concatenate([{', '.join(parts)}], axis={axis})"


def _product(g: Any) -> str:
    a = g.pick(lambda v: v.ndim > 0)
    k = g.value(a).shape[-1]
    name = g.draw.choice(("dot", "matmul", "dot", "matmul", "outer", "gram"))
    if name == "outer":
        return f"pt.outer({a}, {g.pick(lambda v: v.ndim == 1)})"
    if name == "gram" and g.names[a].ndim >= 2:
        return g.draw.choice((f"({a} @ {a}.mT)", f"({a}.mT @ {a})"))
    if g.value(a).size > 3000:
        raise Rejected("too large")
    b = g.pick(
        lambda v: (
            v.ndim
            and g.known[v][0].size <= 3000
            and g.known[v][0].shape[-2 if v.ndim > 1 else -1] == k
        )
    )
    c = g.draw.choice(("", "", f" * {g.literal()}"))
    return f"(pt.{'dot' if name == 'gram' else name}({a}, {b}){c})"


def _make(g: Any) -> str:
    chance = g.draw.random()
    dtype = g.draw.choice(g.dtypes)
    if chance < 0.25:
        lengths = [
            g.integer(0 if g.draw.random() < 0.1 else 1, 4) for _ in range(g.draw.randint(1, 3))
        ]
        fill = g.draw.choice(
            (f"pt.zeros(({{}},), {dtype!r})", f"pt.ones(({{}},), {dtype!r})", "pt.full(({},), 3)")
        )
        return fill.format(", ".join(lengths))
    if chance < 0.4:
        x = g.pick()
        n = g.integer(1, 3)
        lengths = [n, *(f"{x}.shape[{i}]" for i in range(g.names[x].ndim))]
        return f"pt.broadcast_to({x}, ({', '.join(lengths)},))"
    if chance < 0.5:
        return f"pt.{g.draw.choice(('zeros_like', 'ones_like'))}({g.pick()})"
    if chance < 0.75:
        step = g.draw.choice(("1", "2", "-1", "3"))
        start, stop = g.integer(-2, 2), g.integer(3, 9)
        if step == "-1":
            start, stop = stop, start
        kind = (
            g.draw.choice(("", "", f", dtype={dtype!r}"))
            if dtype[:4] not in ("bool", "comp")
            else ""
        )
        return f"pt.arange({start}, {stop}, {step}{kind})"
    if chance < 0.85:
        return f"pt.eye({g.integer(1, 4)}, {g.integer(1, 4)}, {g.integer(-1, 2)}, dtype={dtype!r})"
    x = g.pick(lambda v: v.ndim == 0)
    return f"pt.stack([{x}, {g.pick(lambda v: v.ndim == 0)}, {g.literal()}])"


def _shape(g: Any) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    chance = g.draw.random()
    if chance < 0.5:
        return f"{x}.shape[{g.draw.randrange(g.names[x].ndim)}]"
    if chance < 0.6:
        return f"{x}.size"
    if chance < 0.8:
        shape = [n if g.draw.random() < 0.5 else None for n in g.value(x).shape]
        return f"pt.specify_shape({x}, {shape})"
    return f"{x}.shape"


STEPS: tuple[tuple[Callable[[Any], str], float], ...] = (
    (_elementwise, 6),
    (_operator, 4),
    (_compare, 1),
    (_switch, 1.5),
    (_cast, 1),
    (_reduce, 3),
    (_shuffle, 1.5),
    (_reshape, 1.5),
    (_subtensor, 3),
    (_update, 1.5),
    (_join, 1.5),
    (_product, 1.5),
    (_make, 1),
    (_shape, 0.7),
)
