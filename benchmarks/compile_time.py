"""The time to compile random graphs in a fresh process, imports and the disk cache outside."""

import subprocess
import sys

PROGRAM = """
import random, sys, time
import lamina, lamina.tensor as pt
import lamina.codegen.emit_linalg, lamina.codegen.stages, lamina.compile.pipeline
import lamina.import_graph, lamina.runtime.executable
import lamina.passes.registry

lamina.config.cache = False
lamina.function([], pt.constant(1.0))  # the wrappers and libraries that every process finds on disk
draw = random.Random(0)
inputs = [pt.matrix(f"x{i}") for i in range(3)]
values, count = list(inputs), int(sys.argv[1])
while len(values) < count:
    kind, a, b = draw.random(), draw.choice(values[-12:]), draw.choice(values[-12:])
    if kind < 0.5:
        y = a + b if kind < 0.3 else a * b
    elif kind < 0.8:
        y = draw.choice((pt.tanh, pt.sin, pt.exp))(a)
    elif kind < 0.95:
        y = a - a.mean(axis=0) if kind < 0.9 else a - a.sum(axis=1, keepdims=True)
    else:
        y = pt.dot(a, b.T) @ a
    values.append(y)
start = time.process_time()
lamina.function(inputs, sum(values[-3:]), on_unused_input="ignore")
print(time.process_time() - start)
"""


def main() -> None:
    print("compile, fresh process, CPU seconds (median of 3)")
    for count in (20, 100, 1000):
        runs = [
            float(
                subprocess.run(
                    [sys.executable, "-c", PROGRAM, str(count)],
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
            )
            for _ in range(3)
        ]
        print(f"  {count:5} operations {sorted(runs)[1]:8.3f} s")
