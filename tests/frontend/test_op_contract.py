"""What an op of the user's own may define, and that compiled functions and the interpreter heed it.

The clauses are those of the reference's page on ``lamina.graph.op``.
"""

import copy
import pickle
import warnings

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile import not_native
from lamina.gradient import DisconnectedType, NullTypeGradError, grad, grad_undefined, verify_grad
from lamina.graph import Apply, FunctionGraph, Op, graph_replace, vectorize_graph
from lamina.graph.op import HasInnerGraph, compute_test_value, get_test_value
from lamina.graph.utils import MethodNotDefined
from lamina.ir.ops.routine import Routine

MODES = ["FAST_RUN", "NUMPY"]
X = pt.dvector("x")


class Power(Op):
    """x to the power n."""

    __props__ = ("n",)

    def __init__(self, n):
        self.n = n

    def make_node(self, x):
        x = pt.as_tensor(x)
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.asarray(inputs[0] ** self.n)


class DivMod(Op):
    """The quotient, and the remainder, which is the default output."""

    __props__ = ()
    default_output = 1

    def make_node(self, x, y):
        x, y = pt.as_tensor(x), pt.as_tensor(y)
        return Apply(self, [x, y], [x.type(), x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0], output_storage[1][0] = np.divmod(*inputs)


class ByOutput(Power):
    """exp(x), whose gradient uses the result."""

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.exp(inputs[0])

    def L_op(self, inputs, outputs, output_grads):
        assert inputs[0].type == outputs[0].type
        return [output_grads[0] * outputs[0]]


class Undefined(Power):
    def grad(self, inputs, output_grads):
        return [grad_undefined(self, 0, inputs[0], "There is none.")]


class Bump(Power):
    """x + 1, in the memory of x."""

    destroy_map = {0: [0]}

    def perform(self, node, inputs, output_storage):
        inputs[0][...] += 1
        output_storage[0][0] = inputs[0]


class Tail(Power):
    """x[1:], a view."""

    view_map = {0: [0]}

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0][1:]


class Reusing(Power):
    """2 x, written into an earlier result where there is one."""

    def perform(self, node, inputs, output_storage):
        storage = output_storage[0]
        if storage[0] is None or storage[0].shape != inputs[0].shape:
            storage[0] = np.empty_like(inputs[0])
        np.multiply(inputs[0], 2, out=storage[0])


class Counting(Power):
    """x to the power n; tells what is called, and lets itself be folded if n is 2."""

    def __init__(self, n, told):
        super().__init__(n)
        self.told = told

    def perform(self, node, inputs, output_storage):
        self.told.append("perform")
        super().perform(node, inputs, output_storage)

    def do_constant_folding(self, fgraph, node):
        assert isinstance(fgraph, FunctionGraph) and node.op is self
        return self.n == 2

    def prepare_node(self, node, storage_map, compute_map, impl):
        self.told.append(("prepare", impl))


class WithThunk(Power):
    """x to the power n, by a thunk of its own."""

    method = "make_thunk"

    def perform(self, node, inputs, output_storage):
        raise AssertionError("the thunk computes it")

    def make_thunk(self, node, storage_map, compute_map, no_recycling, impl=None):
        self.prepare_node(node, storage_map, compute_map, impl)
        return self.make_py_thunk(node, storage_map, compute_map, no_recycling)

    def make_py_thunk(self, node, storage_map, compute_map, no_recycling, debug=False):
        (source,), (target,) = node.inputs, node.outputs

        def thunk():
            storage_map[target][0] = storage_map[source][0] ** self.n
            compute_map[target][0] = True

        return thunk


class Inner(Power, HasInnerGraph):
    """A graph, computed by a function of it."""

    def __init__(self):
        super().__init__(0)
        x = pt.dvector()
        self.fgraph = FunctionGraph([x], [pt.exp(x) + 1])

    @property
    def inner_inputs(self):
        return self.fgraph.inputs

    @property
    def inner_outputs(self):
        return self.fgraph.outputs

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = np.exp(inputs[0]) + 1


