# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.tensor.minimization import (
    Minimize, MinimizeScalar, minimize, minimize_scalar,
)
from lamina.tensor.root_finding import (
    Root, RootScalar, root, root_scalar,
)
from lamina.tensor.solver import (
    BatchedSolver, Solver,
)

__all__ = [
    "BatchedSolver", "Minimize", "MinimizeScalar", "Root", "RootScalar", "Solver", "minimize",
    "minimize_scalar", "root", "root_scalar",
]
