"""Every complex function against NumPy, on the special values and on random ones."""

import numpy as np
import pytest

from lamina.codegen.complex_functions import definitions
from lamina.codegen.stages import compile_stages

PARTS = [0.0, -0.0, 1.0, -2.0, 0.5, 3e-9, np.inf, -np.inf, np.nan]
UNARY = {
    "abs": np.abs, "angle": np.angle, "cos": np.cos, "exp": np.exp, "expm1": np.expm1,
    "log": np.log, "log1p": np.log1p, "sign": np.sign, "sin": np.sin, "sqrt": np.sqrt,
    "tan": np.tan, "tanh": np.tanh, "conj": np.conj, "neg": np.negative,
}  # fmt: skip
BINARY = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": np.power}
REAL = ("abs", "angle")


def arguments(large: float, small: float, count: int) -> list[np.ndarray]:
    """The grid of special values, and random values of all magnitudes and both signs."""
    rng = np.random.default_rng(1)
    parts = np.array([*PARTS, large, -large, small])
    grid = (parts[:, None] + 1j * parts[None, :]).ravel()
    size = 10.0 ** rng.uniform(-3, 2, (2, 2, 2000))
    random = rng.normal(size=(2, 2, 2000)) * size
    operands = [np.concatenate([grid, random[i, 0] + 1j * random[i, 1]]) for i in range(count)]
    if count == 2:
        pairs = np.meshgrid(grid, grid[::7])
        operands = [np.concatenate([x, p.ravel()]) for x, p in zip(operands, pairs, strict=True)]
    return operands


def run(load, elementwise, name: str, operands: list[np.ndarray], element: str) -> np.ndarray:
    kind = f"complex<{element}>"
    result = element if name in REAL else kind
    names = ", ".join(f"%x{i}" for i in range(len(operands)))
    body = f"    %r = complex.{name} {names} : {kind}"
    compiled = compile_stages(elementwise(body, [kind] * len(operands), result), verify=True)
    out = np.empty_like(operands[0].real if name in REAL else operands[0])
    assert load(compiled)(len(out), *operands, out) == 0
    return out


def assert_agree(got: np.ndarray, want: np.ndarray, ulp: float) -> None:
    got, want = (np.stack([x.real, x.imag]) if np.iscomplexobj(x) else x[None] for x in (got, want))
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    infinite = np.isinf(want) | np.isinf(got)
    np.testing.assert_array_equal(got[infinite], want[infinite])
    # One part of a product can cancel, so the error is measured against the larger part.
    size = np.where(np.isfinite(want), np.abs(want), 0).max(axis=0) + np.zeros_like(want)
    finite = np.isfinite(want)
    error = np.abs(got - want)[finite] / np.spacing(size[finite])
    assert error.max() <= ulp


@pytest.mark.parametrize("name", [*UNARY, *BINARY])
@np.errstate(all="ignore")
def test_complex128_agrees_with_numpy(load, elementwise, name):
    function = (UNARY | BINARY)[name]
    # NumPy multiplies with FMA, which can overflow in the last bit before our product does.
    large = 1e150 if name == "mul" else 700.0
    operands = arguments(large, 1e-310, 2 if name in BINARY else 1)
    got = run(load, elementwise, name, operands, "f64")
    assert_agree(got, function(*operands), ulp=4)


@pytest.mark.parametrize(
    "name", sorted(UNARY.keys() - {"log1p", "sign"}) + ["add", "sub", "mul", "div"]
)
@np.errstate(all="ignore")
def test_complex64_agrees_with_numpy(load, elementwise, name):
    function = (UNARY | BINARY)[name]
    operands = arguments(80.0, 1e-40, 2 if name in BINARY else 1)
    operands = [x.astype(np.complex64) for x in operands]
    got = run(load, elementwise, name, operands, "f32")
    assert got.dtype.itemsize == (4 if name in REAL else 8)
    assert_agree(got, function(*operands), ulp=4)


@pytest.mark.parametrize("name", ["log1p", "pow", "sign"])
@np.errstate(all="ignore")
def test_complex64_is_rounded_from_complex128_where_numpy_is_inexact(load, elementwise, name):
    function = (UNARY | BINARY)[name]
    operands = [x.astype(np.complex64)[-2000:] for x in arguments(8.0, 1e-5, 1 + (name == "pow"))]
    got = run(load, elementwise, name, operands, "f32")
    want = function(*(x.astype(np.complex128) for x in operands)).astype(np.complex64)
    assert_agree(got, want, ulp=2)


@np.errstate(all="ignore")
def test_exp_is_finite_where_only_a_factor_overflows(load, elementwise):
    z = np.array([710 + 1.57j, 720 + 1e-10j, 1000 + 1e-310j, 1500 + 1e-310j, 709 + 0j])
    got = run(load, elementwise, "exp", [z], "f64")
    assert_agree(got, np.exp(z), ulp=600)  # e^709 itself is off by 709/2 ULP per ULP of 709
    assert np.isfinite([got[0].real, got[1].imag, got[2].imag]).all()


def test_each_function_exists_in_both_precisions():
    names = {symbol.rpartition("_")[0] for symbol in definitions()}
    assert {f"{name}_{t}" for name in names for t in ("f32", "f64")} == definitions().keys()
    assert {f"complex_{name}" for name in UNARY | BINARY} - names == {
        "complex_add", "complex_conj", "complex_mul", "complex_neg", "complex_sub",
    }  # fmt: skip
