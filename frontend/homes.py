"""The import paths under which users of the reference API find things: one table, served by one finder.

Code lives in its own rooms; a path below is made on its first import.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# path: {room: names}; a name may be written "public=private".
HOMES: dict[str, dict[str, str]] = {
    "lamina.graph.basic": {
        "lamina.ir.graph.variable": "Variable Constant",
        "lamina.ir.graph.apply": "Apply",
        "lamina.ir.graph.function_graph": "clone clone_get_equiv",
    },
    "lamina.graph.op": {
        "lamina.ir.graph.op": "Op HasInnerGraph",
        "lamina.ir.graph.test_value": "compute_test_value get_test_value get_test_values missing_test_message",
    },
    "lamina.graph.type": {"lamina.ir.graph.type": "Type"},
    "lamina.graph.fg": {"lamina.ir.graph.function_graph": "FunctionGraph"},
    "lamina.graph.utils": {
        "lamina.ir.graph.errors": "InconsistencyError MethodNotDefined MissingInputError",
    },
    "lamina.graph.traversal": {
        "lamina.ir.graph.traversal": "ancestors apply_ancestors apply_depends_on applys_between explicit_graph_inputs "
        "general_toposort get_var_by_name graph_inputs io_toposort orphans_between truncated_graph_inputs "
        "variable_depends_on vars_between walk",
    },
    "lamina.tensor.variable": {
        "lamina.ir.graph.tensor_variable": "TensorVariable TensorConstant",
    },
    "lamina.tensor.sharedvar": {"lamina.ir.graph.tensor_variable": "TensorSharedVariable"},
    "lamina.tensor.type": {"lamina.ir.graph.tensor_type": "TensorType"},
    "lamina.tensor.elemwise": {
        "lamina.ir.ops.composite": "Composite",
        "lamina.ir.ops.elementwise": "Elemwise",
        "lamina.ir.ops.dimshuffle": "DimShuffle",
        "lamina.ir.ops.reduction": "CAReduce Sum Prod Max Min All Any_",
    },
    "lamina.tensor.blockwise": {"lamina.ir.ops.contraction": "Blockwise"},
    "lamina.tensor.math": {"lamina.ir.ops.contraction": "Dot", "lamina.ir.ops.reduction": "Argmax Argmin"},
    "lamina.tensor.subtensor": {"lamina.ir.ops.indexing": "Subtensor IncSubtensor set_subtensor inc_subtensor"},
    "lamina.tensor.shape": {
        "lamina.ir.ops.shape": "Shape Shape_i Reshape SpecifyShape reshape shape specify_shape shape_padleft "
        "shape_padright shape_padaxis",
    },
}  # fmt: skip


class Home(ModuleType):
    """A module whose names live elsewhere; each is fetched when it is first asked for."""

    _rooms: dict[str, str]

    def __getattr__(self, name: str) -> Any:
        room = self.__dict__.get("_rooms", {}).get(name)
        if room is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(room), name)
        setattr(self, name, value)
        return value

    def __dir__(self) -> list[str]:
        return sorted(self._rooms)


class _Finder(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=_is_package(fullname)) if fullname in HOMES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Home(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        rooms = {name: room for room, names in HOMES[module.__name__].items() for name in names.split()}
        module._rooms = rooms  # type: ignore[attr-defined]
        module.__all__ = sorted(rooms)  # type: ignore[attr-defined]


def _is_package(fullname: str) -> bool:
    return any(path.startswith(fullname + ".") for path in HOMES)


def install() -> None:
    """Serve the table's paths from now on."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
