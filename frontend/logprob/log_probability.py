"""Log-probabilities of values of random expressions."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.ir.graph.variable import Variable
from lamina.ir.ops.constant import as_tensor_variable
from lamina.ir.ops.dimshuffle import shape_padleft
from lamina.logprob.measure import Measure, Reading, draws_in


def logp(rv: Variable, value: Any) -> Any:
    """Logarithm of the density, or of the probability where `rv` is discrete, at a value.

    Parameters
    ----------
    rv : Variable
        A random variable, or an expression of one whose density is known: see the notes.
    value : tensor-like
        Of the shape of `rv`, against which it is broadcast; or with more dimensions in front, for
        a batch of values.

    Returns
    -------
    TensorVariable
        A graph on the value and the parameters of `rv`, without draws unless parameters are drawn:
        replace those by values with ``graph_replace``. It has an element for each independent draw:
        vectors of a multivariate distribution have one each. It is -inf outside the support.

    Raises
    ------
    NotImplementedError
        `rv` is not random, or no density is known of it.
    ParameterValueError
        When the graph is computed: a parameter has no meaning.

    Notes
    -----
    Known are all distributions of ``lamina.tensor.random`` but `choice` and `permutation`, those
    that ``density_of`` states, and of those, nested at will:

    - functions with an inverse, ``exp``, ``log``, ``a + b * x``, ``sigmoid`` and others, and even
      functions such as ``abs``, by the change of variables formula: p(x) |dx / dy|;
    - ``clip``, ``maximum`` and ``minimum`` with what is not random: the ends have the probability
      of what is beyond;
    - ``floor``, ``ceil``, ``round``, ``trunc`` and comparisons, by the distribution function;
    - ``max`` and ``min`` of independent elements, by order statistics;
    - ``switch``, ``ifelse`` and ``x[i]`` with a random condition or index: mixtures;
    - ``stack``, ``concatenate``, transposes, reshapes, slices and running sums.

    Examples
    --------
    >>> x = pt.random.normal(0, 1)
    >>> value = pt.scalar("value")
    >>> logp(pt.exp(x), value).eval({value: 1.0})  # as scipy.stats.lognorm(1).logpdf(1.0)
    array(-0.91893853)
    """
    return _of_value("logp", rv, value)


def logcdf(rv: Variable, value: Any) -> Any:
    """Logarithm of the probability that a random expression is at most `value`.

    Parameters and errors are those of `logp`; `rv` must be of numbers, not of vectors.
    """
    return _of_value("logcdf", rv, value)


def icdf(rv: Variable, q: Any) -> Any:
    """The value up to which a random expression has probability `q`; NaN unless 0 <= q <= 1.

    Parameters and errors are those of `logp`; `rv` must be a continuous distribution of numbers
    whose quantiles are known, or a monotone function of one.
    """
    return _of_value("icdf", rv, q)


def _of_value(what: str, rv: Variable, value: Any) -> Any:
    if not isinstance(rv, Variable):
        raise TypeError(f"{what} takes a random variable, got {rv!r}")
    measure = Reading(rv).measure(rv)
    if what != "logp" and measure.ndim_supp:
        measure.refuse(f"has vectors as values: it has no {what}")
    value = as_tensor_variable(value)
    ndim = measure.variable.type.ndim
    if value.type.ndim < ndim:
        value = shape_padleft(value, ndim - value.type.ndim)
    _check_shape(what, measure, value)
    result = measure.of_batch(what, value)
    _check_independence(result, measure)
    if rv.name is not None:
        result.name = f"{rv.name}_{'logprob' if what == 'logp' else what}"
    return result


def _check_independence(result: Any, measure: Measure) -> None:
    """Refuse a density in which a draw that it is of is left, other than by its shape."""
    if draws_in([result]) & measure.sources:
        measure.refuse("depends on one draw in several ways, of which no density is known")


def _check_shape(what: str, measure: Measure, value: Any) -> None:
    own = measure.variable.type.shape
    given = value.type.shape[value.type.ndim - len(own) :]
    batch = len(own) - measure.ndim_supp
    for d, (n, m) in enumerate(zip(own, given, strict=True)):
        gives_way = d < batch and 1 in (n, m)
        if n is not None and m is not None and n != m and not gives_way:
            raise ValueError(
                f"{what}: the value {value} of shape {value.type.shape} does not broadcast to the "
                f"shape {own} of {measure.variable}"
            )
    if np.dtype(value.type.dtype).kind == "c":
        raise TypeError(f"{what}: the value {value} is complex")
