"""Gradients of random graphs are the same whatever else is done to them, before or after."""

import pytest

from tests.fuzz.compositions import ORDERS
from tests.fuzz.compositions_batch import SEARCH

BATCH = 20
LEAST = 20
SHARE = 5  # of the graphs that are asked for, one in so many


@pytest.mark.fuzz
def test_what_is_done_to_random_graphs_composes_from_seed(first: int):
    met = SEARCH.run(range(first, first + BATCH))
    assert not met.problems, met.told()
    assert met.graphs and set(met.forms) == set(ORDERS)
