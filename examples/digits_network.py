"""A network of two layers that reads handwritten digits: scikit-learn's 1797 pictures of 8 x 8.

The training step is one compiled function: the cross-entropy of a minibatch, its gradients by all
parameters, and the updates of parameters and momenta, which are shared variables.
"""

import argparse

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import lamina
import lamina.tensor as pt


def load_data():
    """Training and test data; pixels from 0 to 1."""
    X, y = load_digits(return_X_y=True)
    return train_test_split(X / 16, y, test_size=0.25, random_state=0, stratify=y)


class Network:
    """Pixels to logits of the ten digits, through hidden units.

    Parameters
    ----------
    n_pixels, n_hidden : int
    rng : numpy.random.Generator
    """

    def __init__(self, n_pixels, n_hidden, rng):
        def weights(name, n_in, n_out):
            return lamina.shared(rng.normal(scale=n_in**-0.5, size=(n_in, n_out)), name=name)

        self.W1, self.W2 = weights("W1", n_pixels, n_hidden), weights("W2", n_hidden, 10)
        self.b1 = lamina.shared(np.zeros(n_hidden), name="b1")
        self.b2 = lamina.shared(np.zeros(10), name="b2")
        self.parameters = [self.W1, self.b1, self.W2, self.b2]

    def logits(self, X):
        hidden = pt.tanh(X @ self.W1 + self.b1)
        return hidden @ self.W2 + self.b2


def momentum_step(loss, parameters, rate, decay=0.9):
    """Updates by which parameters move along a decaying sum of their gradients."""
    updates = {}
    for p, g in zip(parameters, lamina.grad(loss, parameters), strict=True):
        velocity = lamina.shared(np.zeros_like(p.get_value()), name=f"velocity of {p.name}")
        updates[velocity] = decay * velocity - rate * g
        updates[p] = p + updates[velocity]
    return updates


def build(network):
    """The training step on a minibatch, and the prediction."""
    X, y, rate = pt.matrix("X"), pt.lvector("y"), pt.scalar("rate")
    log_p = pt.log_softmax(network.logits(X), axis=1)
    loss = -log_p[pt.arange(y.shape[0]), y].mean()
    loss.name = "cross_entropy"
    updates = momentum_step(loss, network.parameters, rate)
    train = lamina.function([X, y, rate], loss, updates=updates, name="train")
    predict = lamina.function([X], pt.argmax(network.logits(X), axis=1), name="predict")
    return train, predict


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    rng = np.random.default_rng(arguments.seed)
    X_train, X_test, y_train, y_test = load_data()
    train, predict = build(Network(X_train.shape[1], arguments.hidden, rng))
    for epoch in range(1, arguments.epochs + 1):
        order = rng.permutation(len(y_train))
        batches = [order[i : i + arguments.batch] for i in range(0, len(order), arguments.batch)]
        losses = [float(train(X_train[b], y_train[b], arguments.rate)) for b in batches]
        if epoch == 1 or epoch % 10 == 0:
            print(f"epoch {epoch:3d}: loss {np.mean(losses):.4f}")

    print(f"train accuracy: {(predict(X_train) == y_train).mean():.3f}")
    print(f"test accuracy: {(predict(X_test) == y_test).mean():.3f}")


if __name__ == "__main__":
    main()
