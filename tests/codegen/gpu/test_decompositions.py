"""Linear algebra on a device, by its LAPACK."""

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina import cuda
from lamina.codegen.gpu.unsupported import NotOnDevice
from lamina.compile import device_function
from lamina.compile.device_function import driver
from lamina.tensor import linalg
from tests.codegen.gpu.ptxas import CHIPS, assembler, faults


def on_device(inputs, outputs, **kwargs):
    return lamina.function(inputs, outputs, mode="CUDA-EMU", on_unused_input="ignore", **kwargs)


def positive(x):
    n = x.shape[-1]
    product = pt.matmul(x, pt.conj(pt.swapaxes(x, -1, -2)))
    return product + np.asarray(4, x.dtype) * pt.eye(n, dtype=x.dtype)


def random(rng, dtype, shape):
    x = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    return (x if dtype.startswith("complex") else x.real).astype(dtype)


def everything(dtype):
    """Inputs, and results that do not depend on signs of vectors."""
    a, b, w = pt.matrices("a", "b", "w", dtype=dtype)
    v, t = pt.vector("v", dtype=dtype), pt.tensor3("t", dtype=dtype)
    p, q = positive(a), positive(t)
    factor = linalg.cholesky(p)
    packed, pivots = linalg.lu_factor(b)
    u, s, vh = linalg.svd(b, full_matrices=False)
    values, vectors = linalg.eigh(p)
    orthogonal, triangular = linalg.qr(b.T)
    results = [
        factor, linalg.cholesky(p, lower=False), linalg.cholesky(q),
        linalg.cholesky(-q, on_error="nan"),
        linalg.solve_triangular(a, b, lower=True), linalg.solve_triangular(a, v, trans=1),
        linalg.solve_triangular(a, b, unit_diagonal=True),
        linalg.cho_solve((factor, True), b), linalg.cho_solve((pt.conj(factor.T), False), v),
        linalg.solve_triangular(a, b, trans=2, lower=True),
        linalg.solve(a, v, assume_a="her", lower=True),
        linalg.solve(a, b), linalg.solve(a.T, v), linalg.solve(p, b, assume_a="pos"),
        linalg.solve(a, b, assume_a="sym", lower=True), linalg.solve(a, b, assume_a="diagonal"),
        linalg.solve(t, w, b_ndim=1), linalg.solve(t[0], t),
        linalg.inv(a), linalg.inv(t), linalg.det(a), linalg.det(t), *linalg.slogdet(t),
        linalg.slogdet(a)[1], packed, pivots, linalg.lu_factor(t)[0],
        values, pt.abs(vectors), linalg.eigvalsh(q), linalg.eigvalsh(a, p, lower=False),
        s, u * s @ vh, pt.abs(linalg.svd(b.T)[2][:3]), linalg.svd(t, compute_uv=False),
        linalg.pinv(b), linalg.pinv(t), linalg.pinv(p, hermitian=True),
        orthogonal @ triangular, linalg.qr(b, mode="r"), *linalg.qr(b, mode="raw"),
        linalg.qr(b, mode="economic")[0], linalg.norm(b, 2),
        lamina.grad(
            pt.real(factor).sum() + pt.real(linalg.solve(a, b)).sum() + linalg.slogdet(p)[1], a
        ),
    ]  # fmt: skip
    return [a, b, v, t, w], results


@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_linear_algebra_agrees_with_numpy(dtype):
    inputs, outputs = everything(dtype)
    function = on_device(inputs, outputs)
    assert not function._executable.artefact.kernels.on_host
    rng = np.random.default_rng(1)
    arrays = [random(rng, dtype, s) for s in [(5, 5), (5, 3), 5, (4, 3, 3), (4, 3)]]
    by_numpy = lamina.function(inputs, outputs, mode="NUMPY")
    tolerance = 5e-3 if dtype == "float32" else 1e-9
    names = [str(y.owner or y) for y in outputs]
    for name, found, expected in zip(names, function(*arrays), by_numpy(*arrays), strict=True):
        ours = np.asarray(found)
        assert (ours.dtype, ours.shape) == (expected.dtype, expected.shape), name
        np.testing.assert_allclose(ours, expected, tolerance, tolerance, err_msg=name)


def test_matrices_without_elements_are_decomposed():
    a, b = pt.matrices("a", "b")
    inputs, outputs = [a, b], [
        linalg.cholesky(a), linalg.solve_triangular(a, b), linalg.solve(a, b), linalg.inv(a),
        linalg.solve(a, b, assume_a="pos"), linalg.eigh(a)[1], linalg.det(a), linalg.slogdet(a)[1],
        *linalg.svd(b), *linalg.qr(b, mode="economic"), *linalg.qr(b.T), linalg.pinv(b),
        *linalg.lu_factor(b),
    ]  # fmt: skip
    function, compiled = on_device(inputs, outputs), lamina.function(inputs, outputs)
    for columns in (3, 0):
        empty = np.zeros((0, 0)), np.zeros((0, columns))
        for one, two in zip(map(np.asarray, function(*empty)), compiled(*empty), strict=True):
            assert (one.dtype, one.shape) == (two.dtype, two.shape)
            np.testing.assert_array_equal(one, two)


ERRORS = [
    (lambda t: linalg.cholesky(t), "not positive definite"),
    (lambda t: linalg.solve(t, t), "Singular matrix"),
    (lambda t: linalg.solve(t, t, assume_a="pos"), "not positive definite"),
    (lambda t: linalg.solve_triangular(t, t), "Singular matrix"),
    (lambda t: linalg.cho_solve((t, True), t), "Singular matrix"),
    (lambda t: linalg.inv(t), "Singular matrix"),
]


