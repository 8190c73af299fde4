"""The command line: ``lamina run``, ``lamina compile``, ``lamina cache``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lamina.cli import cache, compile, run


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that `arguments` (by default those of the process) name."""
    parser = argparse.ArgumentParser(prog="lamina", description="Compile array expressions.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (run, compile, cache):
        module.add_command(commands)
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["run"]:
        run.main(given[1:])
        return
    chosen = parser.parse_args(given)
    chosen.action(chosen)


def cache_main() -> None:
    """The command ``lamina-cache``: ``lamina cache`` under the name that PyTensor's has."""
    main(["cache", *sys.argv[1:]])
