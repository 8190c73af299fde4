"""Linear systems with square matrices."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.ops.solve import solve
from tests.gradients import assert_gradients_agree, first_and_second
from tests.matrices import close, each_dtype, positive_definite, random

STRUCTURES = {
    "sym": lambda a: np.triu(a) + np.swapaxes(np.triu(a, 1), -1, -2),
    "her": lambda a: np.triu(a) + np.swapaxes(np.triu(a, 1), -1, -2).conj(),
    "pos": lambda a: a,
    "diagonal": lambda a: a * np.eye(a.shape[-1]),
    "tridiagonal": lambda a: np.triu(np.tril(a, 1), -1),
    "banded": lambda a: np.triu(np.tril(a, 2), -1),
    "lower triangular": np.tril,
    "upper triangular": np.triu,
    "general": lambda a: a,
}
# what is passed instead of the matrix that is meant: all that need not be read is something else
PASSED = {
    "sym": np.triu, "her": np.triu, "pos": np.triu, "banded": lambda a: np.triu(np.tril(a, 2), -1),
}  # fmt: skip


def test_structures_are_used_and_nothing_else_is_read():
    def build(a, b, *passed):
        found = []
        for structure, x in zip(STRUCTURES, passed, strict=True):
            found += [
                solve(x, b, assume_a=structure),
                solve(x, b[..., 0], assume_a=structure, b_ndim=1),
                solve(x, b, assume_a=structure, transposed=True),
            ]
        return found

    def passed(structure):
        return lambda d: PASSED.get(structure, lambda a: a)(positive_definite(d, 2, 4, 4))

    for (a, b, *_), found in each_dtype(
        build, lambda d: positive_definite(d, 2, 4, 4), lambda d: random(d, 2, 4, 3),
        *map(passed, STRUCTURES),
    ):  # fmt: skip
        for i, meant in enumerate(STRUCTURES.values()):
            matrix = meant(a)
            x, vectors, transposed = found[3 * i : 3 * i + 3]
            close(matrix @ x, b, 2000)
            close(matrix @ vectors[..., None], b[..., :1], 2000)
            close(np.swapaxes(matrix, -1, -2) @ transposed, b, 2000)


def test_the_lower_triangle_is_read_where_asked_for():
    a, b = positive_definite("complex128", 4, 4), random("complex128", 4, 2)
    x, y = pt.zmatrix(), pt.zmatrix()
    forms = ["sym", "her", "pos"]
    found = lamina.function([x, y], [solve(x, y, assume_a=s, lower=True) for s in forms])(
        np.tril(a), b
    )
    symmetric = np.tril(a) + np.tril(a, -1).T
    for matrix, x in zip([symmetric, a, a], found, strict=True):
        close(matrix @ x, b, 2000)


def test_views_of_many_rows_and_sides_are_solved():
    a, b = random("float64", 40, 40) + 10 * np.eye(40), random("float64", 80, 7)
    x, y = pt.dmatrix(), pt.dmatrix()
    found = lamina.function([x, y], solve(x.T[::-1], y[::2, ::-1]))(a, b)
    close(a.T[::-1] @ found, b[::2, ::-1], 2000)


def test_singular_matrices_raise():
    a, b = pt.dtensor3("a"), pt.dmatrix("b")
    batch = np.stack([np.eye(2), np.eye(2), np.ones((2, 2))])
    for structure in ("gen", "sym", "banded", "tridiagonal"):
        function = lamina.function([a, b], solve(a, b, assume_a=structure))
        with pytest.raises(np.linalg.LinAlgError, match=r"solve: Singular.*matrix 2 of the batch"):
            function(batch, np.ones((2, 1)))
    function = lamina.function([a, b], solve(a, b, assume_a="pos"))
    with pytest.raises(np.linalg.LinAlgError, match="positive definite"):
        function(-batch, np.ones((2, 1)))


def test_nan_passes_through_and_nothing_is_nothing():
    a, b = pt.dmatrix(), pt.dmatrix()
    function = lamina.function([a, b], solve(a, b))
    assert np.isnan(function(np.full((3, 3), np.nan), np.ones((3, 2)))).all()
    assert function(np.zeros((0, 0)), np.zeros((0, 2))).shape == (0, 2)
    assert function(np.eye(2), np.zeros((2, 0))).shape == (2, 0)


def test_types_say_what_is_known_and_bad_arguments_are_refused():
    a = pt.tensor(dtype="float32", shape=(5, 3, 3))
    assert solve(a, pt.tensor(dtype="float64", shape=(3, 2))).type.shape == (5, 3, 2)
    assert solve(a, pt.tensor(dtype="int8", shape=(3,))).type.shape == (5, 3)
    with pytest.raises(ValueError, match="structure"):
        solve(a, a, assume_a="round")
    with pytest.raises(ValueError, match="length 4"):
        solve(a, pt.tensor(dtype="float64", shape=(4,)))


def test_gradients_agree_with_differences():
    forms = {}
    for dtype in ("float64", "complex128"):
        a, b = positive_definite(dtype, 2, 3, 3), random(dtype, 2, 3, 2)
        for structure in STRUCTURES:
            for lower in (False, True) if structure in ("sym", "her", "pos") else (False,):
                forms[f"{structure} {lower} {dtype}"] = (
                    lambda a, b, s=structure, low=lower: solve(a, b, assume_a=s, lower=low),
                    [a, b],
                )
        forms[f"transposed {dtype}"] = (lambda a, b: solve(a, b, transposed=True), [a, b])
        forms[f"vectors {dtype}"] = (lambda a, b: solve(a, b, b_ndim=1), [a[0], b[..., 0]])
    forms["second"] = (first_and_second(solve), [a[0].real, b[0, :, 0].real])
    assert_gradients_agree(forms)
