"""Graphs with loops in them: vectorized, replaced, copied, pickled, printed."""

import copy
import pickle

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.graph import clone_replace, graph_replace, vectorize_graph
from lamina.scan import until
from tests.frontend.scan.both_modes import values

RNG = np.random.default_rng(0)


def recurrence():
    x, s, w = pt.dvector("x"), pt.dscalar("s"), pt.dscalar("w")
    (y, z), _ = lamina.scan(
        lambda v, a, b, w: (pt.tanh(w * a + b * v), a - b),
        x,
        outputs_info=[dict(initial=pt.stack([s, 2 * s]), taps=[-1, -2]), None],
        non_sequences=w,
    )
    return x, s, w, y, z


@pytest.mark.parametrize("batched", ["x", "s", "w", "xs", "xw", "sw", "xsw"])
def test_a_loop_over_a_batch_is_the_loop_over_each_element(batched):
    x, s, w, y, z = recurrence()
    given = {"x": RNG.normal(size=(3, 5)), "s": RNG.normal(size=3), "w": RNG.normal(size=3)}
    inputs, arguments, replace = [], [], {}
    for v in (x, s, w):
        value = given[v.name]
        if v.name in batched:
            replace[v] = pt.tensor(v.name, shape=(None,) * value.ndim)
        inputs.append(replace.get(v, v))
        arguments.append(value if v.name in batched else value[0])
    found = values(inputs, vectorize_graph([y, z, y[-1]], replace), *arguments)
    one = lamina.function([x, s, w], [y, z, y[-1]], mode="NUMPY")
    expected = [
        one(*(a[i] if v.name in batched else a for v, a in zip((x, s, w), arguments, strict=True)))
        for i in range(3)
    ]
    for k, whole in enumerate(found):
        np.testing.assert_allclose(whole, np.stack([e[k] for e in expected]))


def test_batches_of_several_dimensions_broadcast_where_they_are_known_to_be_1():
    x, s, w, y, _ = recurrence()
    xs, ss = pt.tensor("xs", shape=(2, 1, 4)), pt.tensor("ss", shape=(3,))
    batch = vectorize_graph(y, {x: xs, s: ss})
    assert batch.type.shape == (2, 3, 4)
    a, b = RNG.normal(size=(2, 1, 4)), RNG.normal(size=3)
    found = values([xs, ss, w], batch, a, b, 0.3)
    one = lamina.function([x, s, w], y, mode="NUMPY")
    np.testing.assert_allclose(found[1, 2], one(a[1, 0], b[2], 0.3))


def test_a_gradient_of_a_batch_of_loops():
    x, s, w, y, _ = recurrence()
    xs = pt.dmatrix("xs")
    batch = vectorize_graph(y.sum(), {x: xs})
    of_batch = lamina.grad(batch.sum(), [xs, w])
    a = RNG.normal(size=(3, 4))
    found = values([xs, s, w], of_batch, a, 0.5, 0.7)
    one = lamina.function([x, s, w], lamina.grad(y.sum(), [x, w]), mode="NUMPY")
    each = [one(row, 0.5, 0.7) for row in a]
    np.testing.assert_allclose(found[0], [g for g, _ in each])
    np.testing.assert_allclose(found[1], sum(g for _, g in each))


def test_a_carry_that_becomes_a_batch_and_one_that_does_not():
    x, c = pt.dvector("x"), pt.dscalar("c")
    (sums, steps), _ = lamina.scan(lambda v, s, n: (s + v, n + 1), x, [np.float64(0), c])
    xs = pt.dmatrix("xs")
    both = vectorize_graph([sums, steps], {x: xs})
    assert both[1].type.ndim == 1
    a = RNG.normal(size=(2, 3))
    found = values([xs, c], both, a, 4.0)
    np.testing.assert_allclose(found[0], np.cumsum(a, axis=1))
    np.testing.assert_array_equal(found[1], [5, 6, 7])


def test_what_differs_in_its_number_of_steps_has_no_batch():
    x, n, ns, xs = pt.dvector("x"), pt.lscalar("n"), pt.lvector("ns"), pt.dmatrix("xs")
    y, _ = lamina.scan(lambda a: 2 * a, outputs_info=np.float64(1), n_steps=n)
    with pytest.raises(NotImplementedError, match="number of steps"):
        vectorize_graph(y.owner.outputs[0], {n: ns})
    z, _ = lamina.scan(lambda v: (v, until(v > 1)), x)
    with pytest.raises(NotImplementedError, match="in another step for each"):
        vectorize_graph(z, {x: xs})


def test_jacobians_of_loops():
    x, s, w, y, _ = recurrence()
    jacobian = lamina.jacobian(y, x)
    a = RNG.normal(size=4)
    found = values([x, s, w], jacobian, a, 0.5, 0.7)
    f = lamina.function([x, s, w], y, mode="NUMPY")
    step = 1e-6
    for j in range(4):
        e = step * np.eye(4)[j]
        slope = (f(a + e, 0.5, 0.7) - f(a - e, 0.5, 0.7)) / (2 * step)
        np.testing.assert_allclose(found[:, j], slope, atol=1e-8)


def test_the_reference_example_of_a_jacobian_by_a_loop_over_outputs():
    x, A = pt.dvector("x"), pt.dmatrix("A")
    y = pt.tanh(A @ x)
    J, updates = lamina.scan(
        lambda i, y, x: pt.grad(y[i], x), sequences=pt.arange(y.shape[0]), non_sequences=[y, x]
    )
    a, b = RNG.normal(size=(3, 2)), RNG.normal(size=2)
    expected = (1 - np.tanh(a @ b) ** 2)[:, None] * a
    np.testing.assert_allclose(values([x, A], J, b, a, updates=updates), expected)


