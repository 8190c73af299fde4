"""The RUN lines of the .mlir files beside this one, without a shell: lit runs them unchanged."""

import contextlib
import importlib
import io
import re
import shlex
from pathlib import Path

import pytest
from filecheck.finput import FInput
from filecheck.matcher import Matcher
from filecheck.options import parse_argv_options
from filecheck.parser import Parser

FOLDER = Path(__file__).parent
RUN = re.compile(r"// RUN: (?:(not) )?python -m (\S+) (.*?)( 2>&1)? \| (filecheck .*)")
FILES = sorted(FOLDER.rglob("*.mlir"))


def output(module: str, arguments: list[str], fails: bool) -> str:
    """What ``python -m module`` prints; where it `fails`, its error."""
    printed = io.StringIO()
    main = importlib.import_module(module).main
    if fails:
        with pytest.raises(Exception) as caught, contextlib.redirect_stdout(printed):  # noqa: B017
            main(arguments)
        return f"{printed.getvalue()}{type(caught.value).__name__}: {caught.value}\n"
    with contextlib.redirect_stdout(printed):
        assert main(arguments) == 0
    return printed.getvalue()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_the_output_is_what_the_file_says(path: Path, capsys: pytest.CaptureFixture[str]):
    lines = [m for m in map(RUN.fullmatch, path.read_text(encoding="utf-8").splitlines()) if m]
    assert lines, "no RUN line that is understood here"
    for run in lines:
        fails, module, arguments, _, check = run.groups()
        text = output(module, shlex.split(arguments.replace("%s", str(path))), bool(fails))
        options = parse_argv_options(shlex.split(check.replace("%s", str(path))))
        status = Matcher(options, FInput("output", text), Parser.from_opts(options)).run()
        assert status == 0, f"{text}\n{capsys.readouterr().err}"


def test_there_are_files_and_all_their_run_lines_are_understood():
    assert len(FILES) >= 10
    for path in FILES:
        stated = path.read_text(encoding="utf-8").count("RUN:")
        assert stated == len(RUN.findall(path.read_text(encoding="utf-8"))), path


def test_a_wrong_line_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "wrong.mlir"
    path.write_text("// CHECK: nd.exp\n")
    options = parse_argv_options(["filecheck", str(path)])
    assert Matcher(options, FInput("output", "nd.log\n"), Parser.from_opts(options)).run() == 1
