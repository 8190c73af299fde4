"""Bessel functions. The derivatives (DLMF 10.6.1, 10.29.1) are by the argument; none by the order
is implemented.
"""

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.elementwise import elementwise, like
from lamina.ir.ops.scipy_special import scipy_call, scipy_special

_ORDERED = {
    "types": like(np.arctan2), "nin": 2, "domains": ((0.1, 3.0), (0.3, 5.0)), "orders": (0,)
}  # fmt: skip


j0 = elementwise(
    "j0", scipy_special("j0"), scalar=scipy_call("j0"),
    pullback=lambda x, y, g: -g * j1(x),
    types=like(np.deg2rad), nin=1, domain=(-20, 20),
    doc="Bessel function of the first kind of order 0 (DLMF 10.2.2).",
)  # fmt: skip
j1 = elementwise(
    "j1", scipy_special("j1"), scalar=scipy_call("j1"),
    pullback=lambda x, y, g: g * (j0(x) - jv(2, x)) / 2,
    types=like(np.deg2rad), nin=1, domain=(-20, 20),
    doc="Bessel function of the first kind of order 1 (DLMF 10.2.2).",
)  # fmt: skip
jv = elementwise(
    "jv", scipy_special("jv"), scalar=scipy_call("jv"),
    pullback=lambda v, x, y, g: (None, g * (jv(v - 1, x) - jv(v + 1, x)) / 2),
    **_ORDERED, doc="Bessel function of the first kind of order v at x (DLMF 10.2.2).",
)  # fmt: skip
i0 = elementwise(
    "i0", scipy_special("i0"), scalar=scipy_call("i0"),
    pullback=lambda x, y, g: g * i1(x),
    types=like(np.deg2rad), nin=1, domain=(-20, 20),
    doc="Modified Bessel function of the first kind of order 0 (DLMF 10.25.2).",
)  # fmt: skip
i1 = elementwise(
    "i1", scipy_special("i1"), scalar=scipy_call("i1"),
    pullback=lambda x, y, g: g * (i0(x) + iv(2, x)) / 2,
    types=like(np.deg2rad), nin=1, domain=(-20, 20),
    doc="Modified Bessel function of the first kind of order 1 (DLMF 10.25.2).",
)  # fmt: skip
iv = elementwise(
    "iv", scipy_special("iv"), scalar=scipy_call("iv"),
    pullback=lambda v, x, y, g: (None, g * (iv(v - 1, x) + iv(v + 1, x)) / 2),
    **_ORDERED, doc="Modified Bessel function of the first kind of order v at x (DLMF 10.25.2).",
)  # fmt: skip
ive = elementwise(
    "ive", scipy_special("ive"), scalar=scipy_call("ive"),
    pullback=lambda v, x, y, g: (
        None, g * ((ive(v - 1, x) + ive(v + 1, x)) / 2 - nd.sign(x) * y)),
    **_ORDERED, doc="exp(-abs(x)) iv(v, x), which does not overflow.",
)  # fmt: skip
kv = elementwise(
    "kv", scipy_special("kv"), scalar=scipy_call("kv"),
    pullback=lambda v, x, y, g: (None, -g * (kv(v - 1, x) + kv(v + 1, x)) / 2),
    **_ORDERED, doc="Modified Bessel function of the second kind of order v at x (DLMF 10.25.3).",
)  # fmt: skip
kve = elementwise(
    "kve", scipy_special("kve"), scalar=scipy_call("kve"),
    pullback=lambda v, x, y, g: (None, g * (y - (kve(v - 1, x) + kve(v + 1, x)) / 2)),
    **_ORDERED, doc="exp(x) kv(v, x), which does not underflow.",
)  # fmt: skip
