"""A Metropolis sampler in one compiled loop: the posterior of a line through noisy points.

Each step draws a proposal and a uniform number from one generator, which the loop carries along,
and the function keeps for its next call. The posterior is normal and known, so that the draws can
be compared with it.
"""

import argparse
import time

import numpy as np

import lamina
import lamina.tensor as pt

SIGMA, PRIOR = 0.5, 10.0  # standard deviations of the noise, and of each parameter before the data


def make_points(n=40):
    """Places and noisy heights of a line."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, size=n)
    return x, 0.7 - 1.3 * x + rng.normal(0, SIGMA, size=n)


def exact_posterior(x, y):
    """The mean and the covariance of intercept and slope."""
    design = np.column_stack([np.ones_like(x), x])
    precision = design.T @ design / SIGMA**2 + np.eye(2) / PRIOR**2
    covariance = np.linalg.inv(precision)
    return covariance @ design.T @ y / SIGMA**2, covariance


def build_sampler(x, y, seed):
    """A function from a start, a number of steps and their width to the chain, and whether each
    proposal was taken.
    """
    x, y = pt.constant(x), pt.constant(y)
    start, n_steps, width = (
        pt.vector("start", shape=(2,)),
        pt.lscalar("n_steps"),
        pt.scalar("width"),
    )

    def log_posterior(theta):
        residual = y - theta[0] - theta[1] * x
        return -(residual**2).sum() / (2 * SIGMA**2) - (theta**2).sum() / (2 * PRIOR**2)

    def step(theta, density, width, rng):
        next_rng, move = rng.normal(0, 1, size=(2,))
        next_rng, u = next_rng.uniform()
        proposal = theta + width * move
        proposed = log_posterior(proposal)
        taken = pt.log(u) < proposed - density
        kept = pt.switch(taken, proposal, theta), pt.switch(taken, proposed, density)
        return [*kept, taken], {rng: next_rng}

    rng = pt.random.shared_rng(seed=seed)
    (chain, _, taken), updates = lamina.scan(
        step,
        outputs_info=[start, log_posterior(start), None],
        non_sequences=[width, rng],
        n_steps=n_steps,
    )
    return lamina.function([start, n_steps, width], [chain, taken], updates=updates, name="sample")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=2)
    arguments = parser.parse_args()

    x, y = make_points()
    sample = build_sampler(x, y, arguments.seed)
    burn_in, _ = sample(np.zeros(2), arguments.steps // 10, 0.2)
    begin = time.perf_counter()
    chain, taken = sample(burn_in[-1], arguments.steps, 0.2)
    seconds = time.perf_counter() - begin

    mean, covariance = exact_posterior(x, y)
    for name, draws, m, s in zip(
        ("intercept", "slope"), chain.T, mean, np.sqrt(np.diag(covariance)), strict=True
    ):
        print(f"{name}: {draws.mean():.3f} +- {draws.std():.3f}, exactly {m:.3f} +- {s:.3f}")
    print(f"proposals taken: {taken.mean():.2f}")
    print(f"time a step: {seconds / arguments.steps * 1e9:.0f} ns")


if __name__ == "__main__":
    main()
