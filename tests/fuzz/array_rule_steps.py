"""Steps of random graphs: what rules look for that are about indices, joins, powers, choices,
reductions and matrices.

Each function draws one expression for a generator, as its text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.fuzz.graph import Rejected


def _array(g: Any) -> tuple[str, int, int]:
    """A variable that is no scalar, an axis of it, and its length there."""
    x = g.pick(lambda v: v.ndim > 0)
    axis = g.draw.randrange(g.names[x].ndim)
    return x, axis, g.value(x).shape[axis]


def _indices(g: Any) -> str:
    x, axis, n = _array(g)
    if not n:
        raise Rejected("no element")
    colons = ":, " * axis
    i, j = g.integer(0, n - 1), g.integer(-n, n - 1)
    a, s = g.integer(0, n), g.draw.choice(("1", "2", "-1"))
    y = g.draw.choice((g.literal(), f"{x}[{colons}{i}] * 2", f"{x}[{colons}{i}]"))
    part = f"{x}[{colons}{i}]"
    lengths = "".join(f"{x}.shape[{k}], " for k in range(g.names[x].ndim))
    return g.draw.choice(
        (
            f"{x}[{colons}{a}:][{colons}::{s}]", f"{x}[{colons}::{s}][{colons}{i}]",
            f"{x}[{colons}:{a}][{colons}::-1]", f"{x}[{colons}1:][{colons}1:-1]",
            f"{part}.set({y})[{colons}{i}]", f"{part}.inc({y})[{colons}{i}]",
            f"{part}.set({y})[{colons}{j}]", f"{part}.set({y})[{colons}1:]",
            f"pt.alloc({g.literal()}, {lengths})[{colons}{i}]", f"{x}.T[{i if not axis else ':'}]",
            f"{x}[None][0]", f"{x}[None, {colons}{i}]", f"pt.expand_dims({x}, -1)[{colons}{i}]",
            f"pt.sum({x}, axis={axis}).T[..., :1]", f"pt.sum({x}[None], axis=0)[{colons}{i}]",
            f"pt.max(pt.stack([{x}, {x}]), axis=0)[{colons}{i}]",
            f"pt.concatenate([{x}, {x}], axis={axis})[{colons}{i}]", f"pt.join(0, {x}, {x})[:1]",
            f"pt.stack([{x}.shape[0], 2, 3])[{g.draw.choice(('1:', ':2', '::-1', '::2'))}]",
            f"pt.set_subtensor({part}.set({y})[{colons}{i}], {g.literal()})",
            f"pt.inc_subtensor({part}.set({y})[{colons}{i}], {g.literal()})",
            f"pt.set_subtensor({part}, {part})", f"{part}.inc(0)", f"{part}.inc(0.0)",
            f"{x} + pt.zeros_like({x})[{colons}{i}].inc({y})",
            f"pt.zeros_like({x})[{colons}{i}].inc({part}) + {x}",
        )
    )  # fmt: skip


def _joins(g: Any) -> str:
    x, axis, n = _array(g)
    a = g.integer(0, n)
    name = g.draw.choice(("sum", "prod", "max", "min", "any", "all"))
    colons = ":, " * axis
    lengths = "".join(f"{x}.shape[{k}], " for k in range(g.names[x].ndim))
    return g.draw.choice(
        (
            f"pt.join({axis}, {x}, {x}[{colons}:0])",
            f"pt.join({axis}, pt.join({axis}, {x}, {x}), {x})",
            f"pt.join(0, pt.alloc(1.5, {lengths}), pt.alloc(1.5, {lengths}))",
            f"pt.join({axis}, {x}[{colons}:{a}], {x}[{colons}{a}:])",
            f"pt.join({axis}, {x}[{colons}:1], {x}[{colons}1:2], {x}[{colons}2:])",
            f"pt.join(0, pt.stack([{x}.shape[0]]), pt.stack([2, {x}.shape[-1]]))",
            f"pt.{name}(pt.join({axis}, {x}, {x}))",
            f"pt.{name}(pt.join({axis}, {x}, {x}), axis={axis})",
        )
    )  # fmt: skip


def _reductions(g: Any) -> str:
    x, axis, _ = _array(g)
    y = g.pick(lambda v: v.ndim == 0)
    name = g.draw.choice(("sum", "prod", "max", "min", "any", "all"))
    extremum = g.draw.choice(("max", "min", "argmax", "argmin"))
    return g.draw.choice(
        (
            f"pt.{name}({x}.T, axis={axis})",
            f"pt.{name}(pt.expand_dims({x}, {axis}), axis={axis})",
            f"pt.{name}({x}.ravel())", f"pt.{name}(pt.broadcast_to({x}, (3, *{x}.shape)), axis=0)",
            f"pt.sum({x} * {y}, axis={axis})", f"pt.sum({x} / (pt.exp(pt.tanh({y}))), axis={axis})",
            f"pt.sum(2.5 * {x}, axis={axis})", f"pt.sum({x} / 3, axis={axis})",
            f"pt.{extremum}(-{x}, axis={axis})", f"pt.{extremum}({x} + {y}, axis={axis})",
            f"pt.{extremum}({x} * 2, axis={axis})", f"pt.{extremum}({x} * -2.0, axis={axis})",
            f"pt.{extremum}({x} - 1.5, axis={axis})", f"pt.{extremum}({x} / 3, axis={axis})",
            f"pt.all(~({x} > 0), axis={axis})", f"pt.any(pt.invert({x} > {y}), axis={axis})",
            f"pt.log(pt.prod(pt.exp(pt.tanh({x})), axis={axis}))",
            f"pt.log(pt.prod(pt.sigmoid({x})))",
            f"pt.sum({x} @ {x}.T, axis=0)", f"pt.sum({x} @ {x}.T, axis=-1)",
        )
    )  # fmt: skip


def _powers(g: Any) -> str:
    x = g.pick(lambda v: v.dtype[:5] == "float")
    p = f"(1 + pt.sqr(pt.tanh({x})))"
    a, b = g.draw.choice((2, 3, 0.5, -1, 1.5)), g.draw.choice((2, 3, -2, 0.5))
    return g.draw.choice(
        (
            f"{p} ** {a} * {p} ** {b}", f"{p} ** {a} / {p}", f"({p} ** {a}) ** {b}",
            f"(pt.tanh({x}) ** 2) ** 0.5", f"{x} + {x}", f"2 * {x} + {x} * 3", f"{x} * 4 - {x}",
            f"abs({p})", f"abs(pt.exp(pt.tanh({x})))", f"abs(pt.sqr({x}) * {p})",
            f"pt.maximum(pt.exp(pt.tanh({x})), 0)", f"pt.maximum(pt.maximum({x}, 0.5), 0.25)",
            f"pt.minimum(pt.minimum({x}, 2.0), 1.0)", f"pt.maximum({x}, -np.inf)",
            f"pt.minimum({x}, np.inf)", f"pt.clip({x}, -np.inf, 1.0)",
            f"pt.clip({x}, -1.0, np.inf)",
            f"pt.exp(-pt.sqr(pt.tanh({x}))) / pt.erfc(pt.tanh({x}))",
            f"pt.exp(pt.sqr(pt.tanh({x}))) * pt.erfc(pt.tanh({x}))",
        )
    )  # fmt: skip


def _choices(g: Any) -> str:
    x = g.pick()
    c = f"({x} > 0)" if not g.names[x].dtype.startswith("complex") else f"pt.neq({x}, 0)"
    n = g.pick(lambda v: v.dtype.startswith(("int", "uint", "bool")))
    one = g.pick(lambda v: v.ndim == 0 and not v.dtype.startswith("complex"))
    low = g.draw.choice((0, -128, 255, -32768, 127))
    return g.draw.choice(
        (
            f"pt.switch({c}, True, False)", f"pt.switch({c}, False, True)", f"pt.eq({c}, True)",
            f"pt.neq({c}, True)", f"pt.eq({c}, False)", f"pt.switch({one} > 0, 0, {x}).T",
            f"({n} < {low})", f"({n} >= {low})", f"({n} > {low})", f"({n} <= {low})",
            f"pt.maximum({n}, {low})", f"pt.exp(pt.switch({c}, 0.5, 1.5))",
            f"2 * pt.switch({c}, 3.0, 0.0)", f"pt.floor(pt.floor({one}) + 1.0)", f"pt.ceil({n})",
            f"pt.floor(pt.cast({n}, 'float64'))", f"pt.isnan({n})", f"pt.isinf({n})",
            f"pt.isinf(pt.cast({n}, 'float64'))", f"pt.round(pt.cast({n}, 'float32'))",
            f"({x}.size < 0)", f"pt.neq({x}.size + 1, 0)", f"pt.minimum({x}.size, {x}.size + 2)",
        )
    )  # fmt: skip


def _views(g: Any) -> str:
    x, axis, _ = _array(g)
    lengths = [f"{x}.shape[{k}]" for k in range(g.names[x].ndim)]
    with_one = [*lengths[:axis], "1", *lengths[axis:]]
    return g.draw.choice(
        (
            f"pt.reshape({x}, ({', '.join(with_one)},))",
            f"pt.reshape(pt.expand_dims({x}, 0), {x}.shape)",
            f"pt.reshape(pt.alloc(0.5, {', '.join(lengths)}), (-1,))",
            f"pt.reshape(pt.alloc(0.5, {', '.join(lengths)}), ({', '.join(lengths[::-1])},))",
            f"pt.expand_dims({x}, {axis}).ravel()", f"pt.reshape({x}[None], (-1, 1))",
        )
    )  # fmt: skip


def _structure(g: Any) -> str:
    x = g.pick(lambda v: v.ndim == 2 and v.dtype in ("float64", "float32"))
    m, n = g.value(x).shape
    if not 0 < m < 7 or not 0 < n < 7:
        raise Rejected("no operand")
    eye = f"pt.eye({x}.shape[0], dtype={g.names[x].dtype!r})"
    h = f"(pt.tanh({x}) @ pt.tanh({x}).T + {n + 1} * {eye})"
    low = f"pt.tril({h})"
    v = f"(1.5 + pt.sum({x}, axis=1) ** 2 / (1 + pt.sum({x} ** 2)))"
    solve = g.draw.choice(("pt.linalg.solve", "pt.linalg.solve", "pt.linalg.solve_triangular"))
    lower = ", lower=True" if solve.endswith("r") else ""
    a = low if lower else g.draw.choice((h, h, low, f"pt.diag({v})", f"{h}.T"))
    return g.draw.choice(
        (
            f"pt.linalg.inv(pt.linalg.inv({h}))", f"pt.linalg.inv({a}.T)", f"pt.linalg.det({a}.T)",
            f"pt.linalg.det(pt.linalg.inv({h}))", f"pt.linalg.det({h} @ {low})", f"({h}.T @ {x}).T",
            f"{x}.T @ {h}.T", f"({x}.T @ {h}.T).T", f"({x} @ {x}.T).T", f"{h} @ pt.linalg.inv({h})",
            f"pt.linalg.inv({a}) @ {x}", f"{x}.T @ pt.linalg.inv({a})", f"pt.linalg.inv({low})",
            f"pt.linalg.inv(pt.diag({v}))", f"pt.diag({v}) @ {x}", f"{x}.T @ pt.diag({v})",
            f"{a} @ {solve}({a}, {x}{lower})", f"{solve}({a}, {a} @ {x}{lower})",
            f"{solve}({a}, {x}{lower})", f"pt.diagonal({x} @ {x}.T)", f"pt.diagonal({h}.T)",
            f"pt.zeros_like({x}).T @ {x}", f"(2.5 * {x}).T @ {h}", f"{x}.T @ (-{h})",
            f"({h} @ {h}) @ {v}", f"{v} @ ({h} @ {h})", f"pt.linalg.det({low})",
            f"pt.linalg.det({v}[0] * {eye})", f"pt.linalg.cholesky({low} @ {low}.T)",
            f"pt.linalg.solve_triangular({low}.T, {x}, lower=False)", f"pt.log(pt.linalg.det({h}))",
            f"pt.log(abs(pt.linalg.det({h})))", f"pt.sign(pt.linalg.det({h}))",
            f"pt.linalg.slogdet({low})[1]", f"pt.linalg.slogdet({low})[0]",
            f"pt.linalg.svd({h})[1]",
            f"pt.linalg.eigh({h})[0]", f"pt.linalg.inv(pt.linalg.kron({h}, {h}))"
            if m < 4 else f"pt.linalg.inv({h})", f"abs(pt.linalg.qr({h})[1])",
            f"({h} @ {x})[0]", f"({h} @ {x})[:, 0]",
            f"pt.linalg.qr({h})[0].T @ pt.linalg.qr({h})[0]",
            f"pt.sum({h} @ {x}, axis={g.draw.randint(0, 1)})", f"pt.linalg.solve({eye}, {x})",
        )
    )  # fmt: skip


STEPS: tuple[tuple[Callable[[Any], str], float], ...] = (
    (_indices, 5),
    (_joins, 2.5),
    (_reductions, 4),
    (_powers, 3),
    (_choices, 4),
    (_views, 2),
    (_structure, 6),
)
