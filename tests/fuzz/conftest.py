"""The first seeds of the batches that a test of random programs is given."""

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many batches as ``--graphs`` asks for, or the module's share of it, and its LEAST."""
    if "first" in metafunc.fixturenames:
        module = metafunc.module
        asked = metafunc.config.getoption("--graphs") // getattr(module, "SHARE", 1)
        metafunc.parametrize("first", range(0, max(module.LEAST, asked), module.BATCH))
