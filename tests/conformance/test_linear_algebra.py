"""Every op of linear algebra: compiled against its NumPy meaning for all dtypes, layouts and
lengths, read back from text, in batches.

Vectors that are known but for a sign or a phase are compared through products in which it cancels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.not_native import interpreted
from lamina.graph.replace import vectorize_graph
from lamina.import_graph import import_graph
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.tensor_type import DTYPES
from lamina.ir.ops.linear_algebra import OPS, SwapRows
from lamina.ir.program import parse_program
from tests.conformance.samples import FORMS
from tests.evaluate import evaluate
from tests.matrices import close

linalg = pt.linalg


def _adjoint(x: Any) -> Any:
    return pt.conj(pt.matrix_transpose(x))


def _pairs(w: Any, v: Any) -> list[Any]:
    """What does not depend on the order of eigenvalues, nor the phases of vectors."""
    return [(v * w[..., None, :]) @ linalg.inv(v), (w**2).sum(axis=-1)]


def _svd(x: Any, full: bool) -> list[Any]:
    u, s, vh = linalg.svd(x, full)
    return [s, u @ _adjoint(u), _adjoint(vh) @ vh, (u[..., :3] * s[..., None, :]) @ vh[..., :3, :]]


def _unsigned(*factors: Any) -> list[Any]:
    return [abs(x) for x in factors]


# By the op's name in nd: from stacks of matrices of length 3, graphs that apply it.
USES: dict[str, Callable[[Any], Sequence[Any]]] = {
    "cholesky": lambda x: [linalg.cholesky(x), linalg.cholesky(x, lower=False)],
    "cho_solve": lambda x: [linalg.cho_solve((x, True), x), linalg.cho_solve((x, False), x)],
    "det": lambda x: [linalg.det(x)],
    "eig": lambda x: _pairs(*linalg.eig(x)),
    "eigh": lambda x: _pairs(*linalg.eigh(x)) + _pairs(*linalg.eigh(x, x + 2)),
    "eigvalsh": lambda x: [linalg.eigvalsh(x), linalg.eigvalsh(x, x + 2, lower=False)],
    "expm": lambda x: [linalg.expm(x / 4)],
    "lu_factor": lambda x: [*linalg.lu_factor(x), *linalg.lu_factor(x[..., :2])],
    "tridiagonal_lu_factor": lambda x: linalg.tridiagonal_lu_factor(x),
    "lstsq": lambda x: linalg.lstsq(x, x[..., :2]),
    "matrix_inverse": lambda x: [linalg.inv(x), linalg.inv(pt.matrix_transpose(x))],
    "matrix_pinv": lambda x: [linalg.pinv(x), linalg.pinv(x[..., 1:]), linalg.pinv(x, 0.1, True)],
    "qr": lambda x: [
        *_unsigned(*linalg.qr(x), *linalg.qr(x[..., 1:], "reduced"), linalg.qr(x, "r")),
        *_unsigned(*linalg.qr(x, "raw", pivoting=True)[2:]),
    ],
    "qz": lambda x: _unsigned(*linalg.qz(x, x + 2)[:2]),
    "slogdet": lambda x: linalg.slogdet(x),
    "svd": lambda x: [*_svd(x, True), *_svd(x, False), linalg.svd(x, compute_uv=False)],
    "schur": lambda x: [abs(linalg.schur(x)[0]), linalg.schur(x, sort="iuc")[2]],
    "solve": lambda x: [
        linalg.solve(x, x[..., :2], assume_a=a)
        for a in ("gen", "sym", "her", "pos", "diagonal", "tridiagonal", "banded")
    ],
    "solve_discrete_are": lambda x: [linalg.solve_discrete_are(x / 8, x, x, x)],
    "tridiagonal_lu_solve": lambda x: [
        linalg.tridiagonal_lu_solve(linalg.tridiagonal_lu_factor(x), x)
    ],
    "solve_sylvester": lambda x: [linalg.solve_sylvester(x, x + 1, x)],
    "solve_triangular": lambda x: [linalg.solve_triangular(x, x, trans=2, lower=True)],
    "swap_rows": lambda x: [SwapRows()(x, pt.as_tensor([2, 1])), SwapRows(True)(x, [1, 2])],
}  # fmt: skip


def _values(dtype: str) -> np.ndarray:
    """Two positive definite matrices with eigenvalues apart; of bools, two that are regular."""
    if dtype == "bool":
        return np.stack([np.eye(3), np.eye(3)]).astype(bool)
    a = np.array([[9.0, 2.0, 1.0], [2.0, 5.0, 1.0], [1.0, 1.0, 3.0]])
    b = np.array([[7.0, 1.0, 0.0], [1.0, 4.0, 2.0], [0.0, 2.0, 6.0]])
    stack = np.stack([a, b])
    if dtype.startswith("complex"):
        stack = stack + 1j * (np.triu(np.ones((3, 3)), 1) - np.tril(np.ones((3, 3)), -1))
    return stack.astype(dtype)


def _uses(name: str, x: Any) -> list[Any]:
    if x.dtype == "bool" and name in _ADDS:  # a bool and 2 are an integer of 8 bits
        x = x * 1.0
    return list(USES[name](x))


_ADDS = ("eigh", "eigvalsh", "qz", "solve_sylvester")


def test_every_op_of_linear_algebra_is_used():
    assert set(USES) == {op.nd_name for op in OPS}
    for name in USES:
        outputs = _uses(name, pt.dtensor3())
        fgraph = FunctionGraph(outputs=outputs, clone=False)
        assert name in {getattr(node.op, "nd_name", "") for node in fgraph.apply_nodes}


def _dtypes(name: str) -> list[str]:
    """Those with an arithmetic of their own, and of the others, which are computed as floats, a
    third for each op.
    """
    exact = [d for d in DTYPES if np.dtype(d).kind in "biu"]
    return [*exact[list(USES).index(name) % 3 :: 3], *(d for d in DTYPES if d not in exact)]


@pytest.mark.parametrize("name", USES)
def test_compiled_op_agrees_with_its_meaning_for_all_dtypes_and_layouts(name: str):
    _assert_agrees(name, _dtypes(name))


@pytest.mark.fuzz
@pytest.mark.only_fuzz
@pytest.mark.parametrize("name", USES)
def test_compiled_op_agrees_with_its_meaning_for_each_integer_too(name: str):
    _assert_agrees(name, [d for d in DTYPES if d not in _dtypes(name)])


def _assert_agrees(name: str, dtypes: Sequence[str]) -> None:
    inputs = {d: pt.tensor(dtype=d, shape=(None, None, None)) for d in dtypes}
    outputs = [y for x in inputs.values() for y in _uses(name, x)]
    function = lamina.function(list(inputs.values()), outputs)
    assert not interpreted
    arrays = {x: _values(d) for d, x in inputs.items()}
    found = function(*arrays.values())
    for ours, theirs in zip(found, evaluate(outputs, arrays), strict=True):
        assert ours.dtype == theirs.dtype
        close(ours, theirs, 2000)
    for form, in_form in FORMS.items():
        again = function(*map(in_form, arrays.values()))
        for one, two in zip(found, again, strict=True):
            assert one.tobytes() == two.tobytes(), f"other bits where x is {form}"


@pytest.mark.parametrize(
    "name", sorted(set(USES) - {"qr", "matrix_pinv", "lu_factor", "swap_rows"})
)
def test_matrices_of_length_0_and_1_and_empty_batches_agree_too(name: str):
    x = pt.tensor(dtype="float32", shape=(None, None, None))
    outputs = _uses(name, x)
    function = lamina.function([x], outputs)
    for shape in ((2, 0, 0), (0, 3, 3), (2, 1, 1)):
        array = np.full(shape, 3, np.float32)
        for ours, theirs in zip(function(array), evaluate(outputs, {x: array}), strict=True):
            close(ours, theirs)


@pytest.mark.parametrize("name", USES)
def test_op_is_read_back_from_its_text_and_vectorized(name: str):
    x, batch = pt.tensor(dtype="float64", shape=(None, None)), pt.dtensor3()
    outputs = _uses(name, x)
    program = import_graph(FunctionGraph([x], outputs, clone=False))
    program.module.verify()
    text = str(program.module)
    assert str(parse_program(text).module) == text
    array = _values("float64")
    if name == "lstsq":  # the residuals of one matrix have a length that depends on it
        outputs = [outputs[0], *outputs[2:]]
    found = lamina.function([batch], vectorize_graph(outputs, {x: batch}))(array)
    for i in range(2):
        for ours, theirs in zip(found, evaluate(outputs, {x: array[i]}), strict=True):
            close(ours[i], theirs, 2000)
