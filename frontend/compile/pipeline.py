"""The compiler on one page: from a graph to a function of machine code, stage by stage.

    graph                                the user's graph                          for reading
    nd                                   implicit broadcasting, explicit casts, asserted lengths
    canonicalize, stabilize, specialize  rewrites by rules, grouped by purpose     nd
    kernels                              loops fused, lengths as arithmetic        nd
    buffers                              where every array lives                   nd
    linalg, affine, llvm-dialect         a function a kernel, and the host         MLIR
    llvm, optimized                      what LLVM gets; what it makes of it       LLVM IR
    assembly                             what runs                                 for reading

All but graph, optimized and assembly can be compiled from again: ``compile_text``.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.compile.callbacks import callbacks_of, one_at_a_time, ops_of
from lamina.compile.fingerprint import fingerprint
from lamina.compile.modes import FAST_RUN, Mode
from lamina.compile.not_native import interpreted
from lamina.compile.request import Executable, Request, protected_inputs
from lamina.compile.run_time_errors import place_of, raise_run_time_error
from lamina.compile.shown_values import with_shown
from lamina.graph.rewriting.users_stage import rewritten_by_user
from lamina.ir.configuration import config
from lamina.ir.graph.errors import NotInDialect
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import Op
from lamina.passes.user_rules import only, own_rules, using
from lamina.runtime.descriptor import ArraySpec, InputSpec, Piece, Signature

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Emitted
    from lamina.compile.device_function import DeviceKernels
    from lamina.import_graph import Program
    from lamina.passes.driver import Fired

GRAPH_STAGES = ("graph",)
ND_STAGES = ("nd", "canonicalize", "stabilize", "specialize", "kernels", "buffers")
DEVICE_STAGES = ("gpu", "nvvm", "nvptx-llvm", "ptx")
CODE_STAGES = ("linalg", "affine", "llvm-dialect", "llvm", "optimized", "assembly")
STAGES = (*GRAPH_STAGES, *ND_STAGES, *CODE_STAGES)

# What of the rewrites a mode runs, and how hard LLVM tries.
TAGS = {
    "fast_run": ("canonicalize", "stabilize", "specialize"),
    "egraph": ("canonicalize", "stabilize", "specialize"),
    "fast_compile": ("canonicalize",),
    "none": (),
}
# The flags that decide what a graph is compiled to.
FLAGS = ("floatX", "strict_ieee", "rewrite_limit")
LLVM_LEVEL = {"fast_run": 2, "egraph": 2, "fast_compile": 0, "none": 0}

# MLIR's context belongs to one thread at a time.
_compiling = threading.RLock()


@dataclass
class Artefact:
    """What a compilation leaves: enough to link and call the function, without any compiler.

    Attributes
    ----------
    object : bytes
    errors : list of dict
        What status k of the function means is entry k - 1.
    callbacks : list of int
        The applications of the graph, by number, that Python computes.
    pieces : list of Piece
        What the records of its profile are about. A function that makes one is not kept.
    kernels : DeviceKernels, optional
        What runs on a device. A function that has some is not kept.
    """

    object: bytes
    errors: list[dict[str, Any]]
    callbacks: list[int] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    kernels: DeviceKernels | None = None

    def to_bytes(self) -> bytes:
        import json

        header = json.dumps([self.errors, self.callbacks]).encode()
        return struct.pack("<Q", len(header)) + header + self.object

    @classmethod
    def from_bytes(cls, data: bytes) -> Artefact:
        import json

        (size,) = struct.unpack_from("<Q", data)
        return cls(data[8 + size :], *json.loads(data[8 : 8 + size]))


def compile_graph(
    fgraph: FunctionGraph,
    request: Request,
    keep: Callable[[str, str], None],
    wanted: Collection[str] = (),
) -> Artefact:
    """Compile a graph; `keep` gets the name and text of each stage that is `wanted`."""
    profile = request.profile
    if profile is not None:
        profile.reached("graph")
    from lamina.codegen.stages import compile_stages

    if "graph" in wanted:
        keep("graph", graph_text(fgraph))
    program = to_buffers(fgraph, request, keep, wanted)
    level = LLVM_LEVEL[request.mode.optimizer]
    emitted = _host_function(program, request, level)
    if "linalg" in wanted:
        keep("linalg", emitted.text)
    if profile is not None:
        profile.reached("linalg")
        profile.lines |= program.lines
    compiled = compile_stages(
        emitted.text,
        stages=[s for s in CODE_STAGES[1:] if s in wanted],
        level=level,
        reached=profile.reached if profile is not None else lambda stage: None,
    )
    for stage, text in compiled.texts.items():
        keep(stage, text)
    errors = [_by_node(error, program) for error in emitted.errors]
    made = Artefact(compiled.object, errors, emitted.callbacks, emitted.pieces)
    if request.mode.device != "cpu":
        from lamina.compile.device_function import device_code

        made.kernels = device_code(emitted, request.mode, keep, wanted)  # type: ignore[arg-type]
    return made


def _host_function(program: Program, request: Request, level: int) -> Emitted:
    """The stage linalg: where the arrays are on a device, what launches kernels."""
    if request.mode.device != "cpu":
        from lamina.codegen.gpu.host import emit_for_device
        from lamina.compile.device_function import LIBRARIES, library

        found = (library(request.mode.device, symbol) is not None for symbol in LIBRARIES)
        return emit_for_device(program.block, config.cuda_fallback, *found)
    from lamina.codegen.emit_linalg import emit

    by_piece = request.profile is not None and request.profile.by_piece
    return emit(program.block, profile=by_piece, vectorises=level > 0)


def graph_text(fgraph: FunctionGraph) -> str:
    """The stage graph: the user's rewriters that fired, and what they left."""
    fired = "".join(f"// {line}\n" for line in fgraph.fired)
    return fired + str(fgraph.dprint(file="str", print_type=True))


