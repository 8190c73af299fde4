"""Where NVIDIA's libraries are: in packages, in a toolkit, or on the system's path."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path


def load(name: str, versions: Sequence[int]) -> ctypes.CDLL | None:
    """Load a library, ``"cublas"``, of one of the versions that its file names; None if it is
    nowhere.
    """
    for place in _candidates(name, versions):
        try:
            return ctypes.CDLL(place)
        except OSError:
            continue
    return None


def _candidates(name: str, versions: Sequence[int]) -> Iterator[str]:
    try:
        from cuda.pathfinder import load_nvidia_dynamic_lib

        if path := load_nvidia_dynamic_lib(name).abs_path:
            yield path
    except Exception:  # the package is not there, or finds nothing
        pass
    found = find_spec("nvidia")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for part in ("cu13/lib", f"{name}/lib"):
            yield from map(str, sorted(Path(folder, part).glob(f"lib{name}.so.*")))
    for version in versions:
        yield f"lib{name}.so.{version}"
