"""Products of matrices of an emulated device, computed by NumPy."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import c_int, c_void_p
from typing import Any

import numpy as np

from lamina.runtime.cuda.blas import ARGUMENTS, DTYPES
from lamina.runtime.cuda.emulated_driver import EmulatedDriver


class EmulatedBlas:
    """Products of a device whose memory is the processor's."""

    def __init__(self, driver: EmulatedDriver) -> None:
        self.driver = driver
        self._function = ctypes.CFUNCTYPE(c_int, *ARGUMENTS)(self._gemm)

    @property
    def address(self) -> int:
        """The address of ``lamina_cuda_gemm``."""
        return ctypes.cast(self._function, c_void_p).value or 0

    def _gemm(
        self, code: int, transposes: int, m: int, n: int, k: int, alpha: int,
        a: int, leading_a: int, step_a: int, b: int, leading_b: int, step_b: int, beta: int,
        c: int, leading_c: int, step_c: int, batch: int,
    ) -> int:  # fmt: skip
        def work() -> None:
            dtype = np.dtype(next(name for name, number in DTYPES.items() if number == code))
            scales = [_number(place, dtype) for place in (alpha, beta)]
            ops = transposes & 3, transposes >> 2
            left, right = (m, k)[:: -1 if ops[0] else 1], (k, n)[:: -1 if ops[1] else 1]
            for i in range(batch if m and n else 0):
                x = self._read(a + i * step_a * dtype.itemsize, dtype, left, leading_a)
                y = self._read(b + i * step_b * dtype.itemsize, dtype, right, leading_b)
                place = c + i * step_c * dtype.itemsize
                self._multiply(
                    dtype, _turned(x, ops[0]), _turned(y, ops[1]), scales, place, leading_c
                )

        return self.driver.guarded(work)

    def _multiply(
        self, dtype: np.dtype, x: np.ndarray, y: np.ndarray, scales: list[Any], place: int,
        leading: int,
    ) -> None:  # fmt: skip
        wide = np.float32 if dtype == np.float16 else dtype
        made = scales[0] * (x.astype(wide) @ y.astype(wide))
        rows, columns = made.shape
        span = np.empty((rows - 1) * leading + columns, dtype)
        self.driver.copy_out(span, place)
        old = _rows(span, rows, columns, leading)
        old[...] = made if scales[1] == 0 else made + scales[1] * old
        self.driver.copy_in(place, span)

    def _read(
        self, address: int, dtype: np.dtype, lengths: Sequence[int], leading: int
    ) -> np.ndarray:
        rows, columns = lengths
        if not rows or not columns:
            return np.empty((rows, columns), dtype)
        span = np.empty((rows - 1) * leading + columns, dtype)
        self.driver.copy_out(span, address)
        return _rows(span, rows, columns, leading)


def _number(place: int, dtype: np.dtype) -> Any:
    kind = np.dtype(np.float32) if dtype == np.float16 else dtype
    return np.frombuffer(ctypes.string_at(place, kind.itemsize), kind)[0]


def _turned(x: np.ndarray, op: int) -> np.ndarray:
    return x if op == 0 else x.T if op == 1 else x.conj().T


def _rows(span: np.ndarray, rows: int, columns: int, leading: int) -> np.ndarray:
    size = span.itemsize
    return np.lib.stride_tricks.as_strided(span, (rows, columns), (leading * size, size))