class Native(Power):
    """x to the power n, as operators; Python would be wrong."""

    def perform(self, node, inputs, output_storage):
        raise AssertionError("there is machine code")

    def lowering(self, x):
        return x**self.n


class Wrong(Native):
    def lowering(self, x):
        return {0: x.sum(), 1: [x, x], 2: 3}[self.n]


class Halfway(Power):
    """The lengths that it declares are checked, for an op that stands for a graph with Python."""

    def make_node(self, x):
        return Apply(self, [x], [pt.TensorType("float64", (2,))()])

    def lowering(self, x):
        return Power(2)(x) + 1


class Recurrence(Routine):
    """y[i] = a y[i - 1] + b x[i], in loops of machine code."""

    __props__ = ("b",)
    nd_name = "recurrence"
    gufunc_signature = "(n),()->(n)"

    def __init__(self, b):
        self.b = b

    def numpy(self, x, a):
        y = np.empty_like(x)
        last = 0.0
        for i, v in enumerate(x):
            y[i] = last = a * last + self.b * v
        return y

    def native(self, b, operands, results):
        with b.batch() as (x, a, y):
            last = b.cell(0.0, "float64")
            with b.loop(x.lengths[0]) as i:
                last.value = a * last.value + x[i] * self.b
                y[i] = last.value


class Recurrence2(Recurrence):
    """The same op by name, of another class."""


@pytest.mark.parametrize("mode", MODES)
def test_outputs_gradients_and_memory(mode):
    quotient, remainder = DivMod().make_node(X, 3.0).outputs
    assert DivMod()(X, 3.0).index == 1
    exponential = ByOutput(0)(X)
    outputs = [
        quotient, remainder, exponential, grad(exponential.sum(), X), Bump(0)(X) + X,
        Bump(0)(pt.exp(X)), Tail(0)(X), Tail(0)(X) * Bump(0)(X)[1:], Reusing(0)(Reusing(0)(X)),
        Inner()(X), WithThunk(3)(X),
    ]  # fmt: skip
    f = lamina.function([X], outputs, mode=mode)
    x = np.array([4.0, 5.5, -1.0])
    expected = [
        x // 3, x % 3, np.exp(x), np.exp(x), 2 * x + 1,
        np.exp(x) + 1, x[1:], x[1:] * (x + 1)[1:], 4 * x,
        np.exp(x) + 1, x**3,
    ]  # fmt: skip
    for _ in range(2):
        for found, wanted in zip(f(x), expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-14)
    np.testing.assert_equal(x, [4.0, 5.5, -1.0])


def test_missing_and_undefined_derivatives():
    with pytest.raises(MethodNotDefined, match="Power.grad"):
        grad(Power(2)(X).sum(), X)
    with pytest.raises(NullTypeGradError, match="There is none"):
        grad(Undefined(2)(X).sum(), X)
    with pytest.raises(MethodNotDefined, match="Power.R_op"):
        Power(2).R_op([X], [X])
    (g,) = grad(Undefined(2)(X).sum(), [X], null_gradients="return")
    assert "There is none" in g.type.why_null
    cut = grad(X.sum(), pt.dvector("y"), None, "ignore", return_disconnected="disconnected")
    assert isinstance(cut.type, DisconnectedType)


def test_an_op_decides_whether_it_is_computed_at_compile_time():
    for n, count in ((2, 1), (3, 0)):
        told = []
        f = lamina.function([X], X + Counting(n, told)(np.array([1.0, 3.0])))
        assert told.count("perform") == count
        told.clear()
        np.testing.assert_equal(f([1.0, 1.0]), [2, 1 + 3.0**n])
        assert told.count("perform") == 1 - count


@pytest.mark.parametrize("mode", MODES)
def test_a_node_is_prepared_before_it_is_computed(mode):
    told = []
    f = lamina.function([X], Counting(2, told)(X), mode=mode)
    f([1.0])
    assert told == [("prepare", "py"), "perform"]


def test_an_operation_that_fails_on_constants_fails_when_it_is_called():
    class Failing(Power):
        def perform(self, node, inputs, output_storage):
            raise RuntimeError("now")

    f = lamina.function([X], X + Failing(1)(np.ones(2)))
    with pytest.raises(RuntimeError, match="now"):
        f([1.0, 2.0])


