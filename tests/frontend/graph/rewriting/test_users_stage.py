"""The user's rewriters of graphs, in compiled functions."""

import os

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.mode import OPT_FAST_RUN, OPT_NONE, Mode, get_mode, optdb
from lamina.graph.rewriting import rewrite_graph
from lamina.graph.rewriting.basic import (
    PatternNodeRewriter,
    SubstitutionNodeRewriter,
    graph_rewriter,
    in2out,
    node_rewriter,
)
from lamina.graph.rewriting.db import RewriteDatabaseQuery
from lamina.ir.configuration import config
from lamina.tensor.rewriting.basic import (
    register_canonicalize,
    register_specialize,
    register_stabilize,
    register_useless,
)
from tests.passes.shown import shown

x = pt.dvector("x")


def sin_to_cos():
    return SubstitutionNodeRewriter(pt.sin, pt.cos, name="sin_to_cos")


def compute(graph, mode=None):
    return lamina.function([x], graph, mode=mode)([0.5])


SIN, COS = np.sin([0.5]), np.cos([0.5])


def test_a_registered_rewriter_runs_in_every_function_and_is_in_the_text_of_its_graph():
    register_canonicalize(sin_to_cos())
    f = lamina.function([x], pt.sin(x))
    np.testing.assert_allclose(f([0.5]), COS, rtol=1e-15)
    first, second = f.ir("graph").splitlines()[:2]
    assert first.startswith("// graph: sin_to_cos on Sin (") and os.path.basename(__file__) in first
    assert second.startswith("Cos [id A]")
    assert "nd.cos" in f.ir("nd") and "nd.sin" not in f.ir("nd")


def test_tags_decide_which_modes_run_it():
    register_stabilize(sin_to_cos(), "mine")
    assert compute(pt.sin(x)) == pytest.approx(COS)
    assert compute(pt.sin(x), "FAST_COMPILE") == pytest.approx(SIN)
    assert compute(pt.sin(x), "NUMPY") == pytest.approx(SIN)
    assert compute(pt.sin(x), get_mode("FAST_RUN").excluding("sin_to_cos")) == pytest.approx(SIN)
    assert compute(pt.sin(x), get_mode("FAST_RUN").excluding("stabilize")) == pytest.approx(SIN)
    assert compute(pt.sin(x), get_mode("NUMPY").including("mine")) == pytest.approx(COS)
    only = Mode("py", RewriteDatabaseQuery(include=["fast_run"], exclude=["mine"]))
    assert compute(pt.sin(x), only) == pytest.approx(SIN)
    assert compute(pt.sin(x), Mode("py", OPT_FAST_RUN)) == pytest.approx(COS)
    assert compute(pt.sin(x), Mode("py", OPT_NONE)) == pytest.approx(SIN)


def test_a_mode_may_have_rewriters_of_its_own():
    walk = in2out(sin_to_cos())
    assert compute(pt.sin(x), get_mode("NUMPY").register((walk, 1))) == pytest.approx(COS)
    assert compute(pt.sin(x), Mode("py", walk)) == pytest.approx(COS)
    assert compute(pt.sin(x), "NUMPY") == pytest.approx(SIN)


def test_positions_order_stages_and_what_modes_bring():
    register_specialize(SubstitutionNodeRewriter(pt.tan, pt.exp, name="tan_to_exp"))
    tan = in2out(SubstitutionNodeRewriter(pt.sin, pt.tan))
    fast = Mode("py", "fast_run")
    assert compute(pt.sin(x), fast.register((tan, 1.2))) == pytest.approx(np.exp([0.5]))
    assert compute(pt.sin(x), fast.register((tan, 3))) == pytest.approx(np.tan([0.5]))


def test_the_users_graph_stays_as_it_was():
    register_canonicalize(sin_to_cos())
    y = pt.sin(x)
    y.name = "y"
    compute(y, Mode("py"))
    rewrite_graph(y)
    assert shown(y) == "Sin(x)"


