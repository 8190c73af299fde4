"""Every distribution, by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from lamina.ir.graph.random_type import RandomGeneratorVariable
from lamina.ir.ops.continuous_distributions import (
    _gamma,
    beta,
    cauchy,
    chisquare,
    exponential,
    gamma,
    gengamma,
    gumbel,
    halfcauchy,
    halfnormal,
    invgamma,
    laplace,
    logistic,
    lognormal,
    normal,
    pareto,
    standard_normal,
    t,
    triangular,
    truncexpon,
    uniform,
    vonmises,
    wald,
    weibull,
)
from lamina.ir.ops.discrete_distributions import (
    bernoulli,
    betabinom,
    binomial,
    geometric,
    hypergeometric,
    integers,
    nbinom,
    negative_binomial,
    poisson,
)
from lamina.ir.ops.multivariate_distributions import (
    categorical,
    dirichlet,
    multinomial,
    multivariate_normal,
    wishart,
)
from lamina.ir.ops.random_variable import RandomVariable
from lamina.ir.ops.resampling import choice, permutation

__all__ = [
    "bernoulli",
    "beta",
    "betabinom",
    "binomial",
    "categorical",
    "cauchy",
    "chisquare",
    "choice",
    "dirichlet",
    "exponential",
    "gamma",
    "gengamma",
    "geometric",
    "gumbel",
    "halfcauchy",
    "halfnormal",
    "hypergeometric",
    "integers",
    "invgamma",
    "laplace",
    "logistic",
    "lognormal",
    "multinomial",
    "multivariate_normal",
    "nbinom",
    "negative_binomial",
    "normal",
    "pareto",
    "permutation",
    "poisson",
    "standard_normal",
    "t",
    "triangular",
    "truncexpon",
    "uniform",
    "vonmises",
    "wald",
    "weibull",
    "wishart",
]

NAMES = tuple(__all__)


@cache
def rng_fn_of(sampler: str) -> Callable[..., Any]:
    """What a sampler of compiled code draws, by NumPy: ``rng_fn(rng, *parameters, size)``."""
    if sampler in _ORDERS:
        return _ORDERS[sampler]
    op = _gamma if sampler == "gamma" else globals()[sampler]
    assert isinstance(op, RandomVariable) and op.sampler == sampler
    return op.rng_fn


def _choice(shuffle: bool) -> Callable[..., Any]:
    def draw(rng: Any, k: Any, n: Any, size: Any) -> Any:
        return rng.choice(int(n), size=int(k), replace=False, shuffle=shuffle)

    return draw


_ORDERS: dict[str, Callable[..., Any]] = {
    "permutation": lambda rng, n, size: rng.permutation(int(n)),
    "choice": _choice(shuffle=True),
    "unshuffled_choice": _choice(shuffle=False),
}


def _method(name: str) -> Any:
    distribution = globals()[name]

    def draw(self: RandomGeneratorVariable, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        return distribution(*args, rng=self, return_next_rng=True, **kwargs)

    draw.__name__ = name
    draw.__doc__ = f"The generator after the draw, and the draw: see ``random.{name}``."
    return draw


for _name in NAMES:
    setattr(RandomGeneratorVariable, _name, _method(_name))
