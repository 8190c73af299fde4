"""What one flag of the configuration is: a default, a meaning, and the values it may hold."""

import os
from collections.abc import Iterable
from typing import Any, Literal, get_args, get_origin


class Flag:
    """One flag: its default and its meaning. The annotation in `Config` says what it may hold."""

    def __init__(self, default: Any, doc: str, ignored: bool = False) -> None:
        self.default, self.doc, self.ignored = default, doc, ignored

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.kind = kind = owner.__annotations__[name]
        closed = {bool: (True, False), bool | None: (None, True, False)}
        self.choices = get_args(kind) if get_origin(kind) is Literal else closed.get(kind, ())

    @property
    def takes(self) -> str:
        """What the flag may hold, and its default."""
        words = {int: "an integer", float: "a number", str: "text"}
        values = ", ".join(map(str, self.choices)) or words[self.kind]
        return f"{values}; default {self.default!r}"

    def check(self, value: Any, source: str) -> Any:
        """Return the value as the flag holds it; an error names `source`, where it was set."""
        if self.kind is str and isinstance(value, os.PathLike):
            value = os.fspath(value)
        elif self.kind is float and type(value) is int:
            value = float(value)
        # 1 is no bool and True no integer, though they are equal.
        types = set(map(type, self.choices)) or {self.kind}
        if type(value) in types and value in (self.choices or [value]):
            return value
        near = nearest(str(value), map(str, self.choices), at_least=0.6)
        hint = f"; the nearest is {near}" if near else ""
        raise ValueError(f"{source}: {self.name} cannot be {value!r}, it takes {self.takes}{hint}")

    def read(self, text: str, source: str) -> Any:
        """Return the value that a text from the environment stands for."""
        spelled = {str(choice).lower(): choice for choice in self.choices}
        if True in self.choices:
            spelled |= {"1": True, "0": False}
        try:
            value = spelled.get(text.lower(), text) if self.choices else self.kind(text)
        except ValueError:
            value = text
        return self.check(value, source)


def flag(default: Any, doc: str) -> Any:
    """Declare a flag. The result is typed as the value that an instance of `Config` holds."""
    return Flag(default, doc)


def ignored(default: Any, reason: str) -> Any:
    """Declare a flag that programs written for PyTensor set and that changes nothing here."""
    return Flag(default, f"Accepted and ignored: {reason}", ignored=True)


def nearest(word: str, words: Iterable[str], at_least: float = 0.0) -> str:
    import difflib  # takes 1 ms, wanted in errors alone

    return "".join(difflib.get_close_matches(word, list(words), n=1, cutoff=at_least))
