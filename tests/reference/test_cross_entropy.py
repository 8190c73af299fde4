"""The loss of the reference's page, as the page writes it, at logits where p rounds to 0 and 1."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import grad
from lamina.graph import rewrite_graph


def as_on_the_page(loss):
    return rewrite_graph(loss, include=("canonicalize", "stabilize"))


def plain(loss):
    return loss


def expected(X, y, alpha, beta):
    """Loss and gradients by formulas without cancellation."""
    z = alpha + X @ beta
    loss = (y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)).mean()
    small = np.exp(-np.abs(z))
    p, q = np.where(z > 0, (1 + 0 * z, small), (small, 1 + 0 * z)) / (1 + small)
    d_z = (p * (1 - y) - q * y) / y.size
    return loss, d_z.sum(), X.T @ d_z


@pytest.mark.parametrize("differentiated", [as_on_the_page, plain])
@pytest.mark.parametrize("size", [1.0, 30.0, 36.0, 38.0, 100.0, 745.0, 1000.0])
def test_loss_and_gradient_are_finite_and_right_at_large_logits(differentiated, size):
    X_pt = pt.tensor("X", shape=(None, None))
    y_pt = pt.tensor("y", shape=(None,))
    alpha_pt = pt.tensor("alpha", shape=())
    beta_pt = pt.tensor("beta", shape=(None,))
    p = pt.sigmoid(alpha_pt + X_pt @ beta_pt)
    p.name = "p_class_0"
    loss = -(y_pt * pt.log(p) + (1 - y_pt) * pt.log(1 - p)).mean()
    loss.name = "cross_entropy"
    d_alpha, d_beta = grad(differentiated(loss), wrt=[alpha_pt, beta_pt])
    f = lamina.function([X_pt, y_pt, alpha_pt, beta_pt], [loss, d_alpha, d_beta])

    X = np.array([[1.0, 0.0], [-1.0, 0.5], [1.0, 0.25], [-1.0, 0.0]])
    y = np.array([1.0, 0.0, 0.0, 1.0])
    arguments = X, y, 0.125, np.array([size, 0.5])
    results = f(*arguments)
    assert all(np.isfinite(result).all() for result in results)
    for result, value in zip(results, expected(*arguments), strict=True):
        np.testing.assert_allclose(result, value, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("differentiated", [as_on_the_page, plain])
def test_every_label_and_logit_by_itself(differentiated):
    z_pt, y_pt = pt.dvector("z"), pt.dvector("y")
    p = pt.sigmoid(z_pt)
    terms = -(y_pt * pt.log(p) + (1 - y_pt) * pt.log(1 - p))
    loss = terms.mean()
    f = lamina.function([z_pt, y_pt], [loss, grad(differentiated(loss), z_pt)])
    for z in (-1000.0, -50.0, 0.0, 50.0, 1000.0):
        for y in (0.0, 0.5, 1.0):
            loss_value, gradient = f([z], [y])
            right, _, (d_z,) = expected(np.array([[z]]), np.array([y]), 0.0, np.array([1.0]))
            np.testing.assert_allclose(loss_value, right, rtol=1e-14, atol=0)
            np.testing.assert_allclose(gradient, [d_z / z if z else 0.5 - y], rtol=1e-13, atol=0)