def test_registering_works_as_a_decorator_and_refuses_a_name_twice():
    @register_useless("mine", name="halves")
    @node_rewriter([pt.true_div])
    def useless(fgraph, node):
        return [node.inputs[0]]

    assert optdb["canonicalize"].tags_of("halves") >= {"useless", "mine", "fast_run"}
    assert optdb["canonicalize"]["halves"] is useless
    with pytest.raises(ValueError, match="'halves'"):
        register_canonicalize(useless, name="halves")
    with pytest.raises(TypeError, match="no rewriter"):
        register_canonicalize(3)


def test_graphs_in_ops_are_rewritten_too():
    register_canonicalize(sin_to_cos())
    start = pt.dscalar("s")
    steps, _ = lamina.scan(pt.sin, outputs_info=[start], n_steps=2)
    f = lamina.function([start], steps)
    np.testing.assert_allclose(f(0.5), [np.cos(0.5), np.cos(np.cos(0.5))])
    assert f.ir("graph").startswith("// graph: sin_to_cos on Sin (")


def test_rewrite_graph_runs_registered_and_custom_rewriters():
    register_canonicalize(sin_to_cos())
    assert shown(rewrite_graph(pt.sin(x))) == "Cos(x)"
    assert shown(rewrite_graph(pt.sin(x), exclude=["sin_to_cos"])) == "Sin(x)"
    assert shown(rewrite_graph(pt.sin(x), include=["stabilize"])) == "Sin(x)"
    custom = PatternNodeRewriter((pt.cos, "z"), (pt.exp, "z"))
    assert shown(rewrite_graph(pt.sin(x), custom_rewrite=custom)) == "Exp(x)"


def test_the_database_answers_with_built_in_rules_too():
    register_canonicalize(sin_to_cos())
    fgraph = lamina.graph.FunctionGraph([x], [pt.sin(x) * 1])
    optdb.query("+canonicalize").rewrite(fgraph)
    assert shown(fgraph.outputs[0]) == "Cos(x)"
    fgraph = lamina.graph.FunctionGraph([x], [pt.log(1 + x)])
    optdb.query(RewriteDatabaseQuery(["fast_run"])).rewrite(fgraph)
    assert shown(fgraph.outputs[0]) == "Log1p(x)"


def test_a_rewriter_that_raises_warns_and_the_function_is_right():
    @graph_rewriter
    def half_done(fgraph):
        fgraph.replace_validate(fgraph.outputs[0], pt.exp(fgraph.inputs[0]))
        raise KeyError("why")

    mode = Mode("py").register((half_done, 0))
    with pytest.warns(RuntimeWarning, match="half_done failed .* KeyError: 'why'"):
        assert compute(pt.sin(x), mode) == pytest.approx(SIN)
    with config.change_flags(on_opt_error="raise"), pytest.raises(KeyError):
        compute(pt.sin(x), mode)


def test_the_limit_counts_the_users_rewriters_first():
    register_canonicalize(sin_to_cos())
    graph = pt.sin(x) + pt.sin(2 * x)
    texts = []
    for limit in range(3):
        with config.change_flags(rewrite_limit=limit):
            texts.append(shown(rewrite_graph(graph)))
    assert [text.count("Cos") for text in texts] == [0, 1, 2]


def test_the_check_finds_a_rewriter_that_changes_the_result():
    register_canonicalize(sin_to_cos())
    with config.change_flags(check_rewrites="raise"):
        with pytest.raises(ValueError, match="sin_to_cos on Sin .* changes what is computed"):
            compute(pt.sin(x), Mode("py"))
    with config.change_flags(check_rewrites="warn"):
        with pytest.warns(RuntimeWarning, match="sin_to_cos"):
            compute(pt.sin(x), Mode("py"))


def test_a_graph_rewriter_counts_as_one_firing():
    @graph_rewriter
    def to_exp(fgraph):
        fgraph.replace_validate(fgraph.outputs[0], pt.exp(fgraph.inputs[0]))

    f = lamina.function([x], pt.sin(x), mode=Mode("py").register((to_exp, 0)))
    assert f.ir("graph").startswith("// graph: to_exp on the graph\nExp [id A]")
