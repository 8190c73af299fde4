import operator

import numpy as np
import pytest
import scipy.sparse

import lamina
import lamina.tensor as pt

SPARSE = {
    "csr": scipy.sparse.csr_matrix(np.eye(3)),
    "csc": scipy.sparse.csc_array(np.eye(3)),
    "coo": scipy.sparse.coo_array(np.eye(3)),
    "subclass": type("Mine", (scipy.sparse.csr_matrix,), {})(np.eye(3)),
}


@pytest.fixture(params=SPARSE)
def s(request):
    return SPARSE[request.param]


def refused(attempt):
    with pytest.raises(TypeError, match=r"\.toarray\(\)"):
        attempt()


def test_a_sparse_matrix_is_no_variable(s):
    x = pt.dmatrix("x")
    refused(lambda: pt.as_tensor(s))
    refused(lambda: pt.constant(s))
    refused(lambda: pt.as_tensor([s, s]))
    refused(lambda: lamina.as_symbolic(s))
    refused(lambda: lamina.shared(s))
    refused(lambda: lamina.function([], x, givens={x: s}))
    refused(lambda: x.type.filter_variable(s))


def test_a_sparse_matrix_is_no_value(s):
    x = pt.dmatrix("x")
    refused(lambda: x.type.filter(s))
    refused(lambda: x.eval({x: s}, mode="NUMPY"))
    refused(lambda: lamina.shared(np.eye(3)).set_value(s))
    refused(lambda: lamina.function([lamina.In(x, value=s)], x))
    for mode in ("NUMPY", "FAST_RUN"):
        refused(lambda mode=mode: lamina.function([x], x, mode=mode)(s))


@pytest.mark.parametrize("sign", ["add", "sub", "mul", "matmul", "truediv", "lt"])
def test_a_sparse_matrix_meets_no_variable(s, sign):
    x = pt.dmatrix("x")
    refused(lambda: getattr(operator, sign)(x, s))
    refused(lambda: getattr(operator, sign)(s, x))


def test_a_sparse_matrix_is_no_operand(s):
    x = pt.dmatrix("x")
    refused(lambda: pt.exp(s))
    refused(lambda: pt.dot(x, s))
    refused(lambda: s.dot(x))
    refused(lambda: pt.stack([x, s]))
    refused(lambda: x[:3].set(s))
    refused(lambda: x[s])
