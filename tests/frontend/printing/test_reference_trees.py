"""The trees that the reference documents print, on graphs with the structure that they print."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import lamina.ir.operators as nd
from lamina.ir.graph.apply import Apply
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.op import Op
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.ops.composite import Composite
from lamina.ir.ops.constant import constant
from lamina.ir.ops.contraction import Dot
from lamina.ir.ops.dimshuffle import expand_dims, squeeze
from lamina.ir.ops.elementwise import Elemwise
from lamina.ir.ops.reduction import all as all_
from lamina.ir.ops.reduction import sum as sum_
from lamina.ir.ops.shape import Shape_i, make_vector
from lamina.printing import debugprint

EXPECTED = Path(__file__).parent / "expected"


class Printed(Op):
    """An op of which only what is printed matters."""

    def __init__(self, text, type, destroy_map=None):
        self.text = text
        self.type = type
        self.destroy_map = destroy_map or {}

    def make_node(self, *inputs):
        return Apply(self, inputs, [self.type()])

    def __str__(self):
        return self.text


class Ordered(FunctionGraph):
    """The graph that computes in a given order."""

    def __init__(self, inputs, outputs, order):
        super().__init__(inputs, outputs, clone=False)
        self.order = [v.owner for v in order]
        assert set(self.order) == self.apply_nodes

    def toposort(self):
        return self.order


def tensor(name, *shape, dtype="float64"):
    return TensorType(dtype, shape)(name)


SCALAR, VECTOR = TensorType("float64", ()), TensorType("float64", (None,))
ONE, ZERO, ONES = constant(np.float64(1)), constant(np.float64(0)), constant(np.ones(1))


def log_of_one_plus_x():
    return nd.log(1 + tensor(None, 3))


def one_plus_x():
    return log_of_one_plus_x().owner.inputs[0]


def sine(function=nd.sin):
    b = 2 * np.pi * tensor("b", None)
    return 1 + function(b)


def sine_replaced_by_cosine():
    return sine(nd.cos)


def exp_of_a_replaced_draw():
    return nd.exp(tensor("x_input", 10))


def scalar_with_types():
    return nd.log(1 + tensor("x"))


def vectorized_with_types():
    return nd.log(1 + tensor("x_vec", None))


def first_element():
    return vectorized_with_types()[0]


def first_element_rewritten():
    return nd.log(ONE + tensor("x_vec", None)[0])


def vector_with_types():
    return nd.log(1 + tensor("x", None))


def stabilized():
    return nd.log1p(tensor("x", None))


def gradient():
    y = stabilized()
    (x,) = y.owner.inputs
    g = nd.second(sum_(y), ONE)
    return nd.second(y, expand_dims(g, 0)) / (1 + x)


def gradient_canonicalized():
    return ONES / (ONES + tensor("x", None))


def gradient_specialized():
    return nd.reciprocal(ONES + tensor("x", None))


def log_density():
    z, mu, sigma = tensor("z_value", None), constant(np.array([0, 0])), constant(np.array([1, 2]))
    log_of_pi = nd.log(nd.sqrt(constant(2 * np.pi)))
    density = constant(-0.5) * ((z - mu) / sigma) ** 2 - log_of_pi - nd.log(sigma)
    positive = all_(make_vector(all_(sigma > 0)))
    return Printed("Check{sigma > 0}", VECTOR)(density, positive, name="z_logprob")


def named_x():
    return nd.log(1 + tensor("x", 3))


def x_replaced_by_exp_of_x():
    return nd.log(1 + nd.exp(tensor("x", 3)))


def softplus():
    return nd.softplus(tensor("x", 3))


def vector_product():
    z = nd.exp(nd.sin(tensor("x", None)))
    return nd.cos(squeeze(z[None, :] @ z[:, None]))


def cross_entropy():
    X, y, alpha, beta = (
        tensor("X", None, None),
        tensor("y", None),
        tensor("alpha"),
        tensor("beta", None),
    )
    p = nd.sigmoid(alpha + X @ beta)
    p.name = "p_class_0"
    loss = -(y * nd.log(p) + (1 - y) * nd.log(1 - p)).mean()
    loss.name = "cross_entropy"
    return loss


def alloc_empty(*lengths):
    return Printed("AllocEmpty{dtype='float64'}", VECTOR)(*lengths)


def gemv(*operands):
    return Printed("CGemv{inplace}", VECTOR, {0: [0]})(*operands)


def exp_of_sin(x):
    i = SCALAR()
    return Composite([i], [nd.exp(nd.sin(i))])(x)


def compiled_for_blas():
    x = tensor("x", None)
    z = exp_of_sin(x)
    empty = alloc_empty(constant(np.int64(1)))
    row = expand_dims(z, 0)
    product = gemv(empty, ONE, row, z, ZERO)
    scalar = squeeze(product, 0)
    out = Elemwise(nd.cos.scalar_op, {0: 0})(scalar)
    return Ordered([x], [out], [z, empty, row, product, scalar, out])


def compiled_by_numba():
    x = tensor("x", None)
    z = exp_of_sin(x)
    row, column = expand_dims(z, 0), expand_dims(z, 1)
    product = Dot()(row, column)
    scalar = squeeze(product, (0, 1))
    out = Elemwise(nd.cos.scalar_op, {0: 0})(scalar)
    return Ordered([x], [out], [z, column, row, product, scalar, out])


def product(*operands):
    """Of more than two scalars, as one multiplication."""
    return Apply(nd.mul, list(operands), [SCALAR()]).outputs[0]


def fused_loss():
    i0, i1, i2 = SCALAR(), SCALAR(), SCALAR()
    one, minus = constant(np.float64(1)), constant(np.float64(-1))
    logit = i0 + i1
    negated, other = nd.neg(logit), one - i2
    terms = product(minus, i2, nd.softplus(negated)), product(minus, other, nd.softplus(logit))
    gradients = other * nd.sigmoid(logit), product(minus, i2, nd.sigmoid(negated))
    op = Composite([i0, i1, i2], [nd.add(*terms), *gradients], {0: [1]})
    # PyTensor numbers shared variables in the order of a set: t3, t11 and t14 on that page
    number = {"t4": "t11", "t7": "t14"}
    for v in op.fgraph.variables:
        if v.owner is not None:
            v.name = number.get(v.name, v.name)
    return op


def training_function():
    X, y, beta = tensor("X", None, None), tensor("y", None), tensor("beta", None)
    rate, alpha = tensor("learning_rate"), tensor("alpha")
    count, total = TensorType("int64", ())(), SCALAR()
    n = nd.cast(count, "float64")
    mean = Composite([count, total], [n, nd.neg(total / n)], {0: [1]})
    a, b, c = SCALAR(), SCALAR(), SCALAR()
    step = Composite([a, b, c], [c - a * b], {0: [1]})
    divided = Composite([a, b, c], [c / b + a / b], {0: [0]})

    rows, entries = Shape_i(0)(X), Shape_i(0)(y)
    agree = nd.eq(rows, entries)
    text = "Assert{msg='Could not broadcast dimensi...'}"
    checked = Printed(text, TensorType("int64", ()))(rows, agree)
    empty = alloc_empty(rows)
    logits = gemv(empty, ONE, X, beta, ZERO)
    offset = expand_dims(alpha, 0)
    terms, *gradients = fused_loss()(offset, logits, y)
    all_terms = sum_(terms)
    size, loss = mean(checked, all_terms)
    loss.name = "cross_entropy"
    sizes = expand_dims(size, 0)
    gradient = divided(gradients[0], sizes, gradients[1])
    total_gradient = sum_(gradient)
    new_alpha = step(rate, total_gradient, alpha)
    negative, transposed = nd.neg(rate), X.T
    new_beta = Printed("CGemv{no_inplace}", VECTOR)(beta, negative, transposed, gradient, ONE)
    order = [
        rows, empty, logits, offset, terms, all_terms, entries, agree, checked, loss, sizes,
        gradient, total_gradient, new_alpha, transposed, negative, new_beta,
    ]  # fmt: skip
    return Ordered([X, y, rate, alpha, beta], [loss, new_alpha, new_beta], order)


def prediction_function():
    X, beta = tensor("X", None, None), tensor("beta", None)
    alpha, threshold = tensor("alpha"), tensor("threshold")
    i0, i1, i2 = SCALAR(), SCALAR(), SCALAR()
    probability = nd.sigmoid(i0 + i1)
    fused = Composite([i0, i1, i2], [probability, nd.cast(probability > i2, "int64")])
    bound, rows = expand_dims(threshold, 0), Shape_i(0)(X)
    empty = alloc_empty(rows)
    logits = gemv(empty, ONE, X, beta, ZERO)
    offset = expand_dims(alpha, 0)
    p, y_hat = fused(offset, logits, bound)
    p.name = "p_class_0"
    return Ordered([X, alpha, beta, threshold], [p, y_hat], [bound, rows, empty, logits, offset, p])


PLAIN = [
    log_of_one_plus_x, one_plus_x, sine, sine_replaced_by_cosine, exp_of_a_replaced_draw,
    first_element, first_element_rewritten, stabilized, gradient, gradient_canonicalized,
    gradient_specialized, log_density, named_x, x_replaced_by_exp_of_x, softplus, vector_product,
    cross_entropy,
]  # fmt: skip
WITH_TYPES = [scalar_with_types, vectorized_with_types, vector_with_types]
COMPILED = {
    compiled_for_blas: {"print_destroy_map": True},
    compiled_by_numba: {"print_destroy_map": True},
    training_function: {"print_type": True, "print_destroy_map": True},
    prediction_function: {"print_type": True},
}


def expected(graph):
    return (EXPECTED / f"{graph.__name__}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("graph", PLAIN)
def test_a_graph_prints_as_in_the_reference(graph):
    assert debugprint(graph(), file="str") == expected(graph)


@pytest.mark.parametrize("graph", WITH_TYPES)
def test_a_graph_with_types_prints_as_in_the_reference(graph):
    assert graph().dprint(print_type=True, file="str") == expected(graph)


@pytest.mark.parametrize("graph", COMPILED)
def test_a_compiled_graph_prints_as_in_the_reference(graph):
    fgraph = graph()
    assert fgraph.dprint(file="str", **COMPILED[graph]) == expected(graph)
    function = SimpleNamespace(maker=SimpleNamespace(fgraph=fgraph))
    assert debugprint(function, file="str", **COMPILED[graph]) == expected(graph)


def test_every_expected_tree_has_a_test():
    tested = {graph.__name__ for graph in (*PLAIN, *WITH_TYPES, *COMPILED)}
    assert tested == {path.stem for path in EXPECTED.glob("*.txt")}
