"""NumPy's constants, as Python numbers: they do not change the dtype of an array."""

import math

pi = math.pi
e = math.e
inf = math.inf
nan = math.nan
euler_gamma = 0.57721566490153286061
newaxis = None
