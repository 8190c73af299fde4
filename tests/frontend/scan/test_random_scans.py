"""Random loops, with taps, loops inside, ends and truncation: their gradients are those of the same
computation written out.
"""

import pytest

from tests.frontend.scan.random_scans import check


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "searched" in metafunc.fixturenames:
        # 3 in an ordinary run, some 300 in a search of 1000 graphs
        count = max(3, metafunc.config.getoption("--graphs") // 3 - 3)
        seeds = range(100, 103) if count == 3 else range(count)
        metafunc.parametrize("searched", seeds)


@pytest.mark.parametrize("seed", range(20))
def test_gradients_of_a_random_loop(seed):
    check(seed, "NUMPY")


@pytest.mark.fuzz
def test_gradients_of_a_random_loop_in_machine_code(searched):
    check(searched, "FAST_RUN", second=searched % 5 == 2)
