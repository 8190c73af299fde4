"""Complex functions of C99 on pairs of doubles, for processors without a C library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FORMULAS: dict[str, Callable[..., Any]] = {}
