"""What `function` may be told about an input or an output."""

from __future__ import annotations

from typing import Any

from lamina.ir.graph.variable import Variable


class In:
    """An input of a function.

    Parameters
    ----------
    variable : Variable
    name : str, optional
        The keyword of the argument; the variable's name unless given.
    value : optional
        The default value: the argument may then be left out of a call.
    update : Variable, optional
        An expression that replaces the default value after each call.
    mutable : bool
        Whether the function may overwrite the array that it is given.
    strict : bool
        Accept only arrays of exactly the variable's dtype.
    allow_downcast : bool or None
        True permits any loss of precision, False none; None permits Python floats to become floatX.
    autoname : bool
        Whether the variable's name serves as the keyword.
    implicit : bool
        The function takes the default value and has no argument for it.
    borrow : bool
        Keep `value` itself as the default, not a copy.

    Examples
    --------
    >>> x, step = pt.dscalar("x"), pt.dscalar()
    >>> f = lamina.function([x, In(step, name="step", value=0.5)], x + step)
    >>> f(1.0), f(1.0, step=2.0)
    (array(1.5), array(3.))
    """

    __module__ = "lamina.compile.io"

    def __init__(
        self,
        variable: Variable,
        name: str | None = None,
        value: Any = None,
        update: Variable | None = None,
        mutable: bool | None = None,
        strict: bool = False,
        allow_downcast: bool | None = None,
        autoname: bool = True,
        implicit: bool | None = None,
        borrow: bool | None = None,
    ):
        if not isinstance(variable, Variable):
            raise TypeError(
                f"In expects a Variable, got {variable!r} of type {type(variable).__name__}"
            )
        if update is not None and value is None:
            raise ValueError(f"In({variable}): an update needs a value to start from; give value=")
        if implicit and value is None:
            raise ValueError(f"In({variable}): an implicit input needs a value; give value=")
        self.variable = variable
        self.name = variable.name if name is None and autoname else name
        self.value = value
        self.update = update
        self.mutable = bool(mutable)
        self.strict = strict
        self.allow_downcast = allow_downcast
        self.autoname = autoname
        self.implicit = bool(implicit)
        self.borrow = bool(borrow)

    def __repr__(self) -> str:
        return (
            f"In({self.variable})"
            if self.update is None
            else f"In({self.variable} -> {self.update})"
        )


class Out:
    """An output of a function.

    Parameters
    ----------
    variable : Variable
    borrow : bool
        Whether the result may share memory with an argument, a shared variable or another result.
    """

    __module__ = "lamina.compile.io"

    def __init__(self, variable: Variable, borrow: bool = False):
        if not isinstance(variable, Variable):
            raise TypeError(
                f"Out expects a Variable, got {variable!r} of type {type(variable).__name__}"
            )
        self.variable = variable
        self.borrow = borrow

    def __repr__(self) -> str:
        return f"Out({self.variable},{self.borrow})"
