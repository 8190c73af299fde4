"""Compiled functions behave alike in every mode; here is the list of modes that tests run in."""

import pytest

MODES = ["NUMPY", "FAST_RUN"]


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    """The name of a mode."""
    return request.param
