import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.ir.graph.traversal import toposort
from tests.agreement import agree, static_shapes

RNG = np.random.default_rng(0)
A, B, C = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 5)), RNG.normal(size=(2, 3, 4))
V, S, W = RNG.normal(size=4), RNG.normal(size=(3, 3)), RNG.normal(size=(2, 3, 3, 4))
NOTATIONS = {
    "ij->ji": "a", "ij->": "a", "ij->j": "a", "ij": "a", "ji": "a", "i->i": "v",
    "ii": "s", "ii->i": "s", "abbc->acb": "w", "abbc": "w", "...ij->...ji": "w", "i...->...": "c",
    "...": "c", "i...": "c", "...j": "c",
    "ij,jk": "ab", "ij,jk->ki": "ab", "ij,ij->ij": "aa", "ij,ij->i": "aa", "ij,ij": "aa",
    "ij,kj->ik": "aa", "i,i": "vv", "i,j": "vv", "i,i->i": "vv", "ij,j": "av", "j,ij->i": "va",
    "bij,jk->bik": "cb", "bij,bkj->bik": "cc", "bij,ij->b": "ca", "bij,bij->": "cc",
    "bij,bij->bi": "cc", "bij,bij->b": "cc", "...ij,...kj->...ik": "cc", "...ij,jk->...ik": "cb",
    "...j,j": "cv", "...,...": "ca", "bij,ij,jk->bk": "cab", "ij,jk,bij,j->bk": "abcv",
    "ij , jk , j -> i k": "abv", "ij,kl->": "ab", "ij,kl->ik": "ab", "ij,kl->jl": "ab",
    "ii,ij->j": "sa", "bijc,jc,bic->ib": "wac",
}  # fmt: skip
FORMS = {
    notation: lambda m, *x, notation=notation, names=names: m.einsum(
        notation, *(x["abcvsw".index(n)] for n in names)
    )
    for notation, names in NOTATIONS.items()
}
FORMS |= {
    "numbers": lambda m, a, b, *x: m.einsum(a, [0, 1], b, [1, 2], [2, 0]),
    "numbers, implicit": lambda m, a, b, *x: m.einsum(a, [7, 3], b, [3, 5]),
    "numbers and Ellipsis": lambda m, a, b, c, *x: m.einsum(c, [..., 0], a, [1, 0], [1, ...]),
    "from left to right": lambda m, a, b, c, v, s, w: m.einsum(
        "ij,jk,j,ii,bij->bk", a, b, v, s, c, optimize=False
    ),
    "in a chosen order": lambda m, a, b, c, v, s, w: m.einsum(
        "ij,jk,j->ik", a, b, v, optimize=["einsum_path", (1, 2), (0, 1)]
    ),
}


def test_einsum_is_numpys():
    agree(FORMS, [A, B, C, V, S, W], [A[:, :0], B[:0], C[:, :, :0], V[:0], S, W[..., :0]], ulp=32)
    assert not static_shapes(FORMS, A, B, C, V, S, W)


def test_dtypes_are_those_of_the_operands():
    small, truth, z = np.array([[100, 2]], np.int8), np.array([[True, False]]), A[:1, :2] * 1j
    forms = {
        "sums of int8 wrap": lambda m, n, t, z: m.einsum("ij,ij->", n, n),
        "one operand": lambda m, n, t, z: m.einsum("ij->i", n),
        "matrix product": lambda m, n, t, z: m.einsum("ij,kj", n, n),
        "logic": lambda m, n, t, z: m.einsum("ij,ik->jk", t, t),
        "any": lambda m, n, t, z: m.einsum("ij->", t),
        "mixed": lambda m, n, t, z: m.einsum("ij,ij,ij->j", n, t, z),
    }
    agree(forms, [small, truth, z], ulp=8)


