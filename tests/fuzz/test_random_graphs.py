"""Random graphs: compiled code agrees with NumPy, raises where it raises, and leaves its arguments
alone.
"""

import pytest

from tests.fuzz.run import SEARCH

BATCH = 20
LEAST = 60


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "first" in metafunc.fixturenames:
        count = max(LEAST, metafunc.config.getoption("--graphs"))
        metafunc.parametrize("first", range(0, count, BATCH))


@pytest.mark.fuzz
def test_random_graphs_agree_with_numpy_from_seed(first: int):
    tally = SEARCH.run(range(first, first + BATCH))
    assert not tally.problems, "\n\n".join(
        f"seed {seed}: {text}" for seed, text in tally.problems.items()
    )
    assert tally.compared >= BATCH
