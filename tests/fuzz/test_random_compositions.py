"""Gradients of random graphs are the same whatever else is done to them, before or after."""

import pytest

from tests.fuzz.compositions import ORDERS
from tests.fuzz.compositions_batch import SEARCH

BATCH = 20
LEAST = 20


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "first" in metafunc.fixturenames:
        count = max(LEAST, metafunc.config.getoption("--graphs") // 5)
        metafunc.parametrize("first", range(0, count, BATCH))


@pytest.mark.fuzz
def test_what_is_done_to_random_graphs_composes_from_seed(first: int):
    met = SEARCH.run(range(first, first + BATCH))
    assert not met.problems, "\n\n".join(
        f"seed {seed}: {text}" for seed, text in met.problems.items()
    )
    assert met.graphs and set(met.forms) == set(ORDERS)
