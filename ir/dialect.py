"""The nd dialect: arrays as values, one operation for each op, made from the op's definition.

An elementwise operation broadcasts implicitly: operands of lower rank are aligned on the last
dimension, and a dimension statically 1 gives way. All its operands have the dtypes of one of its
loops; nd.cast makes promotion explicit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, cast

import numpy as np
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    ComplexType,
    DenseArrayBase,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    Signedness,
    StringAttr,
    TensorType,
    f64,
    i1,
    i64,
)
from xdsl.ir import Attribute, Block, Dialect, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    region_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.traits import IsolatedFromAbove, IsTerminator, Pure
from xdsl.utils.exceptions import VerifyException

from lamina.ir.graph import tensor_type as graph
from lamina.ir.graph.errors import NotInDialect
from lamina.ir.graph.op import Op
from lamina.ir.graph.type import Type
from lamina.ir.ops import (
    assumption,
    basic_indexing,
    blas,
    check,
    contraction,
    convolution,
    counting,
    creation,
    cumulative,
    dimshuffle,
    draw,
    gather,
    joining,
    linear_algebra,
    nonzero,
    reduction,
    requirement,
    searching,
    shape,
    sorting,
    topk,
)
from lamina.ir.ops.cast import cast_op
from lamina.ir.ops.elementwise import Elemwise, all_elementwise
from lamina.ir.ops.routine import Routine
from lamina.ir.shapes import broadcast_static

ELEMENT: dict[str, Attribute] = {
    "bool": i1,
    **{f"int{n}": IntegerType(n) for n in (8, 16, 32, 64)},
    **{f"uint{n}": IntegerType(n, Signedness.UNSIGNED) for n in (8, 16, 32, 64)},
    "float16": Float16Type(),
    "float32": Float32Type(),
    "float64": Float64Type(),
    "complex64": ComplexType(Float32Type()),
    "complex128": ComplexType(Float64Type()),
}
_DTYPE = {element: dtype for dtype, element in ELEMENT.items()}

ARRAY_OPS: dict[str, type[Any]] = {
    op.nd_name: op
    for op in (
        dimshuffle.DimShuffle,
        shape.Shape,
        shape.Shape_i,
        shape.MakeVector,
        shape.Reshape,
        shape.SpecifyShape,
        shape.Alloc,
        reduction.Sum,
        reduction.Prod,
        reduction.Max,
        reduction.Min,
        reduction.All,
        reduction.Any_,
        reduction.Argmax,
        reduction.Argmin,
        contraction.Dot,
        blas.Gemv,
        blas.Gemm,
        convolution.Convolve,
        creation.ARange,
        creation.Eye,
        joining.Join,
        basic_indexing.Subtensor,
        basic_indexing.IncSubtensor,
        cumulative.CumOp,
        cumulative.LinearRecurrence,
        sorting.Sort,
        sorting.ArgSort,
        sorting.LexSort,
        topk.ArgTopK,
        requirement.Require,
        searching.SearchsortedOp,
        counting.BinCount,
        gather.Gather,
        gather.Scatter,
        nonzero.Nonzero,
        assumption.Assume,
        *linear_algebra.OPS,
    )
}


@cache
def nd_type(type: Type) -> TensorType[Any]:
    """The nd type of a graph type.

    Raises
    ------
    NotInDialect
        Compiled code has no arrays for its values.
    """
    array: graph.TensorType | None = type.machine
    if array is None:
        raise NotInDialect(f"a variable is no array but of the type {type}")
    return TensorType(
        ELEMENT[array.dtype], [DYNAMIC_INDEX if n is None else n for n in array.shape]
    )


@cache
def graph_type(type: TensorType[Any]) -> graph.TensorType:
    """The graph type of an nd type."""
    shape = [None if n == DYNAMIC_INDEX else n for n in type.get_shape()]
    return graph.TensorType(_DTYPE[type.element_type], shape)


def dtype_of(value: SSAValue) -> str:
    """The NumPy dtype of a value."""
    return _DTYPE[value.type.element_type]  # type: ignore[attr-defined]


def static_shape(value: SSAValue) -> tuple[int | None, ...]:
    """The static shape of a value, None for unknown lengths."""
    return tuple(None if n == DYNAMIC_INDEX else n for n in value.type.get_shape())  # type: ignore[attr-defined]


def rank(value: SSAValue) -> int:
    """The number of dimensions of a value."""
    return len(value.type.shape)  # type: ignore[attr-defined]


class NdOp(IRDLOperation):
    """An operation of the dialect.

    Attributes
    ----------
    definition : Op
        The op that it applies: its facts are what passes are written against.
    """

    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    assembly_format = "$args attr-dict `:` functional-type($args, $res)"
    traits = traits_def(Pure())
    OP_CLASS: ClassVar[type[Any]]

    @property
    def definition(self) -> Op:
        known = self.__dict__.get("_definition")
        if known is None:
            known = vars(self)["_definition"] = self._define()
        return known

    def _define(self) -> Op:
        return _decode(self.OP_CLASS, self.attributes)

    def infer(self) -> Sequence[TensorType[Any]]:
        """The types of the results, from the operands."""
        types = [graph_type(v.type) for v in self.operands]  # type: ignore[arg-type]
        values = [constant_data(v) for v in self.operands]
        inferred = self.definition.infer(types, values)  # type: ignore[attr-defined]
        return list(map(nd_type, inferred if isinstance(inferred, list) else [inferred]))

    def verify_(self) -> None:
        try:
            inferred = self.infer()
        except (TypeError, ValueError, IndexError) as error:
            raise VerifyException(f"{self.name}: {error}") from error
        for result, expected in zip(self.results, inferred, strict=True):
            if not _agree(result.type, expected):  # type: ignore[arg-type]
                raise VerifyException(
                    f"{self.name} has the result type {result.type}, inferred {expected}"
                )


class RoutineOp(NdOp):
    """An op with a generalised ufunc's signature."""


