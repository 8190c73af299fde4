"""Random graphs mean the same whichever rewrites are applied, in whatever order."""

import pytest

from tests.fuzz.rewrites_batch import SEARCH

BATCH = 20
LEAST = 20


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "first" in metafunc.fixturenames:
        count = max(LEAST, metafunc.config.getoption("--graphs") // 5)
        metafunc.parametrize("first", range(0, count, BATCH))


@pytest.mark.fuzz
def test_random_graphs_mean_the_same_by_any_rewrites_from_seed(first: int):
    found = SEARCH.run(range(first, first + BATCH))
    assert not found.problems, "\n\n".join(
        f"seed {seed}: {text}" for seed, text in found.problems.items()
    )
    assert found.compared >= 4 * BATCH
    assert len(found.fired) > 60
