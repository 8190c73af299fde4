import copy
import pickle

import cloudpickle
import numpy as np
import pytest

import lamina.ir.operators as nd
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import Op
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.tensor_variable import TensorConstant, TensorSharedVariable
from lamina.ir.graph.traversal import ancestors, get_var_by_name, toposort
from lamina.ir.ops import creation, indexing, joining, reduction, shape
from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.constant import constant
from lamina.ir.ops.elementwise import all_elementwise
from lamina.ir.ops.specify_shape import specify_shape
from tests.evaluate import evaluate

VECTOR = TensorType("float64", (None,))
COPIES = {
    **{
        f"pickle {protocol}": lambda thing, protocol=protocol: pickle.loads(
            pickle.dumps(thing, protocol)
        )
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    },
    "cloudpickle": lambda thing: pickle.loads(cloudpickle.dumps(thing)),
    "deepcopy": copy.deepcopy,
}
every_copy = pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)


class AddNumber(Op):
    __props__ = ("number",)

    def __init__(self, number):
        self.number = number

    def make_node(self, x):
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] + self.number


def example():
    x = VECTOR("x")
    w = TensorSharedVariable(VECTOR, [1.0, 2.0], name="w")
    y = reduction.sum(nd.exp(x) * w + 2.5) + x[0] + AddNumber(3)(x).sum()
    y.name = "y"
    return x, w, y


@every_copy
def test_a_copied_graph_computes_the_same(copied):
    x, w, y = example()
    new = copied(y)
    assert new is not y and new.name == "y" and new.type == y.type
    (new_x,) = get_var_by_name([new], "x")
    assert evaluate(new, {new_x: [0.5, 0.1]}) == evaluate(y, {x: [0.5, 0.1]})
    assert [node.op for node in toposort([new])] == [node.op for node in toposort([y])]
    assert not set(ancestors([new])) & set(ancestors([y]))


@every_copy
def test_variables_copied_together_stay_one_graph(copied):
    x, w, y = example()
    again = nd.sin(y)
    new = copied({"x": x, "outputs": [again, y], "node": y.owner, "w": w})
    assert new["outputs"][0].owner.inputs[0] is new["outputs"][1] is new["node"].outputs[0]
    inputs = [v for v in ancestors(new["outputs"]) if v.owner is None]
    assert new["x"] in inputs and new["w"] in inputs
    assert new["node"].op == y.owner.op


@every_copy
def test_a_copied_application_keeps_its_place_in_the_graph(copied):
    x = VECTOR("x")
    node = (nd.exp(x) * x).owner
    new = copied(node)
    assert [v.owner for v in new.outputs] == [new]
    assert new.inputs[0].owner.inputs[0] is new.inputs[1]
    assert new.line == node.line


@every_copy
def test_a_copied_function_graph_is_whole(copied):
    x, w, y = example()
    fgraph = copied(FunctionGraph([x, w], [y]))
    fgraph.check_integrity()
    assert evaluate(fgraph.outputs[0], {fgraph.inputs[0]: [0.5, 0.1]}) == evaluate(
        y, {x: [0.5, 0.1]}
    )


@every_copy
def test_a_copied_constant_has_the_value_and_stays_weak(copied):
    for value in (2.5, True, 3, np.float32(1.5), np.arange(6).reshape(2, 3), 1j):
        old = constant(value, name="c")
        new = copied(old)
        assert isinstance(new, TensorConstant)
        assert new.type == old.type and new.name == "c" and new.weak == old.weak
        np.testing.assert_equal(new.data, old.data)
        assert not new.data.flags.writeable


@every_copy
def test_a_copied_shared_variable_has_a_value_of_its_own(copied):
    w = TensorSharedVariable(VECTOR, [1.0, 2.0], name="w")
    new = copied(w)
    new.set_value([5.0])
    np.testing.assert_equal([w.get_value(), new.get_value()[0]], [[1.0, 2.0], 5.0])
    assert isinstance(new, SharedVariable) and new.name == "w"


@every_copy
def test_copies_have_automatic_names_of_their_own(copied):
    x = VECTOR()
    y = nd.exp(x)
    new = copied(y)
    names = {v.auto_name for v in (x, y, new, *ancestors([new]))}
    assert len(names) == 4


@every_copy
def test_tags_and_lines_are_copied(copied):
    x = VECTOR("x")
    x.tag.note = "mine"
    y = nd.exp(x)
    new = copied(y)
    assert new.owner.inputs[0].tag.note == "mine"
    assert new.owner.line == y.owner.line


@pytest.mark.parametrize("op", all_elementwise(), ids=str)
def test_every_elementwise_op_is_one_object_of_facts_after_pickling(op):
    new = pickle.loads(pickle.dumps(op))
    assert new == op and hash(new) == hash(op) and new.scalar_op is op.scalar_op
    assert copy.deepcopy(op) == op


MATRIX = TensorType("float64", (None, None))("m")
ARRAY_OPS = {
    str(v.owner.op): v.owner.op
    for v in (
        MATRIX.T, MATRIX.sum(0), MATRIX.prod(), MATRIX.max((0, 1)), MATRIX.argmax(1),
        MATRIX.shape, MATRIX.shape[0], shape.length_of(MATRIX, 0), MATRIX.reshape((-1,)),
        specify_shape(MATRIX, (2, None)), broadcast_to(MATRIX, (2, 2)),
        MATRIX[1:, 0], MATRIX[::2].set(1.0), MATRIX[0].inc(1.0), joining.concatenate([MATRIX] * 2),
        shape.make_vector(1.0, 2.0), creation.arange(3), creation.eye(2), MATRIX @ MATRIX,
        nd.cast(MATRIX, "int8"), indexing.subtensor(MATRIX, ()),
    )
}  # fmt: skip


@pytest.mark.parametrize("op", ARRAY_OPS.values(), ids=ARRAY_OPS)
def test_every_array_op_is_equal_after_pickling(op):
    new = pickle.loads(pickle.dumps(op))
    assert new == op and hash(new) == hash(op) and str(new) == str(op)


@pytest.mark.parametrize(
    ("copied", "length"),
    [(COPIES["pickle 5"], 5_000), (copy.deepcopy, 5_000)],
    ids=["pickle", "deepcopy"],
)
def test_a_long_chain_is_copied(copied, length):
    x = TensorType("float64", ())("x")
    y = x
    for _ in range(length):
        y = nd.neg(y)
    new = copied(y)
    assert len(toposort([new])) == length
    (new_x,) = get_var_by_name([new], "x")
    assert evaluate(new, {new_x: 2.0}) == 2.0


@pytest.mark.parametrize("copied", [COPIES["pickle 5"], copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_function_graph_and_an_application_of_a_long_chain_are_copied(copied):
    x = TensorType("float64", ())("x")
    y = x
    for _ in range(5_000):
        y = nd.neg(y)
    assert len(copied(FunctionGraph([x], [y], clone=False))) == 5_000
    assert len(toposort(copied(y.owner).outputs)) == 5_000


def test_a_shallow_copy_of_a_variable_is_computed_by_the_same_application():
    x = VECTOR("x")
    y = nd.exp(x)
    y.name = "y"
    for v in (x, y, constant(2.0)):
        new = copy.copy(v)
        assert new is not v
        assert (new.name, new.type, new.owner) == (v.name, v.type, v.owner)
