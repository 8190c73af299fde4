"""The polynomials of the vector functions, read once from the file that the fits wrote."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from lamina.codegen.vector_math_trace import Format

_PATH = Path(__file__).with_name("vector_math_coefficients.json")


@cache
def _table() -> dict[str, dict[str, list[float]]]:
    return json.loads(_PATH.read_text(encoding="utf-8"))


def coefficients(name: str, form: Format) -> list[float]:
    """Return the polynomial `name` for a format, lowest power first."""
    return _table()[name][form.name]
