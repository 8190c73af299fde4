# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.continuous_distributions import (
    BetaRV, CauchyRV, ExponentialRV, GammaRV, GenGammaRV, GumbelRV, HalfCauchyRV, HalfNormalRV,
    InvGammaRV, LaplaceRV, LogNormalRV, LogisticRV, NormalRV, ParetoRV, StudentTRV, TriangularRV,
    TruncExponentialRV, UniformRV, VonMisesRV, WaldRV, WeibullRV,
)
from lamina.ir.ops.discrete_distributions import (
    BernoulliRV, BetaBinomialRV, BinomialRV, GeometricRV, HyperGeometricRV, IntegersRV,
    NegBinomialRV, PoissonRV,
)
from lamina.ir.ops.distributions import (
    bernoulli, beta, betabinom, binomial, categorical, cauchy, chisquare, choice, dirichlet,
    exponential, gamma, gengamma, geometric, gumbel, halfcauchy, halfnormal, hypergeometric,
    integers, invgamma, laplace, logistic, lognormal, multinomial, multivariate_normal, nbinom,
    negative_binomial, normal, pareto, permutation, poisson, standard_normal, t, triangular,
    truncexpon, uniform, vonmises, wald, weibull, wishart,
)
from lamina.ir.ops.multivariate_distributions import (
    CategoricalRV, DirichletRV, MultinomialRV, MvNormalRV, WishartRV,
)
from lamina.ir.ops.resampling import (
    ChoiceRV, PermutationRV,
)

__all__ = [
    "BernoulliRV", "BetaBinomialRV", "BetaRV", "BinomialRV", "CategoricalRV", "CauchyRV",
    "ChoiceRV", "DirichletRV", "ExponentialRV", "GammaRV", "GenGammaRV", "GeometricRV", "GumbelRV",
    "HalfCauchyRV", "HalfNormalRV", "HyperGeometricRV", "IntegersRV", "InvGammaRV", "LaplaceRV",
    "LogNormalRV", "LogisticRV", "MultinomialRV", "MvNormalRV", "NegBinomialRV", "NormalRV",
    "ParetoRV", "PermutationRV", "PoissonRV", "StudentTRV", "TriangularRV", "TruncExponentialRV",
    "UniformRV", "VonMisesRV", "WaldRV", "WeibullRV", "WishartRV", "bernoulli", "beta", "betabinom",
    "binomial", "categorical", "cauchy", "chisquare", "choice", "dirichlet", "exponential", "gamma",
    "gengamma", "geometric", "gumbel", "halfcauchy", "halfnormal", "hypergeometric", "integers",
    "invgamma", "laplace", "logistic", "lognormal", "multinomial", "multivariate_normal", "nbinom",
    "negative_binomial", "normal", "pareto", "permutation", "poisson", "standard_normal", "t",
    "triangular", "truncexpon", "uniform", "vonmises", "wald", "weibull", "wishart",
]
