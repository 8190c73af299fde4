"""Logistic regression on the Wisconsin breast-cancer data, trained by gradient descent.

The update step is one compiled function: the loss, its gradients and the new parameters. To see
what becomes of it: ``lamina run --dump-ir --dump-dir DIR examples/logistic_regression.py``.
"""

import argparse
import sys

import matplotlib
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import lamina
import lamina.tensor as pt

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def load_data():
    """Standardised training and test data."""
    X, y = load_breast_cancer(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y.astype(float), random_state=0, stratify=y
    )
    center, scale = X_train.mean(axis=0), X_train.std(axis=0)
    return (X_train - center) / scale, (X_test - center) / scale, y_train, y_test


def build_model(n_features):
    """The training step, whose updates are the new parameters, and the prediction."""
    alpha = lamina.shared(0.0, name="alpha")
    beta = lamina.shared(np.zeros(n_features), name="beta")
    X, y, eta = pt.matrix("X"), pt.vector("y"), pt.scalar("learning_rate")

    p = pt.sigmoid(alpha + X @ beta)
    p.name = "p_class_1"
    loss = -(y * pt.log(p) + (1 - y) * pt.log(1 - p)).mean()
    loss.name = "cross_entropy"
    d_alpha, d_beta = lamina.grad(loss, wrt=[alpha, beta])

    updates = {alpha: alpha - eta * d_alpha, beta: beta - eta * d_beta}
    train = lamina.function([X, y, eta], loss, updates=updates, name="train")
    predict = lamina.function([X], p > 0.5, name="predict")
    return train, predict


def show_progress(step, n_steps, loss, width=40):
    """A bar on standard error; it grows in place on a terminal, is printed five times elsewhere."""
    in_place = sys.stderr.isatty()
    if in_place or step % -(-n_steps // 5) == 0 or step == n_steps:
        bar = "#" * (width * step // n_steps)
        end = "" if in_place and step < n_steps else "\n"
        start = "\r" if in_place else ""
        print(f"{start}[{bar:{width}}] {step}/{n_steps} loss {loss:.4f}", end=end, file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--picture", default="loss.png", help="where the loss curve is saved")
    arguments = parser.parse_args()

    X_train, X_test, y_train, y_test = load_data()
    train, predict = build_model(X_train.shape[1])
    losses = []
    for step in range(1, arguments.steps + 1):
        losses.append(float(train(X_train, y_train, 0.5)))
        show_progress(step, arguments.steps, losses[-1])

    accuracy = (predict(X_test) == y_test.astype(bool)).mean()
    figure, axes = plt.subplots()
    axes.plot(losses)
    axes.set(xlabel="step", ylabel="cross-entropy", title="Training", yscale="log")
    figure.savefig(arguments.picture)
    print(f"final loss: {losses[-1]:.4f}")
    print(f"test accuracy: {accuracy:.2f}")
    print(f"loss curve: {arguments.picture}")


if __name__ == "__main__":
    main()
