"""Compose what is done to random graphs: ``python -m tests.fuzz.compositions_batch FIRST LAST``, a
line of JSON for each problem, and of all that was met at the end.
"""

import sys

from tests.fuzz.compositions import Compared, check
from tests.fuzz.generate import generate
from tests.fuzz.search import Search

SEARCH = Search(generate, check, Compared)

if __name__ == "__main__":
    SEARCH.report(*map(int, sys.argv[1:3]))
