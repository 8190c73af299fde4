"""Logic, bits and choice."""

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.elementwise import common, elementwise, zero
from lamina.ir.ops.primitive import mlir


def _truth(dtypes, weaks):
    return ("bool",) * len(dtypes), "bool"


def _shift(instruction, beyond):
    # a shift by the width or more is defined, as in NumPy: nothing is left but the sign
    def shift(a, b):
        inside = nd.and_(nd.ge(b, 0), nd.lt(b, a.bits))
        return nd.switch(inside, mlir(instruction)(a, nd.switch(inside, b, 0)), beyond(a))

    return shift


def _clip_complex(x, low, high):
    # numpy.clip orders complex numbers by the real part, then by the imaginary one, whatever is NaN
    # in them
    def less(a, b):
        ties = nd.eq(nd.real(a), nd.real(b))
        return nd.or_(nd.lt(nd.real(a), nd.real(b)), nd.and_(ties, nd.lt(nd.imag(a), nd.imag(b))))

    raised = nd.switch(nd.or_(nd.isnan(x), less(low, x)), x, low)
    return nd.switch(nd.or_(nd.isnan(raised), less(raised, high)), raised, high)


and_ = elementwise(
    "and_", np.bitwise_and, scalar="arith.andi", pullback=zero, symbol="&",
    commutative=True, associative=True, doc="Bitwise and; of bools, logical.",
)  # fmt: skip
or_ = elementwise(
    "or_", np.bitwise_or, scalar="arith.ori", pullback=zero, symbol="|",
    commutative=True, associative=True, unit=0, doc="Bitwise or; of bools, logical.",
)  # fmt: skip
xor = elementwise(
    "xor", np.bitwise_xor, scalar="arith.xori", pullback=zero, symbol="^",
    commutative=True, associative=True, unit=0, doc="Bitwise exclusive or.",
)  # fmt: skip
invert = elementwise(
    "invert",
    np.invert,
    scalar={"iu": lambda x: mlir("arith.xori")(x, -1), "b": lambda x: mlir("arith.xori")(x, True)},
    pullback=zero,
    symbol="~",
    involution=True,
    inverse="invert",
    doc="Bitwise not; of bools, logical.",
)
bitwise_and, bitwise_or, bitwise_xor, bitwise_not = and_, or_, xor, invert
left_shift = elementwise(
    "left_shift", np.left_shift,
    scalar=_shift("arith.shli", lambda a: nd.switch(nd.eq(a, a), 0, a)), pullback=zero, symbol="<<",
    domains=((-100, 100), (0, 6)), doc="Shift to the left; 0 beyond the width.",
)  # fmt: skip
right_shift = elementwise(
    "right_shift", np.right_shift,
    scalar={
        "i": _shift("arith.shrsi", lambda a: nd.switch(nd.lt(a, 0), -1, 0 * a)),
        "u": _shift("arith.shrui", lambda a: nd.switch(nd.eq(a, a), 0, a)),
    },
    pullback=zero, symbol=">>", domains=((-100, 100), (0, 6)),
    doc="Shift to the right; the sign alone is left beyond the width.",
)  # fmt: skip
logical_and = elementwise(
    "logical_and", np.logical_and, scalar="arith.andi", types=_truth, nin=2,
    pullback=zero, commutative=True, doc="Whether both are nonzero.",
)  # fmt: skip
logical_or = elementwise(
    "logical_or", np.logical_or, scalar="arith.ori", types=_truth, nin=2,
    pullback=zero, commutative=True, doc="Whether either is nonzero.",
)  # fmt: skip
logical_xor = elementwise(
    "logical_xor", np.logical_xor, scalar="arith.xori", types=_truth, nin=2,
    pullback=zero, commutative=True, doc="Whether one alone is nonzero.",
)  # fmt: skip
logical_not = elementwise(
    "logical_not", np.logical_not, scalar=lambda x: mlir("arith.xori")(x, True),
    types=_truth, nin=1, pullback=zero, doc="Whether x is 0.",
)  # fmt: skip
switch = elementwise(
    "switch", np.where,
    scalar="arith.select",
    pullback=lambda c, a, b, y, g: (None, nd.switch(c, g, 0), nd.switch(c, 0, g)),
    types=common(1), nin=3, domains=((0, 2), (-np.inf, np.inf), (-np.inf, np.inf)),
    doc="a where the condition holds, b elsewhere; both are computed.",
)  # fmt: skip
clip = elementwise(
    "clip", lambda x, low, high: np.clip(x, low, high),
    scalar={"biuf": lambda x, low, high: nd.minimum(nd.maximum(x, low), high), "c": _clip_complex},
    pullback=lambda x, low, high, y, g: (
        g * nd.and_(nd.ge(x, low), nd.le(x, high)),
        g * nd.and_(nd.lt(x, low), nd.le(low, high)),
        g * nd.or_(nd.gt(x, high), nd.gt(low, high)),
    ),
    types=common(), nin=3,
    doc="x limited to [low, high].",
)  # fmt: skip
second = elementwise(
    "second", lambda a, b: np.broadcast_to(b, np.broadcast_shapes(a.shape, b.shape)).copy(),
    scalar="second",
    pullback=lambda a, b, y, g: (None, g),
    types=lambda dtypes, weaks: (dtypes, dtypes[1]), nin=2,
    doc="b broadcast to the shape of a.",
)  # fmt: skip


def where(condition, *choices):
    """``switch``: the first choice where the condition holds, the second elsewhere.

    Without choices ``nonzero``: the places where it holds.
    """
    if not choices:
        from lamina.ir.ops.nonzero import nonzero

        return nonzero(condition)
    if len(choices) != 2:
        raise TypeError("where takes a condition and either two choices or none")
    return switch(condition, *choices)


def fill(a, b):
    """b broadcast to the shape and dtype of a."""
    from lamina.ir.ops.constant import as_tensor_variable

    a = as_tensor_variable(a)
    return second(a, nd.cast(b, a.dtype))
