# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.debug_mode import (
    BadDestroyMap, BadThunkOutput, BadViewMap, DebugMode, DebugModeError, InvalidValueError,
    StochasticOrder, str_diagnostic,
)

__all__ = [
    "BadDestroyMap", "BadThunkOutput", "BadViewMap", "DebugMode", "DebugModeError",
    "InvalidValueError", "StochasticOrder", "str_diagnostic",
]