class ElementwiseOp(NdOp):
    """A scalar op between elements of broadcast operands."""

    ELEMWISE: ClassVar[Elemwise]

    def _define(self) -> Op:
        return self.ELEMWISE

    def infer(self) -> Sequence[TensorType[Any]]:
        return [infer_elementwise(self.ELEMWISE, self.operands)]


class CastOp(ElementwiseOp):
    """Conversion to the element type of the result."""

    name = "nd.cast"

    def _define(self) -> Op:
        return cast_op(dtype_of(self.results[0]))

    def infer(self) -> Sequence[TensorType[Any]]:
        element = self.results[0].type.element_type  # type: ignore[attr-defined]
        return [TensorType(element, self.operands[0].type.get_shape())]  # type: ignore[attr-defined]


def infer_elementwise(op: Elemwise, operands: Sequence[SSAValue]) -> TensorType[Any]:
    """The type of an elementwise op on `operands`.

    Raises
    ------
    TypeError, ValueError
        The dtypes are not those of a loop, or the shapes do not broadcast.
    """
    dtypes = tuple(map(dtype_of, operands))
    loop, dtype = op.scalar_op.types(dtypes, (None,) * len(dtypes))
    if loop != dtypes:
        raise TypeError(
            f"operands of dtypes {', '.join(dtypes)} are not those of a loop of {op}; "
            "insert nd.cast"
        )
    shapes = [static_shape(v) for v in operands]
    ndim = max(map(len, shapes))
    shape = broadcast_static([(1,) * (ndim - len(s)) + s for s in shapes])
    return TensorType(ELEMENT[dtype], [DYNAMIC_INDEX if n is None else n for n in shape])


def _agree(stated: TensorType[Any], inferred: TensorType[Any]) -> bool:
    """Whether a stated type is the inferred one, or knows more or less of its lengths."""
    if stated.element_type != inferred.element_type:
        return False
    a, b = stated.get_shape(), inferred.get_shape()
    return len(a) == len(b) and all(
        n == m or DYNAMIC_INDEX in (n, m) for n, m in zip(a, b, strict=True)
    )


