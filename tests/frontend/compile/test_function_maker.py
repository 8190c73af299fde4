import warnings

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina import In, Out, function, shared
from lamina.compile import UnusedInputError
from lamina.graph.utils import MissingInputError


def test_one_output_is_an_array_of_its_own(mode):
    a, b = pt.dscalars("a", "b")
    result = function([a, b], a + b, mode=mode)(1.5, 2.5)
    assert (type(result), result.shape, result.dtype) == (np.ndarray, (), np.float64)
    assert result == 4.0


@pytest.mark.parametrize("container", [list, tuple])
def test_several_outputs_are_a_list(mode, container):
    x = pt.dvector("x")
    results = function([x], container([2 * x, x.sum()]), mode=mode)([1, 2])
    assert type(results) is list
    np.testing.assert_array_equal(results[0], [2, 4])
    assert results[1] == 3


def test_a_list_of_one_output_stays_a_list(mode):
    x = pt.dscalar("x")
    assert function([x], [x + 1], mode=mode)(1) == [2]


def test_outputs_of_a_dict_come_back_under_their_keys_in_their_order(mode):
    x = pt.dscalar("x")
    results = function([x], {"twice": 2 * x, "more": x + 1}, mode=mode)(3)
    assert results == {"twice": 6, "more": 4}
    assert list(results) == ["twice", "more"]


def test_without_outputs_the_result_is_an_empty_list(mode):
    x = pt.dscalar("x")
    assert function([x], mode=mode, on_unused_input="ignore")(3) == []


def test_there_may_be_no_inputs(mode):
    assert function([], pt.constant(2.0) * 3, mode=mode)() == 6


def test_a_computed_variable_may_be_an_input(mode):
    x = pt.dscalar("x")
    y = pt.exp(x)
    assert function([y], y + 1, mode=mode)(2) == 3


def test_an_input_may_be_an_output_twice(mode):
    x = pt.dvector("x")
    given = np.arange(3.0)
    first, second, third = function([x], [x, x, x + 0], mode=mode)(given)
    for a in (first, second, third):
        np.testing.assert_array_equal(a, given)
        assert not np.shares_memory(a, given)
    assert not np.shares_memory(first, second)


def test_a_number_may_be_an_output(mode):
    assert function([], 3.5, mode=mode)() == 3.5


def test_the_users_graph_is_not_changed(mode):
    x = pt.dscalar("x")
    y = (x + 1) * 2
    node, operands = y.owner, list(y.owner.inputs)
    f = function([x], y, mode=mode, givens={x: x * 3})
    assert y.owner is node and node.inputs == operands
    assert f.maker.fgraph.inputs[0] is not x


# --- updates


def test_updates_are_stored_after_the_outputs_are_computed(mode):
    s, x = shared(np.array([1.0, 2.0]), "s"), pt.dscalar("x")
    f = function([x], s * 10, updates={s: s + x}, mode=mode)
    np.testing.assert_array_equal(f(5), [10, 20])
    np.testing.assert_array_equal(s.get_value(), [6, 7])
    np.testing.assert_array_equal(f(0), [60, 70])


def test_updates_see_the_old_values_of_each_other(mode):
    a, b = shared(1.0, "a"), shared(2.0, "b")
    f = function([], updates=[(a, b), (b, a)], mode=mode)
    f()
    assert (a.get_value(), b.get_value()) == (2, 1)


def test_an_update_may_be_a_number_or_a_list(mode):
    a, b = shared(1.5, "a"), shared(np.zeros(2), "b")
    function([], updates=[(a, 4), (b, [1, 2])], mode=mode)()
    assert a.get_value() == 4
    np.testing.assert_array_equal(b.get_value(), [1, 2])


def test_an_update_may_change_the_length_of_a_shared_variable(mode):
    s = shared(np.zeros(2), "s")
    function([], updates={s: pt.concatenate([s, s])}, mode=mode)()
    assert s.get_value().shape == (4,)


def test_a_shared_variable_may_be_written_without_being_read(mode):
    s, x = shared(0.0, "s"), pt.dscalar("x")
    f = function([x], x, updates={s: x * 2}, mode=mode)
    assert f(3) == 3
    assert s.get_value() == 6
    assert f.get_shared() == [s]


