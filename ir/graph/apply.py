"""Applications of ops to variables."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from lamina.ir.graph.source_line import Line, user_line
from lamina.ir.graph.variable import Variable

if TYPE_CHECKING:
    from lamina.ir.graph.op import Op


class Apply:
    """The application of `op` to `inputs`, which computes `outputs`.

    Attributes
    ----------
    line : (str, int) or None
        The user's file and line on which it was made.
    """

    __module__ = "lamina.graph.basic"

    def __init__(self, op: Op, inputs: Sequence[Variable], outputs: Sequence[Variable]):
        for variable in inputs:
            if not isinstance(variable, Variable):
                raise TypeError(f"The inputs of {op} must be Variables, got {variable!r}")
        self.op = op
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.line: Line | None = user_line()
        for index, output in enumerate(self.outputs):
            if output.owner is not None and output.owner is not self:
                raise ValueError(f"{output} is already an output of {output.owner}")
            output.owner = self
            output.index = index

    @property
    def tag(self) -> SimpleNamespace:
        tag = self.__dict__.get("_tag")
        if tag is None:
            trace = [[(*self.line, "", "")]] if self.line else []
            tag = self.__dict__["_tag"] = SimpleNamespace(trace=trace)
        return tag

    @property
    def nin(self) -> int:
        return len(self.inputs)

    @property
    def nout(self) -> int:
        return len(self.outputs)

    @property
    def out(self) -> Variable:
        """The only output, or the default one."""
        return self.default_output()

    def default_output(self) -> Variable:
        number = self.op.default_output
        if number is None:
            if len(self.outputs) != 1:
                raise ValueError(f"Multi-output Op {self.op} default_output not specified")
            number = 0
        return self.outputs[number]

    def __str__(self) -> str:
        return f"{self.op}({', '.join(map(str, self.inputs))})"

    def __repr__(self) -> str:
        return str(self)

    def get_parents(self) -> list[Variable]:
        return list(self.inputs)

    def clone(self, clone_inner_graph: bool = False) -> Apply:
        """The same application with outputs of its own."""
        return self.clone_with_new_inputs(self.inputs, strict=False)

    def clone_with_new_inputs(
        self, inputs: Sequence[Variable], strict: bool = True, **kwargs: Any
    ) -> Apply:
        """This application on other inputs.

        Parameters
        ----------
        inputs : sequence of Variable
        strict : bool
            Require each input to have the type of the one that it replaces, after a conversion
            where that loses nothing.

        Raises
        ------
        TypeError
            An input cannot take the place of the old one.
        """
        new = list(inputs)
        remake = False
        for i, (old, given) in enumerate(zip(self.inputs, new, strict=True)):
            if given.type == old.type:
                continue
            if strict:
                new[i] = old.type.filter_variable(given)
            remake = remake or new[i].type != old.type
        if remake:
            node = self.op.make_node(*new)
        else:
            node = Apply(self.op, new, [output.clone() for output in self.outputs])
        node.line = self.line
        if "_tag" in vars(self):
            node.__dict__["_tag"] = SimpleNamespace(**vars(self._tag))  # type: ignore[attr-defined]
        for old, output in zip(self.outputs, node.outputs, strict=True):
            output.name = output.name or old.name
        return node
