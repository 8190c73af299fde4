"""One gradient step of logistic regression, against the formula written out in NumPy."""

import numpy as np

import lamina
import lamina.tensor as pt
from benchmarks.timing import compare, show


def compiled():
    """The reference's training step: loss and new parameters."""
    X, y, eta, alpha, beta = (
        pt.matrix("X"),
        pt.vector("y"),
        pt.scalar("eta"),
        pt.scalar("alpha"),
        pt.vector("beta"),
    )
    p = pt.sigmoid(alpha + X @ beta)
    loss = -(y * pt.log(p) + (1 - y) * pt.log(1 - p)).mean()
    d_alpha, d_beta = lamina.grad(loss, [alpha, beta])
    return lamina.function(
        [X, y, eta, alpha, beta], [loss, alpha - eta * d_alpha, beta - eta * d_beta]
    )


def by_hand(X, y, eta, alpha, beta):
    """The same, with the gradient in closed form."""
    z = alpha + X @ beta
    loss = np.mean(np.logaddexp(0, z) - y * z)
    residual = (1 / (1 + np.exp(-z)) - y) / len(y)
    return loss, alpha - eta * residual.sum(), beta - eta * (X.T @ residual)


def main() -> None:
    f = compiled()
    rng = np.random.default_rng(0)
    for rows, columns in ((100, 5), (10_000, 100), (200_000, 50)):
        X, y = rng.standard_normal((rows, columns)), (rng.random(rows) < 0.5).astype(float)
        arguments = (X, y, 0.1, 0.2, rng.standard_normal(columns))
        show(
            f"logistic-regression step {rows}x{columns}",
            compare(
                {
                    "lamina": lambda a=arguments: f(*a),
                    "numpy by hand": lambda a=arguments: by_hand(*a),
                },
                5,
            ),
        )