@irdl_op_definition
class ConstantOp(IRDLOperation):
    """A constant array. Its bytes are those of the array in row-major order, in hexadecimal where
    not plain text.
    """

    name = "nd.constant"
    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    assembly_format = "$args attr-dict `:` functional-type($args, $res)"
    traits = traits_def(Pure())

    @property
    def data(self) -> np.ndarray:
        """The array, read-only."""
        known = self.__dict__.get("_data")
        if known is None:
            known = decode_array(self.attributes["value"], graph_type(self.results[0].type))  # type: ignore[arg-type]
            known.flags.writeable = False
            vars(self)["_data"] = known
        return known


def constant_op(array: np.ndarray) -> ConstantOp:
    """The operation that makes a constant of `array`."""
    array = np.array(array, order="C")
    array.flags.writeable = False
    type = nd_type(graph.TensorType(array.dtype, array.shape))
    op = ConstantOp.create(result_types=[type], attributes={"value": encode_array(array)})
    vars(op)["_data"] = array
    return op


def encode_array(array: np.ndarray) -> Attribute:
    """An array as an attribute: a number where that is exact and short, else its bytes in
    hexadecimal.
    """
    if array.ndim == 0 and array.dtype.kind in "iub":
        return StringAttr(str(int(array)))
    if array.ndim == 0 and array.dtype.kind == "f" and np.isfinite(array):
        return StringAttr(repr(float(array)))
    if array.ndim == 0 and array.dtype.kind == "f":
        bits = array.tobytes()
        if bits == np.asarray(np.nan, array.dtype).tobytes() or np.isinf(array):
            return StringAttr(str(float(array)))
    return StringAttr("0x" + array.astype(array.dtype.newbyteorder("<")).tobytes().hex())


def decode_array(value: Attribute, type: graph.TensorType) -> np.ndarray:
    """The array that ``encode_array`` wrote."""
    text, dtype = value.data, type.numpy_dtype  # type: ignore[attr-defined]
    if text.startswith("0x"):
        array = np.frombuffer(bytes.fromhex(text[2:]), dtype.newbyteorder("<")).astype(dtype)
        return array.reshape([n or 0 for n in type.shape])
    return np.array(int(text) if dtype.kind in "iub" else float(text), dtype)


def constant_data(value: SSAValue) -> np.ndarray | None:
    """The array of a constant, None for all else."""
    return value.owner.data if isinstance(value.owner, ConstantOp) else None


@irdl_op_definition
class AssertEqualOp(IRDLOperation):
    """Check that two lengths are equal; else the call raises.

    ``node`` is the number of the application that needs it, ``axis`` the axis; ``what`` says what
    failed.
    """

    name = "nd.assert_equal"
    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    assembly_format = "$args attr-dict `:` functional-type($args, $res)"


@irdl_op_definition
class AssertIndexOp(IRDLOperation):
    """Check that an index is at least -n and less than n, operands index and n; else the call
    raises IndexError.
    """

    name = "nd.assert_index"
    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    assembly_format = "$args attr-dict `:` functional-type($args, $res)"


@irdl_op_definition
class SliceOp(IRDLOperation):
    """A view: operands x and, for each axis of x, offset, length and step. The axes ``dropped``
    have length 1 and go.
    """

    name = "nd.slice"
    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    assembly_format = "$args attr-dict `:` functional-type($args, $res)"
    traits = traits_def(Pure())


@irdl_op_definition
class UpdateSliceOp(IRDLOperation):
    """x with y added to a slice of it, or in its place (``set``): operands x, y, and offset,
    length, step for each axis.

    ``buffers``, once planned, says where the result lives.
    """

    name = "nd.update_slice"
    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    assembly_format = "$args attr-dict `:` functional-type($args, $res)"
    traits = traits_def(Pure())


@irdl_op_definition
class ReshapeToOp(IRDLOperation):
    """The elements of x, in row-major order, with the lengths given by the other operands."""

    name = "nd.reshape_to"
    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    assembly_format = "$args attr-dict `:` functional-type($args, $res)"
    traits = traits_def(Pure())


