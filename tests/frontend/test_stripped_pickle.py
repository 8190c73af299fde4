"""Pickles without lines, traces and test values."""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.graph.traversal import ancestors
from lamina.ir.graph.test_value import get_test_value
from lamina.misc.pkl_utils import StripPickler


def stripped(thing: Any, *options: Any) -> tuple[bytes, Any]:
    file = io.BytesIO()
    StripPickler(file, *options).dump(thing)
    return file.getvalue(), pickle.loads(file.getvalue())


@pytest.mark.parametrize("protocol", [0, 2, -1])
def test_a_stripped_graph_computes_the_same_and_tells_no_lines(protocol):
    x, s = pt.dvector("x"), lamina.shared(np.ones(2), "s")
    sums, _ = lamina.scan(lambda v, total: total + v * s.sum(), x, np.float64(0))
    y = pt.exp(sums)
    written, (inputs, z) = stripped(([x], y), protocol)
    assert b".py" not in written
    assert b".py" in pickle.dumps(([x], y), 2)
    assert all(v.owner is None or v.owner.line is None for v in ancestors([z]))
    found = lamina.function(inputs, z)([0.1, 0.2])
    np.testing.assert_array_equal(found, lamina.function([x], y)([0.1, 0.2]))


def test_test_values_and_tags_that_are_named_go():
    x = pt.dvector("x")
    x.tag.test_value = np.ones(3)
    x.tag.roles, x.tag.annotation, x.tag.kept = "weights", "a", "b"
    _, plain = stripped(x)
    assert vars(plain.tag) == {"roles": "weights", "annotation": "a", "kept": "b"}
    assert plain.name == "x" and plain.type == x.type
    with pytest.raises(AttributeError):
        get_test_value(plain)
    _, fewer = stripped(x, -1, ["roles", "annotation"])
    assert vars(fewer.tag) == {"kept": "b"}
    assert "roles" not in vars(stripped(x, -1, "roles")[1].tag)
    assert vars(x.tag).keys() == {"test_value", "roles", "annotation", "kept"}, "as it was"


def test_other_objects_are_pickled_as_ever():
    things = {"a": [1, (2.0, None)], "b": np.arange(3), "c": pt.exp}
    again = stripped(things, 4)[1]
    assert again["a"] == things["a"] and again["c"] == pt.exp
    np.testing.assert_array_equal(again["b"], things["b"])


def test_functions_can_be_stripped():
    x = pt.dvector("x")
    f = stripped(lamina.function([x], x * 2))[1]
    assert f([1, 2]).tolist() == [2, 4]
