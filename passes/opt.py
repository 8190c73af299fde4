"""Run passes on nd text: ``python -m lamina.passes.opt --passes=canonicalize,cse program.mlir``.

A pass is a stage (canonicalize, stabilize, specialize), the name of one rewrite, or one of cse,
dce, fuse-products, prove-checks and share-rows. What results is printed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.ir import Block

from lamina.ir.configuration import config
from lamina.ir.program import parse_module
from lamina.passes.cse import merge_equal
from lamina.passes.dce import erase_unused
from lamina.passes.driver import Trace
from lamina.passes.fuse_products import fuse_products
from lamina.passes.prove_checks import erase_proven_checks
from lamina.passes.registry import TAGS, run_tag, verify
from lamina.passes.share_rows import share_rows

SINGLE: dict[str, Callable[[Block], object]] = {
    "cse": merge_equal,
    "dce": erase_unused,
    "fuse-products": fuse_products,
    "prove-checks": erase_proven_checks,
    "share-rows": share_rows,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="lamina.passes.opt", description=__doc__)
    parser.add_argument("file", nargs="?", default="-", help="a file of nd text; - is the input")
    parser.add_argument("--passes", default="", help="comma-separated, run in this order")
    parser.add_argument("--exclude", default="", help="rewrites that shall not be applied")
    parser.add_argument("--strict-ieee", action="store_true", help="keep every NaN and infinity")
    parser.add_argument("--trace", action="store_true", help="tell on stderr which rewrites fired")
    given = parser.parse_args(arguments)
    module = parse_module(sys.stdin.read() if given.file == "-" else _read(given.file))
    trace = Trace()
    with config.change_flags(strict_ieee=given.strict_ieee, verify_ir=True):
        run(module, _names(given.passes), _names(given.exclude), trace)
    if given.trace:
        print(*trace.fired, sep="\n", file=sys.stderr)
    print(module)
    return 0


def run(module: ModuleOp, passes: Sequence[str], exclude: Sequence[str], trace: Trace) -> None:
    """Run `passes` on every function of `module`."""
    known = {*TAGS, *SINGLE, *(r.name for members in TAGS.values() for r in members)}
    for name in (*passes, *exclude):
        if name not in known:
            raise ValueError(
                f"no pass {name!r}; there are {', '.join((*TAGS, *SINGLE))} and rewrites"
            )
    for function in module.body.block.ops:
        if isinstance(function, FuncOp):
            block = function.body.block
            for i, name in enumerate(passes):
                if name in SINGLE:
                    SINGLE[name](block)
                else:
                    run_tag(block, name, passes[: i + 1], exclude, trace)
                verify(block)
    module.verify()


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


if __name__ == "__main__":
    sys.exit(main())
