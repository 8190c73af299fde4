"""Comparisons, and tests for special values."""

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.elementwise import common_dtype, elementwise, like, zero


def _comparison(ufunc):
    numpy_types = like(ufunc)

    def types(dtypes, weaks):
        if int in weaks and not all(weaks) and set(np.dtype(d).kind for d in dtypes) <= set("iub"):
            # a Python integer beyond the array's range compares by value
            dtype = common_dtype(dtypes)
            return (dtype, dtype), "bool"
        return numpy_types(dtypes, weaks)

    return types


def _real_types(dtypes, weaks):
    if any(np.dtype(d).kind == "c" for d in dtypes):
        raise TypeError(
            "the sign of a complex infinity is ambiguous: use isinf, or test real() and imag()"
        )
    return like(np.isnan)(dtypes, weaks)


def _complex_order(strict):
    # NumPy orders complex numbers by the real part, then by the imaginary one
    def compare(a, b):
        ties = nd.eq(nd.real(a), nd.real(b))
        order = strict(nd.imag(a), nd.imag(b))
        sure = (nd.lt if strict in (lt, le) else nd.gt)(nd.real(a), nd.real(b))
        unordered = nd.or_(nd.isnan(nd.imag(a)), nd.isnan(nd.imag(b)))
        return nd.or_(nd.and_(sure, nd.invert(unordered)), nd.and_(ties, order))

    return compare


lt = elementwise(
    "LT", np.less,
    scalar={"f": "arith.cmpf olt", "i": "arith.cmpi slt", "ub": "arith.cmpi ult",
            "c": lambda a, b: _complex_order(lt)(a, b)},
    pullback=zero, types=_comparison(np.less), nin=2, symbol="<", doc="Whether a < b.",
)  # fmt: skip
le = elementwise(
    "LE", np.less_equal,
    scalar={"f": "arith.cmpf ole", "i": "arith.cmpi sle", "ub": "arith.cmpi ule",
            "c": lambda a, b: _complex_order(le)(a, b)},
    pullback=zero, types=_comparison(np.less_equal), nin=2, symbol="<=", doc="Whether a <= b.",
)  # fmt: skip
gt = elementwise(
    "GT", np.greater,
    scalar={"f": "arith.cmpf ogt", "i": "arith.cmpi sgt", "ub": "arith.cmpi ugt",
            "c": lambda a, b: _complex_order(gt)(a, b)},
    pullback=zero, types=_comparison(np.greater), nin=2, symbol=">", doc="Whether a > b.",
)  # fmt: skip
ge = elementwise(
    "GE", np.greater_equal,
    scalar={"f": "arith.cmpf oge", "i": "arith.cmpi sge", "ub": "arith.cmpi uge",
            "c": lambda a, b: _complex_order(ge)(a, b)},
    pullback=zero, types=_comparison(np.greater_equal), nin=2, symbol=">=", doc="Whether a >= b.",
)  # fmt: skip
eq = elementwise(
    "EQ", np.equal,
    scalar={"f": "arith.cmpf oeq", "iub": "arith.cmpi eq",
            "c": lambda a, b: nd.and_(eq(nd.real(a), nd.real(b)), eq(nd.imag(a), nd.imag(b)))},
    pullback=zero, types=_comparison(np.equal), nin=2, symbol="==", commutative=True,
    doc="Whether a = b.",
)  # fmt: skip
neq = elementwise(
    "NEQ", np.not_equal,
    scalar={"f": "arith.cmpf une", "iub": "arith.cmpi ne",
            "c": lambda a, b: nd.or_(neq(nd.real(a), nd.real(b)), neq(nd.imag(a), nd.imag(b)))},
    pullback=zero, types=_comparison(np.not_equal), nin=2, symbol="!=", commutative=True,
    doc="Whether a and b differ.",
)  # fmt: skip
isnan = elementwise(
    "isnan", np.isnan,
    scalar={"f": lambda x: neq(x, x), "iub": lambda x: neq(x, x),
            "c": lambda x: nd.or_(isnan(nd.real(x)), isnan(nd.imag(x)))},
    pullback=zero, doc="Whether x is NaN.",
)  # fmt: skip
isinf = elementwise(
    "isinf", np.isinf,
    scalar={"f": lambda x: eq(nd.abs(x), np.inf), "iub": lambda x: neq(x, x),
            "c": lambda x: nd.or_(isinf(nd.real(x)), isinf(nd.imag(x)))},
    pullback=zero, doc="Whether x is infinite.",
)  # fmt: skip
isfinite = elementwise(
    "isfinite", np.isfinite,
    scalar={"f": lambda x: lt(nd.abs(x), np.inf), "iub": lambda x: eq(x, x),
            "c": lambda x: nd.and_(isfinite(nd.real(x)), isfinite(nd.imag(x)))},
    pullback=zero, doc="Whether x is neither infinite nor NaN.",
)  # fmt: skip
isposinf = elementwise(
    "isposinf", lambda x: np.isposinf(x),
    scalar={"f": lambda x: eq(x, np.inf), "iub": lambda x: neq(x, x)},
    types=_real_types, nin=1, pullback=zero, doc="Whether x is +inf.",
)  # fmt: skip
isneginf = elementwise(
    "isneginf", lambda x: np.isneginf(x),
    scalar={"f": lambda x: eq(x, -np.inf), "iub": lambda x: neq(x, x)},
    types=_real_types, nin=1, pullback=zero, doc="Whether x is -inf.",
)  # fmt: skip
maximum = elementwise(
    "maximum",
    np.maximum,
    scalar={
        "f": "arith.maximumf",
        "i": "arith.maxsi",
        "u": "arith.maxui",
        "b": "arith.ori",
        "c": lambda a, b: nd.switch(nd.or_(isnan(a), nd.and_(ge(a, b), nd.invert(isnan(b)))), a, b),
    },
    pullback=lambda a, b, y, g: (g * nd.eq(a, y), g * nd.neq(a, y)),
    commutative=True,
    associative=True,
    doc="The larger; NaN if either is.",
)
minimum = elementwise(
    "minimum",
    np.minimum,
    scalar={
        "f": "arith.minimumf",
        "i": "arith.minsi",
        "u": "arith.minui",
        "b": "arith.andi",
        "c": lambda a, b: nd.switch(nd.or_(isnan(a), nd.and_(le(a, b), nd.invert(isnan(b)))), a, b),
    },
    pullback=lambda a, b, y, g: (g * nd.eq(a, y), g * nd.neq(a, y)),
    commutative=True,
    associative=True,
    doc="The smaller; NaN if either is.",
)
