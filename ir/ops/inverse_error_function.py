"""The inverses of the error function, and its scaled complement, by polynomials as scalar bodies.

There are no loops: LLVM vectorises them. The polynomials are near-minimax, computed by mpmath's
chebyfit, with relative errors below 2^-55.
"""

import math

import lamina.ir.operators as nd
from lamina.ir.ops.formula import Formula

# erfinv(x) / x of w - 3, w = -log((1 - x) (1 + x)) up to 6; then erfinv(x) / s of
# (s - k) / (s + k), s = sqrt(w), k = 3.87 up to s = 6.1 and 12.9 up to 27.4
_CENTRE = (
    1.6235420064648298, 0.24163040416615827, -0.005738135221005968, -0.0008361817769093166,
    0.00019506132441372799, -1.2716422638720585e-05, -1.7480020967030342e-06,
    4.4998542545718333e-07, -2.368872626492295e-08, -5.4671789842189004e-09,
    1.1107974232037305e-09, -3.1425551279949383e-11, -1.7328538731928835e-11,
    2.6989652309090837e-12, 6.190781479406349e-15, -5.292972044721015e-14,
    6.339002394406591e-15, 2.7405937576493665e-16, -1.62547328079684e-16,
    1.2874404438465058e-17, 2.0411289874716924e-18, -3.916147418354864e-19,
    -1.0208579184069643e-20, 4.3365108728076584e-21,
)  # fmt: skip
_TAIL = (
    0.9582874395173958, 0.10167105618223986, -0.07661559177742379, -0.02087900450802187,
    0.13085692802986112, -0.2203541801848955, 0.21772014952602187, 0.1094518396074763,
    -1.3645711966191794, 3.890042669049107, -3.364036773836621, -16.29671305856207,
    61.403363875247635, -23.673448370657333, -335.8870645159817, 637.1468102947478,
    1092.9745171382342, -4346.613056032097, -2245.061969441918, 20283.437348864507,
    3110.852098257106, -69829.2036782753, -4035.4032786696494, 136255.19625639357,
)  # fmt: skip
_FAR = (
    0.9926655194588546, 0.023358222834018234, -0.03478219733192096, 0.038295383442277654,
    -0.037900841958541445, 0.03442946075318879, -0.028749154117743557, 0.021301390705392352,
    -0.012553188670329162, 0.00283816690200084, 0.007495417275368576, -0.018170857838273408,
    0.028959030954336825, -0.03949810723106832, 0.04881818165393531, -0.058478862127338965,
    0.07491706551407815, -0.0820508815525652, 0.04458747333750083, -0.053051433354991226,
    0.20283827919695196, -0.20263575952765356,
)  # fmt: skip
# (1 + 2 x) exp(x^2) erfc(x) of (x - 4) / (x + 4), x >= 0: M. M. Shepherd and J. G. Laframboise,
# Math. Comp. 36 (1981) 249
_SCALED = (
    1.2329951186255526, -0.1396211168405625, 0.015379652102620024, 0.06809705425469155,
    -0.10103906603632411, 0.09373283499839673, -0.06633036581166878, 0.03716751553662523,
    -0.016197734065721506, 0.00503196998609679, -0.0007577732211017557, -0.0001992567370479886,
    0.0001506213142825075, -2.439909541377841e-05, -1.1220773339263308e-05,
    5.709608316143853e-06, 2.909459896658698e-07, -8.256651243681974e-07, 7.888001536183222e-08,
    1.110561122044458e-07, -2.186683817996548e-08, -1.554950739140137e-08,
    3.949909948816316e-09, 2.268368209002785e-09, -5.373765873743771e-10,
    -2.9679753749361834e-10, 4.175645306749228e-11, 2.3603010398894445e-11,
)  # fmt: skip


def _polynomial(coefficients, z):
    value = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        value = value * z + c
    return value


def _inverse(x, product, beyond):
    """erfinv(x) where (1 - x) (1 + x) is `product`, which may be too small to be told by x."""
    w = -nd.log(product)
    s = nd.sqrt(w)
    tail = _polynomial(_TAIL, (s - 3.87) / (s + 3.87))
    if beyond:
        tail = nd.switch(s < 6.1, tail, _polynomial(_FAR, (s - 12.9) / (s + 12.9)))
    y = nd.switch(w <= 6, x * _polynomial(_CENTRE, w - 3), nd.sign(x) * s * tail)
    return nd.switch(nd.eq(product, 0), nd.sign(x) * math.inf, y)


def _erfcx(x):
    a = nd.abs(x)
    q = nd.switch(a < 1e9, (a - 4) / (a + 4), 1 - 8 / a)
    y = 0.5 * _polynomial(_SCALED, q) / (a + 0.5)
    # 2 exp(x^2) - y, with the square in two parts: the first one is exact
    high = nd.round_half_to_even(x * 65536) / 65536
    large = 2 * nd.exp(high * high) * nd.exp((x - high) * (x + high))
    large = nd.switch(x < -27, math.inf, large - y)
    return nd.switch(x < 0, large, y)


ERFINV = Formula("erfinv", lambda x: _inverse(x, (1 - x) * (1 + x), beyond=False))
ERFCINV = Formula("erfcinv", lambda x: _inverse(1 - x, x * (2 - x), beyond=True))
ERFCX = Formula("erfcx", _erfcx)
