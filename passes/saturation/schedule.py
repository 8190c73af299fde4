"""In which order the rules of an e-graph are applied, and how often.

Rules may match ever more often, and one step of all of them make millions of terms. So nodes are
counted while rules are applied one by one, and a rule that matches often rests.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lamina.passes.saturation.egraph import EGraph

_RISK = 40  # matches of a rule that makes classes, after which it may match very often
_INFER = "(run-schedule (saturate (run analysis)))"


@dataclass(eq=False)
class _Applied:
    """A rule of egglog's.

    Attributes
    ----------
    grows : bool
        Whether what it makes is larger than what it matches.
    invents : bool
        Whether it makes classes: it may then match ever more often.
    found : int
        How often it matched last.
    rests : bool
        Whether it is not tried for now.
    """

    name: str
    ruleset: str
    grows: bool
    invents: bool
    found: int = 0
    rests: bool = False


class Schedule:
    """The rules of an e-graph.

    Attributes
    ----------
    matches : Counter
        How many times each rule has matched.
    """

    def __init__(self) -> None:
        self._rules: list[_Applied] = []
        self.matches: Counter[str] = Counter()

    def add(self, name: str, grows: bool, invents: bool) -> str:
        """The ruleset for a rule."""
        ruleset = f"rule-{len(self._rules)}"
        self._rules.append(_Applied(name, ruleset, grows, invents))
        return ruleset

    def step(self, egraph: EGraph, nodes: int, matches: int, growing: bool) -> bool:
        """Apply each rule once, one after another, and infer types; whether anything changed.

        It ends early with more than so many `nodes`. A rule that has matched more than `matches`
        times, a tenth of that if it makes classes, is not tried again before `rest`; what makes
        the nodes far too many is taken back.
        """
        changed = False
        fresh = 0  # matches since the nodes were last counted
        egraph.tell(_INFER)
        egraph.flush()
        for rule in self._rules:
            if rule.rests or (rule.grows and not growing):
                continue
            is_risky = rule.invents and rule.found > _RISK
            egraph.tell(*(["(push)"] if is_risky else []), f"(run {rule.ruleset} 1)")
            report = egraph.flush()[-1].report
            rule.found = sum(report.num_matches_per_rule.values())
            rule.rests = rule.found > (matches / 10 if rule.invents else matches)
            if is_risky and rule.rests and egraph.size > 2 * nodes:
                egraph.tell("(pop)")
                egraph.flush()
                continue
            if not report.updated:
                continue
            changed = True
            self.matches[rule.name] += rule.found
            fresh += rule.found
            if fresh > nodes / 10:
                fresh = 0
                if egraph.size > nodes:
                    break
        egraph.tell(_INFER)
        egraph.flush()
        return changed

    def rest(self) -> None:
        """Let all rules be tried again."""
        for rule in self._rules:
            rule.rests = False
