"""The ops that become calls: which, with which result, and which are refused."""

import re

import numpy as np
import pytest

from lamina.codegen.mlir import LoweringError, Module
from lamina.codegen.scalar_functions import LIBM, REFUSED, lower_to_calls
from lamina.codegen.stages import compile_stages


def run(load, elementwise, body, operands, output, inputs):
    out = np.empty(len(operands[0]), output[1])
    compiled = compile_stages(elementwise(body, inputs, output[0]), verify=True)
    assert load(compiled)(len(out), *operands, out) == 0
    return out


def test_expm1_and_log1p_keep_the_digits_that_mlir_would_lose(load, elementwise):
    x = np.array([1e-300, -1e-18, 3e-9, 0.5, -0.5])
    for name, function in (("expm1", np.expm1), ("log1p", np.log1p)):
        got = run(load, elementwise, f"    %r = math.{name} %x0 : f64", [x], ("f64", "f8"), ["f64"])
        np.testing.assert_allclose(got, function(x), rtol=1e-15)


def function(line: str, type_: str) -> Module:
    """The module of a function whose `line` computes `%y` from `%x`, and `%n` if it needs that."""
    return Module(f"""
func.func @f(%x: {type_}, %n: i32) -> {type_} {{
  {line}
  return %y : {type_}
}}""")


def calls_of(module: Module) -> list[str]:
    lower_to_calls(module)
    module.run("builtin.module(convert-to-llvm)")
    return re.findall(r"call \w+ @(\S+)\(", module.to_llvm_ir())


@pytest.mark.parametrize("op", sorted(LIBM))
@pytest.mark.parametrize(("element", "suffix"), [("f64", ""), ("f32", "f")])
def test_a_function_of_libm_is_called_by_the_name_it_has_in_c(op, element, suffix):
    operands = "%x, %x" if op in ("math.atan2", "math.powf") else "%x"
    name = {"math.powf": "pow"}.get(op, op.removeprefix("math."))
    assert calls_of(function(f"%y = {op} {operands} : {element}", element)) == [name + suffix]


def test_a_function_of_libm_is_declared_pure():
    module = function("%y = math.exp %x : f64", "f64")
    lower_to_calls(module)
    module.run("builtin.module(convert-to-llvm)")
    text = module.to_llvm_ir()
    group = re.search(r"declare double @exp\(double\) (#\d)", text)[1]
    assert f"attributes {group} = {{ nounwind willreturn memory(none) }}" in text


@pytest.mark.parametrize("op", ["sqrt", "absf", "floor", "ceil", "trunc", "roundeven", "rsqrt"])
def test_instructions_stay_intrinsics(op):
    calls = calls_of(function(f"%y = math.{op} %x : f64", "f64"))
    assert calls and all(name.startswith("llvm.") for name in calls)


@pytest.mark.parametrize(
    ("line", "type_"),
    [
        ("%y = math.exp %x : f16", "f16"),
        ("%y = math.exp %x : vector<4xf64>", "vector<4xf64>"),
        ("%y = math.fpowi %x, %n : f64, i32", "f64"),
        ("%y, %z = math.sincos %x : f64", "f64"),
        ("%y = complex.rsqrt %x : complex<f64>", "complex<f64>"),
        ("%y = complex.atan2 %x, %x : complex<f64>", "complex<f64>"),
    ],
)
def test_what_would_lose_digits_or_needs_a_missing_library_is_refused(line, type_):
    op = re.search(r"(math|complex)\.\w+", line)[0]
    assert op in REFUSED | LIBM.keys()
    with pytest.raises(LoweringError, match=f"`{op}` has no lowering"):
        lower_to_calls(function(line, type_))


@np.errstate(all="ignore")
def test_float64_to_float16_rounds_once(load, elementwise):
    halves = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float64)
    ties = (halves[:-1] + halves[1:]) / 2
    near = [np.nextafter(ties, 0), np.nextafter(ties, np.inf), ties + ties * 2.0**-40]
    special = [0.0, -0.0, np.inf, -np.inf, np.nan, 65519.999, 65520.0, 1e300, 5e-324, 2**-25.0]
    x = np.concatenate([halves, ties, *near, -ties, special])
    body = "    %r = arith.truncf %x0 : f64 to f16"
    got = run(load, elementwise, body, [x], ("f16", "f2"), ["f64"])
    np.testing.assert_array_equal(got, x.astype(np.float16))
    np.testing.assert_array_equal(np.signbit(got), np.signbit(x.astype(np.float16)))


def test_float16_is_computed_in_float32_without_the_compilers_library(load, elementwise):
    body = """
    %a = arith.extf %x0 : f16 to f32
    %b = arith.extf %x1 : f16 to f32
    %c = math.sqrt %a : f32
    %d = arith.mulf %c, %b : f32
    %r = arith.truncf %d : f32 to f16"""
    compiled = compile_stages(elementwise(body, ["f16", "f16"], "f16"))
    assert compiled.externals == ()
    x = np.linspace(0, 3, 999).astype(np.float16)
    out = np.empty_like(x)
    assert load(compiled)(len(x), x, x[::-1].copy(), out) == 0
    want = np.sqrt(x.astype(np.float32)) * x[::-1].astype(np.float32)
    np.testing.assert_array_equal(out, want.astype(np.float16))


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
def test_integer_power_wraps_around_as_numpy(load, elementwise, dtype):
    element = f"i{8 * dtype().itemsize}"
    base, exponent = (
        x.ravel().astype(dtype) for x in np.meshgrid([-7, -2, -1, 0, 1, 2, 3, 11], range(40))
    )
    body = f"    %r = math.ipowi %x0, %x1 : {element}"
    out = (element, dtype)
    got = run(load, elementwise, body, [base, exponent], out, [element] * 2)
    np.testing.assert_array_equal(got, base**exponent)


def test_integer_power_truncates_the_value_at_negative_exponents(load, elementwise):
    base = np.array([-2, -1, -1, 0, 1, 2])
    exponent = np.array([-1, -1, -2, -3, -5, -63])
    got = run(load, elementwise, "    %r = math.ipowi %x0, %x1 : i64", [base, exponent],
              ("i64", "i8"), ["i64"] * 2)  # fmt: skip
    np.testing.assert_array_equal(got, [0, -1, 1, 0, 1, 0])
