import gc
import weakref

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina import function
from lamina.compile.interpreter import Interpreter
from lamina.graph.fg import FunctionGraph
from lamina.graph.op import Op
from lamina.ir.graph.apply import Apply


class PythonOp(Op):
    """An op of one vector and one vector result, computed by a function."""

    __props__ = ("compute",)

    def __init__(self, compute, destroys=False, views=False):
        self.compute = compute
        self.destroy_map = {0: [0]} if destroys else {}
        self.view_map = {0: [0]} if views else {}

    def make_node(self, x):
        return Apply(self, [pt.as_tensor_variable(x)], [pt.dvector()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = self.compute(inputs[0])


def overwrite(x):
    x += 1
    return x


def run(inputs, outputs, *values):
    return Interpreter(FunctionGraph(inputs, outputs))(values)


def test_outputs_are_computed_in_the_order_of_dependence():
    x = pt.dvector("x")
    y = pt.exp(x)
    a, b = run([x], [y + x, y.sum()], np.array([0.0, 1.0]))
    np.testing.assert_array_equal(a, np.exp([0.0, 1.0]) + [0, 1])
    assert b == np.exp([0.0, 1.0]).sum()


def test_an_op_that_overwrites_its_operand_gets_a_copy():
    x = pt.dvector("x")
    given, s, c = np.zeros(2), lamina.shared(np.zeros(2)), pt.constant(np.zeros(2))
    middle = x * 1
    operands = [x, s, c, middle]
    outputs = [PythonOp(overwrite, destroys=True)(v) for v in operands] + [middle]
    results = function([x], outputs, mode="NUMPY")(given)
    for result in results[:4]:
        np.testing.assert_array_equal(result, [1, 1])
    for value in (given, s.get_value(), c.data, results[4]):
        np.testing.assert_array_equal(value, [0, 0])


def test_a_result_that_is_a_view_of_an_input_is_copied():
    x = pt.dvector("x")
    given = np.arange(4.0)
    for compute in (lambda a: a, lambda a: a[::-1], lambda a: a[:], lambda a: a.view()):
        (result,) = function([x], [PythonOp(compute, views=True)(x)], mode="NUMPY")(given)
        assert not np.shares_memory(result, given)
        assert result.flags.c_contiguous and result.flags.writeable


def test_intermediate_values_are_freed_after_their_last_use():
    x = pt.dvector("x")
    alive = []

    def note(a):
        gc.collect()
        seen.append([r() is not None for r in alive])
        result = a + 1
        alive.append(weakref.ref(result))
        return result

    seen, op = [], PythonOp(note)
    run([x], [op(op(op(op(x))))], np.zeros(2))
    assert seen == [[], [True], [False, True], [False, False, True]]


def test_values_that_are_no_arrays_are_made_arrays_of_the_declared_dtype():
    x = pt.dvector("x")

    class Sum(Op):
        itypes, otypes = [pt.dvector], [pt.dscalar]
        __props__ = ("kind",)

        def __init__(self, kind):
            self.kind = kind

        def perform(self, node, inputs, output_storage):
            output_storage[0][0] = self.kind(inputs[0].sum())

    for kind in (float, np.float64, np.array):
        (result,) = run([x], [Sum(kind)(x)], np.ones(3))
        assert type(result) is np.ndarray and result.shape == () and result == 3


@pytest.mark.parametrize(
    ("compute", "found"),
    [
        (lambda a: a.astype("float32"), r"float32 \(2,\)"),
        (lambda a: a[None], r"float64 \(1, 2\)"),
        (lambda a: 3.0, r"float64 \(\)"),
        (lambda a: list(a), "list"),
        (lambda a: None, "NoneType"),
    ],
)
def test_a_result_of_another_type_than_declared_is_refused(compute, found):
    x = pt.dvector("x")
    with pytest.raises(TypeError, match=f"computed {found} for its output 0.*declared.*Vector"):
        run([x], [PythonOp(compute)(x)], np.zeros(2))


def test_a_result_of_another_static_shape_than_declared_is_refused():
    class Two(PythonOp):
        def make_node(self, x):
            return Apply(self, [x], [pt.vector(shape=(2,))])

    x = pt.dvector("x")
    with pytest.raises(TypeError, match=r"computed float64 \(3,\).*shape=\(2,\)"):
        run([x], [Two(lambda a: a)(x)], np.zeros(3))


class CustomError(Exception):
    def __init__(self, code, reason):
        super().__init__(code, reason)


def fail_with(error):
    def compute(a):
        raise error

    return compute


def test_an_error_keeps_its_type_and_tells_node_operands_and_line():
    width = pt.dvector("width")
    area = PythonOp(fail_with(ZeroDivisionError("no area")))(width)
    with pytest.raises(ZeroDivisionError, match="no area") as caught:
        run([width], [area], np.zeros(3))
    text = str(caught.value)
    assert "PythonOp" in text and "width: float64 (3,)" in text
    assert "test_interpreter.py" in text and "`area = PythonOp(" in text


def test_an_error_with_arguments_of_its_own_gets_a_note():
    x = pt.dvector("x")
    with pytest.raises(CustomError) as caught:
        run([x], [PythonOp(fail_with(CustomError(3, "why")))(x)], np.zeros(3))
    assert caught.value.args == (3, "why")
    assert "x: float64 (3,)" in caught.value.__notes__[0]


def test_high_verbosity_adds_the_values():
    x = pt.dvector("x")
    with (
        lamina.config.change_flags(exception_verbosity="high"),
        pytest.raises(ValueError, match=r"x: float64 \(2,\) = array\(\[5., 5.\]\)"),
    ):
        run([x], [PythonOp(fail_with(ValueError("no")))(x)], np.full(2, 5.0))


def test_an_op_without_perform_says_so():
    class Empty(Op):
        itypes = otypes = [pt.dvector]

    x = pt.dvector("x")
    with pytest.raises(NotImplementedError, match="Empty.perform"):
        run([x], [Empty()(x)], np.zeros(2))


def test_an_op_that_makes_its_own_thunk_runs_it():
    class Doubling(PythonOp):
        def prepare_node(self, node, storage_map, compute_map, impl):
            prepared.append(impl)

        def make_py_thunk(self, node, storage_map, compute_map, no_recycling, debug=False):
            (x,), (y,) = node.inputs, node.outputs

            def thunk():
                storage_map[y][0] = 2 * storage_map[x][0]
                compute_map[y][0] = True

            return thunk

    prepared, x = [], pt.dvector("x")
    op = Doubling(None)
    f = function([x], op(op(x)), mode="NUMPY")
    np.testing.assert_array_equal(f([1, 2]), [4, 8])
    np.testing.assert_array_equal(f([3, 4]), [12, 16])
    assert set(prepared) == {"py"}


def test_an_op_that_only_prepares_its_node_is_prepared_once():
    class Prepared(PythonOp):
        def prepare_node(self, node, storage_map, compute_map, impl):
            prepared.append(node)

    prepared, x = [], pt.dvector("x")
    f = function([x], Prepared(np.negative)(x), mode="NUMPY")
    f([1]), f([2])
    assert len(prepared) == 1


def test_an_op_of_several_results_fills_all_of_them():
    class Halves(Op):
        itypes, otypes = [pt.dvector], [pt.dvector, pt.dvector]

        def perform(self, node, inputs, output_storage):
            n = len(inputs[0]) // 2
            output_storage[0][0], output_storage[1][0] = inputs[0][:n], inputs[0][n:]

    x = pt.dvector("x")
    first, second = Halves()(x)
    a, b = function([x], [second, first], mode="NUMPY")([1, 2, 3, 4])
    np.testing.assert_array_equal(a, [3, 4])
    np.testing.assert_array_equal(b, [1, 2])
