"""Features that a FunctionGraph comes with."""

import copy
import pickle

import pytest

import lamina.ir.operators as nd
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.errors import InconsistencyError
from lamina.ir.graph.features import (
    AlreadyThere,
    Bookkeeper,
    Feature,
    NodeFinder,
    NoOutputFromInplace,
    PreserveVariableAttributes,
    PrintListener,
)
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.history import FullHistory, History
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.validation import BadOptimization, ReplaceValidate, Validator

VECTOR = TensorType("float64", (None,))


class Overwriting(Op):
    """Returns its operand, changed."""

    __props__ = ()
    destroy_map = {0: [0]}

    def make_node(self, x):
        return Apply(self, [x], [x.type()])


def graph(*features):
    x = VECTOR("x")
    return FunctionGraph([x], [nd.sin(nd.exp(x))], features=features, clone=False)


def ops(fgraph):
    return [str(node.op) for node in fgraph.toposort()]


class Forbid(Feature):
    """Objects to an op."""

    def __init__(self, op):
        self.op = op

    def validate(self, fgraph):
        if any(node.op == self.op for node in fgraph.apply_nodes):
            raise InconsistencyError(f"{self.op} is forbidden")


def test_a_feature_that_raises_already_there_is_left_out():
    class Shy(Feature):
        def on_attach(self, fgraph):
            raise AlreadyThere("no")

    fgraph = graph()
    fgraph.attach_feature(Shy())
    fgraph.attach_feature(NodeFinder())
    fgraph.attach_feature(NodeFinder())
    assert len(fgraph._features) == 1


def test_a_feature_without_callbacks_of_its_own_hears_all_and_does_nothing():
    fgraph = graph(Feature())
    fgraph.replace(fgraph.outputs[0], fgraph.inputs[0])
    assert fgraph.outputs == fgraph.inputs


def test_a_bookkeeper_hears_of_what_was_there_before_it():
    class Counter(Bookkeeper):
        def __init__(self):
            self.ops = []

        def on_import(self, fgraph, node, reason):
            self.ops.append(str(node.op))

        def on_prune(self, fgraph, node, reason):
            self.ops.remove(str(node.op))

    counter = Counter()
    fgraph = graph(counter)
    assert counter.ops == ["Exp", "Sin"]
    fgraph.replace(fgraph.outputs[0], nd.cos(fgraph.inputs[0]))
    assert counter.ops == ["Cos"]
    fgraph.remove_feature(counter)
    assert counter.ops == []


def test_a_node_finder_finds_applications_by_op():
    fgraph = graph(NodeFinder())
    (exp,) = fgraph.get_nodes(nd.exp)
    assert exp.op == nd.exp and fgraph.get_nodes(nd.cos) == []
    assert len(fgraph.get_nodes(type(nd.exp))) == 2
    fgraph.replace(exp.outputs[0], fgraph.inputs[0])
    assert fgraph.get_nodes(nd.exp) == []
    fgraph.remove_feature(fgraph._features[0])
    assert not hasattr(fgraph, "get_nodes")


def test_orderings_of_features_come_before_the_users_of_a_variable():
    x = VECTOR("x")
    first, second = nd.exp(x), nd.sin(x)
    fgraph = FunctionGraph([x], [first, second], clone=False)
    assert ops(fgraph) == ["Exp", "Sin"]

    class SinFirst(Feature):
        def orderings(self, fgraph):
            return {first.owner: [second.owner]}

    fgraph.attach_feature(SinFirst())
    assert ops(fgraph) == ["Sin", "Exp"]

    class ExpFirst(Feature):
        def orderings(self, fgraph):
            return {second.owner: [first.owner]}

    fgraph.attach_feature(ExpFirst())
    with pytest.raises(InconsistencyError, match="cycle"):
        fgraph.toposort()


def test_a_history_goes_back_to_a_checkpoint():
    fgraph = graph(History())
    start = fgraph.checkpoint()
    fgraph.replace(fgraph.outputs[0], nd.cos(fgraph.inputs[0]))
    middle = fgraph.checkpoint()
    fgraph.replace(fgraph.outputs[0], fgraph.inputs[0])
    assert ops(fgraph) == []
    fgraph.revert(middle)
    assert ops(fgraph) == ["Cos"]
    fgraph.revert(start)
    assert ops(fgraph) == ["Exp", "Sin"]
    fgraph.check_integrity()


