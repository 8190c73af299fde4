"""Rewrite random graphs: ``python -m tests.fuzz.rewrites_batch FIRST LAST``, a line of JSON for
each problem, of all that was met, and of the rules that have not fired.
"""

import json
import sys

from tests.fuzz import array_rule_steps, library_steps, rule_steps, steps
from tests.fuzz.generate import generate
from tests.fuzz.rewriting import RULES, Rewritten, check
from tests.fuzz.search import Search

# More than half of all steps are what some rule looks for.
STEPS = (*steps.STEPS, *library_steps.STEPS, *rule_steps.STEPS, *array_rule_steps.STEPS)
SEARCH = Search(lambda seed: generate(seed, STEPS), check, Rewritten)


def never_fired(met: Rewritten) -> list[str]:
    """The rules that have not fired."""
    return sorted({r.name for r in RULES} - set(met.fired))


if __name__ == "__main__":
    total = SEARCH.report(*map(int, sys.argv[1:3]))
    print(json.dumps({"never fired": never_fired(total)}))
