"""Conversions of float16 that processors lack: LLVM calls these for casts from and to half.

x86 has none between half and double, and none at all without F16C; old compiler runtimes have none
either, or take a half in an integer register.

A half has 1 bit of sign, 5 of exponent with bias 15, 10 of mantissa; a double 1, 11 with bias 1023
and 52.
"""

from __future__ import annotations

IR = """
define float @__extendhfsf2(half %x) {
  %y = call double @extend(half %x)
  %z = fptrunc double %y to float
  ret float %z
}

define double @__extendhfdf2(half %x) {
  %y = call double @extend(half %x)
  ret double %y
}

; A float widens exactly, so it is rounded once.
define half @__truncsfhf2(float %x) {
  %y = fpext float %x to double
  %z = call half @truncate(double %y)
  ret half %z
}

define half @__truncdfhf2(double %x) {
  %z = call half @truncate(double %x)
  ret half %z
}

define internal double @extend(half %x) {
  %h = bitcast half %x to i16
  %bits = zext i16 %h to i64
  %sign = and i64 %bits, 32768
  %sign.placed = shl i64 %sign, 48
  %magnitude = and i64 %bits, 32767
  %placed = shl i64 %magnitude, 42
  ; 1008 = 1023 - 15 is the difference of the biases.
  %normal = add i64 %placed, 4539628424389459968
  ; Exponent 0: the mantissa counts 2^-24.
  %count = uitofp i64 %magnitude to double
  %scaled = fmul double %count, 0x3E70000000000000
  %subnormal = bitcast double %scaled to i64
  %is.subnormal = icmp ult i64 %magnitude, 1024
  %finite = select i1 %is.subnormal, i64 %subnormal, i64 %normal
  ; Exponent 31, of infinity and NaN, becomes 2047; a NaN becomes quiet.
  %largest = or i64 %placed, 9218868437227405312
  %is.nan = icmp ugt i64 %magnitude, 31744
  %quiet = select i1 %is.nan, i64 2251799813685248, i64 0
  %special = or i64 %largest, %quiet
  %is.special = icmp uge i64 %magnitude, 31744
  %unsigned = select i1 %is.special, i64 %special, i64 %finite
  %result = or i64 %unsigned, %sign.placed
  %y = bitcast i64 %result to double
  ret double %y
}

define internal half @truncate(double %x) {
entry:
  %bits = bitcast double %x to i64
  %sign = lshr i64 %bits, 48
  %sign.placed = and i64 %sign, 32768
  %magnitude = and i64 %bits, 9223372036854775807
  %is.nan = icmp ugt i64 %magnitude, 9218868437227405312
  br i1 %is.nan, label %nan, label %number
nan:
  ; The first bits of the payload stay, and it becomes quiet.
  %payload = lshr i64 %magnitude, 42
  %payload.low = and i64 %payload, 1023
  %nan.bits = or i64 %payload.low, 32256
  br label %join
number:
  ; What rounds beyond 65504 is infinite.
  %absolute = bitcast i64 %magnitude to double
  %large = fcmp oge double %absolute, 6.552e4
  br i1 %large, label %join, label %round
round:
  ; The last place counts 2^(exponent - 10), and 2^-24 where the half is subnormal. Adding and
  ; removing 1.5 * 2^52 times that rounds to a multiple of it, to even on a tie.
  %exponent = and i64 %magnitude, 9218868437227405312
  %is.normal = icmp uge i64 %exponent, 4544132024016830464
  %clamped = select i1 %is.normal, i64 %exponent, i64 4544132024016830464
  %power.bits = add i64 %clamped, 189151184349560832
  %power = bitcast i64 %power.bits to double
  %big = fmul double %power, 1.5
  %above = fadd double %absolute, %big
  %rounded = fsub double %above, %big
  %rounded.bits = bitcast double %rounded to i64
  %rebiased = sub i64 %rounded.bits, 4539628424389459968
  %normal = lshr i64 %rebiased, 42
  %counted = fmul double %rounded, 0x4170000000000000
  %subnormal = fptoui double %counted to i64
  %finite = select i1 %is.normal, i64 %normal, i64 %subnormal
  br label %join
join:
  %unsigned = phi i64 [ %nan.bits, %nan ], [ 31744, %number ], [ %finite, %round ]
  %result = or i64 %unsigned, %sign.placed
  %h = trunc i64 %result to i16
  %y = bitcast i16 %h to half
  ret half %y
}
"""
NAMES = ("__extendhfsf2", "__extendhfdf2", "__truncsfhf2", "__truncdfhf2")
