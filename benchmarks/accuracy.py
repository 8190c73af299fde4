"""Measures the largest error of every vector function and writes ``docs/accuracy.md``.

``python -m benchmarks.accuracy`` takes a minute or two. Millions of arguments are screened against
a wider format; mpmath then judges the worst of them and some more.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from pathlib import Path

import llvmlite.binding as llvm
import mpmath
import numpy as np
import scipy.special

from benchmarks import special_accuracy
from lamina.codegen import vector_math
from lamina.codegen.llvm import emit, optimise
from lamina.codegen.target import host

PAGE = Path(__file__).parents[1] / "docs" / "accuracy.md"
SCREENED = 400_000  # of each kind of argument
JUDGED = 600  # the worst of them, and as many others
FLOATS = {"f64": np.float64, "f32": np.float32}

# Ends of the intervals that arguments are drawn from, for doubles and for singles. All functions
# get numbers of every magnitude (random bits) within their domain as well.
INTERVALS: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "exp": ((-746, 710), (-104, 89)),
    "exp2": ((-1075, 1024), (-150, 128)),
    "expm1": ((-40, 710), (-20, 89)),
    "sinh": ((-711, 711), (-90, 90)),
    "cosh": ((-711, 711), (-90, 90)),
    "tanh": ((-20, 20), (-10, 10)),
    "sigmoid": ((-746, 40), (-104, 20)),
    "softplus": ((-746, 40), (-104, 20)),
    "log": ((0, 4), (0, 4)),
    "log2": ((0, 4), (0, 4)),
    "log10": ((0, 4), (0, 4)),
    "log1p": ((-1, 4), (-1, 4)),
    "asinh": ((-8, 8), (-8, 8)),
    "acosh": ((1, 4), (1, 4)),
    "atanh": ((-1, 1), (-1, 1)),
    "cbrt": ((-8, 8), (-8, 8)),
    "sin": ((-1e5, 1e5), (-1e5, 1e5)),
    "cos": ((-1e5, 1e5), (-1e5, 1e5)),
    "tan": ((-1e5, 1e5), (-1e5, 1e5)),
    "asin": ((-1, 1), (-1, 1)),
    "acos": ((-1, 1), (-1, 1)),
    "atan": ((-8, 8), (-8, 8)),
    "erf": ((-6, 6), (-4, 4)),
    "erfc": ((-6, 28), (-4, 11)),
}
DOMAIN = {
    **dict.fromkeys(("log", "log2", "log10"), (0, np.inf)),
    **dict.fromkeys(("asin", "acos", "atanh"), (-1, 1)),
    "log1p": (-1, np.inf),
    "acosh": (1, np.inf),
}

KERNEL = """
declare TYPE @CALLEE(TYPES)
define void @kernel(PARAMETERSptr noalias %out, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
LOADS  %y = call TYPE @CALLEE(ARGUMENTS)
  %to = getelementptr TYPE, ptr %out, i64 %i
  store TYPE %y, ptr %to
  %next = add nuw nsw i64 %i, 1
  %more = icmp slt i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}
"""


def compiled(name: str, dtype: str) -> Callable[..., np.ndarray]:
    """Return a function of arrays, a vectorised loop over the library's function."""
    ty = {"f64": "double", "f32": "float"}[dtype]
    places = range(vector_math.functions()[name].arity)
    fields = {
        "PARAMETERS": "".join(f"ptr noalias %in{i}, " for i in places),
        "LOADS": "".join(
            f"  %from{i} = getelementptr TYPE, ptr %in{i}, i64 %i\n"
            f"  %x{i} = load TYPE, ptr %from{i}\n"
            for i in places
        ),
        "ARGUMENTS": ", ".join(f"TYPE %x{i}" for i in places),
        "TYPES": ", ".join("TYPE" for _ in places),
        "CALLEE": f"lm_{name}_{dtype}",
        "TYPE": ty,
    }
    text = KERNEL
    for field, value in fields.items():
        text = text.replace(field, value)
    text = vector_math.bind_calls(text, host())
    library = llvm.JITLibraryBuilder().add_current_process().export_symbol("kernel")
    library.add_object_img(emit(optimise(text, host())))
    library.add_object_img(vector_math.library_object(host(), vector_math.needs_library(text)))
    tracker = library.link(llvm.create_lljit_compiler(use_jit_link=True), "kernel")

    def call(*arrays: np.ndarray) -> np.ndarray:
        out = np.empty_like(arrays[0])
        pointers = [ctypes.c_void_p(a.ctypes.data) for a in (*arrays, out)]
        ctypes.CFUNCTYPE(None)(tracker["kernel"])(*pointers, ctypes.c_int64(out.size))
        return out

    return call


