"""Indices of indices, updates, joins, reshapes and reductions: what becomes of them."""

import itertools

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import grad_clip
from lamina.graph import rewrite_graph
from tests.evaluate import evaluate
from tests.passes.becomes import becomes
from tests.passes.shown import shown

x, y = pt.dvector("x"), pt.dvector("y")
m, w = pt.dmatrix("m"), pt.dmatrix("w")
s = pt.tensor("s", shape=(5,), dtype="float64")
t = pt.tensor("t", shape=(3, 2), dtype="float64")
a, b = pt.dscalar("a"), pt.dscalar("b")
k = pt.lscalar("k")


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (x[1:][1:], "Subtensor(x, 2)"), (x[1:][0], "Subtensor(x, 1)"),
        (x[::2][1], "Subtensor(x, 2)"),
        (x[::-1][0], "Subtensor(x, -1)"), (x[::-1][::-1], "x"), (x[:3][:2], "Subtensor(x, 2)"),
        (x[1:][:-1], "Subtensor(x, 1, -1)"), (x[:-1][:-1], "Subtensor(x, -2)"),
        (m[1:][:, 0], "Subtensor(m, 1, 0)"), (m[0][1:], "Subtensor(m, 0, 1)"),
        (m[k][1:], "Subtensor(m, k, 1)"), (s[-3:][1:], "Subtensor(s, 3, 5)"),
        (x[k:][1:], "Subtensor(Subtensor(x, k), 1)"),
        (x[-3:][1:], "Subtensor(Subtensor(x, -3), 1)"),
    ],
    ids=str,
)  # fmt: skip
def test_an_index_of_an_index_is_one_where_every_length_agrees(graph, expected):
    becomes(graph, expected, values={k: 1}, parameters=False)


n = pt.shape(x)[0]


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (x[0:n], "x"), (x[:n], "x"), (m[:, : m.shape[1]], "m"), (s[:9], "s"),
        (pt.arange(n)[:n], "ARange(0, Shape_i(x), 1)"), ((x + y)[:n], "Add(x, y)"),
        (m[0 : m.shape[0], 1:], "Subtensor(m, 1)"), (m[: m.shape[0], 0], "Subtensor(m, 0)"),
        (m[: m.shape[1]], "Subtensor(m, Shape_i(m))"), (s[:4], "Subtensor(s, 4)"),
        (x[1:n], "Subtensor(x, 1, Shape_i(x))"),
        (x[0:n:2], "Subtensor(x, 0, Shape_i(x), 2)"),
    ],
    ids=str,
)  # fmt: skip
def test_a_slice_of_as_much_as_there_is_takes_all(graph, expected):
    becomes(graph, expected, parameters=False)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (pt.arange(0.0, n, 1.0), "Cast(ARange(0, Shape_i(x), 1))"),
        (pt.arange(3.0, -n, -2.0), "Cast(ARange(3, Neg(Shape_i(x)), -2))"),
        (pt.arange(0.5, n, 1.0), "ARange(0.5, Cast(Shape_i(x)), 1.0)"),
        (pt.arange(0.0, a, 1.0), "ARange(0.0, a, 1.0)"),
        (pt.arange(0.0, n, 2.0**30), "ARange(0.0, Cast(Shape_i(x)), 1073741824.0)"),
        (pt.arange(n, dtype="float32"), "ARange(0.0, Cast(Shape_i(x)), 1.0)"),
    ],
    ids=str,
)  # fmt: skip
def test_a_range_of_doubles_up_to_an_integer_is_one_of_integers(graph, expected):
    becomes(graph, expected, parameters=False)


def test_what_clips_a_gradient_is_not_indexed_before_it_is_taken():
    graph = grad_clip(2 * x, 0.5, 1.0)[1:]
    before, after = (lamina.grad(g.sum(), x) for g in (graph, rewrite_graph(graph)))
    np.testing.assert_array_equal(evaluate(before, {x: [1.0, 2.0, 3.0]}), [1.0, 2.0, 2.0])
    np.testing.assert_array_equal(evaluate(after, {x: [1.0, 2.0, 3.0]}), [1.0, 2.0, 2.0])