@irdl_op_definition
class IotaOp(IRDLOperation):
    """0, 1, ... below the length that is the operand."""

    name = "nd.iota"
    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    assembly_format = "$args attr-dict `:` functional-type($args, $res)"
    traits = traits_def(Pure())


@irdl_op_definition
class LoopIndexOp(IRDLOperation):
    """In a kernel: the position, an int64, of its loop number ``loop``."""

    name = "nd.loop_index"
    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    assembly_format = "$args attr-dict `:` functional-type($args, $res)"
    traits = traits_def(Pure())


@irdl_op_definition
class KernelOp(IRDLOperation):
    """One loop nest: elementwise ops and reductions on the elements of its operands.

    The region has an argument of rank 0 for each operand; it ends in nd.yield. ``iterators`` names
    the loops ("parallel" or "reduction"); ``maps`` has, for each operand and then each result, the
    loop that runs along each of its dimensions (-1: the dimension has length 1); ``combine`` has,
    for each result, "" or the reduction that combines what is yielded over the reduction loops.
    ``reuse`` has, for each result, the number of the operand whose buffer it takes, or -1.
    """

    name = "nd.kernel"
    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    body = region_def("single_block")
    assembly_format = "$args attr-dict-with-keyword $body `:` functional-type($args, $res)"
    traits = traits_def(Pure(), IsolatedFromAbove())


@irdl_op_definition
class CallbackOp(IRDLOperation):
    """What Python computes while the function runs: the results of an op that has no operation.

    ``node`` is the number of the application in the graph. Two with the same ``op``, the number of
    the first application of an equal op, compute the same of the same operands. ``title`` is what
    the op calls itself.
    """

    name = "nd.callback"
    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    assembly_format = "$args attr-dict `:` functional-type($args, $res)"
    traits = traits_def(Pure())

    @property
    def node(self) -> int:
        """The number of the application."""
        return self.attributes["node"].value.data  # type: ignore[attr-defined]

    @property
    def title(self) -> str:
        """What the op calls itself, on one line."""
        return self.attributes["title"].data  # type: ignore[attr-defined]


@irdl_op_definition
class ScanOp(IRDLOperation):
    """A loop: its region is done n times.

    Operands are n; ``sequences`` arrays of n rows; the first values of what is carried; and what
    stays the same. The region has arguments for a row of each sequence, what is carried, what stays
    the same; it ends in nd.yield of what is carried on (``carries`` values), what is traced, and
    with ``until``, whether this step is the last. Results are the last values of what is carried,
    the traces with a row a step, and with ``until`` the number of steps done.
    """

    name = "nd.scan"
    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    body = region_def("single_block")
    assembly_format = "$args attr-dict-with-keyword $body `:` functional-type($args, $res)"
    traits = traits_def(IsolatedFromAbove())

    @property
    def block(self) -> Block:
        """What a step does."""
        return self.body.block

    def count(self, name: str) -> int:
        """The attribute ``sequences`` or ``carries``."""
        return self.attributes[name].value.data  # type: ignore[attr-defined]

    @property
    def until(self) -> bool:
        """Whether the loop may end early."""
        return "until" in self.attributes

    @property
    def sequences(self) -> Sequence[SSAValue]:
        """The operands with a row a step."""
        return self.operands[1 : 1 + self.count("sequences")]

    @property
    def starts(self) -> Sequence[SSAValue]:
        """The operands that are first carried."""
        first = 1 + self.count("sequences")
        return self.operands[first : first + self.count("carries")]

    @property
    def same(self) -> Sequence[SSAValue]:
        """The operands that stay the same."""
        return self.operands[1 + self.count("sequences") + self.count("carries") :]

    @property
    def carried(self) -> Sequence[SSAValue]:
        """The arguments of the region for what is carried."""
        first = self.count("sequences")
        return self.block.args[first : first + self.count("carries")]

    @property
    def yielded(self) -> Sequence[SSAValue]:
        """What the region ends in."""
        last = self.block.last_op
        assert isinstance(last, YieldOp)
        return last.operands

    @property
    def traces(self) -> Sequence[SSAValue]:
        """The results with a row a step."""
        end = len(self.results) - self.until
        return self.results[self.count("carries") : end]


