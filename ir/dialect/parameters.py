"""The parameters of an op as attributes of its operation, and back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    FloatAttr,
    IntegerAttr,
    StringAttr,
    f64,
    i1,
    i64,
)
from xdsl.ir import Attribute

from lamina.ir.graph.op import Op
from lamina.ir.ops import contraction


def encode(op: Op) -> dict[str, Attribute]:
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


def decode(cls: type[Any], attributes: Mapping[str, Attribute]) -> Op:
    """The op of class `cls` with the parameters that `encode` wrote."""
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
