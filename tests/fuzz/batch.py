"""Check random graphs: ``python -m tests.fuzz.batch FIRST LAST``, a line of JSON for each problem,
and of all that was met at the end.
"""

import sys

from tests.fuzz.run import SEARCH

if __name__ == "__main__":
    SEARCH.report(*map(int, sys.argv[1:3]))
