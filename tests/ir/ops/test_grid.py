import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.ir.ops.grid import geomspace, linspace, logspace, meshgrid, mgrid
from tests.agreement import agree, static_shapes

A, B = np.array([1.5, -2.0]), np.array([[3.0, 7.0], [1.0, -9.0]])
LINES = {
    "linspace": lambda m, a, b: m.linspace(a, b),
    "of numbers": lambda m, a, b: m.linspace(2, 11, 4),
    "without the end": lambda m, a, b: m.linspace(a, b, 7, endpoint=False),
    "along another axis": lambda m, a, b: m.linspace(a, b, 5, axis=-1),
    "of integers": lambda m, a, b: m.linspace(a, b, 9, dtype="int32"),
    "with the distance": lambda m, a, b: m.linspace(a, b, 4, retstep=True),
    "one": lambda m, a, b: m.linspace(a, b, 1),
    "one, and no distance": lambda m, a, b: m.linspace(a, b, 1, retstep=True),
    "none": lambda m, a, b: m.linspace(a, b, 0),
    "complex": lambda m, a, b: m.linspace(a, b * 1j, 3),
}
RATIOS = {
    "logspace": lambda m, a, b: m.logspace(a, b),
    "to a base": lambda m, a, b: m.logspace(a, b, 4, False, 2.0),
    "in a dtype": lambda m, a, b: m.logspace(a, b, 4, dtype="float32"),
    "geomspace": lambda m, a, b: m.geomspace(a, abs(b) * np.sign(A), 6),
    "geomspace without the end": lambda m, a, b: m.geomspace(1, abs(b), 4, False),
    "geomspace along another axis": lambda m, a, b: m.geomspace(2, abs(b), 4, axis=1),
    "a spiral": lambda m, a, b: m.geomspace(1j, b + 0j, 4),
    "from 1 to 1000": lambda m, a, b: m.geomspace(1, 1000, 4),
}
GRIDS = {
    f"{indexing}, sparse: {sparse}": lambda m, a, b, indexing=indexing, sparse=sparse: m.meshgrid(
        a, m.arange(3), b[0], 5.0, indexing=indexing, sparse=sparse
    )
    for indexing in ("xy", "ij")
    for sparse in (True, False)
} | {"one": lambda m, a, b: m.meshgrid(b)}


def test_numbers_at_equal_distances():
    agree(LINES, [A, B], ulp=2)
    assert not static_shapes(LINES, A, B)


def test_numbers_in_equal_ratios():
    agree(RATIOS, [A, B], ulp=16)
    assert not static_shapes(RATIOS, A, B)


def test_float32_stays():
    agree(
        {"32": (lambda a: linspace(a, 2.0, 3), lambda a: np.linspace(a, 2.0, 3))}, [np.float32(1.1)]
    )
    with lamina.config.change_flags(floatX="float32"):
        assert linspace(0, 1).dtype == "float32"


def test_the_ends_are_exact():
    y = linspace(0.1, 0.7, 1000).eval()
    assert (y[0], y[-1]) == (0.1, 0.7)
    z = geomspace(0.1, 0.7, 1000).eval()
    assert (z[0], z[-1]) == (0.1, 0.7)


def test_the_number_may_be_symbolic():
    def lines(m, n):
        return [m.linspace(0, 3, n), *m.linspace(0, 3, n, retstep=True), m.logspace(0, 1, n)]

    n = pt.lscalar("n")
    f = lamina.function([n], lines(pt, n))
    for number in (0, 1, 4):
        for found, wanted in zip(f(number), lines(np, number), strict=True):
            np.testing.assert_allclose(found, wanted, 1e-15)


def test_grids_of_vectors():
    agree(GRIDS, [A, B])
    assert not static_shapes(GRIDS, A, B)
    assert meshgrid() == ()


def test_grids_of_slices():
    keys = [
        np.s_[0:5], np.s_[:3], np.s_[1:10:4], np.s_[-1:1:5j], np.s_[0:2:0.5], np.s_[0:3, 1:9:2],
        np.s_[0:3, 0:1:3j, 2:4], np.s_[5:2:-1, :2],
    ]  # fmt: skip
    forms = {f"mgrid {key}": lambda m, x, key=key: m.mgrid[key] for key in keys}
    forms |= {f"ogrid {key}": lambda m, x, key=key: m.ogrid[key] for key in keys}
    agree(forms, [0.0])
    assert not static_shapes(forms, 0.0)
    n = pt.lscalar("n")
    rows, columns = mgrid[0:n, n : 2 * n]
    np.testing.assert_array_equal((rows * columns).eval({n: 2}), np.prod(np.mgrid[0:2, 2:4], 0))


def test_what_spans_no_grid_is_refused():
    with pytest.raises(ValueError, match="must be non-negative"):
        linspace(0, 1, -1)
    with pytest.raises(TypeError):
        linspace(0, 1, 2.5)
    with pytest.raises(ValueError, match="cannot include zero"):
        geomspace(0, 1)
    with pytest.raises(TypeError, match="is a scalar"):
        logspace(0, 1, base=[2.0, 3.0])
    with pytest.raises(ValueError, match="Valid values"):
        meshgrid([1], indexing="ji")
    with pytest.raises(TypeError, match="indexed by slices"):
        mgrid[3]


def test_gradients_by_the_ends():
    verify_grad(lambda a, b: linspace(a, b, 4), [A, B], n_tests=1)
    verify_grad(lambda a, b: logspace(a, b, 3, base=2.0), [A, B], n_tests=1)
    verify_grad(lambda a, b: geomspace(a, b, 4), [abs(A), abs(B)], n_tests=1)
    verify_grad(lambda a, b: meshgrid(a, b)[1] ** 2, [A, B[0]], n_tests=1)
