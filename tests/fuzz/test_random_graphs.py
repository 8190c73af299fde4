"""Random graphs agree with NumPy: compiled, interpreted, and read back from their dumped stages.

``make fuzz GRAPHS=2000`` runs more of them. Batches run in processes of their own, so that a crash
or an endless loop is the failure of one seed.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.fuzz

ROOT = Path(__file__).resolve().parents[2]
BATCHES = 4
SECONDS = 60
UNSTABLE = 0.3


def run(seeds: list[int]) -> dict[str, list[str]]:
    """Problems by seed; the seed at which a batch ends early has that for a problem."""
    found: dict[str, list[str]] = {"counts": [0, 0, 0]}  # type: ignore[dict-item]
    while seeds:
        program = [sys.executable, "-W", "ignore", "-m", "tests.fuzz.batch", str(SECONDS)]
        done = subprocess.run(
            [*program, *map(str, seeds)], capture_output=True, text=True, cwd=ROOT, check=False
        )
        reports = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        for report in reports:
            counts = (report["compared"], report["raised"], report["unstable"])
            found["counts"] = [a + b for a, b in zip(found["counts"], counts, strict=True)]
            if report["problems"]:
                found[str(report["seed"])] = report["problems"]
        rest = seeds[len(reports) :]
        if rest:
            found[str(rest[0])] = [f"the process ended ({done.returncode}): {done.stderr[-800:]}"]
        seeds = rest[1:]
    return found


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_graphs_agree_with_numpy(batch: int, graphs: int):
    found = run(list(range(batch, graphs, BATCHES)))
    compared, raised, unstable = found.pop("counts")
    assert not found, "\n".join(f"seed {s}: {'; '.join(p)}" for s, p in found.items())
    assert compared > 0
    assert unstable <= UNSTABLE * (compared + raised + unstable)
