"""Roots of equations in a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lamina.derivatives import grad, jacobian
from lamina.ir.graph.traversal import variable_depends_on
from lamina.ir.ops.arguments import as_array
from lamina.tensor.minimization import as_scalar
from lamina.tensor.solver import Solver, arguments
from lamina.tensor.unknowns import Packed, flat

_NAMES = (
    "hybr lm broyden1 broyden2 anderson linearmixing diagbroyden excitingmixing krylov df-sane"
).split()
METHODS = {name: name for name in _NAMES}
TAKES_JACOBIAN = ("hybr", "lm")
BRACKETED = ("bisect", "brentq", "brenth", "ridder", "toms748")
SCALAR_METHODS = {name: name for name in (*BRACKETED, "secant", "newton", "halley")}


class Root(Solver):
    """Where a vector function of a vector is 0: ``scipy.optimize.root``."""

    def solve(self, values: Callable[[Any], list[Any]], start: Any) -> Any:
        from scipy.optimize import root

        with_jacobian = len(self.fgraph.outputs) > 1
        fun = values if with_jacobian else lambda x: values(x)[0]
        return root(fun, start, method=self.method, jac=with_jacobian or None, **self.options)


class RootScalar(Solver):
    """Where a function of a number is 0: ``scipy.optimize.root_scalar``."""

    def solve(self, values: Callable[[Any], list[Any]], start: Any) -> Any:
        from scipy.optimize import root_scalar

        count = len(self.fgraph.outputs)
        options: dict[str, Any] = {"x0": start, **self.options}
        if self.method in BRACKETED:
            del options["x0"]
        found = root_scalar(
            values if count > 1 else lambda x: values(x)[0],
            method=self.method,
            fprime=count > 1 or None,
            fprime2=count > 2 or None,
            **options,
        )
        return _Result(found.root, found.converged)


class _Result:
    """What ``root_scalar`` finds, under the names that SciPy's other solvers have."""

    def __init__(self, x: Any, success: Any):
        self.x, self.success = x, success


def root(
    equations: Any,
    variables: Any,
    method: str = "hybr",
    jac: bool = True,
    use_vectorized_jac: bool = True,
    optimizer_kwargs: Mapping[str, Any] | None = None,
    tol: float | None = None,
) -> tuple[Any, Any]:
    """Where arrays are all 0, by ``scipy.optimize.root``.

    Parameters
    ----------
    equations : Variable or sequence of Variable
        What is to be 0, functions of `variables` and of whatever else; compiled apart.
    variables : Variable or sequence of Variable
        What to change, arrays of floats with as many elements together as `equations`. Their
        values are where the search starts.
    method : str
        One of SciPy's.
    jac : bool
        Whether SciPy is given the Jacobian, where the method uses one; or takes differences.
    use_vectorized_jac : bool
        Taken for compatibility: derivatives are always vectorized.
    optimizer_kwargs : mapping, optional
        Other arguments for SciPy, such as ``options``.
    tol : float, optional
        Tolerance for termination.

    Returns
    -------
    solution : Variable, or list of Variable if `variables` is a sequence
        Of the shapes and dtypes of `variables`. Gradients are those of the solution; that with
        respect to the start is 0.
    success : scalar Variable of bools
        Whether SciPy reports that it has converged.

    Raises
    ------
    TypeError
        `equations` or `variables` are not of a float dtype.
    ValueError
        There are not as many equations as unknowns; equations do not depend on a variable; or
        there is no such method.

    Examples
    --------
    >>> x, a = pt.vector("x"), pt.scalar("a")
    >>> solution, success = root(x**3 - a, x)
    >>> lamina.function([x, a], [solution, success])([1.0], 8.0)
    [array([2.]), array(True)]
    """
    name, options = arguments(method, METHODS, optimizer_kwargs, tol=tol)
    packed = Packed(variables, "the unknowns")
    several = isinstance(equations, (list, tuple))
    parts = [_equation(e) for e in (equations if several else [equations])]
    expression = parts[0] if len(parts) == 1 and parts[0].type.ndim == 1 else flat(parts)
    for v in packed.variables:
        if not variable_depends_on(expression, v):
            raise ValueError(f"the equations do not depend on {v}")
    inner = packed.inner(expression)
    (count,), (unknowns,) = inner.type.shape, packed.x.type.shape
    if None not in (count, unknowns) and count != unknowns:
        raise ValueError(f"there are {count} equations for {unknowns} unknowns")
    derivatives = [jacobian(inner, packed.x)] if jac and name in TAKES_JACOBIAN else []
    op = Root(packed.x, inner, derivatives, name, options)
    solution, success = op(packed.start, *op.parameters)
    return packed.unpacked(solution), success


def root_scalar(
    equation: Any,
    variables: Any,
    method: str = "secant",
    jac: bool = False,
    hess: bool = False,
    optimizer_kwargs: Mapping[str, Any] | None = None,
    tol: float | None = None,
) -> tuple[Any, Any]:
    """Where a scalar is 0, by ``scipy.optimize.root_scalar``.

    Parameters
    ----------
    equation : scalar Variable
    variables : scalar Variable of a float dtype
        What to change: one variable, whose value is where the search starts; methods that take a
        bracket do not use it.
    method : str
        One of SciPy's.
    jac, hess : bool
        Whether SciPy is given the first and the second derivative: "newton" takes the first one,
        "halley" needs both.
    optimizer_kwargs : mapping, optional
        Other arguments for SciPy: ``bracket``, ``x1``, ``maxiter``, ...
    tol : float, optional
        Tolerance for termination, of the root: SciPy's ``xtol``.

    Returns
    -------
    solution, success : scalar Variables
        As `root` has them.
    """
    name, options = arguments(method, SCALAR_METHODS, optimizer_kwargs, xtol=tol)
    if name == "halley" and not (jac and hess):
        raise ValueError("method 'halley' needs jac=True and hess=True")
    if name in BRACKETED and "bracket" not in options:
        raise ValueError(f"method {name!r} needs optimizer_kwargs={{'bracket': (low, high)}}")
    x, y = as_scalar(variables), _equation(equation)
    if y.type.ndim:
        raise TypeError(f"the equation is a scalar, got {y.type}")
    if not variable_depends_on(y, x):
        raise ValueError(f"the equation does not depend on {x}")
    derivatives = []
    if jac and name in ("newton", "halley"):
        derivatives.append(grad(y, x))
        if hess and name == "halley":
            derivatives.append(grad(derivatives[0], x, disconnected_inputs="ignore"))
    op = RootScalar(x, y, derivatives, name, options)
    return tuple(op(x, *op.parameters))


def _equation(equation: Any) -> Any:
    y = as_array(equation)
    if y.type.dtype[:5] != "float":
        raise TypeError(f"equations are of a float dtype, got {y.type}")
    return y
