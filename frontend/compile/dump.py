"""Texts of the pipeline's stages, written where the user asked for them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from itertools import count

from lamina.ir.configuration import config

SUFFIX = {"graph": "txt", "assembly": "txt", "llvm": "ll", "optimized": "ll"}
_numbers = count(1)
_folders: dict[str, int] = {}


def dump_wanted() -> tuple[str, ...]:
    """The stages that ``config.dump_ir`` names, in order.

    Raises
    ------
    ValueError
        It names a stage that does not exist.
    """
    if not config.dump_ir:
        return ()
    from lamina.compile.pipeline import STAGES

    if config.dump_ir in ("all", "1", "True"):
        return STAGES
    asked = [s.strip() for s in config.dump_ir.split(",") if s.strip()]
    unknown = [s for s in asked if s not in STAGES]
    if unknown:
        raise ValueError(
            f"no stage {', '.join(unknown)} to dump; the stages are {', '.join(STAGES)}"
        )
    return tuple(s for s in STAGES if s in asked)


def dump(name: str, texts: Mapping[str, str]) -> None:
    """Write the texts of one function to ``DIR/NNN-name/NN-stage.suffix``, or to standard error."""
    from lamina.compile.pipeline import STAGES

    number = next(_numbers)
    label = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
    if not config.dump_dir:
        for stage, text in texts.items():
            print(f"// ----- {number:03d}-{label}: {stage} -----\n{text}", file=sys.stderr)
        return
    folder = os.path.join(config.dump_dir, f"{number:03d}-{label}")
    os.makedirs(folder, exist_ok=True)
    _folders[config.dump_dir] = _folders.get(config.dump_dir, 0) + 1
    for stage, text in texts.items():
        path = os.path.join(
            folder, f"{STAGES.index(stage):02d}-{stage}.{SUFFIX.get(stage, 'mlir')}"
        )
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def written() -> str:
    """Where texts were written, in words: a line for each folder."""
    return "".join(
        f"IR of {n} function{'s' if n > 1 else ''}: {folder}\n" for folder, n in _folders.items()
    )
