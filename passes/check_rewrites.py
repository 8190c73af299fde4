"""A check of each rewrite that fires: what the block returns on random inputs, before and after."""

from __future__ import annotations

from typing import Any

import numpy as np
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Block, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.rewrite_check import TRIALS, complain, difference, random_array
from lamina.passes.fold_constants import computed


class BlockCheck:
    """Evaluates a block, each operation by the NumPy meaning of its op.

    What has no such meaning, as a callback or a loop, is unknown, and so is what depends on it; an
    unknown result is not compared.
    """

    def __init__(self, block: Block):
        self.block = block
        generator = np.random.default_rng(0)
        self._inputs = [
            [_random(v, generator, trial) for v in block.args] for trial in range(TRIALS)
        ]
        self._known = [self._results(inputs) for inputs in self._inputs]

    def __call__(self, fired: Any) -> None:
        """Compare with the results before `fired`."""
        for trial, inputs in enumerate(self._inputs):
            before, after = self._known[trial], self._results(inputs)
            self._known[trial] = after
            for number, (old, new) in enumerate(zip(before, after, strict=True)):
                how = difference(old, new)
                if how is not None:
                    complain(fired, f"result {number}: {how}")
                    break

    def _results(self, inputs: list[Any]) -> list[Any]:
        last = self.block.last_op
        values: dict[SSAValue, Any] = dict(zip(self.block.args, inputs, strict=True))
        for op in self.block.ops:
            if op is last:
                break
            values.update(zip(op.results, _evaluated(op, values), strict=True))
        return [] if last is None else [values.get(v) for v in last.operands]


def _random(value: SSAValue, generator: np.random.Generator, trial: int) -> Any:
    if not isinstance(value.type, TensorType):
        return None
    return random_array(nd.dtype_of(value), nd.static_shape(value), generator, trial)


def _evaluated(op: Any, values: dict[SSAValue, Any]) -> list[Any]:
    unknown = [None] * len(op.results)
    if isinstance(op, nd.ConstantOp):
        return [op.data]
    operands: list[Any] = [values.get(v) for v in op.operands]
    if not op.results or not isinstance(op, nd.NdOp) or any(v is None for v in operands):
        return unknown
    try:
        with np.errstate(all="ignore"):
            found = computed(op, operands)
    except Exception:  # lengths, positions and domains of random inputs need not fit
        return unknown
    if found is None:
        return unknown
    listed = found if isinstance(found, (list, tuple)) else [found]
    return [
        np.asarray(value, nd.graph_type(v.type).numpy_dtype)
        for value, v in zip(listed, op.results, strict=True)
    ]
