# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.scan.basic import (
    scan,
)
from lamina.scan.carry_loop import (
    loop,
)
from lamina.scan.checkpoints import (
    scan_checkpoints,
)
from lamina.scan.condition import (
    until,
)
from lamina.scan.views import (
    foldl, foldr, map, reduce,
)

__all__ = [
    "foldl", "foldr", "loop", "map", "reduce", "scan", "scan_checkpoints", "until",
]
