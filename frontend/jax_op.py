"""Ops that JAX computes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.gradient_types import DisconnectedType, disconnected_type
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType

Arrays = tuple[Any, ...]


def jax(module: str = "jax") -> Any:
    """The package JAX, or a module of it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError("wrap_jax needs the package jax: pip install 'lamina[jax]'") from error


def with_width(wide: bool) -> Any:
    """A context in which JAX has numbers of 64 bits, or has none."""
    if hasattr(jax(), "enable_x64"):
        return jax().enable_x64(wide)
    return jax("jax.experimental").enable_x64(wide)


class JaxOp(Op):
    """An op that a function of JAX computes; see ``wrap_jax``.

    Parameters
    ----------
    fn : callable
        From arrays to a tuple of arrays.
    itypes, otypes : sequence of TensorType
    wide : bool
        Whether JAX computes with numbers of 64 bits.
    """

    __module__ = "lamina.jax_op"
    __props__ = ("fn", "itypes", "otypes", "wide")

    def __init__(
        self,
        fn: Callable[..., Arrays],
        itypes: Sequence[TensorType],
        otypes: Sequence[TensorType],
        wide: bool,
    ):
        self.fn, self.itypes, self.otypes = fn, tuple(itypes), tuple(otypes)
        self.wide = wide
        self._run: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_run": None}

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        if self._run is None:
            self._run = jax().jit(self.fn)
        with with_width(self.wide):
            results = self._run(*inputs)
        for storage, y in zip(output_storage, results, strict=True):
            storage[0] = np.array(y)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        from lamina.derivatives import grad_undefined

        wrt = tuple(i for i, v in enumerate(inputs) if _is_continuous(v.type))
        of = tuple(
            j for j, (v, g) in enumerate(zip(outputs, output_grads, strict=True))
            if _is_continuous(v.type) and not isinstance(g.type, DisconnectedType)
        )  # fmt: skip
        terms: list[Any] = [
            grad_undefined(self, i, v, "JAX has no derivatives by integers")
            for i, v in enumerate(inputs)
        ]
        if not of:
            return [disconnected_type() for _ in inputs]
        if wrt:
            fn = Pullback(self.fn, len(inputs), wrt, of)
            kinds = [*(v.type for v in inputs), *(output_grads[j].type for j in of)]
            op = JaxOp(fn, kinds, [inputs[i].type for i in wrt], self.wide)
            found = op(*inputs, *(output_grads[j] for j in of), return_list=True)
            for i, term in zip(wrt, found, strict=True):
                terms[i] = term
        return terms

    def R_op(self, inputs: Any, eval_points: Any) -> list[Any]:
        wrt = tuple(
            i for i, (v, t) in enumerate(zip(inputs, eval_points, strict=True))
            if t is not None and _is_continuous(v.type)
        )  # fmt: skip
        otypes: Any = self.otypes
        of = tuple(j for j, kind in enumerate(otypes) if _is_continuous(kind))
        terms: list[Any] = [None] * len(otypes)
        if wrt and of:
            fn = Pushforward(self.fn, len(inputs), wrt, of)
            kinds = [*(v.type for v in inputs), *(eval_points[i].type for i in wrt)]
            op = JaxOp(fn, kinds, [otypes[j] for j in of], self.wide)
            found = op(*inputs, *(eval_points[i] for i in wrt), return_list=True)
            for j, term in zip(of, found, strict=True):
                terms[j] = term
        return terms

    def __str__(self) -> str:
        return f"JaxOp{{{self.fn}}}"

    __repr__ = __str__


def _is_continuous(kind: Any) -> bool:
    return np.dtype(kind.dtype).kind in "fc"


@dataclass(frozen=True)
class Derivative:
    """A function of the arguments of `fn`, and of vectors.

    Attributes
    ----------
    fn : callable
    n : int
        How many arguments it takes.
    wrt, of : tuple of int
        By which of them it is differentiated, and which results are.
    """

    fn: Callable[..., Arrays]
    n: int
    wrt: tuple[int, ...]
    of: tuple[int, ...]

    def __str__(self) -> str:
        return f"{type(self).__name__.lower()} of {self.fn}"

    def along(self, given: Arrays) -> tuple[Callable[..., Arrays], Arrays]:
        """`fn` as a function of the arguments `wrt` alone, and these."""

        def moving(*values: Any) -> Arrays:
            arguments = list(given)
            for i, value in zip(self.wrt, values, strict=True):
                arguments[i] = value
            results = self.fn(*arguments)
            return tuple(results[j] for j in self.of)

        return moving, tuple(given[i] for i in self.wrt)


class Pullback(Derivative):
    """The cotangents of the arguments.

    JAX pairs a cotangent g with v as Re(g v), this library as Re(conj(g) v).
    """

    def __call__(self, *values: Any) -> Arrays:
        conj = jax("jax.numpy").conj
        moving, point = self.along(values[: self.n])
        _, back = jax().vjp(moving, *point)
        return tuple(conj(g) for g in back(tuple(conj(g) for g in values[self.n :])))


class Pushforward(Derivative):
    """The tangents of the results."""

    def __call__(self, *values: Any) -> Arrays:
        moving, point = self.along(values[: self.n])
        return tuple(jax().jvp(moving, point, tuple(values[self.n :]))[1])
