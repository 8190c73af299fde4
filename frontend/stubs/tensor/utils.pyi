# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.graph.shapes_of import (
    shape_of_variables,
)
from lamina.tensor.array_hash import (
    hash_from_ndarray,
)

__all__ = [
    "hash_from_ndarray", "shape_of_variables",
]
