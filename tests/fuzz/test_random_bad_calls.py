"""Random wrong calls: an exception that says what is wrong, and never a crash."""

import pytest

from tests.fuzz.bad_batch import outcomes

BATCH = 20
LEAST = 100


@pytest.mark.fuzz
def test_random_bad_calls_raise_from_seed(first: int):
    counts, problems = outcomes(range(first, first + BATCH))
    assert not problems, "\n\n".join(f"seed {seed}: {text}" for seed, text in problems.items())
    assert counts.total() == BATCH
