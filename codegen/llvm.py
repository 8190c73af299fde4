"""LLVM IR text -> optimised module -> assembly text and object bytes, by llvmlite."""

from __future__ import annotations

from dataclasses import dataclass, field

import llvmlite.binding as llvm

from lamina.codegen.mlir import LoweringError
from lamina.codegen.target import Target

# Interleaving makes an elementwise loop in cache up to a fifth faster and doubles the time of its
# code generation (4.6 ms against 2.1). A larger module is compiled for short compiles.
INTERLEAVED_FUNCTIONS = 16


@dataclass
class Optimised:
    """A module that LLVM has optimised, and the machine that makes code of it."""

    module: llvm.ModuleRef
    machine: llvm.TargetMachine
    context: llvm.ContextRef
    emitted: bool = field(default=False)

    def text(self) -> str:
        """The optimised LLVM IR."""
        return str(self.module)


def optimise(text: str, target: Target, level: int = 2, *, verify: bool = False) -> Optimised:
    """Parse LLVM IR `text` and optimise it for `target`.

    Parameters
    ----------
    text : str
        A module, as `lamina.codegen.literals.adapt` leaves it.
    target : Target
        Replaces the triple and the data layout of the text.
    level : int
        0 to 3. At 0 nothing is optimised and the fast instruction selector is used: 15 times faster
        to compile and 5 to 20 times slower to run.
    verify : bool
        Run LLVM's verifier, for text that was written by hand.

    Raises
    ------
    LoweringError
        If the text does not parse or verify.
    """
    # A context of its own lets go of the module's types and constants; the global one never does.
    context, machine = llvm.create_context(), target.machine(min(level, 2))
    module = parse(text, machine, "llvm", context, verify=verify)
    run_passes(module, machine, _tuning(level, text.count("\ndefine ")))
    return Optimised(module, machine, context)


def parse(
    text: str,
    machine: llvm.TargetMachine,
    stage: str,
    context: llvm.ContextRef | None = None,
    *,
    verify: bool = True,
) -> llvm.ModuleRef:
    """The module of LLVM IR `text`, for the target of `machine`; errors name `stage`.

    Raises
    ------
    LoweringError
        If the text does not parse or verify.
    """
    try:
        module = llvm.parse_assembly(text, llvm.create_context() if context is None else context)
        if verify:
            module.verify()
    except RuntimeError as error:
        raise LoweringError(f"{stage}: {error}") from None
    module.triple = machine.triple
    module.data_layout = str(machine.target_data)
    return module


def run_passes(
    module: llvm.ModuleRef, machine: llvm.TargetMachine, tuning: int | llvm.PipelineTuningOptions
) -> None:
    """Run LLVM's pipeline on a module: that of a level, or a tuned one."""
    if isinstance(tuning, int):
        tuning = llvm.create_pipeline_tuning_options(speed_level=tuning)
    passes = llvm.create_pass_builder(machine, tuning)
    passes.getModulePassManager().run(module, passes)


def _tuning(level: int, functions: int) -> llvm.PipelineTuningOptions:
    # Set on the pipeline, never by llvmlite's set_option: that is global, so it would change what
    # numba compiles in the same process, and unknown names are silently accepted.
    tuning = llvm.create_pipeline_tuning_options(speed_level=level)
    tuning.loop_vectorization = level > 0
    tuning.slp_vectorization = False
    # If not set, only the loops that ask for it, see `lamina.codegen.interleave`.
    tuning.loop_interleaving = 0 < functions <= INTERLEAVED_FUNCTIONS
    # Unrolling costs up to a third of the compile and gains nothing on dynamic loops, which are
    # vectorised and interleaved; an 8x8 matmul unrolled before it is vectorised is 4x slower.
    tuning.loop_unrolling = False
    return tuning


def assembly(optimised: Optimised) -> str:
    """The assembly text of the object that `emit` makes."""
    return optimised.machine.emit_assembly(_copy(optimised))


def emit(optimised: Optimised) -> bytes:
    """The object file's bytes."""
    module = optimised.module
    if optimised.emitted:
        raise ValueError("emit makes one object: LLVM changes the module while it writes it")
    optimised.emitted = True
    return optimised.machine.emit_object(module)


def declarations(optimised: Optimised) -> tuple[str, ...]:
    """The names that the module declares and does not define, LLVM's intrinsics aside, sorted."""
    names = (f.name for f in optimised.module.functions if f.is_declaration)
    return tuple(sorted(name for name in names if not name.startswith("llvm.")))


def _copy(optimised: Optimised) -> llvm.ModuleRef:
    return llvm.parse_bitcode(optimised.module.as_bitcode(), optimised.context)
