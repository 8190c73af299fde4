import copy
import gc
import pickle

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.builders import OpFromGraph
from lamina.compile.interpreter import Interpreter
from lamina.graph.basic import Apply, FrozenApply, NominalVariable, equal_computations
from lamina.graph.fg import FrozenFunctionGraph, FunctionGraph
from lamina.graph.op import Op
from lamina.graph.rewriting.basic import MergeOptimizer
from lamina.ir.graph import frozen


def graph(scale=2.0, kind=pt.dvector):
    x, y = kind("x"), pt.dscalar("y")
    z = pt.exp(x * scale) + y
    return FunctionGraph([x, y], [z.sum(), z])


def test_a_nominal_variable_is_one_for_a_number_and_type():
    a = NominalVariable(0, pt.dvector)
    assert a is NominalVariable(0, pt.TensorType("float64", (None,)))
    assert a is not NominalVariable(1, pt.dvector) and a is not NominalVariable(0, pt.dscalar)
    assert (a.id, a.type, a.owner) == (0, pt.dvector, None)
    assert str(a) == "*0-<Vector(float64, shape=(?,))>"
    assert copy.copy(a) is copy.deepcopy(a) is pickle.loads(pickle.dumps(a)) is a.clone() is a
    assert str(NominalVariable("own", pt.iscalar, name="n")) == "n"


def test_nominal_variables_are_used_as_any_others():
    a = NominalVariable(0, pt.dvector)
    assert isinstance(a, pt.TensorVariable)
    assert (a * 2).eval({a: [1.0, 2.0]}).tolist() == [2.0, 4.0]
    assert lamina.grad((a**2).sum(), a).eval({a: [3.0]}).tolist() == [6.0]


def test_an_application_is_one_for_an_op_and_operands():
    a = NominalVariable(0, pt.dvector)
    made = [FrozenApply(pt.exp, [a], [a.type]) for _ in range(2)]
    assert made[0] is made[1] and made[0].outputs[0].owner is made[0]
    assert FrozenApply(pt.log, [a], [a.type]) is not made[0]
    assert FrozenApply(pt.exp, [NominalVariable(1, pt.dvector)], [a.type]) is not made[0]
    with pytest.raises((TypeError, AttributeError)):
        made[0].inputs[0] = a
    other = made[0].clone_with_new_inputs([pt.dvector("x")])
    assert type(other) is Apply and str(other) == "Exp(x)"


def test_graphs_are_equal_whatever_their_variables_are_called():
    first, second = graph().freeze(), graph().freeze()
    assert first == second and hash(first) == hash(second)
    assert first.outputs[0] is second.outputs[0]
    bare = graph().inputs
    others = graph(3.0), graph(kind=pt.fvector), FunctionGraph(bare, bare)
    assert all(first != other.freeze() for other in others)
    assert first != graph() and len({first, second, graph(3.0).freeze()}) == 2


def test_order_and_number_of_inputs_and_outputs_count():
    x, y = pt.dvectors("x", "y")
    base = FrozenFunctionGraph([x, y], [x - y])
    assert base == FrozenFunctionGraph([y, x], [y - x])
    assert base != FrozenFunctionGraph([y, x], [x - y])
    assert base != FrozenFunctionGraph([x, y], [x - y, x - y])
    assert FrozenFunctionGraph([x], [x]) != FrozenFunctionGraph([x, y], [x])


def test_equal_constants_count_as_equal_and_dtypes_do_not_mix():
    x = pt.dvector("x")
    table = np.arange(3.0)
    assert FrozenFunctionGraph([x], [x + table]) == FrozenFunctionGraph([x], [x + table.copy()])
    assert FrozenFunctionGraph([x], [x + table]) != FrozenFunctionGraph([x], [x + table[::-1]])
    assert FrozenFunctionGraph([x], [pt.constant(1, dtype="int8")]) != FrozenFunctionGraph(
        [x], [pt.constant(1, dtype="int16")]
    )
    assert FrozenFunctionGraph([x], [pt.constant(0.0)]) != FrozenFunctionGraph(
        [x], [pt.constant(-0.0)]
    )


def test_a_frozen_graph_does_not_change():
    fgraph = graph().freeze()
    x = pt.dvector("x")
    changes = {
        "replace": (fgraph.outputs[1], x),
        "change_node_input": ("output", 1, x),
        "add_input": (x,),
        "add_output": (x,),
        "remove_output": (0,),
        "attach_feature": (object(),),
    }
    for name, arguments in changes.items():
        with pytest.raises(TypeError, match=f"{name}: a frozen graph does not change"):
            getattr(fgraph, name)(*arguments)
    assert isinstance(fgraph.inputs, tuple) and isinstance(fgraph.outputs, tuple)
    assert fgraph.freeze() is fgraph.clone() is fgraph
    fgraph.check_integrity()


