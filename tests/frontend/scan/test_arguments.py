"""What the reference says of the arguments of scan, sentence by sentence."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.scan import until
from tests.frontend.scan.both_modes import values

pytestmark = pytest.mark.filterwarnings("ignore:function. the loop")  # of updates left aside


def test_arguments_of_a_step_come_in_the_documented_order():
    s1, s2, s3 = (pt.dvector(f"s{i}") for i in (1, 2, 3))
    o1, o2, o3 = pt.dvector("o1"), pt.dscalar("o2"), pt.dscalar("o3")
    a1, a2 = pt.dscalar("a1"), pt.dscalar("a2")
    seen = []

    def step(*args):
        seen.extend(args)
        return args[5] + args[0], args[1], args[7] + args[4]

    outputs, _ = lamina.scan(
        step,
        sequences=[dict(input=s1, taps=[-3, 2, -1]), s2, dict(input=s3, taps=3)],
        outputs_info=[dict(initial=o1, taps=[-3, -5]), dict(initial=o2, taps=None), o3],
        non_sequences=[a1, a2],
    )
    names = [v.name for v in seen]
    assert names == [
        "s1[t-3]", "s1[t+2]", "s1[t-1]", "s2[t]", "s3[t+3]", "o1[t-3]", "o1[t-5]", "o3[t-1]",
        "a1", "a2",
    ]  # fmt: skip
    x1, x2, x3 = np.arange(12.0), np.arange(12.0) * 10, np.arange(12.0) * 100
    start = np.array([1.0, 2, 3, 4, 5])
    n = min(12 - 5, 12, 12 - 3)
    first, last = list(start), [7.0]
    for t in range(n):
        # the first sequence begins at 3, its first row with three rows before it
        first.append(first[-3] + x1[t])
        last.append(last[-1] + x3[t + 3])
    found = values([s1, s2, s3, o1, o3], outputs, x1, x2, x3, start, 7.0)
    np.testing.assert_allclose(found[0], first[5:])
    np.testing.assert_allclose(found[1], x1[5 : 5 + n])
    np.testing.assert_allclose(found[2], last[1:])


def test_the_initial_state_is_ordered_as_the_rows_before_the_first_step():
    x = pt.dvector("x")
    outputs, _ = lamina.scan(
        lambda a, b, c: [a + 10 * b + 100 * c], outputs_info=dict(initial=x, taps=[-5, -2, -1]),
        n_steps=2,
    )  # fmt: skip
    found = values([x], outputs, [1, 2, 3, 4, 5])
    first = 1 + 40 + 500
    np.testing.assert_array_equal(found, [first, 2 + 50 + 100 * first])


def test_negative_taps_of_a_sequence_begin_at_its_first_row():
    x = pt.dvector("x")
    before, _ = lamina.scan(lambda a: a, dict(input=x, taps=[-1]))
    both, _ = lamina.scan(lambda a, b: b - a, dict(input=x, taps=[-1, 0]))
    ahead, _ = lamina.scan(lambda a: a, dict(input=x, taps=2))
    found = values([x], [before, both, ahead], [1, 2, 4, 8])
    np.testing.assert_array_equal(found[0], [1, 2, 4])
    np.testing.assert_array_equal(found[1], [1, 2, 4])
    np.testing.assert_array_equal(found[2], [4, 8])


def test_taps_of_rows_backwards():
    x = pt.dvector("x")
    y, _ = lamina.scan(lambda a, b: b - a, dict(input=x, taps=[0, 1]), go_backwards=True)
    np.testing.assert_array_equal(values([x], y, [1, 2, 4, 8]), [4, 2, 1])


def test_variables_that_a_step_uses_need_not_be_listed():
    W, v = pt.dmatrix("W"), lamina.shared(np.array([1.0, 2.0]), "v")
    W_2 = W**2
    rows = pt.dmatrix("rows")
    y, updates = lamina.scan(lambda x: pt.dot(x, W_2) + v, rows)
    assert updates == {}
    w, r = np.arange(4.0).reshape(2, 2), np.arange(6.0).reshape(3, 2)
    np.testing.assert_allclose(values([W, rows], y, w, r), r @ w**2 + [1, 2])


def test_what_is_the_same_in_every_step_is_computed_before_the_loop():
    W, rows = pt.dmatrix("W"), pt.dmatrix("rows")
    y, _ = lamina.scan(lambda x, W: x @ pt.exp(W), rows, non_sequences=W)
    assert "Exp" not in {str(node.op) for node in y.owner.op.fgraph.toposort()}
    assert any(v.owner is not None and str(v.owner.op) == "Exp" for v in y.owner.inputs)


@pytest.mark.parametrize("form", range(7))
def test_a_step_may_return_outputs_and_updates_in_any_order(form):
    n = lamina.shared(np.int64(0), "n")
    x = pt.dvector("x")
    forms = [
        lambda v: ([2 * v, n], {n: n + 1}),
        lambda v: ({n: n + 1}, [2 * v, n]),
        lambda v: ((2 * v, n), [(n, n + 1)]),
        lambda v: ([(n, n + 1)], (2 * v, n)),
        lambda v: (2 * v, n, {n: n + 1}),
        lambda v: ([2 * v, n], {n: n + 1}, until(v > 100)),
        lambda v: (until(v > 100), {n: n + 1}, [2 * v, n]),
    ]
    (doubled, counts), updates = lamina.scan(forms[form], x)
    assert list(updates) == [n]
    found = values([x], [doubled, counts, updates[n]], [1, 2, 3])
    np.testing.assert_array_equal(found[0], [2, 4, 6])
    np.testing.assert_array_equal(found[1], [0, 1, 2])
    assert found[2] == 3


@pytest.mark.parametrize("form", range(4))
def test_a_step_may_return_updates_alone(form):
    n = lamina.shared(np.int64(1), "n")
    forms = [
        lambda: {n: 2 * n},
        lambda: [(n, 2 * n)],
        lambda: ({n: 2 * n}, until(n > 4)),
        lambda: ([], {n: 2 * n}),
    ]
    outputs, updates = lamina.scan(forms[form], n_steps=5)
    assert outputs is None
    f = lamina.function([], [], updates=updates)
    f()
    assert n.get_value() == (16 if form == 2 else 32)  # 8 is the first above 4


def test_a_step_may_return_outputs_alone_as_a_tuple_list_or_variable():
    x = pt.dvector("x")
    one, _ = lamina.scan(lambda v: -v, x)
    pair, _ = lamina.scan(lambda v: (-v, 2 * v), x)
    listed, _ = lamina.scan(lambda v: [-v], x)
    always, _ = lamina.scan(lambda v: -v, x, return_list=True)
    assert isinstance(pair, list) and isinstance(always, list) and len(always) == 1
    found = values([x], [one, *pair, listed, *always], [1, 2])
    for y, expected in zip(found, ([-1, -2], [-1, -2], [2, 4], [-1, -2], [-1, -2]), strict=True):
        np.testing.assert_array_equal(y, expected)


def test_until_is_a_third_element_and_its_step_counts():
    x = lamina.shared(np.float64(45), "x")

    def step(y):
        return [y + x], {x: x + 1}, until(x > 48)

    ys, updates = lamina.scan(step, outputs_info=np.float64(0), n_steps=1000)
    found = values([], [ys, updates[x], ys.shape[0]])
    np.testing.assert_array_equal(found[0], np.cumsum([45.0, 46, 47, 48, 49]))
    assert found[1] == 50 and found[2] == 5


def test_a_condition_that_never_holds_leaves_the_number_of_steps():
    x = pt.dvector("x")
    y, _ = lamina.scan(lambda v: (v, until(v < 0)), x)
    z, _ = lamina.scan(lambda v: (v, until(v < 0)), x, n_steps=2)
    found = values([x], [y, z], [1, 2, 3])
    assert found[0].tolist() == [1, 2, 3] and found[1].tolist() == [1, 2]


@pytest.mark.parametrize("entry", [None, {}, dict(taps=None), dict(initial=None)])
def test_an_output_without_initial_state_is_not_passed_on(entry):
    x = pt.dvector("x")
    y, _ = lamina.scan(lambda v: v + 1, x, outputs_info=[entry])
    np.testing.assert_array_equal(values([x], y, [1, 2]), [2, 3])


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: dict(initial=s)])
@pytest.mark.parametrize("listed", [True, False])
def test_an_initial_state_alone_means_the_last_step(wrap, listed):
    x, s = pt.dvector("x"), pt.dscalar("s")
    entry = wrap(s)
    y, _ = lamina.scan(lambda v, last: v + last, x, outputs_info=[entry] if listed else entry)
    np.testing.assert_array_equal(values([x, s], y, [1, 2], 5), [6, 8])


@pytest.mark.parametrize("info", [None, [], ()])
def test_without_outputs_info_no_output_is_passed_on(info):
    x = pt.dvector("x")
    (y, z), _ = lamina.scan(lambda v: (v + 1, v - 1), x, outputs_info=info)
    found = values([x], [y, z], [1, 2])
    assert found[0].tolist() == [2, 3] and found[1].tolist() == [0, 1]


def test_a_tap_beyond_the_last_step_alone():
    x = pt.dvector("x")
    y, _ = lamina.scan(lambda a: 2 * a, outputs_info=dict(initial=x, taps=[-2]), n_steps=5)
    assert values([x], y, [1, 10]).tolist() == [2, 20, 4, 40, 8]


def test_n_steps_of_0_gives_outputs_without_rows():
    x, n = pt.dmatrix("x"), pt.lscalar("n")
    y, _ = lamina.scan(lambda row, s: s + row, x, pt.zeros(3), n_steps=0)
    z, _ = lamina.scan(lambda row, s: s + row, x, pt.zeros(3), n_steps=n)
    found = values([x, n], [y, z], np.ones((4, 3)), 0)
    assert found[0].shape == (0, 3) and found[1].shape == (0, 3)
    assert y.type.shape == (0, 3)


@pytest.mark.parametrize("n_steps", [3, np.int32(3), np.array(3), pt.constant(3)])
def test_n_steps_may_be_any_integer(n_steps):
    y, _ = lamina.scan(lambda s: 2 * s, outputs_info=np.float64(1), n_steps=n_steps)
    assert y.type.shape == (3,)
    assert values([], y).tolist() == [2, 4, 8]


def test_n_steps_may_be_symbolic_and_takes_the_first_rows():
    n, x = pt.iscalar("n"), pt.dvector("x")
    y, _ = lamina.scan(lambda v, s: v + s, x, np.float64(0), n_steps=n)
    back, _ = lamina.scan(lambda v: v, x, n_steps=n, go_backwards=True)
    found = values([x, n], [y, back], [1, 2, 3, 4], 2)
    assert found[0].tolist() == [1, 3] and found[1].tolist() == [4, 3]


def test_go_backwards_begins_at_the_end():
    x, y = pt.dvector("x"), pt.dvector("y")
    z, _ = lamina.scan(lambda a, b: a - b, [x, y], go_backwards=True)
    assert values([x, y], z, [1, 2, 3], [10, 20, 30]).tolist() == [-27, -18, -9]


def test_truncate_gradient_goes_back_that_many_steps():
    w = pt.dscalar("w")
    costs = []
    for k in (-1, 0, 1, 3):
        y, _ = lamina.scan(
            lambda s: s * w, outputs_info=np.float64(1), n_steps=5, truncate_gradient=k
        )
        costs.append(lamina.grad(y[-1], w))
    found = values([w], costs, 2.0)
    # d/dw w^5 is a sum over the 5 factors, each of which adds w^4
    assert [float(g) for g in found] == [5 * 16.0, 0, 16, 3 * 16]


def test_a_loop_bears_its_name():
    y, _ = lamina.scan(lambda v: v, pt.dvector("x"), name="my_loop")
    assert str(y.owner.op) == "Scan{my_loop, while_loop=False, inplace=none}"
    z, _ = lamina.scan(lambda v: (v, until(v > 1)), pt.dvector("x"))
    assert str(z.owner.op) == "Scan{scan_fn, while_loop=True, inplace=none}"


def test_a_mode_that_interprets_lets_python_run_the_loop():
    x = pt.dvector("x")
    y, _ = lamina.scan(lambda v: 2 * v, x, mode="NUMPY")
    f = lamina.function([x], y)
    assert "Scan" in repr(f)
    assert f([1, 2]).tolist() == [2, 4]
    with pytest.raises(ValueError, match="NOMODE"):
        lamina.scan(lambda v: v, x, mode="NOMODE")


def test_profile_and_allow_gc_are_taken():
    x = pt.dvector("x")
    y, _ = lamina.scan(lambda v: 2 * v, x, profile=True, allow_gc=False)
    assert values([x], y, [1]).tolist() == [2]


def test_strict_asks_for_everything_that_a_step_uses():
    from lamina.graph.utils import MissingInputError

    x, w = pt.dvector("x"), pt.dscalar("w")
    s = lamina.shared(2.0, "s")
    with pytest.raises(MissingInputError, match="add s"):
        lamina.scan(lambda v: v * s, x, strict=True)
    with pytest.raises(MissingInputError, match="add w"):
        lamina.scan(lambda v: v * w, x, strict=True)
    with pytest.raises(MissingInputError, match="add s"):
        lamina.scan(lambda v: (v, {s: 3.0}), x, strict=True)
    y, _ = lamina.scan(lambda v, a, b: v * a * b, x, non_sequences=[s, w], strict=True)
    assert values([x, w], y, [1, 2], 10).tolist() == [20, 40]


def test_outputs_alone_are_returned_without_updates():
    x = pt.dvector("x")
    y = lamina.scan(lambda v: 2 * v, x, return_updates=False)
    assert values([x], y, [1, 2]).tolist() == [2, 4]
    s = lamina.shared(2.0, "s")
    with pytest.raises(ValueError, match="update s"):
        lamina.scan(lambda v: (v, {s: s + 1}), x, return_updates=False)


def test_numbers_may_be_sequences_and_initial_states():
    y, _ = lamina.scan(lambda v, s: v + s, [[1.0, 2.0]], outputs_info=[np.float64(10)])
    z, _ = lamina.scan(lambda i, s: s * i, np.arange(1, 30), outputs_info=1)
    assert y.type.shape == (2,) and z.type.dtype == "int64"
    found = values([], [y, z])
    assert found[0].tolist() == [11, 13]
    assert found[1][19] == 2432902008176640000


def test_matrices_and_mixed_ranks_are_carried():
    A = pt.dmatrix("A")
    (powers, traces), _ = lamina.scan(
        lambda P, t, A: (P @ A, t + pt.diag(P).sum()),
        outputs_info=[pt.eye(2), np.float64(0)],
        non_sequences=A,
        n_steps=4,
    )
    a = np.array([[1.0, 1], [1, 0]])
    found = values([A], [powers, traces], a)
    expected = [np.linalg.matrix_power(a, k) for k in range(5)]
    np.testing.assert_allclose(found[0], expected[1:])
    np.testing.assert_allclose(found[1], np.cumsum([np.trace(P) for P in expected[:4]]))
