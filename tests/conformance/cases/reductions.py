"""Sums, products, extremes, truths, positions; running ones; means and what is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.conformance.family import FLOATS, NUMBERS, REAL, Case, Family

_REAL_INEXACT = ("float16", *FLOATS)


def over_axes(name: str) -> list[Case]:
    """Over one axis, several, none and all, of arrays and of views of them."""

    def use(letter: str, axis: Any) -> Case:
        return eval(f"lambda m, {letter}: m.{name}({letter}, axis={axis})")

    uses = [
        ("v", 0),
        ("v", -1),
        ("M", 0),
        ("M", 1),
        ("M", None),
        ("T", 0),
        ("T", 1),
        ("T", (0, 2)),
        ("T", (1, 2)),
        ("T", (0, 1, 2)),
        ("Q", (1, 2)),
        ("Q", (0, 3)),
        ("R", 0),
        ("R", 1),
        ("C", (0, 1)),
        ("s", None),
    ]
    of_views: list[Case] = [
        lambda m, M: getattr(m, name)(M.T, axis=0),
        lambda m, M: getattr(m, name)(M[::-1, ::2], axis=1),
        lambda m, T: getattr(m, name)(T[:, ::-2], axis=1),
        lambda m, v, M: getattr(m, name)(v * M, axis=0),
    ]
    return [use(*u) for u in uses] + of_views


def along_axes(name: str, more: str = "") -> list[Case]:
    """Along one axis, of arrays and of views of them."""
    uses = [("v", 0), ("M", 0), ("M", -1), ("T", 1), ("T", 0), ("Q", 2), ("R", 1), ("C", 1)]
    cases = [eval(f"lambda m, {x}: m.{name}({x}, axis={axis}{more})") for x, axis in uses]
    views = [
        f"lambda m, M: m.{name}(M.T[::-1], axis=0{more})",
        f"lambda m, T: m.{name}(T[:, ::2], axis=-1{more})",
    ]
    return cases + [eval(v) for v in views]


FAMILIES = {
    **{name: Family(over_axes(name)) for name in ("sum", "prod")},
    "mean": Family(over_axes("mean"), NUMBERS),
    **{name: Family(over_axes(name), REAL) for name in ("max", "min")},
    **{name: Family(over_axes(name), smooth=False) for name in ("all", "any")},
    **{
        name: Family(over_axes(name), REAL, smooth=False, batched=True)
        for name in ("argmax", "argmin")
    },
    "cumsum": Family([*along_axes("cumsum"), lambda m, M: m.cumsum(M)]),
    "cumprod": Family([*along_axes("cumprod"), lambda m, M: m.cumprod(M)]),
    "variance": Family(
        [
            lambda m, v: m.var(v),
            lambda m, M: m.var(M, axis=0),
            lambda m, T: m.var(T, axis=(0, 2)),
            lambda m, M: m.var(M, axis=1, ddof=1),
            lambda m, M: m.std(M, axis=1),
            lambda m, T: m.std(T, axis=-1, ddof=1),
        ],
        NUMBERS,
        ulp=64,
    ),
    "statistics": Family(
        [
            lambda m, v: m.ptp(v),
            lambda m, M: m.ptp(M, axis=0),
            lambda m, M: m.average(M, axis=1),
            lambda m, M, P: m.average(M, axis=1, weights=P),
            lambda m, M: m.median(M, axis=0),
            lambda m, M: m.median(M),
            lambda m, T: m.median(T, axis=(0, 2)),
            lambda m, M: m.quantile(M, 0.3, axis=1),
            lambda m, M: m.percentile(M, [20, 90], axis=0),
            lambda m, v: m.quantile(v, 0.4, method="lower"),
        ],
        FLOATS,
        ulp=64,
        lengths=(1,),
        batched=False,
    ),
    "covariance": Family(
        [
            lambda m, M: m.cov(M),
            lambda m, M: m.cov(M, rowvar=False),
            lambda m, v, w: m.cov(v, w),
            lambda m, M: m.corrcoef(M),
        ],
        FLOATS,
        ulp=64,
        lengths=(),
        batched=False,
        own_dtype=True,
    ),
    "cast": Family(
        [lambda m, M: m.cast(M, "float32"), lambda m, v: m.cast(v, "float64")],
        (*FLOATS, "int8", "bool"),
    ),
    "exponentials": Family(
        [
            lambda m, v: m.logsumexp(v),
            lambda m, M: m.logsumexp(M, axis=0),
            lambda m, T: m.logsumexp(T, axis=(1, 2)),
            lambda m, M: m.softmax(M, axis=0),
            lambda m, T: m.softmax(T, axis=-1),
            lambda m, M: m.log_softmax(M, axis=1),
            lambda m, v: m.special.softmax(v, axis=0),
            lambda m, v: m.special.log_softmax(v, axis=0),
        ],
        _REAL_INEXACT,
        own_dtype=True,
    ),
    "max_and_argmax": Family(
        [
            lambda m, v: m.max_and_argmax(v, axis=0)[0],
            lambda m, M: m.max_and_argmax(M, axis=1)[1],
        ],
        REAL,
        smooth=False,
    ),
    "norm": Family(
        [
            *(
                eval(f"lambda m, M: m.linalg.norm(M, {o}, axis=1)", {"np": np})
                for o in ("None", "1", "3", "np.inf", "-np.inf")
            ),
            lambda m, v: m.linalg.norm(v),
            lambda m, M: m.linalg.norm(M, "fro", axis=(0, 1)),
            lambda m, M: m.linalg.norm(M, 1, axis=(0, 1)),
            lambda m, A: m.linalg.norm(A, 2),
            lambda m, A: m.linalg.norm(A, "nuc"),
            lambda m, T: m.linalg.norm(T, axis=-1, keepdims=True),
        ],
        ("float32", "float64", "complex64", "complex128"),
        ulp=64,
        lengths=(1,),
    ),
}
__all__ = ["FAMILIES", "np"]
