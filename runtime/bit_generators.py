"""NumPy's random C functions for compiled code, and the bit generators that they draw from.

A state of a generator is an array of words: the number of its class, from 1 in the order of
`CLASSES`; then in bytes where its struct begins, and up to two pairs of words of which the first is
a pointer to the second while the state is in use. `lamina_bitgen_open` makes of such a state, where
it lies, a ``bitgen_t``; `lamina_bitgen_close` takes the pointers out of it again.
"""

from __future__ import annotations

import ctypes
from functools import cache

import numpy as np

CLASSES = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
NAMES = ("lamina_bitgen_open", "lamina_bitgen_close")
PREFIX = "random_"

# Of a bitgen_t, after the address of the state: next_uint64, next_uint32, next_double, next_raw.
_FUNCTIONS = 4


def _symbol(name: str, number: int) -> str:
    return f"lamina_bitgen_{name}_{number}"


def ir() -> str:
    """LLVM IR of the functions `NAMES`, which refers to the symbols of `functions`."""
    names = [_symbol(name, i) for name in CLASSES for i in range(_FUNCTIONS)]
    declared = "\n".join(f"@{name} = external global i8" for name in names)
    table = ", ".join(f"ptr @{name}" for name in names)
    copied = "\n".join(
        f"""  %from{i} = getelementptr ptr, ptr %row, i64 {i}
  %function{i} = load ptr, ptr %from{i}
  %to{i} = getelementptr ptr, ptr %bits, i64 {i + 1}
  store ptr %function{i}, ptr %to{i}"""
        for i in range(_FUNCTIONS)
    )
    return f"""
{declared}
@table = private constant [{len(names)} x ptr] [{table}]

define void @lamina_bitgen_open(ptr %words, ptr %bits) {{
  %number = load i64, ptr %words
  %layout.at = getelementptr i64, ptr %words, i64 1
  %layout = load i64, ptr %layout.at
  %struct = and i64 %layout, 255
  %state = getelementptr i64, ptr %words, i64 %struct
  store ptr %state, ptr %bits
  %place = mul i64 %number, {_FUNCTIONS}
  %start = sub i64 %place, {_FUNCTIONS}
  %row = getelementptr ptr, ptr @table, i64 %start
{copied}
  call void @point(ptr %words, i64 %layout, i64 8, i1 true)
  call void @point(ptr %words, i64 %layout, i64 24, i1 true)
  ret void
}}

define void @lamina_bitgen_close(ptr %words) {{
  %layout.at = getelementptr i64, ptr %words, i64 1
  %layout = load i64, ptr %layout.at
  call void @point(ptr %words, i64 %layout, i64 8, i1 false)
  call void @point(ptr %words, i64 %layout, i64 24, i1 false)
  ret void
}}

define internal void @point(ptr %words, i64 %layout, i64 %shift, i1 %open) {{
  %pair = lshr i64 %layout, %shift
  %at = and i64 %pair, 255
  %some = icmp ne i64 %at, 0
  br i1 %some, label %set, label %done
set:
  %rest = lshr i64 %pair, 8
  %to = and i64 %rest, 255
  %place = getelementptr i64, ptr %words, i64 %at
  %target = getelementptr i64, ptr %words, i64 %to
  %value = select i1 %open, ptr %target, ptr null
  store ptr %value, ptr %place
  br label %done
done:
  ret void
}}
"""


@cache
def functions() -> dict[str, int]:
    """The addresses of what draws from the bit generators of each class, by symbol."""
    found = {}
    for name in CLASSES:
        generator = getattr(np.random, name)(0)
        bits = generator.ctypes.bit_generator
        address = getattr(bits, "value", bits)
        for i in range(_FUNCTIONS):
            word = ctypes.c_size_t.from_address(address + 8 * (i + 1)).value
            found[_symbol(name, i)] = word
    return found


def numpy_function(name: str) -> int:
    """The address of one of the C functions that NumPy's Generator draws with, 0 if it has none."""
    import numpy.random._generator as generator

    library = ctypes.CDLL(generator.__file__)
    return ctypes.cast(library[name], ctypes.c_void_p).value or 0 if hasattr(library, name) else 0
