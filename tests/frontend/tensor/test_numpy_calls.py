import numpy as np
import pytest
import scipy.special

import lamina
import lamina.tensor as pt
from tests.agreement import agree

RNG = np.random.default_rng(0)
X, V, N = RNG.uniform(0.1, 1, (3, 4)), RNG.normal(size=4), np.array([3, 1, 2, 1])


def both(call):
    """One call of NumPy's functions, with variables and with arrays."""
    return call, call


CALLS = {
    "ufunc": both(lambda x, v, n: np.exp(x)),
    "of an array and a variable": both(lambda x, v, n: np.add(X, v)),
    "of a number and a variable": both(lambda x, v, n: np.subtract(1, n)),
    "array + variable": both(lambda x, v, n: X + x),
    "array - variable": both(lambda x, v, n: V - x),
    "scalar of NumPy * variable": both(lambda x, v, n: np.float64(2) * x),
    "array @ variable": both(lambda x, v, n: X.T @ x),
    "array < variable": both(lambda x, v, n: X < v),
    "array // variable": both(lambda x, v, n: np.array([7, 8, 9, 10]) // n),
    "divmod": both(lambda x, v, n: np.divmod(np.array([7, 8, 9, 10]), n)),
    "comparison": both(lambda x, v, n: np.greater_equal(x, v)),
    "matmul": both(lambda x, v, n: np.matmul(x, v)),
    "positive": both(lambda x, v, n: np.positive(v) + +v),
    "reduce": both(lambda x, v, n: np.add.reduce(x)),
    "reduce, an axis": both(lambda x, v, n: np.maximum.reduce(x, axis=1, keepdims=True)),
    "accumulate": both(lambda x, v, n: np.add.accumulate(x, 1)),
    "outer": both(lambda x, v, n: np.subtract.outer(x, v)),
    "ufunc of SciPy": both(lambda x, v, n: scipy.special.gammaln(x)),
    "sum": both(lambda x, v, n: np.sum(x)),
    "sum, by position": both(lambda x, v, n: np.sum(n, 0, "int8")),
    "sum, out=None": both(lambda x, v, n: np.sum(x, 0, None, None)),
    "mean": both(lambda x, v, n: np.mean(x, axis=1, keepdims=True)),
    "var": both(lambda x, v, n: np.var(x, 0, ddof=1)),
    "amax": both(lambda x, v, n: np.amax(x, -1)),
    "any": both(lambda x, v, n: np.any(x > 0.5, 1)),
    "argmax": both(lambda x, v, n: np.argmax(x, axis=0)),
    "by name": both(lambda x, v, n: np.sum(a=x, axis=0)),
    "concatenate": both(lambda x, v, n: np.concatenate([x, X], 1)),
    "concatenate, by name": both(lambda x, v, n: np.concatenate((x, x), axis=0)),
    "stack": both(lambda x, v, n: np.stack([v, V], axis=1)),
    "vstack": both(lambda x, v, n: np.vstack([x, v])),
    "where": both(lambda x, v, n: np.where(x > 0.5, x, v)),
    "dot": both(lambda x, v, n: np.dot(x, v)),
    "einsum": both(lambda x, v, n: np.einsum("ij,j->i", x, v)),
    "tensordot": both(lambda x, v, n: np.tensordot(x, X, ((0, 1), (0, 1)))),
    "kron": both(lambda x, v, n: np.kron(v, n)),
    "reshape": both(lambda x, v, n: np.reshape(x, (2, -1))),
    "reshape, order": both(lambda x, v, n: np.reshape(x, (2, 6), "C")),
    "transpose": both(lambda x, v, n: np.transpose(x, (1, 0))),
    "moveaxis": both(lambda x, v, n: np.moveaxis(x, 0, -1)),
    "expand_dims": both(lambda x, v, n: np.expand_dims(v, 0)),
    "broadcast_to": both(lambda x, v, n: np.broadcast_to(v, (3, 4))),
    "split by number": both(lambda x, v, n: np.split(x, 2, axis=1)),
    "split by places": both(lambda x, v, n: np.split(x, [1, 3], axis=1)),
    "clip": both(lambda x, v, n: np.clip(v, -0.5, 0.5)),
    "clip, one side": both(lambda x, v, n: np.clip(v, None, 0.5)),
    "clip, by name": both(lambda x, v, n: np.clip(v, min=0)),
    "round": both(lambda x, v, n: np.round(v, 1)),
    "round to tens": both(lambda x, v, n: np.round(v * 100, -1)),
    "round integers": both(lambda x, v, n: np.round(n, 1)),
    "around": both(lambda x, v, n: np.around(v)),
    "real": both(lambda x, v, n: np.real(v)),
    "diff": both(lambda x, v, n: np.diff(x, 1, 0)),
    "cumsum": both(lambda x, v, n: np.cumsum(x, 1)),
    "trace": both(lambda x, v, n: np.trace(x, 1)),
    "tril": both(lambda x, v, n: np.tril(x, -1)),
    "zeros_like": both(lambda x, v, n: np.zeros_like(x)),
    "full_like": both(lambda x, v, n: np.full_like(n, 2)),
    "pad": both(lambda x, v, n: np.pad(v, 1, "constant", constant_values=3)),
    "repeat": both(lambda x, v, n: np.repeat(x, 2, axis=0)),
    "take": both(lambda x, v, n: np.take(v, n)),
    "norm": both(lambda x, v, n: np.linalg.norm(x, 1, axis=0)),
    "qr": both(lambda x, v, n: abs(np.linalg.qr(x[:, :2])[0])),
    "qr, whole": both(lambda x, v, n: abs(np.linalg.qr(x[:, :2], "complete")[1])),
    "fft": both(lambda x, v, n: np.real(np.fft.fft(x, 5, axis=0))),
    "irfft": both(lambda x, v, n: np.fft.irfft(np.fft.rfft(v, norm="ortho"))),
    "matrix_power": both(lambda x, v, n: np.linalg.matrix_power(x[:, :3], 2)),
    "copy": both(lambda x, v, n: np.copy(v)),
    "in place": both(lambda x, v, n: _in_place(x)),
}  # fmt: skip


def _in_place(x):
    start = x
    x = x + 0
    x += 1
    x *= 2
    x -= start
    x /= 3
    x **= 2
    return x


def test_numpys_functions_of_variables_are_graphs():
    agree(CALLS, [X, V, N], ulp=8)


def test_a_shape_and_a_rank():
    x = pt.dmatrix("x")
    assert np.ndim(x) == 2
    assert np.shape(x).eval({x: X}).tolist() == [3, 4]
    assert np.size(x).eval({x: X}) == 12


def test_no_array_of_variables_is_made():
    x = pt.dmatrix("x")
    for made in (np.float32(2) + x, np.ones((3, 4)) * x, np.multiply(x, [1.0, 2, 3, 4])):
        assert isinstance(made, pt.TensorVariable)
    for make in (np.asarray, np.array, lambda x: np.array([x, x]), np.float64, np.linspace):
        with pytest.raises(TypeError):
            make(x)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda x, a: np.add(a, x, out=a), r"cannot write .* instead of `a \+= x` write"),
        (lambda x, a: np.hypot(x, 1), "numpy.hypot cannot compute with the symbolic x"),
        (lambda x, a: np.add.at(a, [0], x), "numpy.add.at cannot compute"),
        (lambda x, a: np.add.reduceat(x, [0]), "numpy.add.reduceat cannot compute"),
        (lambda x, a: np.exp(x, where=a > 0), "numpy.exp of a symbolic variable .* 'where'"),
        (lambda x, a: np.sum(x, initial=3), "numpy.sum of a symbolic variable .* 'initial'"),
        (lambda x, a: np.reshape(x, (2, 6), order="F"), "numpy.reshape .* 'order'"),
        (lambda x, a: np.sum(x, out=a), "numpy.sum .* 'out'"),
        (lambda x, a: np.fill_diagonal(x, 1), "numpy.fill_diagonal changes an array in place"),
        (lambda x, a: np.copyto(a, x), "numpy.copyto changes an array in place"),
        (lambda x, a: np.unwrap(x), "numpy.unwrap cannot compute with symbolic variables"),
        (lambda x, a: np.fft.fftn(x), "numpy.fft.fftn cannot compute with symbolic variables"),
        (lambda x, a: np.linalg.trace(x), "numpy.linalg.trace cannot compute"),
        (lambda x, a: np.linalg.cond(x), "numpy.linalg.cond cannot compute"),
    ],
)
def test_what_has_no_meaning_for_variables_raises_what_to_do(call, message):
    with pytest.raises(TypeError, match=message):
        call(pt.dmatrix("x"), np.ones((3, 4)))


