"""Random graphs on an emulated device."""

import pytest

from lamina.compile.device_function import driver
from tests.fuzz.device_batch import SEARCH


@pytest.mark.parametrize("seeds", [(3, 57), (105, 365)])
def test_random_graphs_on_a_device_agree_with_their_meaning(seeds, monkeypatch):
    monkeypatch.setattr(driver("cuda-emu"), "races", True)
    total = SEARCH.run(seeds, smaller=False)
    assert total.compared and not total.problems, total.told()
