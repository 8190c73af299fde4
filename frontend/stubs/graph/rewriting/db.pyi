# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.graph.rewriting.databases import (
    EquilibriumDB, LocalGroupDB, ProxyDB, RewriteDatabase, SequenceDB, TopoDB,
)
from lamina.graph.rewriting.queries import (
    RewriteDatabaseQuery,
)

__all__ = [
    "EquilibriumDB", "LocalGroupDB", "ProxyDB", "RewriteDatabase", "RewriteDatabaseQuery",
    "SequenceDB", "TopoDB",
]
