"""Every import path and name in promised.txt is there and does something, or is listed as absent.

`lamina.tensor.math:abs` is the id of the test of that name.
"""

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import lamina
from tests.frontend.names import array_uses, graph_uses


def parts(file: str) -> tuple[list[str], list[str]]:
    """The names that are there, and those that are not, as ``path:name``."""
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    served, absent = re.split(r"^# absent.*\n", text, flags=re.M)
    return names(served), names(absent)


USES = {**array_uses.USES, **graph_uses.USES}

# The same word for another thing.
AT = {
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
    home = lamina.config if path == "lamina.config" else importlib.import_module(path)
    return getattr(home, last)


def test_the_list_is_whole():
    assert len(SERVED) + len(ABSENT) == 779
    assert len({*SERVED, *ABSENT}) == 779


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