BOUNDS = (None, -4, -1, 0, 1, 3, 9)
SLICES = [slice(i, j, n) for i in BOUNDS for j in BOUNDS for n in (None, 2, -1, -3)]


@pytest.mark.parametrize("v", [x, s])
def test_slices_of_slices_take_the_same_elements_at_every_length(v):
    numbers = np.random.default_rng(0)
    pairs = [(SLICES[i], SLICES[j]) for i, j in numbers.integers(0, len(SLICES), (150, 2))]
    pairs += [
        (slice(p, None, q), slice(r, None, q))
        for p, r, q in itertools.product((0, 1, 3), (0, 2), (1, 2))
    ]
    after = rewrite_graph([v[p][q] for p, q in pairs])
    merged = sum(shown(g).count("Subtensor") < 2 for g in after)
    assert merged > 20
    for n in (0, 1, 2, 5, 7) if v is x else (5,):
        array = np.arange(float(n))
        for (p, q), found in zip(pairs, evaluate(after, {v: array}), strict=True):
            np.testing.assert_array_equal(found, array[p][q], err_msg=f"{p} {q} {n}")


def test_an_integer_of_a_slice_is_the_same_element():
    cases = [(p, i) for p in SLICES[::3] for i in (-2, -1, 0, 2)]
    for n in (1, 4, 6):
        array = np.arange(float(n))
        for p, i in cases:
            if -len(array[p]) <= i < len(array[p]):
                assert evaluate(rewrite_graph(x[p][i]), {x: array}) == array[p][i], (p, i, n)


