"""Addition, multiplication and what is made of them."""

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.tensor_variable import TensorOperators
from lamina.ir.ops.constant import constant_value
from lamina.ir.ops.elementwise import common_dtype, elementwise, like, strong, zero
from lamina.ir.ops.primitive import Primitive, call, mlir

_ANY_BUT_ZERO = ((-np.inf, np.inf), (0.1, np.inf))


def real_dtype(dtype: str) -> str:
    """The dtype of the parts of a complex number."""
    return {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)


def _complex_types(dtypes, weaks):
    part = np.result_type(common_dtype(dtypes, weaks), np.float32).name
    if part.startswith("complex"):
        raise TypeError("complex(re, im) takes real numbers")
    return (part, part), {"float32": "complex64", "float64": "complex128"}[part]


def _from_parts(re, im):
    # not re + 1j * im, which makes NaN of infinite parts
    z = np.empty(np.broadcast_shapes(re.shape, im.shape), np.result_type(re, im, np.complex64))
    z.real, z.imag = re, im
    return z


def _angle_types(dtypes, weaks):
    if np.dtype(dtypes[0]).kind == "c":
        return dtypes, real_dtype(dtypes[0])
    return like(np.sqrt)(dtypes, weaks)


def _floor_divide(a, b):
    # no trap: the divisions by 0 and -1 are done without dividing
    safe = nd.switch(nd.or_(nd.eq(b, 0), nd.eq(b, -1)), 1, b)
    quotient = mlir("arith.divsi")(a, safe)
    remainder = a - quotient * safe
    inexact = nd.and_(nd.neq(remainder, 0), nd.xor(nd.lt(remainder, 0), nd.lt(safe, 0)))
    floored = nd.switch(inexact, quotient - 1, quotient)
    return nd.switch(nd.eq(b, 0), 0, nd.switch(nd.eq(b, -1), -a, floored))


def _remainder(a, b):
    safe = nd.switch(nd.or_(nd.eq(b, 0), nd.eq(b, -1)), 1, b)
    remainder = mlir("arith.remsi")(a, safe)
    other_sign = nd.and_(nd.neq(remainder, 0), nd.xor(nd.lt(remainder, 0), nd.lt(safe, 0)))
    return nd.switch(nd.eq(b, 0), 0, nd.switch(other_sign, remainder + safe, remainder))


def _unsigned(instruction):
    def divide(a, b):
        by_zero = nd.eq(b, 0)
        return nd.switch(by_zero, 0, mlir(instruction)(a, nd.switch(by_zero, 1, b)))

    return divide


def _remainder_of_floats(a, b):
    remainder = call("fmod")(a, b)
    other_sign = nd.and_(nd.neq(remainder, 0), nd.xor(nd.lt(remainder, 0), nd.lt(b, 0)))
    signed_zero = mlir("math.copysign")(remainder, b)
    return nd.switch(
        other_sign, remainder + b, nd.switch(nd.eq(remainder, 0), signed_zero, remainder)
    )


def _floor_divide_floats(a, b):
    # as NumPy: (a - a % b) / b is within rounding of an integer; take that integer
    remainder = call("fmod")(a, b)
    quotient = (a - remainder) / b
    other_sign = nd.and_(nd.neq(remainder, 0), nd.xor(nd.lt(remainder, 0), nd.lt(b, 0)))
    quotient = nd.switch(other_sign, quotient - 1, quotient)
    floored = nd.floor(quotient)
    floored = nd.switch(quotient - floored > 0.5, floored + 1, floored)
    exact = a / b
    floored = nd.switch(nd.eq(quotient, 0), mlir("math.copysign")(0 * exact, exact), floored)
    return nd.switch(nd.eq(b, 0), exact, floored)


def _gradient_of_sign(x, y, g):
    if np.dtype(x.dtype).kind != "c":
        return zero(x, y, g)
    # only the angle moves x / |x|: by i y per radian
    return real(conj(g) * complex(-imag(y), real(y))) * _gradient_of_angle(x)


def _gradient_of_angle(z):
    # of Im(log z): i z / |z|**2
    square = sqr(real(z)) + sqr(imag(z))
    return complex(-imag(z) / square, real(z) / square)


