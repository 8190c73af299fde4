"""What all tests share: a cache folder of their own, verified IR, examples that do not vary."""

import gc
import os
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# Flags are read when lamina is imported, which the first test module does. The workers of one
# run inherit the folder of the process that started them; it is removed when that one ends.
if "PYTEST_XDIST_WORKER" not in os.environ:
    _cache = tempfile.TemporaryDirectory(prefix="lamina-cache-", ignore_cleanup_errors=True)
    os.environ["LAMINA_CACHE_DIR"] = _cache.name
os.environ.setdefault("LAMINA_VERIFY_IR", "True")

settings.register_profile(
    "reproducible", derandomize=True, max_examples=25, deadline=None, database=None
)
settings.register_profile("random", max_examples=1000, deadline=None)
settings.load_profile("reproducible")


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """What is not native is counted for each test anew."""
    counted = sys.modules.get("lamina.compile.not_native")
    if counted is not None:
        counted.interpreted.clear()
        counted.callbacks.clear()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--graphs", type=int, default=20, help="how many random graphs each fuzz test tries"
    )
    parser.addoption(
        "--update-golden", action="store_true", help="write what is printed to the golden files"
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Collect garbage less often, and never in what was imported: compilations make many objects
    of which few refer to each other, and looking for those that do took a sixth of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only `make fuzz` has the time for."""
    if config.getoption("markexpr") != "fuzz":
        longer = [item for item in items if item.get_closest_marker("only_fuzz")]
        config.hook.pytest_deselected(items=longer)
        items[:] = [item for item in items if not item.get_closest_marker("only_fuzz")]


@pytest.fixture(scope="session")
def graphs(request: pytest.FixtureRequest) -> int:
    """How many random graphs a fuzz test tries."""
    return request.config.getoption("--graphs")


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written anew."""
    return request.config.getoption("--update-golden")


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    """The folder of the disk cache, shared by all tests of a run and empty when it starts."""
    return Path(os.environ["LAMINA_CACHE_DIR"])
