"""Fourier transforms: NumPy's form, the reference's form without complex numbers, the op."""

import numpy as np
import pytest
import scipy.fft

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.tensor import fft as reference_form
from lamina.tensor.fourier import Fourier, fft, ifft, irfft, rfft

NORMS = (None, "ortho", "backward", "forward")
TRANSFORMS = {"fft": fft, "ifft": ifft, "rfft": rfft, "irfft": irfft}


def draw(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def agree(found, expected, atol=1e-13):
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=atol)


def test_transforms_agree_with_scipy_along_axes_in_lengths_and_norms():
    x, a = pt.dmatrix("x"), draw(0, 5, 6)
    cases = [
        (name, n, axis, norm)
        for name in TRANSFORMS
        for n, axis, norm in [*((None, 0, m) for m in NORMS), (4, 1, None), (9, -1, "ortho")]
    ]
    found = lamina.function([x], [TRANSFORMS[name](x, *case) for name, *case in cases])(a)
    agree(found, [getattr(scipy.fft, name)(a, *case) for name, *case in cases])


def test_a_length_may_be_a_variable():
    x, n = pt.dmatrix("x"), pt.lscalar("n")
    f = lamina.function([x, n], [fft(x, n, 0), rfft(x, n), irfft(x, n)])
    a = draw(0, 5, 6)
    for m in (1, 3, 6, 9):
        agree(f(a, m), [scipy.fft.fft(a, m, 0), scipy.fft.rfft(a, m), scipy.fft.irfft(a, m)])
    with pytest.raises(ValueError, match="invalid number of data points"):
        f(a, 0)


@pytest.mark.parametrize("dtype", ["int8", "float16", "float32", "complex64"])
def test_single_precision_stays(dtype):
    a = np.array([1, 0, 3, 1], dtype)
    agree([fft(pt.as_tensor(a)).eval()], [scipy.fft.fft(a)], atol=1e-6)


def test_lengths_are_known_where_that_of_the_operand_is():
    x = pt.tensor("x", shape=(3, 8))
    assert rfft(x).type.shape == (3, 5)
    assert irfft(x).type.shape == (3, 14)
    assert fft(x, 5, 0).type.shape == (5, 8)
    assert reference_form.rfft(x).type.shape == (3, 5, 2)
    assert reference_form.irfft(pt.tensor(shape=(3, 5, 2)), is_odd=True).type.shape == (3, 9)


@pytest.mark.parametrize("norm", [None, "forward"])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_gradients_with_crops_and_zeros(name, norm):
    def parts(z):
        return z if name == "irfft" else pt.stack([pt.real(z), pt.imag(z)])

    for n in (4, 7):
        if name == "rfft":
            verify_grad(lambda u, n=n: parts(rfft(u, n, 0, norm)), [draw(0, 5, 2)])
        else:
            verify_grad(
                lambda u, v, n=n: parts(TRANSFORMS[name](pt.complex(u, v), n, 0, norm)),
                [draw(0, 5, 2), draw(1, 5, 2)],
            )


@pytest.mark.parametrize("shape", [(5, 6), (2, 3, 5), (2, 3, 4)])
def test_the_reference_form_transforms_all_but_the_first_dimension(shape):
    a = draw(0, *shape)
    x = pt.tensor("x", shape=(None,) * len(shape))
    count = np.prod(shape[1:])
    made, expected = [], []
    for norm in (None, "ortho", "no_norm"):
        y = reference_form.rfft(x, norm)
        made += [y, reference_form.irfft(y, norm, is_odd=shape[-1] % 2 == 1)]
        known = np.fft.rfftn(a, axes=range(1, len(shape)), norm=None if norm == "no_norm" else norm)
        expected += [
            np.stack([known.real, known.imag], -1),
            a * (count if norm == "no_norm" else 1),
        ]
    agree(lamina.function([x], made)(a), expected)


def test_gradients_of_the_reference_form():
    verify_grad(lambda x: reference_form.rfft(x, "ortho"), [draw(0, 2, 3, 4)])
    verify_grad(lambda x: reference_form.rfft(x), [draw(0, 2, 5)])
    verify_grad(lambda x: reference_form.irfft(x, "no_norm"), [draw(0, 2, 3, 4, 2)])
    verify_grad(lambda x: reference_form.irfft(x, is_odd=True), [draw(0, 2, 3, 2)])


def test_the_op_takes_array_length_and_axis():
    x, a = pt.dmatrix("x"), draw(0, 5, 6)
    found = lamina.function([x], [Fourier()(x), Fourier()(x, 3, 0), Fourier()(x, axis=0)])(a)
    agree(found, [np.fft.fft(a), np.fft.fft(a, 3, 0), np.fft.fft(a, axis=0)])
    assert Fourier() == Fourier()


def test_a_transform_is_a_callback_in_compiled_code():
    x = pt.dvector("x")
    f = lamina.function([x], pt.abs(rfft(pt.exp(x))).sum())
    assert f.ir("buffers").count("nd.callback") == 1
    a = draw(0, 8)
    np.testing.assert_allclose(f(a), np.abs(np.fft.rfft(np.exp(a))).sum())


def test_bad_arguments_are_refused():
    x = pt.dvector("x")
    with pytest.raises(TypeError, match="rfft takes real numbers, got complex128"):
        rfft(pt.zvector("z"))
    with pytest.raises(ValueError, match="norm must be None or one of"):
        fft(x, norm="half")
    with pytest.raises(ValueError, match="invalid number of data points"):
        fft(x, 0)
    with pytest.raises(ValueError, match="fft takes an array of one dimension or more"):
        fft(pt.dscalar("s"))
    with pytest.raises(TypeError, match="rfft takes 2 dimensions or more"):
        reference_form.rfft(x)
    with pytest.raises(TypeError, match="the last of real and imaginary parts"):
        reference_form.irfft(pt.tensor(shape=(3, 5, 3)))
