"""NumPy's names for ops that are called otherwise in printed graphs."""

# pyright: reportUnsupportedDunderAll=false

from lamina.ir import operators as op

absolute = op.abs
conjugate = op.conj
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
remainder = op.mod
subtract = op.sub
true_divide = op.true_div

__all__ = [name for name in dir() if not name.startswith("_") and name != "op"]
