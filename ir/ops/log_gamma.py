"""The gamma function, its logarithm and that one's derivative by polynomials, as scalar bodies.

There are no loops: LLVM vectorises them. Near the roots at 1, 1.46 and 2 the results keep their
digits; near those at negative arguments, where reflection subtracts, they do not.
"""

import math

import lamina.ir.operators as nd
from lamina.ir.ops.formula import Formula

# Near-minimax in x - 3/2 on [1, 2] of psi(x) / (x - x0), error 4e-18, x0 its root in two parts;
# computed by mpmath's chebyfit, as the next one.
_ROOT, _ROOT_LOW = 1.4616321449683622, 9.549995429965697e-17
_PSI = (
    0.9510558760318328, -0.4236274212814606, 0.24054248424078697, -0.14840492305388092,
    0.09498872445289039, -0.06192213327548831, 0.040760833940846085, -0.026975796659787055,
    0.017907248317313294, -0.011908220105959716, 0.007927021796868154, -0.005279937255532708,
    0.003518106563802472, -0.0023454947397380833, 0.0015633696313653504, -0.0010364584817312839,
    0.0006909255761282986, -0.00048595039220036254, 0.00032395945401345196,
    -0.00014480643368061614, 9.653646261410062e-05, -0.0001782188548855923, 0.00011881232908510335,
)  # fmt: skip
# In z on [-1/2, 1/2] of log(Gamma(2 + z)) / z, error 6e-19
_LOG_GAMMA = (
    0.42278433509846713, 0.32246703342411326, -0.0673523010531981, 0.02058080842778038,
    -0.0073855510286719986, 0.002890510331034267, -0.0011927539118428156, 0.0005096695154115458,
    -0.00022315475400520507, 9.945767355819498e-05, -4.49263133791557e-05, 2.0505590755833454e-05,
    -9.438715099211532e-06, 4.38470440459836e-06, -2.0439048107029907e-06, 9.200527894968101e-07,
    -4.3252393445604814e-07, 2.78740805211359e-07, -1.3219945666117874e-07,
)  # fmt: skip
# In z on [-1/2, 1/2] of Gamma(2 + z), error 2e-18
_GAMMA = (
    1.0, 0.42278433509846713, 0.41184033042644064, 0.0815769192470858, 0.07424901075338801,
    -0.00026698206868206766, 0.011154045724557167, -0.0028526458243686085, 0.002103933174405157,
    -0.0009195737556751735, 0.0004903909165362433, -0.00024094266875000244,
    0.00012165162946720078, -6.078180215145502e-05, 3.0576257282864494e-05,
    -1.5296289519910945e-05, 7.216424561413336e-06, -3.609421076900372e-06,
    2.6259112907777463e-06, -1.3131191509664216e-06,
)  # fmt: skip
# B(2k) / (2k), and B(2k) / (2k (2k - 1)), k = 1, 2, ... (DLMF 24.2.1)
_PSI_TAIL = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160,
             43867 / 14364)  # fmt: skip
_LOG_GAMMA_TAIL = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156,
                   -3617 / 122400, 43867 / 244188)  # fmt: skip
_FAR = 8.0
_STIRLING = 0.5 * math.log(2 * math.pi) - 0.5


def _polynomial(coefficients, z):
    value = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        value = value * z + c
    return value


def _steps_down(x, end):
    """x - n below `end` where x < 8, and which steps are taken."""
    for _ in range(6):
        more = x >= end
        x = nd.switch(more, x - 1, x)
        yield more, x


def _psi_of_positive(x):
    far = x >= _FAR
    z = 1 / (x * x)
    asymptotic = nd.log(x) - 0.5 / x - z * _polynomial(_PSI_TAIL, z)  # DLMF 5.11.2
    below = x < 1
    # psi(x) = psi(x - n) + 1 / (x - 1) + ... + 1 / (x - n), or psi(x + 1) - 1 / x (DLMF 5.5.2);
    # the sum is one fraction
    above, under = nd.switch(below, -1.0, 0 * x), nd.switch(below, x, 0 * x + 1)
    y = nd.switch(below, x + 1, x)
    for more, lower in _steps_down(y, 2):
        above = nd.switch(more, above * lower + under, above)
        under = nd.switch(more, under * lower, under)
        y = lower
    near = ((y - _ROOT) - _ROOT_LOW) * _polynomial(_PSI, y - 1.5) + above / under
    return nd.switch(far, asymptotic, near)


