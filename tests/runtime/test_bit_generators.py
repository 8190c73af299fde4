"""NumPy's C functions draw from states in memory."""

import ctypes

import numpy as np
import pytest

from lamina.ir.graph.generator_state import words_of
from lamina.runtime import bit_generators
from lamina.runtime.disk_cache import open_cache
from lamina.runtime.symbols import UnresolvedSymbolError, resolve

POINTER = ctypes.c_void_p


@pytest.mark.parametrize("name", bit_generators.CLASSES)
def test_an_open_state_draws_numpys_numbers_and_keeps_no_address(name):
    functions = resolve([*bit_generators.NAMES, "random_standard_normal"], open_cache())
    begin = ctypes.CFUNCTYPE(None, POINTER, POINTER)(functions["lamina_bitgen_open"])
    end = ctypes.CFUNCTYPE(None, POINTER)(functions["lamina_bitgen_close"])
    draw = ctypes.CFUNCTYPE(ctypes.c_double, POINTER)(functions["random_standard_normal"])
    generator = np.random.Generator(getattr(np.random, name)(3))
    words, bits = words_of(generator), np.zeros(5, np.uint64)
    begin(words.ctypes.data, bits.ctypes.data)
    drawn = [draw(bits.ctypes.data) for _ in range(700)]
    end(words.ctypes.data)
    assert np.array_equal(drawn, generator.standard_normal(700))
    assert np.array_equal(words, words_of(generator))


def test_a_function_that_numpy_does_not_have_is_found_nowhere():
    with pytest.raises(UnresolvedSymbolError, match="random_nothing"):
        resolve(["random_nothing"], open_cache())
