"""The complex functions, with NumPy's values (inf and NaN included), as MLIR text.

A function that stands here with a formula is vectorised after LLVM has inlined it; NumPy takes the
others from the same C library. A `complex<f64>` is passed to C as two doubles, which is the calling
convention of x86-64 and aarch64; a `complex<f32>` is not two floats there, so f32 computes in f64.
"""

from __future__ import annotations

from functools import cache

BY_C = ("cos", "log", "sin", "sqrt", "tan", "tanh")


@cache
def definitions() -> dict[str, str]:
    """Map ``complex_exp_f64`` and so on to the text of the function."""
    functions = {name: _BY_C.replace("NAME", name) for name in BY_C}
    for text in _FORMULAS.split("\n\n"):
        functions[text.partition("@complex_")[2].partition("_f64(")[0]] = text
    wide = {f"complex_{name}_f64": text for name, text in functions.items()}
    narrow = {f"complex_{name}_f32": _narrowed(name) for name in functions}
    # NumPy divides and multiplies in f32, and so overflows where f64 would not.
    narrow["complex_div_f32"] = (
        functions["div"].replace("f64", "f32").replace("0x7FF0000000000000", "0x7F800000")
    )
    by_c = _in_f32_by_c(_CPOW)
    narrow["complex_pow_f32"] = (
        functions["pow"].replace(_CPOW, "CPOW").replace("f64", "f32")
        .replace("0x7FF8000000000000", "0x7FC00000").replace("CPOW", by_c)
    )  # fmt: skip
    return wide | narrow


def _in_f32_by_c(call: str) -> str:
    """The lines around `call`, which takes and gives parts in f64, where the parts are f32."""
    names = ("ar", "ai", "br", "bi")
    before = [f"%{x}_wide = arith.extf %{x} : f32 to f64" for x in names]
    after = [f"%{x} = arith.truncf %{x}_wide : f64 to f32" for x in ("u", "v")]
    for x in names:
        call = call.replace(f"%{x},", f"%{x}_wide,").replace(f"%{x})", f"%{x}_wide)")
    call = call.replace("%u, %v =", "%u_wide, %v_wide =")
    return "\n        ".join([*before, call, *after])


_CPOW = "%u, %v = func.call @cpow(%ar, %ai, %br, %bi) : (f64, f64, f64, f64) -> (f64, f64)"


def _narrowed(name: str) -> str:
    operands = ("a", "b") if name in ("div", "pow") else ("a",)
    real = name in ("abs", "angle")
    result = "f32" if real else "complex<f32>"
    lines = []
    for x in operands:
        lines += [
            f"%{x}r = complex.re %{x} : complex<f32>",
            f"%{x}i = complex.im %{x} : complex<f32>",
            f"%{x}rw = arith.extf %{x}r : f32 to f64",
            f"%{x}iw = arith.extf %{x}i : f32 to f64",
            f"%{x}w = complex.create %{x}rw, %{x}iw : complex<f64>",
        ]
    lines.append(f"%w = complex.{name} {', '.join(f'%{x}w' for x in operands)} : complex<f64>")
    if real:
        lines.append("%n = arith.truncf %w : f64 to f32")
    else:
        lines += [
            "%wr = complex.re %w : complex<f64>",
            "%wi = complex.im %w : complex<f64>",
            "%u = arith.truncf %wr : f64 to f32",
            "%v = arith.truncf %wi : f64 to f32",
            "%n = complex.create %u, %v : complex<f32>",
        ]
    parameters = ", ".join(f"%{x}: complex<f32>" for x in operands)
    return "\n  ".join(
        [
            f"func.func private @complex_{name}_f32({parameters}) -> {result}",
            "    attributes {INLINE} {",
            *lines,
            f"return %n : {result}\n}}",
        ]
    )


_BY_C = """func.func private @complex_NAME_f64(%z: complex<f64>) -> complex<f64>
    attributes {INLINE} {
  %re = complex.re %z : complex<f64>
  %im = complex.im %z : complex<f64>
  %u, %v = func.call @cNAME(%re, %im) : (f64, f64) -> (f64, f64)
  %w = complex.create %u, %v : complex<f64>
  return %w : complex<f64>
}"""

