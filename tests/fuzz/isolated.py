"""Calls in a process of their own, whose crash is a result like any other."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class Crash(Exception):
    """The process ended without a result."""


def in_child(function: Callable[[], Any], seconds: int = 120) -> Any:
    """The result of `function`, called in a fork of this process.

    Raises
    ------
    Crash
        It was killed by a signal, or took longer than `seconds`.
    """
    (found,) = each_in_child(lambda _: function(), [None], seconds)
    if isinstance(found, Crash):
        raise found
    return found


def each_in_child(
    function: Callable[[T], Any], items: Sequence[T], seconds: int = 120
) -> Iterator[Any]:
    """The results of `function` for each of `items`, or the Crash of one, in one fork of this
    process; after a crash, in another. `seconds` are each one's time.
    """
    left = list(items)
    while left:
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            with os.fdopen(write, "wb") as stream:
                for item in left:
                    signal.alarm(seconds)
                    pickle.dump(function(item), stream)
                    stream.flush()
            os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as stream:
            while left:
                try:
                    found = pickle.load(stream)
                except (EOFError, pickle.UnpicklingError):
                    break
                left.pop(0)
                yield found
        _, status = os.waitpid(child, 0)
        if left:
            number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            what = signal.Signals(number).name if number else f"exit status {status}"
            left.pop(0)
            yield Crash(f"no end after {seconds} s" if number == signal.SIGALRM else what)
