"""Sorted arrays, positions in them, counts."""

from __future__ import annotations

import numpy as np

from tests.conformance.cases.reductions import along_axes
from tests.conformance.family import FLOATS, REAL, Family

FAMILIES = {
    "sort": Family([*along_axes("sort"), lambda m, M: m.sort(M, axis=None)]),
    "argsort": Family(
        [
            *along_axes("argsort", ", kind='stable'"),
            lambda m, M: m.argsort(M, axis=None, kind="stable"),
        ],
        smooth=False,
    ),
    "lexsort": Family(
        [lambda m, v, w: m.lexsort([v, w]), lambda m, M: m.lexsort(M)],
        REAL,
        smooth=False,
        batched=False,
        lengths=(1,),
    ),
    "topk": Family(
        [
            lambda m, v: m.topk(v, 2),
            lambda m, M: m.topk(M, 3, axis=0),
            lambda m, v: m.argtopk(v, 2),
            lambda m, M: m.topk_and_argtopk(M, 1, axis=1)[0],
        ],
        FLOATS,
        smooth=False,
        lengths=(),
    ),
    "search": Family(
        [
            lambda m, v, w: m.searchsorted(m.sort(v), w),
            lambda m, v, M: m.searchsorted(m.sort(v), M, side="right"),
            lambda m, M: m.digitize(M, np.array([-1, 0, 2])),
            lambda m, v: m.unique(v),
            lambda m, v: m.unique(v, return_counts=True)[1],
            lambda m, v: m.histogram(v, bins=3, range=(-4, 4))[0],
        ],
        ("float32", "float64", "int64", "int8"),
        smooth=False,
        batched=False,
        static=False,
    ),
    "interpolation": Family(
        [
            lambda m, M: m.interp(M, np.array([-1.0, 0, 2]), np.array([3.0, 1, 2])),
            lambda m, v: m.interpolate1d(
                np.array([-1.0, 0, 2]), np.array([3.0, 1, 2]), extrapolate=False
            )(v),
        ],
        ("float64",),
        own_dtype=True,
        batched=False,
    ),
}
