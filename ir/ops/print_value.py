"""Values printed while a function runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.op import Op
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.constant import as_tensor_variable


class Print(Op):
    """Its operand, which is printed each time that it is computed; in a loop, in each step that it
    changes in.

    Parameters
    ----------
    message : str
        What comes before the value.
    attrs : tuple of str
        What is printed of it: attributes, or methods that are called.
    global_fn : callable, optional
        Called with this op and the value, in the place of printing.

    Examples
    --------
    >>> x = pt.dvector("x")
    >>> shown = lamina.printing.Print("x", attrs=("shape",))(x)
    >>> _ = lamina.function([x], 2 * shown)([1, 2, 3])
    x shape = (3,)
    """

    __module__ = "lamina.printing"
    __props__ = ("message", "attrs", "global_fn")
    callback = True
    view_map = {0: [0]}

    def __init__(
        self,
        message: str = "",
        attrs: Sequence[str] = ("__str__",),
        global_fn: Callable[[Print, Any], None] | None = None,
    ):
        self.message, self.attrs, self.global_fn = message, tuple(attrs), global_fn

    def make_node(self, x: Any) -> Apply:  # type: ignore[override]
        variable = x if isinstance(x, Variable) else as_tensor_variable(x)
        return Apply(self, [variable], [variable.type()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        (value,) = inputs
        output_storage[0][0] = value
        if self.global_fn is not None:
            self.global_fn(self, value)
            return
        for name in self.attrs:
            found = getattr(value, name)
            print(self.message, name, "=", found() if callable(found) else found)

    def do_constant_folding(self, fgraph: Any, node: Apply) -> bool:
        return False

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return list(output_grads)

    def R_op(self, inputs: list[Variable], eval_points: Any) -> list[Variable]:
        return list(eval_points)
