"""docs/api-coverage.md has every row, and every test that it names is collected."""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "api-coverage.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d+ \|", line)
]
TESTS = sorted({test for row in ROWS for test in re.findall(r"`([^`]+::[^`]+)`", row[-1])})
NAMES = (ROOT / "tests" / "frontend" / "names" / "promised.txt").read_text(encoding="utf-8")


@functools.cache
def functions(file: str) -> set[str]:
    """The names of the tests in a file that pytest collects."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@functools.cache
def names() -> set[str]:
    """The parameters of the test of promised names."""
    served, _, _ = NAMES.partition("# absent")
    lines = [line.partition(": ") for line in served.splitlines() if not line.startswith("#")]
    return {f"{path}:{name}" for path, _, listed in lines for name in listed.split()}


def test_every_row_is_there_once_and_in_order():
    assert [int(row[0]) for row in ROWS] == list(range(1, 268))
    assert {len(row) for row in ROWS} == {6}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_what_there_is(row):
    _, capability, where, priority, status, tests = row
    assert capability and priority in ("P0", "P1", "P2")
    assert re.fullmatch(r"done|partly: .+|not yet", status)
    assert bool(tests) == bool(where) == (status != "not yet")
    folder = ROOT
    for place in re.findall("`([^`]+)`", where):
        found = ROOT / place if (ROOT / place).exists() else folder / place
        assert found.exists(), place
        folder = found.parent


@pytest.mark.parametrize("test", TESTS)
def test_a_test_that_is_named_is_collected(test):
    file, _, rest = test.partition("::")
    function, _, parameter = rest.rstrip("]").partition("[")
    assert Path(file).name.startswith("test_")
    assert function in functions(file)
    if parameter:
        assert parameter in names()
