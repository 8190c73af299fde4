"""Compilation from the text of a stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lamina.compile.artefact import Artefact
from lamina.compile.pipeline import ND_STAGES, STAGES, lower_nd

if TYPE_CHECKING:
    from lamina.codegen.emit_linalg import Emitted
    from lamina.ir.program import Program


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
    from lamina.ir.program import parse_program

    program = parse_program(text)
    stages = ND_STAGES[ND_STAGES.index(start) + 1 : ND_STAGES.index(end) + 1]
    lower_nd(program, stages, keep=keep, wanted=(end,))
    return program


def _emitted(start: str, text: str, level: int) -> Emitted:
    from lamina.codegen.emit_linalg import emit

    return emit(_lowered(start, text, "buffers").block, vectorises=level > 0)
