"""Graphs that never change, of which equal ones are one object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any
from weakref import WeakValueDictionary

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph, clone_get_equiv
from lamina.ir.graph.type import Type
from lamina.ir.graph.variable import Constant, Variable

_nominals: WeakValueDictionary[Any, NominalVariable] = WeakValueDictionary()
_constants: WeakValueDictionary[Any, Constant] = WeakValueDictionary()
_applications: WeakValueDictionary[Any, FrozenApply] = WeakValueDictionary()


class NominalVariable(Variable):
    """Input number `id` of a graph, whichever graph that is: there is one for a number and type.

    Parameters
    ----------
    id : hashable
    typ : Type
    name : str, optional
        Only the first one that is made of a number and type gets it.

    Examples
    --------
    >>> NominalVariable(0, pt.dvector) is NominalVariable(0, pt.dvector)
    True
    """

    __module__ = "lamina.graph.basic"

    id: Any

    def __new__(cls, id: Any, typ: Type, name: str | None = None) -> NominalVariable:
        known = _nominals.get((id, typ))
        if known is None:
            known = object.__new__(_nominal_class(typ.variable_type))
            Variable.__init__(known, typ, None, None, name)
            known.id = id
            _nominals[id, typ] = known
        return known

    def __init__(self, id: Any, typ: Type, name: str | None = None) -> None:
        """What `__new__` gives may be long in use."""

    def clone(self, name: str | None = None) -> NominalVariable:
        return self

    def __copy__(self) -> NominalVariable:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        return NominalVariable, (self.id, self.type, self.name)

    def __str__(self) -> str:
        return self.name if self.name is not None else f"*{self.id}-<{self.type}>"


@cache
def _nominal_class(variable: type[Variable]) -> type[NominalVariable]:
    """Nominal variables that have the methods of `variable`."""
    return type(f"Nominal{variable.__name__}", (NominalVariable, variable), {})


class FrozenApply(Apply):
    """An application that never changes: there is one of an op to the same variables, if the op can
    be hashed.

    Parameters
    ----------
    op : Op
    inputs : sequence of Variable
        Nominal variables, constants, and outputs of others.
    output_types : sequence of Type
    """

    __module__ = "lamina.graph.basic"

    def __new__(cls, op: Any, inputs: Sequence[Variable], output_types: Sequence[Type]) -> Any:
        operands = tuple(map(_interned, inputs))
        key: Any = op, operands, tuple(output_types)
        try:
            known = _applications.get(key)
        except TypeError:
            key, known = object(), None
        if known is None:
            known = object.__new__(cls)
            Apply.__init__(known, op, operands, [kind() for kind in output_types])
            known.line = None
            known.inputs, known.outputs = operands, tuple(known.outputs)  # type: ignore[assignment]
            _applications[key] = known
        return known

    def __init__(self, op: Any, inputs: Sequence[Variable], output_types: Sequence[Type]) -> None:
        """What `__new__` gives may be long in use."""

    def __reduce__(self) -> Any:
        state = {**vars(self), "inputs": list(self.inputs), "outputs": list(self.outputs)}
        return _new_apply, (), state


def _new_apply() -> Apply:
    """What a frozen application is pickled as: its variables come with it, and are not frozen."""
    return object.__new__(Apply)


def _interned(v: Variable) -> Variable:
    """`v`, or the constant that stands for all that are equal to it."""
    if not isinstance(v, Constant):
        return v
    try:
        return _constants.setdefault((v.type, getattr(v, "weak", None), v.signature()), v)
    except TypeError:  # a value that cannot be hashed
        return v


class FrozenFunctionGraph(FunctionGraph):
    """A graph that never changes: it can be hashed, and equal graphs compare equal.

    Two are equal if the same ops are applied in the same way to inputs of the same types; names are
    no part of it.

    Parameters
    ----------
    inputs, outputs : sequence of Variable
        Of a graph, which stays as it is.

    Raises
    ------
    ValueError
        The outputs depend on other variables than the inputs.

    Examples
    --------
    >>> x, y = pt.dvectors("x", "y")
    >>> FrozenFunctionGraph([x], [pt.exp(x)]) == FrozenFunctionGraph([y], [pt.exp(y)])
    True
    """

    __module__ = "lamina.graph.fg"

    def __init__(self, inputs: Sequence[Variable], outputs: Sequence[Variable]):
        self._done = False
        nominal = [NominalVariable(i, v.type) for i, v in enumerate(inputs)]
        frozen = _frozen(dict(zip(inputs, nominal, strict=True)), outputs)
        super().__init__(nominal, frozen, clone=False)
        self.inputs, self.outputs = tuple(self.inputs), tuple(self.outputs)  # type: ignore[assignment]
        self._done = True

    def freeze(self) -> FrozenFunctionGraph:
        return self

    def unfreeze(self) -> FunctionGraph:
        """A copy that can be changed."""
        memo: dict[Any, Any] = {v: v.type() for v in self.inputs}
        memo = clone_get_equiv(self.inputs, self.outputs, memo=memo, copy_orphans=False)
        return FunctionGraph(
            [memo[v] for v in self.inputs], [memo[v] for v in self.outputs], clone=False
        )

    def clone(self, check_integrity: bool = True, **kwargs: Any) -> FrozenFunctionGraph:
        return self

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FrozenFunctionGraph):
            return NotImplemented
        return self is other or (self.inputs == other.inputs and self.outputs == other.outputs)

    def __hash__(self) -> int:
        return hash((self.inputs, self.outputs))

    def __reduce__(self) -> Any:
        thawed = self.unfreeze()
        return FrozenFunctionGraph, (thawed.inputs, thawed.outputs)

    def __str__(self) -> str:
        return f"FrozenFunctionGraph({', '.join(map(str, self.outputs))})"

    __repr__ = __str__


def _frozen(known: dict[Variable, Variable], outputs: Iterable[Variable]) -> list[Variable]:
    """`outputs` computed by frozen applications from what `known` gives for the inputs."""
    from lamina.ir.graph.traversal import toposort

    outputs = list(outputs)

    def frozen(v: Variable) -> Variable:
        if v in known:
            return known[v]
        if isinstance(v, Constant):
            return _interned(v)
        raise ValueError(f"a graph that is frozen depends on {v}, which is not among its inputs")

    for node in toposort(outputs, set(known)):
        new = FrozenApply(node.op, [frozen(v) for v in node.inputs], [v.type for v in node.outputs])
        known.update(zip(node.outputs, new.outputs, strict=True))
    return [frozen(v) for v in outputs]


def _refusing(name: str) -> Callable[..., Any]:
    allowed = getattr(FunctionGraph, name)

    def method(self: FrozenFunctionGraph, *args: Any, **kwargs: Any) -> Any:
        if self._done:
            raise TypeError(f"{name}: a frozen graph does not change; unfreeze() gives a copy")
        return allowed(self, *args, **kwargs)

    method.__name__, method.__doc__ = name, f"Refused: {name} would change the graph."
    return method


for _name in (
    "add_input", "add_output", "remove_input", "remove_output", "add_client", "remove_client",
    "import_var", "import_node", "change_node_input", "replace", "replace_all", "attach_feature",
):  # fmt: skip
    setattr(FrozenFunctionGraph, _name, _refusing(_name))
