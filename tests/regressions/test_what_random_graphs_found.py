"""Programs that random graphs have been reduced to, each wrong once."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.special

import lamina
import lamina.tensor as pt


def test_a_sum_of_differences_that_are_nan_is_nan_in_strict_ieee():
    x = pt.fvector("x")
    with lamina.config.change_flags(strict_ieee=True, cache=False):
        f = lamina.function([x], [(x - x).sum(), pt.average(x - x)])
    assert all(np.isnan(y) for y in f(np.array([1, np.nan], np.float32)))


def test_a_constant_mask_with_one_place_goes_with_any_number_of_integers():
    x = pt.tensor("x", shape=(1, 5, 1))
    mask, places = np.array([True]), np.array([1, -5, 1, -4])
    f = lamina.function([x], [x[mask, places], x[mask, places].inc(1)])
    a = np.arange(5.0).reshape(1, 5, 1)
    expected = a.copy()
    np.add.at(expected, (mask, places), 1)
    for found, wanted in zip(f(a), (a[mask, places], expected), strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("call", ["linspace(0, 1, k)", "bincount([1], minlength=k)"])
def test_a_negative_number_that_only_the_call_knows_is_refused(call):
    k = pt.lscalar("k")
    f = lamina.function([k], eval(f"pt.{call}", {"pt": pt, "k": k}))
    assert f(3).shape == (3,)
    with pytest.raises(ValueError, match="negative"):
        f(-1)


def test_more_elements_than_there_is_memory_for_are_refused_before_it_is_asked_for():
    x, k = pt.vector("x"), pt.lscalar("k")
    f = lamina.function([x, k], pt.topk(x, k))
    with pytest.raises(ValueError, match="kth is more than the axis has elements"):
        f(np.ones(3), -(2**40))


def test_a_size_that_overflows_is_a_lack_of_memory_and_no_crash():
    program = (
        "import lamina, lamina.tensor as pt\n"
        "n = pt.lscalar()\n"
        "f = lamina.function([n], pt.eye(n))\n"
        "try:\n    f(2**62)\n"
        "except (MemoryError, ValueError):\n    print('refused')"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert found.stdout == "refused\n", found.stderr[-500:]


def test_a_length_that_only_the_call_knows_is_compared_though_the_size_is_known():
    n = pt.lscalar("n")
    f = lamina.function([n], pt.reshape(pt.as_tensor([1.0, 2.0]), (n, 1)))
    assert f(2).shape == f(-1).shape == (2, 1)
    with pytest.raises(ValueError):
        f(3)


def test_a_long_sum_of_terms_that_do_not_vectorise_keeps_its_digits():
    x = pt.fvector("x")
    f = lamina.function([x], pt.jv(pt.constant(0, dtype="float32"), x).sum())
    for value in (0.31, 0.7, 0.9):  # each addition of them rounds the same way
        array = np.full(5000, value, "float32")
        terms = scipy.special.jv(np.float32(0), array)
        assert terms.dtype == f(array).dtype == "float32"
        assert f(array) == pytest.approx(terms.sum(dtype="float64"), rel=1e-6)


def test_a_long_sum_that_is_compiled_without_vectors_keeps_its_digits():
    x = pt.fvector("x")
    f = lamina.function([x], x.sum(), "FAST_COMPILE")
    for value in (0.31, 0.7, 0.9):
        array = np.full(5000, value, "float32")
        assert f(array) == pytest.approx(array.sum(dtype="float64"), rel=1e-6)


def test_whether_any_of_repeated_numbers_is_not_zero_is_a_bool():
    n = pt.vector("n", dtype="uint32")
    repeated = pt.alloc(n[:, None], n.shape[0], 9)
    f = lamina.function([n], [repeated.any(axis=1), repeated.all(axis=1), repeated.max(axis=1)])
    expected = [np.array([False, True]), np.array([False, True]), np.array([0, 5], "uint32")]
    for found, wanted in zip(f(np.array([0, 5], "uint32")), expected, strict=True):
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)
