"""`scan`: a loop as a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.compile.modes import Mode
from lamina.scan.arguments import fixed_values, iterated, recurrences
from lamina.scan.loop_of_steps import Loop, refuse_updates


def scan(
    fn: Callable[..., Any],
    sequences: Any = None,
    outputs_info: Any = None,
    non_sequences: Any = None,
    n_steps: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: str | Mode | None = None,
    name: str | None = None,
    profile: bool | str = False,
    allow_gc: bool | None = None,
    strict: bool = False,
    return_list: bool = False,
    return_updates: bool = True,
) -> Any:
    """Do a step for each row of sequences, or a number of times; stack what the steps make.

    Parameters
    ----------
    fn : callable
        Makes the graph of a step; it is called once. Its arguments are, in this order, the rows of
        each sequence, in the order of its taps; the earlier values of each output, in the order of
        its taps; and `non_sequences`. It returns an output or a list of them, a dict (or list of
        pairs) of new values of shared variables, and ``until(condition)``: one of these, or several
        in any order.
    sequences : variable, dict or list of these
        A step t gets row t. A ``dict(input=x, taps=[-3, 2])`` gives it the rows t-3 and t+2
        instead; the loop then begins at the first t for which these are rows.
    outputs_info : variable, dict, None or list of these
        One entry for each output. A variable is the value before the first step: a step gets the
        output of the one before, in its shape and dtype. With ``dict(initial=x, taps=[-3, -1])`` it
        gets the values of three steps and of one step ago; `x` stacks as many initial values as the
        oldest tap needs, the oldest first. A dict without ``taps`` means ``taps=[-1]``, whose `x`
        is not stacked. None, an empty dict, or ``taps=None``: steps do not get this output.
    non_sequences : variable or list of variable
        What every step gets as it is. Other variables that `fn` uses need not be listed.
    n_steps : int or integer scalar
        How many steps to do; by default as many as the shortest sequence allows. With ``until``, at
        most this many.
    truncate_gradient : int
        Through how many steps, from the last one, gradients go back; -1 is all.
    go_backwards : bool
        Go through sequences from the end.
    mode : str or Mode, optional
        By default steps are rewritten and compiled as the function that the loop is part of, its
        mode. With a mode of its own, the optimizer, tags, rules and rewriters of that rewrite the
        steps, and those of loops in them that have none; what is the same in all steps leaves the
        loop, and is rewritten as the rest of the function. The processor's code is of the
        function's mode. A mode that interprets, as "NUMPY" or "NanGuardMode", lets Python run the
        loop, and look at what it does. A function that interprets runs all loops itself.
    name : str, optional
        For printed graphs and messages.
    profile : bool or str
        A text is the loop's name where there is no other. The loop and the pieces of a step are
        part of the profile of the function, where that has one.
    allow_gc : bool, optional
        Accepted: memory is planned.
    strict : bool
        Require that all variables that `fn` uses are in `sequences`, `outputs_info` or
        `non_sequences`.
    return_list : bool
        Return a list even of one output.
    return_updates : bool
        Return ``(outputs, updates)``; else the outputs alone.

    Returns
    -------
    outputs : variable or list of variable
        All values of each output, of which the first dimension is the step; initial values are not
        among them. Of what is no array, such as the state of a random generator, it is the last
        value. None if there are no outputs.
    updates : dict
        For ``function(updates=...)``: the last values of the shared variables that steps update,
        their ``default_update`` included.

    Raises
    ------
    TypeError
        A step makes another type than the initial value has, or something is no variable.
    ValueError
        The number of steps is unknown or negative, a sequence is too short, or there is not an
        entry of `outputs_info` for each output. What only shows when the loop runs is raised then.
        `mode` is that of a device, and the function is compiled for another.
    MissingInputError
        `fn` uses a variable that is not listed, and `strict` is set.

    Examples
    --------
    >>> x = pt.dvector("x")
    >>> sums, updates = lamina.scan(lambda row, total: total + row, x, outputs_info=np.float64(0))
    >>> lamina.function([x], sums, updates=updates)([1, 2, 3])
    array([1., 3., 6.])
    """
    loop = Loop.made(
        fn,
        iterated(sequences),
        recurrences(outputs_info),
        fixed_values(non_sequences),
        n_steps=n_steps,
        truncate_gradient=truncate_gradient,
        go_backwards=go_backwards,
        mode=mode,
        name=name or (profile if isinstance(profile, str) else None),
        strict=strict,
    )
    if not return_updates:
        refuse_updates(loop, name)
    outputs = one_or_list(loop.outputs, return_list)
    return (outputs, loop.updates) if return_updates else outputs


def one_or_list(outputs: list[Any], always_list: bool = False) -> Any:
    """Outputs as they are returned: one by itself, none as None."""
    if always_list or len(outputs) > 1:
        return outputs
    return outputs[0] if outputs else None
