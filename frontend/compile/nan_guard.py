"""`NanGuardMode`: functions that stop where a NaN, an infinity or a huge number appears."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.compile.errors import describe_node
from lamina.compile.modes import OpByOpMode
from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.source_line import describe

BIG = 1e10


@dataclass(frozen=True, init=False)
class NanGuardMode(OpByOpMode):
    """A mode that runs op by op and looks at every operand and result.

    Parameters
    ----------
    nan_is_error, inf_is_error, big_is_error : bool, optional
        What is not to appear: NaN, infinities, magnitudes above 1e10. The flags
        ``NanGuardMode__nan_is_error`` and so on, unless given.

    Raises
    ------
    AssertionError
        By a call of a function, where something of the kind appears: it names the op, its operands
        and the user's line. The flag ``NanGuardMode__action`` says whether it is raised or warned
        of.

    Examples
    --------
    >>> x = pt.dvector("x")
    >>> f = lamina.function([x], pt.log(x), mode=NanGuardMode())
    >>> f([1.0, -1.0])    # doctest: +SKIP
    AssertionError: NaN detected ...
    """

    nan_is_error: bool
    inf_is_error: bool
    big_is_error: bool

    def __init__(
        self,
        nan_is_error: bool | None = None,
        inf_is_error: bool | None = None,
        big_is_error: bool | None = None,
        optimizer: Any = "default",
        linker: str | None = None,
        name: str | None = "NanGuardMode",
        included: Iterable[str] = (),
        excluded: Iterable[str] = (),
        required: Iterable[str] = (),
        rewriters: Iterable[tuple[Any, float]] = (),
        rules: Iterable[Any] = (),
    ):
        super().__init__(optimizer, linker, name, included, excluded, required, rewriters, rules)
        for field, value in (
            ("nan_is_error", nan_is_error),
            ("inf_is_error", inf_is_error),
            ("big_is_error", big_is_error),
        ):
            given = getattr(config, f"NanGuardMode__{field}") if value is None else value
            object.__setattr__(self, field, given)

    def watch(
        self, node: Apply, perform: Callable[[list[Any]], list[Any]]
    ) -> Callable[[list[Any]], list[Any]]:
        """`perform`, with a look at its operands and results."""

        def watched(operands: list[Any]) -> list[Any]:
            self._look(node, operands, "an operand")
            results = perform(operands)
            self._look(node, [*operands, *results], "a result", len(operands))
            return results

        return watched

    def _look(self, node: Apply, values: list[Any], where: str, start: int = 0) -> None:
        for value in values[start:]:
            found = self._found(value)
            if not found:
                continue
            line = describe(node.line)
            message = f"{' and '.join(found)} detected in {where}\n" + describe_node(
                node, values[: len(node.inputs)]
            )
            message += f"\nmade at {line}" if line else ""
            if config.NanGuardMode__action == "warn":
                warnings.warn(message, stacklevel=2)
            elif config.NanGuardMode__action == "pdb":
                print(message)
                breakpoint()
            else:
                raise AssertionError(message)

    def _found(self, value: Any) -> list[str]:
        array = np.asarray(value)
        if array.dtype.kind not in "fc" or not array.size:
            return []
        with np.errstate(all="ignore"):
            finite = np.abs(array[np.isfinite(array)])
        found = {
            "NaN": self.nan_is_error and bool(np.isnan(array).any()),
            "Inf": self.inf_is_error and bool(np.isinf(array).any()),
            "a big value": self.big_is_error and bool((finite > BIG).any()),
        }
        return [what for what, there in found.items() if there]


# dataclass looks into the module that a class names, which must exist by then.
NanGuardMode.__module__ = "lamina.compile.debug.nanguardmode"
