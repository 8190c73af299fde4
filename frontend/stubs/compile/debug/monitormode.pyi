# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.monitor_mode import (
    MonitorMode,
)

__all__ = [
    "MonitorMode",
]
