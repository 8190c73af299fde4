"""Ops applied along the leading dimensions of their operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from lamina.ir.graph import hooks
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.gradient_types import DisconnectedType, NullType
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Constant, Variable
from lamina.ir.ops.array_op import ArrayOp
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable, weak_type
from lamina.ir.ops.elementwise import common_dtype
from lamina.ir.ops.routine import Signature, parse_signature
from lamina.ir.shapes import broadcast_static


class Blockwise(Op):
    """A core op applied along the leading dimensions of its operands, broadcast against each other.

    Compiled functions apply the op to whole batches where that can be said as a graph. Of another
    op, one of the user's own for instance, Python computes all elements of a batch in one call.
    Only a dimension that is statically 1 broadcasts.

    Parameters
    ----------
    core_op : Op
    signature : str, optional
        The core dimensions of each operand and result, in the notation of NumPy's generalised
        ufuncs; equal names are equal lengths. By default the op's own ``gufunc_signature``.
    name : str, optional
        What the op is called in printed graphs.

    Raises
    ------
    ValueError
        There is no signature.

    Examples
    --------
    >>> total = Blockwise(own_op, "(n),(n)->()")
    """

    __module__ = "lamina.tensor.blockwise"
    __props__ = ("core_op", "signature")

    def __init__(self, core_op: Any, signature: str | None = None, name: str | None = None):
        self.core_op = core_op
        found = signature or getattr(core_op, "gufunc_signature", None)
        if found is None:
            raise ValueError(f"Blockwise of {core_op} needs a signature, such as '(n),(n)->()'")
        self.signature: str = found
        self.name = name

    @property
    def _knows_stacks(self) -> bool:
        return isinstance(self.core_op, ArrayOp)

    @property
    def nd_name(self) -> str:
        """The operation of a core op that knows stacks, as the product of matrices does."""
        if not self._knows_stacks:
            raise AttributeError("no operation of its own")
        return self.core_op.nd_name

    @property
    def parsed(self) -> Signature:
        """The signature."""
        return parse_signature(self.signature)

    def make_node(self, *inputs: Any) -> Apply:
        from lamina.ir.ops.dimshuffle import shape_padleft

        variables = [as_tensor_variable(v) for v in inputs]
        if self._knows_stacks:
            dtypes = [v.type.dtype for v in variables]
            dtype = common_dtype(dtypes, [weak_type(v) for v in variables])
            ndim = max(v.type.ndim for v in variables)
            variables = [shape_padleft(cast(v, dtype), ndim - v.type.ndim) for v in variables]
            return Apply(self, variables, [self.infer([v.type for v in variables], [])()])
        if len(variables) != len(self.parsed.operands):
            wanted = len(self.parsed.operands)
            raise TypeError(f"{self} takes {wanted} operands, got {len(variables)}")
        ranks = [v.type.ndim - self._core_rank(i) for i, v in enumerate(variables)]
        for i, (v, rank) in enumerate(zip(variables, ranks, strict=True)):
            if rank < 0:
                raise ValueError(
                    f"{self}: operand {i} must have {self._core_rank(i)} core dimensions, got "
                    f"{v} of type {v.type}"
                )
        ndim = max(ranks, default=0)
        sizes = self.parsed.sizes.values()
        variables = [
            v if i in sizes else shape_padleft(v, ndim - rank)
            for i, (v, rank) in enumerate(zip(variables, ranks, strict=True))
        ]
        self._check_lengths([v.type.shape for v in variables])
        core = self._core_node(variables)
        variables = [
            cast(v, given.type.dtype)  # type: ignore[attr-defined]
            for v, given in zip(variables, core.inputs, strict=True)
        ]
        shapes = [v.type.shape[:ndim] for i, v in enumerate(variables) if i not in sizes]
        batch = broadcast_static(shapes)
        outputs: list[Any] = []
        for v in core.outputs:
            if not isinstance(v.type, TensorType):
                raise TypeError(f"{self}: the core op computes {v.type}, which is no array")
            outputs.append(TensorType(v.type.dtype, (*batch, *v.type.shape))())
        return Apply(self, variables, outputs)

    def _core_rank(self, i: int) -> int:
        return len(self.parsed.core(i))

    def _core_node(self, variables: Sequence[Any]) -> Apply:
        """The application of the core op to one element of a batch.

        Raises
        ------
        TypeError
            It wants operands of other ranks, or has another number of results, than the signature.
        """
        operands: list[Any] = []
        for i, v in enumerate(variables):
            n = v.type.ndim - self._core_rank(i)
            known = n == 0 and isinstance(v, Constant) or i in self.parsed.sizes.values()
            kind: Any = v.type
            operands.append(v if known else kind.clone(shape=kind.shape[n:])())
        node = self.core_op.make_node(*operands)
        found = [v.type.ndim for v in node.inputs], [v.type.ndim for v in node.outputs]
        signature = self.parsed
        wanted = [self._core_rank(i) for i in range(len(operands))], [*map(len, signature.results)]
        if found != wanted:
            raise TypeError(
                f"{self}: the core op takes operands and makes results of ranks {found}, its "
                f"signature states {wanted}"
            )
        return node

    def _check_lengths(self, shapes: Sequence[Sequence[int | None]]) -> dict[str, int]:
        """The lengths of the core dimensions, by name, as far as they are known.

        Raises
        ------
        ValueError
            One name has two.
        """
        lengths: dict[str, int] = {}
        for i, shape in enumerate(shapes):
            core = self.parsed.core(i)
            for name, n in zip(core, shape[len(shape) - len(core) :], strict=True):
                if name.isdigit() and n is not None and n != int(name):
                    raise ValueError(f"{self}: dimension {name} of operand {i} has length {n}")
                if n is not None and lengths.setdefault(name, n) != n:
                    raise ValueError(
                        f"{self}: dimension {name} has lengths {lengths[name]} and {n}"
                    )
        return lengths

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        return self.core_op.infer(types, values)

    # -- what it computes --------------------------------------------------------------------------

    def lowering(self, *inputs: Variable) -> list[Variable] | None:
        """The core op on whole batches; None if only a loop can tell."""
        if self._knows_stacks:
            return None
        return hooks.vectorized()(self._core_node(inputs), inputs)

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        static = [v.type.shape for v in node.inputs]  # type: ignore[attr-defined]
        if self._knows_stacks:
            _common_batch(self, inputs, static, [x.ndim - 2 for x in inputs])
            self.core_op.perform(node, inputs, output_storage)
            return
        arrays = list(map(np.asarray, inputs))
        ranks = [x.ndim - self._core_rank(i) for i, x in enumerate(arrays)]
        lengths = self._check_lengths([x.shape for x in arrays])
        sizes = self.parsed.sizes.values()
        stacks = [i for i in range(len(arrays)) if i not in sizes]
        batch = _common_batch(
            self,
            [arrays[i] for i in stacks],
            [static[i] for i in stacks],
            [ranks[i] for i in stacks],
        )
        views = [
            np.broadcast_to(x, (*batch, *x.shape[n:])) for x, n in zip(arrays, ranks, strict=True)
        ]
        compute = self._core_performer(node)
        results: list[Any] = [None] * len(node.outputs)
        for at in np.ndindex(*batch):
            found = compute([np.array(x[at]) for x in views])
            for j, y in enumerate(found):
                if results[j] is None:
                    results[j] = np.empty((*batch, *np.shape(y)), y.dtype)
                if np.shape(y) != results[j].shape[len(batch) :]:
                    raise ValueError(
                        f"{self}: result {j} has shapes {results[j].shape[len(batch) :]} and "
                        f"{np.shape(y)} for different elements of a batch"
                    )
                results[j][at] = y
        for j, (storage, v) in enumerate(zip(output_storage, node.outputs, strict=True)):
            if results[j] is None:  # nothing was computed that would tell the lengths
                core: Any = v.type.shape[len(batch) :]  # type: ignore[attr-defined]
                names = self.parsed.results[j]
                known = [n or lengths.get(c, 0) for n, c in zip(core, names, strict=True)]
                results[j] = np.empty((*batch, *known), v.type.dtype)  # type: ignore[attr-defined]
            storage[0] = results[j]

    def _core_performer(self, node: Apply) -> Callable[[list[Any]], list[Any]]:
        if node not in _performers:
            _performers[node] = hooks.performer()(self._core_node(node.inputs))
        return _performers[node]

    # -- derivatives -------------------------------------------------------------------------------

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        if self._knows_stacks:
            return self.core_op.connection_pattern(node)
        return self.core_op.connection_pattern(self._core_node(node.inputs))

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        if self._knows_stacks:
            return self.core_op.L_op(inputs, outputs, output_grads)
        core = self._core_node(inputs)
        return self._vectorized(
            core, self.core_op.pullback, inputs, outputs, output_grads, core.outputs, inputs
        )

    def pushforward(self, inputs: Any, outputs: Any, tangents: Any) -> list[Any]:
        if self._knows_stacks:
            return self.core_op.pushforward(inputs, outputs, tangents)
        core = self._core_node(inputs)
        terms = self.core_op.pushforward
        return self._vectorized(core, terms, inputs, outputs, tangents, core.inputs, outputs)

    def _vectorized(
        self, core: Apply, derive: Any, inputs: Any, outputs: Any, vectors: Any, of: Any, like: Any
    ) -> list[Any]:
        """A derivative of the core op, on batches; its results belong to the variables `like`."""
        given = [_core_vector(g, v) for g, v in zip(vectors, of, strict=True)]
        terms = derive(core.inputs, core.outputs, given)
        batches = [*inputs, *outputs, *vectors]
        replace = {
            v: batch
            for v, batch in zip([*core.inputs, *core.outputs, *given], batches, strict=True)
            if isinstance(batch.type, TensorType) and not isinstance(v, Constant)
        }
        return [
            term if term is None or _is_none(term) else self._on_batch(term, v, outputs[0], replace)
            for term, v in zip(terms, like, strict=True)
        ]

    def _on_batch(self, term: Any, v: Any, output: Any, replace: dict[Any, Any]) -> Any:
        from lamina.ir.ops.alloc import broadcast_to
        from lamina.ir.ops.shape import length_of

        term = as_tensor_variable(term)
        y = hooks.vectorize_graph()(term, replace)
        if y.type.ndim == term.type.ndim < v.type.ndim:  # the same for each element
            n = v.type.ndim - term.type.ndim
            batch = [length_of(output, i) for i in range(n)]
            y = broadcast_to(y, (*batch, *(length_of(y, i) for i in range(y.type.ndim))))
        return y

    def __str__(self) -> str:
        return self.name or f"Blockwise{{{self.core_op}, {self.signature}}}"


_performers: WeakKeyDictionary[Apply, Callable[[list[Any]], list[Any]]] = WeakKeyDictionary()


def _common_batch(
    op: Op, arrays: Sequence[Any], static: Sequence[Sequence[int | None]], ranks: Sequence[int]
) -> tuple[int, ...]:
    """The batch dimensions of operands, of equal number; only a static 1 broadcasts.

    Raises
    ------
    ValueError
        They differ.
    """
    batch = []
    for axis in range(max(ranks, default=0)):
        found = {x.shape[axis] for x, shape in zip(arrays, static, strict=True) if shape[axis] != 1}
        if len(found) > 1:
            shapes = " and ".join(str(x.shape) for x in arrays)
            raise ValueError(
                f"{op}: operands of shape {shapes} differ on axis {axis}. Only a dimension that "
                "is statically 1 broadcasts."
            )
        batch.append(found.pop() if found else 1)
    return tuple(batch)


def _core_vector(g: Any, v: Any) -> Any:
    """What stands for one element of the batch `g` of vectors that belong to `v`."""
    if not isinstance(g.type, TensorType):
        return g
    n = g.type.ndim - v.type.ndim
    return g.type.clone(shape=g.type.shape[n:])()


def _is_none(term: Any) -> bool:
    return isinstance(getattr(term, "type", None), (DisconnectedType, NullType))
