"""Random graphs as Python source that builds them, and the arrays that they are tried on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.ir.ops.elementwise import by_name

NAMES: dict[str, Any] = {"pt": pt, "np": np, "lamina": lamina, "by_name": by_name}


class Rejected(Exception):
    """The draw leads to nothing that could be compared."""


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
