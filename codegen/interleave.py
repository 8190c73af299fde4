"""Asks LLVM to interleave loops where it pays most: reductions, whose steps wait for one another.

`lamina.codegen.llvm` leaves interleaving off in large modules, because it takes half of the time
that code generation of short loops takes. An elementwise loop loses at most a fifth by that, as its
iterations overlap in the processor anyway; a sum in cache would lose half. So a loop whose values
may be reordered says that it wants it.
"""

from __future__ import annotations

import re

COUNT = 4

# Metadata is numbered from here, out of the way of the text's own.
_FIRST = 1_000_000
_REDUCES = re.compile(r" reassoc |@llvm\.(?:maximum|minimum|maxnum|minnum)\.")
# A block of an inner loop: its label, its body, and the branch that ends it.
_BLOCK = re.compile(r"^(\d+):(.*\n(?:  .*\n)*?)(  br label %(\d+))(.*)$", re.MULTILINE)


def mark_reductions(text: str) -> str:
    """Give the loops of MLIR's LLVM IR `text` that reduce a value their interleave count.

    ``br label %4`` at the end of block 7 -> ``br label %4, !llvm.loop !1000001``
    """
    if not _REDUCES.search(text):
        return text
    loops: list[int] = []

    def marked(match: re.Match[str]) -> str:
        label, body, branch, target, rest = match.groups()
        # MLIR numbers blocks in their order, so a loop is closed by a branch to a lower number.
        if int(target) >= int(label) or not _REDUCES.search(body) or "!llvm.loop" in rest:
            return match[0]
        loops.append(_FIRST + 1 + len(loops))
        return f"{label}:{body}{branch}, !llvm.loop !{loops[-1]}{rest}"

    text = _BLOCK.sub(marked, text)
    lines = [f"!{loop} = distinct !{{!{loop}, !{_FIRST}}}" for loop in loops]
    if loops:
        lines.append(f'!{_FIRST} = !{{!"llvm.loop.interleave.count", i32 {COUNT}}}')
    return "\n".join([text, *lines, ""]) if lines else text
