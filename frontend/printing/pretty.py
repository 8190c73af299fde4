"""Printers of expressions that users add to: which op is written in which way."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, Protocol

from lamina.ir.graph.op import Op
from lamina.ir.graph.traversal import toposort
from lamina.ir.graph.variable import Variable

# What is used twice is written twice, so the text of a graph may be exponentially longer than the
# graph.
LONGEST_PART = 10_000
LOWEST = -1000  # precedence where nothing needs parentheses


class Printer(Protocol):
    """Writes what computes a variable."""

    def process(self, var: Variable, pstate: PrinterState) -> str:
        """The text of `var`, with that of operands from ``pstate.pprinter.process``."""
        ...


class PrinterState:
    """What printers know of where they write.

    Attributes
    ----------
    pprinter : PPrinter
    precedence : int
        An operator that binds less than this needs parentheses.
    memo : dict
        Texts by variable and precedence.
    """

    def __init__(self, pprinter: PPrinter, precedence: int = LOWEST):
        self.pprinter = pprinter
        self.precedence = precedence
        self.memo: dict[tuple[Variable, int], str] = {}

    @contextmanager
    def within(self, precedence: int) -> Iterator[None]:
        """Write operands of an operator of this precedence."""
        former, self.precedence = self.precedence, precedence
        try:
            yield
        finally:
            self.precedence = former


Condition = Op | type[Op] | Callable[[PrinterState, Variable], bool]


class PPrinter:
    """Writes graphs as expressions, by printers that are assigned to ops.

    Parameters
    ----------
    default : callable
        From a variable and the state, the text where no printer is assigned.

    Examples
    --------
    >>> mine = pprint.clone_assign(pt.exp, PatternPrinter("e^{%(0)s}"))
    >>> mine(pt.exp(pt.dscalar("x")) + 1)
    '(e^{x} + 1)'
    """

    __module__ = "lamina.printing"

    def __init__(self, default: Callable[[Variable, PrinterState], str] | None = None):
        self._default = default or _called
        self._printers: list[tuple[Condition, Any]] = []

    def assign(self, condition: Condition, printer: Printer | Callable[..., str]) -> None:
        """Let `printer` write what fits `condition`, in the place of those assigned before.

        Parameters
        ----------
        condition : Op, class of ops, or callable
            An op, all of a class, or what ``condition(pstate, variable)`` is true of.
        printer : Printer or callable
            Its ``process(variable, pstate)``, or itself, gives the text.
        """
        self._printers.insert(0, (condition, printer))

    def clone(self) -> PPrinter:
        """A copy, to which more can be assigned."""
        copy = type(self)(self._default)
        copy._printers = list(self._printers)
        return copy

    def clone_assign(self, condition: Condition, printer: Printer | Callable[..., str]) -> PPrinter:
        """A copy to which one more is assigned."""
        copy = self.clone()
        copy.assign(condition, printer)
        return copy

    def process(self, var: Variable, pstate: PrinterState | None = None) -> str:
        """The text of `var`; printers ask for that of operands by it."""
        if pstate is None:
            pstate = PrinterState(self)
            for node in toposort([var]):  # operands first, so that no graph is too deep
                for output in node.outputs:
                    self.process(output, pstate)
        key = var, pstate.precedence
        if key not in pstate.memo:
            text = self._text(var, pstate)
            pstate.memo[key] = text if len(text) <= LONGEST_PART else "···"
        return pstate.memo[key]

    def _text(self, var: Variable, pstate: PrinterState) -> str:
        for condition, printer in self._printers:
            if _fits(condition, var, pstate):
                return str(getattr(printer, "process", printer)(var, pstate))
        if var.owner is None:
            return str(var)
        return self._default(var, pstate)

    def process_graph(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        updates: Mapping[Variable, Variable] | None = None,
        display_inputs: bool = False,
    ) -> str:
        """The texts of `outputs`, a line each, then ``x <- new value`` for each update.

        Parameters
        ----------
        display_inputs : bool
            Begin with a line that lists the inputs.
        """
        lines = [f"inputs: {', '.join(map(str, inputs))}"] if display_inputs else []
        lines += map(self.process, outputs)
        lines += [f"{v} <- {self.process(new)}" for v, new in (updates or {}).items()]
        return "\n".join(lines)

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        """The text of one variable; or ``process_graph`` of inputs and outputs."""
        if len(args) == 1 and not kwargs:
            return self.process(args[0])
        return self.process_graph(*args, **kwargs)


def _called(var: Variable, pstate: PrinterState) -> str:
    """``Op(x, y)``."""
    assert var.owner is not None
    return f"{var.owner.op}({', '.join(operands_of(var, pstate))})"


def operands_of(var: Variable, pstate: PrinterState, precedence: int = LOWEST) -> list[str]:
    """The texts of the operands of what computes `var`."""
    assert var.owner is not None
    with pstate.within(precedence):
        return [pstate.pprinter.process(v, pstate) for v in var.owner.inputs]


def _fits(condition: Condition, var: Variable, pstate: PrinterState) -> bool:
    if isinstance(condition, Op):
        return var.owner is not None and var.owner.op == condition
    if isinstance(condition, type):
        return var.owner is not None and isinstance(var.owner.op, condition)
    return bool(condition(pstate, var))


class PatternPrinter:
    """Writes an application by a pattern in which ``%(0)s``, ``%(1)s``, ... are the operands.

    Parameters
    ----------
    *patterns : str or tuple
        One an output of the op. A tuple has the pattern, and then the precedences of the operands:
        operators that bind less are in parentheses.

    Examples
    --------
    >>> PPrinter().clone_assign(pt.sqrt, PatternPrinter("√(%(0)s)"))(pt.sqrt(pt.dscalar("x")))
    '√(x)'
    """

    __module__ = "lamina.printing"

    def __init__(self, *patterns: str | tuple[Any, ...]):
        self.patterns = [(p, ()) if isinstance(p, str) else (p[0], p[1:]) for p in patterns]

    def process(self, var: Variable, pstate: PrinterState) -> str:
        if var.owner is None:
            raise TypeError(f"PatternPrinter writes what an op computes, not {var}")
        pattern, precedences = self.patterns[var.index or 0]
        texts = {}
        for i, v in enumerate(var.owner.inputs):
            with pstate.within(precedences[i] if i < len(precedences) else LOWEST):
                texts[builtins.str(i)] = pstate.pprinter.process(v, pstate)
        return pattern % texts


class OperatorPrinter:
    """Writes operands with an operator between them.

    Parameters
    ----------
    operator : str
    precedence : int
        In parentheses where what is around binds more.
    assoc : {"left", "right", "either"}
        Which operand of the same precedence needs no parentheses.
    """

    __module__ = "lamina.printing"

    def __init__(
        self, operator: str, precedence: int, assoc: Literal["left", "right", "either"] = "left"
    ):
        self.operator, self.precedence, self.assoc = operator, precedence, assoc

    def process(self, var: Variable, pstate: PrinterState) -> str:
        if var.owner is None:
            raise TypeError(f"OperatorPrinter writes what an op computes, not {var}")
        operands = var.owner.inputs
        if len(operands) == 1:
            text = self.operator + operands_of(var, pstate, self.precedence)[0]
        else:
            last = len(operands) - 1
            free = {"left": {0}, "right": {last}, "either": set(range(last + 1))}[self.assoc]
            parts = []
            for i, v in enumerate(operands):
                with pstate.within(self.precedence if i in free else self.precedence + 1):
                    parts.append(pstate.pprinter.process(v, pstate))
            text = f" {self.operator} ".join(parts)
        return f"({text})" if pstate.precedence > self.precedence else text


class FunctionPrinter:
    """Writes ``name(x, y, keyword=value)``.

    Parameters
    ----------
    names : list of str
        One an output of the op.
    keywords : list of str, optional
        Attributes of the op to show.
    """

    __module__ = "lamina.printing"

    def __init__(self, names: Sequence[str], keywords: Sequence[str] = ()):
        self.names, self.keywords = list(names), list(keywords)

    def process(self, var: Variable, pstate: PrinterState) -> str:
        if var.owner is None:
            raise TypeError(f"FunctionPrinter writes what an op computes, not {var}")
        op = var.owner.op
        shown = [f"{k}={getattr(op, k)}" for k in self.keywords]
        parts = [*operands_of(var, pstate), *shown]
        return f"{self.names[var.index or 0]}({', '.join(parts)})"


class IgnorePrinter:
    """Writes the operand of an application, and nothing of the application."""

    __module__ = "lamina.printing"

    def process(self, var: Variable, pstate: PrinterState) -> str:
        if var.owner is None:
            raise TypeError(f"IgnorePrinter writes what an op computes, not {var}")
        return pstate.pprinter.process(var.owner.inputs[0], pstate)
