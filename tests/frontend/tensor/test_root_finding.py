"""Roots of equations in a graph, and their gradients."""

import numpy as np
import pytest
import scipy.optimize

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.graph import vectorize_graph
from lamina.tensor.optimize import root, root_scalar
from lamina.tensor.root_finding import BRACKETED, METHODS, SCALAR_METHODS

x, a = pt.dvector("x"), pt.dscalar("a")
s = pt.dscalar("s")
FIXED_POINTS = ("linearmixing", "excitingmixing")  # need steps made for the equations


@pytest.mark.parametrize("method", [m for m in METHODS if m not in FIXED_POINTS])
def test_each_method_finds_the_root_that_scipy_finds(method):
    equations = pt.stack([0.5 * x[0] + 0.1 * x[1] - a, 2 * pt.tanh(x[1]) + 0.2 * x[0] - 0.3])
    found, converged = lamina.function([x, a], root(equations, x, method))([0.2, 0.3], 1.0)

    def by_numpy(v):
        return [0.5 * v[0] + 0.1 * v[1] - 1, 2 * np.tanh(v[1]) + 0.2 * v[0] - 0.3]

    assert converged
    np.testing.assert_allclose(found, scipy.optimize.root(by_numpy, [0.2, 0.3]).x, atol=1e-4)


@pytest.mark.parametrize("method", FIXED_POINTS)
def test_mixing_methods_find_a_fixed_point(method):
    options = {"options": {"jac_options": {"alpha": 0.5}}}
    equation = pt.cos(x) - x
    found, converged = lamina.function([x], root(equation, x, method, False, True, options))([0.5])
    assert converged
    np.testing.assert_allclose(np.cos(found), found, atol=1e-5)


def test_several_equations_for_several_unknowns():
    m = pt.tensor("m", shape=(2, None))
    solutions, success = root([m - a, s * s - m.sum()], [m, s])
    found = lamina.function([m, s, a], [*solutions, success])(np.ones((2, 3)), 1.0, 1.5)
    assert found[2]
    np.testing.assert_allclose(found[0], np.full((2, 3), 1.5))
    np.testing.assert_allclose(found[1], 3.0)


def test_the_gradient_of_a_root_is_that_of_the_implicit_function():
    def solution(m, b):
        start = pt.zeros(3)
        return root(m @ start + 0.1 * start**3 - b, start)[0]

    draw = np.random.default_rng(0).normal
    verify_grad(solution, [draw(size=(3, 3)) + 3 * np.eye(3), draw(size=3)])


def test_jacobian_and_hessian_of_a_root():
    """x + x^3 / 10 = b: dx/db is d = 1 / (1 + 3 x^2 / 10), and its derivative -6 x d^3 / 10."""
    b = pt.dvector("b")
    solution, _ = root(x + 0.1 * x**3 - b, x)
    first = lamina.gradient.jacobian(solution, b)
    second = lamina.gradient.hessian((solution**2).sum(), b)
    r, first, second = lamina.function([x, b], [solution, first, second])([0.0, 0.0], [1.0, 2.0])
    d = 1 / (1 + 0.3 * r**2)
    np.testing.assert_allclose(first, np.diag(d), atol=1e-9)
    np.testing.assert_allclose(second, np.diag(2 * d**2 - 1.2 * r**2 * d**3), atol=1e-9)


def test_a_vectorized_solver_solves_each_problem_of_a_batch():
    """x + x^3 / 10 = a c, so that dx/da is c / (1 + 3 x^2 / 10)."""
    c, batch = pt.dscalar("c"), pt.dvector("batch")
    solution, success = root(x + 0.1 * x**3 - a * c, x)
    solutions, successes = vectorize_graph([solution, success], {a: batch})
    slopes = lamina.grad(solutions.sum(), [batch, c, x])
    f = lamina.function([x, batch, c], [solutions, successes, *slopes])
    values = np.array([1.0, 2.0, 3.0])
    found, converged, by_batch, by_c, by_start = f(np.zeros(2), values, 0.5)
    assert found.shape == (3, 2) and converged.all()
    np.testing.assert_allclose(found + 0.1 * found**3, np.outer(values / 2, [1, 1]))
    d = (1 / (1 + 0.3 * found**2)).sum(axis=1)
    np.testing.assert_allclose(by_batch, 0.5 * d)
    np.testing.assert_allclose(by_c, values @ d)
    np.testing.assert_array_equal(by_start, [0, 0])


