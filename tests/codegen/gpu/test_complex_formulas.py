"""The formulas, compiled for this processor, against NumPy's functions: those of the C library."""

import numpy as np
import pytest

from lamina.codegen.gpu.complex_formulas import FORMULAS
from lamina.codegen.gpu.functions import formula_text
from lamina.codegen.stages import compile_stages

NUMPY = {
    "cacos": np.arccos, "cacosh": np.arccosh, "casin": np.arcsin, "casinh": np.arcsinh,
    "catan": np.arctan, "catanh": np.arctanh, "ccos": np.cos, "ccosh": np.cosh, "cexp": np.exp,
    "clog": np.log, "csin": np.sin, "csinh": np.sinh, "csqrt": np.sqrt, "ctan": np.tan,
    "ctanh": np.tanh,
}  # fmt: skip
PARTS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3e-9, 710.0, -1e-310, 1e200, np.inf, -np.inf, np.nan]


def arguments() -> np.ndarray:
    """All pairs of special parts; numbers of all sizes; numbers near 1, -1, i and on axes."""
    rng = np.random.default_rng(3)
    grid = np.array([complex(x, y) for x in PARTS for y in PARTS])
    size = 10.0 ** rng.uniform(-12, 2, (2, 3000))
    parts = rng.normal(size=(2, 3000)) * size
    near = rng.choice([1, -1, 1j, -1j], 1000) * (
        1 + 10.0 ** rng.uniform(-15, -1, 1000) * np.exp(2j * np.pi * rng.random(1000))
    )
    return np.concatenate([grid, parts[0] + 1j * parts[1], near, parts[0] + 0j, 1j * parts[1]])


def run(load, elementwise, name: str, operands: list[np.ndarray]) -> np.ndarray:
    c = "complex<f64>"
    parts = [
        f"%{p}{i} = complex.{p} %x{i} : {c}" for i in range(len(operands)) for p in ("re", "im")
    ]
    names = ", ".join(f"%re{i}, %im{i}" for i in range(len(operands)))
    types = ", ".join(["f64"] * 2 * len(operands))
    lines = [*parts, f"%w:2 = func.call @device_{name}({names}) : ({types}) -> (f64, f64)"]
    lines.append(f"%r = complex.create %w#0, %w#1 : {c}")
    text = elementwise("\n".join(lines), [c] * len(operands), c)
    own = formula_text(f"device_{name}", FORMULAS[name], 2 * len(operands), library=None)
    out = np.empty_like(operands[0])
    assert load(compile_stages(own + text, verify=True))(len(out), *operands, out) == 0
    return out


@pytest.mark.parametrize("name", sorted(NUMPY))
@np.errstate(all="ignore")
def test_a_formula_has_the_values_of_the_c_library(load, elementwise, name: str):
    z = arguments()
    got, want = run(load, elementwise, name, [z]), NUMPY[name](z)
    assert_agree(got, want, z)


def assert_agree(got: np.ndarray, want: np.ndarray, *operands: np.ndarray) -> None:
    sizes = [np.where(np.isfinite(w), np.abs(w), 0) for w in (want.real, want.imag)]
    size = np.maximum(np.maximum(*sizes), np.finfo(np.float64).tiny)
    for g, w, other in ((got.real, want.real, want.imag), (got.imag, want.imag, want.real)):
        # beside a NaN the standard leaves the sign of infinity open
        same = np.where(np.isnan(other), np.abs(g) == np.abs(w), g == w)
        infinite = (np.isinf(w) | np.isinf(g)) & ~same
        with np.errstate(all="ignore"):
            error = np.abs(g - w) / np.spacing(size)
        finite = np.isfinite(w) & np.isfinite(g)
        wrong = (np.isnan(g) != np.isnan(w)) | (infinite & ~np.isnan(w)) | (finite & (error > 8))
        found = [(*(z[i] for z in operands), got[i], want[i]) for i in np.flatnonzero(wrong)]
        assert not found, found[:8]


def test_powers_are_those_of_numpy_to_the_digits_that_the_logarithm_leaves(load, elementwise):
    rng = np.random.default_rng(5)
    a = rng.normal(size=2000) + 1j * rng.normal(size=2000)
    b = 3 * (rng.normal(size=2000) + 1j * rng.normal(size=2000))
    got = run(load, elementwise, "cpow", [a, b])
    np.testing.assert_allclose(got, a**b, rtol=1e-13)


def test_zeros_keep_their_signs(load, elementwise):
    zeros = np.array([complex(x, y) for x in (0.0, -0.0) for y in (0.0, -0.0)])
    for name in ("casin", "casinh", "catan", "catanh", "csin", "csinh", "csqrt", "ctan", "ctanh"):
        got, want = run(load, elementwise, name, [zeros]), NUMPY[name](zeros)
        for g, w in ((got.real, want.real), (got.imag, want.imag)):
            np.testing.assert_array_equal(np.signbit(g), np.signbit(w), err_msg=name)
