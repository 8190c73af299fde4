# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.compile.modes import (
    FAST_COMPILE, FAST_RUN, Mode, get_default_mode, get_mode, register_linker, register_mode,
    register_optimizer,
)

__all__ = [
    "FAST_COMPILE", "FAST_RUN", "Mode", "get_default_mode", "get_mode", "register_linker",
    "register_mode", "register_optimizer",
]