def _psi(x):
    negative = x < 0
    value = _psi_of_positive(nd.switch(negative, 1 - x, x))
    turn = x - nd.round_half_to_even(x)
    # DLMF 5.5.4; the cotangent is exact where it is 0
    size = nd.abs(turn)
    tangent = nd.tan(math.pi * nd.switch(size <= 0.25, turn, nd.sign(turn) * (0.5 - size)))
    reflected = value - math.pi * nd.switch(size <= 0.25, 1 / tangent, tangent)
    reflected = nd.switch(nd.eq(turn, 0), math.nan, reflected)
    return nd.switch(negative, reflected, value)


def _log_gamma(x):
    a = nd.abs(x)
    low, middle = a < 0.5, a < 1.5
    # Gamma(a) = Gamma(2 + z) / (a (a + 1)), or / a, or Gamma(2 + z) (a - 1) ... (a - n)
    y, product = a, 0 * a + 1
    for more, lower in _steps_down(a, 2.5):
        product = nd.switch(more, product * lower, product)
        y = lower
    z = nd.switch(low, a, nd.switch(middle, a - 1, y - 2))
    factor = nd.switch(low, a * (a + 1), nd.switch(middle, a, product))
    far = a >= _FAR
    log = nd.log(nd.switch(far, a, factor))
    near = z * _polynomial(_LOG_GAMMA, z) + nd.switch(middle, -log, log)
    tail = _polynomial(_LOG_GAMMA_TAIL, 1 / (a * a)) / a
    value = nd.switch(far, (a - 0.5) * (log - 1) + (tail + _STIRLING), near)  # DLMF 5.11.1
    # DLMF 5.5.3
    sine = nd.abs(nd.sin(math.pi * (a - nd.round_half_to_even(a))))
    reflected = -nd.log(a) - nd.log(sine / math.pi) - value
    value = nd.switch(x < 0, reflected, value)
    return nd.switch(nd.eq(a, math.inf), x, value)


def _gamma(x):
    negative = x < -0.5
    a = nd.switch(negative, -x, x)
    low, middle = a < 0.5, a < 1.5
    y, product = a, 0 * a + 1
    for more, lower in _steps_down(a, 2.5):
        product = nd.switch(more, product * lower, product)
        y = lower
    z = nd.switch(low, a, nd.switch(middle, a - 1, y - 2))
    divisor = nd.switch(low, a * (a + 1), nd.switch(middle, a, 1.0 + 0 * a))
    near = _polynomial(_GAMMA, z) * product / divisor
    # the power alone would overflow
    root = nd.pow(a, 0.5 * a - 0.25)
    tail = nd.exp(_polynomial(_LOG_GAMMA_TAIL, 1 / (a * a)) / a)  # DLMF 5.11.1
    far = (root * nd.exp(-a)) * (math.sqrt(2 * math.pi) * tail) * root
    far = nd.switch(a > 172, math.inf, far)
    value = nd.switch(nd.or_(a < _FAR, nd.neq(a, a)), near, far)
    turn = a - nd.round_half_to_even(a)
    odd = nd.abs(nd.round_half_to_even(a) - 2 * nd.round_half_to_even(a / 2))
    # DLMF 5.5.3
    sine = nd.sin(math.pi * nd.switch(nd.eq(odd, 0), turn, -turn))
    reflected = -math.pi / (a * sine * value)
    reflected = nd.switch(nd.eq(turn, 0), math.nan, reflected)
    return nd.switch(negative, reflected, value)


GAMMA = Formula("gamma", _gamma)
PSI, LOG_GAMMA = Formula("psi", _psi), Formula("log_gamma", _log_gamma)
