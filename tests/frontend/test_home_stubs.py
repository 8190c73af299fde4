"""The stubs say what the table says, and a type checker finds what they name."""

import ast
import importlib
from pathlib import Path

import pytest

from lamina import home_stubs
from lamina.homes import HOMES

STUBS = Path(__file__).parents[2] / "frontend" / "stubs"


def test_stubs_are_those_of_the_table():
    made = home_stubs.stubs()
    there = {
        path.relative_to(STUBS).as_posix(): path.read_text(encoding="utf-8")
        for path in STUBS.rglob("*")
        if path.is_file()
    }
    stale = sorted(n for n in made.keys() | there.keys() if made.get(n) != there.get(n))
    assert not stale, f"run `make stubs`: {stale}"


@pytest.mark.parametrize("path", [*HOMES, *home_stubs.NAMESPACES])
def test_a_stub_has_the_names_of_its_module(path):
    module = importlib.import_module(path)
    tree = ast.parse(home_stubs.stubs()[home_stubs.file_of(path)])
    imported = {
        alias.asname or alias.name
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    declared = ast.literal_eval(tree.body[-1].value)
    assert set(declared) == imported == set(module.__all__)


def test_writing_removes_stubs_of_paths_that_are_gone(tmp_path):
    (tmp_path / "gone.pyi").write_text("")
    home_stubs.write(tmp_path)
    assert not (tmp_path / "gone.pyi").exists()
    assert (tmp_path / "py.typed").read_text() == "partial\n"
    assert (tmp_path / "tensor" / "math.pyi").read_text() == home_stubs.stubs()["tensor/math.pyi"]
