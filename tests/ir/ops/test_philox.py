"""Philox4x64-10: words of any block, and counters of 256 bits."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.graph.generator_state import generator_of, words_of
from lamina.ir.graph.random_type import counter_based_generator_type
from lamina.ir.ops.formula import Elements
from lamina.ir.ops.philox import AdvanceCounter, PhiloxBlocks, full_product, philox, random_words
from lamina.tensor.random import CounterBasedGenerator

MOST = 2**64 - 1
PI = (
    0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89,
    0x452821E638D01377, 0xBE5466CF34E90C6C,
)  # fmt: skip
# Known answers for philox4x64 of 10 rounds, published with Random123: counter, key, words.
ANSWERS = [
    ((0,) * 4, (0,) * 2,
     (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B)),
    ((MOST,) * 4, (MOST,) * 2,
     (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0)),
    (PI[:4], PI[4:],
     (0xA528F45403E61D95, 0x38C72DBD566E9788, 0xA5A1610E72FD18B5, 0x57BD43B5E52B7FE6)),
]  # fmt: skip
COUNTERS = [
    (0, 0, 0, 0), (MOST, 0, 0, 0), (MOST - 3, MOST, 0, 5), (MOST - 1, MOST, MOST, MOST),
]  # fmt: skip


def generator(counter=(0, 0, 0, 0), key=(7, 9)):
    bits = np.random.Philox(counter=np.array(counter, np.uint64), key=np.array(key, np.uint64))
    return CounterBasedGenerator(bits)


def elements(words):
    return [Elements(np.uint64(word)) for word in words]


@pytest.mark.parametrize("counter, key, words", ANSWERS)
def test_blocks_are_the_published_ones(counter, key, words):
    with np.errstate(over="ignore"):
        found = philox(elements(counter), elements(key))
    assert [int(word.array) for word in found] == list(words)


def test_a_product_of_words_has_two_words():
    edges = [0, 1, 2**32 - 1, 2**32, 2**32 + 1, 2**63, MOST]
    some = np.random.default_rng(1).integers(0, MOST, 40, np.uint64, endpoint=True).tolist()
    a, b = np.meshgrid(np.array(edges + some, np.uint64), np.array(edges + some, np.uint64))
    with np.errstate(over="ignore"):
        high, low = (half.array for half in full_product(Elements(a), Elements(b)))
    exact = a.astype(object) * b.astype(object)
    assert ((high.astype(object) << 64) + low.astype(object) == exact).all()


@pytest.mark.parametrize("mode", ["FAST_RUN", "CUDA-EMU"])
def test_words_are_those_of_numpys_philox(mode):
    rng, n = counter_based_generator_type("rng"), pt.lscalar("n")
    next_rng, words = random_words(rng, n)
    _, one = random_words(next_rng, pt.constant(np.int64(1)))
    f = lamina.function([rng, n], [next_rng, words, one[0], words[2:5].sum()], mode=mode)
    for counter in COUNTERS:
        for count in (5, 8, 1003):
            given = generator(counter)
            after, found, single, part = f(given, count)
            raw = np.random.Philox(counter=given.counter, key=given.key)
            expected = raw.random_raw(-(-count // 4) * 4)
            assert np.array_equal(np.asarray(found), expected[:count])
            assert int(np.asarray(single)) == raw.random_raw()
            assert int(np.asarray(part)) == int(expected[2:5].sum())
            assert np.array_equal(after.counter, generator_after(given, count).counter)
    assert f(generator(), 0)[0].counter.tolist() == [0, 0, 0, 0]


def generator_after(given, count):
    """NumPy's own counter after as many words."""
    raw = np.random.Philox(counter=given.counter, key=given.key)
    raw.random_raw(count)
    return CounterBasedGenerator(raw)


def test_what_machine_code_does_numpy_means():
    blocks, advance = PhiloxBlocks(), AdvanceCounter()
    for counter in COUNTERS:
        state = words_of(generator(counter))
        assert np.array_equal(blocks.numpy(state, 3).ravel(), generator(counter).random_words(12))
        after = generator_of(advance.numpy(state, np.int64(3)))
        assert np.array_equal(after.counter, generator_after(generator(counter), 12).counter)
