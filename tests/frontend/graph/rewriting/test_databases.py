"""Databases of rewriters, and their queries."""

import pytest

import lamina.tensor as pt
from lamina.compile.mode import AddFeatureOptimizer
from lamina.graph import FunctionGraph
from lamina.graph.features import Feature
from lamina.graph.rewriting.basic import (
    EquilibriumGraphRewriter,
    SequentialGraphRewriter,
    SequentialNodeRewriter,
    SubstitutionNodeRewriter,
    WalkingGraphRewriter,
    in2out,
)
from lamina.graph.rewriting.db import (
    EquilibriumDB,
    LocalGroupDB,
    ProxyDB,
    RewriteDatabase,
    RewriteDatabaseQuery,
    SequenceDB,
    TopoDB,
)
from tests.passes.shown import shown

x = pt.dscalar("x")


def swap(a, b):
    return SubstitutionNodeRewriter(a, b)


def applied(rewriter, graph):
    fgraph = FunctionGraph([x], [graph])
    rewriter.rewrite(fgraph)
    return shown(fgraph.outputs[0])


def filled(database, **options):
    database.register("one", swap(pt.sin, pt.cos), "fast", "safe")
    database.register("two", swap(pt.cos, pt.tan), "fast")
    return database


def test_tags_include_exclude_and_are_required():
    database = filled(RewriteDatabase())
    assert set(database.query("+fast")) == set(database.query("fast")) == {"one", "two"}
    assert set(database.query("+fast", "-safe")) == {"two"}
    assert set(database.query("+fast", "&safe")) == {"one"}
    assert set(database.query("+one")) == {"one"} and not database.query("+none")
    assert set(database.query("SubstitutionNodeRewriter")) == {"one", "two"}
    assert database["one"].name and "fast" in database and "slow" not in database
    with pytest.raises(KeyError):
        database["fast"]
    with pytest.raises(ValueError, match="tag"):
        database.query(3)


def test_tags_can_be_added_and_taken():
    database = filled(RewriteDatabase())
    database.add_tags("two", "safe")
    database.remove_tags("one", "safe")
    assert set(database.query("safe")) == {"two"} and database.tags_of("two") >= {"fast", "safe"}


def test_a_name_is_taken_once_and_only_by_rewriters():
    database = filled(RewriteDatabase())
    with pytest.raises(ValueError, match="'one'"):
        database.register("one", swap(pt.sin, pt.tan))
    with pytest.raises(TypeError, match="no rewriter"):
        database.register("three", 3)
    with pytest.raises(TypeError, match="no database"):
        ProxyDB(3)


def test_a_query_is_made_of_others():
    query = RewriteDatabaseQuery(include=["fast"])
    assert query.including("b").include == ("fast", "b") and query.include == ("fast",)
    assert query.excluding("c").exclude == ("c",) and query.requiring("d").require == ("d",)
    assert query == RewriteDatabaseQuery(["fast"]) and hash(query) == hash(query.including())
    database = filled(RewriteDatabase())
    assert set(database.query(query.excluding("safe"))) == {"two"}
    with pytest.raises(TypeError, match="whole"):
        database.query(query, "+one")
    with pytest.raises(TypeError, match="list"):
        RewriteDatabaseQuery(include="fast")


def test_an_equilibrium_database_makes_an_equilibrium():
    database = filled(EquilibriumDB())
    rewriter = database.query("fast")
    assert isinstance(rewriter, EquilibriumGraphRewriter)
    assert applied(rewriter, pt.sin(x)) == "Tan(x)"
    assert applied(database.query("fast", "-two"), pt.sin(x)) == "Cos(x)"
    final = in2out(swap(pt.tan, pt.exp))
    database.register("last", final, "fast", final_rewriter=True)
    assert database.query("fast").final_rewriters == [final]
    assert applied(database.query("fast"), pt.sin(x)) == "Exp(x)"
    with pytest.raises(ValueError, match="either"):
        database.register("both", final, final_rewriter=True, cleanup=True)


def test_a_sequence_database_orders_by_position():
    database = SequenceDB()
    database.register("late", in2out(swap(pt.cos, pt.tan)), "fast", position=2)
    database.register("early", in2out(swap(pt.sin, pt.cos)), "fast", position=1)
    database.register("last", in2out(swap(pt.tan, pt.exp)), "slow")
    database.register("first", in2out(swap(pt.log, pt.sin)), "slow", position="first")
    sequence = database.query("fast")
    assert isinstance(sequence, SequentialGraphRewriter) and len(sequence) == 2
    assert applied(sequence, pt.sin(x)) == "Tan(x)"
    assert applied(database.query("fast", "slow"), pt.log(x)) == "Exp(x)"
    cut = RewriteDatabaseQuery(["fast"], position_cutoff=2)
    assert applied(database.query(cut), pt.sin(x)) == "Cos(x)"
    more = cut.register((in2out(swap(pt.cos, pt.exp)), 1.5))
    assert applied(database.query(more), pt.sin(x)) == "Exp(x)"
    with pytest.raises(TypeError, match="position"):
        database.register("nowhere", in2out(swap(pt.sin, pt.tan)), position="middle")


def test_a_database_in_a_database_is_asked_the_same_or_what_the_subquery_says():
    inner = filled(EquilibriumDB())
    outer = SequenceDB()
    outer.register("inner", inner, "fast")
    assert inner.name == "inner"
    inner.register("three", swap(pt.exp, pt.log))  # has the database's name as a tag
    assert applied(outer.query("+fast"), pt.sin(x)) == "Tan(x)"
    assert applied(outer.query("+inner"), pt.exp(x)) == "Log(x)"
    other = RewriteDatabaseQuery(["fast"], subquery={"inner": RewriteDatabaseQuery(["safe"])})
    assert applied(outer.query(other), pt.sin(x)) == "Cos(x)"
    again = SequenceDB()
    again.register("proxy", ProxyDB(inner), "fast")
    assert applied(again.query("+fast"), pt.sin(x)) == "Tan(x)"


def test_a_group_makes_one_node_rewriter_and_a_walk_of_it():
    group = filled(LocalGroupDB())
    rewriter = group.query("fast")
    assert isinstance(rewriter, SequentialNodeRewriter) and len(rewriter.rewrites) == 2
    walk = TopoDB(group).query("fast")
    assert isinstance(walk, WalkingGraphRewriter) and applied(walk, pt.sin(x)) == "Tan(x)"


def test_a_feature_can_be_attached_by_a_rewriter():
    class Noticed(Feature):
        pass

    fgraph, feature = FunctionGraph([x], [pt.sin(x)]), Noticed()
    AddFeatureOptimizer(feature).rewrite(fgraph)
    assert feature in fgraph._features


def test_a_summary_lists_names_and_tags(capsys):
    filled(RewriteDatabase()).print_summary()
    assert "one: SubstitutionNodeRewriter, fast, safe" in capsys.readouterr().out
