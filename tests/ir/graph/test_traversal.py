import pytest

import lamina.ir.operators as nd
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.traversal import (
    ancestors,
    apply_ancestors,
    apply_depends_on,
    applys_between,
    explicit_graph_inputs,
    general_toposort,
    get_var_by_name,
    graph_inputs,
    io_toposort,
    orphans_between,
    toposort,
    truncated_graph_inputs,
    variable_depends_on,
    vars_between,
    walk,
)
from lamina.ir.ops.constant import constant

VECTOR = TensorType("float64", (None,))
LENGTH = 20_000


def vectors(names):
    return [VECTOR(name) for name in names]


def is_ordered(nodes):
    done = set()
    for node in nodes:
        if any(v.owner is not None and v.owner not in done for v in node.inputs):
            return False
        done.add(node)
    return True


@pytest.fixture(scope="module")
def chain():
    x = VECTOR("x")
    y = x
    for _ in range(LENGTH):
        y = nd.neg(y)
    return x, y


def test_walk_visits_breadth_or_depth_first_and_each_once():
    children = {1: [2, 3], 2: [4], 3: [4], 4: [1]}
    assert list(walk([1], children.get)) == [1, 2, 3, 4]
    assert list(walk([1], children.get, bfs=False)) == [1, 3, 4, 2]
    assert list(walk([2], children.get, return_children=True))[0] == (2, [4])
    assert list(walk([1, 3, 5], lambda n: None, hash_fn=lambda n: n % 2)) == [1]


def test_toposort_puts_each_application_after_those_that_it_needs():
    x, y = vectors("xy")
    a = nd.exp(x)
    b = a * y
    c = a + b
    order = toposort([c, b])
    assert order == [a.owner, b.owner, c.owner]
    assert is_ordered(order)


def test_toposort_visits_the_operands_from_left_to_right():
    x, y = vectors("xy")
    a, b = nd.exp(x), nd.sin(y)
    assert toposort([b - a])[:2] == [b.owner, a.owner]


def test_toposort_stops_at_the_inputs_given():
    (x,) = vectors("x")
    a = nd.exp(x)
    b = nd.sin(a)
    assert toposort([b], [a]) == io_toposort([a], [b]) == list(applys_between([a], [b]))
    assert toposort([b], [a]) == [b.owner]
    assert toposort([b], [b]) == []


def test_general_toposort_follows_the_dependences_given():
    needs = {"cake": ["dough", "cream"], "dough": ["egg"], "cream": ["egg"], "egg": []}
    order = general_toposort(["cake"], needs.__getitem__)
    assert order == ["egg", "dough", "cream", "cake"]


def test_ancestors_come_from_left_to_right_the_graph_itself_first():
    x, y, z = vectors("xyz")
    a = x * y
    b = a + z
    assert list(ancestors([b])) == [b, a, x, y, z]
    assert list(ancestors([b], blockers=[a])) == [b, a, z]


def test_graph_inputs_are_what_nothing_computes():
    x, y = vectors("xy")
    one, shared = constant(1.0), SharedVariable(VECTOR, [1.0], name="w")
    total = nd.add(x * one, nd.second(shared, y))
    assert list(graph_inputs([total]))[0] is x
    assert set(graph_inputs([total])) == {x, one, shared, y}
    assert list(explicit_graph_inputs(total)) == [x, y]
    assert list(explicit_graph_inputs([total, nd.exp(y)])) == [x, y]


def test_what_lies_between_and_beside():
    x, y, z = vectors("xyz")
    a = x * y
    b = a + z
    assert set(vars_between([a], [b])) == {a, z, b}
    assert list(orphans_between([x, z], [b])) == [y]
    assert list(apply_ancestors([b])) == [a.owner, b.owner]


def test_dependence_of_variables_and_applications():
    x, y, z = vectors("xyz")
    a = x * y
    b = nd.exp(a)
    assert variable_depends_on(b, x)
    assert variable_depends_on(b, [z, y])
    assert not variable_depends_on(b, z)
    assert apply_depends_on(b.owner, a.owner)
    assert not apply_depends_on(a.owner, [b.owner])


def test_truncated_inputs_suffice_and_keep_the_ancestors_named():
    x, y, z = vectors("xyz")
    a = x * y
    b = nd.exp(a)
    c = b + z
    assert truncated_graph_inputs([c]) == [c]
    assert set(truncated_graph_inputs([c], [x])) == {x, y, z}
    assert set(truncated_graph_inputs([c], [b])) == {b, z}
    assert truncated_graph_inputs([c], [c]) == [c]


def test_a_variable_is_found_by_its_name_or_its_automatic_name():
    x, y = vectors("xy")
    a = x * y
    assert get_var_by_name([a], "y") == (y,)
    assert get_var_by_name([a], a.auto_name) == (a,)
    assert get_var_by_name([a], "nobody") == ()


def test_a_chain_of_20000_applications_is_walked(chain):
    x, y = chain
    assert len(toposort([y])) == LENGTH
    assert is_ordered(toposort([y]))
    assert sum(1 for _ in ancestors([y])) == LENGTH + 1
    assert list(graph_inputs([y])) == [x]
    assert variable_depends_on(y, x)
    assert len(general_toposort([y], lambda v: v.owner.inputs if v.owner else [])) == LENGTH + 1


def test_truncated_inputs_of_a_long_chain_take_linear_time(chain):
    x, y = chain
    assert truncated_graph_inputs([y], [x]) == [x]
