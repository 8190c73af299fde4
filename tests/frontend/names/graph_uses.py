"""A small use of each promised name that is no function of arrays: types, graphs, functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.graph import Apply, FunctionGraph, Op
from lamina.graph.basic import NominalVariable
from lamina.graph.traversal import apply_ancestors
from lamina.ir.graph.gradient_types import DisconnectedType, NullType
from lamina.ir.ops.elementwise import scalar_op
from lamina.ir.ops.reduction import Max

Use = Callable[[Any], None]


def holds(condition: Callable[[Any], Any]) -> Use:
    """The condition is true of the object."""

    def use(thing: Any) -> None:
        assert condition(thing)

    return use


def raised(error: type[BaseException], attempt: Callable[[], Any]) -> bool:
    try:
        attempt()
    except error:
        return True
    return False


def graph() -> tuple[Any, Any, Any, Any]:
    """x, y, x * y and its exponential."""
    x, y = pt.dscalar("x"), pt.dscalar("y")
    product = x * y
    return x, y, product, pt.exp(product)


class Double(Op):
    """2 x, in Python."""

    __props__ = ()

    def make_node(self, *inputs: Any) -> Apply:
        return Apply(self, [pt.as_tensor(inputs[0])], [inputs[0].type()])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        output_storage[0][0] = np.asarray(2 * inputs[0])


def value_of(v: Any, **inputs: Any) -> float:
    return float(v.eval(inputs, mode="NUMPY"))


def _makes(dtype: str | None, shape: tuple[int | None, ...]) -> Use:
    kind = pt.TensorType(dtype or lamina.config.floatX, shape)
    return holds(lambda make: make("x").type == kind and make("x").name == "x")


def _makes_several(dtype: str | None, ndim: int) -> Use:
    def use(make: Any) -> None:
        kinds = {(v.name, v.ndim, v.dtype) for v in make("a", "b")}
        wanted = dtype or lamina.config.floatX
        assert kinds == {("a", ndim, wanted), ("b", ndim, wanted)}

    return use


_DTYPES = dict(
    b="int8", w="int16", i="int32", l="int64", f="float32", d="float64", c="complex64",
    z="complex128",
) | {"": None}  # fmt: skip
_SHAPES: dict[str, tuple[int | None, ...]] = {
    "scalar": (), "vector": (None,), "row": (1, None), "col": (None, 1), "matrix": (None, None),
    **{f"tensor{n}": (None,) * n for n in range(3, 8)},
}  # fmt: skip
_PLURALS = {"scalars": 0, "vectors": 1, "matrices": 2}

CONSTRUCTORS = {
    **{a + b: _makes(d, s) for a, d in _DTYPES.items() for b, s in _SHAPES.items()},
    **{a + b: _makes_several(d, n) for a, d in _DTYPES.items() for b, n in _PLURALS.items()},
    "tensor": holds(lambda f: f("x", shape=(None, 3)).type.shape == (None, 3)),
}

TYPES = {
    "DisconnectedType": holds(lambda t: t() == t()),
    "NoneConst": holds(lambda v: v.data is None),
    "NullType": holds(lambda t: "why" in str(t("why").why_null)),
    "SliceType": holds(lambda t: t().filter(slice(1, 2)) == slice(1, 2)),
    "TensorType": holds(lambda t: t("int8", (2, None)).filter(np.zeros((2, 5), "int8")).ndim == 2),
    "Type": holds(lambda t: isinstance(pt.dvector, t)),
    "disconnected_type": holds(lambda t: isinstance(t, DisconnectedType)),
    "none_type_t": holds(lambda t: t.filter(None) is None),
    "slicetype": holds(lambda t: t.is_valid_value(slice(None))),
    "complex_dtypes": holds(lambda d: set(d) == {"complex64", "complex128"}),
    "continuous_dtypes": holds(lambda d: "float32" in d and "int8" not in d),
    "discrete_dtypes": holds(lambda d: "bool" in d and "float32" not in d),
    "float_dtypes": holds(lambda d: set(d) == {"float16", "float32", "float64"}),
    "int_dtypes": holds(lambda d: set(d) == {"int8", "int16", "int32", "int64"}),
    "integer_dtypes": holds(lambda d: "uint8" in d and len(d) == 8),
    "values_eq_approx_always_true": holds(lambda f: f(1, 2)),
    "int64": holds(lambda t: t("i").type.dtype == "int64" and t("i").ndim == 0),
    "upcast": holds(lambda f: f("int8", "float32") == "float32"),
    "as_scalar": holds(lambda f: f(3).ndim == 0),
    "scalar_from_tensor": holds(lambda f: value_of(f(pt.constant(3.0))) == 3),
    "tensor_from_scalar": holds(lambda f: value_of(f(pt.constant(3.0))) == 3),
}

VARIABLES = {
    "Apply": holds(lambda t: isinstance(graph()[3].owner, t)),
    "Constant": holds(lambda t: t(pt.dscalar, 2.0).data == 2),
    "DenseTensorConstant": holds(lambda t: isinstance(pt.constant(1), t)),
    "DenseTensorVariable": holds(lambda t: isinstance(pt.dscalar(), t)),
    "ScalarSharedVariable": holds(lambda t: isinstance(lamina.shared(1.0), t)),
    "SharedVariable": holds(lambda t: t(pt.dscalar.clone(), 2.0).get_value() == 2),
    "TensorConstant": holds(lambda t: t(pt.dscalar, np.array(2.0)).data == 2),
    "TensorSharedVariable": holds(lambda t: isinstance(lamina.shared(np.ones(2)), t)),
    "TensorVariable": holds(lambda t: t(pt.dscalar.clone(), None, None).type == pt.dscalar),
    "Variable": holds(lambda t: t(pt.dscalar.clone(), None, None, "v").name == "v"),
    "as_symbolic": holds(lambda f: f(None).data is None and f(2).type.ndim == 0),
    "as_tensor": holds(lambda f: f([1, 2]).type.shape == (2,)),
    "as_tensor_variable": holds(lambda f: f([1, 2]).type.shape == (2,)),
    "constant": holds(lambda f: f([1, 2]).data.tolist() == [1, 2]),
    "shared": holds(lambda f: f(2.0, name="s").get_value() == 2),
    "pi": holds(lambda value: value == np.pi),
}


def _descends(f: Any) -> bool:
    x, _, product, y = graph()
    return f(y, x) and f(y, product) and not f(product, y)


def _apply_descends(f: Any) -> bool:
    _, _, product, e = graph()
    return f(e.owner, product.owner) and not f(product.owner, e.owner)


def _found_by_id(f: Any) -> bool:
    e = graph()[3]
    return f(e, "A") is e.owner


def _shapes(f: Any) -> bool:
    x = pt.dmatrix("x")
    return f(FunctionGraph([x], [x.T], clone=False), {x: (2, 3)})[x] == (2, 3)


def _rewritten(f: Any) -> bool:
    x = pt.dscalar("x")
    return f(pt.log(1 + x), include=("canonicalize", "stabilize")).owner.op == pt.log1p(x).owner.op


def _same_graph(f: Any) -> bool:
    x = pt.dscalar("x")
    return bool(f(x + 1, x + 1)) and not f(x + 1, x + 2)


def _equal_computations(f: Any) -> bool:
    x = pt.dscalar("x")
    return f([x + 1], [x + 1]) and not f([x + 1], [x + 2])


def _replaced(f: Any) -> bool:
    x, y, product, e = graph()
    return value_of(f(e, {product: x + y}), x=1.0, y=2.0) == np.exp(3.0)


def _vectorized(f: Any) -> bool:
    x, v = pt.dscalar("x"), pt.dvector("v")
    return f(x + 1, {x: v}).type.ndim == 1


def _cloned(f: Any) -> bool:
    x, y, _, e = graph()
    inputs, outputs = f([x, y], [e])
    return outputs[0] is not e and set(inputs).isdisjoint([x, y])


def _cloned_equiv(f: Any) -> bool:
    x, y, _, e = graph()
    memo = f([x, y], [e])
    return memo[e] is not e and memo[e].owner.op == e.owner.op


def _rebuilt(f: Any) -> bool:
    x, y, product, e = graph()
    _, output, _ = f(e, inputs=[x, y], replace={product: x - y})
    return value_of(output, x=3.0, y=3.0) == 1


def _exp_of(t: Any, number: int) -> Any:
    return t(pt.exp, [NominalVariable(number, pt.dvector)], [pt.dvector])


def _frozen_graph(t: Any) -> Any:
    x, y, _, e = graph()
    return t([x, y], [e])


GRAPHS = {
    "FrozenApply": holds(lambda t: _exp_of(t, 0) is _exp_of(t, 0) is not _exp_of(t, 1)),
    "FrozenFunctionGraph": holds(lambda t: _frozen_graph(t) == _frozen_graph(t)),
    "as_string": holds(lambda f: f([], [graph()[3]]) == ["Exp(Mul(x, y))"]),
    "NominalVariable": holds(lambda t: t(0, pt.dvector) is t(0, pt.dvector)),
    "FunctionGraph": holds(lambda t: (g := graph()) and len(t(g[:2], g[3:]).apply_nodes) == 2),
    "HasInnerGraph": holds(lambda t: t.__abstractmethods__ == {"inner_inputs", "inner_outputs"}),
    "InconsistencyError": holds(lambda t: issubclass(t, Exception) and str(t("why")) == "why"),
    "MethodNotDefined": holds(
        lambda t: raised(t, lambda: Double().grad([pt.dscalar()], [pt.dscalar()]))
    ),
    "MissingInputError": holds(
        lambda t: raised(t, lambda: lamina.function([], graph()[3], mode="NUMPY"))
    ),
    "Op": holds(lambda t: isinstance(Double(), t) and value_of(Double()(pt.constant(4.0))) == 8),
    "ancestors": holds(lambda f: len(list(f([graph()[3]]))) == 4),
    "apply_ancestors": holds(lambda f: len(set(f([graph()[3]]))) == 2),
    "apply_depends_on": holds(_apply_descends),
    "applys_between": holds(lambda f: (g := graph()) and len(set(f(g[:2], [g[3]]))) == 2),
    "clone": holds(_cloned),
    "clone_get_equiv": holds(_cloned_equiv),
    "clone_replace": holds(_replaced),
    "equal_computations": holds(_equal_computations),
    "explicit_graph_inputs": holds(lambda f: {v.name for v in f([graph()[3]])} == {"x", "y"}),
    "general_toposort": holds(
        lambda f: f([3], lambda n: [n - 1] if n else []) == [0, 1, 2, 3]
    ),
    "get_var_by_name": holds(lambda f: [v.name for v in f([graph()[3]], "x")] == ["x"]),
    "graph_inputs": holds(lambda f: {v.name for v in f([graph()[3]])} == {"x", "y"}),
    "graph_replace": holds(_replaced),
    "io_toposort": holds(lambda f: (g := graph()) and len(f(g[:2], [g[3]])) == 2),
    "is_same_graph": holds(_same_graph),
    "orphans_between": holds(
        lambda f: (g := graph()) and [v.name for v in f([g[0]], [g[3]])] == ["y"]
    ),
    "rebuild_collect_shared": holds(_rebuilt),
    "rewrite_graph": holds(_rewritten),
    "shape_of_variables": holds(_shapes),
    "truncated_graph_inputs": holds(
        lambda f: (g := graph()) and f([g[3]], ancestors_to_include=[g[2]]) == [g[2]]
    ),
    "variable_depends_on": holds(_descends),
    "vars_between": holds(lambda f: (g := graph()) and len(set(f(g[:2], [g[3]]))) == 4),
    "vectorize_graph": holds(_vectorized),
    "walk": holds(lambda f: list(f([3], lambda n: [n - 1] if n else [])) == [3, 2, 1, 0]),
    "hash_from_ndarray": holds(lambda f: f(np.ones(2)) == f(np.ones(2)) != f(np.zeros(2))),
}  # fmt: skip


def _slope(f: Any, *bounds: float) -> float:
    """The derivative of 3 f(x) at 2."""
    x = pt.dscalar("x")
    return value_of(lamina.grad(3 * f(x, *bounds), x, disconnected_inputs="ignore"), x=2.0)


def _derivative(f: Any) -> bool:
    x = pt.dscalar("x")
    return value_of(f(x**2, x), x=3.0) == 6


def _subgraph(f: Any) -> bool:
    x, y, product, e = graph()
    gradients, _ = f(wrt=[x], end=[y], start={product: pt.ones_like(product)})
    return value_of(gradients[0], x=2.0, y=5.0) == 5


def _hessian(f: Any) -> bool:
    x = pt.dvector("x")
    return np.array_equal(f((x**2).sum(), x).eval({"x": [1.0, 2.0]}, mode="NUMPY"), 2 * np.eye(2))


def _hessian_product(f: Any) -> bool:
    x, p = pt.dvector("x"), pt.dvector("p")
    product = f((x**2).sum(), x, p)
    return np.array_equal(product.eval({"x": [1.0, 2.0], "p": [1.0, 3.0]}, mode="NUMPY"), [2, 6])


def _jacobian(f: Any) -> bool:
    x = pt.dvector("x")
    return np.array_equal(f(x**2, x).eval({"x": [1.0, 2.0]}, mode="NUMPY"), np.diag([2.0, 4.0]))


def _pullback(f: Any) -> bool:
    x, g = pt.dvector("x"), pt.dvector("g")
    product = f(x**2, x, g)
    return np.array_equal(product.eval({"x": [1.0, 2.0], "g": [1.0, 1.0]}, mode="NUMPY"), [2, 4])


def _is_undefined(f: Any) -> bool:
    x = pt.dscalar("x")
    return isinstance(f(Double(), 0, x, "why").type, NullType)


def _null_gradient() -> Any:
    class Undefined(Double):
        def grad(self, inputs: Any, output_grads: Any) -> Any:
            return [lamina.gradient.grad_undefined(self, 0, inputs[0])]

    x = pt.dscalar("x")
    return lamina.grad(Undefined()(x), x)


GRADIENTS = {
    "DisconnectedInputError": holds(
        lambda t: raised(t, lambda: lamina.grad(pt.dscalar(), pt.dscalar()))
    ),
    "GradientError": holds(lambda t: issubclass(t, Exception)),
    "NullTypeGradError": holds(lambda t: raised(t, _null_gradient)),
    "GradClip": holds(lambda t: _slope(t(-1.0, 1.0)) == 1),
    "GradScale": holds(lambda t: _slope(t(2.0)) == 6),
    "UndefinedGrad": holds(lambda t: raised(TypeError, lambda: _slope(t()))),
    "disconnected_grad": holds(lambda f: _slope(f) == 0),
    "grad": holds(_derivative),
    "grad_clip": holds(lambda f: _slope(f, -1.0, 1.0) == 1),
    "grad_not_implemented": holds(_is_undefined),
    "grad_scale": holds(lambda f: _slope(f, 2.0) == 6),
    "grad_undefined": holds(_is_undefined),
    "hessian": holds(_hessian),
    "hessian_vector_product": holds(_hessian_product),
    "jacobian": holds(_jacobian),
    "pullback": holds(_pullback),
    "pushforward": holds(_pullback),
    "subgraph_grad": holds(_subgraph),
    "verify_grad": holds(
        lambda f: f(lambda x: pt.sin(x), [np.array(0.5)], mode="NUMPY") is None
    ),
    "zero_grad": holds(lambda f: _slope(f) == 0),
}  # fmt: skip


def _adds_one(f: Any) -> bool:
    x = pt.dscalar("x")
    return f([x], x + 1, mode="NUMPY")(2.0) == 3


def _with_default(t: Any) -> bool:
    x = pt.dscalar("x")
    return lamina.function([t(x, value=2.0)], x + 1, mode="NUMPY")() == 3


def _in_mode(mode: Any) -> bool:
    x = pt.dscalar("x")
    return lamina.function([x], x + 1, mode=mode)(2.0) == 3


FUNCTIONS = {
    "FAST_COMPILE": holds(_in_mode),
    "Function": holds(lambda t: isinstance(lamina.function([], [], mode="NUMPY"), t)),
    "In": holds(_with_default),
    "Mode": holds(lambda t: _in_mode(t(linker="py", optimizer=None))),
    "Out": holds(lambda t: lamina.function([], t(pt.constant(2.0)), mode="NUMPY")() == 2),
    "UnusedInputError": holds(
        lambda t: raised(t, lambda: lamina.function([pt.dscalar()], [], mode="NUMPY"))
    ),
    "function": holds(_adds_one),
    "get_default_mode": holds(lambda f: f() == lamina.get_mode(lamina.config.mode)),
    "get_mode": holds(lambda f: str(f("FAST_COMPILE")) == "FAST_COMPILE"),
}  # fmt: skip


def _is_an_error(t: Any) -> bool:
    return issubclass(t, Exception) and str(t("why")) == "why"


def _profiles(stats: Any) -> bool:
    x = pt.dvector("x")
    f = lamina.function([x], pt.exp(x), profile=stats(atexit_print=False))
    f([1.0])
    return f.profile.fct_callcount == 1


def _monitors(MonitorMode):
    x, seen = pt.dvector("x"), []
    mode = MonitorMode(post_func=lambda fgraph, i, node, computation: seen.append(node))
    return lamina.function([x], pt.exp(x), mode=mode)([0.0])[0] == 1 and len(seen) == 1


def _guards(t: Any) -> bool:
    x = pt.dscalar("x")
    f = lamina.function([x], pt.log(x), mode=t())
    return f(1.0) == 0 and raised(AssertionError, lambda: f(-1.0))


def _supervises(f: Any) -> bool:
    x = pt.dvector("x")
    fgraph = FunctionGraph([x], [pt.exp(x)], clone=False)
    f(fgraph, [lamina.In(x)])
    return not fgraph.has_destroyers([x])


CHECKING = {
    "BadDestroyMap": holds(_is_an_error),
    "BadThunkOutput": holds(_is_an_error),
    "BadViewMap": holds(_is_an_error),
    "DebugMode": holds(lambda t: _in_mode(t(check_c_code=False))),
    "InvalidValueError": holds(_is_an_error),
    "MonitorMode": holds(_monitors),
    "NanGuardMode": holds(_guards),
    "ProfileStats": holds(_profiles),
    "StochasticOrder": holds(_is_an_error),
    "add_supervisor_to_fgraph": holds(_supervises),
    "str_diagnostic": holds(lambda f: "largest difference: 1.0" in f(np.ones(2), np.zeros(2))),
}

PRINTING = {
    "PPrinter": holds(lambda t: t()(graph()[3]) == "Exp(Mul(x, y))"),
    "PatternPrinter": holds(
        lambda t: (
            lamina.printing.pprint.clone_assign(pt.exp, t("e^%(0)s"))(graph()[3]) == "e^(x * y)"
        )
    ),
    "Print": holds(lambda op: op("x")(pt.constant(1)).owner.op.message == "x"),
    "char_from_number": holds(lambda f: [f(0), f(25), f(26)] == ["A", "Z", "BA"]),
    "debugprint": holds(lambda f: "Exp [id A]" in f(graph()[3], file="str")),
    "dprint": holds(lambda f: "Exp [id A]" in f(graph()[3], file="str")),
    "get_node_by_id": holds(_found_by_id),
    "min_informative_str": holds(lambda f: f(graph()[3]).startswith("A. Exp")),
    "pp": holds(lambda f: f(graph()[3]) == "exp((x * y))"),
    "pprint": holds(lambda f: f(graph()[3]) == "exp((x * y))"),
    "pydotprint": holds(lambda f: b"svg" in f(graph()[3], return_image=True, format="svg")[:400]),
}


def _is_the_same(t: Any) -> bool:
    x = pt.dscalar("x")
    return value_of(t()(x) + 1, x=2.0) == 3


def _adds_as_an_op(t: Any) -> bool:
    x, y = pt.dscalar("x"), pt.dscalar("y")
    return value_of(t([x, y], [x + y])(x, x), x=2.0) == 4


def _wraps(f: Any) -> bool:
    op = f(itypes=[pt.dscalar], otypes=[pt.dscalar])(lambda x: np.asarray(2 * x))
    return value_of(op(pt.dscalar("x")), x=3.0) == 6


def _connects(f: Any) -> bool:
    x, y, product, _ = graph()
    return f([x, y], [product, x]) == [[True, True], [True, False]]


def _in_blocks(f: Any) -> bool:
    node = Double()(pt.dscalar("x")).owner
    return f(node.op, node, pt.dvector("xs")).outputs[0].ndim == 1


OPS = {
    "DeepCopyOp": holds(_is_the_same),
    "OpFromGraph": holds(_adds_as_an_op),
    "ViewOp": holds(_is_the_same),
    "as_op": holds(_wraps),
    "deep_copy_op": holds(lambda op: _is_the_same(lambda: op)),
    "io_connection_pattern": holds(_connects),
    "vectorize_node_fallback": holds(_in_blocks),
    "wrap_py": holds(_wraps),
    "Blockwise": holds(lambda t: isinstance(pt.matmul(pt.dmatrix(), pt.dmatrix()).owner.op, t)),
    "CAReduce": holds(lambda t: isinstance(Max(None), t)),
    "DimShuffle": holds(lambda t: isinstance(pt.dmatrix().T.owner.op, t)),
    "Elemwise": holds(
        lambda t: value_of(t(scalar_op("exp"))(pt.constant(0.0))) == 1
    ),
}  # fmt: skip

_SQUARE = np.array([[4.0, 1.0], [1.0, 3.0]])


def _in_graph_of(function: Callable[..., Any]) -> Use:
    """The class is that of an op in the graph of what a function gives."""

    def use(kind: Any) -> None:
        made = function(pt.linalg, pt.as_tensor(_SQUARE))
        nodes = apply_ancestors(list(made) if isinstance(made, (list, tuple)) else [made])
        ops = [op for node in nodes for op in (node.op, getattr(node.op, "core_op", None))]
        assert any(isinstance(op, kind) for op in ops)

    return use


def _inverts(kind: Any) -> bool:
    value = kind(1)(pt.as_tensor(_SQUARE)).eval(mode="NUMPY")
    return np.allclose(value, np.linalg.inv(_SQUARE))


def _agrees(made: Any, expected: np.ndarray) -> bool:
    return np.array_equal(made.eval(mode="NUMPY"), expected)


_BLOCKS = np.kron(np.eye(2), _SQUARE)


LINALG = {
    "BlockDiagonal": holds(
        lambda kind: _agrees(kind(2)(pt.as_tensor(_SQUARE), pt.as_tensor(_SQUARE)), _BLOCKS)
    ),
    "Cholesky": _in_graph_of(lambda linalg, a: linalg.cholesky(a)),
    "CholeskySolve": _in_graph_of(lambda linalg, a: linalg.cho_solve((a, True), a)),
    "Det": _in_graph_of(lambda linalg, a: linalg.det(a)),
    "Eig": _in_graph_of(lambda linalg, a: linalg.eig(a)),
    "Eigh": _in_graph_of(lambda linalg, a: linalg.eigh(a)),
    "Eigvalsh": _in_graph_of(lambda linalg, a: linalg.eigvalsh(a)),
    "KroneckerProduct": holds(
        lambda kind: _agrees(kind()(pt.as_tensor(np.eye(2)), pt.as_tensor(_SQUARE)), _BLOCKS)
    ),
    "LUFactorTridiagonal": _in_graph_of(lambda linalg, a: linalg.tridiagonal_lu_factor(a)),
    "LUFactor": _in_graph_of(lambda linalg, a: linalg.lu_factor(a)),
    "MatrixInverse": _in_graph_of(lambda linalg, a: linalg.inv(a)),
    "MatrixPinv": _in_graph_of(lambda linalg, a: linalg.pinv(a)),
    "QZ": _in_graph_of(lambda linalg, a: linalg.qz(a, a)),
    "SLogDet": _in_graph_of(lambda linalg, a: linalg.slogdet(a)),
    "SVD": _in_graph_of(lambda linalg, a: linalg.svd(a)),
    "Schur": _in_graph_of(lambda linalg, a: linalg.schur(a)),
    "Solve": _in_graph_of(lambda linalg, a: linalg.solve(a, a)),
    "SolveBase": _in_graph_of(lambda linalg, a: linalg.solve(a, a)),
    "SolveLUFactorTridiagonal": _in_graph_of(
        lambda linalg, a: linalg.tridiagonal_lu_solve(linalg.tridiagonal_lu_factor(a), a)
    ),
    "SolveTriangular": _in_graph_of(lambda linalg, a: linalg.solve_triangular(a, a)),
    "TensorInv": holds(_inverts),
}


def _first(outputs: Any) -> Any:
    return outputs[0] if isinstance(outputs, (list, tuple)) else outputs


def _maps(f: Any) -> bool:
    outputs = _first(f(lambda x: 2 * x, sequences=pt.arange(3)))
    return outputs.eval().tolist() == [0, 2, 4]


def _folds(f: Any) -> bool:
    outputs = _first(f(lambda x, total: total + x, pt.arange(4), pt.constant(0, dtype="int64")))
    return int(outputs.eval()) == 6


def _checkpoints(f: Any) -> bool:
    x = pt.arange(4.0)
    last, _ = f(lambda v, total: total + v, sequences=x, outputs_info=pt.constant(0.0))
    return float(_first(last)[-1].eval()) == 6


def _chooses(f: Any) -> bool:
    return int(f(pt.constant(False), pt.constant(1), pt.constant(2)).eval()) == 2


def _checks(op: Any) -> bool:
    checked = lamina.function([], op(pt.constant(1), pt.constant(False)))
    return raised(AssertionError, checked)


SCAN = {
    "ifelse": holds(_chooses),
    "IfElse": holds(lambda op: _chooses(op(1))),
    "Assert": holds(lambda op: _checks(op("message"))),
    "CheckAndRaise": holds(lambda op: _checks(op(AssertionError, "message"))),
    "assert_op": holds(_checks),
    "until": holds(lambda t: t(pt.constant(True)) is not None),
    "scan_checkpoints": holds(_checkpoints),
    "foldl": holds(_folds),
    "foldr": holds(_folds),
    "map": holds(_maps),
    "reduce": holds(_folds),
    "scan": holds(_maps),
}

CONFIG = {
    "blas__ldflags": holds(lambda value: isinstance(value, str)),
    "cast_policy": holds(lambda value: value == "custom"),
    "change_flags": holds(lambda f: isinstance(f(floatX="float32"), object)),
    "cxx": holds(lambda value: isinstance(value, str)),
    "cycle_detection": holds(lambda value: value == "regular"),
    "floatX": holds(lambda value: value in ("float64", "float32", "float16")),
    "mode": holds(lambda value: lamina.get_mode(value) is not None),
    "openmp_elemwise_minsize": holds(lambda value: value > 0),
    "scan__allow_output_prealloc": holds(lambda value: value is True),
}

USES: dict[str, Use] = {
    **CONSTRUCTORS,
    **TYPES,
    **VARIABLES,
    **GRAPHS,
    **GRADIENTS,
    **FUNCTIONS,
    **CHECKING,
    **PRINTING,
    **OPS,
    **LINALG,
    **SCAN,
    **CONFIG,
}
