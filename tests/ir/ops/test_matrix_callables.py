"""Functions of matrices as objects."""

import numpy as np
import pytest
import scipy.linalg

import lamina
import lamina.tensor as pt
from lamina.ir.ops.matrix_callables import BlockDiagonal, KroneckerProduct


def test_they_do_what_the_functions_do():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(4.0).reshape(2, 2)
    x, y = pt.dmatrix(), pt.dmatrix()
    blocks, product = lamina.function([x, y], [BlockDiagonal(2)(x, y), KroneckerProduct()(x, y)])(
        a, b
    )
    np.testing.assert_array_equal(blocks, scipy.linalg.block_diag(a, b))
    np.testing.assert_array_equal(product, np.kron(a, b))


def test_a_number_of_matrices_is_kept_to():
    with pytest.raises(ValueError, match="Expected 2 matrices, got 1"):
        BlockDiagonal(2)(pt.dmatrix())
    with pytest.raises(ValueError, match="greater than 0"):
        BlockDiagonal(0)