def _gradient_of_power(a, b, y, g):
    # d/da a**b = b a**(b-1), 0 at b = 0 even where a = 0; d/db a**b = a**b log a, 0 at a = 0
    exponent = constant_value(b)
    by_base = b * a ** (b - 1)
    if exponent is None or not exponent.all():
        by_base = nd.switch(nd.eq(b, 0), 0, by_base)
    by_exponent = nd.switch(nd.eq(a, 0), 0, y * nd.log(nd.switch(nd.eq(a, 0), 1, a)))
    return g * conj(by_base), g * conj(by_exponent)


add = elementwise(
    "add", np.add,
    scalar={
        "f": "arith.addf", "iu": "arith.addi", "b": "arith.ori",
        # part by part: MLIR folds complex.add of a complex.sub, which loses digits
        "c": lambda a, b: complex(real(a) + real(b), imag(a) + imag(b)),
    },
    pullback=lambda a, b, y, g: (g, g),
    symbol="+", commutative=True, associative=True, unit=0,
    doc="Sum.",
)  # fmt: skip
sub = elementwise(
    "sub", np.subtract,
    scalar={
        "f": "arith.subf", "iu": "arith.subi",
        "c": lambda a, b: complex(real(a) - real(b), imag(a) - imag(b)),
    },
    pullback=lambda a, b, y, g: (g, -g),
    symbol="-", unit=0,
    doc="Difference.",
)  # fmt: skip
mul = elementwise(
    "mul", np.multiply,
    scalar={
        "f": "arith.mulf", "iu": "arith.muli", "b": "arith.andi",
        "c": lambda a, b: complex(
            real(a) * real(b) - imag(a) * imag(b), real(a) * imag(b) + imag(a) * real(b)
        ),
    },
    pullback=lambda a, b, y, g: (g * conj(b), g * conj(a)),
    symbol="*", commutative=True, associative=True, unit=1,
    doc="Product.",
)  # fmt: skip
true_div = elementwise(
    "true_div", np.true_divide,
    scalar={"f": "arith.divf", "c": mlir("complex.div")},
    pullback=lambda a, b, y, g: (g / conj(b), -(g * conj(a / (b * b)))),
    types=like(np.true_divide, floats=True), nin=2,
    symbol="/", unit=1, domains=_ANY_BUT_ZERO,
    doc="Quotient; that of integers is floatX.",
)  # fmt: skip
floor_div = elementwise(
    "int_div", np.floor_divide,
    scalar={"f": _floor_divide_floats, "i": _floor_divide, "u": _unsigned("arith.divui")},
    pullback=zero,
    symbol="//", domains=_ANY_BUT_ZERO,
    doc="The largest integer not above the quotient; an integer divided by 0 is 0, as in NumPy.",
)  # fmt: skip
mod = elementwise(
    "mod", np.remainder,
    scalar={"f": _remainder_of_floats, "i": _remainder, "u": _unsigned("arith.remui")},
    pullback=lambda a, b, y, g: (g, -g * (a // b)),
    symbol="%", domains=_ANY_BUT_ZERO,
    doc="Remainder with the sign of the divisor; an integer modulo 0 is 0, as in NumPy.",
)  # fmt: skip
pow = elementwise(
    "pow", np.power,
    scalar={"f": "math.powf", "iu": Primitive("ipow", "integer power"), "c": mlir("complex.pow")},
    pullback=_gradient_of_power,
    symbol="**", unit=1, domains=((0.1, 3.0), (-3.0, 3.0)),
    doc="Power; a negative power of an integer array raises a ValueError, as in NumPy.",
)  # fmt: skip
neg = elementwise(
    "neg", np.negative,
    scalar={"f": "arith.negf", "iu": lambda x: 0 - x, "c": "complex.neg"},
    pullback=lambda x, y, g: -g,
    symbol="-", involution=True, inverse="neg",
    doc="Negative.",
)  # fmt: skip
abs = elementwise(
    "abs", np.abs,
    scalar={
        "f": "math.absf", "i": "math.absi", "ub": "identity",
        "c": Primitive("complex.abs", "part"),
    },
    pullback=lambda x, y, g: g * sign(x),
    domain=(0.1, np.inf),
    doc="Absolute value; the modulus of a complex number.",
)  # fmt: skip
sign = elementwise(
    "sign", np.sign,
    scalar={
        "fi": lambda x: nd.switch(x > 0, 1, nd.switch(x < 0, -1, nd.switch(nd.eq(x, 0), 0, x))),
        "u": lambda x: nd.switch(nd.eq(x, 0), x, 1),
        "c": mlir("complex.sign"),
    },
    pullback=_gradient_of_sign, domain=(0.1, np.inf),
    doc="-1, 0 or 1; of a complex number x / |x|.",
)  # fmt: skip
sgn = sign
sqr = elementwise(
    "sqr", np.square,
    scalar=lambda x: x * x,
    pullback=lambda x, y, g: g * conj(x) * 2,
    doc="Square.",
)  # fmt: skip
square = sqr
sqrt = elementwise(
    "sqrt", np.sqrt,
    scalar={"f": "math.sqrt", "c": mlir("complex.sqrt")},
    pullback=lambda x, y, g: g * 0.5 / conj(y),
    domain=(0.1, np.inf),
    doc="Square root; NaN of a negative real.",
)  # fmt: skip
reciprocal = elementwise(
    "reciprocal", lambda x: np.true_divide(1, x),
    scalar=lambda x: 1 / x,
    pullback=lambda x, y, g: -g * conj(y * y),
    types=like(np.sqrt, floats=True), nin=1,
    involution=True, inverse="reciprocal", domain=(0.1, np.inf),
    doc="1 / x; of an integer it is floatX.",
)  # fmt: skip
_conj = elementwise(
    "conj", np.conjugate,
    scalar={"iufb": "identity", "c": "complex.conj"},
    pullback=lambda x, y, g: conj(g), involution=True, inverse="conj",
    doc="Complex conjugate.",
)  # fmt: skip


def conj(x):
    """Complex conjugate; what is real is its own."""
    if isinstance(x, TensorOperators) and np.dtype(x.dtype).kind != "c":
        return x
    return _conj(x)


real = elementwise(
    "real",
    lambda x: np.real(x),
    scalar={"iufb": "identity", "c": Primitive("complex.re", "part")},
    pullback=lambda x, y, g: g,
    types=lambda dtypes, weaks: (strong(dtypes, weaks), real_dtype(strong(dtypes, weaks)[0])),
    nin=1,
    doc="Real part.",
)
imag = elementwise(
    "imag",
    lambda x: np.imag(x),
    scalar={"iufb": lambda x: 0, "c": Primitive("complex.im", "part")},
    pullback=lambda x, y, g: complex(0 * g, g),
    types=lambda dtypes, weaks: (strong(dtypes, weaks), real_dtype(strong(dtypes, weaks)[0])),
    nin=1,
    doc="Imaginary part.",
)
complex = elementwise(
    "complex", _from_parts,
    scalar=Primitive("complex.create", "whole"),
    pullback=lambda re, im, y, g: (real(g), imag(g)),
    types=_complex_types, nin=2,
    doc="The complex number re + i im, elementwise.",
)  # fmt: skip
angle = elementwise(
    "angle",
    lambda z: np.angle(z),
    scalar={
        "f": lambda x: nd.arctan2(0 * nd.abs(nd.sign(x)), x),
        "c": lambda z: nd.arctan2(imag(z), real(z)),
    },
    types=_angle_types,
    nin=1,
    domain=(0.1, np.inf),
    pullback=lambda x, y, g: (
        g * _gradient_of_angle(x) if np.dtype(x.dtype).kind == "c" else zero(x, y, g)
    ),
    doc="Argument of a complex number, in radians.",
)
identity = elementwise(
    "identity", lambda x: x, scalar="identity",
    pullback=lambda x, y, g: g,
    types=lambda dtypes, weaks: (dtypes, dtypes[0]), nin=1,
    doc="The operand itself.",
)  # fmt: skip
