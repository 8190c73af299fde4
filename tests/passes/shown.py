"""Graphs as one line of text, for tests to compare."""

from lamina.ir.graph.variable import Constant, Variable


def shown(variable: Variable) -> str:
    """``Add([1.], x)``."""
    if isinstance(variable, Constant):
        return str(variable.data)
    if variable.owner is None:
        return str(variable)
    return f"{variable.owner.op}({', '.join(map(shown, variable.owner.inputs))})"
