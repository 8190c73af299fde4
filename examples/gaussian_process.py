"""Gaussian-process regression on scikit-learn's diabetes data.

The kernel is a squared exponential with a length scale for each of the ten features, plus noise.
Its hyperparameters maximise the likelihood of the training data: one compiled function gives SciPy
the likelihood and its gradient, through a Cholesky decomposition.
"""

import argparse

import numpy as np
import scipy.optimize
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

import lamina
import lamina.tensor as pt
from lamina.tensor.linalg import cholesky, solve_triangular


def load_data():
    """Standardised training and test data."""
    X, y = load_diabetes(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
    x_center, x_scale = X_train.mean(axis=0), X_train.std(axis=0)
    y_center, y_scale = y_train.mean(), y_train.std()
    return (
        (X_train - x_center) / x_scale,
        (X_test - x_center) / x_scale,
        (y_train - y_center) / y_scale,
        (y_test - y_center) / y_scale,
    )


class Kernel:
    """Covariances as functions of the logarithms of variance, length scales and noise.

    Parameters
    ----------
    theta : vector of n_features + 2 elements
    """

    def __init__(self, theta):
        self.variance = pt.exp(theta[0])
        self.scales = pt.exp(theta[1:-1])
        self.noise = pt.exp(theta[-1])

    def between(self, A, B):
        A, B = A / self.scales, B / self.scales
        squares = (A**2).sum(axis=1)[:, None] + (B**2).sum(axis=1)[None, :] - 2 * A @ B.T
        return self.variance * pt.exp(-pt.maximum(squares, 0) / 2)

    def of_data(self, X):
        return self.between(X, X) + self.noise * pt.eye(X.shape[0])


def log_likelihood(L, y):
    """log N(y; 0, L L'), by Rasmussen and Williams (2006), equation 2.30."""
    whitened = solve_triangular(L, y, lower=True)
    n = y.shape[0]
    return -whitened @ whitened / 2 - pt.log(pt.diag(L)).sum() - n * np.log(2 * np.pi) / 2


def build():
    """The negative log likelihood with its gradient, and the predictive mean and deviation."""
    X, y, X_new, theta = pt.matrix("X"), pt.vector("y"), pt.matrix("X_new"), pt.vector("theta")
    kernel = Kernel(theta)
    L = cholesky(kernel.of_data(X))
    loss = -log_likelihood(L, y)
    value_and_gradient = lamina.function(
        [theta, X, y], [loss, lamina.grad(loss, theta)], name="value_and_gradient"
    )

    across = solve_triangular(L, kernel.between(X, X_new), lower=True)
    mean = across.T @ solve_triangular(L, y, lower=True)
    variance = kernel.variance + kernel.noise - (across**2).sum(axis=0)
    predict = lamina.function([theta, X, y, X_new], [mean, pt.sqrt(variance)], name="predict")
    return value_and_gradient, predict


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200)
    arguments = parser.parse_args()

    X, X_test, y, y_test = load_data()
    value_and_gradient, predict = build()
    start = np.concatenate([[0.0], np.full(X.shape[1], np.log(3.0)), [0.0]])
    found = scipy.optimize.minimize(
        value_and_gradient, start, args=(X, y), jac=True, options={"maxiter": arguments.steps}
    )
    mean, deviation = predict(found.x, X, y, X_test)
    within = np.abs(mean - y_test) < 1.96 * deviation

    print(f"log marginal likelihood at the start: {-value_and_gradient(start, X, y)[0]:.4f}")
    print(f"log marginal likelihood: {-found.fun:.4f}")
    print("log hyperparameters:", " ".join(f"{t:.8f}" for t in found.x))
    print(f"test RMSE: {np.sqrt(np.mean((mean - y_test) ** 2)):.4f}")
    print(f"test RMSE of the mean: {np.sqrt(np.mean(y_test**2)):.4f}")
    print(f"within 95% intervals: {within.mean():.2f}")


if __name__ == "__main__":
    main()
