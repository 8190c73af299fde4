"""From MLIR text to an object file, through named stages.

    linalg -> affine -> llvm-dialect -> llvm -> optimized -> assembly, object

A compile can begin at the text of each of the first four and then gives the same object.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache, partial
from typing import TypedDict, Unpack

from llvmlite.binding import llvm_version_info

from lamina.codegen import interleave, literals, llvm, noalias, object_file, pipelines, vector_math
from lamina.codegen.pipelines import MLIR_STAGES
from lamina.codegen.target import Target, host
from lamina.ir.configuration import config

ENTRY_STAGES = (*MLIR_STAGES, "llvm")
STAGES = (*ENTRY_STAGES, "optimized", "assembly")
_LANES = re.compile(r"_v\d+$")


@dataclass(frozen=True)
class Compiled:
    """What `compile_stages` made.

    Attributes
    ----------
    object : bytes
        An object file that defines `lamina_main`; empty if the compile stopped before.
    externals : tuple of str
        The symbols that the object needs, sorted.
    texts : dict
        Text of each stage that was asked for.
    """

    object: bytes
    externals: tuple[str, ...]
    texts: dict[str, str]

    @property
    def vector_functions(self) -> tuple[str, ...]:
        """The argument of `vector_math.library_object`, which the object has to be linked with."""
        return tuple(
            sorted({_LANES.sub("", name) for name in self.externals if name.startswith("lm_")})
        )


class Options(TypedDict, total=False):
    """The keyword arguments of `compile_from`."""

    stages: Collection[str]
    level: int
    until: str | None
    target: Target | None
    locations: bool
    verify: bool | None
    reached: Callable[[str], None]


def compile_stages(mlir_text: str, **options: Unpack[Options]) -> Compiled:
    """Compile the text of the linalg stage: `compile_from` that stage."""
    return compile_from("linalg", mlir_text, **options)


def compile_from(
    stage: str,
    text: str,
    *,
    stages: Collection[str] = (),
    level: int = 2,
    until: str | None = None,
    target: Target | None = None,
    locations: bool = False,
    verify: bool | None = None,
    reached: Callable[[str], None] = lambda stage: None,
) -> Compiled:
    """Compile `text` of `stage`.

    Parameters
    ----------
    stage : str
        One of `ENTRY_STAGES`.
    text : str
        MLIR, or LLVM IR for the stage ``"llvm"``.
    stages : collection of str
        The stages of `STAGES` whose text is wanted.
    level : int
        Of LLVM's optimisation; 0 is what FAST_COMPILE uses.
    until : str, optional
        Stop after this stage and keep its text.
    target : Target, optional
        By default the processor that this process runs on.
    locations : bool
        Print `loc(...)` in MLIR text and carry the lines into LLVM IR as debug information.
    verify : bool, optional
        Run MLIR's and LLVM's verifiers; by default the flag `verify_ir`.
    reached : callable, optional
        Is told each stage that is reached.

    Raises
    ------
    LoweringError
        If the text is wrong or an op has no lowering.
    ValueError
        For a stage that does not exist or lies before `stage`.
    """
    target = target or host()
    verify = config.verify_ir if verify is None else verify
    progress = _Progress(stage, stages, until, reached)
    if progress.ends_at(stage, lambda: text):
        return progress.stopped()
    if stage in MLIR_STAGES:
        module = pipelines.parse(text, stage)
        print_module = partial(module.text, locations=locations)
        if stage == "linalg":
            pipelines.linalg_to_affine(module, verify=verify)
            if progress.ends_at("affine", print_module):
                return progress.stopped()
        if stage != "llvm-dialect":
            pipelines.affine_to_llvm_dialect(module, locations=locations, verify=verify)
            module.set_target(target.triple, _data_layout(target))
            if progress.ends_at("llvm-dialect", print_module):
                return progress.stopped()
        text = literals.adapt(pipelines.llvm_dialect_to_llvm(module), llvm_version_info)
        text = interleave.mark_reductions(noalias.mark_functions(text))
        text = vector_math.bind_calls(text, target)
        if progress.ends_at("llvm", lambda: text):
            return progress.stopped()
    # LLVM's optimiser crashes on text that is well-formed and wrong, as only people write it.
    optimised = llvm.optimise(text, target, level, verify=verify or stage == "llvm")
    if progress.ends_at("optimized", optimised.text):
        return progress.stopped()
    if progress.ends_at("assembly", partial(llvm.assembly, optimised)):
        return progress.stopped()
    data = llvm.emit(optimised)
    reached("object")
    externals = object_file.undefined_symbols(data)
    if externals is None:
        externals = llvm.declarations(optimised)
    return Compiled(data, externals, progress.texts)


class _Progress:
    """Keeps the texts of the wanted stages on the way to the last one."""

    def __init__(
        self,
        entry: str,
        wanted: Collection[str],
        until: str | None,
        reached: Callable[[str], None],
    ) -> None:
        if entry not in ENTRY_STAGES:
            raise ValueError(f"no compile begins at {entry!r}: choose one of {ENTRY_STAGES}")
        self._wanted = {*wanted, until} - {None}
        self._until, self._reached = until, reached
        self.texts: dict[str, str] = {}
        for stage in sorted(self._wanted - {*STAGES[STAGES.index(entry) :]}):
            what = f"lies before {entry!r}" if stage in STAGES else "does not exist"
            raise ValueError(f"stage {stage!r} {what}: the stages are {STAGES}")

    def ends_at(self, stage: str, text: Callable[[], str]) -> bool:
        """Keep the text of `stage` if it is wanted; return whether the compile ends here."""
        self._reached(stage)
        if stage in self._wanted:
            self.texts[stage] = text()
        return stage == self._until

    def stopped(self) -> Compiled:
        return Compiled(b"", (), self.texts)


@cache
def _data_layout(target: Target) -> str:
    return str(target.machine().target_data)
