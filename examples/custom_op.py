"""An op of one's own: in Python, with a gradient, and with machine code by one short function.

Huber's loss is quadratic near 0 and linear further out. ``PythonHuber`` computes it by NumPy, which
compiled functions call; ``Huber`` adds ``lowering``, which says the same in Lamina's operators, and
compiled functions need no Python. Both fit a line to data with outliers.
"""

import argparse

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.compile import not_native
from lamina.graph import Apply, Op


class PythonHuber(Op):
    """x**2 / 2 where abs(x) <= delta, else delta * (abs(x) - delta / 2).

    Parameters
    ----------
    delta : float
    """

    __props__ = ("delta",)

    def __init__(self, delta=1.0):
        self.delta = delta

    def make_node(self, x):
        x = pt.as_tensor(x)
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        far = self.delta * (np.abs(x) - self.delta / 2)
        output_storage[0][0] = np.where(np.abs(x) <= self.delta, x**2 / 2, far)

    def grad(self, inputs, output_grads):
        return [output_grads[0] * pt.clip(inputs[0], -self.delta, self.delta)]


class Huber(PythonHuber):
    """The same in machine code."""

    def lowering(self, x):
        far = self.delta * (pt.abs(x) - self.delta / 2)
        return pt.switch(pt.abs(x) <= self.delta, x**2 / 2, far)


def fitting_step(huber, rate):
    """A function of data that does one step of gradient descent, and gives loss and line."""
    x, y = pt.dvectors("x", "y")
    line = lamina.shared(np.zeros(2), name="line")
    loss = huber(line[0] + line[1] * x - y).mean()
    updates = {line: line - rate * lamina.grad(loss, line)}
    return lamina.function([x, y], [loss, line], updates=updates)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300)
    arguments = parser.parse_args()

    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, 200)
    y = 1 + 3 * x + 0.1 * rng.normal(size=200)
    y[::10] += 50  # outliers
    for huber in (PythonHuber(0.5), Huber(0.5)):
        step = fitting_step(huber, rate=0.5)
        not_native.callbacks.clear()
        for _ in range(arguments.steps):
            loss, line = step(x, y)
        calls = sum(not_native.callbacks.values())
        print(f"{type(huber).__name__}: line {line[0]:.6f} {line[1]:.6f}, loss {loss:.6f}")
        print(f"{type(huber).__name__}, calls of Python: {calls}")


if __name__ == "__main__":
    main()
