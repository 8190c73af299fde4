"""Functions of machine code, compiled or found on disk, and linked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

from lamina.compile.artefact import Artefact
from lamina.compile.callbacks import callbacks_of, one_at_a_time, ops_of
from lamina.compile.fingerprint import fingerprint
from lamina.compile.loop_modes import loop_modes
from lamina.compile.native_signature import all_cells, converter, signature_of
from lamina.compile.not_native import interpreted
from lamina.compile.pipeline import compile_graph, stages_of, to_buffers
from lamina.compile.request import Executable, Request, protected_inputs
from lamina.compile.run_time_errors import place_of, raise_run_time_error
from lamina.compile.shown_values import with_shown
from lamina.graph.rewriting.users_stage import rewritten_by_user
from lamina.ir.configuration import config
from lamina.ir.graph.errors import NotInDialect
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import Op
from lamina.passes.user_rules import only, own_rules

# The flags that decide what a graph is compiled to.
FLAGS = ("floatX", "strict_ieee", "rewrite_limit")

# MLIR's context belongs to one thread at a time.
_compiling = threading.RLock()


def compile_native(fgraph: FunctionGraph, request: Request) -> Executable:
    """Machine code for a graph, from the disk cache if it was compiled before.

    An op that the dialect does not have, such as one of the user's own, is computed by Python in a
    call from machine code. A graph with variables that are no arrays is run by the interpreter.
    """
    fgraph = rewritten_by_user(fgraph, request.mode.query, protected_inputs(fgraph, request))
    try:
        with _compiling:
            return NativeFunction(fgraph, request)
    except NotInDialect as reason:
        from lamina.compile.interpreted_function import InterpretedFunction

        interpreted[str(reason)] += 1
        return InterpretedFunction(fgraph, request)


class NativeFunction:
    """A function of machine code; its intermediate texts are made when they are asked for."""

    def __init__(self, fgraph: FunctionGraph, request: Request):
        self.graph = fgraph
        self.request = request
        self.texts: dict[str, str] = {}
        self.flags = {flag: getattr(config, flag) for flag in FLAGS}
        self.rules = own_rules()
        self.artefact = self._artefact()
        self.path = None if self.artefact.kernels is None else self.artefact.kernels.path()
        self.call = self._load()

    def _artefact(self) -> Artefact:
        from lamina.compile.dump import dump_wanted
        from lamina.runtime.disk_cache import open_cache

        wanted = dump_wanted()
        on_device = self.request.mode.device != "cpu"
        kept = config.cache and self.request.profile is None and not on_device
        key = fingerprint(self.graph, self.request) if kept else None
        cache = open_cache(config.cache_dir or None, wanted=config.cache)
        if key is not None and not wanted:
            stored = cache.get(key)
            if stored is not None:
                return Artefact.from_bytes(stored)
        artefact = compile_graph(self.graph, self.request, self.texts.__setitem__, wanted)
        if key is not None:
            cache.put(key, artefact.to_bytes())
        if wanted:
            from lamina.compile.dump import dump

            dump(self.request.name, {s: self.texts[s] for s in wanted if s in self.texts})
        return artefact

    def _load(self) -> Callable[..., Any]:
        from lamina.compile.libraries import libraries_for
        from lamina.runtime import executable
        from lamina.runtime.disk_cache import open_cache

        request = self.request
        cells = all_cells(self.graph, request)
        graph, errors = self.graph, self.artefact.errors

        def report(status: int, details: tuple[int, int, int, int]) -> None:
            error = errors[status - 1]
            raise_run_time_error(error, details, place_of(error, graph))

        callbacks = callbacks_of(self.graph, self.artefact.callbacks)
        store = open_cache(config.cache_dir or None, wanted=config.cache)
        libraries, symbols = libraries_for(self.artefact.object), {}
        if self.artefact.pieces and request.profile is not None:
            from lamina.runtime.profile import RECORDS, clock_cost, library

            records = request.profile.take(self.artefact.pieces)
            clock = library(store)
            libraries, symbols = [*libraries, clock], {RECORDS: records.ctypes.data}
        loaded = executable.load(
            [self.artefact.object, *libraries],
            signature_of(self.graph, request),
            name=request.name,
            convert=converter(request.convert, cells),
            report=report,
            cells=cells,
            symbols=symbols,
            callbacks=callbacks,
            cache=store,
            path=self.path,
        )
        if symbols and request.profile is not None:
            request.profile.correct(*clock_cost(clock))
        call = one_at_a_time(loaded.call) if callbacks and request.targets else loaded.call
        returned = self.graph.outputs[: len(self.graph.outputs) - len(request.targets)]
        return with_shown([v.type for v in returned], call, request.returns_list)

    @property
    def callbacks(self) -> tuple[Op, ...]:
        """The ops that Python computes."""
        return ops_of(self.graph, self.artefact.callbacks)

    def ir(self, stage: str) -> str:
        """The text of a stage of the pipeline.

        Raises
        ------
        ValueError
            The function's mode has no such stage.
        """
        mode = self.request.mode
        stages = stages_of(mode, loop_modes(self.graph))
        if stage not in stages:
            raise ValueError(
                f"mode {mode} has no stage {stage!r}; its stages are {', '.join(stages)}"
            )
        if stage not in self.texts:
            with _compiling, config.change_flags(**self.flags), only(self.rules):
                compile_graph(self.graph, self.request, self.texts.__setitem__, stages)
        return self.texts[stage]

    def text_for_all_processors(self) -> str:
        """LLVM IR in which functions of libm are not bound to those of this processor's library."""
        from lamina.codegen.stages import compile_from
        from lamina.codegen.target import baseline

        text = self.ir("linalg")
        with _compiling:
            return compile_from("linalg", text, until="llvm", target=baseline()).texts["llvm"]

    @cached_property
    def fgraph(self) -> FunctionGraph:
        """The compiled graph: kernels as composites, buffers as destroy maps."""
        from lamina.ir.dialect import graph_type
        from lamina.raise_graph import raise_graph

        inputs = [v.clone() for v in self.graph.inputs]
        with _compiling, config.change_flags(**self.flags), only(self.rules):
            program = to_buffers(self.graph, self.request)
        cells = program.block.args[len(inputs) :]
        outputs = raise_graph(program, [*inputs, *(graph_type(a.type)() for a in cells)])
        return FunctionGraph(inputs, outputs, clone=False)
