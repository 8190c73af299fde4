"""Exceptions of graph construction."""


class InconsistencyError(Exception):
    """A graph contradicts itself, such as a buffer destroyed before its last use."""


class MethodNotDefined(AttributeError, NotImplementedError):
    """An op lacks the method that was called, such as ``perform`` or ``grad``."""


class MissingInputError(ValueError):
    """A graph depends on a variable that is neither an input nor computed."""


class NotInDialect(TypeError):
    """A graph has an op that the nd dialect does not know: it cannot become machine code."""
