import numpy as np
import pytest

import lamina.ir.operators as nd
from lamina.ir.graph.errors import MissingInputError
from lamina.ir.graph.function_graph import FunctionGraph, clone, clone_get_equiv
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Constant
from lamina.ir.ops.constant import constant
from tests.evaluate import evaluate

VECTOR = TensorType("float64", (None,))


def vectors(names):
    return [VECTOR(name) for name in names]


class Recorder:
    """A feature that writes down what it is told."""

    def __init__(self):
        self.events = []

    def on_attach(self, fgraph):
        self.events.append("attach")

    def on_detach(self, fgraph):
        self.events.append("detach")

    def on_import(self, fgraph, node, reason):
        self.events.append(("import", str(node.op), reason))

    def on_prune(self, fgraph, node, reason):
        self.events.append(("prune", str(node.op), reason))

    def on_change_input(self, fgraph, node, i, old, new, reason):
        self.events.append(("change", str(getattr(node, "op", node)), i, reason))


def test_a_function_graph_works_on_a_copy_unless_told_otherwise():
    x, y = vectors("xy")
    z = nd.exp(x) * y
    fgraph = FunctionGraph([x, y], [z])
    assert x not in fgraph and z not in fgraph
    assert [v.name for v in fgraph.inputs] == ["x", "y"]
    fgraph = FunctionGraph([x, y], [z], clone=False)
    assert fgraph.inputs == [x, y] and fgraph.outputs == [z]


def test_inputs_that_are_not_given_are_found():
    x, y = vectors("xy")
    fgraph = FunctionGraph(outputs=[nd.exp(x) * y + 1.0], clone=False)
    assert set(fgraph.inputs) == {x, y}


def test_an_undeclared_input_is_an_error_that_names_it():
    x, y = vectors("xy")
    with pytest.raises(MissingInputError, match="Undeclared input: y"):
        FunctionGraph([x], [x * y])
    with pytest.raises(ValueError, match="No outputs"):
        FunctionGraph([x])


def test_a_computed_variable_may_be_an_input():
    (x,) = vectors("x")
    y = nd.exp(x)
    fgraph = FunctionGraph([y], [nd.sin(y)], clone=False)
    assert [str(node.op) for node in fgraph.toposort()] == ["Sin"]


def test_clients_are_the_users_of_a_variable():
    (x,) = vectors("x")
    y = x * x
    fgraph = FunctionGraph([x], [y, nd.exp(x), y], clone=False)
    exp = fgraph.outputs[1].owner
    assert fgraph.clients[x] == [(y.owner, 0), (y.owner, 1), (exp, 0)]
    assert fgraph.get_clients(y) == [("output", 0), ("output", 2)]
    assert fgraph.apply_nodes == {y.owner, exp}
    fgraph.check_integrity()


def test_membership_length_and_order():
    x, y = vectors("xy")
    a = nd.exp(x)
    fgraph = FunctionGraph([x], [nd.sin(a)], clone=False)
    assert len(fgraph) == 2
    assert a in fgraph and a.owner in fgraph and y not in fgraph
    assert list(fgraph) == fgraph.toposort()
    assert str(fgraph) == "FunctionGraph(Sin.0)"


def test_replace_changes_all_users_and_drops_what_nobody_needs():
    x, y = vectors("xy")
    a = nd.exp(nd.sin(x))
    fgraph = FunctionGraph([x, y], [a * y, a], clone=False)
    fgraph.replace(a, nd.cos(x), reason="test")
    assert sorted(str(node.op) for node in fgraph.apply_nodes) == ["Cos", "Mul"]
    assert a not in fgraph
    fgraph.check_integrity()
    values = evaluate(fgraph.outputs, {x: [0.0], y: [2.0]})
    np.testing.assert_equal(values, [[2.0], [1.0]])


def test_a_variable_may_be_replaced_by_something_computed_from_it():
    (x,) = vectors("x")
    fgraph = FunctionGraph([x], [nd.exp(x), x], clone=False)
    fgraph.replace(x, nd.sin(x))
    np.testing.assert_allclose(evaluate(fgraph.outputs, {x: [1.0]})[0], np.exp(np.sin([1.0])))
    fgraph.check_integrity()


def test_replace_all_takes_pairs():
    x, y = vectors("xy")
    fgraph = FunctionGraph([x, y], [nd.exp(x) + nd.sin(y)], clone=False)
    total = fgraph.outputs[0].owner
    fgraph.replace_all(zip(total.inputs, [x, y], strict=True))
    assert total.inputs == [x, y]
    assert fgraph.apply_nodes == {total}


def test_a_replacement_of_another_type_is_refused():
    x, y = vectors("xy")
    fgraph = FunctionGraph([x, y], [nd.exp(x) + y], clone=False)
    with pytest.raises(TypeError, match="Cannot convert Type Scalar"):
        fgraph.replace(fgraph.outputs[0], TensorType("float64", ())("s"))
    with pytest.raises(TypeError, match="must be compatible"):
        fgraph.change_node_input(fgraph.outputs[0].owner, 1, nd.cast(y, "float32"))
    fgraph.check_integrity()


