"""Find the cheapest form of a program among all that the rules allow.

    program  --greedy, each firing an equality-->  e-graph  --rules-->  e-graph  -->  cheapest form

Rules are the same objects that greedy rewriting applies. Those on elementwise ops are applied by
egglog to all terms at once. What greedy rewriting makes of the program, and of the cheapest form
found so far, is told to the e-graph firing by firing: so all other rewrites have their say, on the
program that represents each class. The order in which rules fire decides nothing then; a cost model
does.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial
from typing import Any

from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Block, Operation, SSAValue

from lamina.ir import dialect as nd
from lamina.ir.configuration import config
from lamina.passes.driver import Fired, Rewriter, Trace
from lamina.passes.lift_lengths import LENGTHS
from lamina.passes.registry import TAGS, check_of, run_rewrites, run_tag, tags
from lamina.passes.rules import Match, Pattern, _built
from lamina.passes.saturation.building import Construction
from lamina.passes.saturation.costs import cost_of
from lamina.passes.saturation.egraph import EGraph, engine
from lamina.passes.saturation.extraction import Choice, extract, representatives
from lamina.passes.saturation.report import Budget, Report
from lamina.passes.saturation.rules import Guarded, tell_rules
from lamina.passes.saturation.segments import Piece, close, segments
from lamina.passes.saturation.terms import Snapshot
from lamina.passes.select_blas import BLAS
from lamina.passes.user_rules import own_rules
from lamina.passes.values import Value, kind

REASSOCIATE = "reassociate"
MOST_READ = 50_000  # nodes


def saturate(
    block: Block,
    include: Iterable[str] = ("fast_run",),
    exclude: Iterable[str] = (),
    trace: Trace | None = None,
    budget: Budget | None = None,
) -> list[Report]:
    """Put the cheapest form that is found in the place of each part of `block`.

    A part stays as it is unless greedy rewriting alone comes to something that costs more.

    Parameters
    ----------
    block : Block
        The body of a function in nd. Nested regions are left alone.
    include, exclude : iterable of str
        Tags, groups of tags and names of rewrites. "reassociate" besides is the leave to round
        floats otherwise: to add and multiply them in another order, and to distribute.
    trace : Trace, optional
        Each part that was replaced counts as one firing.
    budget : Budget, optional

    Returns
    -------
    list of Report
        One for each part that is worth the effort.

    Raises
    ------
    ImportError
        The package egglog is not installed.
    """
    engine()
    trace = Trace() if trace is None else trace
    include, exclude = tuple(include), tuple(exclude)
    if "canonicalize" in tags(include, exclude):
        # else a check needs what it only asks the length of, and cuts the block in two
        run_rewrites(block, [r for r in LENGTHS if r.name not in exclude], trace)
    check = check_of(block)
    reports = []
    for ops in segments(block):
        if trace.full:
            break
        piece = Piece(ops)
        search = _Search(piece, include, exclude, budget or Budget())
        report = search.run()
        reports.append(report)
        if report.gains:
            line = next((op.attributes["line"] for op in ops if "line" in op.attributes), None)
            text = line.data if isinstance(line, StringAttr) else ""
            piece.replace_by(search.best, ops)
            trace.fired.append(Fired("saturation", str(report), f"{len(ops)} operations", text))
            if check is not None:
                check(trace.fired[-1])
    return reports


class _Recorder(Rewriter):
    """Tells an e-graph of each firing."""

    def __init__(self, egraph: EGraph, *args: Any):
        super().__init__(*args)
        self.egraph = egraph

    def _replace(self, op: Operation, value: SSAValue) -> None:
        name = self.trace.fired[-1].rewrite
        self.egraph.equate(op, value, name in _STABILIZING)
        super()._replace(op, value)


_STABILIZING = frozenset(r.name for r in TAGS["stabilize"] if not getattr(r, "once", False))
_BLAS = tuple(r.name for r in BLAS)


class _Search:
    """The search for the cheapest form of a piece."""

    def __init__(
        self, piece: Piece, include: tuple[str, ...], exclude: tuple[str, ...], budget: Budget
    ):
        self.piece, self.budget = piece, budget
        self.include, self.exclude = include, exclude
        self.tags = tags(include, exclude)
        self.deadline = time.monotonic() + budget.seconds
        ranks = [nd.rank(v) for v in piece.block.args]
        ranks += [nd.rank(v) for op in piece.block.ops for v in op.results]
        self.egraph = EGraph(max(ranks, default=0) + 1)
        self.rooted: list[str] = []
        self.applied: set[Any] = set()
        self.iterations = self.size = 0
        self.saturated = False
        self.best = piece.block

    def run(self) -> Report:
        """Search; `best` is what was found."""
        started = time.monotonic()
        written = cost_of(self.piece.block)
        self.rooted = self._told(self.piece.block)
        self._greedily(self.piece.block)
        self.guarded = self._rules()
        greedy = best = cost_of(self.piece.block)
        for _ in range(self.budget.rounds):
            self._grow()
            if self.size > MOST_READ:
                break  # to read it would take longer than it is worth
            form = self._extracted(self.egraph.snapshot())
            if form is None:
                break
            self._greedily(form)
            cost = cost_of(form)
            if cost >= best * (1 - 1e-6):
                break
            self.best, best = form, cost
            if time.monotonic() > self.deadline:
                break
        return Report(
            written, greedy, best, self.size, self.iterations, time.monotonic() - started,
            dict(self.egraph.schedule.matches), self.saturated, str(self.best.parent_op()),
        )  # fmt: skip

    def _rules(self) -> list[Guarded]:
        single = set(self.include)
        tagged = [
            (tag, r)
            for tag, r in (*((t, r) for t, rs in TAGS.items() for r in rs), *own_rules())
            if (tag in self.tags or r.name in single) and not {tag, r.name} & set(self.exclude)
        ]
        ops = [op for op in self.piece.block.ops if op.results]
        kinds = {kind(v) for op in ops for v in (*op.operands, *op.results)}
        names = self.egraph.op_names
        return tell_rules(self.egraph, tagged, REASSOCIATE in self.include, names, kinds)

    def _told(self, block: Block) -> list[str]:
        """Tell the e-graph all of a block; the names of what it returns."""
        for i, v in enumerate(block.args):
            if v not in self.egraph.names:
                self.egraph.given(v, i)
        for op in block.ops:
            if op is not block.last_op:
                self.egraph.add(op)
        assert block.last_op is not None
        return [self.egraph.value(v) for v in block.last_op.operands]

    def _greedily(self, block: Block) -> None:
        """Rewrite `block`, with each firing told to the e-graph as an equality."""
        recorder = partial(_Recorder, self.egraph)
        with config.change_flags(check_rewrites="off"):
            for tag in self.tags:
                exclude = (*self.exclude, *_BLAS)
                run_tag(block, tag, self.include, exclude, Trace(limit=-1), recorder)
        roots = self._told(block)
        self.egraph.tell(
            *(f"(union {a} {b})" for a, b in zip(self.rooted, roots, strict=True) if a != b)
        )

    def _grow(self) -> None:
        """Apply the rules until nothing changes or the budget is spent."""
        budget = self.budget
        schedule = self.egraph.schedule
        schedule.rest()
        for iteration in range(budget.iterations):
            if self.egraph.size > budget.nodes or time.monotonic() > self.deadline:
                break
            growing = iteration < budget.growing
            changed = schedule.step(self.egraph, budget.nodes, budget.matches, growing)
            changed |= self._apply_guarded()
            self.iterations += 1
            self.saturated = not changed
            if not changed:
                break
        self.size = self.egraph.size

    def _apply_guarded(self) -> bool:
        """Apply what was matched of the rules that Python applies; whether anything was new."""
        found = [
            (guarded, row)
            for guarded in self.guarded
            for row in self.egraph.rows(guarded.relation)
            if (guarded.relation, row) not in self.applied
        ]
        if not found:
            return False
        snapshot = self.egraph.snapshot()
        construction = self._construction(snapshot, representatives(snapshot))
        fired = False
        for guarded, row in found:
            self.applied.add((guarded.relation, row))
            if time.monotonic() < self.deadline:
                fired |= self._apply(guarded, row, construction)
        return fired

    def _construction(self, snapshot: Snapshot, choice: Choice) -> Construction:
        block = Block(arg_types=[v.type for v in self.piece.block.args])
        close(block, [])
        for i, v in enumerate(block.args):
            self.egraph.given(v, i)
        return Construction(block, snapshot, choice)

    def _apply(self, guarded: Guarded, row: tuple[Any, ...], construction: Construction) -> bool:
        rule = guarded.rule
        try:
            root, *values = construction.build(row)
        except KeyError:
            return False
        found = dict(zip(guarded.variables, values, strict=True))
        if rule.when is not None and not rule.when(Match(found)):
            return False
        try:
            if isinstance(rule.after, Pattern):
                made = _built(rule.after, {k: Value(v, construction) for k, v in found.items()})
                value = made.ssa
            else:
                value = construction.number(rule.after, nd.dtype_of(root))
        except (ValueError, TypeError):
            return False  # static lengths contradict each other
        if value.type != root.type:
            return False
        self.egraph.tell(f"(union {self.egraph.value(root)} {self.egraph.value(value)})")
        return True

    def _extracted(self, snapshot: Snapshot) -> Block | None:
        """The cheapest form; None if there is none that fits."""
        roots = [snapshot.names[name] for name in self.rooted]
        construction = self._construction(snapshot, extract(snapshot, roots))
        block = construction.block
        last = block.last_op
        assert last is not None
        values: list[SSAValue] = []
        for own, value in zip(roots, self.piece.roots, strict=True):
            last.attributes = _line(value)  # what is built gets it
            try:
                values += construction.build([own])
            except KeyError:
                return None
        last.attributes = {}
        wanted = [v.type for v in self.piece.roots]
        if [v.type for v in values] != wanted:
            return None
        last.operands = values
        return block


def _line(value: SSAValue) -> dict[str, Any]:
    attributes = value.owner.attributes if isinstance(value.owner, Operation) else {}
    return {"line": attributes["line"]} if "line" in attributes else {}
