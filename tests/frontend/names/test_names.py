"""Every import path and name in promised.txt is there and does something, or is listed as absent.

`lamina.tensor.math:abs` is the id of the test of that name. ``pytest --update-golden`` moves names
that have arrived to the list of those that are there; each then needs a use.
"""

import importlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lamina
from tests.frontend.names import array_uses, graph_uses, random_uses, rewriting_uses


def parts(file: str) -> tuple[list[str], list[str]]:
    """The names that are there, and those that are not, as ``path:name``."""
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    served, absent = re.split(r"^# absent.*\n", text, flags=re.M)
    return names(served), names(absent)


USES = {**array_uses.USES, **graph_uses.USES, **rewriting_uses.USES}

# The same word for another thing.
AT = {
    **random_uses.USES,
    "lamina.scalar:identity": lambda f: graph_uses.value_of(f(lamina.tensor.constant(3.0))) == 3,
    "lamina.tensor.type:tensor": USES["tensor"],
}


def names(part: str) -> list[str]:
    lines = [line for line in part.splitlines() if line and not line.startswith("#")]
    return [
        f"{path}:{n}" for path, _, rest in (s.partition(": ") for s in lines) for n in rest.split()
    ]


SERVED, ABSENT = parts("promised.txt")
HELD, NOT_HELD = parts("namespaces.txt")


def found(name: str) -> Any:
    path, _, last = name.partition(":")
    if path in ("lamina.config", "lamina.compile.optdb"):  # objects
        package, _, name = path.rpartition(".")
        return getattr(getattr(importlib.import_module(package), name), last)
    return getattr(importlib.import_module(path), last)


def test_the_list_is_whole(update_golden):
    if update_golden:
        for file, is_there in (("promised.txt", _is_found), ("namespaces.txt", _is_held)):
            _sort_anew(Path(__file__).with_name(file), is_there)
    assert len(SERVED) + len(ABSENT) == 780
    assert len({*SERVED, *ABSENT}) == 780


@pytest.mark.parametrize("name", SERVED)
def test_a_name_works(name):
    use = AT.get(name) or USES[name.partition(":")[2]]
    use(found(name))


@pytest.mark.parametrize("name", ABSENT)
def test_a_name_that_is_listed_as_absent_raises_an_import_error(name):
    path, _, last = name.partition(":")
    with pytest.raises(ImportError):
        exec(f"from {path} import {last}")


def test_the_namespaces_themselves_hold_what_is_listed():
    assert not [name for name in HELD if not _is_held(name)]
    assert not [name for name in NOT_HELD if _is_held(name)]


def _is_held(name: str) -> bool:
    path, _, last = name.partition(":")
    value = getattr(importlib.import_module(path), last, None)
    # An import that fails leaves the folder on its way behind, a module of nothing.
    return value is not None and not (inspect.ismodule(value) and not hasattr(value, "__all__"))


def _is_found(name: str) -> bool:
    try:
        found(name)
    except (ImportError, AttributeError):
        return False
    return True


def _sort_anew(file: Path, is_there: Callable[[str], bool]) -> None:
    """Move names between the two parts of a list, as they are there or not."""
    halves: list[list[str]] = [[], []]
    moved: list[dict[str, list[str]]] = [{}, {}]
    at = 0
    for line in file.read_text(encoding="utf-8").splitlines():
        at = 1 if line.startswith("# absent") else at
        path, colon, listed = line.partition(": ")
        if line.startswith("#") or not colon:
            halves[at].append(line)
            continue
        stays = [name for name in listed.split() if is_there(f"{path}:{name}") == (at == 0)]
        leaves = [name for name in listed.split() if name not in stays]
        if stays:
            halves[at].append(f"{path}: {' '.join(stays)}")
        if leaves:
            moved[1 - at].setdefault(path, []).extend(leaves)
    for half, arrived in zip(halves, moved, strict=True):
        while half and not half[-1]:
            half.pop()
        half += [f"{path}: {' '.join(listed)}" for path, listed in arrived.items()]
    file.write_text("\n".join([*halves[0], "", *halves[1]]) + "\n", encoding="utf-8")