@irdl_op_definition
class IfOp(IRDLOperation):
    """One of two regions, as a bool says: the other is not computed.

    Operands are the bool, and what the regions take as arguments, both all of it. Each ends in
    nd.yield of the results, whose lengths may differ.
    """

    name = "nd.if"
    args = var_operand_def(TensorType)
    res = var_result_def(TensorType)
    then = region_def("single_block")
    otherwise = region_def("single_block")
    assembly_format = (
        "$args attr-dict-with-keyword $then `else` $otherwise `:` functional-type($args, $res)"
    )
    traits = traits_def(IsolatedFromAbove())

    @property
    def branches(self) -> tuple[Block, Block]:
        """What is computed if the condition holds, and if not."""
        return self.then.block, self.otherwise.block


@irdl_op_definition
class YieldOp(IRDLOperation):
    """What a region results in: at one point of a kernel's loops, or at the end of a step."""

    name = "nd.yield"
    args = var_operand_def(TensorType)
    assembly_format = "$args attr-dict `:` type($args)"
    traits = traits_def(IsTerminator(), Pure())


_elementwise: dict[str, type[ElementwiseOp]] = {}


def elementwise_class(op: Elemwise) -> type[ElementwiseOp]:
    """The operation class of an elementwise op."""
    if op.scalar_op.name.startswith("Cast{"):
        return CAST
    return _elementwise[op.scalar_op.name]


def _define(name: str, base: type[Any], **facts: Any) -> type[Any]:
    made = irdl_op_definition(
        cast(Any, type(name.title().replace("_", "") + "Op", (base,), {"name": f"nd.{name}"}))
    )
    for fact, value in facts.items():
        setattr(made, fact, value)
    return made


for _op in all_elementwise():
    _elementwise[_op.scalar_op.name] = _define(
        _op.scalar_op.name.lower(), ElementwiseOp, ELEMWISE=_op, OP_CLASS=Elemwise
    )
CAST = irdl_op_definition(CastOp)
ARRAY_CLASSES: dict[str, type[NdOp]] = {
    name: _define(name, RoutineOp if issubclass(op, Routine) else NdOp, OP_CLASS=op)
    for name, op in {
        **ARRAY_OPS,
        draw.Draw.nd_name: draw.Draw,
        check.Check.nd_name: check.Check,
    }.items()
}


def nd_class(op: Op) -> type[NdOp]:
    """The operation class of a graph op.

    Raises
    ------
    KeyError
        The dialect has none.
    """
    if isinstance(op, Elemwise):
        return elementwise_class(op)
    name: str = op.nd_name  # type: ignore[attr-defined]
    known = ARRAY_CLASSES.get(name)
    if isinstance(op, Routine) and (known is None or not isinstance(op, known.OP_CLASS)):
        return _own_class(type(op))
    return ARRAY_CLASSES[name]


@cache
def _own_class(kind: type[Any]) -> type[NdOp]:
    """The operation of a routine that is the user's own; parsers do not know it.

    Raises
    ------
    KeyError
        It has no machine code.
    """
    if kind.native is Routine.native:
        raise KeyError(kind.__name__)
    taken = {*ARRAY_CLASSES, *(cls.name.removeprefix("nd.") for cls in _own_classes)}
    name, number = kind.nd_name, 1
    while name in taken:
        number += 1
        name = f"{kind.nd_name}_{number}"
    _own_classes.append(_define(name, RoutineOp, OP_CLASS=kind))
    return _own_classes[-1]


_own_classes: list[type[NdOp]] = []


def has_operation(op: Op) -> bool:
    """Whether the dialect has an operation for a graph op, and the op does not ask for Python."""
    try:
        cls = nd_class(op)
    except (KeyError, AttributeError):
        return False
    if isinstance(op, Elemwise) and cls is not CAST:
        known: Any = cls  # the user's own op may have the name of another
        return known.ELEMWISE.scalar_op is op.scalar_op and not op.callback
    return not op.callback


