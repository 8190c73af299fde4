import numpy as np
import pytest

import lamina.tensor as pt
from lamina.graph.basic import equal_computations
from lamina.graph.replace import clone_replace, graph_replace
from lamina.graph.traversal import ancestors
from tests.evaluate import evaluate


def test_the_replacement_of_the_reference_prints_as_there():
    a = pt.tensor("b", shape=(None,))
    b = 2 * pt.pi * a
    c = pt.sin(b)
    d = 1 + c
    new = graph_replace(d, {c: pt.cos(b)})
    assert equal_computations([new], [1 + pt.cos(b)])
    assert equal_computations([d], [1 + pt.sin(b)])


def test_a_replacement_by_a_value_is_a_constant():
    x = pt.vector("x")
    assert evaluate(graph_replace((x**2).sum(), {x: np.array([1.0, 2.0])})) == 5


def test_one_output_gives_one_and_a_list_a_list():
    x, y = pt.scalars("x", "y")
    single = graph_replace(x + 1, {x: y})
    first, second = graph_replace([x + 1, y], {x: y})
    assert equal_computations([single, second], [y + 1, y])
    assert equal_computations([first], [y + 1])


def test_replacements_are_made_all_at_once():
    x, y = pt.scalars("x", "y")
    swapped = graph_replace(x - y, {x: y, y: x})
    assert equal_computations([swapped], [y - x])


def test_a_replacement_may_contain_what_it_replaces():
    x = pt.scalar("x")
    new = graph_replace(pt.exp(x), {x: pt.sin(x) + 1})
    assert equal_computations([new], [pt.exp(pt.sin(x) + 1)])


def test_an_output_can_be_replaced_itself():
    x, y = pt.scalars("x", "y")
    assert graph_replace(x, {x: y}) is y


def test_of_two_replaced_variables_the_one_nearer_to_the_output_decides():
    x, y, z = pt.scalars("x", "y", "z")
    inner = pt.exp(x)
    cost = pt.sin(inner)
    assert equal_computations([graph_replace(cost, {inner: z, x: y}, strict=False)], [pt.sin(z)])
    with pytest.raises(ValueError, match="x of type .* is not in the graph"):
        graph_replace(cost, {inner: z, x: y})


def test_what_is_not_in_the_graph_is_an_error_unless_not_strict():
    x, y = pt.scalars("x", "y")
    cost = pt.exp(x)
    with pytest.raises(ValueError, match="y of type .* is not in the graph"):
        graph_replace(cost, {y: x})
    assert graph_replace(cost, {y: x}, strict=False) is cost


def test_a_replacement_of_another_type_is_refused_with_both_types():
    x, x_vec = pt.dscalar("x"), pt.tensor("x_vec", shape=(None,))
    with pytest.raises(TypeError) as raised:
        graph_replace(pt.log(1 + x), {x: x_vec})
    assert str(raised.value) == (
        "Cannot convert Type Vector(float64, shape=(?,)) (of Variable x_vec) into Type "
        "Scalar(float64, shape=()). You can try to manually convert x_vec into a "
        "Scalar(float64, shape=())."
    )


def test_a_key_that_is_no_variable_is_refused():
    with pytest.raises(TypeError, match="must be Variables, got 'x'"):
        graph_replace(pt.scalar("x"), {"x": 1})


def test_a_narrower_static_shape_is_carried_on():
    x, three = pt.vector("x"), pt.tensor("three", shape=(3,))
    assert graph_replace(pt.exp(x) + 1, {x: three}).type.shape == (3,)


def test_names_stay_and_untouched_parts_are_shared():
    x, y, z = pt.vectors("x", "y", "z")
    kept = pt.exp(z)
    total = x * kept
    total.name = "total"
    new = graph_replace(total, {x: y})
    assert new.name == "total"
    assert new.owner.inputs[1] is kept


def test_replacement_goes_through_a_chain_of_20000_ops():
    x, y = pt.scalars("x", "y")
    chain = x
    for _ in range(20_000):
        chain = -chain
    assert evaluate(graph_replace(chain, {x: y}), {y: 2.0}) == 2


def test_a_weak_literal_stays_weak():
    x, y = pt.scalar("x"), pt.scalar("y")
    new = graph_replace(x * 2.5, {x: y}).owner.inputs[1]
    half = pt.tensor("half", dtype="float16", shape=())
    assert (half * new).dtype == "float16"


def test_clone_replace_copies_all_but_the_inputs():
    x, y, z = pt.vectors("x", "y", "z")
    shared_part = pt.exp(z)
    cost = (x * shared_part).sum()
    copy = clone_replace(cost, {x: y})
    assert equal_computations([copy], [(y * shared_part).sum()])
    assert shared_part not in set(ancestors([copy]))
    assert z in set(ancestors([copy]))


def test_clone_replace_without_replacements_is_a_copy():
    x = pt.vector("x")
    cost = pt.exp(x).sum()
    (copy,) = clone_replace([cost])
    assert copy is not cost
    assert equal_computations([copy], [cost])


def test_clone_replace_can_let_types_differ():
    x, m = pt.vector("x"), pt.matrix("m")
    assert clone_replace(pt.exp(x), {x: m}, rebuild_strict=False).type.ndim == 2
    with pytest.raises(TypeError):
        clone_replace(pt.exp(x), {x: m})
