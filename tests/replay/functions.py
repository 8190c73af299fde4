"""Small functions that together use every part of the compiler, and arguments for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.ir.graph.variable import Variable


@dataclass
class Case:
    """Inputs and outputs of a function, updates of shared variables, and arguments of a call."""

    inputs: list[Variable]
    outputs: Any
    arguments: Sequence[Any]
    updates: dict[Any, Any] = field(default_factory=dict)

    def compile(self, mode: Any = None) -> Any:
        """The function."""
        return lamina.function(
            self.inputs, self.outputs, updates=self.updates, mode=mode, on_unused_input="ignore"
        )


FUNCTIONS: dict[str, Callable[[], Case]] = {}


def _function(build: Callable[[], Case]) -> Callable[[], Case]:
    FUNCTIONS[build.__name__] = build
    return build


def _numbers(*shape: int, dtype: str = "float64") -> np.ndarray:
    """Numbers of both signs, no two of them equal."""
    size = int(np.prod(shape))
    values = np.linspace(-2.0, 3.0, size) if dtype[0] in "fc" else np.arange(size) - size // 3
    if dtype[0] == "u":
        values = np.abs(values)
    return values.reshape(shape).astype(dtype)


def _unary(build: Callable[[Any], Any], type: Any = None, value: Any = None) -> Case:
    x = (type or pt.dvector)("x")
    return Case([x], build(x), [_numbers(7) if value is None else value])


# -- elements --------------------------------------------------------------------------------------


@_function
def exp_of_sine():
    return _unary(lambda x: pt.exp(pt.sin(x)))


@_function
def polynomial():
    return _unary(lambda x: 3 * x**3 - 2 * x**2 + x - 1)


@_function
def two_outputs_of_one_kernel():
    return _unary(lambda x: [pt.tanh(x), 1 - pt.tanh(x) ** 2])


@_function
def an_output_twice():
    return _unary(lambda x: [pt.exp(x), pt.exp(x)])


@_function
def an_input_returned():
    return _unary(lambda x: [x, x[::-1], x + 0])


@_function
def sum_of_float32_and_float64():
    x, y = pt.fvector("x"), pt.dvector("y")
    return Case([x, y], x + y, [_numbers(5, dtype="float32"), _numbers(5)])


@_function
def half_precision():
    x = pt.tensor("x", shape=(None,), dtype="float16")
    return Case([x], pt.exp(x) * 2, [_numbers(6, dtype="float16")])


@_function
def integer_division():
    x, y = pt.lvector("x"), pt.ivector("y")
    values = [_numbers(6, dtype="int64"), _numbers(6, dtype="int32")]
    return Case([x, y], [x // y, x % y], values)


@_function
def unsigned_and_signed():
    x, y = pt.tensor("x", shape=(None,), dtype="uint8"), pt.bvector("y")
    return Case([x, y], x * y - 1, [_numbers(9, dtype="uint8"), _numbers(9, dtype="int8")])


@_function
def bits():
    x = pt.lvector("x")
    return Case([x], [x & 6, x | 1, x ^ 3, ~x], [_numbers(8, dtype="int64")])


@_function
def comparisons_and_choice():
    return _unary(lambda x: pt.switch(pt.and_(x > -1, x < 1), x**2, pt.abs(x)))


@_function
def clipped():
    return _unary(lambda x: pt.clip(x, -0.5, 0.5))


@_function
def rounded():
    return _unary(lambda x: [pt.floor(x), pt.ceil(x), pt.round(x), pt.trunc(x), pt.sign(x)])


@_function
def stable_log_of_sigmoid():
    return _unary(lambda x: pt.log(pt.sigmoid(x)))


@_function
def stable_softplus():
    return _unary(lambda x: pt.log(1 + pt.exp(x)))


@_function
def error_function():
    return _unary(lambda x: 0.5 * (1 + pt.erf(x / pt.sqrt(2.0))))


@_function
def complex_product():
    x, y = pt.zvector("x"), pt.zvector("y")
    value = _numbers(5, dtype="complex128") * (1 + 2j)
    return Case([x, y], [x * y, pt.abs(x)], [value, value[::-1].copy()])


@_function
def cast_to_integers():
    return _unary(lambda x: (x * 10).astype("int32"))


# -- numbers and constants -------------------------------------------------------------------------


@_function
def sum_of_two_numbers():
    a, b = pt.dscalar("a"), pt.dscalar("b")
    return Case([a, b], a + b, [1.5, 2.5])


@_function
def numbers_of_four_dtypes():
    a, b, c = pt.lscalar("a"), pt.fscalar("b"), pt.scalar("c", dtype="bool")
    return Case([a, b, c], pt.switch(c, a * b, pt.cos(b)), [3, np.float32(0.5), True])


@_function
def a_constant_alone():
    return Case([], pt.as_tensor_variable([1.0, np.nan, -np.inf, -0.0]), [])


@_function
def constants_of_some_dtypes():
    x = pt.dvector("x")
    table = np.arange(6, dtype=np.int16).reshape(2, 3)
    return Case([x], [x + table, x * np.float32(0.1), x + 1e300, x - np.nan], [_numbers(3)])


@_function
def an_empty_constant():
    x = pt.dvector("x")
    return Case([x], pt.concatenate([x, np.zeros(0)]), [_numbers(4)])


# -- broadcasting and reductions -------------------------------------------------------------------


@_function
def outer_sum():
    x, y = pt.dvector("x"), pt.dvector("y")
    return Case([x, y], x[:, None] + y[None, :], [_numbers(3), _numbers(4)])


@_function
def row_plus_matrix():
    x, m = pt.drow("x"), pt.dmatrix("m")
    return Case([x, m], x * m + 1, [_numbers(1, 4), _numbers(3, 4)])


@_function
def number_times_matrix():
    a, m = pt.dscalar("a"), pt.dmatrix("m")
    return Case([a, m], a * m, [2.0, _numbers(3, 4)])


@_function
def sum_of_squares():
    return _unary(lambda x: (x**2).sum())


@_function
def mean_and_variance():
    return _unary(lambda m: [m.mean(axis=0), m.var(axis=0)], pt.dmatrix, _numbers(4, 3))


@_function
def reductions_of_rows():
    def build(m):
        return [m.sum(axis=1), m.prod(axis=1), m.max(axis=1), m.min(axis=1), pt.argmax(m, axis=1)]

    return _unary(build, pt.dmatrix, _numbers(3, 5))


@_function
def all_and_any():
    return _unary(lambda m: [pt.all(m > -3, axis=0), pt.any(m > 2)], pt.dmatrix, _numbers(3, 5))


@_function
def softmax():
    def build(m):
        e = pt.exp(m - m.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    return _unary(build, pt.dmatrix, _numbers(4, 5))


@_function
def log_of_sum_of_exponentials():
    return _unary(lambda x: pt.log(pt.sum(pt.exp(x))))


@_function
def integer_sum():
    return _unary(lambda x: x.sum(), pt.ivector, _numbers(9, dtype="int32"))


# -- products of matrices --------------------------------------------------------------------------


@_function
def matrix_times_vector():
    m, x = pt.dmatrix("m"), pt.dvector("x")
    return Case([m, x], m @ x, [_numbers(3, 4), _numbers(4)])


@_function
def product_of_matrices():
    a, b = pt.fmatrix("a"), pt.fmatrix("b")
    values = [_numbers(3, 4, dtype="float32"), _numbers(4, 2, dtype="float32")]
    return Case([a, b], a @ b, values)


@_function
def product_with_a_transpose():
    a, b = pt.dmatrix("a"), pt.dmatrix("b")
    return Case([a, b], a.T @ b, [_numbers(4, 3), _numbers(4, 2)])


@_function
def accumulated_product():
    a, b, c = pt.dmatrix("a"), pt.dmatrix("b"), pt.dmatrix("c")
    return Case([a, b, c], 0.5 * c + 2 * (a @ b), [_numbers(3, 4), _numbers(4, 2), _numbers(3, 2)])


@_function
def inner_product_through_fusion():
    def build(x):
        z = pt.exp(pt.sin(x))
        return pt.cos((z[None, :] @ z[:, None]).squeeze())

    return _unary(build)


@_function
def batched_product():
    a, b = pt.dtensor3("a"), pt.dtensor3("b")
    return Case([a, b], a @ b, [_numbers(2, 3, 4), _numbers(2, 4, 2)])


@_function
def layer():
    x, w, b = pt.dmatrix("x"), pt.dmatrix("w"), pt.dvector("b")
    return Case([x, w, b], pt.tanh(x @ w + b), [_numbers(4, 3), _numbers(3, 2), _numbers(2)])


# -- shapes and indices ----------------------------------------------------------------------------


@_function
def every_other_backward():
    return _unary(lambda x: x[::-2] * 2)


@_function
def element_by_variable_index():
    x, i = pt.dvector("x"), pt.lscalar("i")
    return Case([x, i], [x[i], x[:i], x[i:]], [_numbers(6), -2])


@_function
def block_of_a_matrix():
    return _unary(lambda m: m[1:, ::2] + m[:-1, 1][:, None], pt.dmatrix, _numbers(2, 3))


@_function
def part_set_and_part_increased():
    return _unary(lambda x: [x[1:3].set(0.0), x[-1].inc(10.0)])


@_function
def reshaped():
    return _unary(lambda m: m.reshape((-1, 2)) + 1, pt.dmatrix, _numbers(3, 4))


@_function
def transposed_and_flattened():
    return _unary(lambda m: m.T.flatten(), pt.dmatrix, _numbers(3, 4))


@_function
def stacked():
    x, y = pt.dvector("x"), pt.dvector("y")
    return Case([x, y], [pt.concatenate([x, y]), pt.stack([x, -x])], [_numbers(3), _numbers(2)])


@_function
def made_from_lengths():
    n = pt.lscalar("n")
    return Case([n], [pt.arange(n), pt.zeros((n, 2)), pt.eye(n), pt.full((n,), 2.5)], [3])


@_function
def positions_of_elements():
    def build(m):
        rows, columns = pt.arange(m.shape[0]), pt.arange(4)
        return [m + rows[:, None], m * columns, (rows * 2).sum()]

    return _unary(build, pt.dmatrix, _numbers(3, 4))


@_function
def one_value_everywhere():
    x = pt.dvector("x")
    n = x.shape[0]
    return Case(
        [x],
        [pt.full((n, 3), 2.5) + 1, pt.broadcast_to(x, (2, n)), pt.alloc(x[0], n)],
        [_numbers(3)],
    )


@_function
def shapes():
    return _unary(lambda m: [m.shape, m.shape[0] * 2, m / m.shape[1]], pt.dmatrix, _numbers(3, 4))


@_function
def static_lengths():
    x, y = pt.tensor("x", shape=(4,)), pt.tensor("y", shape=(None,))
    return Case([x, y], x * y, [_numbers(4), _numbers(4)])


# -- gradients, shared variables -------------------------------------------------------------------


@_function
def gradient_of_rosenbrock():
    x = pt.dvector("x")
    y = (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
    return Case([x], [y, lamina.grad(y, x)], [_numbers(5)])


@_function
def counter():
    count = lamina.shared(0, name="count")
    return Case([], count, [], {count: count + 1})


@_function
def state_that_is_only_written():
    last = lamina.shared(np.zeros(2), name="last")
    x = pt.dvector("x")
    return Case([x], x.sum(), [_numbers(4)], {last: x * 2})


@_function
def two_states_swapped():
    a, b = lamina.shared(np.ones(3), name="a"), lamina.shared(np.zeros(3), name="b")
    return Case([], a + b, [], {a: b, b: a})


@_function
def update_step_of_logistic_regression():
    alpha, beta = lamina.shared(0.1, name="alpha"), lamina.shared(_numbers(3), name="beta")
    X, y, eta = pt.dmatrix("X"), pt.dvector("y"), pt.dscalar("eta")
    p = pt.sigmoid(alpha + X @ beta)
    loss = -(y * pt.log(p) + (1 - y) * pt.log(1 - p)).mean()
    d_alpha, d_beta = lamina.grad(loss, [alpha, beta])
    updates = {alpha: alpha - eta * d_alpha, beta: beta - eta * d_beta}
    labels = np.array([0.0, 1.0, 1.0, 0.0])
    return Case([X, y, eta], loss, [_numbers(4, 3), labels, 0.1], updates)
