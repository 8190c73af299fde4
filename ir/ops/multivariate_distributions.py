"""Distributions whose parameters or draws are vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.continuous_distributions import NormalRV
from lamina.ir.ops.contraction import dot, matmul
from lamina.ir.ops.dimshuffle import expand_dims, matrix_transpose, squeeze
from lamina.ir.ops.random_size import each_of_batch
from lamina.ir.ops.random_variable import REQUIRED, RandomVariable
from lamina.ir.ops.shape import MakeVector, length_of


class CategoricalRV(RandomVariable):
    """i with probability ``p[i]``: how many of the running sums of `p` are below a uniform draw."""

    __module__ = "lamina.tensor.random.basic"
    name, signature, dtype, sampler = "categorical", "(p)->()", "int64", "categorical"
    _print_name = ("Categorical", r"\operatorname{Categorical}")
    parameters = {"p": REQUIRED}

    def rng_fn(self, rng: Any, p: Any, size: Any) -> Any:  # type: ignore[override]
        p = np.asarray(p, np.float64)
        u = rng.random(p.shape[:-1] if size is None else size)
        # the last sum, which rounding may leave below 1, is not compared
        return (np.cumsum(p[..., :-1], -1) < np.asarray(u)[..., None]).sum(-1)


class MultinomialRV(RandomVariable):
    """How often each outcome occurs in `n` trials, in which outcome i has probability ``p[i]``."""

    __module__ = "lamina.tensor.random.basic"
    name, signature, dtype, sampler = "multinomial", "(),(p)->(p)", "int64", "multinomial"
    _print_name = ("Multinomial", r"\operatorname{Multinomial}")
    parameters = {"n": REQUIRED, "p": REQUIRED}

    def rng_fn(self, rng: Any, n: Any, p: Any, size: Any) -> Any:  # type: ignore[override]
        return rng.multinomial(n, p, size=size)


class DirichletRV(RandomVariable):
    """Numbers of sum 1 with density proportional to ``prod(x**(alphas - 1))``."""

    __module__ = "lamina.tensor.random.basic"
    name, signature, dtype, sampler = "dirichlet", "(a)->(a)", "floatX", "dirichlet"
    _print_name = ("Dirichlet", r"\operatorname{Dirichlet}")
    parameters = {"alphas": REQUIRED}

    def rng_fn(self, rng: Any, alphas: Any, size: Any) -> Any:  # type: ignore[override]
        if np.any(np.less(alphas, 0)):
            raise ValueError("alpha < 0")
        return each_of_batch(rng.dirichlet, [1], [alphas], size, 1)


class MvNormalRV(RandomVariable):
    """The normal distribution of vectors, of mean `mean` and covariance `cov`.

    A draw is the mean and a factor of the covariance times as many standard normal draws.

    Parameters
    ----------
    method : {"cholesky", "svd", "eigh"}
        How `cov` is factored.
    """

    __module__ = "lamina.tensor.random.basic"
    __props__ = ("name", "signature", "dtype", "inplace", "method")
    name, signature, dtype = "multivariate_normal", "(n),(n,n)->(n)", "floatX"
    _print_name = ("MultivariateNormal", r"\operatorname{MultivariateNormal}")

    def __init__(self, *args: Any, method: str = "cholesky", **kwargs: Any):
        if method not in ("cholesky", "svd", "eigh"):
            raise ValueError(f"Unknown method {method}. Valid methods are cholesky, svd, or eigh.")
        super().__init__(*args, **kwargs)
        self.method = method

    def rng_fn(self, rng: Any, mean: Any, cov: Any, size: Any) -> Any:  # type: ignore[override]
        mean, cov = np.asarray(mean), np.asarray(cov)
        if size is None:
            size = np.broadcast_shapes(mean.shape[:-1], cov.shape[:-2])
        if self.method == "cholesky":
            factor = np.linalg.cholesky(cov)
        elif self.method == "svd":
            u, s, _ = np.linalg.svd(cov)
            factor = u * np.sqrt(s)[..., None, :]
        else:
            w, v = np.linalg.eigh(cov)
            factor = v * np.sqrt(np.abs(w))[..., None, :]
        draws = rng.normal(size=(*size, mean.shape[-1]))
        return mean + (factor @ draws[..., None])[..., 0]

    def lowering(self, rng: Any, size: Any, *params: Any) -> list[Any] | None:
        if getattr(rng.type, "machine", None) is None:
            return None
        mean, cov = (cast(p, "float64") for p in params)
        lengths = [*self._batch_lengths(size, params), length_of(mean, mean.type.ndim - 1)]
        shape = MakeVector("int64")(*(cast(as_tensor_variable(n), "int64") for n in lengths))
        standard = NormalRV(dtype="float64").make_node(rng, shape, 0.0, 1.0)
        next_rng, z = standard.outputs
        batch = range(cov.type.ndim - 2)
        if all(cov.type.shape[d] == 1 for d in batch):
            factor = _factor(squeeze(cov, tuple(batch)), self.method)
            return [next_rng, cast(mean + dot(z, matrix_transpose(factor)), self.dtype)]
        column = matmul(_factor(cov, self.method), expand_dims(z, -1))
        return [next_rng, cast(mean + squeeze(column, -1), self.dtype)]


def _factor(cov: Any, method: str) -> Any:
    """What gives `cov`, times its own transpose; a singular one may have values just below 0."""
    from lamina.ir.ops.linear_algebra import cholesky, eigh, svd

    if method == "cholesky":
        return cholesky(cov)
    if method == "svd":
        vectors, squares, _ = svd(cov)
    else:
        squares, vectors = eigh(cov)
    return vectors * expand_dims(nd.sqrt(nd.abs(squares)), -2)


class WishartRV(RandomVariable):
    """The Wishart distribution of matrices, of `df` degrees of freedom and scale matrix `scale`."""

    __module__ = "lamina.tensor.random.basic"
    name, signature, dtype = "wishart", "(),(m,m)->(m,m)", "floatX"
    callback = True
    _print_name = ("Wishart", r"\operatorname{Wishart}")
    parameters = {"df": REQUIRED, "scale": REQUIRED}

    def rng_fn(self, rng: Any, df: Any, scale: Any, size: Any) -> Any:  # type: ignore[override]
        from scipy.stats import wishart

        n = np.shape(scale)[-1]

        def draw(df: np.ndarray, scale: np.ndarray) -> np.ndarray:
            return np.reshape(wishart.rvs(float(df), scale, random_state=rng), (n, n))

        return each_of_batch(draw, [0, 2], [df, scale], size, 2)


categorical, multinomial, dirichlet = CategoricalRV(), MultinomialRV(), DirichletRV()
wishart = WishartRV()
_METHODS = {m: MvNormalRV(method=m) for m in ("cholesky", "svd", "eigh")}


def multivariate_normal(
    mean: Any = None,
    cov: Any = None,
    size: Any = None,
    *,
    method: str = "cholesky",
    **kwargs: Any,
) -> Any:
    """Draws from the normal distribution of vectors.

    Parameters
    ----------
    mean : tensor-like, optional
        A vector, or a batch of them; 0 in one dimension unless given.
    cov : tensor-like, optional
        The covariances, a matrix or a batch of them; 1 in one dimension unless given.
    size : None, int, tuple or vector
    method : {"cholesky", "svd", "eigh"}
        How `cov` is factored; the last two do with semidefinite ones.
    **kwargs
        As of every distribution.
    """
    mean = np.array([0.0]) if mean is None else mean
    cov = np.array([[1.0]]) if cov is None else cov
    op = _METHODS.get(method) or MvNormalRV(method=method)
    return op(mean, cov, size=size, **kwargs)
