"""Windows that fade a signal in and out, by their number of points."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.configuration import config
from lamina.ir.ops.arguments import as_count, larger
from lamina.ir.ops.cast import cast
from lamina.ir.ops.creation import arange


def bartlett(M: Any) -> Any:
    """A triangle that is 0 at both ends."""
    return 1 - nd.abs(_from_minus_1_to_1(M))


def hanning(M: Any) -> Any:
    """A period of a cosine that is 0 at both ends."""
    return 0.5 + 0.5 * nd.cos(np.pi * _from_minus_1_to_1(M))


def hamming(M: Any) -> Any:
    """A period of a cosine that is 0.08 at both ends."""
    return 0.54 + 0.46 * nd.cos(np.pi * _from_minus_1_to_1(M))


def blackman(M: Any) -> Any:
    """The sum of two cosines, flat and 0 at both ends."""
    x = np.pi * _from_minus_1_to_1(M)
    return 0.42 + 0.5 * nd.cos(x) + 0.08 * nd.cos(2.0 * x)


def _from_minus_1_to_1(M: Any) -> Any:
    """M numbers at equal distances; one alone is 0."""
    M = as_count(M)
    return cast(arange(1 - M, M, 2), config.floatX) / cast(larger(M - 1, 1), config.floatX)
