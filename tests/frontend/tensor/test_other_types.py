import copy
import pickle

import numpy as np
import pytest

import lamina.tensor as pt
from lamina import function
from lamina.tensor.type_other import NoneConst, SliceType, make_slice, none_type_t, slicetype


def test_none_is_a_constant():
    assert NoneConst.data is None and NoneConst.type == none_type_t
    assert str(NoneConst) == "NoneConst{None}" and str(none_type_t) == "NoneTypeT"
    assert pickle.loads(pickle.dumps(NoneConst)).type == none_type_t
    with pytest.raises(TypeError, match="Expected None, got 3"):
        none_type_t.filter(3)


def test_a_slice_of_known_bounds_is_a_constant():
    known = make_slice(slice(1, None, np.int64(2)))
    assert known.data == slice(1, None, 2) and known.type == slicetype == SliceType()
    assert known.signature() == make_slice(1, None, 2).signature() != make_slice(1).signature()
    for wrong in (slice("a"), slice(1.5), slice(None, None, [1])):
        with pytest.raises(TypeError, match="bounds of a slice must be integers"):
            make_slice(wrong)
    with pytest.raises(TypeError, match="Expected a slice"):
        slicetype.filter(3)


def test_a_slice_of_symbolic_bounds_is_computed():
    n = pt.lscalar("n")
    for variable in (make_slice(slice(n, None, 2)), make_slice(n, None, 2)):
        assert function([n], variable, mode="NUMPY")(3) == slice(3, None, 2)
    assert copy.deepcopy(make_slice(n, 3)).owner.op == make_slice(n, 3).owner.op
    for wrong in (pt.dscalar(), pt.lvector()):
        with pytest.raises(TypeError, match="must be an integer"):
            make_slice(wrong)
