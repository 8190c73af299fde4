"""Moore and Penrose's inverses."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.ir.ops.pseudo_inverse import pinv
from tests.gradients import assert_gradients_agree, first_and_second
from tests.matrices import close, each_dtype, random

SHAPES = [(3, 3), (5, 3), (3, 5)]


def test_pseudo_inverses_of_batches_and_views_agree_with_numpy():
    def build(square, tall, wide):
        views = pt.matrix_transpose(tall)[..., ::-1]
        return [
            pinv(square), pinv(tall), pinv(wide), pinv(views), pinv(tall * 0), pinv(wide, 0.4),
            pinv(wide, rtol=0.4), pinv(square, hermitian=True),
        ]  # fmt: skip

    makers = [lambda d, s=s: random(d, 2, 3, *s) for s in SHAPES]
    for (square, tall, wide), found in each_dtype(build, *makers):
        below = np.tril(square, -1)
        hermitian = below + np.swapaxes(below, -1, -2).conj() + square.real * np.eye(3)
        expected = [
            np.linalg.pinv(square), np.linalg.pinv(tall), np.linalg.pinv(wide),
            np.linalg.pinv(np.swapaxes(tall, -1, -2)[..., ::-1]), np.linalg.pinv(tall * 0),
            np.linalg.pinv(wide, 0.4), np.linalg.pinv(wide, 0.4), np.linalg.pinv(hermitian),
        ]  # fmt: skip
        for ours, theirs in zip(found, expected, strict=True):
            close(ours, theirs, 2000)


def test_each_matrix_of_a_batch_may_have_its_own_cutoff():
    a, cutoff = random("float64", 3, 4, 2), np.array([0.0, 0.5, 0.99])
    x, r = pt.dtensor3(), pt.dvector()
    close(lamina.function([x, r], pinv(x, r))(a, cutoff), np.linalg.pinv(a, cutoff))


def test_empty_matrices_have_empty_inverses_and_nan_raises():
    x = pt.dmatrix()
    function = lamina.function([x], pinv(x))
    for shape in ((0, 3), (3, 0), (0, 0)):
        assert function(np.zeros(shape)).shape == shape[::-1]
    with pytest.raises(np.linalg.LinAlgError, match="did not converge"):
        function(np.full((2, 2), np.nan))
    with pytest.raises(ValueError, match="both"):
        pinv(x, 0.1, rtol=0.1)


def test_first_and_second_gradients_agree_with_differences():
    forms = {}
    for dtype in ("float64", "complex128"):
        square, tall, wide = (random(dtype, 2, *s) for s in SHAPES)
        forms[f"tall {dtype}"] = first_and_second(pinv), [tall[0]]
        forms[f"wide {dtype}"] = pinv, [wide]
        forms[f"hermitian {dtype}"] = (lambda x: pinv(x, hermitian=True)), [square]
    assert_gradients_agree(forms, tolerance=1e-5)