def test_operands_of_a_loop_can_be_replaced():
    x, s, w, y, _ = recurrence()
    x2 = pt.dvector("x2")
    replaced, cloned = graph_replace(y, {x: pt.exp(x2)}), clone_replace(y, {x: pt.exp(x2)})
    found = values([x2, s, w], [replaced, cloned], [0.1, 0.2], 0.3, 0.4)
    expected = values([x, s, w], y, np.exp([0.1, 0.2]), 0.3, 0.4)
    np.testing.assert_allclose(found, [expected, expected])


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_graphs_with_loops_are_copied_and_pickled(duplicate):
    x, s, w, y, _ = recurrence()
    x2, s2, w2, y2 = duplicate([x, s, w, y])
    assert y2.owner.op is not y.owner.op
    arguments = [0.1, 0.2], 0.3, 0.4
    np.testing.assert_array_equal(
        values([x2, s2, w2], y2, *arguments), values([x, s, w], y, *arguments)
    )


def test_functions_with_loops_are_pickled():
    x, s, w, y, _ = recurrence()
    f = lamina.function([x, s, w], y)
    again = pickle.loads(pickle.dumps(f))
    np.testing.assert_array_equal(again([1, 2], 3, 4), f([1, 2], 3, 4))


def test_forward_mode_through_loops_and_branches():
    x, s, w, y, _ = recurrence()
    v = pt.dvector("v")
    chosen = lamina.ifelse(w > 0, y, x)
    a, b = RNG.normal(size=4), RNG.normal(size=4)
    along = [lamina.Rop(y, x, v), lamina.Rop(chosen, x, v), lamina.jacobian(y, x) @ v]
    found = values([x, s, w, v], along, a, 0.5, 0.7, b)
    np.testing.assert_allclose(found[0], found[2])
    np.testing.assert_allclose(found[1], found[2])


def test_nested_loops():
    m = pt.dmatrix("m")

    def of_row(row, before):
        sums, _ = lamina.scan(lambda v, s: s + v * before, row, outputs_info=before)
        return sums[-1], sums

    (last, inner), _ = lamina.scan(of_row, m, outputs_info=[np.float64(1), None])
    cost = last.sum() + (inner**2).sum()
    a = RNG.normal(size=(3, 4))
    found = values([m], [last, inner, lamina.grad(cost, m)], a)
    before, rows = 1.0, []
    for row in a:
        rows.append(before + np.cumsum(row * before))
        before = rows[-1][-1]
    np.testing.assert_allclose(found[1], rows)
    np.testing.assert_allclose(found[0], [r[-1] for r in rows])
    f = lamina.function([m], cost, mode="NUMPY")
    for i, j in np.ndindex(3, 4):
        e = np.zeros((3, 4))
        e[i, j] = 1e-6
        np.testing.assert_allclose(found[2][i, j], (f(a + e) - f(a - e)) / 2e-6, atol=1e-6)


def test_printed_loops_tell_taps_and_what_inner_inputs_stand_for():
    *_, y, z = recurrence()
    text = str(lamina.dprint([y, z], print_op_info=True, file="str"))
    assert text == TREE


def test_information_about_a_loop():
    *_, y, _ = recurrence()
    info = y.owner.op.info
    assert (info.n_seqs, info.n_carries, info.n_non_seqs, info.as_while) == (1, 2, 1, False)


TREE = """\
Scan{scan_fn, while_loop=False, inplace=none}.2 [id A] (output 0)
 ├─ Shape_i{0} [id B] (number of steps)
 │  └─ x [id C]
 ├─ x [id C] (sequence 0, tap 0)
 ├─ Subtensor{i} [id D] (output 0, tap -1)
 │  ├─ MakeVector{dtype='float64'} [id E]
 │  │  ├─ s [id F]
 │  │  └─ Mul [id G]
 │  │     ├─ 2 [id H]
 │  │     └─ s [id F]
 │  └─ 1 [id I]
 ├─ Subtensor{i} [id J] (output 0, tap -2)
 │  ├─ MakeVector{dtype='float64'} [id E]
 │  │  └─ ···
 │  └─ 0 [id K]
 └─ w [id L] (non-sequence 0)
Scan{scan_fn, while_loop=False, inplace=none}.3 [id A] (output 1)
 └─ ···

Inner graphs:

Scan{scan_fn, while_loop=False, inplace=none} [id A] (last value)
 ← Tanh [id M] (next output 0, tap -1)
    └─ Add [id N]
       ├─ Mul [id O]
       │  ├─ w [id P] -> [id L] (non-sequence 0)
       │  └─ *1-<Scalar(float64, shape=())> [id Q] -> [id D] (output 0, tap -1)
       └─ Mul [id R]
          ├─ *2-<Scalar(float64, shape=())> [id S] -> [id J] (output 0, tap -2)
          └─ x[t] [id T] -> [id C] (sequence 0, tap 0)
 ← *1-<Scalar(float64, shape=())> [id Q] -> [id D] (output 0, tap -1)
 ← Tanh [id M] (next output 0, tap -1)
    └─ ···
 ← Sub [id U] (output 1)
    ├─ *1-<Scalar(float64, shape=())> [id Q] -> [id D] (output 0, tap -1)
    └─ *2-<Scalar(float64, shape=())> [id S] -> [id J] (output 0, tap -2)
"""
