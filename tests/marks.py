"""Parameters of tests that `make fuzz` alone runs."""

from __future__ import annotations

from typing import Any

import pytest


def only_fuzz(*values: Any) -> list[Any]:
    """The values, or rows of values, as parameters of tests that `make test` does not run."""
    marks = [pytest.mark.fuzz, pytest.mark.only_fuzz]
    rows = [v if isinstance(v, tuple) else (v,) for v in values]
    return [pytest.param(*row, marks=marks) for row in rows]
