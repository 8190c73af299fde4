"""Every pullback against central differences, of first and second order."""

import numpy as np
import pytest

import lamina.ir.operators as nd
import lamina.tensor as pt
from lamina.derivatives import grad
from lamina.ir.ops import contraction, creation, indexing, joining, moments, reduction
from lamina.ir.ops import dimshuffle as dimensions
from lamina.ir.ops.alloc import broadcast_to
from lamina.ir.ops.elementwise import all_elementwise
from lamina.ir.ops.specify_shape import specify_shape
from lamina.numeric_gradient import verify_grad
from tests.evaluate import evaluate


def is_smooth(op, dtype):
    """Whether `op` takes operands of `dtype` and gives what is not an integer or bool."""
    part = "float64" if op is nd.complex and dtype == "complex128" else dtype
    try:
        return op(*[np.ones(1, part)] * op.nin).type.numpy_dtype.kind in "fc"
    except TypeError:
        return False


ELEMENTWISE = [
    pytest.param(op, dtype, id=f"{op}-{dtype}")
    for op in all_elementwise()
    for dtype in ("float64", "complex128", "float32")
    if not op.scalar_op.barrier and is_smooth(op, dtype)
]


def test_that_nothing_is_left_out_by_mistake():
    assert len(ELEMENTWISE) > 120


def inside(domain, shape, dtype, rng):
    """Random points of an interval: not near its ends, nor near halves of integers."""
    low, high = max(domain[0], -3.0), min(domain[1], 3.0)
    points = rng.uniform(0.9 * low + 0.1 * high, 0.1 * low + 0.9 * high, shape)
    points = np.where(abs(2 * points - np.rint(2 * points)) < 0.05, points + 0.07, points)
    if dtype == "complex128":
        points = points + 1j * rng.uniform(-1, 1, shape)
    return points.astype(dtype)


def energy_of_gradient(f):
    """A smooth number made of all first derivatives: its gradient is made of all second ones."""

    def number(*variables):
        y = f(*variables)
        if y.dtype.startswith("complex"):
            y = nd.real(y * (1 + 0.5j))
        total = 0
        grads = grad(reduction.sum(y * y), list(variables), disconnected_inputs="ignore")
        for number, g in enumerate(grads):
            if g.dtype.startswith("complex"):
                g = nd.real(g) + 2 * nd.imag(g)
            total = total + reduction.sum(nd.sin((number + 1.5) * 0.05 * g))
        return total

    return number


# operands with respect to which there is a first derivative, but no second one
ONCE = {
    **dict.fromkeys(("gammainc", "gammaincc", "gammaincinv", "gammainccinv"), (0,)),
    **dict.fromkeys(("betainc", "betaincinv"), (0, 1)),
    "hyp2f1": (0, 1, 2),
}


def at_constants(op, points, held):
    """`op` of those operands that are not held, and the points of these."""

    def of_others(*variables):
        others = iter(variables)
        return op(*(p if i in held else next(others) for i, p in enumerate(points)))

    return of_others, [p for i, p in enumerate(points) if i not in held]


@pytest.mark.parametrize(("op", "dtype"), ELEMENTWISE)
def test_elementwise(op, dtype):
    rng = np.random.default_rng(len(op.nd_name))
    domains = op.scalar_op.domains or (op.scalar_op.domain,) * op.nin
    shapes = [(3,), (2, 1), (2, 3), (2, 1)][: op.nin]
    part = "float64" if op is nd.complex and dtype == "complex128" else dtype
    points = [inside(d, s, part, rng) for d, s in zip(domains, shapes, strict=False)]
    orders = op.scalar_op.orders
    points = [np.rint(p) if i in orders else p for i, p in enumerate(points)]
    f, smooth = at_constants(op, points, orders)
    verify_grad(f, smooth, n_tests=1)
    if dtype != "float32":
        f, smooth = at_constants(op, points, (*orders, *ONCE.get(op.nd_name, ())))
        verify_grad(energy_of_gradient(f), smooth, n_tests=1)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def complex_normal(*shape):
    return normal(*shape) + 1j * normal(*shape, seed=1)


