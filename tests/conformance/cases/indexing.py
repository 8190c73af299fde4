"""Parts of arrays by integers, slices, arrays and masks; their updates; places of what is not 0."""

from __future__ import annotations

import numpy as np

from tests.conformance.family import REAL, Family

_I = np.array([0, 2, -1, 2])
_J = np.array([[1, 0], [3, -2]])
_ALL = slice(None)

FAMILIES = {
    "subtensor": Family(
        [
            lambda m, v: v[0],
            lambda m, v: v[-1],
            lambda m, v: v[1:3],
            lambda m, v: v[::-1],
            lambda m, v: v[-2:],
            lambda m, v: v[10:],
            lambda m, v: v[-10:2],
            lambda m, v: v[3:1],
            lambda m, v: v[4:0:-2],
            lambda m, v: v[::-3],
            lambda m, M: M[1],
            lambda m, M: M[:, 1],
            lambda m, M: M[-1, 2],
            lambda m, M: M[1:, ::-1],
            lambda m, M: M[::2, 1::2],
            lambda m, M: M[None, 1],
            lambda m, M: M[..., -1],
            lambda m, M: M[:, None, 2],
            lambda m, M: M[()],
            lambda m, T: T[1, ..., ::2],
            lambda m, T: T[::-1, ::-1, ::-1],
            lambda m, Q: Q[1, :, 2:, -3],
            lambda m, M: M.T[1:3, 0],
            lambda m, M: (M + M)[1:3, ::2],
            lambda m, v: v[v.shape[0] - 2 :],
            lambda m, v: v[: v.shape[0] // 2],
            lambda m, R: R[:, 1:],
            lambda m, v: v[-1:-6:-1],
            lambda m, M: M[m.slice_at_axis(slice(1, 3), 1)],
        ],
        static=False,
    ),
    "inc_subtensor": Family(
        [
            lambda m, v: m.put(v, 0, 2),
            lambda m, v: m.put(v, slice(1, 3), 1),
            lambda m, v: m.put(v, slice(None, None, -2), 1, True),
            lambda m, v, w: m.put(v, _ALL, w),
            lambda m, v, w: m.put(v, slice(None, None, -1), w),
            lambda m, v: m.put(v, _ALL, v[::-1]),
            lambda m, M: m.put(M, 1, 0),
            lambda m, M, v: m.put(M, 1, v),
            lambda m, M, v: m.put(M, slice(1, 3), v, True),
            lambda m, M, C: m.put(M, (_ALL, slice(1, 3)), C),
            lambda m, T: m.put(T, (0, _ALL, 1), 3),
            lambda m, M: m.put(M, (1, 2), 1, True),
            lambda m, v: m.put(v, slice(3, 1), 1),
            lambda m, v: m.put(m.put(v, 0, 1), 1, 2, True),
            lambda m, M: m.put(M * 2, (_ALL, slice(0, 2)), M[:, 2:4], True),
            lambda m, M: m.put(M, _ALL, M + 1, True),
            lambda m, v, s: m.put(v, -1, s),
            lambda m, v: v + m.put(v, 0, 1),
        ]
    ),
    "gather": Family(
        [
            lambda m, v: v[_I],
            lambda m, v: v[_J],
            lambda m, M: M[_I],
            lambda m, M: M[:, _I],
            lambda m, M: M[_I, _I],
            lambda m, T: T[:, _I, 1:],
            lambda m, T: T[0, _I],
            lambda m, T: T[:, _I, _I],
            lambda m, Q: Q[_J[:1] * 0, :, _J[:1]],
            lambda m, Q: Q[0, :, _I, ::-1],
            lambda m, M: M[None, _I],
            lambda m, T: T[..., _I],
            lambda m, M: M.T[_I],
            lambda m, v, k: v[k],
            lambda m, M, k: M[k, k],
            lambda m, M, K: M[:, K],
            lambda m, M, k: M[::-1][k, None],
            lambda m, M, k: m.take(M, k, axis=1),
            lambda m, v, K: m.take(v, K),
            lambda m, M, k: m.take(M, k + 7, axis=0, mode="wrap"),
            lambda m, M, k: m.take(M, k - 9, axis=0, mode="clip"),
            lambda m, N: m.take_along_axis(N, np.array([[1, 0, 2]]), 0),
            lambda m, M: m.permute_row_elements(M, np.array([[4, 0, 1, 3, 2]] * 4)),
        ]
    ),
    "mask": Family(
        [
            lambda m, v, b: v[b],
            lambda m, M, b: M[:, b],
            lambda m, M, D: M[D],
            lambda m, T, D: T[:, D],
            lambda m, M: M[np.array([True, False, True, True])],
            lambda m, M, b: M.T[b, 1:],
            lambda m, M: m.compress([True, False, True, False], M, axis=0),
        ],
        batched=False,
        static=False,
    ),
    "scatter": Family(
        [
            lambda m, v: m.put(v, _I, 2),
            lambda m, v: m.put(v, _I, 1, True),
            lambda m, M: m.put(M, _I, M[:4] * 2, True),
            lambda m, M, v: m.put(M, (_I, slice(0, 2)), v[:2], True),
            lambda m, M: m.put(M, (_I, _I), 3, True),
            lambda m, T: m.put(T, (_ALL, _I, 1), 1, True),
            lambda m, v, k: m.put(v, k, 3),
            lambda m, v, k: m.put(v, k, 1, True),
            lambda m, v, b: m.put(v, b, 0),
            lambda m, M, D: m.put(M, D, 1, True),
            lambda m, M, b, s: m.put(M, (_ALL, b), s),
            lambda m, M, k: m.put(M, k, M[k][::-1], True),
        ],
        batched=False,
    ),
    # NumPy refuses an index out of bounds where the others choose nothing; here it has no effect.
    "integers_and_arrays": Family(
        [
            lambda m, v, w: m.choose(np.array([0, 1, 1, 0, 1]), [v, w]),
            lambda m, M, b: M[0, b],
            lambda m, T, K: m.put(T, (0, K), 1, True),
        ],
        lengths=(),
        batched=False,
        static=False,
    ),
    "nonzero": Family(
        [
            lambda m, v: m.nonzero(v)[0],
            lambda m, M: m.nonzero(M)[1],
            lambda m, T: m.flatnonzero(T),
            lambda m, M: m.argwhere(M),
            lambda m, M: m.nonzero_values(M),
            lambda m, M, v: m.where(M * v)[0],
            lambda m, D: m.argwhere(D),
        ],
        smooth=False,
        batched=False,
        static=False,
    ),
    "flat_indices": Family(
        [
            lambda m, k: m.ravel_multi_index((k, k + 1), (2, 3)),
            lambda m, K: m.unravel_index(K + 3, (2, 3))[1],
            lambda m, k: m.inverse_permutation(np.array([2, 0, 1])),
            lambda m, v: m.tril_indices(v.shape[0])[1],
            lambda m, v: m.triu_indices(v.shape[0], 1)[0],
            lambda m, A: m.tril_indices_from(A)[0],
            lambda m, A: m.triu_indices_from(A)[1],
        ],
        ("float64",),
        smooth=False,
        batched=False,
        static=False,
    ),
}
__all__ = ["FAMILIES", "REAL"]
