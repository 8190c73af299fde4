"""The example's rule and rewriter change the generated code, and the dump shows them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "examples" / "own_rewrite.py"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own_rewrite")
    command = ["lamina", "run", "--dump-ir", "--dump-dir", str(folder), str(SCRIPT)]
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=True
    )
    return folder, done.stdout


def text_of(folder, function, stage):
    (path,) = folder.glob(f"*-{function}/*-{stage}.*")
    return path.read_text(encoding="utf-8")


def test_digits_that_were_lost_are_there(demo):
    _, printed = demo
    rows = dict(re.findall(r"^(1 - cos\(x\)|with the \w+) +(\S+)", printed, re.M))
    assert float(rows["1 - cos(x)"]) == 0
    assert float(rows["with the rule"]) == float(rows["with the rewriter"]) == 5e-17


def test_the_dump_names_what_fired_and_on_which_line(demo):
    folder, _ = demo
    line = 1 + SCRIPT.read_text(encoding="utf-8").splitlines().index("versine = 1 - pt.cos(x)")
    place = rf"\(own_rewrite.py:{line}\)"
    rule = rf"^// canonicalize: versine on nd.sub {place}$"
    assert re.search(rule, text_of(folder, "precise", "canonicalize"), re.M)
    assert re.match(rf"// graph: versine on Sub {place}\n", text_of(folder, "rewritten", "graph"))
    assert "versine" not in text_of(folder, "plain", "canonicalize")


def test_the_code_has_no_cosine_any_more(demo):
    folder, _ = demo
    assert "math.cos" in text_of(folder, "plain", "linalg")
    for function in ("precise", "rewritten"):
        text = text_of(folder, function, "linalg")
        assert "math.sin" in text and "math.cos" not in text