AXES = (None, 0, 1, -1, (0, 2), (0, 1, 2), ())
REDUCTIONS = [
    (name, axis)
    for name in ("sum", "prod", "max", "min", "mean", "var", "std", "logsumexp")
    for axis in AXES
    if (name, axis) != ("std", ())  # the square root has no derivative at 0
]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(("name", "axis"), REDUCTIONS)
def test_reduction(name, axis, keepdims):
    check(lambda x: getattr(pt, name)(x, axis=axis, keepdims=keepdims), normal(2, 3, 4))


def check(f, *points):
    verify_grad(f, points, n_tests=1)
    if all(p.dtype != "float32" for p in map(np.asarray, points)):
        verify_grad(energy_of_gradient(f), points, n_tests=1)


MATRICES = {0: (), 1: (3,), 2: (2, 3), 3: (2, 2, 3), 4: (2, 1, 2, 3)}
PARTNERS = {0: (), 1: (3,), 2: (3, 2), 3: (2, 3, 2), 4: (1, 2, 3, 2)}


@pytest.mark.parametrize("right", PARTNERS)
@pytest.mark.parametrize("left", MATRICES)
def test_product(left, right):
    operands = normal(*MATRICES[left]), normal(*PARTNERS[right], seed=1)
    check(contraction.dot, *operands)
    if left and right:
        check(contraction.matmul, *operands)


