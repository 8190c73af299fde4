"""Log-probabilities of random graphs: ``logp(rv, value)``."""

from lamina.logprob import (  # noqa: F401  they fill the tables
    bounded,
    discrete,
    drawn,
    elementwise,
    half_line,
    mixture,
    multivariate,
    order_statistics,
    real_line,
    rearranged,
)
from lamina.logprob.density import Density, DiscreteDensity, density_of
from lamina.logprob.log_probability import icdf, logcdf, logp
from lamina.logprob.parameters import ParameterValueError

__all__ = [
    "Density", "DiscreteDensity", "ParameterValueError", "density_of", "icdf", "logcdf", "logp",
]  # fmt: skip
