"""Products of matrices as BLAS computes them: transposed, scaled, added to what is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.array_op import ArrayOp

DTYPES = frozenset(("float32", "float64", "complex64", "complex128"))


class _Product(ArrayOp):
    """What Gemv and Gemm share: alpha * product or, to `accumulate`, alpha * product + beta * c."""

    accumulate: bool

    def _check(self, types: Sequence[TensorType], ranks: tuple[int, ...]) -> None:
        wanted = (*ranks[:2], 0, *((ranks[2], 0) if self.accumulate else ()))
        if tuple(t.ndim for t in types) != wanted:
            raise TypeError(
                f"{self} takes operands of ranks {wanted}, got {', '.join(map(str, types))}"
            )
        if len({t.dtype for t in types}) != 1 or types[0].dtype not in DTYPES:
            raise TypeError(
                f"{self} takes operands of one BLAS dtype, got {', '.join(map(str, types))}"
            )

    def _scaled(
        self, product: np.ndarray, alpha: np.ndarray, rest: Sequence[np.ndarray]
    ) -> np.ndarray:
        if not rest:
            return alpha * product
        c, beta = rest
        if c.shape != product.shape:
            raise ValueError(
                f"{self}: the product has shape {product.shape}, what it is added to {c.shape}"
            )
        return alpha * product + beta * c

    def _factors(self, a: Any, b: Any) -> tuple[Any, Any]:
        """The operands of the product, transposed where they are taken so."""
        raise NotImplementedError

    def written_out(self, *operands: Any) -> Any:
        """What it computes, as products and sums of which each has its own op."""
        from lamina.ir.ops.contraction import dot

        a, b, alpha, *rest = operands
        product = alpha * dot(*self._factors(a, b))
        return product + rest[1] * rest[0] if rest else product

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True] for _ in node.inputs]


def _length(a: int | None, b: int | None, op: Any) -> int | None:
    if None not in (a, b) and a != b:
        raise ValueError(f"{op}: lengths {a} and {b} do not match")
    return b if a is None else a


class Gemv(_Product):
    """alpha * A x, or alpha * A x + beta * y, of a matrix and vectors; A is transposed on request.

    Parameters
    ----------
    transposed : bool
        Use the transpose of A.
    accumulate : bool
        The operands are (A, x, alpha, y, beta) instead of (A, x, alpha); alpha and beta are 0-d.
    """

    __module__ = "lamina.tensor.blas"
    __props__ = ("transposed", "accumulate")
    nd_name = "gemv"

    def __init__(self, transposed: bool = False, accumulate: bool = False):
        self.transposed, self.accumulate = bool(transposed), bool(accumulate)

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        self._check(types, (2, 1, 1))
        a, x = types[:2]
        rows, columns = a.shape[::-1] if self.transposed else a.shape
        _length(columns, x.shape[0], self)
        if self.accumulate:
            rows = _length(rows, types[3].shape[0], self)
        return TensorType(a.dtype, (rows,))

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        a, x, alpha, *rest = arrays
        return self._scaled((a.T if self.transposed else a) @ x, alpha, rest)

    def _factors(self, a: Any, b: Any) -> tuple[Any, Any]:
        from lamina.ir.ops.dimshuffle import transpose

        return (transpose(a) if self.transposed else a), b

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        import lamina.ir.operators as nd
        from lamina.ir.ops.contraction import dot, outer
        from lamina.ir.ops.dimshuffle import transpose
        from lamina.ir.ops.reduction import sum

        (a, x, alpha, *rest), (g,) = inputs, output_grads
        matrix, _ = self._factors(a, x)
        scaled = nd.conj(alpha) * g
        to_a = outer(scaled, nd.conj(x))
        grads = [
            transpose(to_a) if self.transposed else to_a,
            dot(nd.conj(transpose(matrix)), scaled),
            sum(g * nd.conj(dot(matrix, x))),
        ]
        return grads + [nd.conj(rest[1]) * g, sum(g * nd.conj(rest[0]))] if rest else grads

    def __str__(self) -> str:
        return f"Gemv{_flags(transposed=self.transposed, accumulate=self.accumulate)}"


class Gemm(_Product):
    """alpha * A B, or alpha * A B + beta * C, of matrices; A and B are transposed on request.

    Parameters
    ----------
    transpose_a, transpose_b : bool
        Use the transpose of A, of B.
    accumulate : bool
        The operands are (A, B, alpha, C, beta) instead of (A, B, alpha); alpha and beta are 0-d.
    """

    __module__ = "lamina.tensor.blas"
    __props__ = ("transpose_a", "transpose_b", "accumulate")
    nd_name = "gemm"

    def __init__(
        self, transpose_a: bool = False, transpose_b: bool = False, accumulate: bool = False
    ):
        self.transpose_a, self.transpose_b = bool(transpose_a), bool(transpose_b)
        self.accumulate = bool(accumulate)

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        self._check(types, (2, 2, 2))
        rows, inner = types[0].shape[::-1] if self.transpose_a else types[0].shape
        other, columns = types[1].shape[::-1] if self.transpose_b else types[1].shape
        _length(inner, other, self)
        if self.accumulate:
            rows = _length(rows, types[3].shape[0], self)
            columns = _length(columns, types[3].shape[1], self)
        return TensorType(types[0].dtype, (rows, columns))

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        a, b, alpha, *rest = arrays
        product = (a.T if self.transpose_a else a) @ (b.T if self.transpose_b else b)
        return self._scaled(product, alpha, rest)

    def _factors(self, a: Any, b: Any) -> tuple[Any, Any]:
        from lamina.ir.ops.dimshuffle import transpose

        left = transpose(a) if self.transpose_a else a
        return left, (transpose(b) if self.transpose_b else b)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        import lamina.ir.operators as nd
        from lamina.ir.ops.contraction import dot
        from lamina.ir.ops.dimshuffle import transpose
        from lamina.ir.ops.reduction import sum

        (a, b, alpha, *rest), (g,) = inputs, output_grads
        left, right = self._factors(a, b)
        scaled = nd.conj(alpha) * g
        to_left, to_right = (
            dot(scaled, nd.conj(transpose(right))),
            dot(nd.conj(transpose(left)), scaled),
        )
        grads = [
            transpose(to_left) if self.transpose_a else to_left,
            transpose(to_right) if self.transpose_b else to_right,
            sum(g * nd.conj(dot(left, right))),
        ]
        return grads + [nd.conj(rest[1]) * g, sum(g * nd.conj(rest[0]))] if rest else grads

    def __str__(self) -> str:
        flags = _flags(
            transpose_a=self.transpose_a, transpose_b=self.transpose_b, accumulate=self.accumulate
        )
        return f"Gemm{flags}"


def _flags(**flags: bool) -> str:
    names = ", ".join(name for name, on in flags.items() if on)
    return f"{{{names}}}" if names else ""
