"""Rules of the user's own on nd: for the whole process, for a while, or for a mode.

x = Var("x")
rule = Rule("log-of-exponential", before=pt.log(pt.exp(x)), after=x)
register_rule(rule)                                    # in every function compiled from now on
with using_rules(rule): ...                            # in those that are compiled here
lamina.function([v], y, mode=lamina.get_mode("FAST_RUN").with_rules(rule))
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lamina.compile.modes import tagged
from lamina.passes import user_rules
from lamina.passes.pattern_rules import pattern_rule
from lamina.passes.registry import GROUPS
from lamina.passes.rules import Procedure, Rule, Var

__all__ = [
    "Procedure", "Rule", "Var", "pattern_rule", "register_rule", "unregister_rule", "using_rules",
]  # fmt: skip


def register_rule(rule: Rule | Procedure, tag: str = "canonicalize") -> Rule | Procedure:
    """Let a rule be in force in every function compiled from now on, and in ``rewrite_graph``.

    Parameters
    ----------
    rule : Rule or Procedure
        Its name can be excluded like that of a built-in rule.
    tag : str
        "canonicalize", "stabilize" or "specialize": where it runs, after the built-in rules of that
        tag. Under another tag it runs only where a mode or ``include`` has the tag.

    Returns
    -------
    Rule or Procedure
        The same.

    Raises
    ------
    ValueError
        Another one has its name.
    TypeError
        It is no rule.
    """
    _check(rule)
    user_rules.register("canonicalize" if tag in GROUPS else tag, rule)
    return rule


def unregister_rule(rule: Rule | Procedure | str) -> None:
    """Forget a registered rule, or that of a name.

    Raises
    ------
    KeyError
        It is not registered.
    """
    user_rules.unregister(rule if isinstance(rule, str) else rule.name)


@contextmanager
def using_rules(*rules: Any) -> Iterator[None]:
    """Let rules, or pairs of a rule and its tag, be in force for what is compiled here."""
    pairs = [tagged(rule) for rule in rules]
    for _, rule in pairs:
        _check(rule)
    with user_rules.using(pairs):
        yield


def _check(rule: Any) -> None:
    if not isinstance(rule, (Rule, Procedure)):
        raise TypeError(
            f"{rule!r} is no rule: make one by Rule(name, before, after), or of an xDSL pattern by "
            "pattern_rule"
        )
