"""Rules made of xDSL's RewritePatterns."""

from __future__ import annotations

from typing import Any

from xdsl.ir import Operation
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern

from lamina.ir import dialect as nd
from lamina.passes.driver import Rewriter
from lamina.passes.rules import ELEMENTWISE, Procedure


def pattern_rule(pattern: RewritePattern, *roots: str, name: str | None = None) -> Procedure:
    """Make a rule of an xDSL RewritePattern on nd.

    Parameters
    ----------
    pattern : RewritePattern
        It changes operations of one block, through its PatternRewriter.
    *roots : str
        It is tried on the operations ``nd.root``; without any, on the elementwise ones.
    name : str, optional
        Else that of the class of the pattern.

    Raises
    ------
    ValueError
        nd has no such operation.
    """
    known = {cls.name for cls in nd.ND.operations}
    for root in roots:
        if root != ELEMENTWISE and f"nd.{root}" not in known:
            raise ValueError(f"pattern_rule: there is no operation nd.{root}")

    def apply(op: Operation, rewriter: Rewriter) -> Any:
        own = PatternRewriter(op)
        line = op.attributes.get("line")

        def inserted(new: Operation) -> None:
            if line is not None:
                new.attributes.setdefault("line", line)
            rewriter.revisit(new)

        def removed(old: Operation) -> None:
            for v in old.operands:
                if isinstance(v.owner, Operation):
                    rewriter.revisit(v.owner)
            rewriter.forget(old)

        own.operation_insertion_handler.append(inserted)
        own.operation_modification_handler.append(rewriter.revisit)
        own.operation_removal_handler.append(removed)
        pattern.match_and_rewrite(op, own)
        return True if own.has_done_action else None

    return Procedure(
        name or type(pattern).__name__, roots or (ELEMENTWISE,), apply, describes=type(pattern)
    )
