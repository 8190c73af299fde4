"""Conditions that are checked when a function runs, and what is raised if one does not hold."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.gradient_types import disconnected_type
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.array_op import ArrayOp
from lamina.ir.ops.constant import as_tensor_variable


class Check(ArrayOp):
    """`CheckAndRaise` in nd, where an exception is told by its name.

    Parameters
    ----------
    message, exception : str
    """

    __module__ = "lamina.raise_op"
    __props__ = ("message", "exception")
    nd_name = "check"

    def __init__(self, message: str, exception: str):
        self.message, self.exception = message, exception

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        return types[0]

    def numpy(self, *arrays: np.ndarray) -> np.ndarray:
        if not all(map(np.all, arrays[1:])):
            raise exception_named(self.exception)(self.message)
        return arrays[0]


def exception_named(name: str) -> type[Exception]:
    """The built-in exception of a name; AssertionError for the user's own."""
    found = getattr(builtins, name, None)
    return found if isinstance(found, type) and issubclass(found, Exception) else AssertionError


class CheckAndRaise(Op):
    """Its first operand, if all others are true; else it raises an exception.

    Checks are made where the result is used. They stay in compiled functions, loops included.

    Parameters
    ----------
    exc_type : type
        The class of the exception.
    msg : str
        Its argument.

    Examples
    --------
    >>> x = pt.dvector("x")
    >>> positive = CheckAndRaise(ValueError, "x must be positive")(x, pt.all(x > 0))
    """

    __module__ = "lamina.raise_op"
    __props__: tuple[str, ...] = ("exc_type", "msg")
    nd_name = "check"
    view_map = {0: [0]}

    def __init__(self, exc_type: type[Exception], msg: str = ""):
        if not (isinstance(exc_type, type) and issubclass(exc_type, Exception)):
            raise ValueError(f"exc_type must be a class of exceptions, got {exc_type!r}")
        self.exc_type = exc_type
        self.msg = msg

    @property
    def core_op(self) -> Check:
        """What stands for it in nd."""
        return Check(self.msg, self.exc_type.__name__)

    @property
    def callback(self) -> bool:  # type: ignore[override]
        """Machine code knows the meaning of this class, not that of one with its own."""
        return type(self).perform is not CheckAndRaise.perform

    def make_node(self, value: Any, *conditions: Any) -> Apply:  # type: ignore[override]
        """
        Parameters
        ----------
        value : variable
        *conditions : variable
            All their elements must be true.
        """
        from lamina.ir.ops.cast import cast
        from lamina.ir.ops.reduction import all as all_of

        value = value if isinstance(value, Variable) else as_tensor_variable(value)
        scalars = []
        for condition in map(as_tensor_variable, conditions):
            holds = cast(condition, "bool")
            scalars.append(all_of(holds) if holds.type.ndim else holds)
        return Apply(self, [value, *scalars], [value.type()])

    def infer(self, types: Sequence[TensorType], values: Any) -> TensorType:
        return types[0]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list[Any]]) -> None:
        value, *conditions = inputs
        if not all(map(np.all, conditions)):
            raise self.exc_type(self.msg)
        output_storage[0][0] = value

    def do_constant_folding(self, fgraph: Any, node: Apply) -> bool:
        return False  # what is raised is raised when the function runs

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], *[[False] for _ in node.inputs[1:]]]

    def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        return [output_grads[0], *[disconnected_type() for _ in inputs[1:]]]

    def R_op(self, inputs: list[Variable], eval_points: Any) -> list[Variable]:
        return [eval_points[0]]

    def __str__(self) -> str:
        return f"CheckAndRaise{{{self.exc_type.__name__}({self.msg})}}"


class Assert(CheckAndRaise):
    """`CheckAndRaise` of an AssertionError.

    Parameters
    ----------
    msg : str

    Examples
    --------
    >>> x = pt.dscalar("x")
    >>> lamina.function([x], Assert("x is negative")(pt.sqrt(x), x >= 0))(4)
    array(2.)
    """

    __module__ = "lamina.raise_op"
    __props__ = ("msg",)

    def __init__(self, msg: str = "Lamina Assert failed!"):
        super().__init__(AssertionError, msg)

    def __str__(self) -> str:
        text = self.msg if len(self.msg) <= _SHOWN else self.msg[: _SHOWN - 3] + "..."
        return f"Assert{{msg={text!r}}}"


_SHOWN = 30


assert_op = Assert()