_FORMULAS = """func.func private @complex_abs_f64(%z: complex<f64>) -> f64 attributes {INLINE} {
  %re = complex.re %z : complex<f64>
  %im = complex.im %z : complex<f64>
  %r = func.call @hypot(%re, %im) : (f64, f64) -> f64
  return %r : f64
}

func.func private @complex_angle_f64(%z: complex<f64>) -> f64 attributes {INLINE} {
  %re = complex.re %z : complex<f64>
  %im = complex.im %z : complex<f64>
  %r = math.atan2 %im, %re : f64
  return %r : f64
}

// Smith's algorithm (CACM 5 (1962) 435) in NumPy's order of operations, without branches: p is the
// part of b that is larger in magnitude. Division by 0 multiplies by inf, as x/0 = x*inf for all x.
func.func private @complex_div_f64(%a: complex<f64>, %b: complex<f64>) -> complex<f64>
    attributes {INLINE} {
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %inf = arith.constant 0x7FF0000000000000 : f64
  %ar = complex.re %a : complex<f64>
  %ai = complex.im %a : complex<f64>
  %br = complex.re %b : complex<f64>
  %bi = complex.im %b : complex<f64>
  %mr = math.absf %br : f64
  %mi = math.absf %bi : f64
  %by_re = arith.cmpf oge, %mr, %mi : f64
  %p = arith.select %by_re, %br, %bi : f64
  %q = arith.select %by_re, %bi, %br : f64
  %x = arith.select %by_re, %ar, %ai : f64
  %y = arith.select %by_re, %ai, %ar : f64
  %ratio = arith.divf %q, %p : f64
  %q_part = arith.mulf %q, %ratio : f64
  %norm = arith.addf %p, %q_part : f64
  %scale = arith.divf %one, %norm : f64
  %y_ratio = arith.mulf %y, %ratio : f64
  %re_unscaled = arith.addf %x, %y_ratio : f64
  %re = arith.mulf %re_unscaled, %scale : f64
  %x_ratio = arith.mulf %x, %ratio : f64
  %minuend = arith.select %by_re, %y, %x_ratio : f64
  %subtrahend = arith.select %by_re, %x_ratio, %y : f64
  %im_unscaled = arith.subf %minuend, %subtrahend : f64
  %im = arith.mulf %im_unscaled, %scale : f64
  %p_zero = arith.cmpf oeq, %p, %zero : f64
  %q_zero = arith.cmpf oeq, %q, %zero : f64
  %b_zero = arith.andi %p_zero, %q_zero : i1
  %re_by_zero = arith.mulf %ar, %inf : f64
  %im_by_zero = arith.mulf %ai, %inf : f64
  %u = arith.select %b_zero, %re_by_zero, %re : f64
  %v = arith.select %b_zero, %im_by_zero, %im : f64
  %w = complex.create %u, %v : complex<f64>
  return %w : complex<f64>
}

// C99 annex G.6.3.1. Above 709 the factor e^709 goes to the side of sin and cos, which can be small
// enough to keep the product finite.
func.func private @complex_exp_f64(%z: complex<f64>) -> complex<f64> attributes {INLINE} {
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %inf = arith.constant 0x7FF0000000000000 : f64
  %minus_inf = arith.constant 0xFFF0000000000000 : f64
  %limit = arith.constant 709.0 : f64
  %exp_limit = arith.constant 8.2184074615549724e+307 : f64
  %re = complex.re %z : complex<f64>
  %im = complex.im %z : complex<f64>
  %large = arith.cmpf ogt, %re, %limit : f64
  %reduced = arith.subf %re, %limit : f64
  %r = arith.select %large, %reduced, %re : f64
  %factor = arith.select %large, %exp_limit, %one : f64
  %e = math.exp %r : f64
  %cos = math.cos %im : f64
  %sin = math.sin %im : f64
  %cos_scaled = arith.mulf %cos, %factor : f64
  %sin_scaled = arith.mulf %sin, %factor : f64
  %u0 = arith.mulf %e, %cos_scaled : f64
  %v0 = arith.mulf %e, %sin_scaled : f64
  // On the real axis, where inf * 0 and nan * 0 would spoil the imaginary part.
  %real = arith.cmpf oeq, %im, %zero : f64
  %e_real = arith.mulf %e, %factor : f64
  %u1 = arith.select %real, %e_real, %u0 : f64
  %v1 = arith.select %real, %im, %v0 : f64
  // A direction that is not finite: exp(-inf + i nan) = 0, exp(inf + i nan) = inf + i nan.
  %im_size = math.absf %im : f64
  %no_direction = arith.cmpf ueq, %im_size, %inf : f64
  %re_minus_inf = arith.cmpf oeq, %re, %minus_inf : f64
  %re_inf = arith.cmpf oeq, %re, %inf : f64
  %vanishes = arith.andi %no_direction, %re_minus_inf : i1
  %diverges = arith.andi %no_direction, %re_inf : i1
  %u2 = arith.select %vanishes, %zero, %u1 : f64
  %v2 = arith.select %vanishes, %zero, %v1 : f64
  %u = arith.select %diverges, %inf, %u2 : f64
  %w = complex.create %u, %v2 : complex<f64>
  return %w : complex<f64>
}

// exp(x + iy) - 1 = expm1(x) cos(y) - 2 sin(y/2)^2 + i exp(x) sin(y)
func.func private @complex_expm1_f64(%z: complex<f64>) -> complex<f64> attributes {INLINE} {
  %half = arith.constant 0.5 : f64
  %two = arith.constant 2.0 : f64
  %re = complex.re %z : complex<f64>
  %im = complex.im %z : complex<f64>
  %half_im = arith.mulf %im, %half : f64
  %s = math.sin %half_im : f64
  %cos = math.cos %im : f64
  %sin = math.sin %im : f64
  %em1 = math.expm1 %re : f64
  %e = math.exp %re : f64
  %em1_cos = arith.mulf %em1, %cos : f64
  %s2 = arith.mulf %two, %s : f64
  %ss2 = arith.mulf %s2, %s : f64
  %u = arith.subf %em1_cos, %ss2 : f64
  %v = arith.mulf %e, %sin : f64
  %w = complex.create %u, %v : complex<f64>
  return %w : complex<f64>
}

func.func private @complex_log1p_f64(%z: complex<f64>) -> complex<f64> attributes {INLINE} {
  %one = arith.constant 1.0 : f64
  %re = complex.re %z : complex<f64>
  %im = complex.im %z : complex<f64>
  %re1 = arith.addf %re, %one : f64
  %r = func.call @hypot(%re1, %im) : (f64, f64) -> f64
  %u = math.log %r : f64
  %v = math.atan2 %im, %re1 : f64
  %w = complex.create %u, %v : complex<f64>
  return %w : complex<f64>
}

// z / |z|; of 0 it is 0, and one infinite part wins: sign(inf + 2i) = 1.
func.func private @complex_sign_f64(%z: complex<f64>) -> complex<f64> attributes {INLINE} {
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %inf = arith.constant 0x7FF0000000000000 : f64
  %re = complex.re %z : complex<f64>
  %im = complex.im %z : complex<f64>
  %r = func.call @hypot(%re, %im) : (f64, f64) -> f64
  %u0 = arith.divf %re, %r : f64
  %v0 = arith.divf %im, %r : f64
  %infinite = arith.cmpf oeq, %r, %inf : f64
  %mr = math.absf %re : f64
  %mi = math.absf %im : f64
  %re_infinite = arith.cmpf oeq, %mr, %inf : f64
  %im_infinite = arith.cmpf oeq, %mi, %inf : f64
  %re_size = arith.select %re_infinite, %one, %zero : f64
  %im_size = arith.select %im_infinite, %one, %zero : f64
  %re_sign = math.copysign %re_size, %re : f64
  %im_sign = math.copysign %im_size, %im : f64
  %both = arith.andi %re_infinite, %im_infinite : i1
  %u1 = arith.select %both, %u0, %re_sign : f64
  %v1 = arith.select %both, %v0, %im_sign : f64
  %u2 = arith.select %infinite, %u1, %u0 : f64
  %v2 = arith.select %infinite, %v1, %v0 : f64
  %at_zero = arith.cmpf oeq, %r, %zero : f64
  %u = arith.select %at_zero, %re, %u2 : f64
  %v = arith.select %at_zero, %im, %v2 : f64
  %w = complex.create %u, %v : complex<f64>
  return %w : complex<f64>
}

// As NumPy: a^0 = 1, 0^b is 0 for re b > 0 and nan otherwise, a, a a and a (a a) for the exponents
// 1 to 3, other integers |n| < 100 by squaring from 1, the rest by C.
func.func private @complex_pow_f64(%a: complex<f64>, %b: complex<f64>) -> complex<f64>
    attributes {OUTLINE} {
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %nan = arith.constant 0x7FF8000000000000 : f64
  %hundred = arith.constant 100.0 : f64
  %i0 = arith.constant 0 : i32
  %i1 = arith.constant 1 : i32
  %i2 = arith.constant 2 : i32
  %i3 = arith.constant 3 : i32
  %ar = complex.re %a : complex<f64>
  %ai = complex.im %a : complex<f64>
  %br = complex.re %b : complex<f64>
  %bi = complex.im %b : complex<f64>
  %unit = complex.create %one, %zero : complex<f64>
  %br_zero = arith.cmpf oeq, %br, %zero : f64
  %bi_zero = arith.cmpf oeq, %bi, %zero : f64
  %b_zero = arith.andi %br_zero, %bi_zero : i1
  %ar_zero = arith.cmpf oeq, %ar, %zero : f64
  %ai_zero = arith.cmpf oeq, %ai, %zero : f64
  %a_zero = arith.andi %ar_zero, %ai_zero : i1
  %size = math.absf %br : f64
  %small = arith.cmpf olt, %size, %hundred : f64
  %truncated = math.trunc %br : f64
  %whole = arith.cmpf oeq, %truncated, %br : f64
  %by_squaring0 = arith.andi %small, %whole : i1
  %by_squaring = arith.andi %by_squaring0, %bi_zero : i1
  %w = scf.if %b_zero -> complex<f64> {
    scf.yield %unit : complex<f64>
  } else {
    %w1 = scf.if %a_zero -> complex<f64> {
      %positive = arith.cmpf ogt, %br, %zero : f64
      %part = arith.select %positive, %zero, %nan : f64
      %w2 = complex.create %part, %part : complex<f64>
      scf.yield %w2 : complex<f64>
    } else {
      %w2 = scf.if %by_squaring -> complex<f64> {
        %n = arith.fptosi %size : f64 to i32
        %power, %square, %rest = scf.while (%p = %unit, %s = %a, %m = %n)
            : (complex<f64>, complex<f64>, i32) -> (complex<f64>, complex<f64>, i32) {
          %more = arith.cmpi ne, %m, %i0 : i32
          scf.condition(%more) %p, %s, %m : complex<f64>, complex<f64>, i32
        } do {
        ^bb0(%p: complex<f64>, %s: complex<f64>, %m: i32):
          %bit = arith.andi %m, %i1 : i32
          %odd = arith.cmpi ne, %bit, %i0 : i32
          %ps = complex.mul %p, %s : complex<f64>
          %p1 = arith.select %odd, %ps, %p : complex<f64>
          %m1 = arith.shrui %m, %i1 : i32
          %s1 = complex.mul %s, %s : complex<f64>
          scf.yield %p1, %s1, %m1 : complex<f64>, complex<f64>, i32
        }
        %negative = arith.cmpf olt, %br, %zero : f64
        %w3 = scf.if %negative -> complex<f64> {
          %inverse = complex.div %unit, %power : complex<f64>
          scf.yield %inverse : complex<f64>
        } else {
          %a2 = complex.mul %a, %a : complex<f64>
          %a3 = complex.mul %a, %a2 : complex<f64>
          %is1 = arith.cmpi eq, %n, %i1 : i32
          %is2 = arith.cmpi eq, %n, %i2 : i32
          %is3 = arith.cmpi eq, %n, %i3 : i32
          %by3 = arith.select %is3, %a3, %power : complex<f64>
          %by2 = arith.select %is2, %a2, %by3 : complex<f64>
          %by1 = arith.select %is1, %a, %by2 : complex<f64>
          scf.yield %by1 : complex<f64>
        }
        scf.yield %w3 : complex<f64>
      } else {
        %u, %v = func.call @cpow(%ar, %ai, %br, %bi) : (f64, f64, f64, f64) -> (f64, f64)
        %w3 = complex.create %u, %v : complex<f64>
        scf.yield %w3 : complex<f64>
      }
      scf.yield %w2 : complex<f64>
    }
    scf.yield %w1 : complex<f64>
  }
  return %w : complex<f64>
}"""
