"""Minima of functions in a graph, and their gradients."""

import pickle

import numpy as np
import pytest

import lamina
import lamina.tensor as pt
from lamina.gradient import verify_grad
from lamina.graph.traversal import apply_ancestors
from lamina.tensor.minimization import METHODS, TAKES_HESSIAN
from lamina.tensor.optimize import minimize, minimize_scalar

x, a = pt.dvector("x"), pt.dscalar("a")


def rosenbrock(x, a=1.0):
    """Its minimum is at (a, a ** 2)."""
    return (a - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


@pytest.mark.parametrize("method", [m for m in METHODS.values() if m != "dogleg"])
def test_each_method_finds_the_minimum(method):
    solution, success = minimize(
        rosenbrock(x, a),
        x,
        method,
        hess=method in TAKES_HESSIAN,
        optimizer_kwargs={"options": {"maxfun" if method == "TNC" else "maxiter": 5000}},
    )
    found, converged = lamina.function([x, a], [solution, success])([0.8, 0.5], 1.0)
    assert converged
    np.testing.assert_allclose(found, [1, 1], atol=0.2 if method == "COBYLA" else 5e-3)


def test_a_positive_definite_hessian_is_what_dogleg_needs():
    solution, success = minimize((x - a).dot(x - a), x, "dogleg", hess=True)
    found, converged = lamina.function([x, a], [solution, success])([0.0, 7.0], 3.0)
    assert converged
    np.testing.assert_allclose(found, [3, 3])


def test_differences_take_the_place_of_the_gradient():
    solution, _ = minimize(rosenbrock(x, a), x, jac=False)
    assert len(solution.owner.op.inner_outputs) == 1
    np.testing.assert_allclose(
        lamina.function([x, a], solution)([0.8, 0.5], 1.0), [1, 1], atol=1e-3
    )


def test_a_search_without_success_says_so():
    options = {"options": {"maxiter": 1}}
    _, success = minimize(rosenbrock(x), x, optimizer_kwargs=options)
    assert lamina.function([x], success)([-1.2, 1.0]) == np.array(False)


def test_bounds_hold():
    solution, _ = minimize(
        ((x - a) ** 2).sum(), x, "L-BFGS-B", optimizer_kwargs={"bounds": [(0, 1)]}
    )
    np.testing.assert_allclose(lamina.function([x, a], solution)([0.5], 3.0), [1])


def test_several_variables_keep_their_shapes_and_dtypes():
    m, s, v = pt.tensor("m", shape=(None, 2)), pt.dscalar("s"), pt.fvector("v")
    objective = ((m - a) ** 2).sum() + (s + a) ** 2 + ((v - 2 * a) ** 2).sum()
    solutions, success = minimize(objective, [m, s, v])
    assert [(y.type.dtype, y.type.ndim) for y in solutions] == [
        ("float64", 2), ("float64", 0), ("float32", 1)
    ]  # fmt: skip
    f = lamina.function([m, s, v, a], [*solutions, success])
    *found, converged = f(np.zeros((3, 2)), 0.0, np.zeros(4, "float32"), 1.5)
    assert converged
    for y, expected in zip(found, (np.full((3, 2), 1.5), -1.5, np.full(4, 3.0)), strict=True):
        assert y.shape == np.shape(expected)
        np.testing.assert_allclose(y, expected, atol=1e-5)


def test_the_shape_of_the_solution_is_that_of_the_start():
    known = pt.tensor("known", shape=(3,))
    assert minimize((known**2).sum(), known)[0].type.shape == (3,)


def test_what_does_not_depend_on_the_variable_is_computed_once():
    solution, _ = minimize(((x - pt.exp(a)) ** 2).sum(), x)
    assert "Exp" in {str(node.op) for node in apply_ancestors(solution.owner.inputs[1:])}
    assert "Exp" not in {str(node.op) for node in solution.owner.op.fgraph.apply_nodes}
    found = lamina.function([x, a], solution)([0.0], 0.5)
    np.testing.assert_allclose(found, [np.exp(0.5)], rtol=1e-6)


def test_shared_variables_are_read_and_updated():
    start = lamina.shared(np.array([5.0, 4.0]))
    target = lamina.shared(2.0)
    solution, _ = minimize(((start - target) ** 2).sum(), start)
    step = lamina.function([], updates={start: solution})
    step()
    np.testing.assert_allclose(start.get_value(), [2, 2], atol=1e-6)
    target.set_value(-1.0)
    step()
    np.testing.assert_allclose(start.get_value(), [-1, -1], atol=1e-6)


def test_the_gradient_of_a_solution_is_that_of_the_implicit_function():
    def solution(m, b):
        start = pt.zeros(3)
        return minimize((m @ start - b) @ (m @ start - b) + (start**4).sum(), start, tol=1e-10)[0]

    draw = np.random.default_rng(0).normal
    verify_grad(solution, [draw(size=(3, 3)) + 3 * np.eye(3), draw(size=3)])


def test_least_squares_has_the_gradient_of_the_normal_equations():
    """x = (A'A)^-1 A'b, so that the derivative of sum(x) by b is A (A'A)^-1 1."""
    m, b = pt.dmatrix("m"), pt.dvector("b")
    solution, _ = minimize(((m @ x - b) ** 2).sum(), x)
    f = lamina.function([x, m, b], lamina.grad(solution.sum(), [b, x]))
    A = np.random.default_rng(0).normal(size=(5, 2))
    by_b, by_start = f(np.zeros(2), A, np.ones(5))
    np.testing.assert_allclose(by_b, A @ np.linalg.solve(A.T @ A, np.ones(2)), rtol=1e-6)
    np.testing.assert_array_equal(by_start, [0, 0])


def test_scalars_are_minimised_in_each_method():
    s = pt.dscalar("s")
    cases = [("brent", None), ("golden", {"bracket": (0, 1)}), ("bounded", {"bounds": (0, 5)})]
    made = [minimize_scalar((s - 2 * a) ** 2, s, m, k) for m, k in cases]
    outputs = [y for pair in made for y in pair]
    outputs.append(lamina.grad(made[0][0] ** 2, a))
    *found, slope = lamina.function([s, a], outputs)(0.0, 1.5)
    np.testing.assert_allclose(found[0::2], 3.0, atol=1e-4)
    assert all(found[1::2])
    np.testing.assert_allclose(slope, 12.0)  # d/da (2 a)^2


def test_a_minimum_within_a_minimum():
    """The inner one is at a x, so that the outer one is where a x = 3."""
    inner, outer = pt.dscalar("inner"), pt.dscalar("outer")
    reply, _ = minimize_scalar((inner - a * outer) ** 2, inner)
    best, _ = minimize_scalar((reply - 3) ** 2, outer)
    found = lamina.function([outer, a, inner], best)(0.0, 2.0, 0.0)
    np.testing.assert_allclose(found, 1.5, atol=1e-6)


def test_a_function_that_minimises_can_be_pickled():
    f = lamina.function([x, a], minimize(((x - a) ** 2).sum(), x)[0])
    for g in (f, pickle.loads(pickle.dumps(f))):
        np.testing.assert_allclose(g([0.0], 2.0), [2.0])


def test_the_op_is_a_callback_and_shows_what_it_solves(capsys):
    solution, _ = minimize(((x - a) ** 2).sum(), x)
    f = lamina.function([x, a], solution)
    assert f.ir("buffers").count("nd.callback") == 1
    solution.dprint()
    text = capsys.readouterr().out
    assert "Minimize{method='BFGS'}.0" in text
    assert " ← Sum{axes=None}" in text


def test_bad_arguments_are_refused_when_the_graph_is_built():
    y = pt.dvector("y")
    with pytest.raises(ValueError, match="the objective does not depend on y"):
        minimize((x**2).sum(), y)
    with pytest.raises(TypeError, match="the objective is a scalar of a float dtype"):
        minimize(x**2, x)
    with pytest.raises(TypeError, match="must be of a float dtype"):
        minimize((pt.lvector("n") * 1.0).sum(), pt.lvector("n"))
    with pytest.raises(ValueError, match="method must be one of Nelder-Mead, Powell"):
        minimize((x**2).sum(), x, "steepest")
    with pytest.raises(ValueError, match="'BFGS' does not use the Hessian"):
        minimize((x**2).sum(), x, hess=True)
    with pytest.raises(ValueError, match="'trust-ncg' needs jac=True and hess=True"):
        minimize((x**2).sum(), x, "trust-ncg")
    with pytest.raises(ValueError, match="needs optimizer_kwargs"):
        minimize_scalar(a**2, a, "bounded")
    with pytest.raises(TypeError, match="expected a scalar of a float dtype"):
        minimize_scalar((x**2).sum(), x)
