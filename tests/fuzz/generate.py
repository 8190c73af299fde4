"""Random graphs by seed, with arrays on which their meaning is sure."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.tensor_type import DTYPES
from lamina.ir.graph.variable import Variable
from tests.fuzz import library_steps, steps
from tests.fuzz.evaluation import VARIANTS, Samples, Unstable, evaluate
from tests.fuzz.graph import NAMES, Graph, Input, Rejected, values

Steps = Sequence[tuple[Callable[[Any], str], float]]

FLOATS = ("float64", "float32", "float16")
LARGEST = 1e5  # values grow no further, so that the ULP of the largest intermediate stays small
MOST_ELEMENTS = 20_000
_FORMS = (
    "as it is",
    "Fortran",
    "strided",
    "backward",
    "unaligned",
    "read-only",
    "other byte order",
)


class Generator:
    """Draws one graph; every choice depends on the seed and the kinds of steps alone."""

    def __init__(self, seed: int, choices: Steps):
        self.draw = random.Random(seed)
        self.makers = [f for f, _ in choices]
        self.weights = [w for _, w in choices]
        self.noise = np.random.default_rng(seed)
        letters = "abc"
        pool = (2, 3, 4, 5, 7, 9) if self.draw.random() < 0.9 else (17, 33, 70)
        sizes = {c: self.draw.choice(pool) for c in letters} | {"1": 1}
        if self.draw.random() < 0.1:
            sizes["c"] = self.draw.choice((0, 1))
        other = {c: self.draw.choice((0, 1, 2, 3, 6, 8, 65)) for c in letters} | {"1": 1}
        self.graph = Graph(seed, [], sizes, other, special=self.draw.random() < 0.2)
        self.known: dict[Variable, Samples] = {}
        self.names: dict[str, Any] = NAMES.copy()
        self.variables: list[str] = []
        self.used: set[str] = set()
        main = self.draw.choice((*FLOATS[:2], *FLOATS, *DTYPES))
        self.dtypes = [main, main, self.draw.choice(DTYPES)]

    def run(self) -> Graph:
        for _ in range(self.draw.randint(1, 4)):
            self._add_input()
        wanted = self.draw.randint(3, 30)
        for _ in range(40 * wanted):
            if len(self.graph.steps) >= wanted:
                break
            self._try_step()
        unused = [n for n in self.variables if n not in self.used and not n.startswith("x")]
        others = [n for n, _ in self.graph.steps if n in self.used]
        self.draw.shuffle(others)
        self.graph.outputs = (unused + others[: self.draw.choice((0, 0, 1, 2))])[
            -8:
        ] or self.variables[-1:]
        if self.draw.random() < 0.05:
            self.graph.outputs.append(self.draw.choice(self.variables))
        self._add_updates()
        return self.graph

    # -- inputs ------------------------------------------------------------------------------------

    def _add_input(self, number: int | None = None) -> str:
        draw = self.draw
        name = f"x{len(self.graph.inputs)}"
        if number is not None:
            given = Input(
                name, draw.choice(("int64", "int64", "int8")), (), (), False, "as it is", 0, number
            )
        else:
            rank = draw.choice((0, 1, 1, 2, 2, 2, 3, 3, 4))
            lengths = tuple(draw.choice("aabbc1") for _ in range(rank))
            static = tuple(n == "1" or draw.random() < 0.3 for n in lengths)
            for c in (n for n, s in zip(lengths, static, strict=True) if s):
                self.graph.other_sizes[c] = self.graph.sizes[c]
            form = draw.choice(_FORMS) if draw.random() < 0.5 else "as it is"
            given = Input(
                name,
                draw.choice(self.dtypes),
                lengths,
                static,
                draw.random() < 0.15,
                form,
                draw.randrange(1 << 30),
            )
        self.graph.inputs.append(given)
        variable = self.names[name] = eval(given.text(self.graph.sizes), self.names)
        array = values(given, self.graph.sizes, self.graph.special)
        self.known[variable] = [array] * (VARIANTS + 1)
        self.variables.append(name)
        return name

    def _add_updates(self) -> None:
        for i in self.graph.inputs:
            if not i.shared or self.draw.random() < 0.3:
                continue
            kind = self.names[i.name].type
            fitting = [n for n, _ in self.graph.steps if kind.is_super(self.names[n].type)]
            if fitting:
                self.graph.updates.append((i.name, self.draw.choice(fitting)))

    # -- steps -------------------------------------------------------------------------------------

    def _try_step(self) -> None:
        make = self.draw.choices(self.makers, self.weights)[0]
        before = len(self.graph.inputs)
        try:
            text = make(self)
            self._accept(text)
        except Rejected as reason:
            self.graph.rejected[str(reason)] += 1
        except Unstable:
            self.graph.rejected["decided by rounding errors"] += 1
        except (
            TypeError,
            ValueError,
            IndexError,
            OverflowError,
            AssertionError,
            NotImplementedError,
        ) as error:
            self.graph.rejected[f"{make.__name__.lstrip('_')}: {type(error).__name__}"] += 1
        else:
            return
        for given in self.graph.inputs[before:]:  # an index drawn for nothing
            self.variables = [n for n in self.variables if n != given.name]
        del self.graph.inputs[before:]

    def _accept(self, text: str) -> None:
        variable = eval(text, self.names)
        if not isinstance(variable, Variable) or variable in self.known:
            raise Rejected("nothing new")
        known = dict(self.known)
        with np.errstate(all="ignore"):
            (samples,) = evaluate([variable], known, self.noise)
        for v, arrays in known.items():
            if v not in self.known:
                self._check_values(arrays)
        self.known = known
        name = f"v{len(self.graph.steps)}"
        self.graph.steps.append((name, text))
        self.names[name] = variable
        self.variables.append(name)
        self.used.update(n for n in self.variables if _mentions(text, n))

    def _check_values(self, samples: Samples) -> None:
        first = samples[0]
        if first.size > MOST_ELEMENTS:
            raise Rejected("too large")
        if first.dtype.kind not in "fc" or not first.size:
            return
        finite = np.isfinite(first)
        if not finite.all() and (not self.graph.special or first.dtype.kind == "c"):
            # which part of a complex number is lost beside an infinite one is a matter of formulas
            raise Rejected("not finite")
        sizes = np.abs(first[finite]).astype(float)
        if sizes.size and sizes.max() > (LARGEST if first.dtype != np.float16 else 500):
            raise Rejected("too large a number")
        if sizes.size and 0 < sizes[sizes > 0].min(initial=1) < (
            1e-5 if first.dtype != np.float16 else 1e-2
        ):
            raise Rejected("too small a number")
        with np.errstate(all="ignore"):
            spread = max(
                np.abs((other - first)[finite].astype(complex)).max(initial=0)
                for other in samples[1:]
            )
        if spread > np.finfo(first.dtype).eps ** 0.6 * max(1, sizes.max(initial=0)):
            raise Rejected("rounding errors magnified")

    # -- operands ----------------------------------------------------------------------------------

    def pick(self, accept: Callable[[Any], bool] = lambda v: True) -> str:
        """The name of a variable, a late one more often."""
        fitting = [n for n in self.variables if accept(self.names[n])]
        if not fitting:
            raise Rejected("no operand")
        if self.draw.random() < 0.5:
            return fitting[-min(len(fitting), 1 + int(self.draw.expovariate(0.7)))]
        return self.draw.choice(fitting)

    def value(self, name: str) -> np.ndarray:
        return self.known[self.names[name]][0]

    def integer(self, low: int, high: int) -> str:
        """An integer in [low, high]: a literal, or a new input with that value."""
        number = self.draw.randint(low, high)
        return self._add_input(number) if self.draw.random() < 0.2 else str(number)

    def literal(self) -> str:
        return self.draw.choice(
            ("0", "1", "2", "-1", "3", "0.5", "2.0", "-1.5", "0.1", "True", "1.0", "0.0")
        )

    def partner(self, name: str) -> str:
        """An operand that broadcasts with `name`, or a number."""
        shape, chance = self.value(name).shape, self.draw.random()
        if chance < 0.25:
            return self.literal()

        def fits(v: Any) -> bool:
            other = self.known[v][0].shape if v in self.known else ()
            return all(n == m for n, m in zip(reversed(other), reversed(shape), strict=False))

        other = self.pick(fits)
        if chance > 0.9 and self.names[other].ndim:
            axis = self.draw.randint(0, self.names[other].ndim)
            return f"pt.expand_dims({other}, {axis})"
        return other

    def axes(self, ndim: int) -> str:
        chance = self.draw.random()
        if chance < 0.3 or not ndim:
            return "None"
        if chance < 0.75:
            return str(self.draw.randrange(-ndim, ndim))
        chosen = self.draw.sample(range(ndim), self.draw.randint(0 if chance > 0.97 else 1, ndim))
        return f"({', '.join(map(str, chosen))},)" if chosen else "()"


def _mentions(text: str, name: str) -> bool:
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not text[end : end + 1].isdigit() and not text[at - 1 : at].isalnum():
            return True
        at = text.find(name, end)
    return False


def generate(seed: int, choices: Steps = (*steps.STEPS, *library_steps.STEPS)) -> Graph:
    """The graph of a seed.

    Parameters
    ----------
    seed : int
    choices : sequence of (callable, float)
        What draws a step, and how often it does.
    """
    return Generator(seed, choices).run()
