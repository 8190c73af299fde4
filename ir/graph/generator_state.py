"""States of NumPy's random generators as arrays of words, which is how graphs carry them.

A state is a value: drawing makes a new one, and whoever holds the old one can draw the same again.
The words are laid out as NumPy's C code has them in memory, so that its samplers work on them:

    0       number of the kind, its place in KINDS plus 1
    1       its layout, in bytes: the word where the struct begins; then up to two pairs of words,
            of which the first is in use a pointer to the second
    2...    what the struct of the bit generator points to, if it does
    ...     the struct, whose pointers are 0 here
    ...     nothing, so that the number of words is even and 128-bit integers are aligned

The state of a counter-based generator has no struct, for C functions do not draw from it:

    0, 1    the number after those of KINDS, and 0
    2 to 5  the counter, the lowest word first
    6, 7    the key
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

_WORD = 2**64 - 1

# Of a counter-based generator.
COUNTER, KEY = slice(2, 6), slice(6, 8)
COUNTER_BASED_WORDS = 8


class Kind(NamedTuple):
    """A class of bit generators.

    Attributes
    ----------
    name : str
    size : int
        The number of words of a state.
    struct : int
        The word where the struct begins.
    pointers : tuple of (int, int)
        Words of the struct that point, while it is in use, to other words.
    write : callable
        ``write(words, state)`` puts the ``state`` of a bit generator into words.
    read : callable
        ``read(words)`` is the ``state`` that was put there.
    """

    name: str
    size: int
    struct: int
    pointers: tuple[tuple[int, int], ...]
    write: Callable[[Any, dict[str, Any]], None]
    read: Callable[[Any], dict[str, Any]]

    @property
    def layout(self) -> int:
        """The second word of a state."""
        parts = [self.struct, *(word for pair in self.pointers for word in pair)]
        return sum(part << 8 * i for i, part in enumerate(parts))


def _half(state: dict[str, Any]) -> int:
    """The half of a word that is left of the last draw of 32 bits, behind whether there is one."""
    return int(state["has_uint32"]) | int(state["uinteger"]) << 32


def _left(word: Any) -> dict[str, int]:
    return {"has_uint32": int(word) & 0xFFFFFFFF, "uinteger": int(word) >> 32}


def _write_pcg(words: Any, state: dict[str, Any]) -> None:
    for i, number in ((2, state["state"]["state"]), (4, state["state"]["inc"])):
        words[i], words[i + 1] = number & _WORD, number >> 64
    words[7] = _half(state)


def _read_pcg(words: Any) -> dict[str, Any]:
    state, inc = (int(words[i]) | int(words[i + 1]) << 64 for i in (2, 4))
    return {"state": {"state": state, "inc": inc}, **_left(words[7])}


def _write_twister(words: Any, state: dict[str, Any]) -> None:
    words[2:314].view(np.uint32)[:] = state["state"]["key"]
    words[314] = int(state["state"]["pos"])


def _read_twister(words: Any) -> dict[str, Any]:
    key = np.array(words[2:314]).view(np.uint32)
    return {"state": {"key": key, "pos": int(words[314]) & 0xFFFFFFFF}}


def _write_philox(words: Any, state: dict[str, Any]) -> None:
    words[2:6] = state["state"]["counter"]
    words[6:8] = state["state"]["key"]
    words[10] = int(state["buffer_pos"])
    words[11:15] = state["buffer"]
    words[15] = _half(state)


def _read_philox(words: Any) -> dict[str, Any]:
    return {
        "state": {"counter": np.array(words[2:6]), "key": np.array(words[6:8])},
        "buffer": np.array(words[11:15]),
        "buffer_pos": int(words[10]) & 0xFFFFFFFF,
        **_left(words[15]),
    }


def _write_sfc(words: Any, state: dict[str, Any]) -> None:
    words[2:6] = state["state"]["state"]
    words[6] = _half(state)


def _read_sfc(words: Any) -> dict[str, Any]:
    return {"state": {"state": np.array(words[2:6])}, **_left(words[6])}


KINDS = (
    Kind("PCG64", 8, 6, ((6, 2),), _write_pcg, _read_pcg),
    Kind("PCG64DXSM", 8, 6, ((6, 2),), _write_pcg, _read_pcg),
    Kind("MT19937", 316, 2, (), _write_twister, _read_twister),
    Kind("Philox", 16, 8, ((8, 2), (9, 6)), _write_philox, _read_philox),
    Kind("SFC64", 8, 2, (), _write_sfc, _read_sfc),
)
_NUMBERS = {kind.name: number for number, kind in enumerate(KINDS, 1)}
_COUNTER_BASED = len(KINDS) + 1


def is_known(generator: np.random.Generator) -> bool:
    """Whether the bit generator is one of NumPy's, whose states can be words."""
    if is_counter_based(generator):
        return True
    kind = type(generator.bit_generator)
    return getattr(np.random, kind.__name__, None) is kind and kind.__name__ in _NUMBERS


def is_counter_based(value: np.ndarray | np.random.Generator) -> bool:
    """Whether words are the state of a counter-based generator, or this is one."""
    if isinstance(value, np.ndarray):
        return value.shape == (COUNTER_BASED_WORDS,) and bool(value[0] == _COUNTER_BASED)
    from lamina.ir.graph.counter_based_generator import CounterBasedGenerator

    return isinstance(value, CounterBasedGenerator)


def words_of(generator: np.random.Generator) -> np.ndarray:
    """The state of a generator, which stays as it is.

    Raises
    ------
    KeyError
        Its bit generator is not one of NumPy's.
    """
    bits = generator.bit_generator
    if is_counter_based(generator):
        state: Any = bits.state["state"]  # type: ignore[call-overload,index]
        words = np.zeros(COUNTER_BASED_WORDS, np.uint64)
        words[0], words[COUNTER], words[KEY] = _COUNTER_BASED, state["counter"], state["key"]
        return words
    number = _NUMBERS[type(bits).__name__]
    kind = KINDS[number - 1]
    words = np.zeros(kind.size, np.uint64)
    words[0], words[1] = number, kind.layout
    kind.write(words, bits.state)  # type: ignore[arg-type]
    return words


def generator_of(words: np.ndarray) -> np.random.Generator:
    """A generator in the state that words tell.

    Raises
    ------
    ValueError
        They tell none.
    """
    if is_counter_based(words):
        from lamina.ir.graph.counter_based_generator import CounterBasedGenerator

        return CounterBasedGenerator(np.random.Philox(counter=words[COUNTER], key=words[KEY]))
    number = int(words[0]) if words.ndim == 1 and len(words) > 1 else 0
    if not 1 <= number <= len(KINDS) or KINDS[number - 1].size != len(words):
        raise ValueError(f"{len(words)} words are no state of a random generator")
    kind = KINDS[number - 1]
    bits = getattr(np.random, kind.name)(0)
    bits.state = {"bit_generator": kind.name, **kind.read(words)}
    return np.random.Generator(bits)
