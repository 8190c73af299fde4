"""The vector math library: errors, special values, the bits of all forms, and the way to it."""

import ctypes
import re

import llvmlite.binding as llvm
import mpmath
import numpy as np
import pytest
import scipy.special

import lamina
import lamina.tensor as pt
from lamina.codegen import vector_math, vector_math_fits
from lamina.codegen.llvm import assembly, emit, optimise
from lamina.codegen.target import Target, host
from lamina.codegen.vector_math_coefficients import coefficients
from lamina.codegen.vector_math_table import POWER_PARTS, symbol
from lamina.codegen.vector_math_trace import F32, F64

FUNCTIONS = vector_math.functions()
FLOATS = {"f64": np.float64, "f32": np.float32}
C_TYPES = {"f64": "double", "f32": "float"}
FORMS = [
    (name, dtype) for name, f in FUNCTIONS.items() if name not in POWER_PARTS for dtype in f.dtypes
]
UNARY = [(name, dtype) for name, dtype in FORMS if FUNCTIONS[name].arity == 1]
V2 = Target("x86_64-unknown-linux-gnu", "x86-64-v2", "+sse4.2,-avx,-fma")
V3 = Target("x86_64-unknown-linux-gnu", "x86-64-v3", "+avx,+avx2,+fma,-avx512f")
NEON = Target("aarch64-unknown-linux-gnu", "neoverse-n1", "+neon,+fp-armv8")

pytestmark = pytest.mark.skipif(not FUNCTIONS, reason="the processor has no fused multiply-add")

LOOP = """
define void @NAME(PARAMETERSptr noalias %out, i64 %n) {
entry:
  %any = icmp sgt i64 %n, 0
  br i1 %any, label %loop, label %done
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
LOADS  %y = call TYPE @CALLEE(ARGUMENTS)
  %to = getelementptr ELEMENT, ptr %out, i64 %i
  store TYPE %y, ptr %to, align 4
  %next = add nuw nsw i64 %i, STEP
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}
"""
LOAD = """  %from# = getelementptr ELEMENT, ptr %in#, i64 %i
  %x# = load TYPE, ptr %from#, align 4
"""


def loop(name: str, callee: str, dtype: str, arity: int = 1, lanes: int = 1) -> str:
    """A function that calls `callee` on arrays, `lanes` elements at a time."""
    element = C_TYPES[dtype]
    ty = element if lanes == 1 else f"<{lanes} x {element}>"
    fields = {
        "PARAMETERS": "".join(f"ptr noalias %in{i}, " for i in range(arity)),
        "LOADS": "".join(LOAD.replace("#", str(i)) for i in range(arity)),
        "ARGUMENTS": ", ".join(f"{ty} %x{i}" for i in range(arity)),
        "NAME": name,
        "CALLEE": callee,
        "ELEMENT": element,
        "TYPE": ty,
        "STEP": str(lanes),
    }
    text = LOOP
    for field, value in fields.items():
        text = text.replace(field, value)
    return text


class Linked:
    """Loops over the library's functions, callable on arrays."""

    def __init__(self, *objects: bytes, names: list[str]) -> None:
        self._jit = llvm.create_lljit_compiler(use_jit_link=True)
        library = llvm.JITLibraryBuilder().add_current_process()
        for image in objects:
            library.add_object_img(image)
        for name in names:
            library.export_symbol(name)
        self._tracker = library.link(self._jit, "loops")

    def __call__(self, name: str, *arrays: np.ndarray) -> np.ndarray:
        arrays = tuple(np.ascontiguousarray(a) for a in arrays)
        out = np.empty_like(arrays[0])
        pointers = [ctypes.c_void_p(a.ctypes.data) for a in (*arrays, out)]
        ctypes.CFUNCTYPE(None)(self._tracker[name])(*pointers, ctypes.c_int64(out.size))
        return out


def linked_for(target: Target) -> Linked:
    """Every form of every function, in loops named loop_lm_exp_f64_v8 and so on."""
    text = vector_math.library_ir(target)
    names = []
    for name, f in vector_math.functions(target).items():
        for dtype in f.dtypes:
            for lanes in (1, *f.widths[dtype]):
                form = symbol(name, dtype, lanes)
                names.append(f"loop_{form}")
                text += loop(names[-1], form, dtype, f.arity, lanes)
    return Linked(emit(optimise(text, target, 0, verify=True)), names=names)


