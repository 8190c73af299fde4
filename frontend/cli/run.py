"""``lamina run``: run a script, and write down what its functions become."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

USAGE = """\
usage: lamina run [--dump-ir[=STAGE,...]] [--dump-dir DIR] [--flag NAME=VALUE] SCRIPT [ARGS]

Run SCRIPT as the main program, with ARGS as its arguments.

  --dump-ir[=STAGE,...]  for every function that the script compiles, write the text of each stage
                         of the compiler, or of those named
  --dump-dir DIR         into DIR/NNN-name/NN-stage.{mlir,ll,txt}; without it, to standard error
  --flag NAME=VALUE      set a flag of lamina.config
  -h, --help             show this and the stages

The options may also stand after SCRIPT, unless -- precedes them. LAMINA_DUMP_IR and LAMINA_DUMP_DIR
do the same for any program.
"""


def add_command(commands: Any) -> None:
    """Add ``run`` to the help of ``lamina``."""
    commands.add_parser(
        "run", help="run a script, dumping the compiler's stages if asked", add_help=False
    )


def main(arguments: Sequence[str]) -> None:
    """Run a script with Lamina's options taken out of its arguments."""
    script, own = _take_options(list(arguments))
    if script is None:
        _fail("no script given")
    if not os.path.exists(script):
        _fail(f"no such file: {script}")
    sys.argv = [script, *own]
    sys.path[0] = os.path.dirname(os.path.abspath(script))  # as in `python SCRIPT`
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        from lamina.compile.dump import written

        sys.stderr.write(written())


def _take_options(arguments: list[str]) -> tuple[str | None, list[str]]:
    """The script and its own arguments; Lamina's options take effect."""
    script: str | None = None
    own: list[str] = []
    while arguments:
        argument = arguments.pop(0)
        name, equals, value = argument.partition("=")
        if argument == "--":
            if script is None and arguments:
                script = arguments.pop(0)
            own += arguments
            break
        if name == "--dump-ir":
            _set("dump_ir", value if equals else "all")
        elif name in ("--dump-dir", "--flag"):
            if not equals:
                if not arguments:
                    _fail(f"{name} needs a value")
                value = arguments.pop(0)
            if name == "--dump-dir":
                _set("dump_dir", value)
            else:
                flag, _, setting = value.partition("=")
                _set(flag.replace(".", "__"), setting)
        elif script is None and argument in ("-h", "--help"):
            from lamina.compile.pipeline import STAGES

            print(USAGE + "\nstages: " + ", ".join(STAGES))
            raise SystemExit(0)
        elif script is None and argument.startswith("-"):
            _fail(f"unknown option {argument}")
        elif script is None:
            script = argument
        else:
            own.append(argument)
    return script, own


def _set(flag: str, value: str) -> None:
    from lamina.compile.dump import dump_wanted
    from lamina.ir.configuration import FLAGS, config

    try:
        setattr(config, flag, FLAGS[flag].read(value, "--flag") if flag in FLAGS else value)
        dump_wanted()
    except (AttributeError, ValueError) as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    print(f"lamina run: {message}\n{USAGE.splitlines()[0]}", file=sys.stderr)
    raise SystemExit(2)
