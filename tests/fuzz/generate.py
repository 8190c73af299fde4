"""Random graphs, as Python source that builds them, with arrays on which their meaning is sure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.ir.graph.tensor_type import DTYPES
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.elementwise import Elemwise, all_elementwise, by_name
from tests.fuzz.evaluation import VARIANTS, Samples, Unstable, evaluate

FLOATS = ("float64", "float32", "float16")
LARGEST = 1e5  # values grow no further, so that the ULP of the largest intermediate stays small
MOST_ELEMENTS = 20_000
ELEMENTWISE = [op for op in all_elementwise() if op.scalar_op.pullback is not None or op.nin]
NAMES: dict[str, Any] = {"pt": pt, "np": np, "lamina": lamina, "by_name": by_name}
_FORMS = (
    "as it is",
    "Fortran",
    "strided",
    "backward",
    "unaligned",
    "read-only",
    "other byte order",
)


@dataclass
class Input:
    """An argument or shared variable of a graph.

    Attributes
    ----------
    lengths : tuple of str
        For each dimension the letter of a length that several share, or "1".
    static : tuple of bool
        Whether each length is part of the type.
    number : int or None
        The value, for an integer that is an index or a length.
    fixed : ndarray or None
        The value, whatever the lengths; then `lengths` is empty, `shape_of_type` the static shape.
    """

    name: str
    dtype: str
    lengths: tuple[str, ...]
    static: tuple[bool, ...]
    shared: bool
    form: str
    seed: int
    number: int | None = None
    fixed: np.ndarray | None = None
    shape_of_type: tuple[int | None, ...] = ()

    def shape(self, sizes: dict[str, int]) -> tuple[int, ...]:
        return tuple(sizes[n] for n in self.lengths)

    def text(self, sizes: dict[str, int]) -> str:
        shape = tuple(n if s else None for n, s in zip(self.shape(sizes), self.static, strict=True))
        shape = shape if self.fixed is None else self.shape_of_type
        if self.shared:
            zeros = f"np.zeros({self.shape(sizes)}, {self.dtype!r})"
            return f"lamina.shared({zeros}, {self.name!r}, shape={shape})"
        return f"pt.tensor({self.name!r}, dtype={self.dtype!r}, shape={shape})"


@dataclass
class Graph:
    """A random graph.

    Attributes
    ----------
    steps : list of (str, str)
        Names, and the expressions that they stand for.
    outputs : list of str
    updates : list of (str, str)
        Shared variables and their new values.
    sizes, other_sizes : dict
        Lengths by letter, for the first and the second call.
    special : bool
        Whether the data have NaN and infinities, which asks for strict_ieee and no stabilization.
    """

    seed: int
    inputs: list[Input]
    sizes: dict[str, int]
    other_sizes: dict[str, int]
    special: bool
    steps: list[tuple[str, str]] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    updates: list[tuple[str, str]] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)

    def build(self) -> dict[str, Any]:
        """The variables by name."""
        names: dict[str, Any] = NAMES.copy()
        for i in self.inputs:
            names[i.name] = eval(i.text(self.sizes), names)
        for name, text in self.steps:
            names[name] = eval(text, names)
        return names

    def source(self, sizes: dict[str, int]) -> str:
        """A Python program that builds the graph, compiles it and calls it."""
        data = self.data(sizes)
        lines = ["import numpy as np", "import lamina, lamina.tensor as pt", ""]
        if any("by_name" in text for _, text in self.steps):
            lines.insert(2, "from lamina.ir.ops.elementwise import by_name")
        for i in self.inputs:
            lines.append(f"{i.name} = {i.text(sizes)}")
            if i.shared:
                lines.append(f"{i.name}.set_value({_literal(data[i.name])})")
        lines += [f"{name} = {text}" for name, text in self.steps]
        arguments = [i for i in self.inputs if not i.shared]
        inputs = ", ".join(i.name for i in arguments)
        updates = "".join(f"({s}, {n}), " for s, n in self.updates)
        updates = f", updates=[{updates}]" if updates else ""
        outputs = ", ".join(self.outputs)
        unused = "on_unused_input='ignore'"
        lines.append(f"f = lamina.function([{inputs}], [{outputs}]{updates}, {unused})")
        lines.append(f"print(f({', '.join(_literal(data[i.name]) for i in arguments)}))")
        return "\n".join(lines)

    def data(self, sizes: dict[str, int]) -> dict[str, np.ndarray]:
        """Values of the inputs, C-contiguous."""
        return {i.name: values(i, sizes, self.special) for i in self.inputs}


def _literal(array: np.ndarray) -> str:
    text = repr(array.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
    return f"np.array({text}, {array.dtype.name!r}).reshape({array.shape})"


def values(i: Input, sizes: dict[str, int], special: bool) -> np.ndarray:
    """The values of an input."""
    if i.fixed is not None:
        return i.fixed
    if i.number is not None:
        return np.array(i.number, i.dtype)
    shape = i.shape(sizes)
    draw = np.random.default_rng([i.seed, *shape])
    kind = np.dtype(i.dtype).kind
    if kind == "b":
        return np.asarray(draw.random(shape) < 0.6)
    if kind in "iu":
        numbers = draw.integers(0 if kind == "u" else -5, 6, shape)
        if i.seed % 7 == 0:
            limits = np.iinfo(i.dtype)
            extremes = draw.choice(
                np.array([limits.min, limits.max, limits.max - 1], i.dtype), shape
            )
            return np.asarray(np.where(draw.random(shape) < 0.3, extremes, numbers.astype(i.dtype)))
        return np.asarray(numbers.astype(i.dtype))
    numbers = draw.normal(0, 1.5, shape)
    if i.seed % 4 == 0:
        numbers = np.round(numbers)
    if kind == "c":
        numbers = numbers + 1j * draw.normal(0, 1.5, shape)
    numbers = np.asarray(numbers, i.dtype)
    if special and kind == "f":
        rare = draw.choice([np.nan, np.inf, -np.inf, 0.0, -0.0], shape)
        numbers = np.where(draw.random(shape) < 0.15, rare, numbers).astype(i.dtype)
    return np.asarray(numbers)


class Generator:
    """Draws one graph; every choice depends on the seed alone."""

    def __init__(self, seed: int):
        self.draw = random.Random(seed)
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
        kind, make = self.draw.choices(STEPS, WEIGHTS)[0]
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
            self.graph.rejected[f"{kind}: {type(error).__name__}"] += 1
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


class Rejected(Exception):
    """The draw leads to nothing that could be compared."""


def _mentions(text: str, name: str) -> bool:
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not text[end : end + 1].isdigit() and not text[at - 1 : at].isalnum():
            return True
        at = text.find(name, end)
    return False


def _into(op: Elemwise, i: int, name: str, g: Generator) -> str:
    """`name`, moved into the domain of operand `i` of `op` more often than not."""
    fact = op.scalar_op
    low, high = fact.domains[i] if fact.domains else fact.domain
    if (
        g.names.get(name, None) is not None
        and g.names[name].dtype not in FLOATS
        or g.draw.random() < 0.4
    ):
        return name
    if not np.isinf(high) and high - low < 3:
        return f"(pt.tanh({name}) * {(high - low) / 2} + {(high + low) / 2})"
    if not np.isinf(low) and np.isinf(high):
        return f"(abs({name}) + {low})"
    return name


def _elementwise(g: Generator) -> str:
    op = g.draw.choice(ELEMENTWISE)
    names = [g.pick()]
    while len(names) < op.nin:
        names.append(g.partner(names[0]))
    if op.nin == 3 and g.draw.random() < 0.7:
        names[0] = (
            g.pick(lambda v: v.dtype == "bool") if op.scalar_op.name == "switch" else names[0]
        )
    elif g.draw.random() < 0.3:
        names.reverse()
    operands = [_into(op, i, n, g) for i, n in enumerate(names)]
    return f"{_public_name(op)}({', '.join(operands)})"


def _public_name(op: Elemwise) -> str:
    name = next((k for k, v in vars(pt).items() if v is op), None)
    return f"by_name({op.scalar_op.name!r})" if name is None else f"pt.{name}"


def _operator(g: Generator) -> str:
    x = g.pick()
    y = g.partner(x)
    if g.draw.random() < 0.3:
        x, y = y, x
    return f"({x} {g.draw.choice('+ - * / + - * // % **'.split())} {y})"


def _compare(g: Generator) -> str:
    x = g.pick()
    if g.draw.random() < 0.3:
        return f"pt.{g.draw.choice(('eq', 'neq'))}({x}, {g.partner(x)})"
    return f"({x} {g.draw.choice('< <= > >='.split())} {g.partner(x)})"


def _switch(g: Generator) -> str:
    condition = g.pick(lambda v: v.dtype == "bool")
    x = g.partner(condition)
    return f"pt.switch({condition}, {x}, {g.partner(condition)})"


def _cast(g: Generator) -> str:
    return f"pt.cast({g.pick()}, {g.draw.choice(DTYPES)!r})"


def _reduce(g: Generator) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    name = g.draw.choice(
        "sum sum sum prod max min mean var std all any argmax argmin logsumexp".split()
    )
    keep = ", keepdims=True" if g.draw.random() < 0.3 else ""
    axis = g.axes(g.names[x].ndim)
    return f"pt.{name}({x}, axis={axis}{keep})"


def _shuffle(g: Generator) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    ndim = g.names[x].ndim
    order: list[Any] = [d for d in range(ndim) if g.value(x).shape[d] != 1 or g.draw.random() < 0.5]
    if g.draw.random() < 0.7:
        g.draw.shuffle(order)
    for _ in range(g.draw.choice((0, 0, 1, 2))):
        if len(order) < 5:
            order.insert(g.draw.randint(0, len(order)), "x")
    chance = g.draw.random()
    if chance < 0.25:
        return f"{x}.T"
    if chance < 0.35:
        return f"pt.expand_dims({x}, {g.draw.randint(-ndim - 1, ndim)})"
    if chance < 0.4:
        return f"pt.squeeze({x})"
    if chance < 0.5:
        return f"pt.moveaxis({x}, {g.draw.randrange(ndim)}, {g.draw.randrange(-ndim, 0)})"
    return f"{x}.dimshuffle({', '.join(map(repr, order))})" if order else f"{x}.squeeze()"


def _reshape(g: Generator) -> str:
    x = g.pick()
    size = g.value(x).size
    chance = g.draw.random()
    if chance < 0.2:
        return f"pt.flatten({x}, {g.draw.randint(1, max(1, g.names[x].ndim))})"
    if chance < 0.3 and g.names[x].ndim > 1:
        shape = [f"{x}.shape[{i}]" for i in range(g.names[x].ndim)]
        g.draw.shuffle(shape)
        return f"pt.reshape({x}, ({', '.join(shape)},))"
    lengths, rest = [], size
    while rest > 1 and len(lengths) < 3:
        divisors = [d for d in range(1, rest + 1) if rest % d == 0]
        lengths.append(g.draw.choice(divisors))
        rest //= lengths[-1]
    lengths.append(rest)
    g.draw.shuffle(lengths)
    texts = [g.integer(n, n) for n in lengths]
    if g.draw.random() < 0.4:
        texts[g.draw.randrange(len(texts))] = "-1"
    return f"pt.reshape({x}, ({', '.join(texts)},))"


def _bound(g: Generator, n: int) -> str:
    if g.draw.random() < 0.35:
        return ""
    return g.integer(-n - 1, n + 1)


def _index(g: Generator, x: str) -> str:
    entries = []
    shape = g.value(x).shape
    for n in shape[: g.draw.randint(1, len(shape))]:
        chance = g.draw.random()
        if chance < 0.3 and n:
            entries.append(g.integer(-n, n - 1))
        elif chance < 0.4:
            entries.append(":")
        else:
            step = g.draw.choice(("", "", "", "-1", "2", "-2", "3", "1"))
            if g.draw.random() < 0.1:
                step = g.integer(*g.draw.choice(((1, 2), (-2, -1))))
            entries.append(f"{_bound(g, n)}:{_bound(g, n)}" + (f":{step}" if step else ""))
    if g.draw.random() < 0.1:
        entries.insert(g.draw.randint(0, len(entries)), "None")
    if g.draw.random() < 0.1:
        entries.insert(g.draw.choice((0, len(entries))), "...")
    return ", ".join(entries)


def _subtensor(g: Generator) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    return f"{x}[{_index(g, x)}]"


def _update(g: Generator) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    part = f"{x}[{_index(g, x)}]"
    shape = g.value(x)[tuple(0 for _ in ())].shape
    shape = evaluate([eval(part, g.names)], dict(g.known), g.noise)[0][0].shape
    chance = g.draw.random()
    if chance < 0.4:
        y = g.literal()
    elif chance < 0.6:
        y = f"({part} * 2)"
    else:
        y = g.pick(
            lambda v: (
                v.ndim <= len(shape)
                and all(
                    n in (m, 1)
                    for n, m in zip(reversed(g.known[v][0].shape), reversed(shape), strict=False)
                )
            )
        )
    return f"{part}.{g.draw.choice(('set', 'inc'))}({y})"


def _join(g: Generator) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    shape = g.value(x).shape
    axis = g.draw.randrange(len(shape))

    def fits(v: Any) -> bool:
        other = g.known[v][0].shape
        return len(other) == len(shape) and all(
            i == axis or n == m for i, (n, m) in enumerate(zip(other, shape, strict=True))
        )

    parts = [x] + [g.pick(fits) for _ in range(g.draw.randint(1, 3))]
    g.draw.shuffle(parts)
    if g.draw.random() < 0.3:
        same = [n for n in parts if g.value(n).shape == shape]
        return f"pt.stack([{', '.join(same)}], axis={g.draw.randint(0, len(shape))})"
    return f"pt.concatenate([{', '.join(parts)}], axis={axis})"


def _product(g: Generator) -> str:
    a = g.pick(lambda v: v.ndim > 0)
    k = g.value(a).shape[-1]
    name = g.draw.choice(("dot", "matmul", "dot", "matmul", "outer", "gram"))
    if name == "outer":
        return f"pt.outer({a}, {g.pick(lambda v: v.ndim == 1)})"
    if name == "gram" and g.names[a].ndim >= 2:
        return g.draw.choice((f"({a} @ {a}.mT)", f"({a}.mT @ {a})"))
    if g.value(a).size > 3000:
        raise Rejected("too large")
    b = g.pick(
        lambda v: (
            v.ndim
            and g.known[v][0].size <= 3000
            and g.known[v][0].shape[-2 if v.ndim > 1 else -1] == k
        )
    )
    c = g.draw.choice(("", "", f" * {g.literal()}"))
    return f"(pt.{'dot' if name == 'gram' else name}({a}, {b}){c})"


def _make(g: Generator) -> str:
    chance = g.draw.random()
    dtype = g.draw.choice(g.dtypes)
    if chance < 0.25:
        lengths = [
            g.integer(0 if g.draw.random() < 0.1 else 1, 4) for _ in range(g.draw.randint(1, 3))
        ]
        fill = g.draw.choice(
            (f"pt.zeros(({{}},), {dtype!r})", f"pt.ones(({{}},), {dtype!r})", "pt.full(({},), 3)")
        )
        return fill.format(", ".join(lengths))
    if chance < 0.4:
        x = g.pick()
        n = g.integer(1, 3)
        lengths = [n, *(f"{x}.shape[{i}]" for i in range(g.names[x].ndim))]
        return f"pt.broadcast_to({x}, ({', '.join(lengths)},))"
    if chance < 0.5:
        return f"pt.{g.draw.choice(('zeros_like', 'ones_like'))}({g.pick()})"
    if chance < 0.75:
        step = g.draw.choice(("1", "2", "-1", "3"))
        start, stop = g.integer(-2, 2), g.integer(3, 9)
        if step == "-1":
            start, stop = stop, start
        kind = (
            g.draw.choice(("", "", f", dtype={dtype!r}"))
            if dtype[:4] not in ("bool", "comp")
            else ""
        )
        return f"pt.arange({start}, {stop}, {step}{kind})"
    if chance < 0.85:
        return f"pt.eye({g.integer(1, 4)}, {g.integer(1, 4)}, {g.integer(-1, 2)}, dtype={dtype!r})"
    x = g.pick(lambda v: v.ndim == 0)
    return f"pt.stack([{x}, {g.pick(lambda v: v.ndim == 0)}, {g.literal()}])"


def _shape(g: Generator) -> str:
    x = g.pick(lambda v: v.ndim > 0)
    chance = g.draw.random()
    if chance < 0.5:
        return f"{x}.shape[{g.draw.randrange(g.names[x].ndim)}]"
    if chance < 0.6:
        return f"{x}.size"
    if chance < 0.8:
        shape = [n if g.draw.random() < 0.5 else None for n in g.value(x).shape]
        return f"pt.specify_shape({x}, {shape})"
    return f"{x}.shape"


_ALL: Iterable[tuple[Callable[[Generator], str], float]] = (
    (_elementwise, 6),
    (_operator, 4),
    (_compare, 1),
    (_switch, 1.5),
    (_cast, 1),
    (_reduce, 3),
    (_shuffle, 1.5),
    (_reshape, 1.5),
    (_subtensor, 3),
    (_update, 1.5),
    (_join, 1.5),
    (_product, 1.5),
    (_make, 1),
    (_shape, 0.7),
)
STEPS = [(f.__name__[1:], f) for f, _ in _ALL]
WEIGHTS = [w for _, w in _ALL]


def generate(seed: int) -> Graph:
    """The graph of a seed."""
    return Generator(seed).run()
