"""Node rewriters, and what tries them on a graph."""

import warnings

import pytest

import lamina
import lamina.tensor as pt
from lamina.graph import FunctionGraph
from lamina.graph.features import Feature
from lamina.graph.rewriting.basic import (
    EquilibriumGraphRewriter,
    GraphRewriter,
    MergeOptimizer,
    NodeProcessingGraphRewriter,
    OpToRewriterTracker,
    PatternNodeRewriter,
    SequentialGraphRewriter,
    SequentialNodeRewriter,
    SubstitutionNodeRewriter,
    WalkingGraphRewriter,
    check_stack_trace,
    copy_stack_trace,
    dfs_rewriter,
    graph_rewriter,
    in2out,
    node_rewriter,
    out2in,
    pre_constant_merge,
    pre_greedy_node_rewriter,
)
from lamina.graph.utils import InconsistencyError
from lamina.ir.configuration import config
from lamina.tensor.elemwise import DimShuffle, Elemwise
from tests.passes.shown import shown

x, y = pt.dscalar("x"), pt.dscalar("y")


def fgraph_of(*outputs, features=()):
    inputs = [v for v in lamina.graph.graph_inputs(outputs) if v.name]
    return FunctionGraph(inputs, outputs, features=features)


def rewritten(rewriter, *outputs):
    fgraph = fgraph_of(*outputs)
    rewriter.rewrite(fgraph)
    fgraph.check_integrity()
    return [shown(v) for v in fgraph.outputs]


@node_rewriter([pt.log])
def log_of_exp(fgraph, node):
    """log(exp(x)) -> x"""
    inner = node.inputs[0].owner
    if inner is None or inner.op != pt.exp:
        return None
    return [inner.inputs[0]]


sin_to_cos = SubstitutionNodeRewriter(pt.sin, pt.cos)
cos_to_tan = SubstitutionNodeRewriter(pt.cos, pt.tan)


def test_a_function_becomes_a_node_rewriter():
    assert log_of_exp.tracks() == (pt.log,) and log_of_exp.name == "log_of_exp"
    assert str(log_of_exp) == "log_of_exp" and "log(exp(x))" in log_of_exp.__doc__
    node = pt.log(pt.exp(x)).owner
    assert log_of_exp(None, node) == log_of_exp.transform(None, node) == [x]
    assert log_of_exp.transform(None, pt.exp(x).owner, enforce_tracks=True) is False
    assert rewritten(in2out(log_of_exp), pt.log(pt.exp(x)) + 1) == ["Add(x, 1)"]


@pytest.mark.parametrize("tracks", [[], [3], ["log"], [int]])
def test_only_ops_and_classes_of_ops_can_be_tracked(tracks):
    with pytest.raises(ValueError, match="node_rewriter"):
        node_rewriter(tracks)


def test_a_class_tracks_its_members_and_none_tracks_all():
    seen = []

    @node_rewriter([DimShuffle])
    def shuffles(fgraph, node):
        seen.append(node.op)

    @node_rewriter(None)
    def everything(fgraph, node):
        seen.append(node.op)

    fgraph = fgraph_of(pt.dvector("v") + x)
    in2out(shuffles).rewrite(fgraph)
    assert all(isinstance(op, DimShuffle) for op in seen) and len(seen) == 1
    seen.clear()
    in2out(everything).rewrite(fgraph)
    assert len(seen) == 2


def test_requirements_are_attached():
    class Noticed(Feature):
        pass

    @node_rewriter(None, requirements=[Noticed])
    def idle(fgraph, node):
        return False

    fgraph = fgraph_of(pt.exp(x))
    EquilibriumGraphRewriter([SequentialNodeRewriter(idle)]).rewrite(fgraph)
    assert any(isinstance(f, Noticed) for f in fgraph._features)


def test_a_node_rewriter_may_replace_any_variables_of_the_graph():
    @node_rewriter([pt.exp])
    def by_a_dict(fgraph, node):
        (user, _), *_ = fgraph.clients[node.outputs[0]]
        return {user.outputs[0]: pt.cos(node.inputs[0]), "remove": [node]}

    assert rewritten(in2out(by_a_dict), pt.sin(pt.exp(x))) == ["Cos(x)"]
    # the exponential is still used: all stays as it was
    shared = pt.exp(x)
    assert rewritten(in2out(by_a_dict), pt.sin(shared), pt.tan(shared)) == [
        "Sin(Exp(x))", "Tan(Exp(x))",
    ]  # fmt: skip


