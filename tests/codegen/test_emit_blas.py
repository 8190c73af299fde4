"""Products in compiled functions: of matrices, vectors and stacks, of every dtype that has them."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt


def products(m, A, B, S, T, x):
    """Of matrices A (a, b), B (b, c), stacks S (d, b, b), T (e, 1, b, b), a vector x (b)."""
    turned = m.swapaxes(S, 1, 2)
    return [
        A @ B, A.T @ A, A @ A.T, A[:, 1:] @ B[1:], A @ x, x @ B, A[:, ::2] @ x[::2], A.T @ A[:, 0],
        S @ S, turned @ S, S @ turned, T @ S, A @ S, S @ B, S @ x, x @ S, S[0] @ A.T[:, :1],
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128", "complex64", "int32"])
def test_products_agree_with_numpy(dtype):
    operands = [
        pt.tensor(name, dtype=dtype, shape=shape)
        for name, shape in {
            "A": (None, None), "B": (None, None), "S": (None, None, None),
            "T": (None, 1, None, None), "x": (None,),
        }.items()
    ]  # fmt: skip
    f = lamina.function(operands, products(pt, *operands))
    rng = np.random.default_rng(0)
    for a, b, c, d, e in ((4, 6, 3, 2, 5), (1, 1, 1, 1, 1), (9, 40, 17, 3, 2), (3, 2, 0, 1, 2)):
        shapes = (a, b), (b, c), (d, b, b), (e, 1, b, b), (b,)
        arrays = [(rng.normal(size=n) * 3).astype(dtype) for n in shapes]
        if dtype.startswith("complex"):
            arrays = [(v * np.exp(1j * np.arange(v.size).reshape(v.shape))) for v in arrays]
            arrays = [v.astype(dtype) for v in arrays]
        found, expected = f(*arrays), products(np, *arrays)
        tolerance = 1e-4 if dtype in ("float32", "complex64") else 1e-12
        for number, (one, two) in enumerate(zip(found, expected, strict=True)):
            assert one.dtype == two.dtype
            scale = tolerance * np.abs(two).max(initial=1)
            np.testing.assert_allclose(one, two, tolerance, scale, err_msg=str(number))


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_products_over_nothing_are_zero_or_what_they_are_added_to(dtype):
    A, B, C = (pt.matrix(name, dtype=dtype) for name in "ABC")
    x, y, S = pt.vector("x", dtype=dtype), pt.vector("y", dtype=dtype), pt.tensor3("S", dtype=dtype)
    f = lamina.function(
        [A, B, S, x, y, C],
        [A @ B, A @ x, S @ B, C + A @ B, y - 2 * (A @ x), y + B.T @ x],
    )
    one, two = np.ones((3, 3), dtype), np.ones(3, dtype)
    empty = np.zeros(0, dtype)
    found = f(np.zeros((3, 0), dtype), np.zeros((0, 3), dtype), np.zeros((2, 3, 0), dtype), empty,
              two, one)  # fmt: skip
    zero = np.zeros((3, 3))
    for a, b in zip(found, [zero, zero[0], [zero, zero], one, two, two], strict=True):
        np.testing.assert_array_equal(a, b)
    stack = f(one, one, np.zeros((0, 3, 3), dtype), two, two, one)[2]
    assert stack.shape == (0, 3, 3)
