"""Graphs of single values made graphs of batches, whose dimensions every op carries along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import Any

from lamina.branches import Branches
from lamina.conditional import IfElse
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.none_type import none_type_t
from lamina.ir.graph.op import Op
from lamina.ir.graph.source_line import describe
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.alloc import Alloc, broadcast_to
from lamina.ir.ops.basic_indexing import IncSubtensor, Subtensor
from lamina.ir.ops.blas import Gemm, Gemv
from lamina.ir.ops.blockwise import Blockwise
from lamina.ir.ops.broadcasting import broadcast_shape
from lamina.ir.ops.cast import cast
from lamina.ir.ops.check import CheckAndRaise
from lamina.ir.ops.composed import ComposedOp, lowered
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.dimshuffle import NEW, DimShuffle, dimshuffle, expand_dims, shape_padleft
from lamina.ir.ops.elementwise import Elemwise
from lamina.ir.ops.joining import Join
from lamina.ir.ops.logic import switch
from lamina.ir.ops.print_value import Print
from lamina.ir.ops.random_size import entry
from lamina.ir.ops.random_variable import RandomVariable
from lamina.ir.ops.reduction import Argmax, CAReduce
from lamina.ir.ops.reshape import Reshape
from lamina.ir.ops.routine import Routine
from lamina.ir.ops.shape import MakeVector, Shape, Shape_i, length_of
from lamina.ir.ops.specify_shape import SpecifyShape
from lamina.op_from_graph import OpFromGraph
from lamina.scan.op import Scan


def vectorize_graph(outputs: Variable | Sequence[Variable], replace: Mapping[Variable, Any]) -> Any:
    """The graph of `outputs` on batches of some of its variables.

    Parameters
    ----------
    outputs : Variable or sequence of Variable
    replace : dict
        For some variables of the graph the batch: a variable of the same dtype with dimensions
        added in front. Those of different variables are broadcast against each other; only
        lengths that are statically 1 give way.

    Returns
    -------
    Variable or list of Variable
        As `outputs` are. Those that depend on a batch have its dimensions in front.

    Raises
    ------
    NotImplementedError
        An op cannot be vectorized.

    Examples
    --------
    >>> x, x_vec = pt.scalar("x"), pt.vector("x_vec")
    >>> vectorize_graph(pt.log(1 + x), {x: x_vec})  # log of 1 + each element
    """
    new: dict[Variable, Variable] = {}
    for old, given in replace.items():
        if not isinstance(old, Variable):
            raise TypeError(f"The keys of replace must be Variables, got {old!r}")
        batch = as_tensor_variable(given)
        if batch.type.dtype != getattr(old.type, "dtype", None) or _rank(batch) < _rank(old):
            raise TypeError(f"{batch} of type {batch.type} is no batch of {old} of type {old.type}")
        new[old] = batch
    wanted = [outputs] if isinstance(outputs, Variable) else list(outputs)
    for node in toposort(wanted, new):
        operands = [new.get(v, v) for v in node.inputs]
        if all(a is b for a, b in zip(operands, node.inputs, strict=True)):
            continue
        for old, output in zip(node.outputs, _batched_outputs(node, operands), strict=True):
            if output.name is None:
                output.name = old.name
            new.setdefault(old, output)
    results = [new.get(v, v) for v in wanted]
    return results[0] if isinstance(outputs, Variable) else results


def vectorize_node(node: Apply, *batched_inputs: Variable) -> Apply:
    """The application of the op of `node` to each element of batches.

    Raises
    ------
    NotImplementedError
        Nobody has told how: ``_vectorize_node.register(type of the op)`` does.
    """
    return _batched_outputs(node, batched_inputs)[0].owner  # type: ignore[return-value]


def _batched_outputs(node: Apply, batched_inputs: Sequence[Variable]) -> Sequence[Variable]:
    if all(_rank(b) == _rank(v) for b, v in zip(batched_inputs, node.inputs, strict=True)):
        return node.clone_with_new_inputs(batched_inputs, strict=False).outputs
    # dispatch, not a call: the frame of functools would pass for the user's line
    result = _vectorize_node.dispatch(type(node.op))(node.op, node, *batched_inputs)
    if isinstance(result, list):
        return result
    batched = result if isinstance(result, Apply) else result.owner
    batched.line = node.line
    return batched.outputs


@singledispatch
def _vectorize_node(op: Op, node: Apply, *batched_inputs: Any) -> Any:
    """The application of `op` to batches, or a list of its outputs; register a function here for
    a class of ops of which more is known than that it can be applied to each element.
    """
    return vectorize_node_fallback(op, node, *batched_inputs)


def vectorize_node_fallback(op: Op, node: Apply, *batched_inputs: Any) -> Apply:
    """The application of ``Blockwise`` of `op` to batches.

    Raises
    ------
    NotImplementedError
        It takes or computes something else than arrays.
    """
    if not all(isinstance(v.type, TensorType) for v in (*node.inputs, *node.outputs)):
        made = describe(node.line)
        raise NotImplementedError(
            f"{op} cannot be vectorized: it is not about arrays alone"
            f"{made and '; it was applied at ' + made}"
        )
    return Blockwise(op, _signature(node)).make_node(*batched_inputs)


def _signature(node: Apply) -> str:
    """That of an application, where all lengths may differ."""
    left = (
        f"({','.join(f'i{i}{axis}' for axis in range(_rank(v)))})"
        for i, v in enumerate(node.inputs)
    )
    right = (
        f"({','.join(f'o{j}{axis}' for axis in range(_rank(v)))})"
        for j, v in enumerate(node.outputs)
    )
    return f"{','.join(left)}->{','.join(right)}"


def vectorized(core: Apply, batched_inputs: Sequence[Any]) -> list[Variable] | None:
    """The outputs of the application `core` for each element of batches, as a graph on the batches;
    None where only a loop over them can tell.
    """
    if not any(_rank(b) > _rank(v) for b, v in zip(batched_inputs, core.inputs, strict=True)):
        return core.clone_with_new_inputs(batched_inputs, strict=False).outputs
    op = core.op
    if isinstance(op, OpFromGraph):
        return list(_batched_graph(op, batched_inputs).outputs)
    if _vectorize_node.dispatch(type(op)) is not _vectorize_node.dispatch(object):
        return list(_batched_outputs(core, batched_inputs))
    results = lowered(core)
    if results is None:
        return None
    return vectorize_graph(results, dict(zip(core.inputs, batched_inputs, strict=True)))


@_vectorize_node.register(Elemwise)
@_vectorize_node.register(Blockwise)
@_vectorize_node.register(CheckAndRaise)
@_vectorize_node.register(Print)
def _aligned_on_the_right(op: Op, node: Apply, *batched: Any) -> Any:
    # operands of one core rank: those with fewer batch dimensions get leading ones
    return op.make_node(*batched)


@_vectorize_node.register
def _routine(op: Routine, node: Apply, *batched: Any) -> Any:
    sizes = op.signature.sizes.values()
    _same_for_all(op, node, {i: batched[i] for i in sizes})
    # the new dimensions go before all that the operation has been applied along
    cores = [len(op.signature.core(i)) for i in range(len(batched))]
    ndim = max(_rank(v) - core for v, core in zip(node.inputs, cores, strict=True))
    operands = []
    for x, old, core in zip(batched, node.inputs, cores, strict=True):
        n, own = _rank(x) - _rank(old), _rank(old) - core
        missing = ndim - own if n else 0
        operands.append(dimshuffle(x, [*range(n), *["x"] * missing, *range(n, _rank(x))]))
    return op.make_node(*operands)


@_vectorize_node.register
def _random_variable(op: RandomVariable, node: Apply, rng: Any, size: Any, *params: Any) -> Any:
    old_params = op.dist_params(node)
    counts = [_rank(x) - _rank(old) for x, old in zip(params, old_params, strict=True)]
    _same_for_all(op, node, {1: size} if _rank(size) else {})
    if max(counts) and size.type != none_type_t:
        # the new dimensions go before those of the size
        shapes = [tuple(_batch_shape(x, n)) for x, n in zip(params, counts, strict=True) if n]
        batch = broadcast_shape(*shapes, arrays_are_shapes=True)
        lengths = [cast(as_tensor_variable(m), "int64") for m in batch]
        size = MakeVector("int64")(*lengths, *(entry(size, i) for i in range(size.type.shape[0])))
    return op.make_node(rng, size, *params)


@_vectorize_node.register
def _composed(op: ComposedOp, node: Apply, *batched: Any) -> Any:
    graph = op.lowering(*node.inputs)
    return vectorize_graph(graph, dict(zip(node.inputs, batched, strict=True)))


@_vectorize_node.register(Gemv)
@_vectorize_node.register(Gemm)
def _product(op: Any, node: Apply, *batched: Any) -> Any:
    graph = op.written_out(*node.inputs)
    return vectorize_graph(graph, dict(zip(node.inputs, batched, strict=True)))


@_vectorize_node.register
def _dimshuffle(op: DimShuffle, node: Apply, x: Any) -> Any:
    n = x.type.ndim - op.input_ndim
    order = (*range(n), *(NEW if d == NEW else d + n for d in op.order))
    return DimShuffle(input_ndim=x.type.ndim, order=order).make_node(x)


@_vectorize_node.register(CAReduce)
@_vectorize_node.register(Argmax)
def _reduction(op: Any, node: Apply, x: Any) -> Any:
    ndim = _rank(node.inputs[0])
    n = x.type.ndim - ndim
    if not ndim and isinstance(op, Argmax):  # the place in a number is 0
        return type(op)((n,)).make_node(expand_dims(x, n))
    return type(op)(tuple(axis + n for axis in op.axes(ndim))).make_node(x)


@_vectorize_node.register
def _reshape(op: Reshape, node: Apply, x: Any, lengths: Any) -> Any:
    _same_for_all(op, node, {1: lengths})
    n = x.type.ndim - _rank(node.inputs[0])
    # what is known of the lengths stays known: one that is statically 1 may broadcast
    static = node.outputs[0].type.shape  # type: ignore[attr-defined]
    core = [entry(lengths, i) if m is None else m for i, m in enumerate(static)]
    shape = [cast(as_tensor_variable(m), "int64") for m in (*_batch_shape(x, n), *core)]
    return Reshape(op.ndim + n).make_node(x, MakeVector("int64")(*shape))


@_vectorize_node.register
def _subtensor(op: Subtensor, node: Apply, x: Any, *indices: Any) -> Any:
    _same_for_all(op, node, dict(enumerate(indices, 1)))
    n = x.type.ndim - _rank(node.inputs[0])
    return Subtensor((_ALL,) * n + op.idx_list).make_node(x, *indices)


@_vectorize_node.register
def _inc_subtensor(op: IncSubtensor, node: Apply, x: Any, y: Any, *indices: Any) -> Any:
    _same_for_all(op, node, dict(enumerate(indices, 2)))
    core_x, core_y = map(_rank, node.inputs[:2])
    part = core_x - sum(entry is True for entry in op.idx_list)
    n = y.type.ndim - core_y
    y = dimshuffle(y, [*range(n), *["x"] * (part - core_y), *range(n, y.type.ndim)])
    x, _ = same_batch([x, y], [core_x, part])
    n = x.type.ndim - core_x
    idx_list = (_ALL,) * n + op.idx_list
    return IncSubtensor(idx_list, op.set_instead_of_inc).make_node(x, y, *indices)


@_vectorize_node.register
def _join(op: Join, node: Apply, *arrays: Any) -> Any:
    batches = same_batch(arrays, list(map(_rank, node.inputs)))
    n = batches[0].type.ndim - _rank(node.inputs[0])
    return Join(op.axis + n).make_node(*batches)


@_vectorize_node.register
def _make_vector(op: MakeVector, node: Apply, *scalars: Any) -> Any:
    batches = same_batch(scalars, [0] * len(scalars))
    n = batches[0].type.ndim
    return Join(n).make_node(*(expand_dims(v, n) for v in batches))


@_vectorize_node.register
def _alloc(op: Alloc, node: Apply, value: Any, *lengths: Any) -> Any:
    _same_for_all(op, node, dict(enumerate(lengths, 1)))
    n = value.type.ndim - _rank(node.inputs[0])
    missing = len(lengths) - _rank(node.inputs[0])
    order = [*range(n), *["x"] * missing, *range(n, value.type.ndim)]
    return Alloc().make_node(dimshuffle(value, order), *_batch_shape(value, n), *lengths)


@_vectorize_node.register
def _specify_shape(op: SpecifyShape, node: Apply, x: Any) -> Any:
    return SpecifyShape((None,) * (x.type.ndim - len(op.lengths)) + op.lengths).make_node(x)


@_vectorize_node.register
def _shape(op: Shape, node: Apply, x: Any) -> Any:
    # all elements of a batch have one shape
    return Shape()(x)[x.type.ndim - _rank(node.inputs[0]) :]


@_vectorize_node.register
def _shape_i(op: Shape_i, node: Apply, x: Any) -> Any:
    return Shape_i(op.i + x.type.ndim - _rank(node.inputs[0])).make_node(x)


@_vectorize_node.register
def _ifelse(op: IfElse, node: Apply, condition: Any, *values: Any) -> Any:
    return _chosen(condition, values, [_rank(v) for v in node.outputs], op.name)


@_vectorize_node.register
def _branches(op: Branches, node: Apply, condition: Any, *batched: Any) -> Any:
    values = vectorize_graph(op.inner_outputs, dict(zip(op.inner_inputs, batched, strict=True)))
    return _chosen(condition, values, [_rank(v) for v in node.outputs], op.name)


def _chosen(
    condition: Any, values: Sequence[Any], ranks: Sequence[int], name: str | None
) -> list[Any]:
    """One of two lists of batches: one branch for all, or of each element its own."""
    n = len(ranks)
    pairs: Any = zip(values[:n], values[n:], ranks, strict=True)
    if not condition.type.ndim:
        same = [same_batch([a, b], [rank, rank]) for a, b, rank in pairs]
        operands = [*(a for a, _ in same), *(b for _, b in same)]
        return IfElse(n, name).make_node(condition, *operands).outputs
    results = []
    for a, b, rank in pairs:
        c, x, y = same_batch([condition, a, b], [0, rank, rank])
        results.append(switch(dimshuffle(c, [*range(c.type.ndim), *[NEW] * rank]), x, y))
    return results


@_vectorize_node.register
def _scan(op: Scan, node: Apply, *batched: Any) -> Any:
    from lamina.scan.batches import batched_loop

    return batched_loop(node, batched)


@_vectorize_node.register
def _op_from_graph(op: OpFromGraph, node: Apply, *batched: Any) -> Any:
    if op.overridden:  # its derivatives are those of each element
        return vectorize_node_fallback(op, node, *batched)
    return _batched_graph(op, batched)


def _batched_graph(op: OpFromGraph, batched: Sequence[Any]) -> Apply:
    """The graph of `op` on batches, as an op."""
    inputs = [b.type() for b in batched]
    outputs = vectorize_graph(op.inner_outputs, dict(zip(op.inner_inputs, inputs, strict=True)))
    made = OpFromGraph(inputs, outputs, inline=op.inline, name=op.name)
    return made.make_node(*batched)


_ALL = (False, False, False)


def _rank(v: Variable) -> int:
    return getattr(v.type, "ndim", 0)


def _batch_shape(x: Any, n: int) -> list[Any]:
    return [length_of(x, i) for i in range(n)]


def _same_for_all(op: Op, node: Apply, operands: Mapping[int, Any]) -> None:
    """Refuse operands that differ from one element of a batch to another.

    Raises
    ------
    NotImplementedError
        One of them is batched.
    """
    for i, operand in operands.items():
        if operand.type.ndim != _rank(node.inputs[i]):
            raise NotImplementedError(
                f"{op} cannot be vectorized over operand {i}, {operand} of type {operand.type}: "
                "its result might not be an array"
            )


def same_batch(arrays: Sequence[Any], core_ranks: Sequence[int]) -> list[Any]:
    """`arrays` broadcast to common leading dimensions, in front of those of `core_ranks`."""
    n = max(x.type.ndim - core for x, core in zip(arrays, core_ranks, strict=True))
    padded = [
        shape_padleft(x, core + n - x.type.ndim) for x, core in zip(arrays, core_ranks, strict=True)
    ]
    static = [[x.type.shape[axis] for x in padded] for axis in range(n)]
    # A length that is known, and not 1, tells the common one best; else one that may be any.
    models = [min(padded, key=lambda x: _PREFERENCE.get(x.type.shape[i], 0)) for i in range(n)]
    common = [length_of(x, axis) for axis, x in enumerate(models)]
    return [
        broadcast_to(x, (*common, *(length_of(x, i) for i in range(n, x.type.ndim))))
        if any(x.type.shape[i] == 1 and set(static[i]) != {1} for i in range(n))
        else x
        for x in padded
    ]


_PREFERENCE = {1: 2, None: 1}
