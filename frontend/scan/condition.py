"""The condition that ends a loop early."""

from __future__ import annotations

from typing import Any

from lamina.ir.graph.variable import Variable
from lamina.ir.ops.cast import cast
from lamina.ir.ops.constant import as_tensor_variable


class until:
    """What a step of `scan` returns, besides its outputs and updates, to end the loop.

    The step in which the condition first holds is the last one; it counts, with its outputs.

    Parameters
    ----------
    condition : scalar
        Bool, or a number that is not 0.

    Raises
    ------
    TypeError
        The condition is no scalar.

    Examples
    --------
    >>> x0 = pt.dscalar("x0")
    >>> powers, updates = lamina.scan(
    ...     lambda x: (2 * x, until(x > 10)), outputs_info=x0, n_steps=100
    ... )
    >>> lamina.function([x0], powers, updates=updates)(1)
    array([ 2.,  4.,  8., 16., 32.])
    """

    __module__ = "lamina.scan.utils"

    def __init__(self, condition: Any):
        variable = as_tensor_variable(condition)
        if variable.type.ndim:
            raise TypeError(
                f"until: the condition must be a scalar, {variable} is of type {variable.type}; "
                "use all() or any()"
            )
        self.condition: Variable = cast(variable, "bool")
