"""Random graphs with values for their inputs, full of what rewrites look for."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

import lamina.tensor as pt
from lamina.graph.basic import Constant, Variable
from lamina.ir import operators as ops
from lamina.ir.ops.elementwise import Elemwise, all_elementwise

FLOATS = ("float64", "float32")
DTYPES = (*FLOATS, "float64", "float64", "int64", "int8", "uint16", "bool", "complex128")
# Steep functions, and those where rounding decides between far results, tell nothing of rewrites.
AVOIDED = frozenset(
    "tan floor ceil trunc rint round_half_to_even round_half_away_from_zero int_div mod sign "
    "exp2 pow left_shift right_shift reciprocal angle arctan2 log2 log10 arccosh arctanh arcsin "
    "arccos iround LT LE GT GE EQ NEQ".split()
)
NAMED = [op for op in all_elementwise() if op.nd_name not in AVOIDED and not op.scalar_op.barrier]
UNARY, BINARY = ([op for op in NAMED if op.nin == nin] for nin in (1, 2))


class RandomGraph:
    """A graph of some `size` applications.

    Attributes
    ----------
    values : dict
        An array for each input.
    outputs : list of Variable
    """

    def __init__(self, seed: int, size: int = 14):
        self.draw = random.Random(seed)
        self.numbers = np.random.default_rng(seed)
        self.lengths = [
            self.draw.choice((0, 1, 2, 3, 4)) if self.draw.random() < 0.3 else n for n in (2, 3, 4)
        ]
        self.values: dict[Variable, np.ndarray] = {}
        self.known: list[Any] = []
        for _ in range(self.draw.randint(2, 4)):
            self._input()
        tries = 0
        while len(self.known) < size and tries < 20 * size:
            tries += 1
            self._grow()
        self.outputs = self.known[-3:]

    def _input(self) -> None:
        dtype = self.draw.choice(DTYPES)
        ndim = self.draw.choice((0, 1, 1, 2, 2, 2, 3))
        shape = [self.draw.choice((1, *self.lengths)) for _ in range(ndim)]
        static = [n if n == 1 or self.draw.random() < 0.3 else None for n in shape]
        kind = np.dtype(dtype).kind
        if kind in "fc":
            array = self.numbers.uniform(-1.5, 1.5, shape)
            if kind == "c":
                array = array + 1j * self.numbers.uniform(-1.5, 1.5, shape)
        else:
            array = self.numbers.integers(0, 2 if kind == "b" else 5, shape)
        variable = pt.tensor(f"i{len(self.values)}", shape=static, dtype=dtype)
        self.values[variable] = np.asarray(array).astype(dtype)
        self.known.append(variable)

    def _pick(self, kinds: str = "biufc", least: int = 0) -> Any:
        fitting = [
            v
            for v in self.known[-10:]
            if np.dtype(v.type.dtype).kind in kinds and v.type.ndim >= least
        ]
        return self.draw.choice(fitting) if fitting else None

    def _grow(self) -> None:
        made = self.draw.choice(
            (
                self._unary,
                self._binary,
                self._binary,
                self._junk,
                self._junk,
                self._reduction,
                self._view,
                self._index,
                self._update,
                self._shape,
                self._product,
                self._choice,
                self._stable,
            )
        )
        try:
            with np.errstate(all="ignore"):
                value = made()
        except (TypeError, ValueError, IndexError, OverflowError):
            return
        if value is not None and not isinstance(value, Constant) and value.type.ndim <= 4:
            self.known.append(value)

    def _applied(self, op: Elemwise, operands: list[Any]) -> Any:
        return None if any(v is None for v in operands) else op(*operands)

    def _unary(self) -> Any:
        return self._applied(self.draw.choice(UNARY), [self._pick()])

    def _binary(self) -> Any:
        op = self.draw.choice((ops.add, ops.sub, ops.mul, ops.true_div, self.draw.choice(BINARY)))
        other = (
            self._pick() if self.draw.random() < 0.8 else self.draw.choice((0, 1, -1, 2, 0.5, 1.5))
        )
        operands = [self._pick(), other]
        self.draw.shuffle(operands)
        return self._applied(op, operands)

    def _choice(self) -> Any:
        a, b = self._pick("if"), self._pick("if")
        return (
            None
            if a is None or b is None
            else pt.switch(self.draw.choice((pt.gt(a, 0), True, pt.eq(a, a))), a, b)
        )

    def _junk(self) -> Any:
        x, y, z = self._pick("if"), self._pick("if"), self._pick("f")
        if x is None or y is None or z is None:
            return None
        return self.draw.choice(
            (
                lambda: ops.neg(-x),
                lambda: x * y - y * x,
                lambda: x + -y,
                lambda: x - -y,
                lambda: -x * -y,
                lambda: -x * y,
                lambda: x * 1,
                lambda: x + 0,
                lambda: x * 0,
                lambda: x**2,
                lambda: z**3,
                lambda: x**0,
                lambda: z**1,
                lambda: (x - x) + y,
                lambda: z / 4,
                lambda: 1 / (1 + z * z),
                lambda: ops.second(x, y),
                lambda: ops.second(x, 2.5) * y,
                lambda: pt.zeros_like(x) + y,
                lambda: pt.ones_like(z).sum(),
                lambda: x.astype("float32").astype("float64"),
                lambda: x * 2 * 4,
                lambda: z * (y / (1 + z * z)) / z,
                lambda: pt.maximum(x, x),
                lambda: pt.sqr(-x),
                lambda: pt.conj(z),
                lambda: pt.abs(-x),
                lambda: -(x * 3),
            )
        )()

    def _stable(self) -> Any:
        x, y = self._pick("f"), self._pick("f")
        if x is None or y is None:
            return None
        x = pt.tanh(x)  # where the plain formulas keep their digits
        p = pt.sigmoid(x)
        return self.draw.choice(
            (
                lambda: pt.log(1 + pt.exp(x)),
                lambda: pt.log(p),
                lambda: pt.log(1 - p),
                lambda: 1 - p,
                lambda: pt.exp(x) - 1,
                lambda: 1 / (1 + pt.exp(-x)),
                lambda: pt.exp(x) / (1 + pt.exp(x)),
                lambda: pt.log(pt.exp(x).sum()),
                lambda: pt.log(pt.exp(x).sum(axis=0, keepdims=True)),
                lambda: pt.exp(x) / pt.exp(x).sum(axis=-1, keepdims=True),
                lambda: (y / p + y / (1 - p)) * p * (1 - p),
                lambda: y / p * p,
                lambda: pt.log(pt.exp(x) + pt.exp(y)),
                lambda: pt.log(pt.exp(x) / (1 + pt.sqr(y))),
            )
        )()

    def _reduction(self) -> Any:
        x = self._pick("bif")
        if x is None or not x.type.ndim:
            return None
        axis = self.draw.choice((None, 0, -1))
        keep = self.draw.random() < 0.4
        return self.draw.choice((pt.sum, pt.sum, pt.prod, pt.mean, pt.any))(
            x, axis=axis, keepdims=keep
        )

    def _view(self) -> Any:
        x = self._pick(least=1)
        if x is None:
            return None
        ndim = x.type.ndim
        return self.draw.choice(
            (
                lambda: x.T,
                lambda: x.T.T,
                lambda: pt.expand_dims(x, 0),
                lambda: pt.expand_dims(x, ndim),
                lambda: pt.expand_dims(x, 0)[0],
                lambda: pt.squeeze(pt.expand_dims(x, ndim), ndim),
                lambda: x.ravel(),
                lambda: x.ravel().reshape(x.shape),
                lambda: x.reshape((-1, 1)),
                lambda: x.reshape(x.shape),
                lambda: pt.concatenate([x, x], axis=0),
                lambda: pt.concatenate([x], axis=0),
            )
        )()

    def _index(self) -> Any:
        x = self._pick(least=1)
        return (
            None
            if x is None
            else x[self.draw.choice((0, -1, slice(None), slice(1, None), slice(None, None, -1)))]
        )

    def _update(self) -> Any:
        x = self._pick("f", 1)
        if x is None:
            return None
        part = x[self.draw.choice((slice(None), slice(0, 1), slice(1, None)))]
        return part.set(2.0) if self.draw.random() < 0.5 else part.inc(1.0)

    def _shape(self) -> Any:
        x, y = self._pick(least=1), self._pick("f")
        if x is None or y is None:
            return None
        return self.draw.choice(
            (
                lambda: x.shape,
                lambda: x.shape[0],
                lambda: (x * 2).shape[-1],
                lambda: x.sum(axis=0).shape,
                lambda: pt.full(x.shape, 0.5) * 2,
                lambda: pt.zeros(x.shape) + 1,
                lambda: x.size * 1.0,
                lambda: pt.alloc(
                    y,
                    *(x.shape[i] for i in range(x.type.ndim)),
                    *(y.shape[i] for i in range(y.type.ndim)),
                ),
                lambda: pt.full((x.shape[0],), 2.0).sum(),
            )
        )()

    def _product(self) -> Any:
        a, b = self._pick("f", 1), self._pick("f", 1)
        if a is None or b is None or max(a.type.ndim, b.type.ndim) > 2:
            return None
        c = self._pick("f")
        right = a.T if self.draw.random() < 0.5 else b
        y = pt.dot(a, right)
        if c is None or self.draw.random() < 0.3:
            return y
        return self.draw.choice(
            (lambda: y * 2.0, lambda: c - 0.5 * y, lambda: c + y, lambda: y - c, lambda: 2 * c + y)
        )()
