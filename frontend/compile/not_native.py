"""What was asked to be native and is not: counted, so that tests can show that nothing is."""

from __future__ import annotations

from collections import Counter

# By the reason: how many functions of a native mode the interpreter runs.
interpreted: Counter[str] = Counter()

# By the op: how often compiled functions have called Python to compute one.
callbacks: Counter[str] = Counter()
