"""Random draws: arrays of them, from PCG64, counter-based generators and NumPy's Philox, against
NumPy's Generator, and a walk in a loop.
"""

import numpy as np

import lamina
import lamina.tensor as pt
from benchmarks.timing import compare, show

DRAWS = {
    "uniform": (),
    "normal": (),
    "exponential": (),
    "integers": (0, 100),
    "gamma": (2.0, 1.0),
    "beta": (2.0, 3.0),
    "poisson": (3.0,),
    "binomial": (50, 0.4),
}


def main(n: int = 1_000_000) -> None:
    for name, parameters in DRAWS.items():
        rng = pt.random.shared_rng(seed=1)
        next_rng, x = getattr(rng, name)(*parameters, size=(n,))
        f = lamina.function([], x, updates={rng: next_rng})
        counted = pt.random.shared_rng(seed=1, counter_based=True)
        next_counted, x = getattr(counted, name)(*parameters, size=(n,))
        g = lamina.function([], x, updates={counted: next_counted})
        by_numpy = getattr(np.random.default_rng(1), name)
        by_philox = getattr(np.random.Generator(np.random.Philox(1)), name)
        times: dict[str, float] = {}
        for ways in (
            {"lamina": f, "numpy": lambda d=by_numpy, p=parameters: d(*p, size=n)},
            {"lamina, counter-based": g},
            {"numpy, Philox": lambda d=by_philox, p=parameters: d(*p, size=n)},
        ):
            times |= compare(ways, 5)
        show(f"{name}, {n} draws", times)
    walk(n)


def walk(n: int) -> None:
    """A step goes by a normal draw, or, of one in two, not at all."""
    rng = pt.random.shared_rng(seed=1)

    def step(x, rng):
        next_rng, move = rng.normal()
        next_rng, u = next_rng.uniform()
        return pt.switch(u < 0.5, x + move, x), {rng: next_rng}

    xs, updates = lamina.scan(step, outputs_info=[pt.constant(0.0)], non_sequences=[rng], n_steps=n)
    f = lamina.function([], xs[-1], updates=updates)
    normal = np.random.default_rng(1)

    def by_arrays():
        # not the numbers of the loop, which draws both kinds in turn, and with no loop in Python
        moves, kept = normal.normal(size=n), normal.uniform(size=n) < 0.5
        return np.cumsum(np.where(kept, moves, 0.0))[-1] * 0

    show(f"walk of {n} steps", compare({"lamina": lambda: f() * 0, "numpy, arrays": by_arrays}, 5))


if __name__ == "__main__":
    main()
