"""Steps of LAPACK on a device: the emulated one, and cuSOLVER's calls on stand-ins for it."""

import ctypes
from types import SimpleNamespace

import numpy as np
import pytest

from lamina.runtime.cuda import cusolver, nvidia_libraries
from lamina.runtime.cuda.cuda_driver import CudaDriver
from lamina.runtime.cuda.cuda_library import CudaLibrary
from lamina.runtime.cuda.cusolver import Cusolver
from lamina.runtime.cuda.device_array import to_device
from lamina.runtime.cuda.driver import DeviceError
from lamina.runtime.cuda.emulated_driver import EmulatedDriver
from lamina.runtime.cuda.solver import ARGUMENTS, DTYPES, Options, Step, shapes, solver_of
from tests.runtime.cuda.fake_cuda import FakeCuda
from tests.runtime.cuda.fake_cusolver import FakeCusolver

RNG = np.random.default_rng(11)
NONE = Options(0)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let matrices of more than 8 rows be taken one by one."""
    monkeypatch.setattr(cusolver, "_SMALL", 8)


@pytest.fixture(params=["emulated", "cusolver"])
def device(request: pytest.FixtureRequest) -> SimpleNamespace:
    if request.param == "emulated":
        emulated = EmulatedDriver()
        return SimpleNamespace(driver=emulated, solver=solver_of(emulated))
    return _cusolver()


def _cusolver(memory: int = 1 << 22) -> SimpleNamespace:
    cuda, fake = FakeCuda(memory=memory), FakeCusolver()
    driver = CudaDriver(library=CudaLibrary(cuda))
    return SimpleNamespace(driver=driver, solver=Cusolver(driver, fake, fake), cuda=cuda, fake=fake)


def turned(x):
    """Matrices by columns, as an array of their transposes."""
    return np.ascontiguousarray(np.swapaxes(x, -1, -2))


def adjoint(x):
    return np.conj(turned(x))


def do(device, step, options, given, m=0, n=0, k=0, batch=1, watched=True):
    """What is in the arrays after a step, and what went wrong; of arrays that are not given only
    the place matters.
    """
    sizes = shapes(step, options, m, n, k)
    dtype = next(x.dtype for x in given if x is not None and x.dtype != np.int32)
    kinds = {"x": dtype, "r": np.zeros(0, dtype).real.dtype, "i": np.dtype(np.int32)}
    held = []
    for i, (kind, shape) in enumerate(sizes):
        x = given[i] if i < len(given) else None
        if x is None:
            x = np.zeros((batch, *shape[::-1]), kinds[kind])
        held.append(to_device(x, device.driver))
    addresses = (ctypes.c_uint64 * len(held))(*(x.address for x in held))
    fault = (ctypes.c_int64 * 2)(7, 7)
    call = ctypes.CFUNCTYPE(ctypes.c_int, *ARGUMENTS)(device.solver.address)
    with device.driver.current():
        status = call(step, DTYPES.index(dtype.name), options, batch, m, n, k,
                      ctypes.addressof(addresses),
                      ctypes.addressof(fault) if watched else None)  # fmt: skip
    device.driver.check(status)
    return [x.copy_to_host() for x in held], tuple(fault)


def random(dtype, *shape):
    x = RNG.normal(size=shape) + 1j * RNG.normal(size=shape)
    return (x if dtype.startswith("complex") else x.real).astype(dtype)


def positive(dtype, batch, n):
    x = random("complex128" if dtype.startswith("complex") else "float64", batch, n, n)
    return (x @ adjoint(x) + 4 * np.eye(n)).astype(dtype)


def close(found, expected):
    eps = 5e-4 if found.dtype in (np.float32, np.complex64) else 1e-10
    np.testing.assert_allclose(found, expected, eps, eps)


# One matrix; a batch of small ones; a batch of ones that are too large to be taken together.
STACKS = [(1, 4), (3, 5), (2, 9)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_cholesky_reads_one_triangle(device, dtype):
    for batch, n in STACKS:
        a = positive(dtype, batch, n)
        for upper, part in ((NONE, np.tril), (Options.UPPER, np.triu)):
            (found, _), fault = do(device, Step.POTRF, upper, [turned(part(a))], n=n, batch=batch)
            factor = np.linalg.cholesky(a)
            expected = adjoint(factor) if upper else factor
            close(np.stack([part(x.T) for x in found]), expected)
            assert fault == (-1, 7)


def test_the_first_matrix_that_is_wrong_is_told(device):
    for batch, n in STACKS:
        a = positive("float64", batch, n)
        a[-1, 2, 2] = -1
        _, fault = do(device, Step.POTRF, NONE, [turned(a)], n=n, batch=batch)
        assert fault == (batch - 1, 3)
        _, fault = do(device, Step.POTRF, NONE, [turned(a)], n=n, batch=batch, watched=False)
        assert fault == (7, 7)
    info = np.array([0, -3, 0, 9, 2], np.int32)
    _, fault = do(device, Step.CHECK, NONE, [info, np.ones(1)], batch=5)
    assert fault == (3, 9)


@pytest.mark.parametrize("dtype", DTYPES)
def test_lu_and_what_it_solves(device, dtype):
    for batch, n in STACKS:
        a, b = positive(dtype, batch, n), random(dtype, batch, n, 2)
        (factors, pivots, _), _ = do(device, Step.GETRF, NONE, [turned(a)], m=n, n=n, batch=batch)
        assert pivots.min() >= 1 and pivots.max() <= n
        for trans, x in (
            (NONE, a),
            (Options.TRANSPOSED, turned(a)),
            (Options.CONJUGATED, adjoint(a)),
        ):
            given = [factors, pivots, turned(b)]
            (*_, found), _ = do(device, Step.GETRS, trans, given, n=n, k=2, batch=batch)
            close(turned(found), np.linalg.solve(x.astype(np.result_type(x, "float64")), b))


def test_lu_of_matrices_that_are_not_square(device):
    for m, n in ((5, 3), (3, 5)):
        a = random("float64", 2, m, n)
        (factors, pivots, _), _ = do(device, Step.GETRF, NONE, [turned(a)], m=m, n=n, batch=2)
        for x, f, exchanges in zip(a, turned(factors), pivots, strict=True):
            k = min(m, n)
            product = (np.tril(f, -1)[:, :k] + np.eye(m, k)) @ np.triu(f)[:k]
            for i in reversed(range(k)):
                product[[i, exchanges[i] - 1]] = product[[exchanges[i] - 1, i]]
            close(product, x)


@pytest.mark.parametrize("dtype", DTYPES)
def test_triangular_systems(device, dtype):
    for batch, n in STACKS:
        a = np.stack([np.tril(x) for x in positive(dtype, batch, n)])
        b = random(dtype, batch, 3, n)
        for options in (NONE, Options.UPPER, Options.TRANSPOSED, Options.CONJUGATED, Options.UNIT):
            x = turned(a) if Options.UPPER in options else a
            whole = np.tril(x, -1) * 1e-3 + np.eye(n) if Options.UNIT in options else x
            given = x * 1e-3 if Options.UNIT in options else x
            of = {Options.TRANSPOSED: turned, Options.CONJUGATED: adjoint}.get(
                options, lambda y: y
            )(whole)
            (_, found), _ = do(
                device, Step.TRSM, options, [turned(given), turned(b)], m=3, n=n, batch=batch
            )
            close(turned(found) @ of.astype(dtype), b)


@pytest.mark.parametrize("dtype", ["float64", "complex64", "complex128"])
def test_eigenvalues(device, dtype):
    for batch, n in STACKS:
        a = positive(dtype, batch, n)
        for options in (NONE, Options.UPPER, Options.VECTORS):
            (v, w, _), _ = do(device, Step.SYEVD, options, [turned(a)], n=n, batch=batch)
            close(w, np.linalg.eigvalsh(a))
            if options == Options.VECTORS:
                close(a @ turned(v), turned(v) * w[:, None])
    a, b = positive(dtype, 2, 4), positive(dtype, 2, 4)
    (v, _, w, _), fault = do(
        device, Step.SYGVD, Options.VECTORS, [turned(a), turned(b)], n=4, batch=2
    )
    close(a @ turned(v), b @ turned(v) * w[:, None])
    assert fault == (-1, 7)
    b[1, 2, 2] = -1
    _, fault = do(device, Step.SYGVD, NONE, [turned(a), turned(b)], n=4, batch=2)
    assert fault == (1, 4 + 3)


@pytest.mark.parametrize("dtype", DTYPES)
def test_singular_values_of_tall_and_wide_matrices(device, dtype):
    for m, n in ((5, 3), (3, 5), (4, 4)):
        a = random(dtype, 2, m, n)
        expected = np.linalg.svd(a, compute_uv=False)
        (_, s, _), _ = do(device, Step.GESVD, NONE, [turned(a)], m=m, n=n, batch=2)
        close(s, expected)
        for full in (Options.FULL, NONE):
            options = Options.VECTORS | full
            (_, s, u, vt, _), _ = do(device, Step.GESVD, options, [turned(a)], m=m, n=n, batch=2)
            k = min(m, n)
            assert turned(u).shape[1:] == (m, m if full else k)
            assert turned(vt).shape[1:] == (n if full else k, n)
            close(s, expected)
            close(turned(u)[..., :k] * s[:, None] @ turned(vt)[:, :k], a)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_orthogonal_factors(device, dtype):
    for m, n in ((5, 3), (3, 5)):
        a, k = random(dtype, 2, m, n), min(m, n)
        (f, tau, _), _ = do(device, Step.GEQRF, NONE, [turned(a)], m=m, n=n, batch=2)
        given = [np.ascontiguousarray(f[:, :k]), tau]
        (q, *_), _ = do(device, Step.ORGQR, NONE, given, m=m, n=k, k=k, batch=2)
        close(adjoint(turned(q)) @ turned(q), np.broadcast_to(np.eye(k), (2, k, k)))
        close(turned(q) @ np.stack([np.triu(x) for x in turned(f)])[:, :k], a)


def test_nothing_is_done_without_an_element(device):
    for batch, n in ((0, 3), (2, 0)):
        given = [np.zeros((batch, n, n)), np.full(batch, 5, np.int32)]
        (_, info), fault = do(device, Step.POTRF, NONE, given, n=n, batch=batch)
        assert fault[0] == -1 and (info == 5).all()


def test_matrices_of_a_batch_are_taken_together_if_they_are_small():
    device = _cusolver()
    for batch, n, single, together in ((3, 5, 0, 1), (2, 9, 2, 1), (1, 5, 3, 1)):
        do(device, Step.POTRF, NONE, [turned(positive("float64", batch, n))], n=n, batch=batch)
        calls = device.fake.calls
        assert (calls["cusolverDnDpotrf"], calls["cusolverDnDpotrfBatched"]) == (single, together)


def test_memory_is_given_back_and_handles_too():
    device = _cusolver()
    before = device.cuda.alive["memory"]
    do(device, Step.GESVD, Options.VECTORS, [random("float64", 2, 4, 3)], m=3, n=4, batch=2)
    assert device.cuda.alive["memory"] == before
    device.fake.refuses["cusolverDnDgesvd"] = 6
    with pytest.raises(DeviceError, match="Fake: a call of cuSOLVER: CUSOLVER_STATUS_EXECUTION_FA"):
        do(device, Step.GESVD, Options.VECTORS, [random("float64", 2, 4, 3)], m=3, n=4, batch=2)
    device.fake.refuses["cublasDtrsm_v2"] = 13
    with pytest.raises(DeviceError, match="a call of cuBLAS: CUBLAS_STATUS_EXECUTION_FAILED"):
        do(device, Step.TRSM, NONE, [random("float64", 1, 3, 3), random("float64", 1, 3, 2)],
           m=2, n=3)  # fmt: skip
    device.cuda.fails["cuStreamSynchronize"] = 719
    with pytest.raises(DeviceError, match="719"):
        do(device, Step.POTRF, NONE, [positive("float64", 1, 3)], n=3)
    device.cuda.fails.clear()
    assert device.cuda.alive["memory"] == before
    assert device.fake.streams == {device.driver.stream} and device.fake.handles == 2
    device.solver.close()
    assert device.fake.handles == 0


def test_memory_that_is_full_is_told():
    device = _cusolver(memory=1 << 12)
    a = [random("float64", 1, 20, 3)]
    with pytest.raises(DeviceError, match="CUDA_ERROR_OUT_OF_MEMORY"):
        do(device, Step.GESVD, Options.VECTORS | Options.FULL, a, m=3, n=20)


def test_without_cusolver_the_error_names_the_extra(monkeypatch):
    driver = CudaDriver(library=CudaLibrary(FakeCuda()))
    monkeypatch.setattr(nvidia_libraries, "_candidates", lambda *_: iter(["libnot-there.so"]))
    with pytest.raises(DeviceError, match=r"need cuSOLVER.*pip install lamina\[cuda\]"):
        Cusolver(driver, of_blas=FakeCusolver())
