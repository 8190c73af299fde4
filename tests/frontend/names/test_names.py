"""Every import path and name in promised.txt is there and does something, or is listed as absent.

`lamina.tensor.math:abs` is the id of the test of that name.
"""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

import lamina
from tests.frontend.names import array_uses, graph_uses

PARTS = re.split(r"^# absent.*\n", Path(__file__).with_name("promised.txt").read_text(), flags=re.M)
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


SERVED, ABSENT = map(names, PARTS)


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
