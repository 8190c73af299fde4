"""Rules as rules of egglog.

An elementwise rule is matched and applied by egglog. One with a condition, or with ops on whole
arrays, is matched by egglog and applied in Python, on the values that represent the classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import lamina.ir.operators as ops
from lamina.ir.configuration import config
from lamina.ir.ops.elementwise import Elemwise
from lamina.passes.rules import Applied, Procedure, Rule, Var
from lamina.passes.saturation.egraph import LARGEST_ARITY, EGraph
from lamina.passes.saturation.equalities import (
    ELEMENTWISE,
    MATRICES,
    SUMS,
    conditions,
    is_exact,
    variables,
)
from lamina.passes.saturation.terms import largest


@dataclass(frozen=True)
class Guarded:
    """A rule that Python applies.

    Attributes
    ----------
    relation : str
        Where egglog notes what it has matched: the class of `before`, and those of `variables`.
    """

    rule: Rule
    relation: str
    variables: tuple[str, ...]


def tell_rules(
    egraph: EGraph,
    tagged: Iterable[tuple[str, Rule | Procedure]],
    reassociate: bool,
    names: set[str],
    kinds: set[str],
) -> list[Guarded]:
    """Tell `egraph` the rules of these tags, and the equalities; returns those Python applies.

    A rule holds from left to right, and both ways where no digit is lost by either and neither side
    is the larger one. A rule that stabilizes is the last word, and the form that it replaces is not
    to be chosen, unless the rule asks for parts that are used once: that is a matter of cost. What
    rounds otherwise needs `reassociate`.

    Only rules are told that may match in a program with operations of these `names`, on dtypes of
    these `kinds`, or on what other rules make of it.
    """
    stated = [*_catalogue(tagged, kinds), *_equalities(kinds, reassociate)]
    guarded: list[Guarded] = []
    for one in _reachable(stated, names):
        rule = one.rule
        if rule.when is None and rule.is_elementwise and _is_small(rule):
            _tell(egraph, one)
        else:
            guarded.append(_tell_guarded(egraph, one, len(guarded)))
    return guarded


class _Stated(NamedTuple):
    """A rule for values of some kinds; whether what it matches is not to be chosen any more."""

    rule: Rule
    kinds: str
    is_better: bool = False


def _catalogue(
    tagged: Iterable[tuple[str, Rule | Procedure]], kinds: set[str]
) -> Iterator[_Stated]:
    for tag, rule in tagged:
        if isinstance(rule, Rule) and kinds & set(rule.kinds):
            allowed = rule.kinds
            if config.strict_ieee and not rule.keeps_nan:
                allowed = "".join(k for k in allowed if k not in "fc")
            yield _Stated(rule, allowed, tag == "stabilize" and not rule.once)
            if tag != "stabilize" and _has_two_sides(rule):
                yield from _where_exact(_reversed(rule), kinds)


def _equalities(kinds: set[str], reassociate: bool) -> Iterator[_Stated]:
    for rule in ELEMENTWISE:
        for one in (rule, _reversed(rule)):
            yield from _where_exact(one, kinds)
            if reassociate and not config.strict_ieee:
                rounding = (k for k in one.kinds if k in "fc" and k in kinds)
                yield _Stated(one, "".join(k for k in rounding if not is_exact(one, k)))
    if not config.strict_ieee:
        for rule in (*MATRICES, *(SUMS if reassociate else ())):
            yield _Stated(rule, rule.kinds)


def _where_exact(rule: Rule, kinds: set[str]) -> Iterator[_Stated]:
    exact = "".join(k for k in rule.kinds if k in kinds and is_exact(rule, k))
    if exact:
        yield _Stated(rule, exact)


def _reachable(stated: list[_Stated], names: set[str]) -> list[_Stated]:
    """The rules whose ops are in `names`, or are made by such rules."""
    names = set(names)
    waiting, found = [s for s in stated if s.kinds], []
    while True:
        now = [s for s in waiting if op_names(s.rule.before) <= names]
        if not now:
            return found
        found += now
        waiting = [s for s in waiting if not op_names(s.rule.before) <= names]
        names.update(*(op_names(s.rule.after) for s in now))


def op_names(pattern: Any) -> set[str]:
    """The names of the operations in a pattern."""
    if not isinstance(pattern, Applied):
        return set()
    return {pattern.op.nd_name.lower()}.union(*map(op_names, pattern.operands))


def grows(rule: Rule) -> bool:
    """Whether what the rule makes has more operations and numbers than what it matches."""
    return size(rule.after) > size(rule.before)


def _invents(pattern: Any) -> bool:
    """Whether a pattern has parts that are applications: they may be new classes."""
    return any(isinstance(p, Applied) for p in getattr(pattern, "operands", ()))


def size(pattern: Any) -> int:
    """The number of operations and numbers in a pattern."""
    if isinstance(pattern, Var):
        return 0
    return 1 + sum(map(size, getattr(pattern, "operands", ())))


def _is_small(rule: Rule) -> bool:
    return all(_arity(p) <= LARGEST_ARITY for p in (rule.before, rule.after))


def _arity(pattern: Any) -> int:
    if not isinstance(pattern, Applied):
        return 0
    return max(len(pattern.operands), *map(_arity, pattern.operands))


def _has_two_sides(rule: Rule) -> bool:
    return (
        rule.when is None
        and rule.keeps_nan
        and rule.is_elementwise
        and isinstance(rule.after, Applied)
        and variables(rule.before) == variables(rule.after)
        and size(rule.before) <= size(rule.after)
    )


@cache
def _reversed(rule: Rule) -> Rule:
    return replace(rule, name=f"{rule.name}-reversed", before=rule.after, after=rule.before)


class _Body:
    """What a rule matches, as facts; the class of the whole is ``e``."""

    def __init__(self, egraph: EGraph, stated: _Stated):
        self.egraph, self.rule = egraph, stated.rule
        rule = stated.rule
        self.facts: list[str] = []
        self._fresh = 0
        self.root = self._application(rule.before)
        self.facts.append(f"(= e {self.root})")
        for name in sorted(variables(rule.before) - conditions(rule)):
            self.facts.append(f"(= d-{name} (dtype-of x-{name}))")
            self.facts.append(f"(of-kinds {egraph.kinds(stated.kinds)} d-{name})")

    def _variable(self, letter: str) -> str:
        self._fresh += 1
        return f"{letter}{self._fresh}"

    def _match(self, pattern: Any) -> str:
        if isinstance(pattern, Var):
            return f"x-{pattern.name}"
        if isinstance(pattern, Applied):
            text, inner = self._application(pattern), self._variable("i")
            self.facts.append(f"(= {inner} {text})")
            return inner
        number = self._variable("n")
        self.facts.append(f"(equals {number} {self.egraph.pattern_number(pattern)})")
        return number

    def _application(self, pattern: Applied) -> str:
        operands = [self._match(p) for p in pattern.operands]
        if isinstance(pattern.op, Elemwise):
            return self.egraph.apply(self.egraph.elementwise(pattern.op), operands)
        symbol = self._variable("s")
        self.facts.append(f"(fits {self.egraph.form(pattern.op)} {symbol})")
        return self.egraph.apply(symbol, operands)

    def made(self, pattern: Any) -> str:
        """The text of what the rule makes; numbers have the dtype of the variables."""
        if isinstance(pattern, Var):
            return f"x-{pattern.name}"
        if isinstance(pattern, Applied):
            operands = list(map(self.made, pattern.operands))
            return self.egraph.apply(self.egraph.elementwise(pattern.op), operands)
        beside = sorted(variables(self.rule.after) - conditions(self.rule))
        dtype = f"d-{beside[0]}" if beside else "(dtype-of e)"
        number = self._variable("k")
        literal = f"(literal {self.egraph.pattern_number(pattern)} {dtype})"
        self.facts.append(f"(= {number} {literal})")
        return self.egraph.apply(number, ())


def _tell(egraph: EGraph, stated: _Stated) -> None:
    rule, body = stated.rule, _Body(egraph, stated)
    after = body.made(rule.after)
    kept = sorted(variables(rule.after))
    lost = sorted(variables(rule.before) - set(kept))

    def tell(value: str, name: str, extra: Sequence[str] = ()) -> None:
        better = [f"(subsume {body.root})"] if stated.is_better else []
        facts = (*body.facts, *extra)
        actions = [f"(union e {value})", *better]
        egraph.rule(name, facts, actions, grows(rule), _invents(rule.after))

    if not lost:
        tell(after, rule.name)
        return
    filled = after
    for name in lost:
        filled = egraph.apply(egraph.elementwise(ops.second), [f"x-{name}", filled])
    tell(filled, f"{rule.name}-filled")
    shapes = [f"(= {egraph.dims(f'l-{name}-')} (shape-of x-{name}))" for name in kept]
    lengths = [largest([f"l-{name}-{i}" for name in kept] or ["0"]) for i in range(egraph.rank)]
    shapes.append(f"(= {egraph.dims('l')} (shape-of e))")
    same = [f"(= l{i} {length})" for i, length in enumerate(lengths)]
    tell(after, rule.name, (*shapes, *same))


def _tell_guarded(egraph: EGraph, stated: _Stated, number: int) -> Guarded:
    rule, body = stated.rule, _Body(egraph, stated)
    names = tuple(sorted(variables(rule.before)))
    relation = f"guarded-{number}"
    noted = f"({relation} e {' '.join(f'x-{n}' for n in names)})"
    egraph.tell(f"(relation {relation} (E {'E ' * len(names)}))")
    egraph.rule(rule.name, body.facts, [noted])
    return Guarded(rule, relation, names)
