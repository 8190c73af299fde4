"""The operand itself, with a pullback other than the identity's."""

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
    pullback=lambda x, y, g: None, barrier=True,
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