@pytest.fixture(scope="module")
def library() -> Linked:
    """The library for this processor."""
    return linked_for(host())


def longest(name: str, dtype: str) -> str:
    return "loop_" + symbol(name, dtype, FUNCTIONS[name].widths[dtype][-1])


SPECIALS = [0.0, 1.0, 0.5, 2.0, 3.0, np.inf, np.nan, 5e-324, 2e-310, 2.0**-1022, 1e-300, 1e-20]
SPECIALS += [1e-45, 2e-40, 2.0**-126, 1e20, 1e300, 3.4e38, 1.7e308, 1e22, 2.0**53, 100.0, 1 / 3]


def specials(dtype: str) -> np.ndarray:
    with np.errstate(over="ignore", under="ignore"):
        x = np.array(SPECIALS).astype(FLOATS[dtype])
    return np.pad(np.concatenate([x, -x]), (0, -2 * x.size % 16), constant_values=1.0)


def arguments(name: str, dtype: str, count: int, seed: int) -> np.ndarray:
    """Numbers of all magnitudes, around zero and one, and where the function changes its course."""
    random = np.random.default_rng(seed)
    kind = FLOATS[dtype]
    limit = {"f64": 750.0, "f32": 105.0}[dtype]
    parts = [
        random.standard_normal(count),
        1 + random.standard_normal(count) * 10.0 ** random.uniform(-8, 0, count),
        random.uniform(-limit, limit, count),
        random.uniform(-1, 1, count),
        random.uniform(-30, 30, count),
    ]
    bits = random.integers(0, 256, count * kind().nbytes, dtype=np.uint8).view(kind)
    with np.errstate(all="ignore"):
        x = np.concatenate([*parts, bits.astype(np.float64)]).astype(kind)
    if name.startswith("log") or name in ("acosh", "pow"):
        x = np.abs(x)
    if name == "acosh":
        x = np.where(x < 1, 1 + x, x)
    if name == "log1p":
        x = np.where(x < -1, -1 / x, x)
    if name in ("asin", "acos", "atanh"):
        x = np.where(np.abs(x) > 1, 1 / x, x)
    x = x[np.isfinite(x)]
    return x[: x.size // 16 * 16]


def exact(name: str, *x: float) -> mpmath.mpf:
    """The function by mpmath."""
    a = [mpmath.mpf(float(v)) for v in x]
    if name == "sigmoid":
        return 1 / (1 + mpmath.exp(-a[0]))
    if name == "softplus":
        return mpmath.log1p(mpmath.exp(a[0])) if a[0] < 200 else a[0]
    if name == "exp2":
        return mpmath.mpf(2) ** a[0]
    if name == "log2":
        return mpmath.log(a[0], 2)
    if name == "cbrt":
        return mpmath.sign(a[0]) * mpmath.cbrt(abs(a[0]))
    if name == "pow":
        return mpmath.power(*a)
    if name == "erfc" and abs(a[0]) > 100:  # where mpmath's overflows
        return mpmath.mpf(1) - mpmath.sign(a[0])
    return getattr(mpmath, name)(*a)


def ulps(got: np.floating, wanted: mpmath.mpf) -> float:
    """The error in units of the last place of the correctly rounded value."""
    kind = type(got)
    with np.errstate(over="ignore", under="ignore"):
        nearest = kind(float(wanted))
    if got == nearest:
        return 0.0
    if not np.isfinite(nearest) or not np.isfinite(got):
        return float("inf")
    return float(abs(mpmath.mpf(float(got)) - wanted) / mpmath.mpf(float(np.spacing(abs(nearest)))))


@pytest.mark.parametrize(("name", "dtype"), FORMS)
def test_the_error_is_at_most_two_ulps(library, name, dtype):
    x = arguments(name, dtype, 40, 1)
    operands = [x]
    if FUNCTIONS[name].arity == 2:
        with np.errstate(over="ignore"):
            operands.append(np.roll(arguments("exp", dtype, 40, 2), 7)[: x.size])
        if name == "pow":
            with np.errstate(all="ignore"):
                size = np.abs(operands[1].astype(float) * np.log(x.astype(float)))
            keep = (size < 745) & (x > 0)
            operands = [a[keep] for a in operands]
            operands = [a[: a.size // 16 * 16] for a in operands]
    got = library(longest(name, dtype), *operands)
    with mpmath.workprec(120 if name not in ("sin", "cos", "tan") else 1400):
        errors = [ulps(y, exact(name, *a)) for y, *a in zip(got, *operands, strict=True)]
    worst = int(np.argmax(errors))
    assert errors[worst] <= 2, (*(a[worst] for a in operands), got[worst])


@pytest.mark.parametrize(("name", "dtype"), FORMS)
def test_scalar_and_vector_forms_give_the_same_bits(library, name, dtype):
    x = np.concatenate([specials(dtype), arguments("exp", dtype, 2000, 3)])
    operands = [x, np.random.default_rng(4).permutation(x)][: FUNCTIONS[name].arity]
    scalar = library(f"loop_{symbol(name, dtype)}", *operands)
    for lanes in FUNCTIONS[name].widths[dtype]:
        vector = library(f"loop_{symbol(name, dtype, lanes)}", *operands)
        np.testing.assert_array_equal(np.isnan(vector), np.isnan(scalar))
        number = ~np.isnan(scalar)
        bits = {"f64": np.uint64, "f32": np.uint32}[dtype]
        np.testing.assert_array_equal(vector[number].view(bits), scalar[number].view(bits))


@pytest.mark.parametrize("lanes", [1, *FUNCTIONS["pow"].widths["f64"]] if FUNCTIONS else [])
def test_a_power_by_the_logarithm_of_its_base_has_the_same_bits(library, lanes):
    def call(name, *operands):
        return library("loop_" + symbol(name, "f64", lanes), *operands)

    x = np.concatenate([specials("f64"), arguments("exp", "f64", 2000, 9)])
    y = np.random.default_rng(10).permutation(x)
    got = call("pow_by_log", x, y, call("log_high", x), call("log_low", x))
    np.testing.assert_array_equal(got, call("pow", x, y))


def test_a_processor_with_shorter_registers_gives_the_same_bits(library):
    if not (host().has("avx2") and host().vector_bits() == 512):
        pytest.skip("this processor has no registers to leave out")
    features = re.sub(r"\+(avx512\w*|avx10\S*?)(?=,|$)", r"-\1", host().features)
    narrow = linked_for(Target(host().triple, "x86-64-v3", features))
    for name, dtype in FORMS:
        x = arguments("exp", dtype, 500, 8)
        operands = [x, x[::-1]][: FUNCTIONS[name].arity]
        lanes = {"f64": 4, "f32": 8}[dtype]
        for a, b in (("", ""), (f"_v{lanes}", f"_v{2 * lanes}")):
            got = narrow(f"loop_lm_{name}_{dtype}{a}", *operands)
            np.testing.assert_array_equal(got, library(f"loop_lm_{name}_{dtype}{b}", *operands))


def by_numpy(name: str, *x: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        if name == "sigmoid":
            return scipy.special.expit(*x)
        if name == "softplus":
            return np.logaddexp(0, *x).astype(x[0].dtype)
        if name in ("erf", "erfc"):
            return getattr(scipy.special, name)(*x)
        own = {"pow": "power", "atan2": "arctan2"}.get(name) or re.sub("^a(?=[a-z])", "arc", name)
        return getattr(np, own)(*x)


def assert_same_specials(got: np.ndarray, wanted: np.ndarray, *operands: np.ndarray) -> None:
    """NaNs, infinities, zeros and signs are where they should be."""
    for what in (np.isnan, np.isinf, lambda a: a == 0, lambda a: np.signbit(a) & ~np.isnan(a)):
        wrong = what(got) != what(wanted)
        assert not wrong.any(), [(*a,) for a in zip(*(v[wrong] for v in operands), strict=True)]


@pytest.mark.parametrize(("name", "dtype"), UNARY)
def test_special_values_are_numpys(library, name, dtype):
    x = specials(dtype)
    if name == "sigmoid":
        # SciPy's is 0 already where exp(-x) overflows.
        x = x[x > {"f64": -700, "f32": -80}[dtype]]
    x = np.pad(x, (0, -x.size % 16))
    assert_same_specials(library(longest(name, dtype), x), by_numpy(name, x), x)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ["pow", "atan2"])
def test_special_values_of_two_operands_are_numpys(library, name, dtype):
    more = np.array(
        [1.5, -1.5, 2.0**24 + 2, 2.0**24 - 1, 1 - 2.0**-24, 1 + 2.0**-23, 4503599627370497.5]
    )
    x = np.concatenate([specials(dtype), more.astype(FLOATS[dtype]), -more.astype(FLOATS[dtype])])
    a, b = (v.ravel() for v in np.meshgrid(x, x))
    a, b = (np.pad(v, (0, -v.size % 16)) for v in (a, b))
    got = library(longest(name, dtype), a, b)
    wanted = by_numpy(name, a, b)
    assert_same_specials(got, wanted, a, b)
    finite = np.isfinite(wanted)
    np.testing.assert_allclose(got[finite], wanted[finite], rtol=3 * np.finfo(got.dtype).eps)


def test_a_negative_base_has_powers_with_integer_exponents_only(library):
    x = np.repeat([-2.0, -3.0, -0.5, -1.0], 4)
    y = np.tile([3.0, 2.0, -3.0, 0.5], 4)
    got = library("loop_lm_pow_f64", x, y)
    wanted = [-8, 4, -0.125, np.nan, -27, 9, -1 / 27, np.nan]
    wanted += [-0.125, 0.25, -8, np.nan, -1, 1, -1, np.nan]
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("dtype", FLOATS)
def test_results_that_are_numbers_of_the_format_are_exact(library, dtype):
    def check(name, wanted, *operands):
        operands = [np.asarray(a).astype(FLOATS[dtype]) for a in operands]
        got = library(f"loop_{symbol(name, dtype)}", *operands)
        np.testing.assert_array_equal(got, np.asarray(wanted).astype(FLOATS[dtype]))

    octaves = np.arange(-120.0, 121)
    check("exp2", 2.0**octaves, octaves)
    check("log2", octaves, 2.0**octaves)
    decades = np.arange(0, 23 if dtype == "f64" else 11)
    check("log10", decades, 10.0**decades)
    small = np.arange(1.0, 180)
    check("cbrt", small, small**3)
    check("pow", small**2, small, np.full_like(small, 2))
    check("pow", small, small, np.ones_like(small))
    check("pow", np.sqrt(small**2), small**2, np.full_like(small, 0.5))
    for name in ("exp", "cosh", "cos", "erfc"):
        check(name, [1.0], [0.0])


def test_the_square_by_pow_is_as_good_as_the_product(library):
    x = np.random.default_rng(5).standard_normal(4096)
    got = library(longest("pow", "f64"), x, np.full_like(x, 2))
    with mpmath.workprec(120):
        assert max(ulps(y, mpmath.mpf(a) ** 2) for y, a in zip(got, x, strict=True)) < 0.75


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_huge_angles_keep_all_digits(library, name, dtype):
    random = np.random.default_rng(6)
    x = (10 ** random.uniform(4, 37, 64) * random.choice([-1, 1], 64)).astype(FLOATS[dtype])
    # near multiples of pi / 2 almost all digits cancel
    x[:16] = (np.pi / 2 * random.integers(1, 2**36, 16)).astype(FLOATS[dtype])
    got = library(longest(name, dtype), x)
    with mpmath.workprec(300):
        assert max(ulps(y, exact(name, a)) for y, a in zip(got, x, strict=True)) < 1


def test_a_slow_lane_leaves_the_others_alone(library):
    x = np.linspace(0.1, 3, 16)
    with_huge = x.copy()
    with_huge[[3, 12]] = 1e18, np.inf
    got, alone = (library(longest("sin", "f64"), a) for a in (with_huge, x))
    others = np.isin(np.arange(16), [3, 12], invert=True)
    np.testing.assert_array_equal(got[others], alone[others])
    assert abs(got[3] - float(mpmath.sin(mpmath.mpf(1e18)))) < 1e-16
    assert np.isnan(got[12])


@pytest.mark.parametrize("level", [2, 3])
def test_loops_over_every_function_are_vectorised(level):
    text, forms = "", []
    for name, dtype in FORMS:
        f = FUNCTIONS[name]
        c = symbol(name, dtype)
        if name not in ("sigmoid", "softplus"):
            c = name + ("f" if dtype == "f32" else "")
        text += f"declare {C_TYPES[dtype]} @{c}({', '.join([C_TYPES[dtype]] * f.arity)})\n"
        text += loop(f"loop_{c}", c, dtype, f.arity)
        forms.append(symbol(name, dtype, f.widths[dtype][-1]))
    made = assembly(optimise(vector_math.bind_calls(text, host()), host(), level, verify=True))
    assert [form for form in forms if not re.search(rf"\b{form}\b", made)] == []


def test_a_vectorised_loop_gives_the_bits_of_the_scalar_form_at_every_length(library):
    text = vector_math.bind_calls(
        "declare double @log1p(double)\n" + loop("kernel", "log1p", "f64"), host()
    )
    needed = vector_math.needs_library(text)
    linked = Linked(
        emit(optimise(text, host())), vector_math.library_object(host(), needed), names=["kernel"]
    )
    x = np.random.default_rng(7).standard_normal(80) ** 2
    wanted = library("loop_lm_log1p_f64", x)
    for start in range(3):
        for length in range(78):
            part = slice(start, start + length)
            np.testing.assert_array_equal(linked("kernel", x[part]), wanted[part])


KERNEL = """
declare double @exp(double) #0
declare float @log1pf(float)
declare double @tgamma(double)
declare float @llvm.sin.f32(float)
declare double @lm_sigmoid_f64(double)
declare double @powi(double, i32)

define double @kernel(double %x, float %y) {
  %a = call double @exp(double %x), !dbg !1
  %b = tail call reassoc nsz float @log1pf(float noundef %y) #1
  %c = call float @llvm.sin.f32(float %b)
  %d = call double @tgamma(double %a)
  %e = call double @lm_sigmoid_f64(double %d)
  %f = fpext float %c to double
  %g = fadd double %e, %f
  ret double %g
}

attributes #0 = { nounwind }
attributes #1 = { cold }
!llvm.module.flags = !{!0}
!0 = !{i32 2, !"Debug Info Version", i32 3}
!1 = !{}
"""


def test_calls_are_renamed_and_the_rest_of_the_text_stays():
    bound = vector_math.bind_calls(KERNEL.replace(", !dbg !1", ""), V3)
    lines = [line.strip() for line in bound.splitlines() if "call" in line and " = " in line]
    assert [re.sub(r"#1\d{6}", "#N", line) for line in lines] == [
        "%a = call double @lm_exp_f64(double %x) #N",
        "%b = tail call reassoc nsz float @lm_log1p_f32(float noundef %y) #1 #N",
        "%c = call float @lm_sin_f32(float %b) #N",
        "%d = call double @tgamma(double %a)",
        "%e = call double @lm_sigmoid_f64(double %d) #N",
    ]
    assert bound.count("declare double @lm_sigmoid_f64(double)") == 1
    assert '"vector-function-abi-variant"="_ZGV_LLVM_N2v_lm_exp_f64(lm_exp_f64_v2),' in bound
    llvm.parse_assembly(bound).verify()


POWERS = """
define internal void @kernel_0(double %0, double %1, ptr noalias %2) {
  %4 = load double, ptr %2, align 8
  %5 = call double @pow(double %0, double %4) #0
  %6 = tail call double @llvm.pow.f64(double 3.0, double %4)
  %7 = call double @pow(double %4, double %0)
  ret void
}

define double @lamina_main(double %0, double %1) {
  %3 = call double @pow(double %0, double %1)
  ret double %3
}

declare double @pow(double, double)
declare double @llvm.pow.f64(double, double)
attributes #0 = { nounwind }
"""


def test_the_logarithm_of_a_base_that_stays_the_same_is_taken_apart():
    bound = vector_math.bind_calls(POWERS, V3)
    calls = re.findall(r"(%\S+) = .*?call double (.*?\))", bound)
    assert calls == [
        ("%log_high.1", "@lm_log_high_f64(double %0)"),
        ("%log_low.1", "@lm_log_low_f64(double %0)"),
        (
            "%5",
            "@lm_pow_by_log_f64(double %0, double %4, double %log_high.1, double %log_low.1)",
        ),
        ("%log_high.2", "@lm_log_high_f64(double 3.0)"),
        ("%log_low.2", "@lm_log_low_f64(double 3.0)"),
        (
            "%6",
            "@lm_pow_by_log_f64(double 3.0, double %4, double %log_high.2, double %log_low.2)",
        ),
        ("%7", "@lm_pow_f64(double %4, double %0)"),
        ("%3", "@lm_pow_f64(double %0, double %1)"),
    ]
    llvm.parse_assembly(bound).verify()


def test_the_logarithm_of_a_base_that_stays_the_same_is_taken_before_the_loop():
    x, y = pt.dscalar("x"), pt.dvector("y")
    text = lamina.function([x, y], [x**y]).ir("optimized")
    calls = re.findall(r"call [^\n]*@(lm_\w+)\(", text)
    assert calls.count("lm_log_high_f64") == calls.count("lm_log_low_f64") == 1
    assert any(name.startswith("lm_pow_by_log_f64_v") for name in calls)
    before = text[: text.index("vector.body:")]
    assert "@lm_log_high_f64(double %" in before


def test_metadata_of_a_call_stays_behind_its_attributes():
    call = next(line for line in vector_math.bind_calls(KERNEL, V3).splitlines() if "%a =" in line)
    assert re.search(r"\) #\d+, !dbg !1$", call)


def test_the_functions_that_a_text_needs_are_listed():
    bound = vector_math.bind_calls(KERNEL, V3)
    needed = ("lm_exp_f64", "lm_log1p_f32", "lm_sigmoid_f64", "lm_sin_f32")
    assert vector_math.needs_library(bound) == needed
    assert vector_math.needs_library("call double @tgamma(double %x)") == ()
    assert vector_math.required(["lm_exp_f64_v8", "lm_log10_f32", "exp"]) == (
        "lm_exp_f64",
        "lm_log10_f32",
    )


def test_a_text_without_calls_is_not_touched():
    text = "define double @f(double %x) {\n  ret double %x\n}\n"
    assert vector_math.bind_calls(text, V3) is text


def test_calls_of_another_type_are_not_taken():
    text = "  %y = call i64 @exp(i64 %x)\n  %z = call float @exp(float %w)\n"
    assert vector_math.bind_calls(text, V3) is text


def test_without_fused_multiply_add_libm_is_called():
    assert vector_math.functions(V2) == {}
    assert vector_math.bind_calls(KERNEL, V2) is KERNEL
    assert set(vector_math.scalar_symbols(V2)) == {
        symbol(name, dtype) for name in ("sigmoid", "softplus") for dtype in FLOATS
    }


def test_what_c_lacks_is_defined_by_libm_without_fused_multiply_add():
    x = np.array([-np.inf, -740.0, -3.0, -0.0, 0.5, 40.0, np.inf, np.nan])
    plain = Target(host().triple, "generic", "")
    if plain.has_fma():
        pytest.skip("every processor of this architecture can fuse")
    needed = ("lm_sigmoid_f64", "lm_softplus_f64")
    loops = "".join(
        f"declare double @{name}(double)\n" + loop(f"loop_{name}", name, "f64") for name in needed
    )
    linked = Linked(
        emit(optimise(loops, plain)),
        vector_math.library_object(plain, needed),
        names=[f"loop_{name}" for name in needed],
    )
    sigmoid, softplus = (linked(f"loop_{name}", x) for name in needed)
    np.testing.assert_allclose(softplus, by_numpy("softplus", x), rtol=4e-16)
    finite = x > -709
    np.testing.assert_allclose(sigmoid[finite], scipy.special.expit(x[finite]), rtol=4e-16)
    assert sigmoid[1] == pytest.approx(np.exp(-740.0), rel=1e-6)


@pytest.mark.parametrize(("target", "f64", "f32"), [(V3, 4, 8), (NEON, 2, 4)])
def test_there_is_a_form_for_each_register_of_the_processor_and_none_wider(target, f64, f32):
    widths = vector_math.functions(target)["exp"].widths
    assert (widths["f64"][-1], widths["f32"][-1]) == (f64, f32)
    assert widths["f32"][0] == min(4, f64)
    assert vector_math.library_object(target, ["lm_pow_f64", "lm_sin_f32"])


def test_an_unknown_function_is_refused():
    with pytest.raises(ValueError, match="has no 'lm_gamma_f64'"):
        vector_math.library_ir(V3, ["lm_gamma_f64"])


def test_the_key_tells_processors_and_functions_apart():
    keys = [
        vector_math.library_key(V3),
        vector_math.library_key(V2),
        vector_math.library_key(V3, ["lm_exp_f64"]),
        vector_math.library_key(V3, ["lm_log_f64", "lm_exp_f64"]),
    ]
    assert len(set(keys)) == 4
    assert keys[3] == vector_math.library_key(V3, ["lm_exp_f64", "lm_log_f64"])


def test_no_operation_may_be_reordered_or_contracted():
    text = vector_math.library_ir(V3)
    assert not re.search(r"\b(fast|reassoc|contract|nnan|ninf|nsz|arcp|afn)\b", text)


def test_the_coefficients_are_those_that_the_fits_give():
    for name, by_format in vector_math_fits.fitted().items():
        for form in (F64, F32):
            if form.name in by_format:
                assert coefficients(name, form) == by_format[form.name], name
