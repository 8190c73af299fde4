"""What each promised name of rewriting does: name -> a test of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lamina
import lamina.tensor as pt
from lamina.graph import FunctionGraph
from lamina.graph.features import ReplaceValidate
from lamina.graph.rewriting.basic import SubstitutionNodeRewriter, in2out
from tests.frontend.names.graph_uses import Use, holds, raised

SWAP = SubstitutionNodeRewriter(pt.sin, pt.cos)


def _sine(*features: Any) -> FunctionGraph:
    x = pt.dscalar("x")
    return FunctionGraph([x], [pt.sin(x)], features=features, clone=False)


def _gives_cosine(make: Callable[[Any], Any]) -> Use:
    """The rewriter that is made turns a sine into a cosine."""

    def use(kind: Any) -> None:
        fgraph = _sine()
        make(kind).rewrite(fgraph)
        assert fgraph.outputs[0].owner.op == pt.cos

    return use


def _merges(kind: Any) -> bool:
    x = pt.dscalar("x")
    fgraph = FunctionGraph([x], [pt.sin(x), pt.sin(x)])
    kind().rewrite(fgraph)
    return len(fgraph.apply_nodes) == 1


def _processes(kind: Any) -> bool:
    class Walk(kind):
        def apply(self, fgraph: Any) -> Any:
            return self.process_node(fgraph, fgraph.outputs[0].owner)

    return Walk(SWAP).rewrite(_sine())


def _tracks(kind: Any) -> bool:
    tracker = kind()
    tracker.add_tracker(SWAP)
    return tracker.get_trackers(pt.sin) == [SWAP] and tracker.get_trackers(pt.cos) == []


def _undoes(kind: Any) -> bool:
    history = kind()
    fgraph = _sine(history)
    in2out(SWAP).rewrite(fgraph)
    return history.prev().outputs[0].owner.op == pt.sin


def _refuses_in_place(kind: Any) -> bool:
    fgraph = _sine(ReplaceValidate(), kind())
    return fgraph.consistent()


def _replaces(kind: Any) -> bool:
    fgraph = _sine(kind())
    fgraph.replace_validate(fgraph.outputs[0], fgraph.inputs[0])
    return fgraph.outputs == fgraph.inputs


def _hears(kind: Any) -> bool:
    class Ears(kind):
        heard = False

        def on_prune(self, *args: Any) -> None:
            self.heard = True

    ears = Ears()
    fgraph = _sine(ears)
    fgraph.replace(fgraph.outputs[0], fgraph.inputs[0])
    return ears.heard


def _chooses(database: Any, rewriter: Any) -> bool:
    database.register("swap", rewriter, "mine")
    database.register("other", in2out(SubstitutionNodeRewriter(pt.cos, pt.tan)), "others")
    found = database.query("+mine", "-others")
    return list(found) == ["swap"] if isinstance(found, dict) else "swap" in str(found)


def _in_equilibrium(kind: Any) -> bool:
    database = kind()
    database.register("swap", SWAP, "mine")
    fgraph = _sine()
    database.query("+mine").rewrite(fgraph)
    return fgraph.outputs[0].owner.op == pt.cos


def _in_a_sequence(kind: Any) -> bool:
    database = kind()
    database.register("swap", in2out(SWAP), "mine", position=1)
    return len(database.query("+mine")) == 1


def _in_a_group(kind: Any) -> bool:
    database = kind()
    database.register("swap", SWAP, "mine")
    fgraph = _sine()
    return database.query("+mine").transform(fgraph, fgraph.outputs[0].owner) is not None


def _stands_for_another(kind: Any) -> bool:
    from lamina.graph.rewriting.db import RewriteDatabase

    database = RewriteDatabase()
    database.register("swap", SWAP, "mine")
    return kind(database).query("+mine") == {"swap": SWAP}


def _attaches(kind: Any) -> bool:
    from lamina.graph.features import Feature

    fgraph, feature = _sine(), Feature()
    kind(feature).rewrite(fgraph)
    return feature in fgraph._features


def _makes_node_rewriter(f: Any) -> bool:
    rewriter = f([pt.sin])(lambda fgraph, node: [pt.cos(node.inputs[0])])
    fgraph = _sine()
    in2out(rewriter).rewrite(fgraph)
    return fgraph.outputs[0].owner.op == pt.cos


def _makes_graph_rewriter(f: Any) -> bool:
    fgraph = _sine()
    f(lambda g: g.replace_validate(g.outputs[0], g.inputs[0])).rewrite(fgraph)
    return fgraph.outputs == fgraph.inputs


def _is_a_base(kind: Any) -> bool:
    class Swap(kind):
        def apply(self, fgraph: Any) -> None:
            in2out(SWAP).rewrite(fgraph)

    fgraph = _sine()
    Swap().rewrite(fgraph)
    return fgraph.outputs[0].owner.op == pt.cos


def _copies(f: Any) -> bool:
    x = pt.dscalar("x")
    old, new = pt.sin(x), pt.cos(x)
    new.owner.line = None
    return f(old, new).owner.line == old.owner.line


def _merges_constants(f: Any) -> bool:
    x = pt.dscalar("x")
    fgraph = FunctionGraph([x], [x * pt.constant(2.5)], clone=False)
    known = fgraph.outputs[0].owner.inputs[1]
    return f(fgraph, [pt.constant(2.5)]) == [known]


def _compiles(query: Any) -> bool:
    x = pt.dscalar("x")
    mode = lamina.Mode("py", query)
    return lamina.function([x], x + 1, mode=mode)(2.0) == 3


USES: dict[str, Use] = {
    "AddFeatureOptimizer": holds(_attaches),
    "BadOptimization": holds(lambda t: "why" in str(t("a", "b", 1, 2, "why"))),
    "EquilibriumDB": holds(_in_equilibrium),
    "EquilibriumGraphRewriter": _gives_cosine(lambda t: t([SWAP], max_use_ratio=5)),
    "Feature": holds(_hears),
    "FullHistory": holds(_undoes),
    "GraphRewriter": holds(_is_a_base),
    "LocalGroupDB": holds(_in_a_group),
    "MergeOptimizer": holds(_merges),
    "NoOutputFromInplace": holds(_refuses_in_place),
    "NodeProcessingGraphRewriter": holds(_processes),
    "OPT_FAST_RUN": holds(_compiles),
    "OPT_NONE": holds(_compiles),
    "OpToRewriterTracker": holds(_tracks),
    "PatternNodeRewriter": _gives_cosine(lambda t: in2out(t((pt.sin, "x"), (pt.cos, "x")))),
    "ProxyDB": holds(_stands_for_another),
    "ReplaceValidate": holds(_replaces),
    "RewriteDatabase": holds(lambda t: _chooses(t(), in2out(SWAP))),
    "RewriteDatabaseQuery": holds(lambda t: t(["a"]).excluding("b") == t(["a"], exclude=["b"])),
    "SequenceDB": holds(_in_a_sequence),
    "SequentialGraphRewriter": _gives_cosine(lambda t: t(in2out(SWAP))),
    "SequentialNodeRewriter": _gives_cosine(lambda t: in2out(t(SWAP))),
    "SubstitutionNodeRewriter": _gives_cosine(lambda t: in2out(t(pt.sin, pt.cos))),
    "WalkingGraphRewriter": _gives_cosine(lambda t: t(SWAP)),
    "check_stack_trace": holds(lambda f: f(_sine())),
    "copy_stack_trace": holds(_copies),
    "dfs_rewriter": _gives_cosine(lambda f: f(SWAP)),
    "graph_rewriter": holds(_makes_graph_rewriter),
    "in2out": _gives_cosine(lambda f: f(SWAP)),
    "node_rewriter": holds(_makes_node_rewriter),
    "out2in": _gives_cosine(lambda f: f(SWAP)),
    "pre_constant_merge": holds(_merges_constants),
    "pre_greedy_node_rewriter": holds(
        lambda f: f(_sine(), [SWAP], pt.sin(pt.dscalar())).owner.op == pt.cos
    ),
    "query": holds(lambda f: raised(ValueError, lambda: f(3)) and f("+fast_run") is not None),
}
