"""Check the graphs of some seeds: ``python -m tests.fuzz.batch SECONDS SEED ...``, a line of JSON
each.
"""

import json
import signal
import sys
import traceback

from lamina.compile.not_native import callbacks, interpreted
from tests.fuzz.check import Verdict, check
from tests.fuzz.generate import generate


class TooLong(Exception):
    """A graph took longer than its share."""


def one(seed: int, seconds: int) -> Verdict:
    """The verdict on one seed; an exception is a problem."""

    def stop(*_: object) -> None:
        raise TooLong(f"longer than {seconds} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        verdict = check(generate(seed))
    except Exception as error:
        verdict = Verdict([f"{type(error).__name__}: {error}\n{traceback.format_exc(limit=-4)}"])
    finally:
        signal.alarm(0)
    unexpected = {op: n for op, n in callbacks.items() if not op.startswith("FFT{")}
    if interpreted or unexpected:
        verdict.problems.append(f"not native: {dict(interpreted) | unexpected}")
    if interpreted or callbacks:
        interpreted.clear()
        callbacks.clear()
    return verdict


def main(arguments: list[str]) -> None:
    seconds, *seeds = map(int, arguments)
    for seed in seeds:
        verdict = one(seed, seconds)
        print(
            json.dumps(
                {
                    "seed": seed,
                    "problems": verdict.problems,
                    "compared": verdict.compared,
                    "raised": verdict.raised,
                    "unstable": verdict.unstable,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