def arguments(name: str, dtype: str) -> list[np.ndarray]:
    """Draw the arguments of one function, an array for each operand."""
    random = np.random.default_rng(0)
    kind = FLOATS[dtype]
    bits = random.integers(0, 256, (2, SCREENED * kind().nbytes), dtype=np.uint8).view(kind)
    normal = random.standard_normal((2, SCREENED))
    with np.errstate(all="ignore"):
        if name == "pow":
            x = np.exp(
                np.concatenate([random.uniform(-40, 40, SCREENED), normal[0], normal[0] / 50])
            )
            size = (
                random.uniform(-745, 710, x.size)
                if dtype == "f64"
                else random.uniform(-104, 89, x.size)
            )
            return [a.astype(kind) for a in (x, size / np.log(x))]
        if name == "atan2":
            return [
                np.concatenate([b.astype(float), n]).astype(kind)
                for b, n in zip(bits, normal, strict=True)
            ]
        low, high = INTERVALS[name][dtype == "f32"]
        quarter_turns = np.pi / 2 * random.integers(-(2**30), 2**30, SCREENED // 4)
        near = 10.0 ** random.uniform(-9, 0, SCREENED) * np.sign(normal[0])
        parts = [random.uniform(low, high, SCREENED), normal[0], near, 1 + near, quarter_turns]
        x = np.concatenate([*(p.astype(kind) for p in parts), bits[0]])
        low, high = DOMAIN.get(name, (-np.inf, np.inf))
        return [x[np.isfinite(x) & (x >= low) & (x <= high)]]


def screening(name: str, dtype: str) -> Callable[..., np.ndarray] | None:
    """Return the function in a wider format, or None if there is none."""
    wide = np.float64 if dtype == "f32" else np.longdouble
    if name in ("erf", "erfc"):
        return getattr(scipy.special, name) if dtype == "f32" else None
    if np.finfo(wide).nmant < 60 and dtype == "f64":
        return None
    if name == "sigmoid":
        return lambda x: np.where(x < 0, np.exp(x), 1) / (1 + np.exp(-np.abs(x)))
    if name == "softplus":
        return lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    by_numpy = {"pow": "power", "atan2": "arctan2"}
    by_numpy |= {f"a{stem}": f"arc{stem}" for stem in "sin cos tan sinh cosh tanh".split()}
    return getattr(np, by_numpy.get(name, name))


def exact(name: str, *operands: float) -> mpmath.mpf:
    """Return the function by mpmath."""
    a = [mpmath.mpf(float(v)) for v in operands]
    own: dict[str, Callable[..., mpmath.mpf]] = {
        "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
        "softplus": lambda x: mpmath.log1p(mpmath.exp(x)) if x < 2000 else x,
        "exp2": lambda x: mpmath.mpf(2) ** x,
        "log2": lambda x: mpmath.log(x, 2),
        "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
        "pow": mpmath.power,
        "erfc": lambda x: mpmath.erfc(x) if abs(x) < 100 else 1 - mpmath.sign(x),
    }
    return own.get(name, getattr(mpmath, name, None))(*a)


def ulps(got: np.floating, wanted: mpmath.mpf) -> float:
    """Return the error in units of the last place of the correctly rounded value."""
    kind = type(got)
    with np.errstate(all="ignore"):
        nearest = kind(float(wanted))
        if got == nearest:
            # infinite, zero, or exact up to rounding
            rest = wanted - mpmath.mpf(float(got)) if np.isfinite(got) else 0
        else:
            rest = mpmath.mpf(float(got)) - wanted
        return float(abs(rest) / mpmath.mpf(float(np.spacing(np.abs(nearest)))))


def measure(name: str, dtype: str) -> tuple[float, list[float], int]:
    """Return the largest error, where it is, and how many arguments were screened."""
    operands = arguments(name, dtype)
    got = compiled(name, dtype)(*operands)
    others = np.random.default_rng(1).integers(0, got.size, JUDGED)
    screen = screening(name, dtype)
    if screen is None:
        chosen = np.random.default_rng(1).integers(0, got.size, 20 * JUDGED)
        screened = chosen.size
    else:
        wide = np.float64 if dtype == "f32" else np.longdouble
        with np.errstate(all="ignore"):
            wanted = screen(*(a.astype(wide) for a in operands))
            nearest = np.abs(wanted.astype(got.dtype))
            errors = np.abs(got - wanted) / np.spacing(nearest)
            errors[~np.isfinite(nearest) & (got == wanted.astype(got.dtype))] = 0
        assert not (np.isnan(errors) & ~np.isnan(wanted)).any()
        errors = np.nan_to_num(errors)
        chosen = np.concatenate([np.argpartition(errors, -JUDGED)[-JUDGED:], others])
        screened = got.size
    worst, place = 0.0, []
    with mpmath.workprec(1300 if name in ("sin", "cos", "tan") else 200):
        for i in chosen:
            if np.isfinite(got[i]):
                at = [a[i] for a in operands]
                error = ulps(got[i], exact(name, *at))
                if error > worst:
                    worst, place = error, [float(v) for v in at]
    return worst, place, screened


def rows() -> Iterator[str]:
    """Yield the table's lines."""
    for name in vector_math.functions():
        for dtype in FLOATS:
            worst, place, screened = measure(name, dtype)
            cells = [
                name,
                FLOATS[dtype].__name__,
                f"{worst:.2f}",
                ", ".join(f"{v:.9g}" for v in place),
                tested(name, dtype),
                f"{screened / 1e6:.2f}",
            ]
            yield f"| {' | '.join(cells)} |"


def tested(name: str, dtype: str) -> str:
    """Say where arguments were drawn from."""
    if name == "pow":
        return "x > 0, all results"
    if name == "atan2":
        return "all magnitudes"
    low, high = INTERVALS[name][dtype == "f32"]
    return f"{low:g} to {high:g}, all magnitudes"


TEXT = """# Accuracy of the elementary functions

The largest errors found, in units of the last place of the result (ULP; a correctly rounded result
is at most 0.5 off). Scalar and vector forms give the same bits, so one figure holds for both; it
was measured on processors with fused multiply-add, without which libm is called instead.
`python -m benchmarks.accuracy` writes this page.

Arguments are drawn uniformly from the interval given, from a normal distribution, near 0 and 1,
near multiples of pi / 2, and as random bits (all magnitudes, subnormal numbers among them). They
are screened against a wider format, float64 or long double; the worst {judged} and as many others
are judged by mpmath. Where there is no wider format (erf, erfc in float64) mpmath judges all.
These are samples: larger errors may exist between them.

Infinities, NaN, signed zeros, subnormal arguments and results, overflow and underflow are NumPy's,
with one exception: the logistic function of a large negative number is e^x down to the smallest
subnormal number, where `1 / (1 + exp(-x))` gives 0 as soon as exp(-x) overflows.

| function | dtype | max ULP | at | arguments | million |
|---|---|---|---|---|---|
{rows}
"""


def main() -> None:
    """Measure, and write the page."""
    table = "\n".join(rows())
    text = TEXT.format(judged=JUDGED, rows=table) + special_accuracy.section()
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
