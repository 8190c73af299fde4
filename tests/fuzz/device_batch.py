"""Check random graphs on an emulated device: ``python -m tests.fuzz.device_batch FIRST LAST``, a
line of JSON for each problem, and of all that was met at the end. What no device can do is done by
the processor, between copies.
"""

import sys

import lamina
from tests.fuzz.check import Verdict, check
from tests.fuzz.generate import generate
from tests.fuzz.graph import Graph
from tests.fuzz.run import Tally
from tests.fuzz.search import Search


def tried(graph: Graph) -> Tally:
    """What a graph has met."""
    tally = Tally()
    try:
        with lamina.config.change_flags(cuda_fallback=True):
            verdict = check(graph, ("CUDA-EMU",))
    except Exception as error:
        verdict = Verdict([f"{type(error).__name__}: {error}"])
    tally.note(graph, verdict)
    if verdict.problems:
        tally.problems[graph.seed] = "\n".join(verdict.problems)
    return tally


SEARCH = Search(generate, tried, Tally)

if __name__ == "__main__":
    SEARCH.report(*map(int, sys.argv[1:3]))
