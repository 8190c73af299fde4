"""Pickles of graphs without what only tells where they come from."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from types import SimpleNamespace
from typing import IO, Any

from lamina.ir.graph.apply import Apply
from lamina.ir.graph.variable import Variable

# What tags have that no computation needs: lines of the user's files, and example values.
STRIPPED_TAGS = ("trace", "test_value")


class StripPickler(pickle.Pickler):
    """A pickler that leaves out of graphs what computes nothing.

    Variables and applications lose the lines of the user's files that made them, and test values.

    Parameters
    ----------
    file : binary stream
    protocol : int
        -1 is the highest that there is.
    extra_tag_to_remove : str or sequence of str, optional
        Attributes of ``variable.tag`` to leave out besides.

    Examples
    --------
    >>> with open("graph.pkl", "wb") as file:                              # doctest: +SKIP
    ...     StripPickler(file, protocol=-1).dump(dict(inputs=[x], outputs=y))
    """

    __module__ = "lamina.misc.pkl_utils"

    def __init__(
        self,
        file: IO[bytes],
        protocol: int = 0,
        extra_tag_to_remove: str | Iterable[str] | None = None,
    ):
        super().__init__(file, protocol)
        extra = extra_tag_to_remove or ()
        self.tag_to_remove = (*STRIPPED_TAGS, *([extra] if isinstance(extra, str) else extra))
        self._protocol = pickle.HIGHEST_PROTOCOL if protocol < 0 else protocol

    def reducer_override(self, obj: Any) -> Any:
        """How `obj` is pickled: as ever, but for what is left out of parts of graphs."""
        if not isinstance(obj, (Variable, Apply)):
            return NotImplemented
        reduced: Any = obj.__reduce_ex__(self._protocol)
        if len(reduced) < 3:
            return reduced
        return *reduced[:2], self._stripped(reduced[2]), *reduced[3:]

    def _stripped(self, state: dict[str, Any]) -> dict[str, Any]:
        state = dict(state)
        if "line" in state:
            state["line"] = None
        tag = state.pop("_tag", None)
        kept = {n: v for n, v in vars(tag).items() if n not in self.tag_to_remove} if tag else {}
        return {**state, "_tag": SimpleNamespace(**kept)} if kept else state
