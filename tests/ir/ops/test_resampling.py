"""Choices and random orders of compiled functions against NumPy's."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile import not_native

ROWS = np.arange(12.0).reshape(4, 3)
P = [0.1, 0.2, 0.3, 0.4]

# how many of how many: by a table of those drawn already, and by a shuffle that stops
PARTS = [
    (10, 3), (10, 10), (1, 1), (5, 0), (0, 0), (10_000, 9000), (10_001, 3), (20_000, 100),
    (20_000, 5000), (100_000, 2000), (100_000, 2001), (100_000, 5001),
]  # fmt: skip
CASES = {
    **{
        f"{k} of {n}, shuffle={shuffle}": lambda m, n=n, k=k, shuffle=shuffle: m.choice(
            n, size=k, replace=False, shuffle=shuffle
        )
        for n, k in PARTS
        for shuffle in (True, False)
    },
    "one": lambda m: m.choice(4),
    "many": lambda m: m.choice(4, size=(2, 3)),
    "by probability": lambda m: m.choice(4, size=(2, 3), p=P),
    "row": lambda m: m.choice(ROWS),
    "rows": lambda m: m.choice(ROWS, size=(2, 3)),
    "rows by probability": lambda m: m.choice(ROWS, size=5, p=P),
    "rows in two dimensions": lambda m: m.choice(ROWS, size=(2, 2), replace=False),
    "columns": lambda m: m.choice(ROWS, size=5, axis=1),
    "columns once": lambda m: m.choice(ROWS, size=2, axis=1, replace=False),
    **{f"order of {n}": lambda m, n=n: m.permutation(n) for n in (0, 1, 2, 10, 5000)},
    "order of rows": lambda m: m.permutation(ROWS),
    "order of numbers": lambda m: m.permutation(ROWS[:, 0]),
}


def test_choices_and_orders_equal_numpys_without_python():
    before = not_native.callbacks.copy()
    drawn = []
    for case in CASES.values():
        next_rng, x = case(pt.random.shared_rng(2))
        drawn += [x, next_rng]
    found = lamina.function([], drawn)()
    wrong = []
    for name, x, after in zip(CASES, found[::2], found[1::2], strict=True):
        rng = np.random.default_rng(2)
        expected = CASES[name](rng)
        if not np.array_equal(x, expected) or x.shape != np.shape(expected):
            wrong.append(name)
        if after.bit_generator.state != rng.bit_generator.state:
            wrong.append(f"{name}: state")
    assert not wrong
    assert not_native.callbacks == before


def test_lengths_may_be_symbolic():
    n, x = pt.lscalar("n"), pt.matrix("x")
    rng = pt.random.shared_rng(2)
    f = lamina.function(
        [n, x],
        [rng.permutation(n)[1], rng.choice(x, size=(n, 2))[1], rng.choice(n, (n,), False)[1]],
    )
    a, b, c = f(3, ROWS)
    same = [np.random.default_rng(2) for _ in range(3)]
    assert np.array_equal(a, same[0].permutation(3))
    assert np.array_equal(b, same[1].choice(ROWS, size=(3, 2)))
    assert np.array_equal(c, same[2].choice(3, 3, replace=False))


def test_a_batch_and_probabilities_without_replacement_are_drawn_by_python():
    before = not_native.callbacks.copy()
    orders = np.array([[1, 2, 3], [4, 5, 6]])
    draw = pt.random.permutation(orders[0], rng=pt.random.shared_rng(2))
    (batched,) = [draw.owner.op.make_node(pt.random.shared_rng(2), None, orders).outputs[1:]]
    once = pt.random.choice(ROWS, size=2, p=P, replace=False, rng=pt.random.shared_rng(2))
    a, b = lamina.function([], [batched[0], once])()
    rng = np.random.default_rng(2)
    assert np.array_equal(a, [rng.permutation(row) for row in orders])
    assert np.array_equal(b, np.random.default_rng(2).choice(ROWS, size=2, p=P, replace=False))
    assert sum((not_native.callbacks - before).values()) == 2


@pytest.mark.parametrize(
    "case",
    [
        lambda m: m.choice(0),
        lambda m: m.choice(-1, size=2),
        lambda m: m.choice(np.zeros(0)),
        lambda m: m.choice(3, size=4, replace=False),
        lambda m: m.choice(3, p=[0.2, 0.2, 0.2]),
        lambda m: m.choice(3, p=[-0.2, 0.6, 0.6]),
        lambda m: m.choice(3, p=[np.nan, 0.6, 0.6]),
        lambda m: m.choice(3, p=[0.4, 0.6]),
    ],
)
def test_what_cannot_be_chosen_is_numpys_error(case):
    with pytest.raises(ValueError) as numpys:
        case(np.random.default_rng(2))
    _, x = case(pt.random.shared_rng(2))
    for mode in ("FAST_RUN", "NUMPY"):
        with pytest.raises(ValueError) as ours:
            lamina.function([], x, mode=mode)()
        assert str(ours.value).startswith(str(numpys.value))
