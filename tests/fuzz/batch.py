"""Check random graphs: ``python -m tests.fuzz.batch FIRST LAST``, a line of JSON for each problem,
and of all that was met at the end.
"""

import json
import sys

from tests.fuzz.run import Tally, run, warm


def main(first: int, last: int) -> None:
    """Check the graphs of the seeds from `first` to before `last`."""
    warm()
    total = Tally()
    for seed in range(first, last):
        one = run([seed], smaller=False)
        for text in one.failures.values():
            print(json.dumps({"seed": seed, "problem": text}), flush=True)
        total.add(one)
    print(json.dumps({"seeds": [first, last]} | vars(total)), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
