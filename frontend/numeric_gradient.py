"""Gradients checked against central differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.derivatives import grad
from lamina.ir.graph.function_graph import FunctionGraph
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable
from lamina.ir.operators import conj, real
from lamina.ir.ops.constant import constant
from lamina.ir.ops.reduction import sum as sum_over

Compute = Callable[[Sequence[np.ndarray]], list[np.ndarray]]


class GradientError(Exception):
    """A gradient differs from the difference quotient.

    Attributes
    ----------
    arg : int
        The number of the operand.
    index : tuple of int
        The element with the largest relative error.
    analytic, numeric : float or complex
        Its two derivatives.
    abs_err, rel_err : float
    """

    __module__ = "lamina.gradient"

    def __init__(self, arg: int, index: tuple[int, ...], analytic: Any, numeric: Any):
        super().__init__(arg, index, analytic, numeric)
        self.arg, self.index, self.analytic, self.numeric = arg, index, analytic, numeric
        self.abs_err, self.rel_err = map(float, _errors(np.asarray(analytic), np.asarray(numeric)))

    def __str__(self) -> str:
        return (
            f"The gradient by operand {self.arg} is {self.analytic} at element {self.index}; the "
            f"difference quotient is {self.numeric} (absolute error {self.abs_err:.2g}, relative "
            f"{self.rel_err:.2g})"
        )


def numeric_grad(
    f: Callable[..., Any], points: Sequence[Any], eps: float | None = None
) -> list[np.ndarray]:
    """Central differences of a real function of arrays.

    Parameters
    ----------
    f : callable
        From arrays to a real number.
    points : sequence of float or complex arrays
    eps : float, optional
        The step, relative to elements above 1. By default the cube root of the rounding error.

    Returns
    -------
    list of arrays
        In the shapes and dtypes of `points`; of a complex z = a + ib it is d/da + i d/db.
    """
    arrays = [np.array(p) for p in points]
    grads = [np.zeros_like(a) for a in arrays]
    for a, g in zip(arrays, grads, strict=True):
        units = (1.0, 1j) if a.dtype.kind == "c" else (1.0,)
        step = float(np.cbrt(np.finfo(a.dtype).eps)) if eps is None else eps
        for index in np.ndindex(a.shape):
            value = a[index]
            for unit in units:
                a[index] = above = value + a.dtype.type(step * max(1.0, abs(value)) * unit)
                high = float(f(*arrays))
                a[index] = below = value - a.dtype.type(step * max(1.0, abs(value)) * unit)
                # the distance of the two points as they were rounded
                g[index] += unit * (high - float(f(*arrays))) / abs(complex(above) - complex(below))
            a[index] = value
    return grads


def verify_grad(
    fun: Callable[..., Variable],
    pt: Sequence[Any],
    n_tests: int = 2,
    rng: np.random.Generator | None = None,
    eps: float | None = None,
    out_type: Any = None,
    abs_tol: float | None = None,
    rel_tol: float | None = None,
    mode: Any = None,
    cast_to_output_type: bool = False,
    no_debug_ref: bool = True,
) -> None:
    """Check the gradient of a graph against central differences.

    Both are those of a random linear combination of the outputs, so one comparison covers them all.

    Parameters
    ----------
    fun : callable
        From variables to one variable: an op, for instance.
    pt : sequence of float or complex arrays
        The point.
    n_tests : int
        How many random combinations.
    rng : numpy.random.Generator, optional
    eps : float, optional
        The step of the differences.
    abs_tol, rel_tol : float, optional
        The check fails where both are exceeded. By default they follow from the dtypes.
    mode : optional
        How to compute both: as for ``lamina.function``. By default op by op, with nothing compiled.
    out_type, cast_to_output_type, no_debug_ref
        Taken for compatibility; they change nothing.

    Raises
    ------
    GradientError
        They differ.
    TypeError
        A point is not of a float or complex dtype, or `fun` does not return one such variable.

    Examples
    --------
    >>> verify_grad(pt.tanh, [np.array([0.1, 0.5])])
    """
    points = [np.asarray(p) for p in pt]
    for p in points:
        if p.dtype.kind not in "fc":
            raise TypeError(f"verify_grad needs points of float dtypes, got {p.dtype}")
    rng = np.random.default_rng(12345) if rng is None else rng
    variables = [
        TensorType(p.dtype, [1 if n == 1 else None for n in p.shape])(f"input {i}")
        for i, p in enumerate(points)
    ]
    out = fun(*variables)
    if not isinstance(out, Variable):
        raise TypeError(f"verify_grad needs a function with one output, got {out!r}")
    if not isinstance(out.type, TensorType) or out.type.numpy_dtype.kind not in "fc":
        raise TypeError(f"verify_grad needs an output of a float dtype, got {out.type}")
    (value,) = _computation(variables, [out], mode)(points)
    coarsest = max(np.finfo(a.dtype).eps for a in (*points, value))
    tolerance = 1e-4 if coarsest < 1e-10 else 1e-2 if coarsest < 1e-5 else 0.2
    abs_tol = tolerance if abs_tol is None else abs_tol
    rel_tol = tolerance if rel_tol is None else rel_tol
    for _ in range(n_tests):
        weights = rng.uniform(0.1, 0.9, value.shape)
        if value.dtype.kind == "c":
            weights = weights + 1j * rng.uniform(0.1, 0.9, value.shape)
        combined = constant(weights.astype(value.dtype)) * conj(out)
        cost = real(sum_over(combined)) if value.dtype.kind == "c" else sum_over(combined)
        grads = grad(cost, variables, disconnected_inputs="ignore")
        analytic = _computation(variables, grads, mode)(points)
        compute = _computation(variables, [cost], mode)
        numeric = numeric_grad(lambda *a, run=compute: run(a)[0].item(), points, eps)
        for arg, (a, n) in enumerate(zip(analytic, numeric, strict=True)):
            _compare(arg, a, n, abs_tol, rel_tol)


def _compare(arg: int, a: np.ndarray, n: np.ndarray, abs_tol: float, rel_tol: float) -> None:
    """Raise a GradientError if two gradients by operand `arg` differ."""
    if a.shape != n.shape:
        raise ValueError(f"The gradient by operand {arg} has the shape {a.shape}, not {n.shape}")
    absolute, relative = _errors(a, n)
    wrong = ~((absolute <= abs_tol) | (relative <= rel_tol))
    if wrong.any():
        index = np.unravel_index(np.argmax(np.where(wrong, relative, -1)), a.shape)
        raise GradientError(arg, tuple(map(int, index)), a[index], n[index])


def _errors(a: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Absolute and relative error, elementwise."""
    absolute = np.abs(a.astype(complex) - n)
    return absolute, absolute / np.maximum(np.abs(a.astype(complex)) + np.abs(n), 1e-300)


def _computation(inputs: Sequence[Variable], outputs: Sequence[Variable], mode: Any) -> Compute:
    """The function from values of `inputs` to those of `outputs`."""
    if mode is not None:
        from lamina import function

        compiled = function(inputs, outputs, mode=mode, on_unused_input="ignore")
        return lambda values: compiled(*values)
    from lamina.compile.interpreter import Interpreter

    return Interpreter(FunctionGraph(inputs, outputs, clone=False))
