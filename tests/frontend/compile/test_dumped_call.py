"""Calls of ``function`` as files."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys

import numpy as np

import lamina
import lamina.tensor as pt
from lamina import In
from lamina.compile.debug.dump import function_dump

LOADED = """
import pickle, sys, lamina
call = pickle.load(open(sys.argv[1], "rb"))
f = lamina.function(**call)
s = call["updates"][0][0]
print(f([1, 2]).tolist(), f([1, 2], b=5).tolist(), s.get_value())
"""


def test_a_dumped_call_can_be_made_elsewhere(tmp_path):
    a, b, c = pt.dvector("a"), pt.dscalar("b"), pt.dscalar("c")
    s = lamina.shared(10.0, "s")
    path = tmp_path / "call.pkl"
    inputs = [a, In(b, value=3.0)]
    function_dump(path, inputs, a * b + s + c, updates=[(s, s + 1)], givens={c: b * 100}, name="f")
    done = subprocess.run(
        [sys.executable, "-c", LOADED, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[0] == "[313.0, 316.0] [516.0, 521.0] 12.0"
    assert s.get_value() == 10
    assert b".py" not in path.read_bytes()
    with open(path, "rb") as file:
        assert lamina.function(**pickle.load(file)).name == "f"


def test_all_arguments_of_function_are_written(tmp_path):
    given = inspect.signature(lamina.function).parameters
    taken = inspect.signature(function_dump).parameters
    assert set(taken) - set(given) == {"filename", "extra_tag_to_remove"}
    x = pt.dvector("x")
    x.tag.roles = "a"
    values = {n: p.default for n, p in given.items() if p.default is not inspect.Parameter.empty}
    values |= {"outputs": x + 1, "mode": "FAST_COMPILE", "on_unused_input": "ignore"}
    function_dump(tmp_path / "x", [x], **values, extra_tag_to_remove="roles")
    with open(tmp_path / "x", "rb") as file:
        call = pickle.load(file)
    assert call.keys() == given.keys()
    assert not vars(call["inputs"][0].tag)
    f = lamina.function(**call)
    assert str(f.maker.mode) == "FAST_COMPILE"
    np.testing.assert_array_equal(f([1.0]), [2.0])
