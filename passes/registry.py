"""The rewrites by tag, and how a block is rewritten: ``run_tag(block, "canonicalize")``."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache

from xdsl.ir import Block, Operation

from lamina.ir import dialect as nd
from lamina.ir.configuration import config
from lamina.passes.canonicalize import CANONICALIZE
from lamina.passes.cse import merge_equal
from lamina.passes.dce import erase_unused
from lamina.passes.driver import Fired, NoEnd, Rewrite, Rewriter, Table, Trace
from lamina.passes.opt_in import OPT_IN
from lamina.passes.prove_checks import erase_proven_checks
from lamina.passes.rules import ELEMENTWISE, Procedure, Rule
from lamina.passes.specialize import SPECIALIZE
from lamina.passes.stabilize import STABILIZE
from lamina.passes.unneeded_checks import drop_checks
from lamina.passes.user_rules import Tagged, own_rules

# In the order in which they run. A stage applies the rewrites of the included tags up to its own.
TAGS: dict[str, tuple[Rule | Procedure, ...]] = {
    "canonicalize": CANONICALIZE,
    "stabilize": STABILIZE,
    "specialize": SPECIALIZE,
}
# Names for several tags.
GROUPS = {"fast_run": tuple(TAGS), "fast_compile": ("canonicalize",), "egraph": tuple(TAGS)}


def tags(include: Iterable[str], exclude: Iterable[str] = ()) -> tuple[str, ...]:
    """The tags that `include` asks for, in the order in which they run; other names select none."""
    asked = {tag for name in include for tag in GROUPS.get(name, (name,))}
    without = {tag for name in exclude for tag in GROUPS.get(name, (name,))}
    return tuple(tag for tag in TAGS if tag in asked and tag not in without)


def rewrites(
    include: Iterable[str], exclude: Iterable[str] = (), own: tuple[Tagged, ...] = ()
) -> list[Rule | Procedure]:
    """The rewrites with a tag or name in `include` and none in `exclude`; the user's `own` last."""
    asked, without = set(include), set(exclude)
    built_in = [({tag}, r) for tag, members in TAGS.items() for r in members]
    tagged = [*built_in, *OPT_IN, *(({tag}, r) for tag, r in own)]
    return [r for named, r in tagged if {r.name, *named} & asked and not {r.name, *named} & without]


def run_tag(
    block: Block,
    tag: str,
    include: Iterable[str] = tuple(TAGS),
    exclude: Iterable[str] = (),
    trace: Trace | None = None,
    rewriter: Callable[..., Rewriter] = Rewriter,
) -> Trace:
    """Apply the rewrites of a stage to `block` until none fires.

    Parameters
    ----------
    block : Block
        The body of a function in nd. Nested regions are left alone.
    tag : str
        The stage: "canonicalize", "stabilize" or "specialize". The rewrites of the included stages
        before it go on in it, on what it changes.
    include, exclude : iterable of str
        Tags, groups of tags, and names of rewrites.
    trace : Trace, optional
        Where to record what fires, and how many may; one for all stages counts them together.
    rewriter : callable, optional
        What makes the Rewriter.

    Returns
    -------
    Trace
    """
    trace = Trace() if trace is None else trace
    include, exclude = tuple(include), tuple(exclude)
    included = tags(include, exclude)
    before = included[: included.index(tag)] if tag in included else ()
    single = [name for name in include if name not in TAGS and name not in GROUPS]
    own = own_rules()
    fresh = _table((tag, *single), exclude, own)
    table = _table((*before, tag, *single), exclude, own) if before else fresh
    check = check_of(block)
    if not before:
        merge_equal(block)
    _run(rewriter(block, table, trace, tag, fresh, check))
    drop_checks(block, include, exclude)
    return trace


def run_rewrites(
    block: Block, chosen: Sequence[Rule | Procedure], trace: Trace | None = None
) -> Trace:
    """Apply `chosen`, and no others, to `block` until none fires.

    Those that may fire on the same operation are tried in the order in which they are given.
    """
    trace = Trace() if trace is None else trace
    check = check_of(block)
    merge_equal(block)
    _run(Rewriter(block, _by_class(chosen), trace, "chosen", check=check))
    verify(block)
    return trace


def check_of(block: Block) -> Callable[[Fired], None] | None:
    """What compares with the results before each firing, where the configuration asks for it."""
    if config.check_rewrites == "off":
        return None
    from lamina.passes.check_rewrites import BlockCheck

    return BlockCheck(block)


def _run(rewriter: Rewriter) -> None:
    """Rewrite and merge what is equal until nothing changes, then erase what is unused."""
    block = rewriter.block
    waiting: list[Operation] | None = None
    try:
        while waiting is None or waiting:
            fired = rewriter.run(waiting)
            waiting = merge_equal(block) if fired else []
    except NoEnd as error:
        if config.verify_ir:
            raise
        warnings.warn(f"{rewriter.tag}: {error}; the graph stays as it is by now", stacklevel=3)
    erase_proven_checks(block)
    erase_unused(block)


def verify(block: Block) -> None:
    """Run the verifiers of the operations of `block`, where the configuration asks for it.

    `run_tag` leaves it to its callers: the pipeline verifies the whole module after each stage.
    """
    if config.verify_ir:
        for op in block.ops:
            op.verify()


def optimize(
    block: Block,
    include: Iterable[str] = ("fast_run",),
    exclude: Iterable[str] = (),
    trace: Trace | None = None,
) -> Trace:
    """Run the included stages on `block`, one after another; rewrites included by name in each.

    Equal operations are merged, and those that nothing uses erased, in any case. "egraph" is all
    stages, after equality saturation.
    """
    trace = Trace() if trace is None else trace
    include, exclude = tuple(include), tuple(exclude)
    if "egraph" in include:
        from lamina.passes.saturation.saturate import saturate

        saturate(block, include, exclude, trace)
    for tag in tags(include, exclude) or ("named",):
        run_tag(block, tag, include, exclude, trace)
        verify(block)
    return trace


@lru_cache(maxsize=64)
def _table(
    include: tuple[str, ...], exclude: tuple[str, ...], own: tuple[Tagged, ...] = ()
) -> Table:
    return _by_class(rewrites(include, exclude, own))


def _by_class(chosen: Iterable[Rule | Procedure]) -> Table:
    """The rewrites for each class of operation."""
    table: dict[type[Operation], list[Rewrite]] = {}
    for r in chosen:
        needs = frozenset(cls for name in r.needs for cls in _classes(name)) or None
        for root in r.roots:
            for cls in _classes(root):
                table.setdefault(cls, []).append(Rewrite(r.name, r.apply, needs))
    return Table({cls: tuple(members) for cls, members in table.items()})


@cache
def _classes(root: str) -> tuple[type[Operation], ...]:
    known = list(nd.ND.operations)
    if root == ELEMENTWISE:
        return tuple(cls for cls in known if issubclass(cls, nd.ElementwiseOp))
    found = tuple(cls for cls in known if cls.name == "nd." + root)
    assert found, f"no operation nd.{root}"
    return found