@pytest.mark.parametrize("answer", [3, [x, y], "x"])
def test_a_wrong_answer_is_a_warning_or_an_error_and_changes_nothing(answer):
    @node_rewriter([pt.exp])
    def wrong(fgraph, node):
        return answer

    with pytest.warns(RuntimeWarning, match="the rewriter wrong failed on Exp"):
        assert rewritten(in2out(wrong), pt.exp(x)) == ["Exp(x)"]
    with config.change_flags(on_opt_error="raise"), pytest.raises((TypeError, ValueError)):
        rewritten(in2out(wrong), pt.exp(x))
    with warnings.catch_warnings(), config.change_flags(on_opt_error="ignore"):
        warnings.simplefilter("error")
        assert rewritten(in2out(wrong), pt.exp(x)) == ["Exp(x)"]


def test_a_failure_callback_is_told_what_raised():
    told = []

    @node_rewriter([pt.exp])
    def fails(fgraph, node):
        raise KeyError("why")

    walk = in2out(fails, failure_callback=lambda *args: told.append(args))
    assert rewritten(walk, pt.exp(x)) == ["Exp(x)"]
    ((error, nav, pairs, rewriter, node),) = told
    assert isinstance(error, KeyError) and nav is walk and rewriter is fails and pairs == []
    assert node.op == pt.exp
    silent = in2out(fails, failure_callback=NodeProcessingGraphRewriter.warn_ignore)
    assert rewritten(silent, pt.exp(x)) == ["Exp(x)"]


def test_what_a_feature_refuses_stays():
    class NoCos(Feature):
        def validate(self, fgraph):
            if any(node.op == pt.cos for node in fgraph.apply_nodes):
                raise InconsistencyError("no cosine")

    fgraph = fgraph_of(pt.sin(x), features=[NoCos()])
    assert in2out(sin_to_cos).rewrite(fgraph) is False
    assert shown(fgraph.outputs[0]) == "Sin(x)"


def test_what_comes_in_has_the_line_and_the_name_of_what_goes():
    out = pt.sin(x)
    out.name = "y"
    fgraph = fgraph_of(out)
    in2out(sin_to_cos).rewrite(fgraph)
    assert fgraph.outputs[0].name == "y"
    assert fgraph.outputs[0].owner.line == out.owner.line
    assert check_stack_trace(fgraph)


# Walks.


def test_walks_visit_in_their_orders():
    seen = []

    @node_rewriter(None)
    def look(fgraph, node):
        seen.append(str(node.op))

    graph = pt.tan(pt.sin(pt.exp(x)))
    for walk, order in (
        (in2out, "Exp Sin Tan"), (out2in, "Tan Sin Exp"), (dfs_rewriter, "Tan Sin Exp"),
    ):  # fmt: skip
        seen.clear()
        rewritten(walk(look), graph)
        assert " ".join(seen) == order


def test_a_walk_goes_on_with_what_it_puts_in_unless_told_otherwise():
    both = SequentialNodeRewriter(sin_to_cos, cos_to_tan)
    assert rewritten(WalkingGraphRewriter(both), pt.sin(x)) == ["Tan(x)"]
    assert rewritten(WalkingGraphRewriter(both, ignore_newtrees=True), pt.sin(x)) == ["Cos(x)"]
    assert rewritten(in2out(sin_to_cos, cos_to_tan, name="two"), pt.sin(x)) == ["Tan(x)"]
    with pytest.raises(ValueError, match="order"):
        WalkingGraphRewriter(both, order="sideways")


def test_a_walk_without_end_stops_with_a_warning():
    @node_rewriter([pt.sin])
    def grow(fgraph, node):
        return [pt.sin(node.inputs[0])]

    with pytest.warns(RuntimeWarning, match="without end"):
        rewritten(in2out(grow), pt.sin(x))


def test_an_equilibrium_tries_until_nothing_fires():
    rewriter = EquilibriumGraphRewriter([cos_to_tan, sin_to_cos, log_of_exp], max_use_ratio=10)
    assert rewritten(rewriter, pt.log(pt.exp(pt.sin(x))) + pt.cos(x)) == ["Add(Tan(x), Tan(x))"]
    assert set(rewriter.get_node_rewriters()) == {cos_to_tan, sin_to_cos, log_of_exp}


def test_an_equilibrium_that_is_none_stops_with_a_warning():
    swap = [SubstitutionNodeRewriter(pt.sin, pt.cos), SubstitutionNodeRewriter(pt.cos, pt.sin)]
    with pytest.warns(RuntimeWarning, match="optdb__max_use_ratio"):
        rewritten(EquilibriumGraphRewriter(swap, max_use_ratio=3), pt.sin(x))


