"""Steps of random graphs: advanced indexing, sorting, scans, statistics, linear algebra, signal.

Each function draws one application for a generator, as the text of an expression.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.fuzz.graph import Rejected

_PAD_MODES = (
    "edge", "wrap", "reflect", "symmetric", "maximum", "minimum", "mean", "linear_ramp",
)  # fmt: skip


def _is_array(v: Any) -> bool:
    return v.ndim > 0


def _is_real(v: Any) -> bool:
    return v.ndim > 0 and not v.dtype.startswith("complex")


def _positions(g: Any, n: int, shape: tuple[int, ...] = (), literal: bool = False) -> str:
    """An array of integers that are, but for one draw in 30, in the bounds of `n` elements."""
    if not literal and g.draw.random() < 0.5 and n:
        kinds = ("int64", "int32", "int8", "uint8")
        whole = g.pick(lambda v: v.dtype in kinds and v.ndim < 3 and g.known[v][0].size < 200)
        wide = f"pt.cast({whole}, 'int64')" if "8" in g.names[whole].dtype else whole
        return f"({wide} % {n})"
    shape = shape or tuple(g.draw.randint(0, 4) for _ in range(g.draw.choice((1, 1, 1, 2))))
    most = n if g.draw.random() < 1 / 30 else n - 1
    if most < -n:
        raise Rejected("no element")
    entries = [g.draw.randint(-n, most) for _ in range(int(np.prod(shape)))]
    dtype = g.draw.choice(("int64", "int32", "int16"))
    return f"pt.constant(np.array({entries}, {dtype!r}).reshape({shape}))"


def _advanced(g: Any, x: str) -> str:
    shape = g.value(x).shape
    if g.draw.random() < 0.2:
        return f"({x} > {g.literal()})" if _is_real(g.names[x]) else f"pt.neq({x}, 0)"
    same = (g.draw.randint(1, 4),)
    entries = []
    # a mask has as many places as the other arrays: no length of 1 broadcasts at run time
    mask_too = g.draw.random() < 0.25
    for n in shape[: g.draw.randint(1, len(shape))]:
        chance = g.draw.random()
        if chance < 0.5:
            known = mask_too or g.draw.random() < 0.8
            entries.append(_positions(g, n, same if known else (), literal=mask_too))
        elif chance < 0.65 and n:
            entries.append(str(g.draw.randint(-n, n - 1)))
        elif chance < 0.8 and mask_too:
            mask = [i < same[0] for i in range(n)]
            g.draw.shuffle(mask)
            entries.append(f"np.array({mask}, bool)" if n >= same[0] else ":")
        else:
            entries.append(g.draw.choice((":", "1:", "::-1", "::2", ":-1")))
    if g.draw.random() < 0.15:
        entries.insert(g.draw.randint(0, len(entries)), "None")
    if g.draw.random() < 0.15:
        entries.insert(g.draw.choice((0, len(entries))), "...")
    return ", ".join(entries)


def _gather(g: Any) -> str:
    x = g.pick(_is_array)
    return f"{x}[{_advanced(g, x)}]"


def _scatter(g: Any) -> str:
    x = g.pick(_is_array)
    part = f"{x}[{_advanced(g, x)}]"
    y = g.draw.choice((g.literal(), f"({part} * 2)", g.pick(lambda v: v.ndim == 0)))
    return f"{part}.{g.draw.choice(('set', 'inc', 'inc'))}({y})"


def _take(g: Any) -> str:
    x = g.pick(_is_array)
    axis = g.draw.randrange(-g.names[x].ndim, g.names[x].ndim)
    chance = g.draw.random()
    if chance < 0.5:
        mode = g.draw.choice(("", "", ", mode='wrap'", ", mode='clip'"))
        return f"pt.take({x}, {_positions(g, g.value(x).shape[axis])}, axis={axis}{mode})"
    if chance < 0.8 and _is_real(g.names[x]):
        order = f"pt.argsort({x}, axis={axis}, kind='stable')"
        return f"pt.take_along_axis({x}, {order}, axis={axis})"
    if chance < 0.9:
        mask = [g.draw.random() < 0.6 for _ in range(g.value(x).shape[axis])]
        return f"pt.compress({mask}, {x}, axis={axis})"
    return f"pt.choose({_positions(g, 3)}, [1, 2, 3], mode='wrap')"


def _order(g: Any) -> str:
    x = g.pick(_is_real)
    n = max(g.value(x).shape)
    axis = g.draw.choice((-1, 0, -1))
    k = g.draw.randint(1, max(1, min(3, n)))
    return g.draw.choice(
        (
            f"pt.sort({x}, axis={axis})",
            f"pt.argsort({x}, axis={axis}, kind='stable')",
            f"pt.sort({x}, axis=None)",
            f"pt.topk({x}, {k}, axis={axis})",
            f"pt.median({x}, axis={axis})",
            f"pt.quantile({x}, {g.draw.choice((0.25, 0.5, 0.1, 1))}, axis={axis})",
            f"pt.percentile({x}, [10, 75], axis={axis}, method='nearest')",
            f"pt.ptp({x}, axis={axis})",
            f"pt.unique({x})",
            f"pt.searchsorted(pt.sort({x}, axis=None), {x})",
            f"pt.digitize({x}, [-1, 0, 2], right=True)",
            f"pt.histogram({x}, bins=4, range=(-3, 3))[0]",
        )
    )


def _count(g: Any) -> str:
    x = g.pick(lambda v: v.ndim > 0 and v.dtype in ("int64", "int32", "int16", "uint8", "bool"))
    return g.draw.choice(
        (
            f"pt.bincount(pt.flatten(pt.cast({x}, 'int64') % 5))",
            f"pt.bincount(pt.flatten(pt.cast({x}, 'int64') % 3), minlength=6)",
            f"pt.unravel_index(pt.cast({x}, 'int64') % 12, (3, 4))[1]",
            f"pt.nonzero({x})[0]",
        )
    )


def _nonzero(g: Any) -> str:
    x = g.pick(_is_array)
    return g.draw.choice(
        (
            f"pt.nonzero({x})[-1]", f"pt.flatnonzero({x})", f"pt.argwhere({x})",
            f"pt.nonzero_values({x})", f"pt.where({x})[0]",
        )
    )  # fmt: skip


def _scan(g: Any) -> str:
    x = g.pick(_is_array)
    axis = g.draw.choice((0, -1, "None"))
    name = g.draw.choice(("cumsum", "cumsum", "cumprod", "diff"))
    if name == "diff":
        return f"pt.diff({x}, n={g.draw.choice((1, 1, 2))}, axis={axis if axis != 'None' else -1})"
    return f"pt.{name}({x}, axis={axis})"


def _statistic(g: Any) -> str:
    x = g.pick(_is_array)
    name = g.draw.choice(("softmax", "log_softmax", "norm", "average", "cov", "corrcoef", "near"))
    axis = g.draw.choice((0, -1))
    if name == "near":
        return f"pt.isclose({x}, {g.partner(x)})"
    if name in ("cov", "corrcoef"):
        if g.names[x].ndim != 2:
            raise Rejected("no operand")
        return f"pt.{name}({x})"
    if name == "norm":
        order = g.draw.choice(("None", "2", "1", "np.inf", "3", "0"))
        return f"pt.linalg.norm({x}, {order}, axis={axis})"
    if name != "average" and g.names[x].dtype.startswith("complex"):
        name = "average"
    return f"pt.{name}({x}, axis={axis})"


def _arrange(g: Any) -> str:
    x = g.pick(_is_array)
    ndim = g.names[x].ndim
    axis = g.draw.randrange(-ndim, ndim)
    k = g.draw.randint(-2, 3)
    texts = [
        f"pt.roll({x}, {g.integer(-3, 3)}, axis={axis})",
        f"pt.roll({x}, {k})",
        f"pt.flip({x}, {axis})",
        f"pt.repeat({x}, {g.draw.randint(0, 3)}, axis={axis})",
        f"pt.repeat({x}, {g.integer(1, 2)})",
        f"pt.repeat({x}, pt.arange({x}.shape[{axis}]) % 3, axis={axis})",
        f"pt.tile({x}, ({g.draw.randint(0, 2)}, {g.draw.randint(1, 2)}))",
        f"pt.pad({x}, {g.draw.randint(0, 3)}, mode={g.draw.choice(_PAD_MODES)!r})",
        f"pt.pad({x}, ({g.draw.randint(0, 2)}, {g.draw.randint(0, 2)}))",
        f"pt.array_split({x}, 2, axis={axis})[{g.draw.randint(0, 1)}]",
        f"pt.broadcast_arrays({x}, {g.partner(x)})[0]",
        f"pt.atleast_3d({x})",
        f"pt.hstack([{x}, {x}])",
        f"pt.column_stack([{x}, {x}])",
        f"pt.join_dims({x}, 0, {ndim})",
        f"pt.swapaxes({x}, 0, {axis})",
    ]
    if ndim >= 2:
        texts += [
            f"pt.rot90({x}, {k})", f"pt.tril({x}, {k})", f"pt.triu({x}, {k})",
            f"pt.diagonal({x}, {g.draw.randint(-1, 1)})", f"pt.trace({x})", f"pt.fliplr({x})",
        ]  # fmt: skip
    if ndim == 1:
        texts += [
            f"pt.diag({x}, {g.draw.randint(-1, 1)})", f"pt.meshgrid({x}, {x})[1]",
            f"pt.vstack([{x}, {x}])",
        ]  # fmt: skip
    return g.draw.choice(texts)


def _contract(g: Any) -> str:
    a = g.pick(lambda v: v.ndim in (1, 2, 3) and g.known[v][0].size < 500)
    shape = g.value(a).shape
    b = g.pick(lambda v: v.ndim == len(shape) and g.known[v][0].shape == shape)
    letters = "ijk"[: len(shape)]
    texts = [
        f"pt.einsum('{letters},{letters}->{letters[:1]}', {a}, {b})",
        f"pt.einsum('{letters}->{letters[::-1]}', {a})",
        f"pt.einsum('{letters},{letters}', {a}, {b})",
        f"pt.tensordot({a}, {b}, {len(shape)})",
        f"pt.tensordot({a}, {b}, ([-1], [-1]))",
        f"pt.inner({a}, {b})",
        f"pt.vecdot({a}, {b})",
        f"pt.matvec({a}, {b}[..., 0, :])" if len(shape) > 1 else f"pt.kron({a}, {b})",
        f"pt.kron({a}, [[1, 2]])",
    ]
    if shape and shape[-1] == 3:
        texts.append(f"pt.cross({a}, {b})")
    if len(shape) == 3:
        texts.append(f"pt.batched_dot({a}, pt.swapaxes({b}, 1, 2))")
    return g.draw.choice(texts)


def _linear_algebra(g: Any) -> str:
    x = g.pick(lambda v: v.ndim in (2, 3) and v.dtype[:5] in ("float", "compl"))
    n = g.value(x).shape[-2]
    if not 0 < n < 8 or g.value(x).size > 300:
        raise Rejected("no operand")
    h = f"({x} @ pt.conj({x}).mT + {n + 1} * pt.eye({n}))"
    a = g.draw.choice((h, f"({x} @ {x}.mT * 0.1 + {n + 2} * pt.eye({x}.shape[-2]))"))
    rows = f"(pt.eye({n}) + 0.5)"
    return g.draw.choice(
        (
            f"pt.linalg.cholesky({h})", f"pt.linalg.cholesky({h}, lower=False)",
            f"pt.linalg.solve({a}, {x})", f"pt.linalg.solve({h}, {x}, assume_a='pos')",
            f"pt.linalg.solve_triangular(pt.linalg.cholesky({h}), {x}, lower=True)",
            f"pt.linalg.inv({a})", f"pt.linalg.pinv({x})", f"pt.linalg.det({a} / {n + 2})",
            f"pt.linalg.slogdet({a})[1]", f"pt.linalg.eigvalsh({h})", f"pt.linalg.expm({a} * 0.1)",
            f"pt.linalg.svd({x}, compute_uv=False)", f"pt.linalg.qr({a})[0]",
            f"pt.linalg.matrix_power({a}, 3)", f"pt.linalg.lstsq({a}, {rows})[0]",
            f"pt.linalg.lu_solve(pt.linalg.lu_factor({a}), {x})",
            f"pt.linalg.norm({x}, 'fro', axis=(-2, -1))", f"pt.linalg.block_diag({x}, {rows})",
            f"pt.linalg.cho_solve((pt.linalg.cholesky({h}), True), {x})",
        )
    )  # fmt: skip


def _signal(g: Any) -> str:
    x = g.pick(lambda v: v.ndim in (1, 2) and 0 < g.known[v][0].size < 300)
    mode = g.draw.choice(("full", "same", "valid"))
    if g.names[x].ndim == 2:
        name = g.draw.choice(("convolve2d", "correlate"))
        return f"pt.signal.{name}({x}, pt.constant([[1.0, -1.0], [0.5, 2.0]]), mode={mode!r})"
    real = not g.names[x].dtype.startswith("complex")
    texts = [
        f"pt.signal.convolve1d({x}, pt.constant([1.0, 2.0, -1.0]), mode={mode!r})",
        f"pt.signal.correlate({x}, {x}[::2], mode={mode!r})",
        f"pt.fft.fft({x})", f"pt.fft.ifft({x}, n=4)",
    ]  # fmt: skip
    if real:
        texts += [f"pt.interp({x}, [-1.0, 0.0, 2.0], [3.0, 1.0, 2.0])", f"pt.fft.rfft({x}[None])"]
    return g.draw.choice(texts)


def _grid(g: Any) -> str:
    n = g.integer(0, 6)
    return g.draw.choice(
        (
            f"pt.linspace(-1, 2, {n})", f"pt.logspace(0, 1, {n})", f"pt.geomspace(1, 8, {n})",
            f"pt.tri({n}, 3, {g.draw.randint(-1, 1)})", f"pt.hanning({n})", f"pt.bartlett({n})",
            f"pt.identity({n})", f"pt.tril_indices({n})[0]", f"pt.blackman({n})",
        )
    )  # fmt: skip


def _composition(g: Any) -> str:
    x = g.pick()
    if g.names[x].dtype.startswith("complex"):
        return f"pt.nan_to_num({x})"
    return g.draw.choice(
        (
            f"pt.nan_to_num({x}, posinf=9)", f"pt.largest({x}, {g.partner(x)})",
            f"pt.smallest({x}, {g.partner(x)})", f"pt.divmod({x}, 3)[0]",
            f"pt.ceil_intdiv({x}, 2)", f"pt.chi2sf(abs({x}), 2)",
            f"pt.gammau(1.5, abs({x}) + 0.5)", f"pt.where({x} > 0, {x}, {g.partner(x)})",
            f"pt.clip({x}, -1, 1)", f"pt.fill_diagonal({x}, 2)",
        )
    )  # fmt: skip


STEPS: tuple[tuple[Callable[[Any], str], float], ...] = (
    (_gather, 2),
    (_scatter, 1.5),
    (_take, 1),
    (_order, 1.5),
    (_count, 0.5),
    (_nonzero, 0.7),
    (_scan, 1),
    (_statistic, 1),
    (_arrange, 2.5),
    (_contract, 1.5),
    (_linear_algebra, 1.5),
    (_signal, 1),
    (_grid, 0.5),
    (_composition, 1),
)
