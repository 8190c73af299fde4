"""How machine code is called: inputs and outputs as the runtime knows them, exact arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lamina.compile.request import Request
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.runtime.descriptor import ArraySpec, InputSpec, Signature


def unread_cells(fgraph: FunctionGraph, request: Request) -> list[tuple[list[Any], Any]]:
    """The cells that a function only writes, each with the output that goes there."""
    known = {id(cell) for cell in request.cells}
    written = fgraph.outputs[len(fgraph.outputs) - len(request.targets) :]
    pairs = zip(request.targets, written, strict=True)
    return [(cell, v) for cell, v in pairs if id(cell) not in known]


def all_cells(fgraph: FunctionGraph, request: Request) -> list[list[Any]]:
    """The cells that a function reads, and then those that it only writes."""
    return [*request.cells, *(cell for cell, _ in unread_cells(fgraph, request))]


def numbers_on_device(fgraph: FunctionGraph, request: Request) -> list[int]:
    """The inputs of a function on a device that are numbers which stay there: floats, for integers
    are lengths and positions, which the host needs.
    """
    if request.mode.device == "cpu":
        return []
    first = len(request.arguments)
    return [
        first + i
        for i, (v, cell) in enumerate(zip(fgraph.inputs[first:], request.cells, strict=True))
        if not v.type.machine.shape
        and v.type.machine.dtype.startswith(("float", "complex"))
        and hasattr(cell[0], "driver")
    ]


def signature_of(fgraph: FunctionGraph, request: Request) -> Signature:
    """How machine code is called for `request`."""
    cells = all_cells(fgraph, request)
    positions = {id(cell): len(request.arguments) + i for i, cell in enumerate(cells)}
    stay = numbers_on_device(fgraph, request)
    inputs = []
    for i, v in enumerate(fgraph.inputs):
        is_argument = i < len(request.arguments)
        argument = request.arguments[i] if is_argument else None
        inputs.append(
            InputSpec(
                v.name if argument is None else argument.name,
                v.type.machine.dtype,
                v.type.machine.shape,
                "cell" if argument is None else "argument",
                numbers="none" if argument is not None and argument.strict else "exact",
                place="device" if i in stay else "host",
            )
        )
    for _, v in unread_cells(fgraph, request):
        kind = v.type.machine
        inputs.append(InputSpec(v.name, kind.dtype, (None,) * kind.ndim, "cell"))
    return Signature(
        inputs=tuple(inputs),
        outputs=tuple(
            ArraySpec(v.type.machine.dtype, v.type.machine.shape) for v in fgraph.outputs
        ),
        updates=tuple(positions[id(t)] for t in request.targets),
        returns="list" if request.returns_list else "single",
    )


def converter(
    convert: Callable[[Sequence[Any], Mapping[str, Any]], list[Any]], cells: Sequence[list[Any]]
) -> Callable[[Sequence[Any], Mapping[str, Any]], list[np.ndarray]]:
    """What the runtime asks for the arguments of a call, from what gives their exact values; it
    brings what is in `cells` to the form that machine code takes, too.
    """

    def converted(args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[np.ndarray]:
        values = convert(args, kwargs)
        for cell in cells:
            if not hasattr(cell[0], "driver"):  # what is on a device stays there
                cell[0] = _exact(cell[0])
        return [_exact(v) for v in values]

    return converted


def _exact(value: Any) -> np.ndarray:
    """`value` as machine code takes arrays: of the exact class, C-contiguous, aligned, native."""
    array = np.asarray(value)
    return np.require(array, array.dtype.newbyteorder("="), ["C", "A"])
