"""States in LLVM IR what every kernel may assume: its pointers do not overlap.

MLIR drops `llvm.noalias` on a memref argument, which becomes two pointers, an offset, sizes and
strides. Without it a kernel of 6 inputs and 12 outputs does not vectorise at all, and a small one
gets twice the code. It is true because the host function never passes an output that overlaps
another argument; a kernel that works in place takes the array once.
"""

from __future__ import annotations

import re
from collections.abc import Collection

ENTRY = "lamina_main"
KERNEL_PREFIX = "kernel_"

_DEFINE = re.compile(
    r"^define (?!internal |private )(?P<result>.*)@(?P<name>[\w.$]+)"
    r"\((?P<parameters>.*)\)(?P<rest>.*)\{$",
    re.MULTILINE,
)
_POINTER = re.compile(r"\bptr(?! noalias)\b")
_GROUP = re.compile(r"^attributes (#\d+) = \{(.*)\}$", re.MULTILINE)


def mark_functions(text: str, exports: Collection[str] = (ENTRY,)) -> str:
    """Make kernels noalias and noinline, and all but `exports` internal, in MLIR's LLVM IR `text`.

    One function per kernel keeps LLVM linear in the number of kernels: one giant function of 5000
    nodes took 37 s, the same code in functions 13 s, and ran faster. An `alwaysinline` kernel (a
    loop calls it) stays so, and its noalias survives as scopes.
    """
    inlined = {name for name, attributes in _GROUP.findall(text) if "alwaysinline" in attributes}

    def marked(match: re.Match[str]) -> str:
        result, name, parameters, rest = match.groups()
        if name in exports:
            return match[0]
        if name.startswith(KERNEL_PREFIX):
            parameters = _POINTER.sub("ptr noalias", parameters)
            if inlined.isdisjoint(rest.split()):
                rest = f" noinline{rest}"
        return f"define internal {result}@{name}({parameters}){rest}{{"

    return _DEFINE.sub(marked, text)
