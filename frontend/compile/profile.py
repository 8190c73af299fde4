"""Profiles: what users hold of the times of their functions."""

from __future__ import annotations

import atexit
import sys
from collections import defaultdict
from typing import IO, Any

from lamina.compile.measurement import Measurement, PieceTimes
from lamina.ir.configuration import config

_at_exit: list[ProfileStats] = []


class ProfileStats:
    """Times and sizes of functions: of how they were compiled, of calls, of the pieces of a call.

    ``function(..., profile=True)`` makes one, which is the function's ``profile``. Functions to
    which the same one is given are measured together. A piece is a kernel (ops that are fused), a
    product of matrices, a routine such as sorting, a loop, a branch or a call of Python. It costs
    two looks at the clock, some 50 ns to 100 ns, of which most is left out again: pieces that take
    less than that, as in loops over few numbers, are only roughly measured. A profiled function is
    compiled anew, without the cache.

    Parameters
    ----------
    atexit_print : bool
        Print the summary when the process ends, where ``config.profiling__destination`` says.
    message : str, optional
        The title.

    Attributes
    ----------
    functions : list of Measurement
        What was measured of each function.

    Examples
    --------
    >>> x = pt.dvector("x")
    >>> f = lamina.function([x], pt.exp(x).sum(), profile=ProfileStats(atexit_print=False))
    >>> y = f([1.0, 2.0])
    >>> f.profile.fct_callcount
    1
    """

    __module__ = "lamina.compile.profiling"

    def __init__(
        self, atexit_print: bool = True, message: str | None = None, **accepted: Any
    ) -> None:
        unknown = sorted(set(accepted) - {"flag_time_thunks", "gpu_checks"})
        if unknown:
            raise TypeError(f"ProfileStats has no argument {', '.join(unknown)}")
        self.message = message
        self.atexit_print = atexit_print
        self.functions: list[Measurement] = []
        if atexit_print:
            _print_at_exit(self)

    def __reduce__(self) -> Any:
        return ProfileStats, (self.atexit_print, self.message)

    # -- numbers -----------------------------------------------------------------------------------

    @property
    def fct_callcount(self) -> int:
        """How many calls there were."""
        return sum(m.calls for m in self.functions)

    @property
    def fct_call_time(self) -> float:
        """The seconds that they took."""
        return sum(m.seconds for m in self.functions)

    @property
    def vm_call_time(self) -> float:
        """The seconds in compiled code, without the conversion of arguments and results."""
        return sum(m.native_seconds for m in self.functions)

    @property
    def compile_time(self) -> float:
        """The seconds that compilation took."""
        return sum(m.compile_seconds or 0.0 for m in self.functions)

    @property
    def compile_stages(self) -> dict[str, float]:
        """The seconds of each stage of the pipeline."""
        return self._summed((s, t) for m in self.functions for s, t in m.stages.items())

    @property
    def rewriter_time(self) -> float:
        """The seconds from the graph to buffers."""
        return sum(t for s, t in self.compile_stages.items() if s in _REWRITING)

    @property
    def linker_time(self) -> float:
        """The seconds from buffers to machine code that is linked."""
        return sum(t for s, t in self.compile_stages.items() if s not in _REWRITING)

    @property
    def pieces(self) -> list[PieceTimes]:
        """The pieces of all functions, in the order of the programs."""
        return [t for m in self.functions for t in m.times()[1:]]

    def class_time(self) -> dict[str, float]:
        """The seconds in each class of op, loops without what is in them."""
        return self._summed((t.piece.kind, t.own_seconds) for t in self.pieces)

    def class_callcount(self) -> dict[str, int]:
        """How often pieces of each class of op were done."""
        return self._summed((t.piece.kind, t.calls) for t in self.pieces)

    def op_time(self) -> dict[str, float]:
        """The seconds in each op, loops without what is in them."""
        return self._summed((t.piece.title, t.own_seconds) for t in self.pieces)

    def op_callcount(self) -> dict[str, int]:
        """How often each op was done."""
        return self._summed((t.piece.title, t.calls) for t in self.pieces)

    @staticmethod
    def _summed(pairs: Any) -> dict[str, Any]:
        total: dict[str, Any] = defaultdict(int)
        for name, value in pairs:
            total[name] += value
        return dict(total)

    def reset(self) -> None:
        """Forget the calls, not how the functions were compiled."""
        for m in self.functions:
            m.reset()

    # -- text --------------------------------------------------------------------------------------

    def summary(
        self,
        file: IO[str] | None = None,
        n_ops_to_print: int | None = None,
        n_apply_to_print: int | None = None,
    ) -> None:
        """Print all: calls and compilation; times by class of op, by op, by piece; ops that Python
        computes; times by the user's lines, those in loops under the loop.

        Parameters
        ----------
        file : file, optional
            Standard error unless given.
        n_ops_to_print, n_apply_to_print : int, optional
            How many lines a table has; ``config.profiling__n_ops`` and ``profiling__n_apply``
            unless given.
        """
        print(self._text(n_ops_to_print, n_apply_to_print), file=file or sys.stderr)

    def print(self, file: IO[str] | None = None) -> None:
        """Print the summary on standard output."""
        self.summary(file or sys.stdout)

    def __str__(self) -> str:
        return self._text()

    def _text(self, n_ops: int | None = None, n_pieces: int | None = None) -> str:
        from lamina.compile.profile_report import report

        n_ops = config.profiling__n_ops if n_ops is None else n_ops
        n_pieces = config.profiling__n_apply if n_pieces is None else n_pieces
        return report(self, n_ops, n_pieces)

    def begin(self, title: str, mode: str, started: float) -> Measurement:
        """Measure one more function, whose compilation began at `started`."""
        self.functions.append(Measurement(title, mode, started))
        return self.functions[-1]


_REWRITING = (
    "graph",
    "imports",
    "nd",
    "canonicalize",
    "stabilize",
    "specialize",
    "kernels",
    "buffers",
)


def profile_of(asked: Any) -> ProfileStats | None:
    """The profile that the argument ``profile`` of `function` asks for.

    Raises
    ------
    TypeError
        It is no bool, text or ProfileStats.
    """
    if asked is None:
        asked = config.profile
    if isinstance(asked, ProfileStats):
        return asked
    if not isinstance(asked, bool | str):
        raise TypeError(
            f"profile is a bool, the title of a profile, or a ProfileStats, not {asked!r}"
        )
    if asked is False:
        return None
    return ProfileStats(message=asked if isinstance(asked, str) else None)


def _print_at_exit(stats: ProfileStats) -> None:
    if not _at_exit:
        atexit.register(_print_all)
    _at_exit.append(stats)


def _print_all() -> None:
    """What the end of the process prints: the profiles of functions that were called."""
    called = [stats for stats in _at_exit if stats.fct_callcount]
    if not called:
        return
    to = config.profiling__destination
    if to in ("stderr", "stdout"):
        _print_to(getattr(sys, to), called)
    else:
        with open(to, "w", encoding="utf-8") as file:
            _print_to(file, called)


def _print_to(file: IO[str], called: list[ProfileStats]) -> None:
    for stats in called:
        stats.summary(file)
    if config.print_global_stats or len(called) > 1:
        calls = sum(stats.fct_callcount for stats in called)
        seconds = sum(stats.fct_call_time for stats in called)
        compiling = sum(stats.compile_time for stats in called)
        print(
            f"All {len(called)} profiles: {calls} calls, {seconds:.3e}s; "
            f"compilation {compiling:.3e}s",
            file=file,
        )
