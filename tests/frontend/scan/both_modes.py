"""Values of graphs, compiled and interpreted: both must agree."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina

MODES = ("FAST_RUN", "NUMPY")


def values(inputs: Sequence[Any], outputs: Any, *arguments: Any, updates: Any = None) -> Any:
    """What a function of `inputs` returns for `arguments`."""
    found = []
    for mode in MODES:
        f = lamina.function(inputs, outputs, updates=updates, mode=mode, on_unused_input="ignore")
        found.append(f(*arguments))
    compiled, interpreted = found
    np.testing.assert_equal(_types(compiled), _types(interpreted))
    for a, b in zip(_listed(compiled), _listed(interpreted), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
    return compiled


def _listed(result: Any) -> list[Any]:
    return result if isinstance(result, list) else [result]


def _types(result: Any) -> list[Any]:
    return [(y.dtype, y.shape) for y in _listed(result)]