def test_an_equilibrium_has_graph_rewriters_final_ones_and_those_that_clean_up():
    calls = []

    def named(name):
        @graph_rewriter
        def rewriter(fgraph):
            calls.append(name)

        return rewriter

    rewriter = EquilibriumGraphRewriter(
        [named("graph"), sin_to_cos],
        final_rewriters=[named("final")],
        cleanup_rewriters=[named("cleanup")],
    )
    assert rewritten(rewriter, pt.sin(x)) == ["Cos(x)"]
    assert calls == ["graph", "cleanup", "final", "graph", "final"]
    with pytest.raises(TypeError, match="no rewriter"):
        EquilibriumGraphRewriter([3])


# Sequences.


def test_the_first_that_fires_decides():
    both = SequentialNodeRewriter(sin_to_cos, SubstitutionNodeRewriter(pt.sin, pt.tan))
    fgraph = fgraph_of(pt.sin(x))
    (found,) = both.transform(fgraph, fgraph.outputs[0].owner)
    assert found.owner.op == pt.cos
    assert both.applied[sin_to_cos] == 1 and both.tracks() == [pt.sin, pt.sin]
    further = SequentialNodeRewriter(sin_to_cos, cos_to_tan, apply_all_rewrites=True)
    (found,) = further.transform(fgraph, fgraph.outputs[0].owner)
    assert found.owner.op == pt.tan


def test_a_tracker_knows_who_is_interested():
    tracker = OpToRewriterTracker()
    everything = node_rewriter(None)(lambda fgraph, node: None)
    elementwise = node_rewriter([Elemwise])(lambda fgraph, node: None)
    for rewriter in (sin_to_cos, everything, elementwise):
        tracker.add_tracker(rewriter)
    assert tracker.get_trackers(pt.sin) == [sin_to_cos, everything, elementwise]
    assert tracker.get_trackers(DimShuffle(input_ndim=0, order=("x",))) == [everything]
    assert len(tracker.get_rewriters()) == 3


def test_graph_rewriters_run_one_after_another_and_one_that_raises_is_undone():
    @graph_rewriter
    def half_done(fgraph):
        fgraph.replace_validate(fgraph.outputs[0], fgraph.inputs[0])
        raise KeyError("why")

    sequence = SequentialGraphRewriter(in2out(sin_to_cos), half_done, in2out(cos_to_tan))
    with pytest.warns(RuntimeWarning, match="half_done failed"):
        assert rewritten(sequence, pt.sin(x)) == ["Tan(x)"]
    told = []
    sequence = SequentialGraphRewriter(half_done, failure_callback=lambda *a: told.append(a))
    assert rewritten(sequence, pt.sin(x)) == ["Sin(x)"] and told[0][2] is half_done
    assert len(sequence) == 1 and sequence[0] is half_done
    sequence.append(in2out(sin_to_cos))
    assert len(sequence) == 2


def test_a_summary_lists_the_parts(capsys):
    SequentialGraphRewriter(in2out(log_of_exp), name="all").print_summary()
    assert capsys.readouterr().out == (
        "SequentialGraphRewriter all\n  WalkingGraphRewriter log_of_exp\n"
        "    FromFunctionNodeRewriter log_of_exp\n"
    )


def test_a_graph_rewriter_of_a_class_has_what_it_requires():
    class Swap(GraphRewriter):
        def apply(self, fgraph):
            fgraph.replace_all_validate([(fgraph.outputs[0], fgraph.inputs[0])], reason="swap")

    assert rewritten(Swap(), pt.exp(x)) == ["x"]
    fgraph = fgraph_of(pt.exp(x))
    Swap()(fgraph)
    assert fgraph.outputs == fgraph.inputs


# Patterns.


def test_a_pattern_matches_and_builds():
    pattern = PatternNodeRewriter((pt.log, (pt.add, 1, "x")), (pt.log1p, "x"))
    assert rewritten(in2out(pattern), pt.log(1 + x)) == ["Log1p(x)"]
    assert rewritten(in2out(pattern), pt.log(1 + pt.dvector("v"))) == ["Log1p(v)"]
    assert rewritten(in2out(pattern), pt.log(2 + x)) == ["Log(Add(2, x))"]
    assert str(pattern) == "Log(Add(1, x)) -> Log1p(x)"


def test_a_string_that_comes_twice_is_the_same_thing_twice():
    pattern = PatternNodeRewriter((pt.add, "z", "z"), (pt.mul, 2, "z"))
    assert rewritten(in2out(pattern), pt.exp(x) + pt.exp(x)) == ["Mul(2, Exp(x))"]
    assert rewritten(in2out(pattern), pt.exp(x) + pt.exp(y)) == ["Add(Exp(x), Exp(y))"]


def test_a_constraint_decides():
    positive = {"pattern": "z", "constraint": lambda v: v.owner is not None}
    pattern = PatternNodeRewriter((pt.abs, positive), "z")
    assert rewritten(in2out(pattern), pt.abs(x), pt.abs(pt.exp(x))) == ["Abs(x)", "Exp(x)"]


