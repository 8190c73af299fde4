"""Functions of matrices as objects with their parameters, to be called on tensors."""

from __future__ import annotations

from typing import Any

from lamina.ir.ops.matrix_products import block_diag, kron


class BlockDiagonal:
    """``block_diag`` of a number of matrices.

    Parameters
    ----------
    n_inputs : int
    """

    __module__ = "lamina.tensor.linalg.constructors"

    def __init__(self, n_inputs: int):
        if n_inputs < 1:
            raise ValueError("n_inputs must be greater than 0")
        self.n_inputs = n_inputs

    def __call__(self, *matrices: Any) -> Any:
        if len(matrices) != self.n_inputs:
            raise ValueError(f"Expected {self.n_inputs} matrices, got {len(matrices)}")
        return block_diag(*matrices)


class KroneckerProduct:
    """``kron`` of two tensors."""

    __module__ = "lamina.tensor.linalg.products"

    def __call__(self, a: Any, b: Any) -> Any:
        return kron(a, b)
