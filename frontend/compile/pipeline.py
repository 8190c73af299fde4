"""The compiler on one page: from a graph to a function of machine code, stage by stage.

    graph                                the user's graph                          for reading
    nd                                   implicit broadcasting, explicit casts, asserted lengths
    canonicalize, stabilize, specialize  rewrites by rules, grouped by purpose     nd
    kernels                              loops fused, lengths as arithmetic        nd
    buffers                              where every array lives                   nd
    linalg, affine, llvm-dialect         a function a kernel, and the host         MLIR
    llvm, optimized                      what LLVM gets; what it makes of it       LLVM IR
    assembly                             what runs                                 for reading

All but graph, optimized and assembly can be compiled from again: `lamina.compile.from_text`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lamina.compile.artefact import Artefact
from lamina.compile.loop_modes import blocks_and_modes, loop_modes, refuse_other_devices
from lamina.compile.modes import FAST_RUN, Mode
from lamina.compile.native_signature import numbers_on_device, unread_cells
from lamina.compile.request import Request
from lamina.ir.configuration import config
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.passes.user_rules import using

if TYPE_CHECKING:
    from xdsl.ir import Block

    from lamina.codegen.emit_linalg import Emitted
    from lamina.ir.program import Program
    from lamina.passes.driver import Fired, Trace

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
LLVM_LEVEL = {"fast_run": 2, "egraph": 2, "fast_compile": 0, "none": 0}


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
    emitted = _host_function(program, fgraph, request, level)
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


def _host_function(
    program: Program, fgraph: FunctionGraph, request: Request, level: int
) -> Emitted:
    """The stage linalg: where the arrays are on a device, what launches kernels."""
    if request.mode.device != "cpu":
        from lamina.codegen.gpu.host import emit_for_device
        from lamina.compile.device_function import LIBRARIES, library
        from lamina.passes.share_rows import share_rows

        share_rows(program.block)
        found = [library(request.mode.device, symbol) is not None for symbol in LIBRARIES]
        numbers = numbers_on_device(fgraph, request)
        return emit_for_device(program.block, config.cuda_fallback, *found, numbers=numbers)
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

    refuse_other_devices(fgraph, request.mode)
    reached = request.profile.reached if request.profile is not None else _unheard
    reached("imports")
    program = import_graph(fgraph)
    _append_unread_cells(program, fgraph, request)
    if "nd" in wanted:
        keep("nd", _text(program))
    reached("nd")
    asked = stages_of(request.mode, loop_modes(fgraph))
    stages = [s for s in ND_STAGES[1:] if s in asked]
    profile, seconds = request.profile, None
    if config.profile_optimizer and profile is not None and profile.compile_seconds is None:
        seconds = profile.rewrite_seconds  # of the function, not of texts made once more
    lower_nd(program, stages, request.mode, keep, wanted, len(fgraph.fired), reached, seconds)
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
    seconds: dict[tuple[str, str], float] | None = None,
) -> None:
    """Run `stages` of the nd part of the pipeline on a program; `reached` is told each, and the
    rewrites that fired; `seconds`, how long each rewrite took.
    """
    from lamina.passes.cse import merge_equal
    from lamina.passes.dce import erase_unused
    from lamina.passes.driver import Trace
    from lamina.passes.fuse import fuse
    from lamina.passes.fuse_products import fuse_products
    from lamina.passes.loops import inner_blocks, simplify_loops
    from lamina.passes.lower_shapes import lower_shapes
    from lamina.passes.plan_buffers import copy_for_layout, plan_buffers

    trace = Trace(seconds=seconds)
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
            copy_for_layout(program.block, mode.device != "cpu")
            fuse(program.block)
            for block in (*inner_blocks(program.block), program.block):
                erase_unused(block)  # views that kernels see through
            if mode.device != "cpu":
                fuse_products(program.block)
        elif stage == "buffers":
            plan_buffers(program.block)
        else:
            blocks = list(blocks_and_modes(program.block, mode, program.nodes))
            for saturating in (True, False):
                for block, own in blocks:
                    _rewrite(block, own, stage, saturating, trace)
            simplify_loops(program.block)
        program.function.update_function_type()  # a result may know less of its lengths
        if stage in wanted:
            keep(stage, "".join(f"// {r}\n" for r in trace.fired[fired:]) + _text(program))
        if config.verify_ir:
            program.module.verify()
        reached(stage, trace.fired[fired:])


def _rewrite(block: Block, mode: Mode, stage: str, saturating: bool, trace: Trace) -> None:
    """Rewrite a block as `mode` asks for in a stage; or saturate it, before its first stage."""
    from lamina.passes.registry import run_tag

    stages = _rewrites_of(mode)
    if stage not in stages:
        return
    include = (*TAGS[mode.optimizer], *mode.included)
    with using(mode.rules):
        if not saturating:
            run_tag(block, stage, include, mode.excluded, trace)
        elif mode.optimizer == "egraph" and stage == stages[0]:
            from lamina.passes.saturation.saturate import saturate

            saturate(block, include, mode.excluded, trace)


def _rewrites_of(mode: Mode) -> list[str]:
    """The stages of rewrites that `mode` asks for."""
    from lamina.passes.registry import tags

    asked = tags((*TAGS[mode.optimizer], *mode.included), mode.excluded)
    return [tag for tag in asked if set(mode.required) <= {tag}]


def stages_of(mode: Mode, of_loops: Iterable[Mode] = ()) -> tuple[str, ...]:
    """The stages that a graph goes through in `mode`, with loops that have modes of their own."""
    rewrites = {tag for m in (mode, *of_loops) for tag in _rewrites_of(m)}
    own = DEVICE_STAGES if mode.device != "cpu" else ()
    return (*(s for s in STAGES if s not in TAGS["fast_run"] or s in rewrites), *own)


def _text(program: Program) -> str:
    return f"{program.module!s}\n"


def _append_unread_cells(program: Program, fgraph: FunctionGraph, request: Request) -> None:
    """An argument of ``@main`` for each cell that is written and not read."""
    from xdsl.dialects.builtin import FunctionType

    from lamina.ir.dialect import nd_type

    for _, variable in unread_cells(fgraph, request):
        program.block.insert_arg(nd_type(variable.type), len(program.block.args))  # type: ignore[arg-type]
    old = program.function.function_type
    inputs = [a.type for a in program.block.args]
    program.function.properties["function_type"] = FunctionType.from_lists(
        inputs, list(old.outputs)
    )
