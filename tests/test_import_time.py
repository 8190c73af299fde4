import subprocess
import sys

import pytest

# What only a compilation needs; a hit in the disk cache must not pay for it either.
HEAVY = {"llvmlite", "mlir", "scipy", "torch_mlir", "xdsl"}


@pytest.mark.parametrize("module", ["lamina", "lamina.tensor", "lamina.ir.configuration"])
def test_an_import_loads_neither_compiler_nor_scipy(module):
    command = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert module in loaded
    assert not HEAVY.intersection(loaded)