@pytest.mark.parametrize(
    "graph",
    [x[:3][3], x[2:][-3], x[1:][3], pt.zeros(x.shape)[3], (x[:, None] * x)[2:, 0][1]],
    ids=str,
)
def test_an_index_out_of_the_bounds_of_a_slice_raises(graph):
    f = lamina.function([x], graph)
    with pytest.raises(IndexError):
        f(np.zeros(3))


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (x[1:].set(y[1:])[1:], "Subtensor(y, 1)"), (x[0].set(a)[0], "a"),
        (x[0].inc(a)[0], "Add(Subtensor(x, 0), a)"), (x[0].set(a)[1], "Subtensor(x, 1)"),
        (x[:2].set(a)[2:], "Subtensor(x, 2)"), (x[2:].set(a)[1], "Subtensor(x, 1)"),
        (m[:, 0].set(a)[:, 1], "Subtensor(m, 1)"),
        (x[0].set(a)[-1], "Subtensor(SetSubtensor(x, a, 0), -1)"),
        (s[0].set(a)[-1], "Subtensor(s, -1)"),
        (s[0].set(a)[-5], "Subtensor(SetSubtensor(s, a, 0), -5)"),
        (x[k].set(a)[k], "a"), (x[1:].set(a)[0], "Subtensor(x, 0)"),
        (x[1:].set(a)[1:], "Alloc(a, Shape_i(Subtensor(x, 1)))"),
    ],
    ids=str,
)  # fmt: skip
def test_what_was_set_is_read_and_what_was_not_is_read_before(graph, expected):
    becomes(graph, expected, values={k: 2}, parameters=False)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (x[0].set(a)[0].set(b), "SetSubtensor(x, b, 0)"),
        (x[0].inc(a)[0].set(b), "SetSubtensor(x, b, 0)"),
        (x[0].set(a)[0].inc(b), "SetSubtensor(x, Add(a, b), 0)"), (x[1:].set(x[1:]), "x"),
        (x[1:].inc(0.0), "x"), (x + pt.zeros_like(x)[1:].inc(a), "IncSubtensor(x, a, 1)"),
        (pt.exp(x) + pt.zeros(x.shape)[0].set(a), "IncSubtensor(Exp(x), a, 0)"),
        (x[0].inc(a)[1].inc(b), "IncSubtensor(IncSubtensor(x, a, 0), b, 1)"),
    ],
    ids=str,
)  # fmt: skip
def test_updates_of_updates(graph, expected):
    becomes(graph, expected, parameters=False)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (pt.alloc(a, k)[0], "a"), (pt.alloc(a, k, 3)[:, 0], "Alloc(a, k)"),
        (pt.zeros(x.shape)[1:], "Alloc(0.0, Maximum(Sub(Shape_i(x), 1), 0))"),
        (pt.zeros(x.shape)[:2], "Alloc(0.0, Minimum(Shape_i(x), 2))"),
        (pt.alloc(x, 3, x.shape[0])[0], "x"),
        (pt.alloc(x, 3, x.shape[0])[0, 1:], "Subtensor(x, 1)"),
        (pt.alloc(x, 3, x.shape[0])[:, 0], "Alloc(Subtensor(x, 0), 3)"),
        (m.T[0], "Subtensor(m, 0)"), (m.T[0, 1:], "Subtensor(m, 1, 0)"), (m[None][0], "m"),
        (m.T[1:], "Transpose(Subtensor(m, 1))"), (x[:, None][k], "ExpandDims(Subtensor(x, k))"),
        (m.sum(axis=0)[1], "Sum(Subtensor(m, 1))"), (m.max(axis=1)[1:], "Max(Subtensor(m, 1))"),
        (pt.dot(m, w)[0], "Squeeze(Blockwise(ExpandDims(Subtensor(m, 0)), w))"),
        (pt.dot(m, w)[:, 1], "Squeeze(Blockwise(m, ExpandDims(Subtensor(w, 1))))"),
        (pt.concatenate([m, w], axis=0)[:, 1], "Join(Subtensor(m, 1), Subtensor(w, 1))"),
        (pt.concatenate([t, w])[1], "Subtensor(t, 1)"), (pt.concatenate([t, t + 1, w])[4], None),
        (pt.concatenate([s, x])[1:4], "Subtensor(s, 1, 4)"), (pt.concatenate([x, s])[0], None),
        (pt.stack([a, b, a])[1:], "MakeVector(b, a)"), (pt.stack([a, b])[::-1], "MakeVector(b, a)"),
    ],
    ids=str,
)  # fmt: skip
def test_indices_move_into_what_arrays_are_made_of(graph, expected):
    values = (
        {w: np.arange(8.0).reshape(4, 2)}
        if graph.owner and t in lamina.graph.basic.ancestors([graph])
        else {k: 2}
    )
    text = shown(rewrite_graph(graph)) if expected is None else expected
    becomes(graph, text, values=values, parameters=expected is None)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (pt.concatenate([pt.concatenate([x, y]), x]), "Join(x, y, x)"),
        (pt.concatenate([x, pt.zeros((0,)), y]), "Join(x, y)"),
        (pt.concatenate([pt.zeros(k), pt.zeros(x.shape), x]),
         "Join(Alloc(0.0, Add(k, Shape_i(x))), x)"),
        (pt.concatenate([x[:k], x[k:]]), "x"), (pt.concatenate([x[:1], x[1:3], x[3:]]), "x"),
        (pt.concatenate([m[:, :1], m[:, 1:]], axis=1), "m"),
        (pt.concatenate([x[:2], x[1:]]), "Join(Subtensor(x, 2), Subtensor(x, 1))"),
        (pt.concatenate([pt.stack([a]), pt.stack([b, a])]), "MakeVector(a, b, a)"),
        (pt.concatenate([x, y]).sum(), "Add(Sum(x), Sum(y))"),
        (pt.concatenate([m, w]).sum(axis=0), "Add(Sum(m), Sum(w))"),
        (pt.concatenate([s, s * s]).max(), "Maximum(Max(s), Max(Mul(s, s)))"),
        (pt.concatenate([x, y]).max(), "Max(Join(x, y))"),
    ],
    ids=str,
)  # fmt: skip
def test_joined_arrays(graph, expected):
    becomes(graph, expected, values={k: 2}, parameters=False)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (x.reshape((x.shape[0], 1)), "ExpandDims(x)"), (m[None].reshape((-1,)), None),
        (x.reshape((1, -1)), "ExpandDims(x)"),
        (pt.zeros((k, 2)).reshape((k * 2,)), "Alloc(0.0, Mul(k, 2))"),
        (t.reshape((3, 1, 2)), "ExpandDims(t)"), (t.reshape((2, 3)), None),
    ],
    ids=str,
)  # fmt: skip
def test_reshapes_that_move_no_element(graph, expected):
    text = shown(rewrite_graph(graph)) if expected is None else expected
    becomes(graph, text, values={k: 2}, parameters=expected is None)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ((a * x).sum(), "Mul(Sum(x), a)"), ((x / a).sum(), "True_div(Sum(x), a)"),
        ((m * x[:, None]).sum(axis=1), "Mul(Sum(m), x)"),
        ((m * x).sum(axis=1), "Sum(Mul(m, ExpandDims(x)))"),
        (m.T.sum(), "Sum(m)"), (m.T.sum(axis=0), "Sum(m)"), (m.T.max(axis=1), "Max(m)"),
        (m.ravel().sum(), "Sum(m)"), (pt.exp(m)[None].sum(axis=1), "ExpandDims(Sum(Exp(m)))"),
        (pt.alloc(x, 3, x.shape[0]).sum(axis=0), "Mul(x, [3.])"),
        (pt.alloc(x, k, x.shape[0]).prod(axis=0), "Pow(x, ExpandDims(Cast(k)))"),
        (pt.alloc(x, 3, x.shape[0]).max(axis=0), "x"), (pt.alloc(a, k).max(), "Max(Alloc(a, k))"),
        ((-x).max(), "Neg(Min(x))"), ((-x).argmax(), "Argmin(x)"),
        ((x + a).max(), "Add(Max(x), a)"),
        ((x - a).min(), "Sub(Min(x), a)"), ((2.0 * x).max(), "Mul(Max(x), 2.0)"),
        ((-2.0 * x).max(), "Mul(Min(x), -2.0)"), ((~pt.lt(x, y)).all(), "Invert(Any(Lt(x, y)))"),
    ],
    ids=str,
)  # fmt: skip
def test_reductions_leave_out_what_they_do_not_see(graph, expected):
    becomes(graph, expected, values={k: 2}, parameters=False)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (pt.dot(m, w).sum(axis=0), "Squeeze(Blockwise(ExpandDims(Sum(m)), w))"),
        (pt.dot(m, w).sum(axis=1), "Squeeze(Blockwise(m, ExpandDims(Sum(w))))"),
        (pt.dot(a * m, w), "Mul(Blockwise(m, w), ExpandDims(a))"),
        (pt.dot(-m, w), "Neg(Blockwise(m, w))"),
        (pt.dot(pt.zeros_like(m), w), "Alloc(0.0, Shape_i(m), Shape_i(w))"),
        (pt.dot(m, w) @ x, "Squeeze(Blockwise(m, Blockwise(w, ExpandDims(x))))"),
        (x @ pt.dot(m, w), "Squeeze(Blockwise(Blockwise(ExpandDims(x), m), w))"),
        (pt.dot(m.T, w.T), "Transpose(Blockwise(w, m))"),
        (pt.dot(m.T, w).T, "Blockwise(Transpose(w), m)"),
    ],
    ids=str,
)  # fmt: skip
def test_products_of_matrices(graph, expected):
    becomes(graph, expected, parameters=False)


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        ("int64 int32 int8", "Cast{int8}(v)"), ("int8 uint16 int8", "v"),
        ("int64 int8 int16", "Cast{int16}(Cast{int8}(v))"), ("uint8 int8 uint8", "v"),
    ],
)  # fmt: skip
def test_integers_that_wrap_twice_wrap_once(dtypes, expected):
    first, second, third = dtypes.split()
    v = pt.vector("v", dtype=first)
    becomes(
        v.astype(second).astype(third), expected, values={v: np.array([-3, 7, 100]).astype(first)}
    )
