# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.ops.sorting import (
    ArgSort, LexSort, Sort, argsort, lexsort, sort,
)
from lamina.ir.ops.topk import (
    ArgTopK, argtopk, topk, topk_and_argtopk,
)

__all__ = [
    "ArgSort", "ArgTopK", "LexSort", "Sort", "argsort", "argtopk", "lexsort", "sort", "topk",
    "topk_and_argtopk",
]
