"""The backend of mode NUMPY: a Python closure around the interpreter."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from itertools import repeat
from operator import itemgetter, setitem
from typing import Any

from lamina.compile.dump import dump, dump_wanted
from lamina.compile.interpreter import Interpreter
from lamina.compile.request import Request
from lamina.compile.shown_values import with_shown
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import Op

_value = itemgetter(0)


class InterpretedFunction:
    """A function that the interpreter runs."""

    callbacks: tuple[Op, ...] = ()

    def __init__(self, fgraph: FunctionGraph, request: Request):
        self.fgraph = fgraph
        returned = fgraph.outputs[: len(fgraph.outputs) - len(request.targets)]
        kinds = [v.type for v in returned]
        self.call = with_shown(kinds, _closure(fgraph, request), request.returns_list)
        if "graph" in dump_wanted():
            dump(request.name, {"graph": self.ir("graph")})

    def ir(self, stage: str) -> str:
        """The graph, the one stage of this mode.

        Raises
        ------
        ValueError
            Another stage is asked for.
        """
        if stage != "graph":
            raise ValueError(
                f"this function runs op by op: its one stage is 'graph', not {stage!r}. "
                "Functions that are compiled, as in mode FAST_RUN, have the others."
            )
        from lamina.compile.pipeline import graph_text

        return graph_text(self.fgraph)


def _closure(fgraph: FunctionGraph, request: Request) -> Callable[..., Any]:
    watch, profile = request.mode.watching(fgraph), request.profile
    if profile is not None and profile.by_piece:
        profile.reached("graph")
        watch = profile.watch(fgraph.toposort(), watch)
    run = Interpreter(fgraph, request.borrow, watch)
    convert, cells, targets = request.convert, request.cells, request.targets
    returned = len(fgraph.outputs) - len(targets)

    def compute(args: Any, kwargs: Any) -> list[Any]:
        values = convert(args, kwargs)
        # C loops over all cells: no other thread and no signal handler sees half of them done.
        values.extend(map(_value, cells))
        results = run(values)
        deque(map(setitem, targets, repeat(0), results[returned:]), maxlen=0)
        return results[:returned]

    if targets:
        lock, compute_unlocked = threading.RLock(), compute

        def compute(args: Any, kwargs: Any) -> list[Any]:
            with lock:
                return compute_unlocked(args, kwargs)

    if request.returns_list:
        return lambda *args, **kwargs: compute(args, kwargs)
    return lambda *args, **kwargs: compute(args, kwargs)[0]
