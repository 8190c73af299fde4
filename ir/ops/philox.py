"""Random words as functions of a key and a counter, each block of four independent of all others.

J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Parallel random numbers: as easy as 1, 2, 3,
Proc. SC11 (2011), section 3.3: Philox4x64 of 10 rounds, which is that of ``numpy.random.Philox``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import lamina.ir.operators as nd
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.generator_state import COUNTER, KEY, generator_of
from lamina.ir.graph.random_type import RandomGeneratorType
from lamina.ir.ops.cast import cast_op
from lamina.ir.ops.constant import constant, constant_value
from lamina.ir.ops.reshape import reshape
from lamina.ir.ops.routine import Routine

ROUNDS = 10
MULTIPLIERS = 0xD2E7470EE14C6C93, 0xCA5A826395121157
# The key grows by the golden ratio and the square root of 3, less 1, as fractions of 2^64.
WEYL = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B
WORDS_OF_A_BLOCK = 4

_LOW, _HALF = np.uint64(2**32 - 1), np.uint64(32)
_UINT64 = cast_op("uint64")


def full_product(a: Any, b: Any) -> tuple[Any, Any]:
    """The high and the low word of the product of two words.

    By halves, for which processors have vector instructions, as they have not for 128 bits.
    """
    low_a, high_a = a & _LOW, a >> _HALF
    low_b, high_b = b & _LOW, b >> _HALF
    lowest = low_a * low_b
    middle = high_a * low_b + (lowest >> _HALF)
    other = low_a * high_b + (middle & _LOW)
    high = high_a * high_b + (middle >> _HALF) + (other >> _HALF)
    return high, (other << _HALF) | (lowest & _LOW)


def philox(
    counter: Sequence[Any],
    key: Sequence[Any],
    product: Callable[[Any, Any], tuple[Any, Any]] = full_product,
) -> list[Any]:
    """The four words of a block.

    Parameters
    ----------
    counter : sequence of four uint64
    key : sequence of two uint64
    product : callable
        From two words to the high and the low one of their product.
    """
    x, k = list(counter), list(key)
    for _ in range(ROUNDS):
        high0, low0 = product(x[0], np.uint64(MULTIPLIERS[0]))
        high1, low1 = product(x[2], np.uint64(MULTIPLIERS[1]))
        x = [high1 ^ x[1] ^ k[0], low1, high0 ^ x[3] ^ k[1], low0]
        k = [part + np.uint64(step) for part, step in zip(k, WEYL, strict=True)]
    return x


def advanced(counter: Sequence[Any], by: Any) -> list[Any]:
    """The number of 256 bits that four words make, the lowest first, and a word more."""
    words = [counter[0] + by]
    carry = words[0] < by
    for word in counter[1:]:
        words.append(word + _UINT64(carry))
        carry = carry & nd.eq(words[-1], np.uint64(0))
    return words


class PhiloxBlocks(Routine):
    """The words of the first blocks after the state of a generator: a row a block."""

    __module__ = "lamina.tensor.random.op"
    __props__ = ()
    nd_name = "philox_blocks"
    gufunc_signature = f"(s),blocks->(blocks,{WORDS_OF_A_BLOCK})"
    independent = 1

    def make_node(self, rng: Any, blocks: Any) -> Apply:  # type: ignore[override]
        types = self.infer([rng.type.machine, blocks.type], [None, constant_value(blocks)])
        return Apply(self, [rng, blocks], [t() for t in types])

    def result_dtypes(self, dtypes: Any) -> tuple[str]:
        return ("uint64",)

    def numpy(self, *arrays: Any) -> Any:
        state, blocks = arrays
        words = generator_of(state).bit_generator.random_raw(int(blocks) * WORDS_OF_A_BLOCK)
        return np.reshape(words, (-1, WORDS_OF_A_BLOCK))

    def native(self, b: Any, operands: Any, results: Any) -> None:
        (state, _), (y,) = operands, results
        counter = [state[i] for i in range(COUNTER.start, COUNTER.stop)]
        key = [state[i] for i in range(KEY.start, KEY.stop)]
        with b.places(y.lengths[:1]) as (i,):
            # the state is that of the block before
            words = philox(advanced(counter, b.cast(i + 1, "uint64")), key, b.full_product)
            for j, word in enumerate(words):
                y[i, j] = word


class AdvanceCounter(Routine):
    """The state of a generator after a number of blocks."""

    __module__ = "lamina.tensor.random.op"
    __props__ = ()
    nd_name = "advance_counter"
    gufunc_signature = "(s),()->(s)"
    overwrites = 0

    def make_node(self, rng: Any, blocks: Any) -> Apply:  # type: ignore[override]
        types = self.infer([rng.type.machine, blocks.type], [None, None])
        kind = rng.type if isinstance(rng.type, RandomGeneratorType) else types[0]
        return Apply(self, [rng, blocks], [kind()])

    def numpy(self, *arrays: Any) -> Any:
        state, blocks = arrays
        counter = sum(int(w) << 64 * i for i, w in enumerate(state[COUNTER])) + int(blocks)
        after = np.array(state)
        after[COUNTER] = [counter >> 64 * i & (2**64 - 1) for i in range(4)]
        return after

    def native(self, b: Any, operands: Any, results: Any) -> None:
        with b.batch() as (_, blocks, state):
            places = range(COUNTER.start, COUNTER.stop)
            counter = [state[i] for i in places]
            for i, word in zip(places, advanced(counter, b.cast(blocks, "uint64")), strict=True):
                state[i] = word


def random_words(rng: Any, count: Any) -> tuple[Any, Any]:
    """The generator after a draw, and `count` uint64 words in a vector.

    A draw begins with a new block, whatever the one before has left of its last one.
    """
    known = constant_value(count)
    if known is not None:
        blocks = constant(np.int64(-(-int(known) // WORDS_OF_A_BLOCK)))
    else:
        blocks = nd.floor_div(count + (WORDS_OF_A_BLOCK - 1), WORDS_OF_A_BLOCK)
    words = reshape(PhiloxBlocks()(rng, blocks), [-1])[:count]
    return AdvanceCounter()(rng, blocks), words
