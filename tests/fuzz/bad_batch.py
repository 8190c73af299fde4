"""Try bad calls: ``python -m tests.fuzz.bad_batch FIRST LAST``, a line of JSON for each problem."""

import json
import sys
from collections import Counter
from collections.abc import Iterable

from tests.fuzz.bad_calls import run, source
from tests.fuzz.isolated import Crash, in_child


def outcome(seed: int) -> str:
    """The name of the exception that the call of a seed raises, or what is wrong: "! ..."."""

    def answer() -> str:
        try:
            return run(source(seed)) or "! no exception"
        except BaseException as error:
            return f"! {type(error).__name__}: {error}"

    try:
        return in_child(answer, 60)
    except Crash as crash:
        return f"! {crash}"


def outcomes(seeds: Iterable[int]) -> tuple[Counter[str], dict[int, str]]:
    """How many calls raised what, and the problems by seed."""
    counts: Counter[str] = Counter()
    problems = {}
    for seed in seeds:
        found = outcome(seed)
        if found.startswith("!"):
            problems[seed] = f"{found[2:]}\n{source(seed)}"
        else:
            counts[found] += 1
    return counts, problems


if __name__ == "__main__":
    counts, problems = outcomes(range(*map(int, sys.argv[1:3])))
    for seed, text in problems.items():
        print(json.dumps({"seed": seed, "problem": text}))
    print(json.dumps({"raised": counts, "problems": len(problems)}))