def create(
    op: Op,
    operands: Sequence[SSAValue],
    result: TensorType[Any] | Sequence[TensorType[Any]] | None = None,
) -> NdOp:
    """The operation that applies `op`; types of results are inferred unless given."""
    attributes = {} if isinstance(op, Elemwise) else _encode(op)
    cls = nd_class(op)
    if result is None:
        if isinstance(op, Elemwise):
            if cls is CAST:
                dtype = op.scalar_op.name[5:-1]
                result = TensorType(ELEMENT[dtype], operands[0].type.get_shape())  # type: ignore[attr-defined]
            else:
                result = infer_elementwise(op, operands)
        else:
            types = [graph_type(v.type) for v in operands]  # type: ignore[arg-type]
            inferred = op.infer(types, [constant_data(v) for v in operands])  # type: ignore[attr-defined]
            result = list(map(nd_type, inferred if isinstance(inferred, list) else [inferred]))
    results = [result] if isinstance(result, TensorType) else list(result)
    operation = cls.create(operands=operands, result_types=results, attributes=attributes)
    vars(operation)["_definition"] = op
    return operation


def _encode(op: Op) -> dict[str, Attribute]:
    """The parameters of an op as attributes."""
    return dict(_encoded(getattr(op, "core_op", op)))


@cache
def _encoded(op: Any) -> list[tuple[str, Attribute]]:
    encoded = [(name, _encode_value(getattr(op, name))) for name in op.__props__]
    return [(name, value) for name, value in encoded if value is not None]


def _encode_value(value: Any) -> Attribute | None:
    match value:
        case None:
            return None
        case bool():
            return IntegerAttr(int(value), i1)
        case int():
            return IntegerAttr(value, i64)
        case float():
            return FloatAttr(value, f64)
        case str():
            return StringAttr(value)
        case tuple() if all(
            isinstance(v, int) and not isinstance(v, bool) or v is None for v in value
        ):
            return DenseArrayBase.from_list(i64, [-1 if v is None else v for v in value])
        case tuple():
            return ArrayAttr([StringAttr(_entry_text(v)) for v in value])
    raise TypeError(f"no attribute for {value!r}")


def _entry_text(entry: Any) -> str:
    if entry is True:
        return "i"
    start, stop, step = entry
    return ("start" if start else "") + ":" + ("stop" if stop else "") + (":step" if step else "")


def _entry(text: str) -> Any:
    return (
        True if text == "i" else (text.startswith("start"), "stop" in text, text.endswith("step"))
    )


def _decode(cls: type[Any], attributes: Mapping[str, Attribute]) -> Op:
    """The op of class `cls` with the parameters that `_encode` wrote."""
    values: dict[str, Any] = {}
    for name in cls.__props__:
        value = attributes.get(name)
        match value:
            case None:
                values[name] = () if name == "idx_list" else None
            case IntegerAttr():
                values[name] = bool(value.value.data) if value.type == i1 else value.value.data
            case StringAttr():
                values[name] = value.data
            case FloatAttr():
                values[name] = value.value.data
            case DenseArrayBase():
                entries = cast(Any, value).get_values()
                values[name] = (
                    tuple(None if v == -1 else v for v in entries) if name == "lengths" else entries
                )
                if name == "idx_list":
                    values[name] = ()
            case ArrayAttr():
                values[name] = tuple(_entry(cast(Any, v).data) for v in value)
    op = cls(**values)
    return contraction.Blockwise(op) if cls is contraction.Dot else op


ND = Dialect(
    "nd",
    [
        ConstantOp,
        AssertEqualOp,
        AssertIndexOp,
        SliceOp,
        UpdateSliceOp,
        ReshapeToOp,
        IotaOp,
        LoopIndexOp,
        KernelOp,
        ScanOp,
        IfOp,
        CallbackOp,
        YieldOp,
        CAST,
        *_elementwise.values(),
        *ARRAY_CLASSES.values(),
    ],
    [],
)
