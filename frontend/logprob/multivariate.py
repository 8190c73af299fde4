"""Densities of vectors and matrices, and of integers with a vector of probabilities.

Formulas: S. Kotz, N. Balakrishnan and N. L. Johnson, Continuous Multivariate Distributions, 2nd
ed.; the Wishart density: M. L. Eaton, Multivariate Statistics, chapter 8.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.cast import cast
from lamina.ir.ops.cholesky import cholesky
from lamina.ir.ops.closeness import isclose
from lamina.ir.ops.creation import arange
from lamina.ir.ops.cumulative import cumsum
from lamina.ir.ops.dimshuffle import expand_dims, shape_padleft, squeeze
from lamina.ir.ops.matrix_parts import main_diagonal
from lamina.ir.ops.multivariate_distributions import (
    CategoricalRV,
    DirichletRV,
    MultinomialRV,
    MvNormalRV,
    WishartRV,
)
from lamina.ir.ops.reduction import all as all_of
from lamina.ir.ops.reduction import any as any_of
from lamina.ir.ops.reduction import sum as sum_of
from lamina.ir.ops.shape import length_of
from lamina.ir.ops.solve_triangular import solve_triangular
from lamina.ir.ops.taking import take, take_along_axis
from lamina.logprob.density import Density, DiscreteDensity, density_of


def _probabilities(p: Any) -> dict[str, Any]:
    return {
        "0 <= p <= 1": nd.and_(nd.ge(p, 0), nd.le(p, 1)),
        "sum(p) = 1": isclose(sum_of(p, axis=-1), 1.0),
    }


@density_of(CategoricalRV)
class CategoricalDensity(DiscreteDensity):
    def requires(self, p: Any) -> Mapping[str, Any]:
        return _probabilities(p)

    def support(self, p: Any) -> tuple[Any, Any]:
        return 0, length_of(p, p.type.ndim - 1) - 1

    def logp(self, x: Any, p: Any) -> Any:
        return nd.log(_entry(p, x))

    def logcdf(self, x: Any, p: Any) -> Any:
        return nd.log(_entry(cumsum(p, axis=-1), x))


def _entry(rows: Any, x: Any) -> Any:
    """``rows[..., x]``, each element of x in its row."""
    i = cast(x, "int64")
    batch = rows.type.ndim - 1
    if all(n == 1 for n in rows.type.shape[:-1]):
        return take(squeeze(rows, tuple(range(batch))), i)
    rows = shape_padleft(rows, i.type.ndim - batch)
    return squeeze(take_along_axis(rows, expand_dims(i, -1), -1), -1)


@density_of(MultinomialRV)
class MultinomialDensity(DiscreteDensity):
    def requires(self, n: Any, p: Any) -> Mapping[str, Any]:
        return {"n >= 0": nd.ge(n, 0), **_probabilities(p)}

    def logp(self, x: Any, n: Any, p: Any) -> Any:
        possible = nd.and_(
            nd.eq(sum_of(x, axis=-1), n), all_of(nd.and_(nd.ge(x, 0), nd.eq(nd.floor(x), x)), -1)
        )
        k = nd.switch(expand_dims(possible, -1), x, 0.0)
        ways = nd.gammaln(n + 1.0) - sum_of(nd.gammaln(k + 1.0), axis=-1)
        return nd.switch(possible, ways + sum_of(nd.xlogy(k, p), axis=-1), -math.inf)


@density_of(DirichletRV)
class DirichletDensity(Density):
    def requires(self, alphas: Any) -> Mapping[str, Any]:
        return {"alphas > 0": nd.gt(alphas, 0)}

    def logp(self, x: Any, alphas: Any) -> Any:
        total = sum_of(x, axis=-1)
        tolerance = math.sqrt(np.finfo(total.type.dtype).eps)
        outside = any_of(nd.or_(nd.lt(x, 0), nd.gt(x, 1)), axis=-1)
        outside = nd.or_(outside, nd.gt(nd.abs(total - 1), tolerance))
        inner = nd.switch(expand_dims(outside, -1), 0.5, x)
        norm = sum_of(nd.gammaln(alphas), axis=-1) - nd.gammaln(sum_of(alphas, axis=-1))
        result = sum_of(nd.xlogy(alphas - 1, inner), axis=-1) - norm
        return nd.switch(outside, -math.inf, result)


def _log_determinant(factor: Any) -> Any:
    """That of the matrix of which `factor` is Cholesky's."""
    return 2 * sum_of(nd.log(main_diagonal(factor)), axis=-1)


def _is_factor(factor: Any) -> Any:
    """Whether the matrix was positive definite; its factor else is NaN."""
    return all_of(nd.gt(main_diagonal(factor), 0), axis=-1)


def _cholesky(a: Any) -> Any:
    return cholesky(a, on_error="nan")


@density_of(MvNormalRV)
class MvNormalDensity(Density):
    def requires(self, mean: Any, cov: Any) -> Mapping[str, Any]:
        return {"cov is positive definite": _is_factor(_cholesky(cov))}

    def logp(self, x: Any, mean: Any, cov: Any) -> Any:
        factor, residual = _cholesky(cov), x - mean
        batch = residual.type.ndim - 1
        factor = shape_padleft(factor, max(0, batch + 2 - factor.type.ndim))
        z = solve_triangular(factor, residual, lower=True, b_ndim=1)
        n = cast(length_of(x, x.type.ndim - 1), z.type.dtype)
        norm = n * math.log(2 * math.pi) + _log_determinant(factor)
        return -0.5 * (sum_of(nd.sqr(z), axis=-1) + norm)


@density_of(WishartRV)
class WishartDensity(Density):
    def requires(self, df: Any, scale: Any) -> Mapping[str, Any]:
        return {
            "df > p - 1": nd.gt(df, length_of(scale, scale.type.ndim - 1) - 1),
            "scale is positive definite": _is_factor(_cholesky(scale)),
        }

    def logp(self, x: Any, df: Any, scale: Any) -> Any:
        root, factor = _cholesky(x), _cholesky(scale)
        possible = _is_factor(root)
        root = nd.switch(expand_dims(possible, (-2, -1)), root, 1.0)
        factor = shape_padleft(factor, max(0, root.type.ndim - factor.type.ndim))
        p = length_of(scale, scale.type.ndim - 1)
        z = solve_triangular(factor, root, lower=True, b_ndim=2)
        trace = sum_of(nd.sqr(z), axis=(-2, -1))  # of scale^-1 x
        p_float = cast(p, z.type.dtype)
        # the logarithm of the multivariate gamma function, DLMF 35.3.4
        shifts = cast(arange(p), z.type.dtype)
        gammas = sum_of(nd.gammaln((expand_dims(df, -1) - shifts) / 2), axis=-1)
        norm = gammas + p_float * (p_float - 1) / 4 * math.log(math.pi)
        norm = norm + df / 2 * (p_float * math.log(2) + _log_determinant(factor))
        result = (df - p_float - 1) / 2 * _log_determinant(root) - trace / 2 - norm
        return nd.switch(possible, result, -math.inf)
