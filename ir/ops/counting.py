"""How often each number occurs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.ops.arguments import as_array, as_count
from lamina.ir.ops.cast import cast
from lamina.ir.ops.dimshuffle import expand_dims
from lamina.ir.ops.gather import Gather
from lamina.ir.ops.reduction import Max
from lamina.ir.ops.requirement import require
from lamina.ir.ops.routine import Routine

_NEGATIVE = "'list' argument must have no negative elements"


class BinCount(Routine):
    """How often 0, ..., k - 1 occur in a vector, or the sums of the weights with which they do.

    Operands are the numbers, the weights if there are any, and k.

    Parameters
    ----------
    weighted : bool
    """

    __module__ = "lamina.tensor.extra_ops"
    __props__ = ("weighted",)
    nd_name = "bincount"
    failures = ({"kind": "required", "message": _NEGATIVE}, {"kind": "index", "axis": 0})

    def __init__(self, weighted: bool = False):
        self.weighted = weighted

    @property
    def gufunc_signature(self) -> str:
        return "(n),(n),k->(k)" if self.weighted else "(n),k->(k)"

    def operand_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return ["int64", *dtypes[1:]]

    def result_dtypes(self, dtypes: Sequence[str]) -> Sequence[str]:
        return (dtypes[1] if self.weighted else "int64",)

    def numpy(self, *arrays: Any) -> np.ndarray:
        x, *weights, k = arrays
        if np.any(x < 0):
            raise ValueError(_NEGATIVE)
        if np.any(x >= k):
            raise IndexError(f"index {x.max()} is out of bounds for axis 0 with size {k}")
        (w,) = weights or [np.ones(x.shape, np.int64)]
        y = np.zeros(k, w.dtype)
        np.add.at(y, x, w)
        return y

    def native(self, b: Any, operands: Any, results: Any) -> None:
        with b.batch() as (x, *weights, _, y):
            n = y.lengths[0]
            with b.loop(n) as i:
                y[i] = 0
            with b.loop(x.lengths[0]) as i:
                at = x[i]
                fits = nd.and_(nd.ge(at, 0), nd.lt(at, n))
                with b.when(fits):
                    y[at] = y[at] + (weights[0][i] if weights else 1)
                with b.otherwise(), b.when(nd.lt(at, 0)):
                    b.fail(0)
                with b.when(nd.ge(at, n)):
                    b.fail(1, at, 0, at, n)

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        x, *weights, _ = inputs
        if not weights:
            return [None, None]
        return [None, Gather.of(0, (0,))(expand_dims(output_grads[0], -2), x), None]

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        return [[i == 1 and self.weighted] for i in range(len(node.inputs))]


def bincount(
    x: Any, weights: Any = None, minlength: Any = None, assert_nonneg: bool = False
) -> Any:
    """How often 0, 1, ... occur in a vector.

    Parameters
    ----------
    x : integer vector
    weights : vector, optional
        What each element counts. The sums are of dtype float64.
    minlength : int or integer scalar, optional
        The length of the result, where it is not larger for the largest element of `x`.
    assert_nonneg : bool
        Negative elements are found in any case.

    Returns
    -------
    vector
        int64, float64 with weights.

    Raises
    ------
    TypeError
        `x` is not of integers, or `weights` are not real.
    ValueError
        `x` or `weights` is no vector, or `minlength` is negative; at run time, an element is
        negative.
    """
    x = as_array(x)
    if not np.can_cast(x.type.dtype, "int64", "safe"):
        raise TypeError(
            f"Cannot cast {x} from {x.type.dtype} to int64 according to the rule 'safe': bincount "
            "counts integers"
        )
    if x.type.ndim != 1:
        raise ValueError(f"bincount takes a vector, got {x} of type {x.type}")
    least = as_count(0 if minlength is None else minlength)
    if isinstance(least, int) and least < 0:
        raise ValueError("'minlength' must not be negative")
    if not isinstance(least, int):
        least = require(least, nd.ge(least, 0), "'minlength' must not be negative")
    x = cast(x, "int64")
    count = nd.maximum(Max((0,), of_nothing=True)(x) + 1, least)
    if weights is None:
        return BinCount()(x, count)
    w = as_array(weights)
    if not np.can_cast(w.type.dtype, "float64", "safe"):
        raise TypeError(
            f"Cannot cast weights {w} from {w.type.dtype} to float64 according to the rule 'safe'"
        )
    if w.type.ndim != 1:
        raise ValueError(f"The weights and list don't have the same length: {w.type} and {x.type}")
    return BinCount(True)(x, cast(w, "float64"), count)