def test_a_length_that_is_statically_one_broadcasts():
    x, y = pt.tensor("x", shape=(1, None)), pt.dmatrix("y")
    outputs = [
        pt.einsum("ij,ij->ij", x, y), pt.einsum("ij,ij->", x, y), pt.einsum("ij,ik->jk", x, y),
        pt.einsum("...j,...j->...", x, y),
    ]  # fmt: skip
    values = lamina.function([x, y], outputs)(A[:1], A)
    expected = [A[:1] * A, np.sum(A[:1] * A), A[:1].T @ A.sum(0)[None], np.sum(A[:1] * A, 1)]
    for value, wanted in zip(values, expected, strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-13)


def test_lengths_that_differ_are_refused():
    a, b = pt.tensor("a", shape=(3, 4)), pt.tensor("b", shape=(5, 4))
    with pytest.raises(ValueError, match="lengths 4 and 5 .* 'j' do not match"):
        pt.einsum("ij,jk", a, b)
    with pytest.raises(ValueError, match="have one label, 'i': 3 is not 4"):
        pt.einsum("ii", a)
    # of those of one rank as many elements, so that only the shapes tell
    for notation, *shapes in [
        ("ij,jk", (2, 6), (4, 3)), ("ij,ij", (2, 6), (3, 4)), ("ij,ij->ij", (2, 6), (3, 4)),
        ("ij,ji->", (2, 6), (3, 4)), ("kij,ij->k", (1, 2, 6), (3, 4)), ("ii->i", (2, 3)),
    ]:  # fmt: skip
        operands = [pt.tensor(dtype="float64", shape=(None,) * len(shape)) for shape in shapes]
        f = lamina.function(operands, pt.einsum(notation, *operands))
        with pytest.raises((ValueError, AssertionError)):
            f(*map(np.ones, shapes))


def test_wrong_notation_is_refused():
    a = pt.dmatrix("a")
    for arguments, message in [
        (("ij->k", a), "the result has the subscript 'k', no operand has"),
        (("ij->ii", a), "the result has the subscript 'i' twice"),
        (("ijk", a), "subscripts 'ijk' do not fit a"),
        (("i", a), "subscripts 'i' do not fit a"),
        (("ij,jk", a), "subscripts for 2 operands, 1 were given"),
        (("i1", a), "'1' in 'i1' is no letter"),
        (("i..j", a), "is no letter, nor part of an ellipsis"),
        (("ij->i->j", a), "only contain one '->'"),
        (("...j->j", a), "the result has no '...'"),
        ((a, [0, 52]), "a subscript is 0 to 51"),
        ((a, [..., ...]), "more than one Ellipsis"),
        ((), "at least one operand"),
    ]:
        with pytest.raises(ValueError, match=message.replace(".", r"\.")):
            pt.einsum(*arguments)


def test_operands_are_multiplied_in_the_order_of_fewest_operations():
    a, b, v = pt.tensor(shape=(100, 90)), pt.tensor(shape=(90, 80)), pt.tensor(shape=(80,))
    y = pt.einsum("ij,jk,k->i", a, b, v)
    products = [n for n in toposort([y]) if "Blockwise" in str(n.op)]
    assert [n.outputs[0].type.shape for n in products] == [(90, 1), (100, 1)]


@pytest.mark.parametrize(
    "notation, arrays",
    [
        ("ij,jk->ik", [A, B]), ("bij,ij,jk->bk", [C, A, B]), ("abbc->acb", [W]),
        ("...ij,...kj->...ik", [C, C]), ("ii,ij->j", [S, A]),
    ],
)  # fmt: skip
def test_the_gradient_of_einsum(notation, arrays):
    verify_grad(lambda *x: pt.einsum(notation, *x), arrays, n_tests=1)


def test_the_second_derivative_of_einsum():
    x = pt.dvector("x")
    cost = pt.einsum("i,i,ij,j->", x, x, pt.as_tensor(A[:, :3]), x)
    hessian = lamina.function([x], lamina.gradient.hessian(cost, x))
    p, m = V[:3], A[:, :3]
    # d2/dx_k dx_l of sum_ij x_i^2 m_ij x_j
    expected = np.diag(2 * m @ p) + 2 * p[:, None] * m + (2 * p[:, None] * m).T
    np.testing.assert_allclose(hessian(p), expected, rtol=1e-12)
