"""The example trains its model, and its update step becomes the few loops that it should."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")

SCRIPT = Path(__file__).parents[2] / "examples" / "logistic_regression.py"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The folder and the output of a run with its IR dumped."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "lamina", "run", "--dump-ir", "--dump-dir", "ir", str(SCRIPT)]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ}, capture_output=True, text=True, check=True
    )
    return folder, done


def test_the_model_learns(demo):
    _, done = demo
    (loss,) = re.findall(r"^final loss: (\d\.\d{4})$", done.stdout, re.MULTILINE)
    (accuracy,) = re.findall(r"^test accuracy: (\d\.\d\d)$", done.stdout, re.MULTILINE)
    assert float(loss) < 0.05
    assert float(accuracy) > 0.95


def test_progress_is_shown_and_the_curve_is_saved(demo):
    folder, done = demo
    assert f"[{'#' * 40}] 1000/1000 loss " in done.stderr
    assert "loss curve: loss.png\n" in done.stdout
    assert (folder / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_the_run_says_where_the_ir_lies(demo):
    folder, done = demo
    assert done.stderr.endswith("IR of 2 functions: ir\n")
    assert {path.name for path in (folder / "ir").iterdir()} == {"001-train", "002-predict"}
    assert len(list((folder / "ir" / "001-train").iterdir())) == 13


def test_the_update_step_is_two_products_and_at_most_three_kernels(demo):
    folder, _ = demo
    text = (folder / "ir" / "001-train" / "06-buffers.mlir").read_text()
    products = re.findall(r"= nd\.(gemv|gemm|dot)\b", text)
    kernels = re.findall(r"= nd\.kernel\b", text)
    assert products == ["gemv", "gemv"]
    assert 1 <= len(kernels) <= 3
    assert len(re.findall(r"\bfunc\.func private @kernel_", _linalg(folder))) <= 3


def test_the_step_keeps_one_temporary_array(demo):
    """The logits, which the gradient with respect to them overwrites."""
    folder, _ = demo
    text = (folder / "ir" / "001-train" / "06-buffers.mlir").read_text()
    assert set(re.findall(r'"slot \d+"', text)) == {'"slot 0"'}
    assert _linalg(folder).count("call @lamina_workspace") == 1


def _linalg(folder):
    return (folder / "ir" / "001-train" / "07-linalg.mlir").read_text()
