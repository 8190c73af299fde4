"""QR decomposition."""

import numpy as np
import pytest
import scipy.linalg

import lamina
import lamina.tensor as pt
from lamina.ir.graph.errors import MethodNotDefined
from lamina.ir.ops.qr import qr
from tests.gradients import assert_gradients_agree, first_and_second
from tests.matrices import adjoint, close, each_dtype, random

SHAPES = [(3, 3), (5, 3), (3, 5)]
FORMS = [(m, p) for m in ("full", "economic", "r", "raw") for p in (False, True)]


def _listed(y):
    return list(y) if isinstance(y, list) else [y]


def test_all_modes_agree_with_scipy():
    def build(*matrices):
        return [y for x in matrices for m, p in FORMS for y in _listed(qr(x, m, pivoting=p))]

    makers = [lambda d, s=s: random(d, *s) for s in SHAPES]
    for arrays, found in each_dtype(build, *makers):
        expected = []
        for a in arrays:
            for mode, pivoting in FORMS:
                y = scipy.linalg.qr(a, mode=mode, pivoting=pivoting)
                expected += [*y[0], *y[1:]] if mode == "raw" else y
        for ours, theirs in zip(found, expected, strict=True):
            close(ours, theirs)


def test_factors_of_batches_and_views_make_the_matrix_again():
    def build(a):
        turned = pt.matrix_transpose(a)[..., ::-1, :]
        return [*qr(turned, "reduced"), *qr(turned, "complete"), *qr(a, "economic", pivoting=True)]

    for (a,), (q, r, whole, tall, p, s, order) in each_dtype(
        build, lambda d: random(d, 2, 3, 3, 5)
    ):
        turned = np.swapaxes(a, -1, -2)[..., ::-1, :]
        for x, y in ((q, r), (whole, tall)):
            close(x @ y, turned)
            close(adjoint(x) @ x, np.broadcast_to(np.eye(x.shape[-1]), (2, 3) + x.shape[-1:] * 2))
            np.testing.assert_array_equal(y, np.triu(y))
        close(p @ s, np.take_along_axis(a, order[..., None, :], -1))
        assert order.dtype == "int32"


def test_empty_matrices_have_numpys_factors():
    x = pt.dmatrix()
    function = lamina.function([x], [*qr(x, "full"), *qr(x, "economic"), qr(x, "r")])
    for shape in ((0, 3), (3, 0), (0, 0), (1, 1)):
        a = np.ones(shape)
        expected = [
            *np.linalg.qr(a, "complete"),
            *np.linalg.qr(a, "reduced"),
            np.linalg.qr(a, "complete")[1],
        ]
        for ours, theirs in zip(function(a), expected, strict=True):
            close(ours, theirs)


def test_types_say_what_is_known_and_a_bad_mode_is_refused():
    a = pt.tensor(dtype="float32", shape=(2, 5, 3))
    assert [v.type.shape for v in qr(a)] == [(2, 5, 5), (2, 5, 3)]
    assert [v.type.shape for v in qr(a, "economic", pivoting=True)] == [
        (2, 5, 3),
        (2, 3, 3),
        (2, 3),
    ]
    with pytest.raises(ValueError, match="mode"):
        qr(a, "half")


def test_the_raw_form_has_no_gradient():
    x = pt.dmatrix()
    with pytest.raises(MethodNotDefined, match="raw"):
        lamina.grad(qr(x, "raw")[0].sum(), x)


def _without_choice(x):
    """What the gradient of the full form can be of: Q's further columns are any basis."""
    q, r = qr(x, "full")
    rest = q[..., 3:]
    return [q[..., :3], rest @ pt.conj(pt.matrix_transpose(rest)), r]


def test_gradients_agree_with_differences():
    forms = {}
    for dtype in ("float64", "complex128"):
        square, tall, wide = (random(dtype, 2, *shape) for shape in SHAPES)
        for name, a in (("square", square), ("tall", tall), ("wide", wide)):
            if name == "square" and dtype == "float64":
                continue  # the second gradient's case
            forms[f"economic {name} {dtype}"] = (lambda x: qr(x, "economic")), [a]
        forms[f"r {dtype}"] = (lambda x: qr(x, "r")), [tall if dtype == "float64" else wide]
        forms[f"full {dtype}"] = qr, [wide]
        forms[f"full tall {dtype}"] = _without_choice, [tall]
        forms[f"pivoting {dtype}"] = (lambda x: qr(x, "economic", pivoting=True)[:2]), [tall]
    forms["second"] = first_and_second(lambda x: qr(x, "economic")), [random("float64", 3, 3)]
    assert_gradients_agree(forms, tolerance=1e-5)


def test_the_gradient_of_known_lengths_agrees_too():
    x = pt.tensor(dtype="float64", shape=(4, 3))
    a = random("float64", 4, 3)
    cost = sum(pt.sin(y).sum() for y in qr(x, "economic"))
    y = pt.dmatrix()
    unknown = sum(pt.sin(v).sum() for v in qr(y, "economic"))
    close(
        lamina.function([x], lamina.grad(cost, x))(a),
        lamina.function([y], lamina.grad(unknown, y))(a),
    )
