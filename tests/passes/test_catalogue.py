"""The page of all rewrites is that of the code, and every rewrite says what it is for."""

from pathlib import Path

import pytest

from lamina.passes.catalogue import catalogue, entry, formula_of
from lamina.passes.opt_in import OPT_IN
from lamina.passes.registry import TAGS
from lamina.passes.rules import Rule, Var

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
ALL = [*dict.fromkeys(r for members in TAGS.values() for r in members), *(r for _, r in OPT_IN)]


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == catalogue(), (
        "run: python -m lamina.passes.catalogue > docs/rules.md"
    )


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_every_rewrite_says_what_it_does_and_why(rule):
    if isinstance(rule, Rule):
        assert rule.reason
    else:
        assert rule.describes.__doc__
    assert entry(rule).startswith(f"**{rule.name}** ")


def test_a_formula_reads_as_it_would_be_written():
    x, y = Var("x"), Var("y")
    assert formula_of((x + y) * -x / (y / x)) == "(x + y) * -x / (y / x)"
    assert formula_of(x - (x - y) + x**2) == "x - (x - y) + x**2"
