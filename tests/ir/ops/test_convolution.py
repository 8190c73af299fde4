"""Convolutions and correlations."""

import numpy as np
import pytest
import scipy.signal

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.tensor.signal import convolve1d, convolve2d, correlate

MODES = ("full", "valid", "same")
BOUNDARIES = ("fill", "wrap", "symm")


def draw(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def agree(found, expected, rtol=1e-12):
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol)


def test_vectors_of_any_lengths_agree_with_scipy():
    x, h = pt.dvectors("x", "h")
    made = [convolve1d(x, h, m) for m in MODES] + [correlate(x, h, m) for m in MODES]
    f = lamina.function([x, h], made)
    for n, k in [(1, 1), (10, 3), (9, 4), (3, 10), (4, 9), (8, 8), (50, 17), (1, 5), (6, 9)]:
        a, b = draw(n, n), draw(k, k)
        expected = [scipy.signal.convolve(a, b, m, "direct") for m in MODES]
        expected += [scipy.signal.correlate(a, b, m, "direct") for m in MODES]
        agree(f(a, b), expected)


def test_sums_of_nothing_are_zeros():
    x, h = pt.dmatrices("x", "h")
    f = lamina.function([x, h], [convolve2d(x, h, m) for m in MODES])
    for n, k in [((3, 4), (0, 2)), ((3, 4), (2, 0))]:
        a, b = np.ones(n), np.ones(k)
        agree(f(a, b), [scipy.signal.convolve2d(a, b, m) for m in MODES])
    a, b = np.ones((0, 4)), np.ones((2, 2))
    known = convolve2d(pt.as_tensor(a), pt.as_tensor(b), "same", "wrap")
    assert known.type.shape == (0, 4)
    assert convolve1d(np.ones(0), np.ones(0)).type.shape == (0,)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "float16", "float32", "complex64"])
def test_results_have_numpys_dtypes(dtype):
    a, b = (5 * draw(0, 9)).astype(dtype), (5 * draw(1, 4)).astype(dtype)
    found = convolve1d(pt.as_tensor(a), pt.as_tensor(b)).eval()
    agree([found], [np.convolve(a, b)], rtol=1e-2 if dtype == "float16" else 1e-5)


def test_correlation_conjugates_the_second_array():
    x, h = pt.zvectors("x", "h")
    a, b = draw(0, 9) + 1j * draw(1, 9), draw(2, 4) + 1j * draw(3, 4)
    found = lamina.function([x, h], [correlate(x, h, m) for m in MODES])(a, b)
    agree(found, [scipy.signal.correlate(a, b, m, "direct") for m in MODES])


def test_leading_dimensions_are_batches_that_broadcast():
    x, h = pt.tensor3("x"), pt.tensor("h", shape=(2, 1, None))
    a, b = draw(0, 2, 3, 8), draw(1, 2, 1, 3)
    found = lamina.function([x, h], convolve1d(x, h, "same"))(a, b)
    expected = [[scipy.signal.convolve(v, b[i, 0], "same") for v in a[i]] for i in range(2)]
    agree([found], [np.array(expected)])


def test_matrices_agree_with_scipy_in_each_mode_and_boundary():
    x, h = pt.dmatrices("x", "h")
    cases = [(m, b, 3.5 * (b == "fill")) for m in MODES for b in BOUNDARIES]
    made = [convolve2d(x, h, *case) for case in cases]
    made += [convolve2d(x, h, m, method="fft") for m in MODES]
    made += [correlate(x, h, m) for m in MODES]
    f = lamina.function([x, h], made)
    for n, k in [((6, 7), (3, 2)), ((5, 5), (4, 4)), ((3, 3), (5, 6)), ((8, 1), (3, 1))]:
        a, b = draw(0, *n), draw(1, *k)
        expected = [scipy.signal.convolve2d(a, b, *case) for case in cases]
        expected += [scipy.signal.convolve2d(a, b, m) for m in MODES]
        expected += [scipy.signal.correlate(a, b, m, "direct") for m in MODES]
        agree(f(a, b), expected)


def test_cubes_are_correlated_over_all_dimensions():
    a, b = draw(0, 3, 4, 5), draw(1, 2, 2, 3)
    found = correlate(pt.as_tensor(a), pt.as_tensor(b)).eval()
    agree([found], [scipy.signal.correlate(a, b, method="direct")])


def test_integers_by_transforms_are_rounded():
    a, b = np.arange(12).reshape(3, 4), np.arange(4).reshape(2, 2)
    found = convolve2d(pt.as_tensor(a), pt.as_tensor(b), method="fft").eval()
    agree([found], [scipy.signal.convolve2d(a, b)])


@pytest.mark.parametrize("mode", MODES)
def test_gradients_by_both_arrays(mode):
    verify_grad(lambda x, h: convolve1d(x, h, mode), [draw(0, 2, 7), draw(1, 4)])
    verify_grad(lambda x, h: convolve1d(x, h, mode), [draw(0, 3), draw(1, 2, 5)])


def test_gradients_of_matrices_and_of_complex_and_second_ones():
    verify_grad(lambda x, h: convolve2d(x, h, "same", "symm"), [draw(0, 4, 5), draw(1, 2, 3)])
    verify_grad(lambda x, h: convolve2d(x, h, method="fft"), [draw(0, 4, 5), draw(1, 2, 3)])

    def power(x, u, h, v):
        z = correlate(pt.complex(x, u), pt.complex(h, v))
        return pt.stack([pt.real(z), pt.imag(z)])

    verify_grad(power, [draw(0, 4), draw(1, 4), draw(2, 3), draw(3, 3)])
    verify_grad(
        lambda x, h: lamina.grad((convolve1d(x, h) ** 3).sum(), x), [draw(0, 4), draw(1, 3)]
    )


def test_lengths_are_known_where_those_of_the_operands_are():
    x, h = pt.tensor("x", shape=(7, 10)), pt.tensor("h", shape=(3,))
    assert [convolve1d(x, h, m).type.shape for m in MODES] == [(7, 12), (7, 8), (7, 10)]
    wide = convolve2d(x, pt.tensor("k", shape=(3, 5)), "same", "wrap")
    assert wide.type.shape == (7, 10)


def test_bad_arguments_are_refused():
    x = pt.dmatrix("x")
    with pytest.raises(ValueError, match="mode must be one of full, valid, same, got 'half'"):
        convolve1d(x, x, "half")
    with pytest.raises(ValueError, match="boundary must be one of fill, wrap, symm"):
        convolve2d(x, x, boundary="edge")
    with pytest.raises(ValueError, match="method must be one of"):
        convolve2d(x, x, method="slow")
    with pytest.raises(ValueError, match="convolve2d takes 2 dimensions or more"):
        convolve2d(x, pt.dvector("h"))
    with pytest.raises(ValueError, match="at least as long as the other along every dimension"):
        convolve2d(np.ones((2, 5)), np.ones((5, 2)), "valid")
    with pytest.raises(ValueError, match="arrays of one rank"):
        correlate(x, pt.dvector("h"))
