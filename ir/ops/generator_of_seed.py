"""Generators made of seeds that are variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.none_type import NoneConst
from lamina.ir.graph.op import Op
from lamina.ir.graph.random_type import random_generator_type
from lamina.ir.ops.constant import as_tensor_variable


class DefaultGeneratorMakerOp(Op):
    """``numpy.random.default_rng`` of a seed."""

    __module__ = "lamina.tensor.random.op"
    __props__ = ()
    callback = True

    def make_node(self, seed: Any = None) -> Apply:  # type: ignore[override]
        given = NoneConst if seed is None else as_tensor_variable(seed)
        return Apply(self, [given], [random_generator_type()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        (seed,) = inputs
        output_storage[0][0] = np.random.default_rng(seed if seed is None else seed.tolist())

    def do_constant_folding(self, fgraph: Any, node: Apply) -> bool:
        return False

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[False]]


default_rng = DefaultGeneratorMakerOp()
