"""Arrays to try ops on: every value that is special, in every form that an array may have in
memory.
"""

from collections.abc import Callable

import numpy as np

from lamina.ir.graph.tensor_type import DTYPES

REAL = tuple(d for d in DTYPES if not d.startswith("complex"))
FLOATS = ("float16", "float32", "float64")
COMPLEX = ("complex64", "complex128")


def specials(dtype: str) -> np.ndarray:
    """Every value of `dtype` that some op treats in a way of its own, and a few plain ones."""
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return np.array([False, True, True, False])
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        width = limits.bits
        values = [0, 1, 2, 3, 5, 7, 10, width - 1, width, width + 1, limits.max - 1, limits.max]
        values += [-v for v in (1, 2, 3, 7, width)] + [limits.min, limits.min + 1]
        return np.array([v for v in values if limits.min <= v <= limits.max], kind)
    if kind.kind == "f":
        limits = np.finfo(kind)
        values = [0.0, 0.1, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, np.pi, 7.5, 30.0, 100.0, 1e-3]
        values += [limits.eps, limits.tiny, limits.smallest_subnormal, limits.max / 4, limits.max]
        values += [
            np.nextafter(kind.type(0.5), kind.type(0)),
            np.nextafter(kind.type(1), kind.type(2)),
        ]
        values = np.array(values, kind)
        return np.concatenate([values, -values, np.array([np.inf, -np.inf, np.nan], kind)])
    parts = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 40.0, 1e-3, np.inf, -np.inf, np.nan])
    re, im = np.meshgrid(parts, parts)
    values = np.empty(re.size, kind)  # re + 1j * im would make NaN of infinite parts
    values.real, values.imag = re.ravel(), im.ravel()
    return values


def ordinary(dtype: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Values of moderate size."""
    random = np.random.default_rng([seed, *shape])
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return random.random(shape) < 0.5
    if kind.kind in "iu":
        return random.integers(0 if kind.kind == "u" else -9, 10, shape).astype(kind)
    values = random.normal(0, 2, shape)
    if kind.kind == "c":
        values = values + 1j * random.normal(0, 2, shape)
    return values.astype(kind)


def _strided(array: np.ndarray) -> np.ndarray:
    wide = np.empty((*array.shape, 2), array.dtype)
    wide[..., 0] = array
    return wide[..., 0]


def _backward(array: np.ndarray) -> np.ndarray:
    every_axis = (slice(None, None, -1),) * array.ndim
    return array[every_axis].copy()[every_axis] if array.ndim else array


def _unaligned(array: np.ndarray) -> np.ndarray:
    data = bytearray(b"\0" + array.tobytes())
    return np.frombuffer(data, np.uint8)[1:].view(array.dtype).reshape(array.shape)


def _read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array


FORMS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Fortran": lambda array: array.copy(order="F"),
    "strided": _strided,
    "backward": _backward,
    "unaligned": _unaligned,
    "of the other byte order": lambda array: array.astype(array.dtype.newbyteorder()),
    "read-only": _read_only,
}
