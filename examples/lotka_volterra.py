"""The rates of a predator-prey model, from noisy observations, by gradient through the solution.

The equations of Lotka and Volterra, dx/dt = (a - b y) x, dy/dt = (c x - d) y, are solved by Runge
and Kutta's method of fourth order in a loop. The gradient of the sum of squares goes back through
all its steps; SciPy's optimiser does the rest.
"""

import argparse

import numpy as np
import scipy.optimize

import lamina
import lamina.tensor as pt

STEP = 0.05
EVERY = 5  # steps from one observation to the next
TRUE = np.array([1.0, 0.5, 0.3, 0.8])
START = np.array([2.0, 1.0])


def slope(state, rates):
    """The derivative of the state (prey, predators) by time."""
    prey, predators = state[0], state[1]
    a, b, c, d = (rates[i] for i in range(4))
    return pt.stack([(a - b * predators) * prey, (c * prey - d) * predators])


def runge_kutta(state, rates):
    """The state one step later."""
    k1 = slope(state, rates)
    k2 = slope(state + STEP / 2 * k1, rates)
    k3 = slope(state + STEP / 2 * k2, rates)
    k4 = slope(state + STEP * k3, rates)
    return state + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def build():
    """The observed states for given rates; a loss of their logarithms, with its gradient."""
    rates, n, start = pt.vector("rates"), pt.lscalar("n"), pt.vector("start")
    states, _ = lamina.scan(runge_kutta, outputs_info=start, non_sequences=rates, n_steps=n)
    observed = states[EVERY - 1 :: EVERY]
    solve = lamina.function([rates, start, n], observed, name="solve")

    log_rates, data = pt.vector("log_rates"), pt.matrix("data")
    model = lamina.clone_replace(observed, {rates: pt.exp(log_rates)})
    loss = ((pt.log(model) - pt.log(data)) ** 2).mean()
    value_and_gradient = lamina.function(
        [log_rates, start, n, data], [loss, lamina.grad(loss, log_rates)], name="value_and_gradient"
    )
    return solve, value_and_gradient


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--observations", type=int, default=60)
    parser.add_argument("--noise", type=float, default=0.05, help="relative deviation")
    arguments = parser.parse_args()

    solve, value_and_gradient = build()
    n = arguments.observations * EVERY
    rng = np.random.default_rng(0)
    exact = solve(TRUE, START, n)
    data = exact * np.exp(arguments.noise * rng.standard_normal(exact.shape))

    guess = np.log([0.7, 0.7, 0.5, 0.5])
    found = scipy.optimize.minimize(
        lambda theta: value_and_gradient(theta, START, n, data), guess, jac=True, method="BFGS"
    )
    rates = np.exp(found.x)
    print("true rates:", " ".join(f"{r:.3f}" for r in TRUE))
    print("found rates:", " ".join(f"{r:.3f}" for r in rates))
    print(f"loss: {value_and_gradient(guess, START, n, data)[0]:.4f} to {found.fun:.4f}")
    print(f"largest relative error: {np.abs(rates / TRUE - 1).max():.3f}")


if __name__ == "__main__":
    main()
