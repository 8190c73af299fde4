"""The cost of a call on tiny arrays."""

import numpy as np

import lamina
import lamina.tensor as pt
from benchmarks.timing import compare, show


def main() -> None:
    x = pt.vector("x")
    v = np.arange(3.0)
    f = lamina.function([x], x + 1)
    show("x + 1, vector of 3", compare({"lamina": lambda: f(v), "numpy": lambda: v + 1}))

    a, b = pt.scalars("a", "b")
    g = lamina.function([a, b], a + b)
    show(
        "a + b, Python floats",
        compare({"lamina": lambda: g(1.5, 2.5), "numpy": lambda: np.add(1.5, 2.5)}),
    )

    xs = [pt.vector(f"x{i}") for i in range(5)]
    vs = [v + i for i in range(5)]
    h = lamina.function(xs, [x + i for i, x in enumerate(xs)])
    show(
        "5 vectors of 3 in, 5 out",
        compare({"lamina": lambda: h(*vs), "numpy": lambda: [u + i for i, u in enumerate(vs)]}),
    )
