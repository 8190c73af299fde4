"""`function_dump`: a call of ``function`` as a file, so that others can make it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from lamina.compile.io import In
from lamina.compile.modes import Mode
from lamina.ir.graph.variable import Variable
from lamina.stripped_pickle import StripPickler


def function_dump(
    filename: str | os.PathLike[str],
    inputs: Sequence[Variable | In],
    outputs: Any = None,
    mode: str | Mode | None = None,
    updates: Any = None,
    givens: Any = None,
    no_default_updates: bool | Sequence[Variable] = False,
    accept_inplace: bool = False,
    name: str | None = None,
    rebuild_strict: bool = True,
    allow_input_downcast: bool | None = None,
    profile: Any = None,
    on_unused_input: str | None = None,
    extra_tag_to_remove: str | Iterable[str] | None = None,
    *,
    trust_input: bool = False,
) -> None:
    """Write the arguments of a call of ``lamina.function`` to a file, and compile nothing.

    What fails to compile can be given to others so, with the values of shared variables. Where
    these are nobody's business, set them to zeros before.

    Parameters
    ----------
    filename : path
    inputs, outputs, mode, updates, givens, no_default_updates, accept_inplace, name, \
rebuild_strict, allow_input_downcast, profile, on_unused_input, trust_input
        As of ``lamina.function``.
    extra_tag_to_remove : str or sequence of str, optional
        As of ``StripPickler``, which writes the file.

    Examples
    --------
    >>> function_dump("call.pkl", [x], 2 * x)                              # doctest: +SKIP
    >>> with open("call.pkl", "rb") as file:                               # doctest: +SKIP
    ...     f = lamina.function(**pickle.load(file))
    """
    call = {
        "inputs": inputs,
        "outputs": outputs,
        "mode": mode,
        "updates": updates,
        "givens": givens,
        "no_default_updates": no_default_updates,
        "accept_inplace": accept_inplace,
        "name": name,
        "rebuild_strict": rebuild_strict,
        "allow_input_downcast": allow_input_downcast,
        "profile": profile,
        "on_unused_input": on_unused_input,
        "trust_input": trust_input,
    }
    with open(filename, "wb") as file:
        StripPickler(file, -1, extra_tag_to_remove).dump(call)
