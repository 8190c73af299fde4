"""The worklist that applies rewrites to a block until none fires.

A rewrite is tried on the operations of the classes that it names. It gives the value that takes the
place of the result, or does what it does itself and says True. Operations of which nothing is used
go on the way. Nested regions are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, NamedTuple

from xdsl.dialects.builtin import FunctionType, StringAttr
from xdsl.dialects.func import FuncOp, ReturnOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.traits import Pure

from lamina.ir import dialect as nd
from lamina.ir.configuration import config
from lamina.passes.builder import Builder
from lamina.passes.values import Value


class Rewrite(NamedTuple):
    """A named rewrite.

    Attributes
    ----------
    name : str
    apply : callable
        From an operation and the rewriter, the value of its result, True if the rewrite has done
        its work itself, or None if it does not fire.
    needs : set of class, optional
        It fires only where one of the operands was made by one of these.
    """

    name: str
    apply: Callable[[Any, Rewriter], Any]
    needs: frozenset[type[Operation]] | None = None


class Table(dict[type[Operation], Sequence[Rewrite]]):
    """The rewrites for each class of operation."""

    def __init__(self, rewrites: Mapping[type[Operation], Sequence[Rewrite]]):
        super().__init__(rewrites)
        self._fitting: dict[Any, Sequence[Rewrite]] = {}

    def fitting(self, op: Operation) -> Sequence[Rewrite]:
        """The rewrites to try on `op`, by its class and by what made its operands."""
        cls = op.__class__
        key = cls, frozenset([v.owner.__class__ for v in op.operands])
        known = self._fitting.get(key)
        if known is None:
            known = self._fitting[key] = tuple(
                r for r in self.get(cls, ()) if r.needs is None or not r.needs.isdisjoint(key[1])
            )
        return known


class Fired(NamedTuple):
    """One rewrite that fired: on which operation, made by which line of the user's."""

    tag: str
    rewrite: str
    operation: str
    line: str

    def __str__(self) -> str:
        return f"{self.tag}: {self.rewrite} on {self.operation}" + (
            f" ({self.line})" if self.line else ""
        )


@dataclass
class Trace:
    """Which rewrites fired, in order; and how many may.

    Attributes
    ----------
    limit : int
        No rewrite fires after this many; -1: all may. Halving it finds the one that changed a
        result.
    seconds : dict, optional
        By tag and name, how long each rewrite took to fire or refuse; None: no times are taken.
    """

    limit: int = field(default_factory=lambda: config.rewrite_limit)
    fired: list[Fired] = field(default_factory=list)
    seconds: dict[tuple[str, str], float] | None = None

    @property
    def full(self) -> bool:
        """Whether no more may fire."""
        return 0 <= self.limit <= len(self.fired)


class NoEnd(RuntimeError):
    """Rewrites that undo each other."""


_pure: dict[type[Operation], bool] = {}


def is_pure(op: Operation) -> bool:
    """Whether `op` may go if nothing uses its results."""
    cls = op.__class__
    if cls is nd.ScanOp or cls is nd.IfOp:
        return all(is_pure(inner) for region in op.regions for inner in region.block.ops)
    known = _pure.get(cls)
    if known is None:
        known = _pure[cls] = op.has_trait(Pure)
    return known


