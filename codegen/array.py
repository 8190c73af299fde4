"""Arrays of the host function: where their elements lie, in names of its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lamina.codegen.memory import memory_type


@dataclass(frozen=True)
class Array:
    """Where an array lies.

    Attributes
    ----------
    pointer : str
        The address of its first element.
    lengths, strides : tuple of str
        i64 values; strides in elements.
    contiguous : bool
        Row-major without gaps.
    """

    pointer: str
    dtype: str
    lengths: tuple[str, ...]
    strides: tuple[str, ...]
    contiguous: bool = True

    @property
    def element(self) -> str:
        """The type that address arithmetic counts in."""
        return memory_type(self.dtype)


def planned_place(op: Any, i: int) -> tuple[str, int]:
    """Where the plan puts result `i`: a kind of place, and its number if there are several."""
    kind, _, number = op.attributes["buffers"].data[i].data.partition(" ")
    return kind, int(number or 0)
