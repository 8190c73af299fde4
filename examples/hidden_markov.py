"""A hidden Markov model, whose parameters are found from observations by gradient.

The likelihood is summed over all paths of the hidden states by the forward algorithm, in logarithms
(Rabiner, A Tutorial on Hidden Markov Models, 1989, equations 19 to 21), which is a loop over the
observations. The states emit normal numbers of different means.
"""

import argparse

import numpy as np
import scipy.optimize

import lamina
import lamina.tensor as pt

STAY = 0.95
MEANS = np.array([-1.0, 2.0])
DEVIATION = 0.7


def generate(n, rng):
    """Hidden states and what they emit."""
    states = [0]
    for _ in range(n - 1):
        states.append(states[-1] if rng.random() < STAY else 1 - states[-1])
    states = np.array(states)
    return states, MEANS[states] + DEVIATION * rng.standard_normal(n)


def build():
    """The negative log likelihood with its gradient, and the probabilities of the states."""
    theta, data = pt.vector("theta"), pt.vector("data")
    means, deviation = theta[:2], pt.exp(theta[2])
    stay = pt.sigmoid(theta[3:])
    rows = [pt.stack([stay[0], 1 - stay[0]]), pt.stack([1 - stay[1], stay[1]])]
    transition = pt.log(pt.stack(rows))
    z = (data[:, None] - means) / deviation
    emission = -(z**2) / 2 - pt.log(deviation) - np.log(2 * np.pi) / 2

    def forward(emitted, alpha, transition):
        return emitted + pt.logsumexp(alpha[:, None] + transition, axis=0)

    first = emission[0] - np.log(2)
    alphas, _ = lamina.scan(
        forward, sequences=emission[1:], outputs_info=first, non_sequences=transition
    )
    loss = -pt.logsumexp(alphas[-1])
    filtered = pt.special.softmax(alphas, axis=1)
    value_and_gradient = lamina.function(
        [theta, data], [loss, lamina.grad(loss, theta)], name="value_and_gradient"
    )
    return value_and_gradient, lamina.function([theta, data], filtered, name="filter")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--observations", type=int, default=1000)
    arguments = parser.parse_args()

    states, data = generate(arguments.observations, np.random.default_rng(0))
    value_and_gradient, probabilities = build()
    start = np.array([-0.5, 0.5, 0.0, 1.0, 1.0])
    found = scipy.optimize.minimize(
        lambda theta: value_and_gradient(theta, data), start, jac=True, method="BFGS"
    )
    theta = found.x
    guess = probabilities(theta, data).argmax(axis=1)
    print(f"log likelihood: {-value_and_gradient(start, data)[0]:.2f} to {-found.fun:.2f}")
    print("means:", " ".join(f"{m:.2f}" for m in theta[:2]))
    print(f"deviation: {np.exp(theta[2]):.2f}")
    print("probabilities to stay:", " ".join(f"{1 / (1 + np.exp(-t)):.2f}" for t in theta[3:]))
    print(f"states found: {(guess == states[1:]).mean():.3f}")


if __name__ == "__main__":
    main()