class Rewriter(Builder):
    """Applies a table of rewrites to a block.

    Parameters
    ----------
    block : Block
    table : mapping
        The rewrites for each class of operation.
    trace : Trace, optional
    tag : str
        What the trace calls the table.
    fresh : mapping, optional
        The rewrites that have not been tried on the block yet; the others of `table` are tried on
        what changes.
    check : callable, optional
        Given what fired, when it has.
    """

    def __init__(
        self,
        block: Block,
        table: Mapping[type[Operation], Sequence[Rewrite]],
        trace: Trace | None = None,
        tag: str = "",
        fresh: Mapping[type[Operation], Sequence[Rewrite]] | None = None,
        check: Callable[[Fired], None] | None = None,
    ):
        super().__init__(block)
        self.table, self.tag = table if isinstance(table, Table) else Table(table), tag
        fresh = self.table if fresh is None or fresh is table else fresh
        self.fresh = fresh if isinstance(fresh, Table) else Table(fresh)
        self.trace = Trace() if trace is None else trace
        self._check = check
        self._waiting: list[Operation] = []
        # By id, which is quicker to hash than an operation.
        self._queued: set[int] = set()
        self._most: int | None = None
        self._untouched: set[int] = set()

    def run(self, ops: Iterable[Operation] | None = None) -> int:
        """Rewrite until nothing fires, from `ops` on (None: all); returns how many fired.

        Raises
        ------
        NoEnd
            Far more rewrites fired than there are operations.
        """
        start = list(self.block.ops if ops is None else ops)
        before = len(self.trace.fired)
        if self._most is None:  # of this run and of those on what it has changed
            self._most = before + 1000 + 50 * len(start)
        if ops is None and self.fresh is not self.table:
            start = [op for op in start if op.__class__ in self.fresh]
            self._untouched = set(map(id, start))
        self._waiting = start[::-1]
        self._queued = set(map(id, start))
        try:
            while self._waiting:
                self._visit(self._waiting.pop())
                if len(self.trace.fired) > self._most:
                    names = ", ".join(sorted({f.rewrite for f in self.trace.fired[-100:]}))
                    raise NoEnd(f"rewrites undo each other: {names}")
        finally:
            self._update_signature()
        return len(self.trace.fired) - before

    def _visit(self, op: Operation) -> None:
        if id(op) not in self._queued:
            return
        self._queued.discard(id(op))
        if self._erase_unused(op):
            return
        table = self.fresh if id(op) in self._untouched else self.table
        rewrites = table.fitting(op) if op.__class__ in table else ()
        if rewrites:
            self._rewrite(op, rewrites)

    def _rewrite(self, op: Operation, rewrites: Sequence[Rewrite]) -> None:
        self.op = op
        if self.trace.seconds is not None:
            rewrites = [self._timed(r, self.trace.seconds) for r in rewrites]
        for name, apply, _ in rewrites:
            if self.trace.full:
                return
            try:
                found = apply(op, self)
            except (ValueError, IndexError):
                found = None  # static lengths contradict each other: a check before will fail
            if found is not None and found is not True:
                found = self.fitted(op, found.ssa if found.__class__ is Value else found)
            if found is None:
                if self.made:
                    self._discard_made()
                continue
            line = op.attributes.get("line")
            text = line.data if isinstance(line, StringAttr) else ""
            self.trace.fired.append(Fired(self.tag, name, op.name, text))
            if found is not True:
                self._replace(op, found)
            self.made.clear()
            if self._check is not None:
                self._check(self.trace.fired[-1])
            return

    def _timed(self, rewrite: Rewrite, seconds: dict[tuple[str, str], float]) -> Rewrite:
        """`rewrite`, which adds the time that it takes to `seconds`."""

        def apply(op: Any, rewriter: Rewriter) -> Any:
            started = perf_counter()
            try:
                return rewrite.apply(op, rewriter)
            finally:
                key = self.tag, rewrite.name
                seconds[key] = seconds.get(key, 0.0) + perf_counter() - started

        return rewrite._replace(apply=apply)

    def _discard_made(self) -> None:
        """Take back what a rewrite has built that then refused: as if it had not been tried."""
        for value in reversed(self.made):
            if isinstance(value.owner, Operation) and value.first_use is None:
                self._queued.discard(id(value.owner))
                self.block.erase_op(value.owner)
        self.made.clear()

    def _replace(self, op: Operation, value: SSAValue) -> None:
        result = op.results[0]
        for use in result.uses:
            self.revisit(use.operation)
        if isinstance(value.owner, Operation):
            self.revisit(value.owner)
        result.replace_all_uses_with(value)
        self._erase(op)

    def replace_all(self, op: Operation, values: Sequence[Value | None]) -> bool:
        """Let `values` take the places of all results of `op`; None of one that is not used."""
        for result, value in zip(op.results, values, strict=True):
            if value is None:
                assert result.first_use is None
                continue
            assert nd.dtype_of(value.ssa) == nd.dtype_of(result)
            if value.ssa in self.made:  # nothing has read the type of what was just made
                value.ssa._type = result.type
            self.revisit_users(result)
            result.replace_all_uses_with(value.ssa)
        self._erase(op)
        return True

    def revisit(self, op: Operation) -> None:
        """Try the rewrites of `op` again."""
        self._untouched.discard(id(op))
        if id(op) not in self._queued and op.parent is self.block:
            self._queued.add(id(op))
            self._waiting.append(op)

    def forget(self, op: Operation) -> None:
        """Try nothing on `op` any more: it is about to be erased."""
        self._queued.discard(id(op))
        self._untouched.discard(id(op))

    def inserted(self, op: Operation) -> None:
        self.revisit(op)

    def revisit_users(self, value: SSAValue) -> None:
        """Try the rewrites of all that use `value` again."""
        for use in value.uses:
            self.revisit(use.operation)

    def _erase(self, op: Operation) -> None:
        owners = [v.owner for v in op.operands]
        self._queued.discard(id(op))
        self._untouched.discard(id(op))
        self.block.erase_op(op)
        for owner in owners:
            if isinstance(owner, Operation):
                self._has_lost_a_use(owner)

    def _has_lost_a_use(self, op: Operation) -> None:
        self.revisit(op)
        last = op.results[0].get_unique_use() if op.results else None
        if last is not None:
            self.revisit(last.operation)

    def _erase_unused(self, op: Operation) -> bool:
        for result in op.results:
            if result.first_use is not None:
                return False
        if not op.results or not is_pure(op):
            return False
        self._erase(op)
        return True

    def set_operand(self, op: Operation, index: int, value: SSAValue) -> None:
        """Let operand `index` of `op` be `value`."""
        former = op.operands[index].owner
        op.operands[index] = value
        self.revisit(op)
        self.revisit_users(op.results[0])
        if isinstance(former, Operation):
            self._has_lost_a_use(former)

    def _update_signature(self) -> None:
        """Let the function return what it returns: a rewrite may have learnt static lengths."""
        function, last = self.block.parent_op(), self.block.last_op
        if isinstance(function, FuncOp) and isinstance(last, ReturnOp):
            types = [v.type for v in last.operands]
            if list(function.function_type.outputs) != types:
                inputs = list(function.function_type.inputs)
                function.function_type = FunctionType.from_lists(inputs, types)