def _by_node(error: Mapping[str, Any], program: Program) -> dict[str, Any]:
    """An entry of the error table that refers to a node by its number in the graph.

    An equal graph may have other lines and other names, and find this one in the cache.
    """
    entry = {name: value for name, value in error.items() if name not in ("line", "array")}
    if "node" not in error and "line" in error:
        name = error.get("op") or error.get("what", "").removeprefix("nd.")
        entry["node"] = program.node_at(error["line"], name)
    return entry


def to_buffers(
    fgraph: FunctionGraph,
    request: Request,
    keep: Callable[[str, str], None] = lambda stage, text: None,
    wanted: Collection[str] = (),
) -> Program:
    """The stages in nd."""
    from lamina.import_graph import import_graph

    reached = request.profile.reached if request.profile is not None else _unheard
    reached("imports")
    program = import_graph(fgraph)
    _append_unread_cells(program, fgraph, request)
    if "nd" in wanted:
        keep("nd", _text(program))
    reached("nd")
    stages = [s for s in ND_STAGES[1:] if s in stages_of(request.mode)]
    with using(request.mode.rules):
        lower_nd(program, stages, request.mode, keep, wanted, len(fgraph.fired), reached)
    return program


def _unheard(stage: str, fired: Sequence[Fired] = ()) -> None:
    """What is told of stages where no profile is made."""


def lower_nd(
    program: Program,
    stages: Sequence[str],
    mode: Mode = FAST_RUN,
    keep: Callable[[str, str], None] = lambda stage, text: None,
    wanted: Collection[str] = (),
    fired_before: int = 0,
    reached: Callable[[str, Sequence[Fired]], None] = _unheard,
) -> None:
    """Run `stages` of the nd part of the pipeline on a program; `reached` is told each, and the
    rewrites that fired.
    """
    from lamina.passes.cse import merge_equal
    from lamina.passes.dce import erase_unused
    from lamina.passes.driver import Trace
    from lamina.passes.fuse import fuse
    from lamina.passes.loops import inner_blocks, simplify_loops
    from lamina.passes.lower_shapes import lower_shapes
    from lamina.passes.plan_buffers import copy_for_layout, plan_buffers
    from lamina.passes.registry import run_tag

    trace = Trace()
    if trace.limit >= 0:  # the user's rewriters of graphs count too
        trace.limit = max(trace.limit - fired_before, 0)
    for stage in stages:
        fired = len(trace.fired)
        if stage == "kernels":
            simplify_loops(program.block)
            lower_shapes(program.block)
            for block in (*inner_blocks(program.block), program.block):
                merge_equal(block)
                erase_unused(block)
            copy_for_layout(program.block)
            fuse(program.block)
        elif stage == "buffers":
            plan_buffers(program.block)
        else:
            include = (*TAGS[mode.optimizer], *mode.included)
            if mode.optimizer == "egraph" and stage == stages[0]:
                from lamina.passes.saturation.saturate import saturate

                for block in (*inner_blocks(program.block), program.block):
                    saturate(block, include, mode.excluded, trace)
            for block in (*inner_blocks(program.block), program.block):
                run_tag(block, stage, include, mode.excluded, trace)
            simplify_loops(program.block)
        program.function.update_function_type()  # a result may know less of its lengths
        if stage in wanted:
            keep(stage, "".join(f"// {r}\n" for r in trace.fired[fired:]) + _text(program))
        if config.verify_ir:
            program.module.verify()
        reached(stage, trace.fired[fired:])


def stages_of(mode: Mode) -> tuple[str, ...]:
    """The stages that a graph goes through in `mode`."""
    from lamina.passes.registry import tags

    asked = tags((*TAGS[mode.optimizer], *mode.included), mode.excluded)
    rewrites = [tag for tag in asked if set(mode.required) <= {tag}]
    own = DEVICE_STAGES if mode.device != "cpu" else ()
    return (*(s for s in STAGES if s not in TAGS["fast_run"] or s in rewrites), *own)


