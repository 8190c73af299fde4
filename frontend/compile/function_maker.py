"""`function`: from a user's graph to something that can be called."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

from lamina.branches import with_branches
from lamina.compile.arguments import Argument, Arguments
from lamina.compile.function_object import Container, Function
from lamina.compile.interpreted_function import InterpretedFunction
from lamina.compile.io import In, Out
from lamina.compile.modes import Mode, get_mode
from lamina.compile.profile import ProfileStats, profile_of
from lamina.compile.rebuild import Copy, Pairs, add_default_updates, fitting_update, shared_updates
from lamina.compile.request import Executable, Request, protected_inputs
from lamina.compile.signature import (
    checked_inputs,
    checked_outputs,
    default_cell,
    refuse_missing,
    report_missing_updates,
    report_unused,
)
from lamina.graph.rewriting.users_stage import rewritten_by_user
from lamina.ir.configuration import config
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.shared import SharedVariable
from lamina.ir.graph.source_line import Line, user_line
from lamina.ir.graph.variable import Variable


def function(
    inputs: Sequence[Variable | In],
    outputs: Any = None,
    mode: str | Mode | None = None,
    updates: Pairs = None,
    givens: Pairs = None,
    no_default_updates: bool | Sequence[Variable] = False,
    accept_inplace: bool = False,
    name: str | None = None,
    rebuild_strict: bool = True,
    allow_input_downcast: bool | None = None,
    profile: Any = None,
    on_unused_input: str | None = None,
    trust_input: bool = False,
) -> Function:
    """Compile a graph into a callable.

    Parameters
    ----------
    inputs : list of Variable or In
        One an argument of the callable. Shared variables are not listed.
    outputs : Variable, Out, list, dict or None
        What it returns: an array, a list, or a dict with the same keys. None: an empty list.
    mode : str or Mode, optional
        ``config.mode`` unless given.
    updates : dict or list of pairs, optional
        New values of shared variables, computed from the old ones and stored when all outputs and
        updates are known. If a call raises an exception, no shared variable has changed.
    givens : dict or list of pairs, optional
        Variables of the graph, and what to put in their places, all at once.
    no_default_updates : bool or list of shared variables
        Which ``default_update`` attributes to leave aside; True: all.
    accept_inplace : bool
        Accepted: ops that overwrite operands get copies where that is needed.
    name : str, optional
        For errors and dumps.
    rebuild_strict : bool
        Require what `givens` puts in to have the types of what it replaces.
    allow_input_downcast : bool, optional
        True lets arguments lose precision to fit, False never; None only lets a Python float
        become floatX. ``config.allow_input_downcast`` unless given.
    profile : bool, str or ProfileStats, optional
        Measure the function: its ``profile`` is a `ProfileStats`, of the title given. With one
        that exists, measure it together with others. ``config.profile`` unless given.
    on_unused_input : {"raise", "warn", "ignore"}, optional
        What to do about an input that nothing depends on; ``config.on_unused_input`` unless given.
    trust_input : bool
        Accepted: arguments that need no conversion are recognised for next to nothing.

    Returns
    -------
    Function
        The arrays that it returns share memory with nothing, and it does not write to its
        arguments, unless ``Out(borrow=True)`` or ``In(mutable=True)`` permits it.

    Raises
    ------
    TypeError
        Something is no variable, a shared variable is given as input, or types do not fit.
    MissingInputError
        The outputs depend on a variable that is not among the inputs.
    UnusedInputError
        An input is not used, or given twice.
    ValueError
        A shared variable has two updates, or the mode is unknown.

    Examples
    --------
    >>> x = pt.dvector("x")
    >>> f = lamina.function([x], 2 * x)
    >>> f([1, 2])
    array([2., 4.])
    """
    started = perf_counter()
    mode = get_mode(mode)
    if allow_input_downcast is None:
        allow_input_downcast = config.allow_input_downcast
    inputs = checked_inputs(inputs, allow_input_downcast)
    declared, keys, single = checked_outputs(outputs)

    rebuilt = Copy([i.variable for i in inputs], givens, rebuild_strict)
    outputs = [Out(rebuilt(o.variable), o.borrow) for o in declared]
    new_values = add_default_updates(rebuilt, shared_updates(updates), no_default_updates)
    committed = [(target.cell, rebuilt(new)) for target, new in new_values.items()]
    defaults = [default_cell(i) for i in inputs]
    for i, cell in zip(inputs, defaults, strict=True):
        if i.update is not None:
            i.update = rebuilt(fitting_update(i.variable, i.update))
            committed.append((cell, i.update))
    refuse_missing(rebuilt, inputs, declared)
    for i in inputs:
        i.variable, i.value = rebuilt.start(i.variable), None
    results: list[Any] = [o.variable for o in outputs] + [new for _, new in committed]
    lazy = with_branches(results)
    results = [lazy.get(v, v) for v in results]
    graph = FunctionGraph(
        [i.variable for i in inputs] + list(rebuilt.shared.values()),
        results,
        clone=False,
    )
    report_unused(
        graph, [i for i in inputs if not i.implicit], on_unused_input or config.on_unused_input
    )
    report_missing_updates(graph, rebuilt.shared, [cell for cell, _ in committed])
    maker = FunctionMaker(
        graph=graph,
        inputs=inputs,
        defaults=defaults,
        shared=list(rebuilt.shared),
        updated=list(new_values),
        outputs=outputs,
        targets=[cell for cell, _ in committed],
        keys=keys,
        single=single,
        mode=mode,
        name=name,
        line=user_line(),
        profile=profile_of(profile),
        trust_input=trust_input,
    )
    return maker.create(started)


class FunctionMaker:
    """What a function is made from; ``create()`` compiles it.

    Parameters
    ----------
    graph : FunctionGraph
        From the arguments, the implicit inputs and the shared variables to what is returned and
        what is stored.
    inputs : list of In
        The arguments, then the implicit inputs.
    defaults : list of list
        Their values between calls; a list is empty where there is none.
    shared : list of SharedVariable
        Those that the last inputs of the graph stand for.
    updated : list of SharedVariable
        Those that calls change.
    outputs : list of Out
        What is returned.
    targets : list of list
        Where the last outputs of the graph are stored.
    keys : list of str or None
        Of a returned dict.
    single : bool
        Whether the one output is returned by itself.
    line : (str, int) or None
        Where the user called `function`.
    profile : ProfileStats or None
        What measures the function.
    """

    def __init__(
        self,
        *,
        graph: FunctionGraph,
        inputs: list[In],
        defaults: list[list[Any]],
        shared: list[SharedVariable],
        updated: list[SharedVariable],
        outputs: list[Out],
        targets: list[list[Any]],
        keys: list[str] | None,
        single: bool,
        mode: Mode,
        name: str | None,
        line: Line | None,
        profile: ProfileStats | None,
        trust_input: bool,
    ):
        self._graph = graph
        self._own = inputs
        self._defaults = defaults
        self.shared = shared
        self._updated = updated
        self.outputs = outputs
        self._targets = targets
        self._keys = keys
        self._single = single
        self.mode = mode
        self.name = name
        self.line = line
        self.profile = profile
        self.trust_input = trust_input
        self._executable: Executable | None = None

    @property
    def fgraph(self) -> FunctionGraph:
        """The graph that the function computes, after rewriting."""
        return self._graph if self._executable is None else self._executable.fgraph

    @property
    def keys(self) -> list[str] | None:
        """Of a returned dict."""
        return self._keys

    @property
    def inputs(self) -> list[In]:
        """A declaration for each input of the graph; those of shared variables are implicit."""
        members = list(self._own)
        for variable in self._graph.inputs[len(members) :]:
            member = In(variable)
            member.implicit = True
            members.append(member)
        return members

    @property
    def arguments(self) -> list[Argument]:
        """What a call gives."""
        return [
            Argument(i.name, i.variable.type, cell, i.strict, i.allow_downcast, i.mutable)
            for i, cell in zip(self._own, self._defaults, strict=True)
            if not i.implicit
        ]

    def create(self, started: float | None = None) -> Function:
        """Compile, and wrap what came out; `started` is when that began, by ``perf_counter``."""
        arguments = self.arguments
        measured = None
        if self.profile is not None:
            begun = perf_counter() if started is None else started
            measured = self.profile.begin(self._title(), str(self.mode), begun)
        request = Request(
            name=self.name or "function",
            mode=self.mode,
            arguments=tuple(arguments),
            cells=(*self._defaults[len(arguments) :], *(s.cell for s in self.shared)),
            targets=tuple(self._targets),
            returns_list=not self._single,
            borrow=tuple(o.borrow for o in self.outputs),
            convert=Arguments(arguments, self._title()).convert,
            profile=measured,
        )
        self._executable = _backend(self.mode)(self._graph, request)
        call = keyed(self._executable.call, self._keys)
        if measured is not None:
            call = measured.timed(call)
        made = Function(self, self._executable, call)
        if measured is not None:
            measured.compiled(lambda: str(made.dprint(file="str")))
            if made.device != "cpu":
                measured.transfers = lambda: made.transfers
        return made

    def containers(self) -> list[Container]:
        """Where the inputs of the graph have their values."""
        own = [
            Container(i.name, i.variable.type, cell)
            for i, cell in zip(self._own, self._defaults, strict=True)
        ]
        return own + [Container(s.name, s.type, s.cell) for s in self.shared]

    def all_shared(self) -> list[SharedVariable]:
        """The shared variables that the function reads or updates."""
        return self.shared + [s for s in self._updated if s not in self.shared]

    def changed(
        self,
        swap: Mapping[SharedVariable, SharedVariable],
        delete_updates: bool,
        name: str | None,
        profile: Any,
    ) -> FunctionMaker:
        """A maker of another function of the same graph; see ``Function.copy``."""
        self._check_swap(swap)
        defaults = [list(cell) for cell in self._defaults]
        cells = {id(old.cell): new.cell for old, new in swap.items()}
        cells |= {id(old): new for old, new in zip(self._defaults, defaults, strict=True)}
        graph, targets = self._graph, [cells.get(id(cell), cell) for cell in self._targets]
        updated = [swap.get(s, s) for s in self._updated]
        if delete_updates:
            returned = graph.outputs[: len(self.outputs)]
            graph, targets, updated = FunctionGraph(graph.inputs, returned, clone=False), [], []
        maker = object.__new__(FunctionMaker)
        maker.__dict__.update(self.__dict__)
        maker._graph, maker._targets, maker._updated = graph, targets, updated
        maker._defaults, maker.shared = defaults, [swap.get(s, s) for s in self.shared]
        maker.name, maker.profile = name, profile_of(profile)
        return maker

    def _check_swap(self, swap: Mapping[SharedVariable, SharedVariable]) -> None:
        for old, new in swap.items():
            if old not in self.all_shared():
                raise ValueError(f"copy: {self._title()} does not use the shared variable {old}")
            if not isinstance(new, SharedVariable) or not old.type.is_super(new.type):
                kind = getattr(new, "type", type(new).__name__)
                raise TypeError(f"copy: {new} ({kind}) cannot replace {old} ({old.type})")

    def _title(self) -> str:
        if self.name:
            return self.name
        if self.line is None:
            return "function"
        return f"function of {os.path.basename(self.line[0])}:{self.line[1]}"

    def __getstate__(self) -> dict[str, Any]:
        # A FunctionGraph links every node to every other: its ends say the same, without depth.
        state = {**self.__dict__, "_executable": None, "_graph": None}
        return {"inputs": self._graph.inputs, "outputs": self._graph.outputs, "state": state}

    def __setstate__(self, pickled: dict[str, Any]) -> None:
        self.__dict__.update(pickled["state"])
        self._graph = FunctionGraph(pickled["inputs"], pickled["outputs"], clone=False)


def _backend(mode: Mode) -> Callable[[FunctionGraph, Request], Executable]:
    """What makes functions of graphs in `mode`; a backend leaves the graph as it is."""
    if mode.native:
        from lamina.compile.native_function import compile_native

        return compile_native
    if mode.watch is not None:
        from lamina.compile.debug_mode import DebugFunction

        return DebugFunction
    return _interpreted


def _interpreted(graph: FunctionGraph, request: Request) -> InterpretedFunction:
    protected = protected_inputs(graph, request)
    return InterpretedFunction(rewritten_by_user(graph, request.mode.query, protected), request)


def keyed(call: Callable[..., Any], keys: list[str] | None) -> Callable[..., Any]:
    """`call`, with a dict of what it returns where there are keys."""
    if keys is None:
        return call
    return lambda *args, **kwargs: dict(zip(keys, call(*args, **kwargs), strict=True))
