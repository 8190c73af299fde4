"""Operations that apply an op: a class for each op, made from its definition."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, cast

from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from lamina.ir.dialect.array_ops import ARRAY_OPS
from lamina.ir.dialect.constants import constant_data
from lamina.ir.dialect.parameters import decode, encode
from lamina.ir.dialect.types import (
    ELEMENT,
    ArrayOperation,
    dtype_of,
    graph_type,
    nd_type,
    static_shape,
    tensor_of,
)
from lamina.ir.graph.op import Op
from lamina.ir.ops import check, counter_based_vectors, draw, philox
from lamina.ir.ops.cast import cast_op
from lamina.ir.ops.elementwise import Elemwise, all_elementwise
from lamina.ir.ops.routine import Routine
from lamina.ir.shapes import broadcast_static


class NdOp(ArrayOperation):
    """An operation of the dialect.

    Attributes
    ----------
    definition : Op
        The op that it applies: its facts are what passes are written against.
    """

    traits = traits_def(Pure())
    OP_CLASS: ClassVar[type[Any]]

    @property
    def definition(self) -> Op:
        known = self.__dict__.get("_definition")
        if known is None:
            known = vars(self)["_definition"] = self._define()
        return known

    def _define(self) -> Op:
        return decode(self.OP_CLASS, self.attributes)

    def infer(self) -> Sequence[TensorType[Any]]:
        """The types of the results, from the operands."""
        return _infer(self.definition, self.operands)

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


def _infer(op: Any, operands: Sequence[SSAValue]) -> list[TensorType[Any]]:
    """The types of the results of a whole-array op."""
    types = [graph_type(v.type) for v in operands]  # type: ignore[arg-type]
    inferred = op.infer(types, [constant_data(v) for v in operands])
    return list(map(nd_type, inferred if isinstance(inferred, list) else [inferred]))


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
    return tensor_of(dtype, shape)


def _agree(stated: TensorType[Any], inferred: TensorType[Any]) -> bool:
    """Whether a stated type is the inferred one, or knows more or less of its lengths."""
    if stated.element_type != inferred.element_type:
        return False
    a, b = stated.get_shape(), inferred.get_shape()
    return len(a) == len(b) and all(
        n == m or DYNAMIC_INDEX in (n, m) for n, m in zip(a, b, strict=True)
    )


ELEMENTWISE_CLASSES: dict[str, type[ElementwiseOp]] = {}


def elementwise_class(op: Elemwise) -> type[ElementwiseOp]:
    """The operation class of an elementwise op."""
    if op.scalar_op.name.startswith("Cast{"):
        return CAST
    return ELEMENTWISE_CLASSES[op.scalar_op.name]


def _define(name: str, base: type[Any], **facts: Any) -> type[Any]:
    made = irdl_op_definition(
        cast(Any, type(name.title().replace("_", "") + "Op", (base,), {"name": f"nd.{name}"}))
    )
    for fact, value in facts.items():
        setattr(made, fact, value)
    return made


for _op in all_elementwise():
    ELEMENTWISE_CLASSES[_op.scalar_op.name] = _define(
        _op.scalar_op.name.lower(), ElementwiseOp, ELEMWISE=_op, OP_CLASS=Elemwise
    )
CAST = irdl_op_definition(CastOp)
ARRAY_CLASSES: dict[str, type[NdOp]] = {
    name: _define(name, RoutineOp if issubclass(op, Routine) else NdOp, OP_CLASS=op)
    for name, op in {
        **ARRAY_OPS,
        draw.Draw.nd_name: draw.Draw,
        philox.PhiloxBlocks.nd_name: philox.PhiloxBlocks,
        philox.AdvanceCounter.nd_name: philox.AdvanceCounter,
        counter_based_vectors.MultinomialOfWords.nd_name: counter_based_vectors.MultinomialOfWords,
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
    attributes = {} if isinstance(op, Elemwise) else encode(op)
    cls = nd_class(op)
    if result is None:
        if isinstance(op, Elemwise):
            if cls is CAST:
                dtype = op.scalar_op.name[5:-1]
                result = TensorType(ELEMENT[dtype], operands[0].type.get_shape())  # type: ignore[attr-defined]
            else:
                result = infer_elementwise(op, operands)
        else:
            result = _infer(op, operands)
    results = [result] if isinstance(result, TensorType) else list(result)
    operation = cls.create(operands=operands, result_types=results, attributes=attributes)
    vars(operation)["_definition"] = op
    return operation