INDICES = [
    (1,),
    (-1,),
    (slice(1, None),),
    (slice(None, None, -1),),
    (slice(None, None, 2), slice(2, 0, -1)),
    (None, 0, None),
    (Ellipsis, 1),
    (slice(None), 1, slice(0, 2)),
    (slice(2, 2),),
    (1, 2, 3),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_indexing(index):
    x = normal(3, 3, 4)
    part = normal(*x[index].shape, seed=1)
    check(lambda x: x[index], x)
    check(lambda x, y: x[index].set(y), x, part)
    check(lambda x, y: x[index].inc(y), x, part)
    check(lambda x, y: x[index].set(y), x, normal())
    check(lambda x, y: x[index].inc(y), x, normal())


CASES = {
    "variance, corrected": (lambda x: moments.var(x, axis=0, ddof=1), normal(3, 2)),
    "maximum and its place": (lambda x: reduction.max_and_argmax(x, axis=1)[0], normal(3, 2)),
    "complex sum": (lambda x: reduction.sum(x, axis=0), complex_normal(2, 3)),
    "complex product": (lambda x: reduction.prod(x, axis=0), complex_normal(2, 3)),
    "complex mean": (lambda x: moments.mean(x, axis=1), complex_normal(2, 3)),
    "complex variance": (lambda x: moments.var(x, axis=1), complex_normal(2, 3)),
    "complex logsumexp": (lambda x: reduction.logsumexp(x, axis=1), complex_normal(2, 3)),
    "complex matmul": (contraction.matmul, complex_normal(2, 3), complex_normal(3, 2)),
    "real by complex matmul": (contraction.matmul, normal(2, 3), complex_normal(3, 2)),
    "complex dot": (contraction.dot, complex_normal(3), complex_normal(3)),
    "broadcast matmul": (contraction.matmul, normal(2, 1, 2, 3), normal(1, 3, 3, 2)),
    "outer": (contraction.outer, normal(3), normal(2, 2)),
    "a row set": (lambda x, y: x[1:].set(y), normal(3, 3, 4), normal(4)),
    "a column incremented": (lambda x, y: x[:, 1].inc(y), normal(3, 3, 4), normal(1, 4)),
    "set through None": (lambda x, y: x[None, 1].set(y), normal(3, 4), normal(1, 4)),
    "real set in complex": (lambda x, y: x[1].set(y), complex_normal(3, 4), normal(4)),
    "an index that varies": (
        lambda x: indexing.subtensor(x, nd.cast(x[0, 0] * 0, "int64")), normal(3, 4)),
    "join": (lambda x, y: joining.concatenate([x, y, x], 1), normal(2, 2), normal(2, 1)),
    "join of dtypes": (lambda x, y: joining.concatenate([x, y]),
                       normal(2).astype("float32"), complex_normal(2)),
    "stack": (lambda x, y: joining.stack([x, y], -1), normal(2, 2), normal(2, 2)),
    "stack of scalars": (lambda x, y: joining.stack([x, y, x]), normal(), normal()),
    "reshape": (lambda x: x.reshape((3, -1)), normal(2, 3, 2)),
    "complex reshape": (lambda x: x.reshape((3, -1)), complex_normal(2, 3, 2)),
    "flatten": (lambda x: x.flatten(2), normal(2, 3, 2)),
    "ravel of a scalar": (lambda x: x.ravel(), normal()),
    "dimshuffle": (lambda x: dimensions.dimshuffle(x, (1, "x", 0)), normal(2, 3)),
    "squeeze": (lambda x: dimensions.squeeze(x, 1), normal(2, 1, 3)),
    "transpose": (lambda x: x.T, normal(2, 3, 4)),
    "moveaxis": (lambda x: dimensions.moveaxis(x, 0, 2), normal(2, 3, 4)),
    "broadcast": (lambda x: broadcast_to(x, (2, 4, 3)), normal(1, 3)),
    "specified shape": (lambda x: specify_shape(x, (2, None)), normal(2, 3)),
    "full": (lambda x: creation.full((2, 3), x), normal()),
    "full_like": (lambda x, y: creation.full_like(x, y) * x, normal(3), normal()),
    "arange": (lambda a, b: creation.arange(a, a + 3.5 * nd.abs(b) + 0.01, nd.abs(b)),
               normal(), normal(seed=1)),
    "cast down": (lambda x: nd.cast(x, "float32") * 2, normal(2, 3).astype("float32")),
    "cast to complex": (lambda x: nd.cast(x, "complex128") * (1 + 2j), normal(2, 3)),
    "float32 with float64": (lambda a, b: a * b + a / b, normal(2, 3).astype("float32"), normal(3)),
    "real with complex": (lambda a, b: a * b + a / b + b**a, abs(normal(2, 3)), complex_normal(3)),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_array_op(case):
    check(*CASES[case])


@pytest.mark.parametrize("scale", [1.0, 0.1 + 0.1j])
@pytest.mark.parametrize("zeros", [[0, 2, 3], [0, 0, 3], [0, 0, 0], [1, 0, 2], [0]], ids=str)
def test_product_of_numbers_with_zeros(zeros, scale):
    check(lambda x: reduction.prod(x), np.array(zeros) * scale)
    check(lambda x: reduction.prod(x, axis=0), np.array([zeros, [1] * len(zeros)]) * scale)


def value_of_gradient(f, *points):
    variables = [nd.identity(np.asarray(p)).type() for p in points]
    grads = grad(reduction.sum(f(*variables)), variables)
    return evaluate(grads, dict(zip(variables, points, strict=True)))


def test_every_largest_element_gets_the_whole_cotangent():
    (g,) = value_of_gradient(lambda x: reduction.max(x), np.array([1.0, 2.0, 2.0]))
    np.testing.assert_equal(g, [0, 1, 1])


def test_of_two_equal_operands_the_first_gets_the_cotangent_of_the_larger_and_of_the_smaller():
    tie = np.array([2.0])
    for choice in (nd.maximum, nd.minimum):
        np.testing.assert_equal(value_of_gradient(choice, tie, tie), [[1], [0]])


def test_a_power_has_finite_derivatives_at_zero_where_they_exist():
    base, exponent = np.array([0.0, 0.0, 0.0, 3.0]), np.array([0.0, 1.0, 2.0, 0.0])
    by_base, by_exponent = value_of_gradient(nd.pow, base, exponent)
    np.testing.assert_allclose(by_base, [0, 1, 0, 0])
    np.testing.assert_allclose(by_exponent, [0, 0, 0, np.log(3)])
    (g,) = value_of_gradient(lambda x: x**2, np.array([0.0, -3.0]))
    np.testing.assert_allclose(g, [0, -6])


def test_a_negative_base_with_an_integer_exponent_has_a_gradient():
    n = np.array([3, 2, 0])
    (g,) = value_of_gradient(lambda x: x**n, np.array([-2.0, -2.0, -2.0]))
    np.testing.assert_allclose(g, [12, -4, 0])


def test_clip_passes_the_cotangent_to_the_bound_where_it_holds():
    x, low, high = np.array([-2.0, 0.0, 2.0]), np.array([-1.0] * 3), np.array([1.0] * 3)
    grads = value_of_gradient(nd.clip, x, low, high)
    np.testing.assert_equal(grads, [[0, 1, 0], [1, 0, 0], [0, 0, 1]])


def test_the_conjugate_of_a_real_array_is_the_array():
    x = nd.identity(np.ones(3)).type()
    assert nd.conj(x) is x
