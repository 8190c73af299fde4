"""What is known of matrices and cannot be seen from how they are computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.array_op import ArrayOp
from lamina.ir.ops.constant import as_tensor_variable

SQUARE = ("symmetric", "positive_definite", "orthogonal", "diagonal")
FACTS = (*SQUARE, "lower_triangular", "upper_triangular", "positive_semidefinite")


class Assume(ArrayOp):
    """Its operand, a matrix or a stack of them, of which rewrites may take facts for granted.

    Parameters
    ----------
    facts : str
        Members of ``FACTS``, with commas between them.
    """

    __module__ = "lamina.assumptions"
    __props__ = ("facts",)
    nd_name = "assume"
    view_map = {0: [0]}

    def __init__(self, facts: str):
        self.facts = facts

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        return types[0]

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        (x,) = arrays
        if x.shape[-1] != x.shape[-2] and set(SQUARE) & set(self.facts.split(",")):
            raise ValueError(f"{self}: a matrix of shape {x.shape} is not square")
        return x

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [output_grads[0]]

    def R_op(self, inputs: Any, eval_points: Any) -> list[Any]:
        return [eval_points[0]]

    def __str__(self) -> str:
        return f"Assume{{{self.facts}}}"


def assume(x: Any, **facts: bool) -> Any:
    """A matrix of which rewrites may take facts for granted.

    They are not checked, but that it is square where they say so.

    Where a fact allows a cheaper algorithm or a formula, it is used: a triangular matrix is solved
    by substitution, a positive definite one by Cholesky's decomposition, the inverse of an
    orthogonal one is its transpose.

    Parameters
    ----------
    x : tensor-like, shape (..., m, n)
    **facts : bool
        ``symmetric``, ``positive_definite`` (and symmetric), ``positive_semidefinite`` (and
        symmetric), ``orthogonal`` (and real), ``diagonal``, ``lower_triangular``,
        ``upper_triangular``. False says nothing.

    Returns
    -------
    TensorVariable
        Of the type of `x`.

    Raises
    ------
    TypeError
        There is no such fact.
    ValueError
        `x` is no matrix, or not square though it ought to be (at run time, if its lengths are not
        known before).

    Examples
    --------
    >>> k = assume(pt.dmatrix("k"), positive_definite=True)
    >>> weights = pt.linalg.inv(k) @ pt.dvector("y")  # by Cholesky's decomposition, without inverse
    """
    unknown = sorted(set(facts) - set(FACTS))
    if unknown:
        raise TypeError(f"assume() knows no fact {unknown[0]!r}; there are {', '.join(FACTS)}")
    x = as_tensor_variable(x)
    if x.type.ndim < 2:
        raise ValueError(f"assume() takes matrices, got {x} of type {x.type}")
    stated = [name for name in FACTS if facts.get(name)]
    rows, columns = x.type.shape[-2:]
    if None not in (rows, columns) and rows != columns and set(stated) & set(SQUARE):
        raise ValueError(f"a matrix of type {x.type} is not square: it is not {stated[0]}")
    return Assume(",".join(stated))(x) if stated else x
