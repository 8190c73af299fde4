"""Random graphs: compiled code agrees with NumPy, raises where it raises, and leaves its arguments
alone.
"""

import pytest

from tests.fuzz.run import SEARCH

BATCH = 20
LEAST = 60


@pytest.mark.fuzz
def test_random_graphs_agree_with_numpy_from_seed(first: int):
    tally = SEARCH.run(range(first, first + BATCH))
    assert not tally.problems, tally.told()
    assert tally.compared >= BATCH