def test_default_updates_apply_unless_excepted(mode):
    s = shared(1.0, "s")
    s.default_update = s * 2
    f = function([], s, mode=mode)
    assert (f(), f()) == (1, 2)
    assert function([], s, mode=mode, no_default_updates=True)() == 4
    assert function([], s, mode=mode, no_default_updates=[s])() == 4
    assert function([], s, mode=mode, updates={s: s + 1})() == 4
    assert s.get_value() == 5


def test_a_default_update_brings_the_shared_variables_that_it_reads(mode):
    step, s = shared(1.0, "step"), shared(0.0, "s")
    step.default_update = step * 2
    s.default_update = s + step
    f = function([], s, mode=mode)
    f(), f(), f()
    assert (s.get_value(), step.get_value()) == (7, 8)


def test_no_shared_variable_changes_when_a_call_fails(mode):
    a, b, x = shared(np.ones(2), "a"), shared(np.ones(2), "b"), pt.dvector("x")
    f = function([x], [a.sum()], updates=[(a, a + 1), (b, b + x)], mode=mode)
    with pytest.raises(ValueError):
        f([1, 2, 3])
    np.testing.assert_array_equal(a.get_value(), [1, 1])
    np.testing.assert_array_equal(b.get_value(), [1, 1])


@pytest.mark.parametrize(
    ("updates", "error", "message"),
    [
        (lambda s, x: [(s, s + 1), (s, s)], ValueError, "'?s'? has two updates"),
        (lambda s, x: [(s, s + 1), (s.clone(), s)], ValueError, "s has two updates"),
        (lambda s, x: {x: x}, TypeError, "only shared variables can be updated, got x"),
        (lambda s, x: {s: x}, TypeError, r"s is Vector.* new value x is Scalar"),
        (
            lambda s, x: {s: (s + 1).astype("float32")},
            TypeError,
            "Vector\\(float32.*test_function_maker",
        ),
        (lambda s, x: {s: "a"}, TypeError, "update of s"),
        (lambda s, x: [s, s + 1], TypeError, "updates must be a dict or a list of pairs"),
        (lambda s, x: 3, TypeError, "updates must be a dict or a list of pairs, got 3"),
    ],
)
def test_a_wrong_update_is_refused(updates, error, message):
    s, x = shared(np.zeros(2), "s"), pt.dscalar("x")
    with pytest.raises(error, match=message):
        function([x], x, updates=updates(s, x))


# --- givens


def test_givens_replace_a_variable_by_an_expression(mode):
    x, y = pt.dscalars("x", "y")
    f = function([y], x**2, givens={x: y + 1}, mode=mode)
    assert f(2) == 9


def test_givens_apply_all_at_once(mode):
    x, y = pt.dscalars("x", "y")
    f = function([x, y], x - 2 * y, givens=[(x, y), (y, x)], mode=mode)
    assert f(1, 10) == 10 - 2


def test_givens_may_use_what_they_replace(mode):
    x = pt.dscalar("x")
    assert function([x], x * 2, givens={x: x + 1}, mode=mode)(3) == 8


def test_givens_reach_updates_and_intermediate_variables(mode):
    x, s = pt.dscalar("x"), shared(1.0, "s")
    middle = pt.exp(x)
    f = function([x], middle + 1, givens={middle: x * 2}, updates={s: s + middle}, mode=mode)
    assert f(3) == 7
    assert s.get_value() == 7


def test_givens_replace_a_shared_variable_and_take_numbers(mode):
    s, x = shared(np.zeros(2), "s"), pt.dvector("x")
    assert function([x], s.sum(), givens={s: x}, mode=mode)([3, 4]) == 7
    assert function([], s.sum(), givens={s: [5, 6]}, mode=mode)() == 11


def test_givens_of_another_type_need_rebuild_strict_false(mode):
    x, v = pt.dscalar("x"), pt.dvector("v")
    with pytest.raises(TypeError, match=r"givens: v cannot take the place of x.*Vector.*Scalar"):
        function([v], x + 1, givens={x: v}, mode=mode)
    f = function([v], x + 1, givens={x: v}, rebuild_strict=False, mode=mode)
    np.testing.assert_array_equal(f([1, 2]), [2, 3])


def test_a_part_that_givens_leave_alone_is_computed_once():
    x, y = pt.dscalars("x", "y")
    common = pt.exp(x)
    f = function([x], common + y, givens={y: common * 2}, mode="NUMPY")
    assert sum(str(node.op) == "Exp" for node in f.maker.fgraph.toposort()) == 1


# --- what is refused


