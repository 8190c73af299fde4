"""The modules that stand at the paths of `lamina.homes`: each is made on its first import."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, cast

from lamina.homes import HOMES


def rooms_of(path: str) -> dict[str, str]:
    """The names of a path of the table, each with the module that it is fetched from."""
    return {
        name: room
        for room, names in HOMES[path].items()
        for name in (importlib.import_module(room).__all__ if names == "*" else names.split())
    }


def is_package(path: str) -> bool:
    """Whether the table has paths below this one."""
    return any(other.startswith(path + ".") for other in HOMES)


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


class CallableHome(Home):
    """A home named as a function of its own or of its package: calling it calls the function."""

    _hidden: Callable[..., Any] | None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function()(*args, **kwargs)

    def _function(self) -> Callable[..., Any]:
        function = self._hidden or getattr(self, self.__name__.rpartition(".")[2])
        return cast("Callable[..., Any]", function)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._function())


class _Finder(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in HOMES:
            return None
        return ModuleSpec(fullname, self, is_package=is_package(fullname))

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Home(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        rooms = rooms_of(module.__name__)
        module._rooms = rooms  # type: ignore[attr-defined]
        module.__doc__ = f"Public names of {', '.join(sorted(set(rooms.values())))}."
        module.__all__ = sorted(rooms)  # type: ignore[attr-defined]
        package, _, name = module.__name__.rpartition(".")
        hidden = vars(sys.modules[package]).get(name)
        if callable(hidden) or name in rooms:
            module.__class__ = CallableHome
            module._hidden = hidden  # type: ignore[attr-defined]


def install() -> None:
    """Serve the table's paths from now on."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
