"""The command line, each command in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lamina.compile.pipeline import STAGES

SCRIPT = """\
import sys
import lamina
import lamina.tensor as pt

x = pt.dvector("x")
f = lamina.function([x], pt.exp(x).sum(), name="total")
g = lamina.function([x], 2 * x, name="two times")
print(__name__, sys.argv[1:], float(f([0.0, 0.0])), lamina.config.floatX)
"""
PRINTED = "__main__ {} 2.0 float64\n"
FILES = [
    "00-graph.txt", "01-nd.mlir", "02-canonicalize.mlir", "03-stabilize.mlir", "04-specialize.mlir",
    "05-kernels.mlir", "06-buffers.mlir", "07-linalg.mlir", "08-affine.mlir",
    "09-llvm-dialect.mlir",
    "10-llvm.ll", "11-optimized.ll", "12-assembly.txt",
]  # fmt: skip


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return str(path)


def lamina(*arguments, cwd=None, **environment):
    return subprocess.run(
        [sys.executable, "-m", "lamina", *arguments],
        env={**os.environ, **environment},
        cwd=cwd,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*.*"))


def test_a_script_runs_as_the_main_program_with_its_arguments(script):
    done = lamina("run", script, "a", "--b=c", "-h")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == PRINTED.format(["a", "--b=c", "-h"])


def test_every_stage_of_every_function_is_written_to_the_folder(script, tmp_path):
    folder = tmp_path / "ir"
    done = lamina("run", "--dump-ir", "--dump-dir", str(folder), script)
    assert done.stdout == PRINTED.format([])
    expected = [f"{f}/{name}" for f in ("001-total", "002-two_times") for name in FILES]
    assert files(folder) == expected
    assert all((folder / name).stat().st_size for name in expected)


@pytest.mark.parametrize("equals", [True, False])
def test_options_may_stand_after_the_script(script, tmp_path, equals):
    folder = str(tmp_path / "ir")
    where = [f"--dump-dir={folder}"] if equals else ["--dump-dir", folder]
    done = lamina("run", script, "first", "--dump-ir=nd,linalg", *where, "second")
    assert done.stdout == PRINTED.format(["first", "second"])
    assert files(tmp_path / "ir")[:2] == ["001-total/01-nd.mlir", "001-total/07-linalg.mlir"]


def test_what_follows_two_dashes_is_the_scripts_own(script, tmp_path):
    done = lamina("run", script, "a", "--", "--dump-ir", "--", "--dump-dir", "b")
    assert done.stdout == PRINTED.format(["a", "--dump-ir", "--", "--dump-dir", "b"])
    assert done.stderr == ""
    done = lamina("run", "--dump-ir=nd", "--", script, "--dump-ir")
    assert done.stdout == PRINTED.format(["--dump-ir"])
    assert "001-total: nd" in done.stderr


def test_without_a_folder_the_texts_go_to_standard_error(script):
    done = lamina("run", "--dump-ir=nd", script)
    assert done.stdout == PRINTED.format([])
    assert done.stderr.count("// -----") == 2
    assert "nd.exp %x" in done.stderr


def test_environment_variables_dump_too(script, tmp_path):
    folder = tmp_path / "ir"
    variables = {"LAMINA_DUMP_IR": "kernels", "LAMINA_DUMP_DIR": str(folder)}
    expected = ["001-total/05-kernels.mlir", "002-two_times/05-kernels.mlir"]
    assert lamina("run", script, **variables).returncode == 0
    assert files(folder) == expected
    for path in folder.rglob("*.mlir"):
        path.unlink()
    subprocess.run([sys.executable, script], env={**os.environ, **variables}, check=True)
    assert files(folder) == expected


def test_a_dump_is_complete_when_the_function_is_in_the_cache(script, tmp_path):
    lamina("run", script)
    lamina("run", "--dump-ir", "--dump-dir", str(tmp_path / "ir"), script)
    assert len(files(tmp_path / "ir")) == 2 * len(STAGES)


def test_a_function_that_is_interpreted_has_its_graph_dumped(script, tmp_path):
    done = lamina(
        "run", "--flag", "mode=NUMPY", "--dump-ir", f"--dump-dir={tmp_path / 'ir'}", script
    )
    assert done.returncode == 0
    assert files(tmp_path / "ir") == ["001-total/00-graph.txt", "002-two_times/00-graph.txt"]


def test_a_flag_is_set_for_the_script(script):
    done = lamina("run", "--flag", "floatX=float32", script)
    assert done.stdout.endswith("float32\n")


def test_modules_beside_the_script_can_be_imported(tmp_path):
    (tmp_path / "beside.py").write_text("value = 42\n")
    (tmp_path / "script.py").write_text("import beside\nprint(beside.value)\n")
    assert lamina("run", str(tmp_path / "script.py")).stdout == "42\n"


def test_the_exit_status_is_that_of_the_script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text("raise SystemExit(3)\n")
    assert lamina("run", str(path)).returncode == 3
    path.write_text("1 / 0\n")
    done = lamina("run", str(path))
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no script given"),
        (["--dump-ir"], "no script given"),
        (["missing.py"], "no such file: missing.py"),
        (["--bogus", "script.py"], "unknown option --bogus"),
        (["--dump-ir=foo", "script.py"], "no stage foo to dump; the stages are graph, nd, "),
        (["--dump-dir"], "--dump-dir needs a value"),
        (["--flag", "floatY=1", "script.py"], "no flag 'floatY'; the nearest is 'floatX'"),
        (["--flag", "floatX=int8", "script.py"], "floatX cannot be 'int8'"),
    ],
)
def test_wrong_options_are_refused_with_the_usage(arguments, message):
    done = lamina("run", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "usage: lamina run" in done.stderr


def test_help_names_the_commands_options_and_stages():
    assert all(command in lamina("--help").stdout for command in ("run", "compile", "cache"))
    text = lamina("run", "--help").stdout
    assert all(word in text for word in ("--dump-ir", "--dump-dir", "--flag", *STAGES))


def test_a_dumped_text_goes_on_to_a_later_stage_and_to_an_object(script, tmp_path):
    folder = tmp_path / "ir"
    lamina("run", "--dump-ir", "--dump-dir", str(folder), script)
    texts = folder / "001-total"
    done = lamina("compile", str(texts / "01-nd.mlir"), "--from", "nd", "--to", "linalg")
    assert done.stdout == (texts / "07-linalg.mlir").read_text()
    objects = []
    for name, stage in (("01-nd.mlir", "nd"), ("10-llvm.ll", "llvm")):
        output = tmp_path / f"{stage}.o"
        done = lamina("compile", str(texts / name), "--from", stage, "-o", str(output))
        assert done.returncode == 0, done.stderr
        objects.append(output.read_bytes())
    assert objects[0] == objects[1]


@pytest.mark.parametrize(
    ("start", "to", "message"),
    [("assembly", "assembly", "cannot be compiled from"), ("linalg", "nd", "does not follow")],
)
def test_a_stage_that_cannot_be_reached_is_refused(tmp_path, start, to, message):
    path = tmp_path / "text"
    path.write_text("module {}\n")
    done = lamina("compile", str(path), "--from", start, "--to", to)
    assert done.returncode == 1
    assert message in done.stderr


def test_the_cache_is_shown_and_cleared(script, tmp_path):
    folder = str(tmp_path / "cache")
    lamina("run", script, LAMINA_CACHE_DIR=folder)
    shown = lamina("cache", LAMINA_CACHE_DIR=folder).stdout
    assert f"folder:    {folder}" in shown
    assert "functions: 0" not in shown
    alone = lamina("cache", "basecompiledir", LAMINA_CACHE_DIR=folder).stdout
    assert alone == f"{folder}\n"
    assert "functions: 0" in lamina("cache", "--clear", LAMINA_CACHE_DIR=folder).stdout


@pytest.mark.parametrize("word", ["clear", "purge"])
def test_the_cache_is_cleared_by_the_words_of_pytensor(script, tmp_path, word):
    folder = str(tmp_path / "cache")
    lamina("run", script, LAMINA_CACHE_DIR=folder)
    assert "functions: 0" not in lamina("cache", "list", LAMINA_CACHE_DIR=folder).stdout
    program = "from lamina.cli import cache_main; cache_main()"
    done = subprocess.run(
        [sys.executable, "-c", program, word],
        env=os.environ | {"LAMINA_CACHE_DIR": folder},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "functions: 0" in done.stdout


def test_the_end_of_a_run_says_where_the_texts_lie(script, tmp_path):
    done = lamina("run", "--dump-ir=nd", "--dump-dir", "texts", script, cwd=tmp_path)
    assert done.stderr == "IR of 2 functions: texts\n"
    (tmp_path / "wrong.py").write_text(SCRIPT + "1 / 0\n")
    done = lamina("run", "--dump-ir=nd", "--dump-dir", "texts", "wrong.py", cwd=tmp_path)
    assert "IR of 2 functions: texts\n" in done.stderr
