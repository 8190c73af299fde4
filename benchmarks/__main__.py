"""Run the measurements that are named, or all."""

import importlib
import os
import sys

NAMES = (
    "calls",
    "elementwise",
    "reductions",
    "logistic_step",
    "random_draws",
    "compile_time",
    "egraph",
)

if __name__ == "__main__":
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    for name in sys.argv[1:] or NAMES:
        importlib.import_module(f"benchmarks.{name}").main()