def test_a_replacement_with_an_unknown_input_changes_nothing():
    x, y, z = vectors("xyz")
    fgraph = FunctionGraph([x], [nd.exp(x)], clone=False)
    before = fgraph.outputs[0]
    with pytest.raises(MissingInputError, match="Undeclared input: y"):
        fgraph.replace(before, nd.sin(x) * y)
    assert fgraph.outputs == [before]
    fgraph.check_integrity()
    fgraph.replace(before, x * z, import_missing=True)
    assert fgraph.inputs == [x, z]
    fgraph.check_integrity()


def test_replacing_what_is_not_in_the_graph_does_nothing():
    x, y = vectors("xy")
    fgraph = FunctionGraph([x], [nd.exp(x)], clone=False)
    fgraph.replace(y, x)
    assert len(fgraph) == 1


def test_outputs_can_be_added_and_removed():
    (x,) = vectors("x")
    a, b = nd.exp(x), nd.sin(x)
    fgraph = FunctionGraph([x], [a, b], clone=False)
    fgraph.add_output(nd.cos(a))
    fgraph.remove_output(0)
    fgraph.check_integrity()
    assert fgraph.outputs[0] is b and a in fgraph
    fgraph.remove_output(1)
    assert fgraph.outputs == [b] and a not in fgraph
    fgraph.check_integrity()


def test_an_input_can_be_removed_once_nobody_uses_it():
    x, y = vectors("xy")
    fgraph = FunctionGraph([x, y], [nd.exp(x)], clone=False)
    with pytest.raises(ValueError, match="x is still used"):
        fgraph.remove_input(0)
    fgraph.remove_input(1)
    assert fgraph.inputs == [x] and y not in fgraph
    fgraph.add_input(y)
    fgraph.add_input(y)
    assert fgraph.inputs == [x, y]


def test_an_unused_input_stays():
    x, y = vectors("xy")
    fgraph = FunctionGraph([x, y], [x * y], clone=False)
    fgraph.replace(fgraph.outputs[0], nd.exp(x))
    assert fgraph.inputs == [x, y] and y in fgraph


def test_features_are_told_of_every_change():
    x, y = vectors("xy")
    fgraph = FunctionGraph([x, y], [nd.exp(x)], clone=False)
    recorder = Recorder()
    fgraph.attach_feature(recorder)
    fgraph.attach_feature(recorder)
    fgraph.replace(fgraph.outputs[0], nd.sin(y), reason="why")
    fgraph.remove_feature(recorder)
    fgraph.replace(fgraph.outputs[0], x)
    assert recorder.events == [
        "attach",
        ("import", "Sin", "why"),
        ("change", "output", 0, "why"),
        ("prune", "Exp", "why"),
        "detach",
    ]


def test_check_integrity_sees_a_change_behind_the_back():
    x, y = vectors("xy")
    fgraph = FunctionGraph([x, y], [nd.exp(x)], clone=False)
    fgraph.outputs[0].owner.inputs[0] = y
    with pytest.raises(AssertionError):
        fgraph.check_integrity()


def test_a_clone_is_equal_and_independent():
    x, y = vectors("xy")
    fgraph = FunctionGraph([x, y], [nd.exp(x) * y])
    copy, memo = fgraph.clone_get_equiv()
    assert memo[fgraph.inputs[0]] is copy.inputs[0] is not fgraph.inputs[0]
    copy.replace(copy.outputs[0], copy.inputs[0])
    assert len(fgraph) == 2 and len(copy) == 0
    assert len(fgraph.clone()) == 2


def test_cloning_functions_keep_constants_and_may_keep_inputs():
    x, y = vectors("xy")
    one = constant(1.0)
    z = nd.add(x, nd.second(x, one)) * y
    (x2, y2), (z2,) = clone([x, y], [z])
    assert x2 is not x and z2 is not z
    fgraph = FunctionGraph([x2, y2], [z2], clone=False)
    assert [v for v in fgraph.variables if isinstance(v, Constant)] == [one]
    memo = clone_get_equiv([x], [z], copy_inputs=False, copy_orphans=False)
    assert memo[x] is x and memo[y] is y and memo[z] is not z
    assert memo[z.owner].op == z.owner.op


def test_20000_applications_come_and_go():
    (x,) = vectors("x")
    y = x
    for _ in range(20_000):
        y = nd.neg(y)
    fgraph = FunctionGraph([x], [y])
    assert len(fgraph) == 20_000
    fgraph.check_integrity()
    fgraph.replace(fgraph.outputs[0], fgraph.inputs[0])
    assert len(fgraph) == 0 and fgraph.variables == {fgraph.inputs[0]}