def test_a_missing_input_is_named_with_its_use():
    x, y = pt.dscalars("x", "y")
    with pytest.raises(
        MissingInputError, match=r"depends on y, .*\[x\].* used by Add\(x, y\).*givens"
    ):
        function([x], x + y)


def test_a_missing_input_of_an_update_is_named():
    s, y = shared(0.0), pt.dscalar("y")
    with pytest.raises(MissingInputError, match="an update depends on y"):
        function([], updates={s: y})


def test_an_unused_input_raises_warns_or_passes():
    x, y = pt.dscalars("x", "y")
    with pytest.raises(UnusedInputError, match="uses y, input 1"):
        function([x, y], x)
    with pytest.warns(UserWarning, match="uses y, input 1"):
        f = function([x, y], x, on_unused_input="warn")
    assert f(1, 2) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert function([x, y], x, on_unused_input="ignore")(1, 2) == 1
    with lamina.config.change_flags(on_unused_input="ignore"):
        assert function([x, y], x)(1, 2) == 1
    with pytest.raises(ValueError, match="'raise', 'warn' or 'ignore'"):
        function([x, y], x, on_unused_input="never")


def test_an_input_that_only_givens_use_is_used():
    x, y = pt.dscalars("x", "y")
    assert function([x, y], x, givens={x: y}, on_unused_input="ignore")(1, 2) == 2
    with pytest.raises(UnusedInputError, match="uses x"):
        function([x, y], x, givens={x: y})


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        (lambda x, s: [x, x], UnusedInputError, "x is given twice, as inputs 0 and 1"),
        (lambda x, s: [x, In(x)], UnusedInputError, "x is given twice"),
        (lambda x, s: [x, s], TypeError, r"shared variable s cannot be an input.*givens=\{s: x\}"),
        (lambda x, s: [x, pt.constant(1)], TypeError, "constant 1 cannot be an input"),
        (lambda x, s: [x, 3], TypeError, "input 1 must be a Variable or In, got 3 of type int"),
        (lambda x, s: [x, [s]], TypeError, "input 1 must be a Variable or In"),
        (lambda x, s: x, TypeError, "must be a list"),
        (lambda x, s: None, TypeError, "must be a list"),
        (lambda x, s: {x: 1}, TypeError, "must be a list"),
    ],
)
def test_wrong_inputs_are_refused(inputs, error, message):
    x, s = pt.dscalar("x"), shared(0.0, "s")
    with pytest.raises(error, match=message):
        function(inputs(x, s), x)


@pytest.mark.parametrize("output", ["x", object(), [object()], {"a": None}, np.exp, [[1, "a"]]])
def test_an_output_that_is_no_variable_is_refused(output):
    with pytest.raises(TypeError, match="an output must be a Variable or Out, got"):
        function([], output)


def test_keys_of_outputs_are_strings():
    x = pt.dscalar("x")
    with pytest.raises(TypeError, match="keys of the outputs must be str"):
        function([x], {1: x})


def test_an_unknown_keyword_of_function_is_refused():
    with pytest.raises(TypeError, match="speed"):
        function([], [], speed=9)


# --- defaults


def test_an_argument_with_a_default_may_be_left_out(mode):
    x, y = pt.dscalars("x", "y")
    f = function([x, In(y, value=10)], x + y, mode=mode)
    assert (f(1), f(1, 2), f(1, y=3), f(y=1, x=1)) == (11, 3, 4, 2)


def test_a_default_can_be_read_and_replaced(mode):
    x, y = pt.dscalars("x", "y")
    f = function([x, In(y, value=10.0)], x + y, mode=mode)
    assert f["y"] == 10
    f["y"] = 20
    assert (f.value["y"], f(1)) == (20, 21)
    with pytest.raises(KeyError, match="no input z.*x, y"):
        f["z"]
    with pytest.raises(TypeError):
        f["y"] = [1, 2]


def test_a_default_with_an_update_is_a_state_of_the_function(mode):
    x, total = pt.dscalars("x", "total")
    f = function([x, In(total, value=0, update=total + x)], total, mode=mode)
    assert (f(1), f(2), f(4), f["total"]) == (0, 1, 3, 7)
    assert f(1, 100) == 100
    assert f["total"] == 101


