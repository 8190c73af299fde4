"""What a compiled function's status means, in terms of the user's graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np

from lamina.compile.numbered_nodes import numbered_nodes
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.source_line import describe
from lamina.ir.ops.check import CheckAndRaise, exception_named


class Place(NamedTuple):
    """What an error tells of the application that failed.

    Attributes
    ----------
    op : str
    operands : str
        Their names and types.
    array : str
        The first of them.
    line : str
        The user's.
    raises : callable, optional
        Makes the exception of a check.
    """

    op: str = ""
    operands: str = ""
    array: str = ""
    line: str = ""
    raises: Callable[[], Exception] | None = None


def place_of(error: Mapping[str, Any], fgraph: FunctionGraph) -> Place:
    """The application of a graph to which an entry of a function's table refers; in a function
    compiled from a text, what the entry says itself.
    """
    nodes = numbered_nodes(fgraph)
    number = error.get("node")
    if number is None or number >= len(nodes):
        return Place(array=error.get("array") or "", line=error.get("line", ""))
    node = nodes[number]
    op: Any = node.op
    return Place(
        str(op),
        " and ".join(f"{v} {v.type}" for v in node.inputs),
        str(node.inputs[0]) if node.inputs else "",
        describe(node.line),
        (lambda: op.exc_type(op.msg)) if isinstance(op, CheckAndRaise) else None,
    )


def raise_run_time_error(
    error: Mapping[str, Any], details: Sequence[int], place: Place
) -> NoReturn:
    """Raise the error that entry `error` of a function's table stands for.

    Parameters
    ----------
    error : mapping
        ``kind``, ``what`` (the operation), ``axis`` and ``node`` (its number in the graph); in a
        function compiled from a text, ``line`` and ``array`` instead.
    details : sequence of four int
        The lengths that differ; or position, axis, index and size.
    place : Place
        What `place_of` found.
    """
    where = f" ({place.line})" if place.line else ""
    axis = error.get("axis", 0)
    scan = place.op or "scan"
    if error["kind"] == "index":
        _, axis, index, size = details
        of = f" of {place.array}" if place.array else ""
        raise IndexError(
            f"index {index} is out of bounds for axis {axis} with size {size}{of}{where}"
        )
    if error["kind"] == "linalg":
        matrix = f" (matrix {details[0]} of the batch)" if details[0] >= 0 else ""
        raise np.linalg.LinAlgError(f"{error['op']}: {error['what']}{matrix}{where}")
    if error["kind"] == "required":
        kind = OverflowError if error.get("error") == "OverflowError" else ValueError
        message = error["message"].format(*details) if error.get("numbers") else error["message"]
        raise kind(f"{message}{where}")
    expected, found = details[:2]
    what = error.get("what", "")
    if what == "nd.scan":
        raise ValueError(f"{scan}: a sequence has {found} elements for {expected} steps{where}")
    if what.startswith("carry "):
        raise ValueError(
            f"{scan}: what is carried as number {what[6:]} has "
            f"length {expected} on axis {axis} before a step and {found} after it{where}"
        )
    if what == "row":
        raise ValueError(
            f"{scan}: a row of an output has length {found} on "
            f"axis {axis}, the first one {expected}{where}"
        )
    match what:
        case "check":
            raise _failed_check(error, place, where)
        case "nd.reshape":
            raise ValueError(
                f"cannot reshape array of size {expected} into a shape of {found} elements{where}"
            )
        case "nd.nonzero":
            raise IndexError(
                f"boolean index did not match indexed array along axis {axis}; size of axis is "
                f"{expected} but size of corresponding boolean axis is {found}{where}"
            )
        case "slice step":
            raise ValueError(f"slice step cannot be zero{where}")
        case "nd.specify_shape":
            raise AssertionError(
                f"SpecifyShape: dim {axis} of input has shape {found}, expected {expected}.{where}"
            )
        case "integer power":
            raise ValueError(f"Integers to negative integer powers are not allowed.{where}")
        case "empty reduction":
            name = error.get("op", "max")
            raise ValueError(
                f"attempt to get {name} of an empty sequence{where}" if name.startswith("arg") else
                f"zero-size array to reduction {name}, which has no identity{where}"
            )  # fmt: skip
        case "negative length":
            raise ValueError(f"negative dimensions are not allowed: {found} on axis {axis}{where}")
        case "free length":
            raise ValueError(f"reshape: one length may be -1, where the others are not 0{where}")
        case "arange step":
            raise ValueError(f"arange: step must not be 0{where}")
        case "arange length":
            raise ValueError(f"arange: the number of elements is not a number, or too large{where}")
    op = place.op or error.get("what", "operation")
    operands = f" of {place.operands}" if place.operands else ""
    raise ValueError(
        f"{op}{operands}: lengths {expected} and {found} differ on "
        f"axis {axis}. Only a dimension that is statically 1 broadcasts.{where}"
    )


def _failed_check(error: Mapping[str, Any], place: Place, where: str) -> Exception:
    """What an op such as Assert raises."""
    if place.raises is not None:
        raised = place.raises()
    else:
        raised = exception_named(error["exception"])(error["message"])
    if where:
        raised.add_note(f"checked at{where}")
    return raised
