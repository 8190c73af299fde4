"""Minima of functions in a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lamina.derivatives import grad, hessian
from lamina.ir.graph.traversal import variable_depends_on
from lamina.ir.graph.variable import Variable
from lamina.ir.ops.arguments import as_array
from lamina.tensor.solver import Solver, arguments
from lamina.tensor.unknowns import Packed

_NAMES = (
    "Nelder-Mead Powell CG BFGS Newton-CG L-BFGS-B TNC COBYLA COBYQA SLSQP trust-constr dogleg "
    "trust-ncg trust-exact trust-krylov"
).split()
METHODS = {name.lower(): name for name in _NAMES}
WITHOUT_GRADIENT = frozenset(("Nelder-Mead", "Powell", "COBYLA", "COBYQA"))
NEEDS_GRADIENT = frozenset(("Newton-CG", "dogleg", "trust-ncg", "trust-exact", "trust-krylov"))
NEEDS_HESSIAN = NEEDS_GRADIENT - {"Newton-CG"}
TAKES_HESSIAN = NEEDS_GRADIENT | {"trust-constr"}
SCALAR_METHODS = {name: name for name in ("brent", "bounded", "golden")}


class Minimize(Solver):
    """The minimum of a function of a vector: ``scipy.optimize.minimize``."""

    def solve(self, values: Callable[[Any], list[Any]], start: Any) -> Any:
        from scipy.optimize import minimize

        count = len(self.fgraph.outputs)
        options: dict[str, Any] = dict(self.options)
        if count == 1:
            return minimize(lambda x: values(x)[0], start, method=self.method, **options)
        known = _Last(values)
        if count == 3:
            options["hess"] = lambda x: known(x)[2]
        return minimize(lambda x: known(x)[:2], start, method=self.method, jac=True, **options)

    def residual(self, x: Variable, expression: Variable) -> Any:
        return grad(expression, x, disconnected_inputs="ignore")


class MinimizeScalar(Solver):
    """The minimum of a function of a number: ``scipy.optimize.minimize_scalar``."""

    def solve(self, values: Callable[[Any], list[Any]], start: Any) -> Any:
        from scipy.optimize import minimize_scalar

        return minimize_scalar(lambda x: values(x)[0], method=self.method, **self.options)

    def residual(self, x: Variable, expression: Variable) -> Any:
        return grad(expression, x, disconnected_inputs="ignore")


class _Last:
    """The values at the last point, which SciPy asks for in two calls."""

    def __init__(self, values: Callable[[Any], list[Any]]):
        self._values = values
        self._point: bytes | None = None
        self._found: list[Any] = []

    def __call__(self, x: Any) -> list[Any]:
        if self._point != x.tobytes():
            self._found = self._values(x)
            self._point = x.tobytes()
        return self._found


def minimize(
    objective: Any,
    x: Any,
    method: str = "BFGS",
    jac: bool = True,
    hess: bool = False,
    use_vectorized_jac: bool = True,
    optimizer_kwargs: Mapping[str, Any] | None = None,
    tol: float | None = None,
) -> tuple[Any, Any]:
    """Where a function of arrays has a local minimum, by ``scipy.optimize.minimize``.

    Parameters
    ----------
    objective : scalar Variable
        A function of `x` and of whatever else; it is compiled apart, and called as often as SciPy
        asks.
    x : Variable or sequence of Variable
        What to change, arrays of floats of any rank. Their values are where the search starts.
    method : str
        One of SciPy's.
    jac : bool
        Whether SciPy is given the gradient, or takes differences.
    hess : bool
        Whether it is given the Hessian.
    use_vectorized_jac : bool
        Taken for compatibility: derivatives are always vectorized.
    optimizer_kwargs : mapping, optional
        Other arguments for SciPy: ``bounds``, ``constraints``, ``options``, ...
    tol : float, optional
        Tolerance for termination.

    Returns
    -------
    solution : Variable, or list of Variable if `x` is a sequence
        Of the shapes and dtypes of `x`. Its gradients are those of the solution of
        ``grad(objective, x) == 0``; that with respect to the start is 0.
    success : scalar Variable of bools
        Whether SciPy reports that it has converged.

    Raises
    ------
    TypeError
        `objective` is no scalar, or it or `x` is not of a float dtype.
    ValueError
        `objective` does not depend on `x`; there is no such method, or it does not go with `jac`
        and `hess`.

    Examples
    --------
    >>> x, a = pt.vector("x"), pt.scalar("a")
    >>> solution, success = minimize(((x - a) ** 2).sum(), x)
    >>> lamina.function([x, a], [solution, success])([0.0, 1.0], 3.0)
    [array([3., 3.]), array(True)]
    """
    name, options = arguments(method, METHODS, optimizer_kwargs, tol=tol)
    packed = Packed(x, "the variables to minimize by")
    inner = packed.inner(_objective(objective, packed.variables))
    if hess and name not in TAKES_HESSIAN:
        raise ValueError(
            f"method {name!r} does not use the Hessian; {', '.join(sorted(TAKES_HESSIAN))} do"
        )
    if name in NEEDS_GRADIENT and not jac or name in NEEDS_HESSIAN and not hess:
        needed = "jac=True and hess=True" if name in NEEDS_HESSIAN else "jac=True"
        raise ValueError(f"method {name!r} needs {needed}")
    derivatives = []
    if jac and name not in WITHOUT_GRADIENT:
        derivatives.append(grad(inner, packed.x))
    if hess:
        derivatives.append(hessian(inner, packed.x))
    op = Minimize(packed.x, inner, derivatives, name, options)
    solution, success = op(packed.start, *op.parameters)
    return packed.unpacked(solution), success


def minimize_scalar(
    objective: Any,
    x: Any,
    method: str = "brent",
    optimizer_kwargs: Mapping[str, Any] | None = None,
    tol: float | None = None,
) -> tuple[Any, Any]:
    """Where a function of a number has a local minimum, by ``scipy.optimize.minimize_scalar``.

    Parameters
    ----------
    objective : scalar Variable
    x : scalar Variable of a float dtype
        What to change. SciPy does not ask for its value: where it looks is for `optimizer_kwargs`
        to say.
    method : {"brent", "bounded", "golden"}
    optimizer_kwargs : mapping, optional
        Other arguments for SciPy: ``bracket``, ``bounds``, ``options``.
    tol : float, optional
        Tolerance for termination.

    Returns
    -------
    solution, success : scalar Variables
        As `minimize` has them.
    """
    name, options = arguments(method, SCALAR_METHODS, optimizer_kwargs, tol=tol)
    if name == "bounded" and "bounds" not in options:
        raise ValueError("method 'bounded' needs optimizer_kwargs={'bounds': (low, high)}")
    op = MinimizeScalar(x, _objective(objective, [as_scalar(x)]), (), name, options)
    return tuple(op(x, *op.parameters))


def as_scalar(x: Any) -> Any:
    """A scalar variable of a float dtype."""
    if not isinstance(x, Variable):
        raise TypeError(f"expected a variable of the graph, got {x!r}")
    if getattr(x.type, "dtype", "")[:5] != "float" or x.type.ndim:  # type: ignore[attr-defined]
        raise TypeError(f"expected a scalar of a float dtype, {x} is of type {x.type}")
    return x


def _objective(objective: Any, variables: list[Any]) -> Any:
    y = as_array(objective)
    if y.type.ndim or y.type.dtype[:5] != "float":
        raise TypeError(f"the objective is a scalar of a float dtype, got {y.type}")
    for v in variables:
        if not variable_depends_on(y, v):
            raise ValueError(f"the objective does not depend on {v}")
    return y
