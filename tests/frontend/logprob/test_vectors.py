"""Densities of vectors and matrices, and of integers with a vector of probabilities."""

import numpy as np
import scipy.stats as st

import lamina
import lamina.tensor as pt
from lamina.compile import not_native
from lamina.logprob import logcdf, logp

pr = pt.random
COV = np.array([[2, 0.5, 0.1], [0.5, 1, -0.3], [0.1, -0.3, 0.7]])
X = np.array([[0.2, 0.3, -1], [1, 1, 4], [0, 0, 0]])


def computed(inputs, outputs, *arguments):
    before = not_native.callbacks.copy(), not_native.interpreted.copy()
    results = lamina.function(inputs, outputs)(*arguments)
    assert before == (not_native.callbacks, not_native.interpreted)
    return results


def test_normal_vectors_with_batches_of_values_means_and_covariances():
    mean, cov, covs, x = pt.dvector(), pt.dmatrix(), pt.dtensor3(), pt.dmatrix()
    found = computed(
        [mean, cov, covs, x],
        [
            logp(pr.multivariate_normal(mean, cov), x),
            logp(pr.multivariate_normal(mean, covs), x),
            logp(pr.multivariate_normal(x, cov, method="svd"), mean),
            logp(2 * pr.multivariate_normal(mean, cov) - 1, x),
            logp(pt.exp(pr.multivariate_normal(mean, cov)), pt.exp(x)),
            logp(pr.multivariate_normal(mean, cov, size=(4,)), mean),
        ],
        [1.0, 2, 3], COV, np.stack([COV, 2 * COV, np.eye(3)]), X,
    )  # fmt: skip
    mean = [1.0, 2, 3]
    density = st.multivariate_normal(mean, COV)
    each = [st.multivariate_normal(mean, c).logpdf(x)
            for c, x in zip([COV, 2 * COV, np.eye(3)], X, strict=True)]  # fmt: skip
    affine = st.multivariate_normal(2 * np.array(mean) - 1, 4 * COV)
    wanted = [density.logpdf(X), each, density.logpdf(2 * np.array(mean) - X), affine.logpdf(X),
              density.logpdf(X) - X.sum(-1), [density.logpdf(mean)] * 4]  # fmt: skip
    wanted[2] = [st.multivariate_normal(m, COV).logpdf(mean) for m in X]
    for found_one, wanted_one in zip(found, wanted, strict=True):
        np.testing.assert_allclose(found_one, wanted_one, 1e-12)


def test_points_of_a_simplex_and_counts():
    alphas, p = pt.dmatrix(), pt.dvector()
    points = np.array([[0.2, 0.3, 0.5], [0.98, 0.01, 0.01], [0.2, 0.3, 0.6], [1.2, -0.4, 0.2]])
    counts = np.array([[1, 3, 0], [4, 0, 0], [1, 1, 1], [5, -1, 0], [0.5, 3.5, 0]])
    v, k = pt.dmatrix(), pt.dmatrix()
    one, many, drawn = computed(
        [alphas, p, v, k],
        [
            logp(pr.dirichlet(alphas[0]), v),
            logp(pr.dirichlet(alphas), v[0]),
            logp(pr.multinomial(4, p), k),
        ],
        [[1, 2, 3.5], [0.5, 0.5, 4]], [0.2, 0.3, 0.5], points, counts,
    )  # fmt: skip
    first = st.dirichlet([1, 2, 3.5])
    wanted = [first.logpdf(points[0]), first.logpdf(points[1]), -np.inf, -np.inf]
    np.testing.assert_allclose(one, wanted, 1e-12)
    second = st.dirichlet([0.5, 0.5, 4]).logpdf(points[0])
    np.testing.assert_allclose(many, [wanted[0], second], 1e-12)
    multinomial = st.multinomial(4, [0.2, 0.3, 0.5])
    wanted = [*multinomial.logpmf(counts[:2]), -np.inf, -np.inf, -np.inf]
    np.testing.assert_allclose(drawn, wanted, 1e-12)


def test_positive_definite_matrices():
    x, scale, df = pt.dtensor3(), pt.dmatrix(), pt.dscalar()
    values = np.stack([COV, 3 * COV + np.eye(3), np.diag([1.0, -1, 1])])
    (found,) = computed(
        [x, scale, df], [logp(pr.wishart(df, scale), x)], values, 2 * COV + np.eye(3), 4.5
    )
    density = st.wishart(4.5, 2 * COV + np.eye(3))
    np.testing.assert_allclose(found, [*map(density.logpdf, values[:2]), -np.inf], 1e-12)


def test_categories_by_rows_of_probabilities():
    p, k = pt.dmatrix(), pt.lvector()
    rows = np.array([[0.2, 0.3, 0.5], [0, 0.9, 0.1]])
    shared, each, below, wide = computed(
        [p, k],
        [
            logp(pr.categorical(p[0]), k),
            logp(pr.categorical(p), k[1:3]),
            logcdf(pr.categorical(p[0]), k),
            logp(pr.categorical(p[:, None, :]), k[None, :]),
        ],
        rows, [-1, 0, 2, 3],
    )  # fmt: skip
    with np.errstate(divide="ignore"):
        logs = np.log(rows)
    np.testing.assert_allclose(shared, [-np.inf, logs[0, 0], logs[0, 2], -np.inf], 1e-14)
    np.testing.assert_allclose(each, [logs[0, 0], logs[1, 2]], 1e-14)
    np.testing.assert_allclose(below, [-np.inf, logs[0, 0], 0, 0], 1e-14, 1e-15)
    out = np.full((2, 1), -np.inf)
    np.testing.assert_allclose(wide, np.hstack([out, logs[:, [0, 2]], out]), 1e-14)