def test_the_line_of_the_user_is_noted():
    made = Op.add_tag_trace(pt.dvector("v"))
    assert made.tag.trace[0][0][0] == __file__
    node = Power(2)(X).owner
    assert Op.add_tag_trace(node, user_line=1) is node and node.tag.trace[0][0][0] == __file__


def test_test_values_go_through_the_op():
    v = pt.dvector("v")
    v.tag.test_value = np.array([3.0])
    with lamina.config.change_flags(compute_test_value="raise"):
        np.testing.assert_equal(get_test_value(Power(2)(v)), [9.0])
    node = Power(3)(v).owner
    compute_test_value(node)
    np.testing.assert_equal(node.outputs[0].tag.test_value, [27.0])


def test_it_works_in_loops_after_pickling_and_replacement_and_warns_of_nothing():
    xs = pt.dmatrix("xs")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        looped = lamina.map(lambda row: ByOutput(1)(row), xs, return_updates=False)
        slope = grad(looped.sum(), xs)
        f = lamina.function([xs], [looped, slope])
    for g in (f, copy.copy(f)):
        for found in g([[1.0, 2.0], [0.0, 3.0]]):
            np.testing.assert_allclose(found, np.exp([[1.0, 2.0], [0.0, 3.0]]), rtol=1e-14)
    again = pickle.loads(pickle.dumps(Power(2)(X)))
    np.testing.assert_equal(again.eval({"x": [3.0]}), [9.0])
    replaced = graph_replace(Power(2)(X), {X: X + 1})
    np.testing.assert_equal(replaced.eval({X: [3.0]}), [16.0])


def test_a_lowering_is_compiled_in_the_place_of_the_op():
    y = Native(3)(X)
    f = lamina.function([X], [y, pt.exp(y)])
    not_native.callbacks.clear()
    np.testing.assert_allclose(f([2.0]), [[8.0], np.exp([8.0])], rtol=1e-14)
    assert not not_native.callbacks and "callback" not in f.ir("nd")


def test_a_lowering_may_use_ops_of_python_and_is_held_to_the_declared_lengths():
    f = lamina.function([X], Halfway(0)(X))
    np.testing.assert_equal(f([1.0, 2.0]), [2.0, 5.0])
    with pytest.raises(AssertionError, match="dim 0 of input has shape 3, expected 2"):
        f([1.0, 2.0, 3.0])
    looped = lamina.map(lambda row: Halfway(0)(row), pt.dmatrix("m"), return_updates=False)
    np.testing.assert_equal(looped.eval({"m": [[1.0, 2.0]]}), [[2.0, 5.0]])


@pytest.mark.parametrize(
    "n, message", [(0, "declared to be"), (1, "must return 1 results, got 2"), (2, "type int")]
)
def test_a_lowering_to_something_else_is_refused(n, message):
    with pytest.raises(TypeError, match=message):
        lamina.function([X], Wrong(n)(X))


def test_verify_grad_checks_the_gradient_of_an_op():
    verify_grad(ByOutput(0), [np.array([0.1, 0.7])])


def test_an_op_may_be_loops_of_machine_code():
    m, a = pt.dmatrix("m"), pt.dvector("a")
    outputs = [Recurrence(2.0)(m, a), Recurrence(3.0)(X, 0.5), Recurrence2(1.0)(X, 0.5)]
    rows, x = np.array([[1.0, 2.0, 3.0], [1.0, 0.0, 0.0]]), np.array([1.0, 1.0, 1.0])
    expected = [[2, 5, 8.5], [2, 4, 8]], [3, 4.5, 5.25], [1, 1.5, 1.75]
    not_native.callbacks.clear()
    for mode in MODES:
        f = lamina.function([m, a, X], outputs, mode=mode)
        for found, wanted in zip(f(rows, [0.5, 2.0], x), expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-14)
    assert not not_native.callbacks
    batched = vectorize_graph(Recurrence(1.0)(X, 1.0), {X: m})
    np.testing.assert_equal(batched.eval({m: rows}), np.cumsum(rows, 1))
