"""Every function of arrays and every op of the dialect is used by a case of the walks."""

from __future__ import annotations

import inspect
import re
from typing import Any

import lamina
import lamina.tensor as pt
from lamina.import_graph import import_graph
from lamina.ir import dialect
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.elementwise import Elemwise
from lamina.ir.ops.linear_algebra import OPS as LINEAR_ALGEBRA
from tests.conformance.array_walk import read, uses
from tests.conformance.families import FAMILIES
from tests.conformance.names import LAMINA

# What no case uses, and where else it is tried.
NOT_WALKED = {
    "as_tensor as_tensor_variable constant tensor scalar_from_tensor tensor_from_scalar":
        "make variables, of what a case is given",
    "get_scalar_constant_value get_underlying_scalar_constant_value get_vector_length is_flat":
        "tell what is known of a graph: test_known_scalar",
    "by_ufunc import_module vectorize grad hessian jacobian": "no functions of arrays",
    "fft fft.irfft": "the module under the name of its function, one of which it makes when asked",
    "mgrid ogrid broadcast_shape": "of numbers: test_grid, test_broadcasting",
    "unpack": "several results for what pack has made: test_joined_dimensions",
    "conj conjugate round power iround": "names of elementwise ops: test_every_op",
    "inc_subtensor set_subtensor":
        "the methods inc and set, which the cases call, under other names: test_basic_indexing",
    "signal.convolve2d": "boundaries and fill values: test_convolution",
}  # fmt: skip
BLAS = ("gemv", "gemm")  # what products of matrices become in a later stage


def _functions(room: Any, prefix: str = "") -> set[str]:
    constructors = re.compile(
        r"[bwilfdcz]?(scalar|vector|matrix|matrice|row|col|tensor[3-7])s?$|.*matrices$"
    )
    return {
        prefix + name
        for name, value in vars(room).items()
        if callable(value)
        and not inspect.isclass(value)
        and not isinstance(value, (Elemwise, Variable))
        and not name.startswith("_")
        and not constructors.match(name)
    }


def test_every_function_of_arrays_has_a_case():
    for name, family in FAMILIES.items():
        uses(name, family, only=[family.dtypes[0]])
    rooms = (pt.linalg, pt.signal, pt.fft, pt.optimize)  # of which pt shows what is asked for
    own = {
        n for n in _functions(pt)
        if not any(getattr(room, n, None) is getattr(pt, n) for room in rooms)
    }  # fmt: skip
    wanted = own | _functions(pt.signal, "signal.") | _functions(pt.fft, "fft.")
    excused = {n for names in NOT_WALKED for n in names.split()}
    missing = sorted(wanted - excused - LAMINA.used)
    assert missing == [], missing


def test_every_op_of_the_dialect_is_walked():
    seen = {op.nd_name for op in LINEAR_ALGEBRA}  # test_linear_algebra asserts that it uses them
    for name, family in FAMILIES.items():
        made = uses(name, family, only=[family.dtypes[0]])
        graph = FunctionGraph(list(read(made).values()), [u.variable for u in made], clone=False)
        text = str(import_graph(graph).module)
        seen |= set(re.findall(r"\bnd\.(\w+)", text))
    x = pt.dvector()  # what gradients of running products are made of
    gradient = lamina.grad(pt.cumprod(x).sum(), x)
    text = str(import_graph(FunctionGraph([x], [gradient], clone=False)).module)
    seen |= set(re.findall(r"\bnd\.(\w+)", text))
    stated = {"assume"}  # tests/passes/test_matrix_rules.py: it is its operand
    missing = set(dialect.ARRAY_OPS) - seen - set(BLAS) - stated
    assert sorted(missing) == []


def test_products_of_matrices_become_calls_of_blas():
    made = uses("dot", FAMILIES["dot"], only=["float64"])
    text = lamina.function(list(read(made).values()), [u.variable for u in made]).ir("specialize")
    assert {f"nd.{name}" for name in BLAS} <= set(re.findall(r"\bnd\.\w+", text))
