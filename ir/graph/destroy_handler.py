"""Features that refuse graphs in which a value is overwritten that is needed later.

An op with ``destroy_map = {o: [i]}`` computes output o in the memory of operand i, one with
``view_map`` gives memory of an operand a new name. Whatever reads that memory, by any name, has to
come before the op that overwrites it. Compiled and interpreted functions do not depend on this, for
they copy what is overwritten too early; it is for rewriters that put in ops which work in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.errors import InconsistencyError
from lamina.ir.graph.features import AlreadyThere, Bookkeeper, Feature
from lamina.ir.graph.variable import Constant, Variable

if TYPE_CHECKING:
    from lamina.ir.graph.function_graph import FunctionGraph

_ADDED = ("destroyers", "has_destroyers", "destroy_handler")


class DestroyHandler(Bookkeeper):
    """Orders applications so that nothing is read after it was overwritten; refuses where it
    cannot.

    Adds ``fgraph.destroyers(var)``, the applications that overwrite the memory of a variable, and
    ``fgraph.has_destroyers(vars)``. Attach it with a Validator or ReplaceValidate, whose methods
    then raise an InconsistencyError if

    - the memory of a variable is overwritten twice,
    - a constant is overwritten, or a variable with ``tag.indestructible``, or an output of the
      graph,
    - an application overwrites one operand, and another operand lies in the same memory; ops permit
      pairs of operands by ``destroyhandler_tolerate_same`` (the same variable) and
      ``destroyhandler_tolerate_aliased``,
    - what reads a value cannot come before what overwrites it.

    Parameters
    ----------
    do_imports_on_attach, algo : optional
        Taken for compatibility.
    """

    __module__ = "lamina.graph.destroyhandler"

    def __init__(self, do_imports_on_attach: bool = True, algo: str | None = None):
        self._destroyers: dict[Apply, None] = {}  # in the order of their import

    def on_attach(self, fgraph: FunctionGraph) -> None:
        if hasattr(fgraph, "destroyers"):
            raise AlreadyThere("the graph has a DestroyHandler")
        fgraph.__dict__["destroyers"] = lambda var: self._destroyers_of(fgraph, var)
        fgraph.__dict__["has_destroyers"] = lambda vs: any(
            self._destroyers_of(fgraph, v) for v in vs
        )
        fgraph.__dict__["destroy_handler"] = self
        self._destroyers = {}
        super().on_attach(fgraph)

    def on_detach(self, fgraph: FunctionGraph) -> None:
        for name in _ADDED:
            del fgraph.__dict__[name]
        self._destroyers = {}

    def clone(self) -> DestroyHandler:
        return type(self)()

    def __getstate__(self) -> dict[str, Any]:
        return {"_destroyers": {}}  # it finds them again when it is attached

    def on_import(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        if any(node.op.destroy_map.values()):
            self._destroyers[node] = None

    def on_prune(self, fgraph: FunctionGraph, node: Apply, reason: Any) -> None:
        self._destroyers.pop(node, None)

    def _destroyers_of(self, fgraph: FunctionGraph, var: Variable) -> list[Apply]:
        root = memory_of(var)
        return [n for n in self._destroyers if any(memory_of(v) is root for v in _destroyed(n))]

    def orderings(self, fgraph: FunctionGraph) -> dict[Apply, list[Apply]]:
        """For each application that overwrites something, all others that read it."""
        return {
            node: list(
                dict.fromkeys(
                    user
                    for v in _destroyed(node)
                    for name in _names(fgraph, memory_of(v))
                    for user, _ in fgraph.clients[name]
                    if isinstance(user, Apply) and user is not node
                )
            )
            for node in self._destroyers
        }

    def validate(self, fgraph: FunctionGraph) -> None:
        """Raise an InconsistencyError if no order of the applications is right."""
        if not self._destroyers:
            return
        taken: dict[Variable, Apply] = {}
        for node in self._destroyers:
            for v in dict.fromkeys(_destroyed(node)):
                root = memory_of(v)
                if root in taken:
                    raise InconsistencyError(f"{v} is overwritten by {taken[root]} and by {node}")
                taken[root] = node
                _check_destructible(fgraph, node, v, root)
            _check_aliases(node)
        if any(self.orderings(fgraph).values()):
            fgraph.toposort()  # which raises where there is a cycle


def _check_destructible(fgraph: FunctionGraph, node: Apply, v: Variable, root: Variable) -> None:
    if isinstance(root, Constant):
        raise InconsistencyError(f"{node} overwrites the constant {root}")
    for name in _names(fgraph, root):
        if getattr(name.tag, "indestructible", False):
            raise InconsistencyError(f"{node} overwrites {name}, whose tag is indestructible")
        if any(isinstance(user, str) for user, _ in fgraph.clients[name]):
            raise InconsistencyError(f"{node} overwrites {v}, and {name} is an output of the graph")


def _check_aliases(node: Apply) -> None:
    """Refuse an application that reads, as another operand, the memory that it overwrites."""
    same = {tuple(pair) for pair in getattr(node.op, "destroyhandler_tolerate_same", ())}
    aliased = {tuple(pair) for pair in getattr(node.op, "destroyhandler_tolerate_aliased", ())}
    for i in _destroyed_positions(node):
        for j, other in enumerate(node.inputs):
            if j == i or memory_of(other) is not memory_of(node.inputs[i]):
                continue
            if (i, j) in aliased or ((i, j) in same and other is node.inputs[i]):
                continue
            raise InconsistencyError(
                f"{node} overwrites operand {i}, and operand {j} lies in the same memory"
            )


def _destroyed_positions(node: Apply) -> list[int]:
    return [i for positions in node.op.destroy_map.values() for i in positions]


def _destroyed(node: Apply) -> list[Variable]:
    return [node.inputs[i] for i in _destroyed_positions(node)]


def memory_of(v: Variable) -> Variable:
    """The variable whose memory `v` is, or a part of it: `v` itself if it is no view."""
    while v.owner is not None and (of := v.owner.op.view_map.get(v.index)):  # type: ignore[arg-type]
        v = v.owner.inputs[of[0]]
    return v


def _names(fgraph: FunctionGraph, root: Variable) -> Iterator[Variable]:
    """`root` and the views of it."""
    waiting = [root]
    while waiting:
        v = waiting.pop()
        yield v
        for user, i in fgraph.clients.get(v, ()):
            if isinstance(user, Apply):
                views = user.op.view_map.items()
                waiting += [user.outputs[o] for o, of in views if i in of]


class Supervisor(Feature):
    """Refuses graphs that overwrite one of `protected`.

    Parameters
    ----------
    protected : iterable of Variable
        Inputs that belong to the user, as a rule.
    """

    __module__ = "lamina.compile.aliasing"

    def __init__(self, protected: Iterable[Variable]):
        self.protected = list(protected)
        self.fgraph: FunctionGraph | None = None

    def on_attach(self, fgraph: FunctionGraph) -> None:
        if any(isinstance(f, Supervisor) for f in fgraph._features):
            raise AlreadyThere("the graph has a Supervisor")
        self.fgraph = fgraph

    def clone(self) -> Supervisor:
        return type(self)(self.protected)

    def validate(self, fgraph: FunctionGraph) -> None:
        """Raise an InconsistencyError if a protected variable is overwritten."""
        destroyers = getattr(fgraph, "destroyers", None)
        if destroyers is None or not fgraph.__dict__["destroy_handler"]._destroyers:
            return
        for v in self.protected:
            for node in destroyers(v):
                raise InconsistencyError(f"{node} overwrites {v}, which is protected")


def add_supervisor_to_fgraph(
    fgraph: FunctionGraph, input_specs: Sequence[Any], accept_inplace: bool = False
) -> None:
    """Let nothing overwrite an input that is not ``In(mutable=True)``, and which has no update.

    Parameters
    ----------
    fgraph : FunctionGraph
        Gets a DestroyHandler if it has none, and a Supervisor.
    input_specs : sequence of In
        One an input.
    accept_inplace : bool
        Whether the graph may have ops that overwrite operands already.

    Raises
    ------
    TypeError
        It has one, and may not.
    """
    for node in () if accept_inplace else fgraph.apply_nodes:
        if node.op.destroy_map:
            raise TypeError(f"Graph must not contain inplace operations: {node}")
    if not hasattr(fgraph, "destroyers"):
        fgraph.attach_feature(DestroyHandler())
    fgraph.attach_feature(
        Supervisor(
            v
            for spec, v in zip(input_specs, fgraph.inputs, strict=False)
            if not (spec.mutable or getattr(spec, "update", None) is not None)
        )
    )


def inplace_candidates(
    fgraph: FunctionGraph,
    inputs: Iterable[Variable],
    protected_inputs: Iterable[Variable] | None = None,
) -> list[Variable]:
    """Those of `inputs` that an op may overwrite: not constant, not protected, not overwritten.

    Whether others can read them before is for ``fgraph.validate()`` to say.

    Parameters
    ----------
    protected_inputs : iterable of Variable, optional
        By default those of the graph's Supervisors.
    """
    if protected_inputs is None:
        supervisors = [f for f in fgraph._features if isinstance(f, Supervisor)]
        protected_inputs = [v for f in supervisors for v in f.protected]
    protected = {memory_of(v) for v in (*protected_inputs, *fgraph.outputs)}
    destroyers = getattr(fgraph, "destroyers", lambda v: ())
    return [
        v
        for v in inputs
        if not isinstance(root := memory_of(v), Constant)
        and root not in protected
        and not destroyers(v)
    ]


def fast_inplace_check(fgraph: FunctionGraph, inputs: Iterable[Variable]) -> list[Variable]:
    """``inplace_candidates`` with the inputs that the graph's Supervisors protect."""
    return inplace_candidates(fgraph, inputs)
