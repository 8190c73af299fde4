"""Calls in a process of their own, whose crash is a result like any other."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable
from typing import Any


class Crash(Exception):
    """The process ended without a result."""


def in_child(function: Callable[[], Any], seconds: int = 120) -> Any:
    """The result of `function`, called in a fork of this process.

    Raises
    ------
    Crash
        It was killed by a signal, or took longer than `seconds`.
    """
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(seconds)
        with os.fdopen(write, "wb") as stream:
            pickle.dump(function(), stream)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        data = stream.read()
    _, status = os.waitpid(child, 0)
    if status or not data:
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        what = signal.Signals(number).name if number else f"exit status {status}"
        raise Crash(f"no end after {seconds} s" if number == signal.SIGALRM else what)
    return pickle.loads(data)