def test_an_array_is_not_changed_in_place_by_a_variable():
    a = np.ones((3, 4))
    with pytest.raises(TypeError, match=r"write `a = a \+ x`"):
        a += pt.dmatrix("x")
    assert (a == 1).all()


@pytest.mark.parametrize(
    "use, message",
    [
        (bool, "truth value of x is not known .* switch"),
        (lambda x: 1 if x > 0 else 2, "truth value .* is not known"),
        (lambda x: 0 < x < 1, "truth value .* is not known"),
        (len, r"length of x is not known .* x\.shape\[0\]"),
        (list, "x cannot be iterated: .* scan"),
        (lambda x: 3 in x, "Whether x contains a value is not known .* any"),
        (lambda x: range(x), "x has no value while the graph is built"),
        (lambda x: [1, 2][x], "x has no value while the graph is built"),
        (float, "x has no value .*eval"),
        (int, "x has no value .*eval"),
        (complex, "x has no value .*eval"),
        (lambda x: x.__setitem__(0, 1), r"x\[index\]\.set"),
    ],
)
def test_what_needs_a_value_raises_what_to_do(use, message):
    with pytest.raises(TypeError, match=message):
        use(pt.dvector("x"))


def test_what_is_known_is_told():
    x = pt.tensor("x", shape=(3, None))
    assert len(x) == 3
    assert [row.type.shape for row in x] == [(None,)] * 3
    assert lamina.function([x], list(x))(X[:, :2])[1].tolist() == X[1, :2].tolist()


def test_a_variable_is_not_changed_by_an_operator_in_place():
    x = y = pt.dvector("x")
    y += 1
    assert y is not x and y.owner is not None and x.owner is None
