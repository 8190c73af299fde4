"""Random matrices of LAPACK's dtypes, and functions of them compiled for all of these at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import lamina
from lamina.compile.not_native import interpreted
from lamina.ir.graph.tensor_type import TensorType

DTYPES = ("float32", "float64", "complex64", "complex128")


def random(dtype: str, *shape: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng([seed, *shape])
    a = rng.normal(size=shape)
    if dtype.startswith("complex"):
        a = a + 1j * rng.normal(size=shape)
    return a.astype(dtype)


def positive_definite(dtype: str, *shape: int, seed: int = 0) -> np.ndarray:
    a = random(dtype, *shape, seed=seed)
    return a @ adjoint(a) + np.eye(shape[-1], dtype=dtype)


def adjoint(a: np.ndarray) -> np.ndarray:
    return np.swapaxes(a, -1, -2).conj()


def each_dtype(
    build: Callable[..., Sequence[Any]], *make: Callable[[str], Any], dtypes: Sequence[str] = DTYPES
) -> Iterator[tuple[list[np.ndarray], list[np.ndarray]]]:
    """The arrays of each dtype and what `build` makes of them, from one compiled function of arrays
    of unknown lengths; what is no integer has the precision of the dtype.
    """
    arrays = {dtype: [np.asarray(m(dtype)) for m in make] for dtype in dtypes}
    inputs = {
        dtype: [TensorType(a.dtype, (None,) * a.ndim)() for a in given]
        for dtype, given in arrays.items()
    }
    outputs = {dtype: list(build(*variables)) for dtype, variables in inputs.items()}
    function = lamina.function(
        [v for variables in inputs.values() for v in variables],
        [y for made in outputs.values() for y in made],
        on_unused_input="ignore",
    )
    assert not interpreted
    results = iter(function(*(a for given in arrays.values() for a in given)))
    for dtype in dtypes:
        found = [next(results) for _ in outputs[dtype]]
        precision = np.finfo(dtype).eps
        assert all(np.finfo(y.dtype).eps == precision for y in found if y.dtype.kind in "fc")
        yield arrays[dtype], found


def close(found: Any, expected: Any, epsilons: float = 300) -> None:
    """`found` is `expected` but for `epsilons` rounding errors of the largest element, in the
    coarser dtype of the two; equal, where they are integers.
    """
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    if found.dtype.kind in "biu":
        np.testing.assert_array_equal(found, expected)
        return
    epsilon = max(float(np.finfo(x.dtype).eps) for x in (found, expected) if x.dtype.kind in "fc")
    size = float(np.abs(expected).max(initial=0)) or 1.0
    np.testing.assert_allclose(found, expected, rtol=0, atol=epsilons * epsilon * size)
