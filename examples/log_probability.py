"""Hamiltonian Monte Carlo for a model that is stated as draws: eight schools.

How much coaching helps in each school is drawn around a common effect, and measured with an error
that is known (D. B. Rubin, Journal of Educational Statistics 6 (1981) 377). `logp` makes the
density of the draws, its gradient moves the chain, and all of that is one compiled loop. The
posterior of the common effect and of the spread of the schools is known by integration.
"""

import argparse
import time

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.graph import graph_replace
from lamina.logprob import logp

EFFECTS = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
ERRORS = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])


def generative_graph():
    """The common effect, the logarithm of the spread, the deviations of the schools in units of it,
    and the measurements: draws, of which the last ones depend on the others.
    """
    random = pt.random.RandomStream(seed=1)
    common = random.normal(0, 5)
    log_spread = pt.log(random.halfcauchy(0, 5))
    deviations = random.normal(0, 1, size=EFFECTS.shape)
    effects = common + pt.exp(log_spread) * deviations
    return common, log_spread, deviations, random.normal(effects, ERRORS)


def log_posterior(position):
    """The logarithm of the joint density at a position, and its gradient.

    Parameters
    ----------
    position : vector
        Values of all but the measurements.
    """
    common, log_spread, deviations, measured = generative_graph()
    values = {common: position[0], log_spread: position[1], deviations: position[2:]}
    terms = [logp(rv, value).sum() for rv, value in {**values, measured: EFFECTS}.items()]
    # each density is one given the draws that it depends on: at their values
    density = graph_replace(sum(terms), values)
    return density, lamina.grad(density, position)


def build_sampler(seed, width=0.4, leaps=8):
    """A function from a start and a number of steps to the chain, and whether each proposal was
    taken (R. M. Neal, Handbook of Markov Chain Monte Carlo, 2011, chapter 5).
    """
    size = 2 + len(EFFECTS)
    start, n_steps = pt.vector("start", shape=(size,)), pt.lscalar("n_steps")
    x = pt.vector("x", shape=(size,))
    density_of_x, slope_of_x = log_posterior(x)

    def density(position):
        return graph_replace(density_of_x, {x: position})

    def slope(position):
        return graph_replace(slope_of_x, {x: position})

    def leap(position, momentum):
        momentum = momentum + width / 2 * slope(position)
        position = position + width * momentum
        return position, momentum + width / 2 * slope(position)

    def step(position, before, rng):
        next_rng, momentum = rng.normal(0, 1, size=(size,))
        next_rng, u = next_rng.uniform()
        (positions, momenta), _ = lamina.scan(
            leap, outputs_info=[position, momentum], n_steps=leaps
        )
        proposal = positions[-1]
        after = density(proposal)
        gained = after - (momenta[-1] ** 2).sum() / 2 - before + (momentum**2).sum() / 2
        taken = pt.log(u) < gained
        kept = pt.switch(taken, proposal, position), pt.switch(taken, after, before)
        return [*kept, taken], {rng: next_rng}

    rng = pt.random.shared_rng(seed=seed)
    (chain, _, taken), updates = lamina.scan(
        step,
        outputs_info=[start, density(start), None],
        non_sequences=[rng],
        n_steps=n_steps,
    )
    return lamina.function([start, n_steps], [chain, taken], updates=updates, name="sample")


def exact_posterior():
    """Mean and standard deviation of the common effect and of the logarithm of the spread, by sums
    over a grid, as the schools integrate out.
    """
    common, log_spread = np.meshgrid(np.linspace(-20, 30, 1001), np.linspace(-12, 6, 1001))
    spread = np.exp(log_spread)
    logs = -(common**2) / 50 + log_spread - np.log1p(spread**2 / 25)
    for effect, error in zip(EFFECTS, ERRORS, strict=True):
        variance = error**2 + spread**2
        logs -= ((effect - common) ** 2 / variance + np.log(variance)) / 2
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    means = [(weights * v).sum() for v in (common, log_spread)]
    return [
        (mean, np.sqrt((weights * (v - mean) ** 2).sum()))
        for mean, v in zip(means, (common, log_spread), strict=True)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=2)
    arguments = parser.parse_args()

    sample = build_sampler(arguments.seed)
    burn_in, _ = sample(np.zeros(2 + len(EFFECTS)), arguments.steps // 10)
    begin = time.perf_counter()
    chain, taken = sample(burn_in[-1], arguments.steps)
    seconds = time.perf_counter() - begin

    names = ("common effect", "log of the spread")
    for name, draws, (mean, deviation) in zip(names, chain.T[:2], exact_posterior(), strict=True):
        exactly = f"exactly {mean:.3f} +- {deviation:.3f}"
        print(f"{name}: {draws.mean():.3f} +- {draws.std():.3f}, {exactly}")
    print(f"proposals taken: {taken.mean():.2f}")
    print(f"time a step: {seconds / arguments.steps * 1e6:.1f} us")


if __name__ == "__main__":
    main()
