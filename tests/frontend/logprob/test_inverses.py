"""The table of inverses, against the ops and their derivatives."""

import numpy as np

import lamina
import lamina.ir.operators as nd
import lamina.tensor as pt
from lamina.logprob.inverses import INVERSES, difference, power, quotient, scale, shift

C = -1.7
FUNCTIONS = {name: (getattr(nd, "softplus" if "softplus" in name else name), inverse)
             for name, inverse in INVERSES.items()} | {
    "shift": (lambda x: x + C, shift(C)),
    "difference": (lambda x: x - C, difference(C)),
    "scale": (lambda x: x * C, scale(pt.constant(C))),
    "quotient": (lambda x: x / C, quotient(pt.constant(C))),
} | {
    f"power {n}": (lambda x, n=n: x**n, power(n))
    for n in (1.0, 2.0, 3.0, 4.0, 0.3, -1.0, -2.0, -3.0, -1.5)
}  # fmt: skip
POSITIVE = {"log", "log2", "log10", "sqrt", "power 0.3", "power -1.5"}
DOMAINS = {"arccosh": (1.1, 4), "log1p": (-0.9, 3), "log1mexp": (-4, -0.1), "logit": (0.05, 0.95)}
IN_UNIT = {"arctanh", "arcsin", "arccos", "erfinv"}


def places(name, inverse):
    low, high = DOMAINS.get(name, (0.1, 4) if name in POSITIVE or inverse.even else (-2.2, 2.9))
    low, high = (-0.9, 0.8) if name in IN_UNIT else (low, high)
    low, high = (0.1, 1.9) if name == "erfcinv" else (low, high)
    return np.linspace(low, high, 12)


def test_inverses_and_their_slopes_are_those_of_the_functions():
    inputs, outputs, arguments = [], [], []
    for name, (function, inverse) in FUNCTIONS.items():
        x = pt.dvector()
        y = function(x)
        back = inverse.inverse(y)
        slope = back * 0 + inverse.log_slope(back, y)
        inputs.append(x)
        outputs += [y, back, slope, lamina.grad(y.sum(), x)]
        arguments.append(places(name, inverse))
    found = iter(lamina.function(inputs, outputs)(*arguments))
    for (name, (_, inverse)), x in zip(FUNCTIONS.items(), arguments, strict=True):
        y, back, slope, derivative = (next(found) for _ in range(4))
        np.testing.assert_allclose(back, x, 1e-9, 1e-11, err_msg=name)
        np.testing.assert_allclose(slope, -np.log(abs(derivative)), 1e-8, 1e-9, err_msg=name)
        low, high = inverse.image
        assert ((low < y) & (y < high)).all(), name
        increasing = inverse.increasing
        if not isinstance(increasing, bool):
            increasing = bool(increasing.eval())
        if not inverse.pole:
            assert (np.sign(derivative) == (1 if increasing else -1)).all(), name
        else:
            assert (derivative < 0).all(), name