def test_a_full_history_goes_back_and_forth():
    history = FullHistory()
    fgraph = graph(history)
    x = fgraph.inputs[0]
    fgraph.replace(fgraph.outputs[0], nd.cos(x))
    fgraph.replace(fgraph.outputs[0], nd.tan(x))
    assert len(history) == 2
    assert ops(history.prev()) == ["Cos"] and ops(history.prev()) == ["Exp", "Sin"]
    assert ops(history.prev()) == ["Exp", "Sin"]
    assert ops(history.next()) == ["Cos"] and ops(history.end()) == ["Tan"]
    assert ops(history.goto(1)) == ["Cos"] and ops(history.start()) == ["Exp", "Sin"]
    with pytest.raises(ValueError, match="3 is not among 2"):
        history.goto(3)
    fgraph.replace(fgraph.outputs[0], x)  # a new future
    assert len(history) == 1
    fgraph.check_integrity()


def test_replacements_that_a_feature_refuses_are_undone():
    fgraph = graph(ReplaceValidate(), Forbid(nd.tan))
    x = fgraph.inputs[0]
    with pytest.raises(InconsistencyError, match="forbidden"):
        fgraph.replace_all_validate([(fgraph.outputs[0], nd.tan(x))], reason="test")
    assert ops(fgraph) == ["Exp", "Sin"] and fgraph.consistent()
    fgraph.replace_validate(fgraph.outputs[0], nd.cos(x))
    assert ops(fgraph) == ["Cos"]
    fgraph.check_integrity()


def test_what_shall_be_removed_must_be_gone():
    fgraph = graph(ReplaceValidate())
    x = fgraph.inputs[0]
    sin = fgraph.outputs[0].owner
    with pytest.raises(InconsistencyError, match="should be gone"):
        fgraph.replace_all_validate_remove([(sin.outputs[0], nd.cos(sin.inputs[0]))], [
            sin.inputs[0].owner
        ])  # fmt: skip
    assert ops(fgraph) == ["Exp", "Sin"]
    fgraph.replace_all_validate_remove([(sin.outputs[0], nd.cos(x))], [sin])
    assert ops(fgraph) == ["Cos"]


def test_a_replacement_of_another_type_is_undone_too():
    fgraph = graph(ReplaceValidate())
    x = fgraph.inputs[0]
    pairs = [(fgraph.outputs[0].owner.inputs[0], x), (fgraph.outputs[0], TensorType("int8", ())())]
    with pytest.raises(TypeError):
        fgraph.replace_all_validate(pairs)
    assert ops(fgraph) == ["Exp", "Sin"]


def test_a_validator_asks_all_features():
    fgraph = graph(Validator(), Forbid(nd.sin))
    assert not fgraph.consistent()
    with pytest.raises(InconsistencyError, match="Sin is forbidden"):
        fgraph.validate()


def test_an_output_in_place_can_be_forbidden():
    x = VECTOR("x")
    fgraph = FunctionGraph(
        [x], [nd.exp(x), Overwriting()(nd.exp(x))], [ReplaceValidate()], clone=False
    )
    fgraph.attach_feature(NoOutputFromInplace(0, 1))
    fgraph.validate()
    fgraph.attach_feature(NoOutputFromInplace(1))
    with pytest.raises(InconsistencyError, match="in place"):
        fgraph.validate()


def test_names_and_tags_can_be_passed_on():
    fgraph = graph(PreserveVariableAttributes())
    out = fgraph.outputs[0]
    out.name, out.tag.note = "y", 3
    fgraph.replace(out, nd.cos(fgraph.inputs[0]))
    assert fgraph.outputs[0].name == "y" and fgraph.outputs[0].tag.note == 3


def test_a_print_listener_prints_each_change():
    lines = []
    fgraph = graph(PrintListener(write=lines.append))
    fgraph.replace(fgraph.outputs[0], fgraph.inputs[0], reason="test")
    assert lines[0].startswith("-- attaching to")
    assert [line.split()[1] for line in lines[1:]] == ["changing", "pruning:", "pruning:"]
    assert "test" in lines[1]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))])
def test_a_copied_graph_has_features_of_its_own(copied):
    fgraph = graph(ReplaceValidate(), NodeFinder())
    twin = copied(fgraph)
    twin.replace_validate(twin.outputs[0], twin.inputs[0])
    assert ops(twin) == [] and ops(fgraph) == ["Exp", "Sin"]
    assert twin.get_nodes(nd.exp) == [] and len(fgraph.get_nodes(nd.exp)) == 1


def test_a_clone_has_copies_of_the_features():
    fgraph = graph(History())
    twin, _ = fgraph.clone_get_equiv()
    before = twin.checkpoint()
    twin.replace(twin.outputs[0], twin.inputs[0])
    twin.revert(before)
    assert ops(twin) == ["Exp", "Sin"]
    assert not hasattr(fgraph.clone_get_equiv(attach_feature=False)[0], "checkpoint")


def test_a_bad_optimization_tells_both_values():
    error = BadOptimization("y", "z", 1.0, 2.0, reason="my-rewrite")
    assert "my-rewrite" in str(error) and "y = 1.0" in str(error) and "z = 2.0" in str(error)
