"""Functions of libdevice against NumPy's, SciPy's and the C library's."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import scipy.special

X = np.array([-2.5, -1.5, -0.75, -0.0, 0.0, 0.1, 0.5, 0.9, 1.0, 2.5, 7.3, np.inf, -np.inf, np.nan])


def rounded(x: np.ndarray) -> np.ndarray:
    """To nearest, halves away from zero."""
    return np.copysign(np.floor(np.abs(x) + 0.5), x)


UNARY: dict[str, Callable] = {
    **{
        name: getattr(np, name)
        for name in """exp exp2 expm1 log log2 log10 log1p sin cos tan sinh cosh tanh cbrt floor
        ceil trunc rint fabs sqrt""".split()
    },
    **{name: getattr(np, f"arc{name[1:]}") for name in "asin acos atan asinh acosh atanh".split()},
    "erf": scipy.special.erf,
    "erfc": scipy.special.erfc,
    "erfcx": scipy.special.erfcx,
    "erfinv": scipy.special.erfinv,
    "normcdf": scipy.special.ndtr,
    "cyl_bessel_i0": scipy.special.i0,
    "exp10": lambda x: 10.0**x,
    "lgamma": lambda x: np.where(np.isinf(x), np.inf, scipy.special.gammaln(x)),
    "tgamma": np.vectorize(lambda x: math.gamma(x) if x > 0 and np.isfinite(x) else np.nan),
    "round": rounded,
    "nearbyint": np.rint,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "rcbrt": lambda x: 1 / np.cbrt(x),
    "sinpi": lambda x: np.sin(np.pi * np.remainder(x, 2)),
    "cospi": lambda x: np.cos(np.pi * np.remainder(x, 2)),
    "saturate": lambda x: np.where(np.isnan(x), 0, np.clip(x, 0, 1)),
}
BINARY: dict[str, Callable] = {
    "pow": np.power,
    "atan2": np.arctan2,
    "fmod": np.fmod,
    "hypot": np.hypot,
    "copysign": np.copysign,
    "fmax": np.fmax,
    "fmin": np.fmin,
    "fdim": lambda x, y: np.where(np.isnan(x) | np.isnan(y), np.nan, np.where(x > y, x - y, 0)),
    "remainder": np.vectorize(
        lambda x, y: math.remainder(x, y) if np.isfinite(x) and y and not np.isnan(y) else np.nan
    ),
    "nextafter": np.nextafter,
}
TESTS: dict[str, Callable] = {
    "isnan": np.isnan,
    "isinf": np.isinf,
    "isfinite": np.isfinite,
    "signbit": np.signbit,
}
DOUBLE_NAMES = {
    "isnan": "isnand",
    "isinf": "isinfd",
    "isfinite": "isfinited",
    "signbit": "signbitd",
}
SINGLE_NAMES = {
    "isnan": "isnanf",
    "isinf": "isinff",
    "isfinite": "finitef",
    "signbit": "signbitf",
}


def body(type_: str, names: list[str], operands: str, result: str = "") -> str:
    """Lines that store a row of results for each function."""
    result = result or type_
    rows = "".join(
        f"  %r{k} = call {result} @__nv_{name}({operands})\n"
        f"  %o{k} = add i64 %i, {k * len(X)}\n"
        f"  %p{k} = getelementptr {result}, g* %y, i64 %o{k}\n"
        f"  store {result} %r{k}, g* %p{k}, align 4\n"
        for k, name in enumerate(names)
    )
    loads = "".join(
        f"  %q{v} = getelementptr {type_}, g* %{v}, i64 %i\n"
        f"  %v{v} = load {type_}, g* %q{v}, align 4\n"
        for v in ("x", "z")
    )
    return loads + rows


@pytest.fixture(params=["float", "double"])
def precision(request) -> tuple[str, type, str, float]:
    """The type, its NumPy dtype, the suffix of names, the allowed relative error."""
    if request.param == "float":
        return "float", np.float32, "f", 4e-6
    return "double", np.float64, "", 2e-13


def compute(device, kernel, precision, names, operands, result=""):
    type_, dtype, _, _ = precision
    out = np.int32 if result == "i32" else dtype
    text = kernel("g* %x, g* %z, g* %y", body(type_, names, operands, result))
    x = X.astype(dtype)
    z = np.roll(x, 5)
    y = np.zeros((len(names), len(X)), out)
    with np.errstate(all="ignore"):
        return x, z, device.run(text, [x, z], y, block=(len(X),))


def test_functions_of_one_number(device, kernel, precision):
    type_, dtype, suffix, rtol = precision
    names = [name + suffix for name in UNARY]
    x, _, y = compute(device, kernel, precision, names, f"{type_} %vx")
    for (name, function), row in zip(UNARY.items(), y, strict=True):
        with np.errstate(all="ignore"):
            wanted = np.asarray(function(x.astype(np.float64))).astype(dtype)
        if name == "tgamma":  # NumPy has none; math.gamma raises where C gives infinity or NaN
            usable = (x > 0) & np.isfinite(x)
            row, wanted = row[usable], wanted[usable]
        np.testing.assert_allclose(row, wanted, rtol, rtol / 10, err_msg=name)


def test_functions_of_two_numbers(device, kernel, precision):
    type_, dtype, suffix, rtol = precision
    names = [name + suffix for name in BINARY]
    x, z, y = compute(device, kernel, precision, names, f"{type_} %vx, {type_} %vz")
    for (name, function), row in zip(BINARY.items(), y, strict=True):
        with np.errstate(all="ignore"):
            args = (x, z) if name == "nextafter" else (x.astype(np.float64), z.astype(np.float64))
            wanted = np.asarray(function(*args)).astype(dtype)
        np.testing.assert_allclose(row, wanted, rtol, err_msg=name)


def test_products_with_one_rounding(device, kernel, precision):
    type_, dtype, suffix, _ = precision
    operands = f"{type_} %vx, {type_} %vz, {type_} -1.0"
    x, z, y = compute(device, kernel, precision, [f"fma{suffix}"], operands)
    finite = np.isfinite(x) & np.isfinite(z)
    exact = [
        dtype(float(Fraction(float(a)) * Fraction(float(b)) - 1))
        for a, b in zip(x[finite], z[finite], strict=True)
    ]
    np.testing.assert_allclose(y[0][finite], exact, np.finfo(dtype).eps / 2)


def test_what_kind_of_number_it_is(device, kernel, precision):
    type_, _, suffix, _ = precision
    names = [(SINGLE_NAMES if suffix else DOUBLE_NAMES)[name] for name in TESTS]
    x, _, y = compute(device, kernel, precision, names, f"{type_} %vx", "i32")
    for (name, function), row in zip(TESTS.items(), y, strict=True):
        np.testing.assert_array_equal(row != 0, function(x), name)


def test_integer_powers(device, kernel, precision):
    type_, dtype, suffix, rtol = precision
    operands = f"{type_} %vx, i32 -3"
    x, _, y = compute(device, kernel, precision, [f"powi{suffix}"], operands)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(y[0], x ** dtype(-3), rtol)


def test_a_function_that_is_not_known_is_named(device, kernel):
    text = kernel("", "%r = call double @__nv_rhadd_of_doubles(double 1.0)")
    with pytest.raises(NotImplementedError, match="__nv_rhadd_of_doubles"):
        device.driver.load(text)
