"""``lamina compile``: go on from the text of a stage."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def add_command(commands: Any) -> None:
    """Add ``compile``."""
    parser = commands.add_parser(
        "compile", help="read the text of a stage and print a later one",
        description="Read the text of a stage and print that of a later one, or write the object.",
    )  # fmt: skip
    parser.add_argument("file", help="the text; - for standard input")
    parser.add_argument(
        "--from", dest="start", required=True, metavar="STAGE", help="the stage of the text"
    )
    parser.add_argument(
        "--to", metavar="STAGE", default="assembly", help="the stage to print (assembly)"
    )
    parser.add_argument("-o", dest="output", metavar="FILE", help="write the object file instead")
    parser.add_argument(
        "-O", dest="level", type=int, default=2, choices=(0, 1, 2, 3), help="LLVM's effort (2)"
    )
    parser.set_defaults(action=_compile)


def _compile(arguments: argparse.Namespace) -> None:
    from lamina.compile.from_text import compile_text, text_of_stage

    if arguments.file == "-":
        text = sys.stdin.read()
    else:
        with open(arguments.file, encoding="utf-8") as file:
            text = file.read()
    try:
        if arguments.output:
            with open(arguments.output, "wb") as output:
                output.write(compile_text(arguments.start, text, arguments.level).object)
        else:
            text = text_of_stage(arguments.start, text, arguments.to, arguments.level)
            print(text.removesuffix("\n"))
    except Exception as error:
        print(f"lamina compile: {error}", file=sys.stderr)
        raise SystemExit(1) from None