def compile_text(stage: str, text: str, level: int = 2) -> Artefact:
    """Compile from the text of a stage; the object is that of the compilation which printed it, in
    mode FAST_RUN if that is a stage before kernels.

    From linalg on, the tables of errors and callbacks are not part of the text: a status, and an
    application that Python computes, stay numbers.

    Raises
    ------
    ValueError
        The stage has no text that can be compiled from.
    """
    from lamina.codegen.emit_linalg import Emitted
    from lamina.codegen.stages import ENTRY_STAGES, compile_from

    _check_entry(stage, (*ND_STAGES, *ENTRY_STAGES))
    emitted = Emitted(text)
    if stage in ND_STAGES:
        emitted, stage = _emitted(stage, text, level), "linalg"
    compiled = compile_from(stage, emitted.text, level=level)
    return Artefact(compiled.object, emitted.errors, emitted.callbacks)


def text_of_stage(start: str, text: str, stage: str, level: int = 2) -> str:
    """The text of `stage`, from that of an earlier one.

    Raises
    ------
    ValueError
        There is no way from the one to the other.
    """
    from lamina.codegen.stages import ENTRY_STAGES, compile_from

    _check_entry(start, (*ND_STAGES, *ENTRY_STAGES))
    later = STAGES[STAGES.index(start) + 1 :]
    if stage not in later:
        raise ValueError(
            f"stage {stage!r} does not follow {start!r}; choose one of {', '.join(later)}"
        )
    if stage in ND_STAGES:
        texts: dict[str, str] = {}
        _lowered(start, text, stage, texts.__setitem__)
        return texts[stage]
    if start in ND_STAGES:
        start, text = "linalg", _emitted(start, text, level).text
    return (
        text if stage == start else compile_from(start, text, until=stage, level=level).texts[stage]
    )


def _check_entry(stage: str, entries: Sequence[str]) -> None:
    if stage not in entries:
        raise ValueError(
            f"stage {stage!r} cannot be compiled from; choose one of {', '.join(entries)}"
        )


def _lowered(
    start: str, text: str, end: str, keep: Callable[[str, str], None] = lambda stage, text: None
) -> Program:
    from lamina.import_graph import parse_program

    program = parse_program(text)
    stages = ND_STAGES[ND_STAGES.index(start) + 1 : ND_STAGES.index(end) + 1]
    lower_nd(program, stages, keep=keep, wanted=(end,))
    return program


def _emitted(start: str, text: str, level: int) -> Emitted:
    from lamina.codegen.emit_linalg import emit

    return emit(_lowered(start, text, "buffers").block, vectorises=level > 0)


def _text(program: Program) -> str:
    return f"{program.module!s}\n"


def all_cells(fgraph: FunctionGraph, request: Request) -> list[list[Any]]:
    """The cells that a function reads, and then those that it only writes."""
    cells = list(request.cells)
    known = {id(cell) for cell in cells}
    return cells + [t for t in request.targets if id(t) not in known]


def _append_unread_cells(program: Program, fgraph: FunctionGraph, request: Request) -> None:
    """An argument of ``@main`` for each cell that is written and not read."""
    from xdsl.dialects.builtin import FunctionType

    from lamina.ir.dialect import nd_type

    known = {id(cell) for cell in request.cells}
    written = fgraph.outputs[len(fgraph.outputs) - len(request.targets) :]
    for target, variable in zip(request.targets, written, strict=True):
        if id(target) not in known:
            program.block.insert_arg(nd_type(variable.type), len(program.block.args))  # type: ignore[arg-type]
    old = program.function.function_type
    inputs = [a.type for a in program.block.args]
    program.function.properties["function_type"] = FunctionType.from_lists(
        inputs, list(old.outputs)
    )


def signature_of(fgraph: FunctionGraph, request: Request) -> Signature:
    """How machine code is called for `request`."""
    cells = all_cells(fgraph, request)
    positions = {id(cell): len(request.arguments) + i for i, cell in enumerate(cells)}
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
            )
        )
    written = fgraph.outputs[len(fgraph.outputs) - len(request.targets) :]
    known = {id(cell) for cell in request.cells}
    for target, v in zip(request.targets, written, strict=True):
        if id(target) not in known:
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
        stages = stages_of(mode)
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
        from lamina.raise_graph import raise_graph

        inputs = [v.clone() for v in self.graph.inputs]
        with _compiling, config.change_flags(**self.flags), only(self.rules):
            program = to_buffers(self.graph, self.request)
        cells = program.block.args[len(inputs) :]
        outputs = raise_graph(program, [*inputs, *(_unread(a) for a in cells)])
        return FunctionGraph(inputs, outputs, clone=False)


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


def _unread(argument: Any) -> Any:
    from lamina.ir.dialect import graph_type

    return graph_type(argument.type)()


def _exact(value: Any) -> np.ndarray:
    """`value` as machine code takes arrays: of the exact class, C-contiguous, aligned, native."""
    array = np.asarray(value)
    return np.require(array, array.dtype.newbyteorder("="), ["C", "A"])
