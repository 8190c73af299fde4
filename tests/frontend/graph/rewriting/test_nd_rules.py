"""Rules of the user's own on nd."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.mode import Mode, get_mode
from lamina.graph.rewriting import (
    Rule,
    Var,
    pattern_rule,
    register_rule,
    rewrite_graph,
    unregister_rule,
    using_rules,
)
from lamina.ir.configuration import config
from tests.passes.shown import shown

x = pt.dvector("x")
v = Var("v")
SIN, COS = np.sin([0.5]), np.cos([0.5])


def sin_to_cos():
    return Rule("sin-to-cos", before=pt.sin(v), after=pt.cos(v))


def compute(graph, mode=None):
    return lamina.function([x], graph, mode=mode)([0.5])


def test_a_registered_rule_is_in_force_until_it_is_forgotten():
    rule = register_rule(sin_to_cos())
    f = lamina.function([x], pt.sin(x))
    assert f([0.5]) == pytest.approx(COS)
    assert "// canonicalize: sin-to-cos on nd.sin" in f.ir("canonicalize")
    assert shown(rewrite_graph(pt.sin(x))) == "Cos(x)"
    assert shown(rewrite_graph(pt.sin(x), exclude=["sin-to-cos"])) == "Sin(x)"
    unregister_rule(rule)
    assert shown(rewrite_graph(pt.sin(x))) == "Sin(x)"
    assert compute(pt.sin(x)) == pytest.approx(SIN)
    # the text of a stage that is made later is that of the function
    assert "nd.cos" in f.ir("specialize")
    with pytest.raises(KeyError):
        unregister_rule("sin-to-cos")


def test_rules_have_tags():
    register_rule(sin_to_cos(), "mine")
    assert shown(rewrite_graph(pt.sin(x), include=["fast_run"])) == "Sin(x)"
    assert shown(rewrite_graph(pt.sin(x), include=["fast_run", "mine"])) == "Cos(x)"
    assert shown(rewrite_graph(pt.sin(x), include=["sin-to-cos"])) == "Cos(x)"
    assert compute(pt.sin(x), get_mode("FAST_RUN").including("mine")) == pytest.approx(COS)


def test_a_rule_may_be_in_force_for_a_while_or_in_a_mode():
    rule = sin_to_cos()
    with using_rules((rule, "stabilize")):
        assert shown(rewrite_graph(pt.sin(x))) == "Sin(x)"
        assert shown(rewrite_graph(pt.sin(x), include=["stabilize"])) == "Cos(x)"
    mode = get_mode("FAST_RUN").with_rules(rule)
    f = lamina.function([x], pt.sin(x), mode=mode)
    assert f([0.5]) == pytest.approx(COS) and "nd.cos" in f.ir("canonicalize")
    assert compute(pt.sin(x), Mode(rules=[(rule, "specialize")])) == pytest.approx(COS)
    assert compute(pt.sin(x)) == pytest.approx(SIN)


def test_a_rule_with_a_condition_is_not_taken_from_the_cache_for_another(tmp_path):
    def rule(fires):
        return Rule("conditional", before=pt.sin(v), after=pt.cos(v), when=lambda m: fires)

    with config.change_flags(cache=True, cache_dir=str(tmp_path)):
        base = get_mode("FAST_RUN")
        assert compute(pt.sin(x), base.with_rules(rule(True))) == pytest.approx(COS)
        assert compute(pt.sin(x), base.with_rules(rule(False))) == pytest.approx(SIN)
        other = Rule("sin-to-cos", before=pt.sin(v), after=pt.exp(v))
        assert compute(pt.sin(x), base.with_rules(sin_to_cos())) == pytest.approx(COS)
        assert compute(pt.sin(x), base.with_rules(other)) == pytest.approx(np.exp([0.5]))
    assert sin_to_cos().text != other.text and rule(True).text is None


def test_an_xdsl_pattern_is_a_rule():
    from xdsl.pattern_rewriter import RewritePattern

    from lamina.ir import dialect as nd

    class SinToCos(RewritePattern):
        def match_and_rewrite(self, op, rewriter):
            rewriter.replace(op, nd.create(pt.cos, op.operands))

    rule = pattern_rule(SinToCos(), "sin")
    with using_rules(rule):
        f = lamina.function([x], pt.sin(pt.sin(x)) + 0 * x)
        assert f([0.5]) == pytest.approx(np.cos(COS))
        assert f.ir("canonicalize").count("SinToCos on nd.sin") == 2
    with pytest.raises(ValueError, match=r"nd\.sine"):
        pattern_rule(SinToCos(), "sine")


def test_what_is_no_rule_is_refused_and_so_is_a_name_that_is_taken():
    with pytest.raises(TypeError, match="no rule"):
        register_rule(3)
    with pytest.raises(TypeError, match="no rule"), using_rules("sin"):
        pass
    register_rule(sin_to_cos())
    with pytest.raises(ValueError, match="'sin-to-cos'"):
        register_rule(sin_to_cos())


def test_the_check_names_the_rule_that_changes_a_result():
    register_rule(sin_to_cos())
    with config.change_flags(check_rewrites="raise"):
        with pytest.raises(ValueError, match="sin-to-cos on nd.sin .* changes what is computed"):
            rewrite_graph(pt.sin(x) + 1)
        graph = pt.log(1 + pt.exp(x)) * x / x + pt.exp(x).sum() - x.T
        stable = rewrite_graph(graph, include=["fast_run"])
    assert "softplus" in shown(stable).lower()
    with config.change_flags(check_rewrites="warn"), pytest.warns(RuntimeWarning, match="sin-to"):
        rewrite_graph(pt.sin(x) + 1)
