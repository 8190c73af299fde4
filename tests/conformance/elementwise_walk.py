"""Each elementwise op on all dtypes and forms, as the outputs of one function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.special

import lamina.tensor as pt
from lamina.ir.graph.tensor_type import DTYPES
from lamina.ir.ops.constant import weak_type
from lamina.ir.ops.elementwise import Elemwise, all_elementwise
from tests.conformance.accuracy import difference, exactly
from tests.conformance.samples import ordinary, specials

ROWS, COLUMNS = 4, 6

# IEEE 754 says the bits of these on reals, except that NumPy's vector loops give max(0, -0) either
# sign.
EXACT = set(
    "disconnected_grad zero_grad undefined_grad grad_clip grad_scale add sub mul true_div neg abs "
    "sign sqr sqrt reciprocal conj real imag complex identity maximum minimum floor ceil trunc "
    "round_half_to_even round_half_away_from_zero switch clip second".split()
)


def _pole_of_polygamma(n, x):
    """The term of the sum that is largest: others cancel it between two poles."""
    return scipy.special.gamma(n + 1) * np.abs(x - np.minimum(np.rint(x), 0)) ** -(n + 1)


# The largest intermediate, where it is larger than the result. In a factor exp(u) it is u, which
# may be 500.
LARGEST = {
    "gammainc_shape_slope": lambda a, x, exact: 500 * np.abs(exact),
    "betainc_slope_a": lambda a, b, x, exact: 500 * np.abs(exact),
    "betainc_slope_b": lambda a, b, x, exact: 500 * np.abs(exact),
    # by reflection: there are roots between the poles
    "gammaln": lambda x, exact: np.where(x < 0, 1, 0),
    "psi": lambda x, exact: np.where(x < 0, 1, 0),
    "polygamma": lambda n, x, exact: _pole_of_polygamma(*map(np.float64, (n, x))),
}


@dataclass
class Output:
    """One output: what it is called, its variable, and the same computed of arrays."""

    name: str
    variable: Any
    operands: Callable[[dict[str, np.ndarray]], list[np.ndarray]]

    def problem(
        self,
        found: Any,
        expected: np.ndarray,
        arrays: dict[str, np.ndarray],
        largest_of: Mapping[str, Callable[..., Any]] = LARGEST,
    ) -> str:
        """What is wrong with a result where NumPy gives `expected`; empty if nothing is."""
        op, inputs = self.variable.owner.op.scalar_op, self.variable.owner.inputs
        loop, _ = op.types(tuple(v.type.dtype for v in inputs), tuple(map(weak_type, inputs)))
        with np.errstate(all="ignore"):
            cast = [x.astype(d) for x, d in zip(self.operands(arrays), loop, strict=True)]
            exact = exactly(op.numpy, *cast)
            largest = largest_of.get(op.name, lambda *_: 0)(*cast, exact)
        real = all(x.dtype.kind != "c" for x in cast)
        if op.name in EXACT and real:
            exact = None
        signs = real and op.name not in ("maximum", "minimum", "clip")
        return difference(found, expected, exact, largest, signs)


def _of_short_series(values: np.ndarray) -> np.ndarray:
    """Integers for which a hypergeometric series has hundreds of terms, not tens of thousands."""
    if values.dtype.kind not in "iu":
        return values
    return np.asarray(np.clip(values, -20 if values.dtype.kind == "i" else 0, 20))


@dataclass
class Walk:
    """The inputs and outputs of the function that tries one op."""

    op: Elemwise
    inputs: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    every: bool = False

    def input(self, letter: str, dtype: str, ndim: int) -> str:
        """The name of an input; of two with the letters a and b, the values are in a new order."""
        name = f"{letter}{ndim}_{dtype}"
        if name not in self.inputs:
            values = np.random.default_rng(ord(letter)).permutation(specials(dtype))
            if ndim == 0:
                values = np.array(values[0])
            elif letter == "r":
                values = ordinary(dtype, (COLUMNS,), seed=1)
            elif ndim == 2:
                values = ordinary(dtype, (ROWS, COLUMNS), seed=ord(letter))
            if self.op.scalar_op.name == "pow" and letter == "b" and np.dtype(dtype).kind == "i":
                values = np.asarray(np.clip(values, 0, 70))
            if self.op.scalar_op.name.startswith("hyp2f1_slope") and not self.every:
                values = _of_short_series(values)
            self.inputs[name] = pt.tensor(name, dtype=dtype, shape=(None,) * ndim)
            self.arrays[name] = values
        return name

    def try_on(self, form: str, names: list[str], view: Callable[..., Any]) -> None:
        try:
            variable = self.op(*view(*(self.inputs[n] for n in names)))
        except TypeError:
            return  # the op is not defined for these dtypes
        dtypes = ", ".join(n.partition("_")[2] for n in names)

        def operands(arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
            return [np.asarray(v) for v in view(*(arrays[n] for n in names))]

        self.outputs.append(Output(f"{self.op}({dtypes}) {form}", variable, operands))


def walk(op: Elemwise, every: bool = False) -> Walk:
    """The function that tries `op`, in `every` form on each dtype or, if it is one of the many of
    one or two operands, in the first form and in some of the others: all ops try all of them.
    """
    made = Walk(op, every=every)
    every = every or op.nin > 2
    first = [other for other in all_elementwise() if other.nin == op.nin].index(op)
    for number, dtype in enumerate(DTYPES, first):
        tried = list(forms(op.nin))
        if not every:
            tried[1:] = _some(tried[1:], number)
        for form, letters, ranks, view in tried:
            names = [made.input(c, dtype, n) for c, n in zip(letters, ranks, strict=True)]
            made.try_on(form, names, view)
        distances = [1, 4, 9] if op.nin > 1 else []
        for distance in distances if every else _some(distances, number):
            other = DTYPES[(number - first + distance) % len(DTYPES)]
            names = [made.input("a", dtype, 1), made.input("b", other, 1)]
            if op.nin == 2:
                made.try_on("mixed", names, lambda a, b: (a[:, None], b))
            elif op.nin == 3:
                names.insert(0, made.input("c", "bool", 1))
                made.try_on("mixed", names, lambda a, b, c: (a[:4], b[:4], c[:4]))
    return made


def _some(choices: list[Any], number: int) -> list[Any]:
    """A third of the choices, rounded up, from another one on for each number."""
    return [choices[(number + i) % len(choices)] for i in range((len(choices) + 2) // 3)]


def forms(nin: int) -> Iterator[tuple[str, str, tuple[int, ...], Callable[..., Any]]]:
    match nin:
        case 1:
            yield "all values", "a", (1,), lambda a: (a,)
            yield "strided", "a", (1,), lambda a: (a[::-3],)
            yield "transposed", "a", (2,), lambda a: (a.T[1:],)
            yield "one number", "a", (0,), lambda a: (a,)
        case 2:
            yield "all pairs", "ab", (1, 1), lambda a, b: (a[:, None], b[None, :])
            yield (
                "transposed and strided",
                "ab",
                (2, 2),
                lambda a, b: (a.T[::-1, ::2], b.T[:, 1::2]),
            )
            yield "row and matrix", "rb", (1, 2), lambda r, b: (r, b)
            yield "two numbers", "ab", (0, 0), lambda a, b: (a, b)
            yield "a Python number", "a", (1,), lambda a: (a, 3)
            yield "a Python number first", "b", (1,), lambda b: (2, b)
        case 3:
            yield (
                "all triples",
                "abc",
                (1, 1, 1),
                lambda a, b, c: (a[:9, None, None], b[None, :12, None], c[:14]),
            )
            yield "three numbers", "abc", (0, 0, 0), lambda a, b, c: (a, b, c)
            yield "transposed", "abc", (2, 2, 2), lambda a, b, c: (a.T, b.T, c.T)
            yield "Python numbers", "a", (1,), lambda a: (a, 1, 3)
        case 4:
            yield (
                "all quadruples",
                "abcd",
                (1, 1, 1, 1),
                lambda a, b, c, d: (
                    a[:3, None, None, None], b[None, :4, None, None], c[:5, None], d[:6]
                ),
            )  # fmt: skip
            yield "transposed", "abcd", (2, 2, 2, 2), lambda a, b, c, d: (a.T, b.T, c.T, d.T)
            yield "Python numbers", "a", (1,), lambda a: (a, 1, 3, 0.5)