def test_a_frozen_graph_computes_and_prints_as_any_other():
    fgraph, given = graph().freeze(), [np.array([0.0, 1.0]), np.array(1.0)]
    expected = np.exp(2 * given[0]) + 1
    total, whole = Interpreter(fgraph)(given)
    np.testing.assert_allclose(whole, expected)
    f = lamina.function(fgraph.inputs, fgraph.outputs)
    np.testing.assert_allclose(f(*given)[0], total)
    assert "*0-<Vector(float64, shape=(?,))>" in fgraph.dprint(file="str")
    assert len(fgraph) == len(graph())


def test_a_copy_that_is_unfrozen_can_change():
    fgraph = graph().freeze()
    free = fgraph.unfreeze()
    assert free.freeze() == fgraph
    assert equal_computations(free.outputs, graph().outputs, free.inputs, graph().inputs) is False
    source = graph()
    assert equal_computations(free.outputs, source.outputs, free.inputs, source.inputs)
    free.replace(free.outputs[1], pt.exp(free.inputs[0]))
    assert free.freeze() != fgraph


def test_a_frozen_graph_is_pickled_and_found_again():
    fgraph = graph().freeze()
    assert pickle.loads(pickle.dumps(fgraph)) == fgraph == copy.deepcopy(fgraph)
    variable = pickle.loads(pickle.dumps(fgraph.outputs[1]))
    assert variable.owner.inputs[0].owner.inputs[0].owner.inputs[0] is fgraph.inputs[0]


def test_what_depends_on_something_else_is_not_frozen():
    x, y = pt.dvectors("x", "y")
    with pytest.raises(ValueError, match="depends on y"):
        FrozenFunctionGraph([x], [x + y])


def test_an_op_that_cannot_be_hashed_equals_itself_alone():
    class Listed(Op):
        __props__ = ("entries",)

        def __init__(self, entries):
            self.entries = entries

        def make_node(self, x):
            return Apply(self, [x], [x.type()])

    x = pt.dvector("x")
    assert FrozenFunctionGraph([x], [Listed((1,))(x)]) == FrozenFunctionGraph(
        [x], [Listed((1,))(x)]
    )
    assert FrozenFunctionGraph([x], [Listed([1])(x)]) != FrozenFunctionGraph([x], [Listed([1])(x)])


def test_what_is_not_used_any_more_is_forgotten():
    x = pt.dvector("x")
    before = len(frozen._applications)
    fgraph = FrozenFunctionGraph([x], [pt.cosh(x + 0.123456)])
    assert len(frozen._applications) > before
    del fgraph
    gc.collect()
    assert len(frozen._applications) <= before


def loop(x, factor=2.0, name=None):
    return lamina.scan(lambda row, total: total + factor * row, x, pt.zeros(()), name=name)[0]


def test_ops_with_equal_graphs_are_equal_and_merge():
    x, side = pt.dvector("x"), pt.bscalar("side")

    def of_graph(v):
        a = pt.dvector()
        return OpFromGraph([a], [pt.exp(a)])(v)

    def branches(op):
        f = lamina.function([x, side], lamina.ifelse(side, x * 2, op(x)))
        return next(n.op for n in f.maker._graph.apply_nodes if str(n.op).startswith("if"))

    assert loop(x).owner.op == loop(x).owner.op
    different = loop(x), loop(x, 3.0), loop(x, name="other"), loop(pt.cast(x, "float32"))
    ops = [v.owner.op for v in different]
    assert len(set(ops)) == 4 and hash(ops[0]) == hash(loop(x).owner.op)
    assert branches(pt.exp) == branches(pt.exp) != branches(pt.log)
    y, z = [loop(x), of_graph(x)], [loop(x), of_graph(x)]
    assert equal_computations(y, z)
    fgraph = FunctionGraph([x], [*y, *z], clone=False)
    MergeOptimizer().rewrite(fgraph)
    assert fgraph.outputs[0] is fgraph.outputs[2] and fgraph.outputs[1] is fgraph.outputs[3]


def test_equal_loops_and_branches_of_a_function_are_done_once():
    x, y, side = pt.dvector("x"), pt.dvector("y"), pt.bscalar("side")

    def choice(v):
        return lamina.ifelse(side, pt.sort(v), pt.exp(v))

    outputs = [loop(x), loop(x).sum(), loop(x, 3.0), loop(y), choice(x), choice(x) * 2, choice(y)]
    f = lamina.function([x, y, side], outputs)
    text = f.ir("nd")
    assert text.count("nd.scan %") == 3 and text.count("nd.if %") == 2
    v, w = np.array([2.0, 1.0]), np.array([0.0, 5.0])
    sums = 2 * v.cumsum()
    expected = [sums, sums.sum(), 3 * v.cumsum(), 2 * w.cumsum(), [1, 2], [2, 4], [0, 5]]
    for result, value in zip(f(v, w, 1), expected, strict=True):
        np.testing.assert_allclose(result, value)
