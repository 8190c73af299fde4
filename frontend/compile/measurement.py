"""What is measured of one function: how it was compiled, and its calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from time import perf_counter, perf_counter_ns
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lamina.ir.configuration import config
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.source_line import Line, line_text
from lamina.runtime.descriptor import RECORD_WORDS, Piece

if TYPE_CHECKING:
    from lamina.passes.driver import Fired

Perform = Callable[[list[Any]], list[Any]]


class PieceTimes(NamedTuple):
    """A piece of a function and what was measured of it.

    Attributes
    ----------
    number : int
    piece : Piece
    calls : int
    seconds : float
        Of it with what is in it, less what taking times has added.
    own_seconds : float
        Without the pieces in it.
    workspace : int
        The most bytes of scratch memory that a call had when the piece ended.
    allocated : int
        The bytes that its results were given, in all calls together.
    """

    number: int
    piece: Piece
    calls: int
    seconds: float
    own_seconds: float
    workspace: int
    allocated: int


class Measurement:
    """Times and sizes of one function.

    Parameters
    ----------
    title : str
        The function's name, or its line.
    mode : str
    started : float
        When its compilation began, by ``time.perf_counter``.

    Attributes
    ----------
    by_piece : bool
        Whether machine code takes times of its pieces.
    stages : dict from str to float
        The seconds that each stage of the pipeline took.
    rewrites : Counter
        How often each rewrite fired, by its tag and name.
    rewrite_seconds : dict
        How long each rewrite took to fire or refuse, by tag and name; with the flag
        ``profile_optimizer`` alone, for taking times makes rewriting slower.
    compile_seconds : float or None
        None until the function is made.
    calls : int
    seconds : float
        Of all calls.
    bytes_in, bytes_out : int
        Of the arguments and of what was returned, of the largest call.
    pieces : list of Piece
    lines : dict from str to Line
        The file and line of each text in `pieces`.
    graph : callable, optional
        Prints the compiled graph.
    transfers : callable
        How many arrays were copied "to device" and "from device", of a function of a device.
    """

    def __init__(self, title: str, mode: str, started: float):
        self.title, self.mode = title, mode
        self.by_piece = config.profiling__time_thunks
        self.stages: dict[str, float] = {}
        self.rewrites: Counter[tuple[str, str]] = Counter()
        self.rewrite_seconds: dict[tuple[str, str], float] = {}
        self.compile_seconds: float | None = None
        self.pieces: list[Piece] = []
        self.lines: dict[str, Line] = {}
        self.graph: Callable[[], str] | None = None
        self.transfers: Callable[[], dict[str, int]] = dict
        self._started = self._last = started
        self._ignored = 1 if config.profiling__ignore_first_call else 0
        self._records = np.zeros((0, RECORD_WORDS), np.int64)
        self._clock = (0.0, 0.0)
        self.reset()

    def reset(self) -> None:
        """Forget the calls."""
        self.calls = self.bytes_in = self.bytes_out = 0
        self.seconds = 0.0
        self._records[...] = 0

    # -- compilation -------------------------------------------------------------------------------

    def reached(self, stage: str, fired: Sequence[Fired] = ()) -> None:
        """Note that a stage has ended, and which rewrites fired in it."""
        if self.compile_seconds is not None:
            return  # its texts are made once more
        now = perf_counter()
        self.stages[stage] = self.stages.get(stage, 0.0) + now - self._last
        self._last = now
        self.rewrites.update((f.tag, f.rewrite) for f in fired)

    def compiled(self, graph: Callable[[], str]) -> None:
        """Note that the function is made, and what prints its graph."""
        self.reached("link")
        self.graph = graph
        self.compile_seconds = perf_counter() - self._started

    def take(self, pieces: list[Piece]) -> np.ndarray:
        """Have `pieces`; their records, int64, of shape (pieces, RECORD_WORDS)."""
        self.pieces = pieces
        self._records = np.zeros((len(pieces), RECORD_WORDS), np.int64)
        return self._records

    def correct(self, inside: float, around: float) -> None:
        """Have the nanoseconds that taking its time adds to a piece, and to what it is in."""
        self._clock = inside, around

    # -- calls -------------------------------------------------------------------------------------

    def timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, with its time taken."""

        def measured(*args: Any, **kwargs: Any) -> Any:
            start = perf_counter_ns()
            results = None
            try:
                results = call(*args, **kwargs)
            finally:
                self.seconds += (perf_counter_ns() - start) * 1e-9
                self.calls += 1
                self.bytes_in = max(self.bytes_in, _bytes([*args, *kwargs.values()]))
                self.bytes_out = max(self.bytes_out, _bytes(_flat(results)))
                if self._ignored:
                    self._ignored -= 1
                    self.reset()
            return results

        return measured

    def watch(
        self, order: Sequence[Apply], watch: Any = None
    ) -> Callable[[Apply, Perform], Perform]:
        """What takes times of the applications that the interpreter runs, in this order.

        Parameters
        ----------
        watch : callable, optional
            Another one, whose work is not among the times.
        """
        pieces = [Piece("function", "", (), -1)]
        for node in order:
            if node.line is not None:
                self.lines[line_text(node.line)] = node.line
            text = (line_text(node.line),) if node.line is not None else ()
            pieces.append(Piece(type(node.op).__name__, str(node.op), text, 0, by_python=True))
        records = self.take(pieces)
        numbers = {node: number for number, node in enumerate(order, 1)}

        def watched(node: Apply, perform: Perform) -> Perform:
            record = records[numbers[node]]

            def timed(operands: list[Any]) -> list[Any]:
                start = perf_counter_ns()
                results = perform(operands)
                record[:2] += 1, perf_counter_ns() - start
                record[3] += _bytes(results)
                return results

            return timed if watch is None else watch(node, timed)

        return watched

    def times(self) -> list[PieceTimes]:
        """The pieces and what was measured of them, in the order of the program."""
        words = self._records.tolist()
        inside, around = self._clock
        looks = [0.0] * len(words)  # at the clock, in what is in a piece
        for i in reversed(range(1, len(words))):  # a piece comes after what it is in
            looks[self.pieces[i].parent] += looks[i] + words[i][0]
        whole = [
            max(row[1] - inside * row[0] - around * n, 0.0) * 1e-9
            for row, n in zip(words, looks, strict=True)
        ]
        own = list(whole)
        for piece, seconds in zip(self.pieces, whole, strict=True):
            if piece.parent > 0:
                own[piece.parent] -= seconds
        return [
            PieceTimes(i, piece, row[0], whole[i], max(own[i], 0.0), row[2], row[3])
            for i, (piece, row) in enumerate(zip(self.pieces, words, strict=True))
        ]

    @property
    def clock_seconds(self) -> float:
        """What taking times has added to the calls."""
        return float(self._records[:, 0].sum()) * self._clock[1] * 1e-9

    @property
    def native_seconds(self) -> float:
        """The time in machine code, of calls that went well."""
        return self.times()[0].seconds if self.pieces else 0.0


def _flat(results: Any) -> list[Any]:
    if isinstance(results, dict):
        return list(results.values())
    return results if isinstance(results, list) else [results]


def _bytes(values: Sequence[Any]) -> int:
    return sum(getattr(value, "nbytes", 0) for value in values)
