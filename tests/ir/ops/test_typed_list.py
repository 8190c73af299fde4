import copy
import pickle

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina import typed_list
from lamina.typed_list.basic import Append, Extend, GetItem, Insert, Remove, Reverse
from lamina.typed_list.type import TypedListType

VECTORS = TypedListType(pt.dvector)


@pytest.fixture
def items():
    return VECTORS("items")


def arrays(*rows):
    return [np.array(row, float) for row in rows]


def plain(value):
    return [plain(v) for v in value] if isinstance(value, list) else value.tolist()


def test_a_type_is_that_of_its_elements():
    assert VECTORS == TypedListType(pt.TensorType("float64", (None,))) != TypedListType(pt.fvector)
    nested = TypedListType(pt.dvector, 2)
    assert nested == TypedListType(TypedListType(VECTORS))
    assert (nested.get_depth(), VECTORS.get_depth()) == (2, 0)
    assert str(VECTORS) == "TypedList <Vector(float64, shape=(?,))>"
    assert VECTORS("x").ttype == pt.dvector and VECTORS("x").dtype == "float64"
    assert hash(VECTORS) == hash(pickle.loads(pickle.dumps(VECTORS)))
    with pytest.raises(TypeError):
        TypedListType(3)
    with pytest.raises(ValueError):
        TypedListType(pt.dvector, -1)


def test_values_are_lists_of_values_of_the_element_type():
    assert plain(VECTORS.filter([[1, 2], np.ones(1)])) == [[1, 2], [1]]
    for wrong in (np.ones(3), ([1.0],), [[[1.0]]], ["x"]):
        with pytest.raises(TypeError):
            VECTORS.filter(wrong)
    with pytest.raises(TypeError):
        VECTORS.filter([[1, 2]], strict=True)
    assert VECTORS.values_eq(arrays([1], [2]), arrays([1], [2]))
    assert not VECTORS.values_eq(arrays([1]), arrays([1], [2]))
    assert VECTORS.values_eq_approx(arrays([1]), arrays([1 + 1e-9]))
    assert VECTORS.is_super(TypedListType(pt.TensorType("float64", (3,))))


def test_lists_do_what_python_lists_do(items):
    x, i = pt.dvector("x"), pt.iscalar("i")
    outputs = [
        items[i], items[-1], items[1:], items[::-1], items[:i], items[i:None:2],
        items.append(x), items.extend(items), items.insert(i, x), items.insert(-1, x),
        items.remove(x), items.reverse(), items.count(x), items.ind(x), typed_list.length(items),
        typed_list.make_list([x, x + 1]),
    ]  # fmt: skip
    f = lamina.function([items, x, i], outputs)
    given, v, n = arrays([1], [2, 3], [1], [4]), np.array([1.0]), 1
    before = copy.deepcopy(given)
    results = f(given, v, n)
    lists = plain(given)
    expected = [
        lists[n], lists[-1], lists[1:], lists[::-1], lists[:n], lists[n::2],
        [*lists, [1]], lists + lists, [[1], [1], *lists[1:]], [*lists[:-1], [1], [4]],
        lists[1:], lists[::-1], 2, 0, 4, [[1], [2]],
    ]  # fmt: skip
    assert [plain(r) for r in results] == expected
    assert plain(given) == plain(before)
    flat = [e for r in results if isinstance(r, list) for e in r]
    flat += [r for r in results if isinstance(r, np.ndarray)]
    assert not any(np.shares_memory(a, b) for a in flat for b in (*given, v))


def test_equality_is_that_of_the_element_type(items):
    x = pt.dvector("x")
    f = lamina.function([items, x], [items.count(x), items.ind(x)])
    assert [int(r) for r in f(arrays([1, 2], [1], [1, 2]), [1.0, 2.0])] == [2, 0]
    with pytest.raises(ValueError, match="not in the list"):
        f(arrays([1], [2]), [3.0])
    g = lamina.function([items, x], items.remove(x))
    with pytest.raises(ValueError, match="not in the list"):
        g([], [3.0])
    with pytest.raises(IndexError):
        lamina.function([items], items[3])(arrays([1]))


def test_ops_in_place_leave_the_users_list_as_it_is(items):
    x = pt.dvector("x")
    outputs = [
        Append(inplace=True)(items, x),
        Extend(inplace=True)(items, items),
        Insert(inplace=True)(items, 0, x),
        Remove(inplace=True)(items, x),
        Reverse(inplace=True)(items),
        typed_list.length(items),
    ]
    assert [v.owner.op.destroy_map for v in outputs[:5]] == [{0: [0]}] * 5
    given = arrays([1], [2])
    results = lamina.function([items, x], outputs)(given, [1.0])
    assert plain(given) == [[1], [2]]
    assert [plain(r) for r in results] == [
        [[1], [2], [1]], [[1], [2], [1], [2]], [[1], [1], [2]], [[2]], [[2], [1]], 2,
    ]  # fmt: skip


def test_lists_of_lists_and_of_other_types():
    nested = TypedListType(pt.ivector, 1)("nested")
    inner = TypedListType(pt.ivector)("inner")
    f = lamina.function(
        [nested, inner], [nested.append(inner)[-1][0], nested[0], nested.count(inner)]
    )
    one, lists, count = f([[[1, 2]], []], [[5]])
    assert (plain(one), plain(lists), int(count)) == ([5], [[1, 2]], 0)
    assert one.dtype == "int32"


def test_what_is_computed_from_elements_is_an_array(items):
    f = lamina.function([items], pt.exp(items[0]).sum() + typed_list.length(items))
    assert float(f(arrays([0, 0], [1]))) == 4


def test_constants_and_empty_lists(items):
    empty = VECTORS.make_constant([])
    f = lamina.function(
        [items], [items.extend(empty), empty.append([1.0, 2.0]), items.extend([[3.0]])]
    )
    assert [plain(r) for r in f(arrays([1]))] == [[[1]], [[1, 2]], [[1], [3]]]
    assert empty.signature() == VECTORS.make_constant([]).signature()
    one = VECTORS.make_constant(arrays([1])).signature()
    assert (
        hash(one) == hash(VECTORS.make_constant(arrays([1])).signature())
        and one != empty.signature()
    )


def test_mistakes_are_found_when_the_graph_is_built(items):
    x, m, a = pt.dvector("x"), pt.dmatrix("m"), pt.dscalar("a")
    for mistake in (
        lambda: items.append(m),
        lambda: items.extend(TypedListType(pt.fvector)("other")),
        lambda: items[a],
        lambda: typed_list.length(x),
        lambda: typed_list.make_list([x, m]),
        lambda: typed_list.make_list([]),
        lambda: len(items),
        lambda: list(items),
    ):
        with pytest.raises(TypeError):
            mistake()
    assert GetItem()(items, slice(None)).type == VECTORS