def test_an_implicit_input_is_no_argument(mode):
    x, y = pt.dscalars("x", "y")
    f = function([In(y, value=2.0, implicit=True), x], x * y, mode=mode)
    assert f(3) == 6
    f["y"] = 5
    assert f(3) == 15
    with pytest.raises(TypeError, match=r"takes 1 argument \(x\), got 2"):
        f(3, 4)


def test_a_default_is_a_copy_unless_borrowed():
    x, value = pt.dvector("x"), np.ones(2)
    copied = function([In(x, value=value)], x.sum(), mode="NUMPY")
    borrowed = function([In(x, value=value, borrow=True)], x.sum(), mode="NUMPY")
    value[0] = 10
    assert (copied(), borrowed()) == (2, 11)


def test_a_default_that_does_not_fit_is_refused():
    with pytest.raises(TypeError, match="default value of x"):
        function([In(pt.dvector("x"), value=[[1, 2]])], 1)


# --- results belong to the caller


def test_results_do_not_alias_inputs_shared_values_constants_or_each_other(mode):
    x, s, c = pt.dmatrix("x"), shared(np.ones((2, 2)), "s"), pt.constant(np.ones((2, 2)))
    given = np.ones((2, 2))
    f = function([x], [x, x.T, x[0], x.reshape((4,)), s, s.T, c, c[0], s[:, 0]], mode=mode)
    results = f(given)
    owned = [given, s.get_value(borrow=True), c.data]
    for i, result in enumerate(results):
        assert result.flags.writeable
        assert not any(np.shares_memory(result, other) for other in owned + results[:i])
    for result in results:
        result[...] = 7
    assert given.sum() == s.get_value().sum() == c.data.sum() == 4
    np.testing.assert_array_equal(f(given)[4], np.ones((2, 2)))


def test_stored_updates_do_not_alias_inputs_or_results(mode):
    s, x = shared(np.zeros(3), "s"), pt.dvector("x")
    f = function([x], [x, s], updates={s: x}, mode=mode)
    given = np.arange(3.0)
    first, _ = f(given)
    given[:] = 100
    first[:] = 200
    np.testing.assert_array_equal(s.get_value(), [0, 1, 2])
    _, second = f(given)
    second[:] = 300
    np.testing.assert_array_equal(s.get_value(), [100, 100, 100])


def test_results_of_two_calls_do_not_alias(mode):
    x = pt.dvector("x")
    f = function([x], x + 1, mode=mode)
    first = f([1, 2])
    f([10, 20])
    np.testing.assert_array_equal(first, [2, 3])


def test_inputs_are_not_overwritten(mode):
    x = pt.dvector("x")
    given = np.arange(4.0)
    function([x], pt.exp(x)[1:].set(0).sum(), mode=mode)(given)
    np.testing.assert_array_equal(given, np.arange(4.0))


def test_a_borrowed_result_has_the_same_value(mode):
    x = pt.dvector("x")
    np.testing.assert_array_equal(function([x], Out(x, borrow=True), mode=mode)([1, 2]), [1, 2])


def test_a_mutable_input_may_be_of_any_array(mode):
    x = pt.dvector("x")
    f = function([In(x, mutable=True)], x * 2, mode=mode)
    np.testing.assert_array_equal(f(np.arange(4.0)[::2]), [0, 4])


# --- run-time errors


def test_a_run_time_error_names_the_operands_and_the_users_line(mode):
    width, height = pt.dvectors("width", "height")
    area = width * height
    f = function([width, height], area, mode=mode)
    with pytest.raises(ValueError, match=r"(?s)Mul.*width.*height.*`area = width \* height`"):
        f([1, 2, 3], [1, 2, 3, 4])


def test_a_run_time_one_does_not_broadcast(mode):
    x, y = pt.dvectors("x", "y")
    f = function([x, y], x + y, mode=mode)
    with pytest.raises(ValueError, match="statically 1"):
        f([1, 2], [1])


# --- names


def test_a_function_has_a_name_that_its_errors_use():
    x = pt.dscalar("x")
    f = function([x], x, name="train", mode="NUMPY")
    assert f.name == "train"
    with pytest.raises(TypeError, match="^train misses argument 'x'"):
        f()
    with pytest.raises(TypeError, match=r"^function of test_function_maker.py:\d+ misses"):
        function([x], x, mode="NUMPY")()


def test_a_deep_graph_is_compiled_and_run():
    x = pt.dscalar("x")
    y = x
    for _ in range(20_000):
        y = y + 1
    assert function([x], y, mode="NUMPY")(0.5) == 20_000.5
