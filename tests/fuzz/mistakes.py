"""Mistakes, of which a call of the library makes one: random draws of Python source.

Each function draws statements of which one must raise, for a ``random.Random``.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np

_DTYPES = ("float64", "float32", "int64", "int8", "uint16", "bool", "complex128", "complex64")

Draw = random.Random


def _arrays(*arrays: tuple[str, tuple[int, ...]]) -> str:
    """Variables x0, x1, ... of unknown lengths, and arrays a0, a1, ... for them."""
    lines = []
    for k, (dtype, shape) in enumerate(arrays):
        lines.append(f"x{k} = pt.tensor('x{k}', dtype={dtype!r}, shape={(None,) * len(shape)})")
        lines.append(f"a{k} = np.ones({shape}, {dtype!r})")
    return "\n".join(lines)


def _call(result: str, count: int) -> str:
    given = ", ".join(f"x{k}" for k in range(count))
    arrays = ", ".join(f"a{k}" for k in range(count))
    return f"f = lamina.function([{given}], {result}, on_unused_input='ignore')\nf({arrays})"


def _shape(draw: Draw, ndim: int, least: int = 2) -> tuple[int, ...]:
    return tuple(draw.randint(least, 6) for _ in range(ndim))


def _wrong_lengths(draw: Draw) -> str:
    shape = _shape(draw, draw.randint(1, 3))
    axis = draw.randrange(len(shape))
    other = tuple(n + (draw.randint(1, 3) if d == axis else 0) for d, n in enumerate(shape))
    dtype = draw.choice(("float64", "float32", "int64", "complex128"))
    op = draw.choice(
        (
            "x0 + x1",
            "x0 * x1",
            "pt.maximum(x0, x1)",
            "x0[:].set(x1)",
            "pt.eq(x0, x1)",
            "pt.vecdot(x0[..., None], x1[..., None])",
            "pt.einsum('...i,...i->...', x0[..., None], x1[..., None])",
            "pt.tensordot(x0, x1, x0.ndim)",
            "pt.stack([x0, x1])",
            "pt.switch(pt.gt(x0.real, 0), x0, x1)",
            "x0[:].inc(x1)",
            "x0 - 2 * x1",
            "pt.isclose(x0, x1)",
        )
    )
    return f"{_arrays((dtype, shape), (dtype, other))}\n{_call(op, 2)}"


def _index_out_of_bounds(draw: Draw) -> str:
    shape = _shape(draw, draw.randint(1, 3), least=draw.choice((0, 1, 2)))
    axis = draw.randrange(len(shape))
    n = shape[axis]
    bad = draw.choice((n, n + 3, -n - 1, -n - 7, 2**40, -(2**40), 2**62))
    before = ":, " * axis
    dtype = draw.choice(_DTYPES)
    entry = draw.choice(("x1", "pt.stack([x1, x1])", "pt.stack([x1])[None]"))
    part = f"x0[{before}{entry}]"
    op = draw.choice(
        (
            part,
            f"{part}.set({part})",
            f"{part}.inc({part})",
            f"pt.take(x0, x1, axis={axis})",
            f"pt.take(x0, pt.stack([x1]), axis={axis}).sum()",
        )
    )
    text = _arrays((dtype, shape), ("int64", ()))
    return f"{text}\na1 = np.int64({bad})\n{_call(op, 2)}"


def _wrong_index(draw: Draw) -> str:
    ndim = draw.randint(0, 2)
    shape = _shape(draw, ndim)
    entry = draw.choice(
        (
            "1.5",
            "'a'",
            "x0[...].astype('float64')",
            "np.array([0.5])",
            "0, " * (ndim + 1) + "0",
            "..., ...",
            "slice(1.5)",
            "slice(None, None, 0)",
            "object()",
            "[None]",
            "[[0, 1], [2]]",
            "1j",
        )
    )
    return f"{_arrays(('float64', shape))}\n{_call(f'x0[{entry}]', 1)}"


def _mask_of_another_length(draw: Draw) -> str:
    shape = _shape(draw, draw.randint(1, 2))
    other = (shape[0] + draw.randint(1, 3), *shape[1:])
    op = draw.choice(("x0[x1]", "x0[x1].set(0)", "x0[x1].inc(1)"))
    return f"{_arrays((draw.choice(('float64', 'int8')), shape), ('bool', other))}\n{_call(op, 2)}"


def _wrong_axis(draw: Draw) -> str:
    ndim = draw.randint(1, 3)
    bad = draw.choice((ndim, ndim + 2, -ndim - 1, "'x'", "1.5", "(0, 0)", "object()"))
    name = draw.choice(
        (
            "sum",
            "prod",
            "max",
            "argmax",
            "all",
            "mean",
            "var",
            "cumsum",
            "cumprod",
            "sort",
            "argsort",
            "softmax",
            "log_softmax",
            "logsumexp",
            "flip",
            "median",
            "ptp",
            "diff",
            "squeeze",
            "expand_dims",
            "take_last",
            "repeat",
            "roll",
            "concatenate",
            "stack",
            "unstack",
            "linalg.norm",
            "topk",
        )
    )
    argument = {
        "take_last": "pt.take(x0, 0, axis={})",
        "repeat": "pt.repeat(x0, 2, axis={})",
        "roll": "pt.roll(x0, 1, axis={})",
        "concatenate": "pt.concatenate([x0, x0], axis={})",
        "stack": "pt.stack([x0, x0], axis={})",
        "topk": "pt.topk(x0, 1, axis={})",
        "expand_dims": "pt.expand_dims(x0, {})",
    }.get(name, f"pt.{name}(x0, axis={{}})")
    if name in ("stack", "expand_dims") and bad in (ndim, -ndim - 1):
        bad = ndim + 2
    return f"{_arrays(('float64', _shape(draw, ndim)))}\n{_call(argument.format(bad), 1)}"


def _wrong_dtype(draw: Draw) -> str:
    op = draw.choice(
        (
            "x0 // x0",
            "x0 % 2",
            "pt.floor(x0)",
            "pt.arctan2(x0, 1.0)",
            "pt.gammaln(x0)",
            "pt.cast(x0, 'float64')",
            "x0 & x0",
            "pt.astype(x0, 'float128')",
            "pt.cast(x0, 'nonsense')",
            "pt.bincount(x0)",
            "x0 << 1",
            "pt.fft.rfft(x0)",
            "pt.digitize(x0, [1.0])",
            "pt.interp(x0, x0, x0)",
            "~x0",
            "pt.unravel_index(x0, (2, 2))",
            "np.zeros(3)[x0]",
            "x0 + 'a'",
            "x0 + object()",
            "pt.linalg.norm(x0, 'nonsense')",
            "bool(x0)",
            "len(x0)",
            "3 in x0",
            "float(x0)",
            "np.int8(1).__index__() + x0.__index__()",
            "pt.pad(x0, 1, mode='nonsense')",
            "pt.take(x0, 0, mode='no')",
            "pt.einsum('ij', x0)",
            "pt.einsum('i,j->k', x0, x0)",
            "pt.sort(x0, kind='nonsense')",
            "pt.signal.convolve1d(x0, x0, mode='nonsense')",
            "pt.tensor('x', dtype='object')",
        )
    )
    return f"{_arrays(('complex128', _shape(draw, 1)))}\n{_call(op, 1)}"


def _wrong_argument(draw: Draw) -> str:
    """Arguments that the function of one vector, or matrix, does not take."""
    dtype = draw.choice(("float64", "float32", "int32", "uint8", "complex64"))
    bad = draw.choice(
        (
            "np.ones((2, 2, 2))",
            "np.float64(1)",
            "'a'",
            "None",
            "object()",
            "['a', 'b']",
            "[[1], [1, 2]]",
            "np.ones(3, object)",
            "np.array(['x'])",
            "{}",
            "np.ones(2), 3",
            "",
            "np.ones(2, 'datetime64[s]')",
            "np.ones((2, 0, 1))",
            "x0",
            "np.ones(2, [('a', 'f8')])",
            "range",
            "..., np.ones(2)",
        )
    )
    return (
        f"x0 = pt.tensor('x0', dtype={dtype!r}, shape=(None,))\n"
        f"f = lamina.function([x0], x0 * 2)\nf({bad})"
    )


def _static_shape(draw: Draw) -> str:
    n = draw.randint(2, 5)
    wrong = draw.choice((n + 1, n - 1, 7 + n))
    return draw.choice(
        (
            f"x0 = pt.tensor('x0', shape=({n}, None))\nf = lamina.function([x0], x0 * 2)\n"
            f"f(np.ones(({wrong}, 2)))",
            f"x0 = pt.dvector('x0')\nf = lamina.function([x0], pt.specify_shape(x0, ({n},)))\n"
            f"f(np.ones({wrong}))",
            f"x0 = pt.tensor('x0', shape=({n},))\nx1 = pt.tensor('x1', shape=({n + 1},))\nx0 + x1",
            f"x0 = lamina.shared(np.ones({n}), shape=({n},))\nx0.set_value(np.ones({wrong}))",
        )
    )


def _singular(draw: Draw) -> str:
    n = draw.randint(2, 5)
    dtype = draw.choice(("float64", "float32", "complex128", "complex64"))
    value, op = draw.choice(
        (
            ("zeros", "pt.linalg.inv(x0)"),
            ("zeros", "pt.linalg.solve(x0, x0)"),
            ("ones", "pt.linalg.inv(x0)"),
            ("-eye", "pt.linalg.cholesky(x0, on_error='raise')"),
            ("zeros", "pt.linalg.solve(x0, x0[0])"),
            ("zeros", "pt.linalg.solve_triangular(x0, x0)"),
            ("-eye", "pt.linalg.solve(x0, x0, assume_a='pos')"),
            ("nan", "pt.linalg.eigh(x0)[0]"),
            ("nan", "pt.linalg.svd(x0, compute_uv=False)"),
            ("zeros", "pt.linalg.tensorinv(x0[None].T, 1)"),
        )
    )
    array = {
        "zeros": f"np.zeros(({n}, {n}), {dtype!r})",
        "ones": f"np.ones(({n}, {n}), {dtype!r})",
        "-eye": f"-np.eye({n}).astype({dtype!r})",
        "nan": f"np.full(({n}, {n}), np.nan, {dtype!r})",
    }[value]
    return f"{_arrays((dtype, (n, n)))}\na0 = {array}\n{_call(op, 1)}"


def _wrong_matrix(draw: Draw) -> str:
    n = draw.randint(2, 5)
    m = n + draw.randint(1, 3)
    name = draw.choice(
        (
            "inv(x0)",
            "det(x0)",
            "slogdet(x0)",
            "cholesky(x0)",
            "eig(x0)",
            "eigh(x0)",
            "eigvalsh(x0, None)",
            "expm(x0)",
            "solve(x0, x0)",
            "solve(x0.T @ x0, x0)",
            "solve_triangular(x0, x0)",
            "lstsq(x0, x0.T)",
            "cho_solve((x0, True), x0)",
            "inv(x0[0])",
            "svd(x0[0])",
            "qr(x0[0, 0])",
            "qr(x0, mode='nonsense')",
            "solve(x0, x0, assume_a='nonsense')",
            "tensorsolve(x0, x0)",
            "lu_solve(pt.linalg.lu_factor(x0), x0)",
            "trace(x0[0])",
        )
    )
    return f"{_arrays(('float64', (n, m)))}\n{_call(f'pt.linalg.{name}', 1)}"


def _product(draw: Draw) -> str:
    n, k, m = (draw.randint(1, 5) for _ in range(3))
    dtype = draw.choice(("float64", "float32", "int64", "complex64", "bool"))
    op = draw.choice(
        (
            "pt.dot(x0, x1)",
            "x0 @ x1",
            "pt.matmul(x0, x1)",
            "x0[0] @ x1",
            "x0 @ x1[:, 0]",
            "pt.einsum('ij,jk->ik', x0, x1)",
            "pt.tensordot(x0, x1, 1)",
            "pt.inner(x0, x1.T)",
            "pt.batched_dot(x0[None], x1[None])",
            "pt.matvec(x0, x1[:, 0])",
            "pt.vecdot(x0[0], x1[:, 0])",
            "pt.concatenate([x0, x1.T], axis=0)",
        )
    )
    wrong = k + draw.randint(1, 3)
    return f"{_arrays((dtype, (n, k)), (dtype, (wrong, m)))}\n{_call(op, 2)}"


def _size(draw: Draw) -> str:
    bad = draw.choice((-1, -5, -(2**31), -(2**63)))
    op = draw.choice(
        (
            "pt.zeros(x0)",
            "pt.ones((2, x0))",
            "pt.full((x0,), 1.5)",
            "pt.alloc(0.0, x0)",
            "pt.repeat([1, 2], x0)",
            "pt.linspace(0, 1, x0)",
            "pt.broadcast_to(pt.as_tensor([1.0]), (x0, 1))",
            "pt.pad([1.0], x0)",
            "pt.topk(pt.as_tensor([1.0, 2.0]), x0 - 3)",
            "pt.reshape(pt.as_tensor([1.0, 2.0]), (x0 - 1, 1))",
            "pt.bincount([1], minlength=x0)",
            "pt.fft.fft([1.0], n=x0)",
            "pt.tile([1.0, 2.0], (x0,))[5]",
        )
    )
    return f"{_arrays(('int64', ()))}\na0 = np.int64({bad})\n{_call(op, 1)}"


def _too_large(draw: Draw) -> str:
    big = draw.choice((2**46, 2**60, 2**62))
    op = draw.choice(("pt.zeros(x0)", "pt.ones((x0, x0))", "pt.arange(x0)", "pt.eye(x0)"))
    return (
        f"{_arrays(('int64', ()))}\na0 = np.int64({big})\n"
        f"try:\n    f = lamina.function([x0], {op})\n"
        "    f(a0)\nexcept MemoryError as error:\n    raise ValueError('no memory') from error"
    )


def _reshape(draw: Draw) -> str:
    shape = _shape(draw, draw.randint(1, 3))
    size = int(np.prod(shape))
    bad = draw.choice(
        (
            f"({size + 1},)",
            "(-1, -1)",
            f"({size}, 2)",
            "(-2, 3)",
            "('a',)",
            "(1.5,)",
            "(-1, 0)",
            f"({size + 1}, -1)",
        )
    )
    return f"{_arrays(('float32', shape))}\n{_call(f'pt.reshape(x0, {bad})', 1)}"


def _count_of_arguments(draw: Draw) -> str:
    op = draw.choice(
        (
            "pt.add()",
            "pt.exp(x0, x0, x0)",
            "pt.sum()",
            "pt.dot(x0)",
            "pt.switch(x0)",
            "pt.concatenate(x0, x0, x0, x0)",
            "pt.sum(x0, nonsense=1)",
            "pt.where(x0, x0)",
            "pt.concatenate([])",
            "pt.stack([])",
            "pt.einsum()",
            "pt.clip(x0)",
            "pt.eye()",
            "pt.arange()",
            "pt.linspace(1)",
            "pt.linalg.solve(x0)",
            "pt.dot(x0, x0, x0)",
            "pt.hyp2f1(x0, x0)",
            "pt.einsum('ij,jk', x0)",
            "pt.meshgrid(x0, indexing='zz')",
            "pt.block([])",
            "pt.hstack([])",
            "pt.split(x0, [1], 2)",
            "pt.array_split(x0, 0)",
            "pt.broadcast_arrays(x0, 'a')",
        )
    )
    return f"{_arrays(('float64', _shape(draw, 1)))}\n{_call(op, 1)}"


def _gradient(draw: Draw) -> str:
    return draw.choice(
        (
            "x0 = pt.dvector()\nlamina.grad(x0, x0)",
            "x0 = pt.lscalar()\nlamina.grad(x0 * 2, x0)",
            "x0 = pt.dscalar()\nlamina.grad(pt.dscalar() * 2, x0)",
            "x0 = pt.dscalar()\nlamina.grad('a', x0)",
            "x0 = pt.dvector()\nlamina.grad(pt.argmax(x0), x0)",
            "x0 = pt.dvector()\nlamina.function([x0], pt.dvector())",
            "x0 = pt.dvector()\nlamina.function([x0, x0], x0)",
            "x0 = pt.dvector()\nlamina.function([x0 * 2.0, 5], x0)",
            "x0 = pt.dvector()\nlamina.function([x0, pt.dvector('unused')], x0)",
            "x0 = lamina.shared(1.0)\nlamina.function([], [], updates=[(x0, pt.zeros(3))])",
            "x0 = lamina.shared(1.0)\nlamina.function([], [], updates=[(x0, 1.0), (x0, 2.0)])",
            "x0 = pt.dvector()\nlamina.function([x0], x0)(nonsense=np.ones(2))",
            "x0 = pt.dvector()\nlamina.function([x0], x0, mode='NONSENSE')",
        )
    )


def _search(draw: Draw) -> str:
    op = draw.choice(
        (
            "pt.searchsorted(x0[None], x0)",
            "pt.searchsorted(x0, x0, side='up')",
            "pt.searchsorted(x0, x0, sorter=x0)",
            "pt.digitize(x0, x0[None])",
            "pt.bincount(pt.cast(x0, 'int64') - 5)",
            "pt.quantile(x0, 1.5)",
            "pt.percentile(x0, -1)",
            "pt.quantile(x0, 0.5, method='no')",
            "pt.topk(x0, 100)",
            "pt.topk(x0, 0)",
            "pt.choose(pt.cast(x0, 'int64') + 7, [1, 2])",
            "pt.take_along_axis(x0, x0, 0)",
            "pt.unique(x0, axis=3)",
            "pt.take_along_axis(x0[None], pt.cast(x0, 'int64'), 0)",
            "pt.argmax(x0[:0])",
            "pt.max(x0[:0])",
            "pt.histogram(x0, bins=0)",
            "pt.histogram(x0, range=(2, 1))",
            "pt.nonzero(x0[0])",
            "pt.compress(x0[None], x0)",
            "pt.ravel_multi_index((pt.cast(x0, 'int64') + 5,), (3,))",
            "pt.unravel_index(pt.cast(x0, 'int64') + 50, (3,))",
            "pt.interp(x0, x0, x0[1:])",
            "pt.interp(x0, x0[:0], x0[:0])",
            "pt.cross(x0[:1], x0[:1])",
            "pt.repeat(x0, -1)",
            "pt.fft.fft(x0[:0])",
            "pt.lexsort(x0[0])",
            "pt.diff(x0, n=-1)",
            "pt.split(x0, [1, 1], 2)",
            "pt.array_split(x0, -1)",
            "pt.inverse_permutation(x0)",
            "pt.diag(x0[None, None])",
        )
    )
    return f"{_arrays(('float64', _shape(draw, 1)))}\n{_call(op, 1)}"


MISTAKES: tuple[Callable[[Draw], str], ...] = (
    _wrong_lengths,
    _index_out_of_bounds,
    _index_out_of_bounds,
    _wrong_index,
    _mask_of_another_length,
    _wrong_axis,
    _wrong_dtype,
    _wrong_argument,
    _static_shape,
    _singular,
    _wrong_matrix,
    _product,
    _size,
    _too_large,
    _reshape,
    _count_of_arguments,
    _gradient,
    _search,
)