def test_an_inner_result_that_is_used_elsewhere_is_no_match_unless_allowed():
    inner = pt.exp(x)
    pattern = PatternNodeRewriter((pt.log, (pt.exp, "z")), "z")
    assert rewritten(in2out(pattern), pt.log(inner), inner) == ["Log(Exp(x))", "Exp(x)"]
    allowed = PatternNodeRewriter((pt.log, (pt.exp, "z")), "z", allow_multiple_clients=True)
    assert rewritten(in2out(allowed), pt.log(inner), inner) == ["x", "Exp(x)"]


def test_a_pattern_may_build_by_a_function():
    def halved(fgraph, node, known):
        return known["z"] / 2 if known["z"].name == "x" else None

    pattern = PatternNodeRewriter((pt.exp, "z"), halved)
    assert rewritten(in2out(pattern), pt.exp(x)) == ["True_div(x, 2)"]
    assert rewritten(in2out(pattern), pt.exp(y)) == ["Exp(y)"]


def test_a_pattern_casts_to_the_type_of_what_it_replaces():
    n = pt.iscalar("n")
    pattern = PatternNodeRewriter((pt.exp, "z"), "z")
    assert rewritten(in2out(pattern), pt.exp(n)) == ["Cast{float64}(n)"]
    strict = PatternNodeRewriter((pt.exp, "z"), "z", allow_cast=False)
    assert rewritten(in2out(strict), pt.exp(n)) == ["Exp(n)"]
    number = PatternNodeRewriter((pt.mul, "z", 0), 0)
    assert rewritten(in2out(number), x * 0) == ["0.0"]


def test_get_nodes_says_where_a_pattern_is_tried():
    def users(fgraph, node):
        return [client for client, _ in fgraph.clients[node.outputs[0]] if client != "output"]

    pattern = PatternNodeRewriter(
        (pt.log, (pt.exp, "z")), "z", tracks=[pt.exp], get_nodes=users, name="from inside"
    )
    assert pattern.tracks() == [pt.exp]
    assert rewritten(in2out(pattern), pt.log(pt.exp(x))) == ["x"]
    with pytest.raises(ValueError, match="tracks"):
        PatternNodeRewriter((pt.exp, "z"), "z", get_nodes=users)


@pytest.mark.parametrize("pattern", ["x", 3, ("x", "y")])
def test_a_pattern_without_an_op_is_refused(pattern):
    with pytest.raises(TypeError, match="begins with an op"):
        PatternNodeRewriter(pattern, "x")


# The rest.


def test_equal_parts_are_merged():
    a, b = pt.exp(x) * pt.constant(2.5), pt.exp(x) * pt.constant(2.5)
    fgraph = fgraph_of(a, b)
    MergeOptimizer().rewrite(fgraph)
    assert fgraph.outputs[0] is fgraph.outputs[1] and len(fgraph.apply_nodes) == 2
    fgraph.check_integrity()


def test_constants_of_a_graph_are_taken_for_new_ones():
    fgraph = fgraph_of(x * pt.constant(2.5))
    known = fgraph.outputs[0].owner.inputs[1]
    (new,) = pre_constant_merge(fgraph, [pt.exp(x) * pt.constant(2.5)])
    assert new.owner.inputs[1] is known


def test_a_variable_is_rewritten_before_it_is_in_the_graph():
    fgraph = fgraph_of(pt.exp(x))
    new = pre_greedy_node_rewriter(fgraph, [log_of_exp, sin_to_cos], pt.sin(pt.log(pt.exp(x))) + 1)
    assert shown(new) == "Add(Cos(x), 1)"
    unchanged = pt.tan(x)
    assert pre_greedy_node_rewriter(fgraph, [log_of_exp], unchanged) is unchanged


def test_stack_traces_are_copied_and_checked():
    old, new = pt.exp(x), pt.sin(x)
    new.owner.line = None
    fgraph = FunctionGraph([x], [new], clone=False)
    assert not check_stack_trace(fgraph, bug_print="ignore")
    with pytest.warns(UserWarning, match="Sin"):
        check_stack_trace(fgraph, pt.sin, "warn")
    with pytest.raises(ValueError, match="Sin"):
        check_stack_trace(fgraph, "all")
    assert check_stack_trace(fgraph, [pt.exp])
    with pytest.raises(ValueError, match="ops_to_check"):
        check_stack_trace(fgraph, "some")
    assert copy_stack_trace(old, new) is new
    assert new.owner.line == old.owner.line and check_stack_trace(fgraph, "all")


def test_replacements_are_printed_on_request(capsys):
    with config.change_flags(optimizer_verbose=True):
        rewritten(in2out(log_of_exp), pt.log(pt.exp(x)))
    assert "rewrite log_of_exp replaces" in capsys.readouterr().out
