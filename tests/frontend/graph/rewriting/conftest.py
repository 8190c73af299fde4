"""What tests of rewriting register is forgotten after each of them."""

import pytest

from lamina.compile.mode import optdb
from lamina.passes import user_rules


@pytest.fixture(autouse=True)
def nothing_stays_registered():
    yield
    for stage in ("canonicalize", "stabilize", "specialize"):
        for name in list(optdb[stage]._members):
            optdb[stage].unregister(name)
    for name in list(optdb._members):
        if name not in ("canonicalize", "stabilize", "specialize"):
            optdb.unregister(name)
    for name in list(user_rules._registered):
        user_rules.unregister(name)
