import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.ir.ops.padding import pad
from tests.agreement import agree, static_shapes

X = np.random.default_rng(0).normal(size=(3, 4))
ARGUMENTS = [
    (2,),
    ((1, 2),),
    (((1, 2), (0, 3)),),
    ([[1], [2]],),
    ({-1: (2, 1)},),
    (0,),
    (2, "empty", dict()),
    (2, "constant", dict(constant_values=1.5)),
    (2, "constant", dict(constant_values=(1, 2))),
    (((1, 2), (0, 3)), "constant", dict(constant_values=((1, 2), (3, 4)))),
    ((1, 2), "edge"),
    (((1, 2), (0, 3)), "linear_ramp"),
    (3, "linear_ramp", dict(end_values=((1, -2), (3, 4)))),
    *(
        (((1, 2), (0, 3)), mode, options)
        for mode in ("maximum", "minimum", "mean", "median")
        for options in (dict(), dict(stat_length=((1, 9), (3, 2))))
    ),
    *(
        (widths, mode, options)
        for widths in (((1, 2), (0, 3)), ((11, 2), (1, 17)))
        for mode, options in [
            ("wrap", {}),
            ("symmetric", {}),
            ("symmetric", dict(reflect_type="odd")),
            ("reflect", {}),
            ("reflect", dict(reflect_type="odd")),
        ]
    ),
]


def forms(cases):
    return {
        f"{args} {options}": (
            lambda x, args=args, options=options: pad(x, *args, **options),
            lambda x, args=args, options=options: in_numpy(x, *args, **options),
        )
        for *args, options in [
            (*a, {}) if not isinstance(a[-1], dict) or len(a) < 3 else a for a in cases
        ]
    }


def in_numpy(x, width, mode="constant", **options):
    return np.pad(x, width, *(("constant",) if mode == "empty" else (mode,)), **options)


FORMS = forms(ARGUMENTS)


def test_pads_agree_with_numpy():
    agree(FORMS, [X], [X[:1]], [X[:2, :2]], ulp=64)
    assert not static_shapes(FORMS, X)
    assert not static_shapes(FORMS, X[:1, :2])


@pytest.mark.parametrize("dtype", ["int32", "float32", "complex64"])
def test_pads_of_other_dtypes(dtype):
    x = (10 * X).astype(dtype)
    modes = ("constant", "linear_ramp", "mean", "median", "edge")
    chosen = [a for a in ARGUMENTS if len(a) > 1 and a[1] in modes]
    agree(forms([*chosen, (((1, 2), (0, 9)), "reflect", dict(reflect_type="odd"))]), [x], ulp=4)


def test_a_bool_is_padded():
    agree(forms([(1,), (1, "edge"), (5, "wrap"), (1, "maximum")]), [X > 0])


def test_nothing_is_padded_with_constants_only():
    agree(forms([(2,), ((0, 1), "constant", dict(constant_values=3.0))]), [X[:, :0]])
    x = pt.tensor("x", shape=(3, 0))
    with pytest.raises(ValueError, match="can't extend empty axis 1"):
        pad(x, 1, "wrap")
    assert pad(x, ((1, 1), (0, 0)), "wrap").type.shape == (5, 0)
    for mode in ("edge", "symmetric", "maximum"):
        f = lamina.function([y := pt.vector("y")], pad(y, 1, mode))
        with pytest.raises((IndexError, ValueError)):
            f(np.ones(0))


@pytest.mark.parametrize("mode", ["constant", "edge", "linear_ramp", "maximum", "reflect", "wrap"])
def test_widths_may_be_symbolic(mode):
    x, n, v, m = pt.matrix("x"), pt.lscalar("n"), pt.lvector("v"), pt.lmatrix("m")
    outputs = [pad(x, n, mode), pad(x, (n, 1), mode), pad(x, v, mode), pad(x, m, mode)]
    f = lamina.function([x, n, v, m], outputs)
    for a in (X, X[:1]):
        for width in ([1, 0], [0, 2], [7, 5]):
            rows = [width, width[::-1]]
            expected = [np.pad(a, w, mode) for w in (width[0], (width[0], 1), width, rows)]
            for found, wanted in zip(f(a, width[0], width, rows), expected, strict=True):
                np.testing.assert_allclose(found, wanted, 1e-14)


def test_values_may_be_symbolic():
    x, c = pt.vector("x"), pt.scalar("c")
    f = lamina.function(
        [x, c],
        [
            pad(x, 1, constant_values=c),
            pad(x, 1, constant_values=(c, 0)),
            pad(x, 1, "linear_ramp", end_values=c),
        ],
    )
    one, two, three = f([1, 2], 5)
    np.testing.assert_array_equal(one, [5, 1, 2, 5])
    np.testing.assert_array_equal(two, [5, 1, 2, 0])
    np.testing.assert_array_equal(three, [5, 1, 2, 5])


def test_what_numpy_refuses_is_refused():
    x = pt.matrix("x")
    with pytest.raises(ValueError, match="'nonsense' is not supported; there are constant, edge"):
        pad(x, 1, "nonsense")
    with pytest.raises(ValueError, match="unsupported keyword arguments for mode 'edge'"):
        pad(x, 1, "edge", constant_values=1)
    with pytest.raises(ValueError, match="negative values"):
        pad(x, (1, -1))
    with pytest.raises(ValueError, match="negative values"):
        pad(x, 1, "mean", stat_length=-1)
    with pytest.raises(TypeError):
        pad(x, 1.5)
    for width in ((1, 2, 3), ((1, 2), (1, 2), (1, 2)), ((1, 2, 3), (1, 2, 3))):
        with pytest.raises(ValueError, match="no pair for each of 2 axes"):
            pad(x, width)
    with pytest.raises(ValueError, match="reflect_type"):
        pad(x, 1, "reflect", reflect_type="none")


@pytest.mark.parametrize(
    "case", [(1,), ((1, 2), "edge"), (2, "linear_ramp"), (1, "maximum"), (1, "mean")]
)
def test_the_gradient_of_a_pad(case):
    verify_grad(lambda x: pad(x, *case), [X], n_tests=1)


@pytest.mark.parametrize("mode", ["wrap", "symmetric", "reflect"])
@pytest.mark.parametrize("width", [1, 9])
def test_the_gradient_of_a_periodic_pad(mode, width):
    verify_grad(lambda x: pad(x, width, mode), [X], n_tests=1)
    if mode != "wrap":
        verify_grad(lambda x: pad(x, width, mode, reflect_type="odd"), [X], n_tests=1)
