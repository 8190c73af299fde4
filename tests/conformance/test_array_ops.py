"""Every op on whole arrays: compiled for all dtypes and layouts, read back from text,
differentiated.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.compile.not_native import interpreted
from lamina.import_graph import import_graph, parse_program
from lamina.ir import dialect as nd
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.tensor_type import DTYPES
from lamina.ir.graph.traversal import variable_depends_on
from tests.conformance.samples import FORMS
from tests.evaluate import evaluate

AXES = (None, 0, 1, -1, (0, 2), (0, 1, 2))
REAL = [d for d in DTYPES if not d.startswith("complex")]
_n = pt.lscalar("n")


def _each(function: Callable[..., Any], *choices: Any) -> Callable[[Any], list[Any]]:
    return lambda x: [function(x, choice) for choice in choices]


# By the op's name in nd: from an array of rank 3, graphs that apply it.
FORMS_OF_OPS: dict[str, Callable[[Any], list[Any]]] = {
    "dimshuffle": lambda x: [
        x.dimshuffle(2, 0, 1),
        x.dimshuffle("x", 0, 1, "x", 2),
        x.T,
        pt.expand_dims(x, (0, 2)),
        pt.squeeze(x[:1, :, :1], (0, 2)),
        pt.moveaxis(x, 0, -1),
        x.dimshuffle(2, 0, 1) * 1,
    ],
    "shape": lambda x: [x.shape, x[1:].shape],
    "dim": lambda x: [x.shape[0], (x + x).shape[2], x.T.shape[0]],
    "make_vector": lambda x: [pt.stack([x.sum(), x.max()])],
    "reshape": lambda x: [
        x.reshape((-1,)),
        x.reshape((x.shape[0], -1)),
        x.T.reshape((-1, 2)),
        x[:, ::-1].flatten(),
    ],
    "specify_shape": lambda x: [pt.specify_shape(x, (None, 3, None))],
    "alloc": lambda x: [
        pt.full((2, x.shape[0]), x[0, 0, 0]),
        pt.broadcast_to(x, (2, *x.shape)),
        pt.zeros((3, 0)),
        pt.alloc(x[0][None], 5, x.shape[1], x.shape[2]),
    ],
    **{name: _each(getattr(pt, name), *AXES) for name in ("sum", "prod", "all", "any")},
    **{name: _each(getattr(pt, name), *AXES) for name in ("max", "min")},
    **{name: _each(getattr(pt, name), *AXES) for name in ("argmax", "argmin")},
    "dot": lambda x: [
        pt.dot(x[0], x[1].T),
        x[0] @ x[1, 0],
        x[0, 0] @ x[1].T,
        x[0, 0] @ x[1, 0],
        x @ pt.matrix_transpose(x),
        x @ x[0].T,
        pt.dot(x[0].T, x[1]),
        pt.outer(x[0, 0], x[0, 1]),
        x[0][:, ::2] @ x[1][:, ::2].T,
        x[:0, 0] @ x[0].T,
        x[0][:, :0] @ x[1].T[:0],
    ],
    "gemv": lambda x: [x[0] @ x[1, 0], x[0].T @ x[1, :, 0], x[0, :, 0] + 2 * (x[1] @ x[0, 0])],
    "gemm": lambda x: [x[0] @ x[1].T, x[0].T @ x[1], x[0, :, :3] - x[0] @ x[1].T * 3],
    "convolve": lambda x: [
        pt.signal.convolve1d(x, x[0, :, ::2]),
        pt.signal.convolve1d(x[::-1, 0, :2], x[:, 1], "valid"),
        pt.signal.convolve2d(x, x[0, 1:, ::-1], "same"),
        pt.signal.correlate(x, x[:1, :, 1:]),
    ],
    "arange": lambda x: [
        pt.arange(_n),
        pt.arange(1, _n, 2),
        pt.arange(_n, 0, -1),
        pt.arange(0.0, 1.0, 0.25),
    ],
    "eye": lambda x: [pt.eye(_n), pt.eye(3, _n, 1), pt.eye(_n, 4, -1, dtype=x.dtype)],
    "concatenate": lambda x: [
        pt.concatenate([x, x[1:]]),
        pt.concatenate([x, x[:, :, ::-1], x[:, :, :1]], axis=2),
        pt.stack([x, x], axis=1),
    ],
    "subtensor": lambda x: [
        x[0],
        x[-1, ::-1],
        x[:, 1:, ::2],
        x[..., None, 0],
        x[1:1],
        x[_n - 4 :],
        x[:, _n - 3],
        x[::-1, ::-2, -2::-1],
        x[_n - 3, 1, -1],
    ],
    "inc_subtensor": lambda x: [
        x[0].set(x[1]),
        x[:, 1:].inc(x[:, :-1]),
        x[::-1, 0].set(1),
        x[..., _n - 4].inc(x[..., 0]),
        x[1:1].set(x[:0]),
    ],
}
COMPLEX_TOO = set(FORMS_OF_OPS) - {"max", "min", "argmax", "argmin"}
SMOOTH = set(FORMS_OF_OPS) - {"shape", "dim", "all", "any", "argmax", "argmin", "arange", "eye"}


def _values(dtype: str, seed: int = 0) -> np.ndarray:
    """An array of shape (2, 3, 4) without ties."""
    values = np.random.default_rng(seed).permutation(24).reshape(2, 3, 4) - 9
    if dtype == "bool":
        return values > 0
    if dtype.startswith("complex"):
        return (values / 4 + 1j * values[::-1] / 8).astype(dtype)
    return (values / (4 if dtype.startswith("float") else 1)).astype(dtype)


def test_every_op_of_the_dialect_is_walked():
    assert set(FORMS_OF_OPS) == set(nd.ARRAY_OPS)


@pytest.mark.parametrize("name", FORMS_OF_OPS)
def test_compiled_op_agrees_with_numpy(name: str):
    dtypes = DTYPES if name in COMPLEX_TOO else REAL
    inputs = {d: pt.tensor(f"x_{d}", dtype=d, shape=(None, None, None)) for d in dtypes}
    outputs, titles = [], []
    for dtype, x in inputs.items():
        if dtype == "bool" and name in ("inc_subtensor", "gemv", "gemm"):
            continue
        graphs = FORMS_OF_OPS[name](x)
        outputs += graphs
        titles += [f"{dtype} {i}" for i in range(len(graphs))]
    function = lamina.function([*inputs.values(), _n], outputs, on_unused_input="ignore")
    assert not interpreted and not function._executable.callbacks
    arrays = {x: _values(d) for d, x in inputs.items()}
    expected = evaluate(outputs, {**arrays, _n: np.int64(4)})
    first = function(*arrays.values(), 4)
    for title, found, wanted in zip(titles, first, expected, strict=True):
        assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape), title
        _assert_close(found, wanted, title)
    for form, in_form in FORMS.items():
        again = function(*map(in_form, arrays.values()), 4)
        for title, found, wanted in zip(titles, again, first, strict=True):
            assert found.tobytes() == wanted.tobytes(), f"{title}: other bits where x is {form}"


def _assert_close(found: np.ndarray, wanted: np.ndarray, title: str) -> None:
    if found.dtype.kind in "biu":
        np.testing.assert_array_equal(found, wanted, title)
        return
    # sums and products of at most 24 terms: 32 ULP of the largest result
    size = max(1.0, float(np.abs(wanted).max(initial=0)))
    tolerance = 32 * float(np.finfo(found.dtype).eps) * size
    np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance, err_msg=title)


@pytest.mark.parametrize("name", FORMS_OF_OPS)
def test_op_is_read_back_from_its_text(name: str):
    x = pt.tensor("x", dtype="float64", shape=(None, None, None))
    program = import_graph(FunctionGraph([x, _n], FORMS_OF_OPS[name](x), clone=False))
    program.module.verify()
    text = str(program.module)
    again = parse_program(text)
    again.module.verify()
    assert str(again.module) == text


@pytest.mark.parametrize("name", sorted(SMOOTH))
def test_compiled_gradient_agrees_with_central_differences(name: str):
    x = pt.tensor("x", dtype="float64", shape=(None, None, None))
    rng = np.random.default_rng(1)
    value = rng.permutation(24).reshape(2, 3, 4) / 7 + 0.3
    forms = [y for y in FORMS_OF_OPS[name](x) if y.dtype == "float64"]
    weights = [rng.standard_normal(v.shape) for v in evaluate(forms, {x: value, _n: np.int64(4)})]
    costs = [(w * y).sum() for w, y in zip(weights, forms, strict=True)]
    costs = [c for c in costs if variable_depends_on(c, x)]
    gradients = [lamina.grad(c, x, disconnected_inputs="ignore") for c in costs]
    function = lamina.function([x, _n], [*costs, *gradients], on_unused_input="ignore")
    found = function(value, 4)[len(costs) :]
    step = 1e-6
    for index in np.ndindex(value.shape):
        moved = [value.copy(), value.copy()]
        moved[0][index] += step
        moved[1][index] -= step
        above, below = (function(v, 4)[: len(costs)] for v in moved)
        for k, (a, b) in enumerate(zip(above, below, strict=True)):
            slope = (a - b) / (2 * step)
            assert abs(found[k][index] - slope) <= 1e-4 * max(1.0, abs(slope)), (k, index)
