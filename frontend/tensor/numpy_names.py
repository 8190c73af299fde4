"""NumPy's names for ops that are called otherwise in printed graphs."""

# pyright: reportUnsupportedDunderAll=false

from lamina.ir import operators as op

absolute = op.abs
acos = op.arccos
acosh = op.arccosh
asin = op.arcsin
asinh = op.arcsinh
atan = op.arctan
atan2 = op.arctan2
atanh = op.arctanh
bitwise_invert = op.invert
bitwise_left_shift = op.left_shift
bitwise_right_shift = op.right_shift
conjugate = op.conj
degrees = op.rad2deg
divide = op.true_div
equal = op.eq
floor_divide = op.floor_div
greater = op.gt
greater_equal = op.ge
int_div = op.floor_div
less = op.lt
less_equal = op.le
multiply = op.mul
negative = op.neg
not_equal = op.neq
power = op.pow
radians = op.deg2rad
remainder = op.mod
rint = op.round_half_to_even
subtract = op.sub
true_divide = op.true_div

__all__ = [name for name in dir() if not name.startswith("_") and name != "op"]