def test_what_is_wrong_with_a_matrix_is_said_as_on_the_processor():
    t = pt.tensor3("t")
    good = np.stack([np.eye(3)] * 4)
    wrong = good.copy()
    wrong[2, 1, 1] = 0
    for make, message in ERRORS:
        for batch in (False, True):
            result = make(t if batch else t[2])
            function, compiled = on_device([t], result), lamina.function([t], result)
            np.testing.assert_allclose(np.asarray(function(good)), compiled(good))
            said = []
            for f in (function, compiled):
                with pytest.raises(np.linalg.LinAlgError, match=message) as caught:
                    f(wrong)
                said.append(str(caught.value))
            assert said[0] == said[1] and ("matrix 2 of the batch" in said[0]) == batch
            np.testing.assert_allclose(np.asarray(function(good)), compiled(good))


def test_what_is_not_finite_is_refused_before_iterations():
    x, y = pt.matrix("x"), pt.matrix("y")
    for result in (linalg.eigvalsh(x), linalg.svd(x)[1], linalg.pinv(x), linalg.eigh(y, x)[0]):
        function = on_device([x, y], result)
        function(np.eye(3), np.eye(3))
        with pytest.raises(np.linalg.LinAlgError, match="not converge"):
            function(np.full((3, 3), np.nan), np.eye(3))
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        on_device([x, y], linalg.eigh(y, x)[0])(-np.eye(3), np.eye(3))


def test_determinants_keep_their_digits_where_products_leave_the_range():
    x = pt.matrix("x")
    function = on_device([x], linalg.det(x))
    sizes = np.array([1e200, 1e-200, 3.0, 1e250, 1e-250, 0.5])
    np.testing.assert_allclose(np.asarray(function(np.diag(sizes))), 1.5, 1e-12)
    exact = np.array([[2.0, 1, 1], [1, 3, 2], [1, 0, 0]])
    np.testing.assert_allclose(np.asarray(function(exact)), -1, 1e-15)
    assert np.asarray(function(np.zeros((3, 3)))) == 0
    assert np.isnan(np.asarray(function(np.full((2, 2), np.nan))))


def test_steps_of_loops_decompose():
    t, v = pt.tensor3("t"), pt.vector("v")
    states = lamina.scan(
        lambda a, x: linalg.solve(a @ a.T + pt.eye(3), x) + linalg.cholesky(a @ a.T)[0],
        [t], outputs_info=[v], return_updates=False,
    )  # fmt: skip
    rng = np.random.default_rng(3)
    arrays = rng.normal(size=(6, 3, 3)), rng.normal(size=3)
    function = on_device([t, v], states)
    device = driver("cuda-emu")
    function(*arrays)
    before = device.memory_info().free
    found = np.asarray(function(*arrays))
    np.testing.assert_allclose(found, lamina.function([t, v], states)(*arrays), 1e-9)
    assert device.memory_info().free == before


def test_what_cusolver_has_not_is_refused_by_name(monkeypatch):
    x = pt.matrix("x")
    for result, why in (
        (linalg.qr(x, pivoting=True)[0], "QR.*does not exchange columns"),
        (linalg.solve(x, x, assume_a="banded"), "Solve.*banded.*memory of its own"),
    ):
        with pytest.raises(NotOnDevice, match=why):
            on_device([x], result)
    found = device_function.library

    def without(device, symbol):
        return None if symbol == "lamina_cuda_solver" else found(device, symbol)

    monkeypatch.setattr(device_function, "library", without)
    with pytest.raises(NotOnDevice, match=r"cuSOLVER is not installed: pip install lamina\[cuda\]"):
        on_device([x], linalg.cholesky(x))


def test_a_decomposition_that_was_saved_needs_cusolver(monkeypatch, tmp_path):
    x = pt.matrix("x")
    path = tmp_path / "model.lam"
    on_device([x], linalg.cholesky(x)).save(path)
    np.testing.assert_allclose(np.asarray(lamina.load(path)(np.eye(2) * 4)), np.eye(2) * 2)
    found = device_function.needs

    def without(device, symbol):
        if symbol == "lamina_cuda_solver":
            raise cuda.DeviceError("decompositions need cuSOLVER")
        return found(device, symbol)

    monkeypatch.setattr(device_function, "needs", without)
    with pytest.raises(cuda.DeviceError, match="need cuSOLVER"):
        lamina.load(path)


def test_kernels_between_the_calls_have_no_races(monkeypatch):
    monkeypatch.setattr(driver("cuda-emu"), "races", True)
    monkeypatch.setattr(driver("cuda-emu"), "order", "both")
    a, t = pt.matrix("a"), pt.tensor3("t")
    results = [linalg.cholesky(positive(a)), linalg.det(t), linalg.pinv(a), linalg.qr(a)[1]]
    results += [linalg.inv(t), linalg.solve(t, t, assume_a="sym"), linalg.lu_factor(a)[1]]
    rng = np.random.default_rng(4)
    arrays = rng.normal(size=(5, 5)), rng.normal(size=(2, 3, 3))
    for one, two in zip(
        on_device([a, t], results)(*arrays), lamina.function([a, t], results)(*arrays), strict=True
    ):
        np.testing.assert_allclose(np.asarray(one), two, 1e-9, 1e-9)


@pytest.mark.skipif(assembler() is None, reason="ptxas is not installed")
def test_kernels_between_the_calls_assemble_without_spills():
    a = pt.fmatrix("a")
    results = [linalg.cholesky(a), linalg.det(a), linalg.pinv(a), linalg.qr(a)[0], linalg.inv(a)]
    text = on_device([a], results)._executable.ir("gpu")
    assert faults([("decompositions", text)], CHIPS[0]) == []
