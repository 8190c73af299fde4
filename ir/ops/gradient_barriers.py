"""The operand itself, with a pullback other than the identity's."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.gradient_types import NullType
from lamina.ir.ops.elementwise import elementwise, zero


def _types(dtypes, weaks):
    return dtypes, dtypes[0]


def _first(*arrays):
    return np.broadcast_arrays(*arrays)[0].copy()


def _undefined(x, y, g):
    return NullType(f"undefined_grad was applied to {x}")()


disconnected_grad = elementwise(
    "disconnected_grad", lambda x: x, scalar="identity", types=_types, nin=1,
    pullback=lambda x, y, g: None, barrier=True, disconnected=True,
    doc="The operand, whose gradient is cut off: it counts as disconnected from the cost.",
)  # fmt: skip
zero_grad = elementwise(
    "zero_grad", lambda x: x, scalar="identity", types=_types, nin=1, pullback=zero,
    barrier=True,
    doc="The operand, as a constant of the gradient: it stays connected, with gradient 0.",
)  # fmt: skip
undefined_grad = elementwise(
    "undefined_grad", lambda x: x, scalar="identity", types=_types, nin=1, pullback=_undefined,
    barrier=True,
    doc="The operand, through which no gradient is defined: to ask for one is an error.",
)  # fmt: skip
grad_clip = elementwise(
    "grad_clip", _first, scalar=lambda x, lower, upper: x, types=_types, nin=3,
    pullback=lambda x, lower, upper, y, g: (nd.clip(g, lower, upper), None, None),
    barrier=True,
    doc="The operand x, whose gradient is limited to [lower, upper].",
)  # fmt: skip
grad_scale = elementwise(
    "grad_scale", _first, scalar=lambda x, multiplier: x, types=_types, nin=2,
    pullback=lambda x, multiplier, y, g: (g * multiplier, None), barrier=True,
    doc="The operand x, whose gradient is multiplied.",
)  # fmt: skip


class GradClip:
    """The identity, with a gradient limited to an interval, for given limits; see ``grad_clip``.

    Parameters
    ----------
    clip_lower_bound, clip_upper_bound : float
    """

    __module__ = "lamina.gradient"

    def __init__(self, clip_lower_bound, clip_upper_bound):
        if not clip_upper_bound >= clip_lower_bound:
            raise ValueError(
                f"The bounds of a gradient are in the wrong order: {clip_lower_bound}, "
                f"{clip_upper_bound}"
            )
        self.clip_lower_bound, self.clip_upper_bound = clip_lower_bound, clip_upper_bound

    def __call__(self, x):
        return grad_clip(x, self.clip_lower_bound, self.clip_upper_bound)


class GradScale:
    """The identity, with a gradient multiplied by a given factor; see ``grad_scale``.

    Parameters
    ----------
    multiplier : float
    """

    __module__ = "lamina.gradient"

    def __init__(self, multiplier):
        self.multiplier = multiplier

    def __call__(self, x):
        return grad_scale(x, self.multiplier)


class _Named:
    """The class of a barrier without parameters."""

    __module__ = "lamina.gradient"
    barrier: Callable[[Any], Any]

    def __call__(self, x):
        return self.barrier(x)


class UndefinedGrad(_Named):
    """``UndefinedGrad()(x)`` is ``undefined_grad(x)``."""

    __module__ = "lamina.gradient"
    barrier = staticmethod(undefined_grad)


class ZeroGrad(_Named):
    """``ZeroGrad()(x)`` is ``zero_grad(x)``."""

    __module__ = "lamina.gradient"
    barrier = staticmethod(zero_grad)


class DisconnectedGrad(_Named):
    """``DisconnectedGrad()(x)`` is ``disconnected_grad(x)``."""

    __module__ = "lamina.gradient"
    barrier = staticmethod(disconnected_grad)


def consider_constant(x):
    """``zero_grad``, by the name that it once had.

    Parameters
    ----------
    x : tensor-like
    """
    warnings.warn(
        "consider_constant is the old name of zero_grad and disconnected_grad",
        DeprecationWarning,
        stacklevel=2,
    )
    return zero_grad(x)
