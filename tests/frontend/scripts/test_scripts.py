"""Scripts written for PyTensor run when the name that they import is changed."""

import re
from pathlib import Path

import pytest

SCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_runs_after_a_change_of_name(script):
    text = script.read_text(encoding="utf-8")
    assert "import pytensor" in text or "from pytensor" in text
    program = compile(re.sub(r"\bpytensor\b", "lamina", text), str(script), "exec")
    exec(program, {"__name__": "__main__"})


def test_nothing_but_the_name_is_changed():
    changed = re.sub(r"\bpytensor\b", "lamina", "import pytensor.tensor as pt; pytensors = 1")
    assert changed == "import lamina.tensor as pt; pytensors = 1"
