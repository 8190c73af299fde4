# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

from lamina.ir.graph.features import (
    AlreadyThere, Bookkeeper, Feature, NoOutputFromInplace, NodeFinder, PreserveVariableAttributes,
    PrintListener,
)
from lamina.ir.graph.history import (
    FullHistory, History,
)
from lamina.ir.graph.validation import (
    BadOptimization, ReplaceValidate, Validator,
)

__all__ = [
    "AlreadyThere", "BadOptimization", "Bookkeeper", "Feature", "FullHistory", "History",
    "NoOutputFromInplace", "NodeFinder", "PreserveVariableAttributes", "PrintListener",
    "ReplaceValidate", "Validator",
]