def test_only_a_length_that_is_known_to_be_one_broadcasts_in_a_batch():
    b, c = pt.dscalars("b", "c")
    solution, _ = root_scalar(b * s**3 - c, s)
    B, C = pt.dvectors("B", "C")
    f = lamina.function([s, B, C], vectorize_graph(solution, {b: B, c: C}))
    np.testing.assert_allclose(f(1.0, [1.0, 1.0], [1.0, 8.0]), [1, 2])
    with pytest.raises(ValueError, match="Only a dimension that is statically 1 broadcasts"):
        f(1.0, [1.0, 1.0], [1.0])


@pytest.mark.parametrize("method", SCALAR_METHODS)
def test_each_scalar_method_finds_the_root(method):
    bracket = {"bracket": (0, 3)} if method in BRACKETED else None
    derivatives = {"jac": method in ("newton", "halley"), "hess": method == "halley"}
    solution, success = root_scalar(s**3 - a, s, method, **derivatives, optimizer_kwargs=bracket)
    found, converged = lamina.function([s, a], [solution, success])(1.2, 2.0)
    assert converged
    np.testing.assert_allclose(found, 2 ** (1 / 3), rtol=1e-8)


def test_a_cube_root_has_its_derivatives():
    solution, _ = root_scalar(s**3 - a, s, "newton", jac=True)
    slope = lamina.grad(solution, a)
    found = lamina.function([s, a], [slope, lamina.grad(slope, a), lamina.grad(solution, s)])(
        1.0, 2
    )
    np.testing.assert_allclose(found, [2 ** (-2 / 3) / 3, -2 * 2 ** (-5 / 3) / 9, 0])


def test_what_scipy_raises_comes_out_with_the_op_and_the_line():
    solution, _ = root_scalar(s**2 - a, s, "brentq", optimizer_kwargs={"bracket": (3, 4)})
    f = lamina.function([s, a], solution)
    with pytest.raises(ValueError, match="must have different signs") as raised:
        f(1.0, 2.0)
    assert "RootScalar{method='brentq'}" in str(raised.value)
    assert "test_root_finding.py" in str(raised.value)


def test_single_precision_stays():
    t, b = pt.fscalars("t", "b")
    solution, _ = root_scalar(t * t - b, t, "newton", jac=True)
    found = lamina.function([t, b], solution)(np.float32(1), np.float32(2))
    assert found.dtype == "float32"
    np.testing.assert_allclose(found, np.sqrt(np.float32(2)), rtol=1e-6)


def test_bad_arguments_are_refused_when_the_graph_is_built():
    with pytest.raises(ValueError, match="the equations do not depend on y"):
        root(x, pt.dvector("y"))
    with pytest.raises(ValueError, match="there are 3 equations for 2 unknowns"):
        v = pt.tensor("v", shape=(2,))
        root(pt.concatenate([v, v[:1]]), v)
    with pytest.raises(ValueError, match="method must be one of hybr, lm"):
        root(x, x, "bisect")
    with pytest.raises(TypeError, match="equations are of a float dtype"):
        root(x > 1, x)
    with pytest.raises(ValueError, match="'halley' needs jac=True and hess=True"):
        root_scalar(s**2, s, "halley", jac=True)
    with pytest.raises(ValueError, match="needs optimizer_kwargs"):
        root_scalar(s**2, s, "bisect")
    with pytest.raises(TypeError, match="the equation is a scalar"):
        root_scalar(s + x, s)
