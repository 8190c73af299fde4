"""Functions of arrays against NumPy's: compiled, and in what is known before they run."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

import lamina
import lamina.tensor as pt
from lamina.compile.not_native import interpreted
from lamina.ir.graph.tensor_type import TensorType
from lamina.ir.graph.variable import Variable

# A function of variables and the one of arrays that it agrees with; or one function of the module,
# lamina.tensor or numpy, that it takes functions from, and of variables or arrays.
Form = tuple[Callable[..., Any], Callable[..., Any]] | Callable[..., Any]


def agree(
    forms: Mapping[str, Form],
    *calls: Sequence[Any],
    ulp: int = 0,
    dtypes: bool = True,
) -> None:
    """Compile all of `forms` into one function of arrays of unknown lengths and call it with each
    of `calls`.

    A form is a function of variables and the one of arrays that it agrees with; either returns an
    array or several. What it gives for arguments of known shapes has a type that says the shape,
    where it can.
    """
    arrays = [np.asarray(a) for a in calls[0]]
    inputs = [TensorType(a.dtype, (None,) * a.ndim)(f"x{i}") for i, a in enumerate(arrays)]
    outputs, names = [], []
    for name, form in forms.items():
        several = _listed(_pair(form)[0](*inputs))
        outputs += several
        names += [f"{name}[{i}]" for i in range(len(several))]
    function = lamina.function(inputs, outputs, mode="FAST_RUN", on_unused_input="ignore")
    assert not interpreted and all(op.callback for op in function._executable.callbacks)
    for call in calls:
        expected = [
            y for form in forms.values() for y in _listed(_pair(form)[1](*map(np.asarray, call)))
        ]
        results = function(*map(np.asarray, call))
        for name, output, found, wanted in zip(names, outputs, results, expected, strict=True):
            _compare(name, output, found, np.asarray(wanted), ulp, dtypes)


def _pair(form: Form) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return form if isinstance(form, tuple) else (partial(form, pt), partial(form, np))


def _listed(results: Any) -> list[Any]:
    return list(results) if isinstance(results, (tuple, list)) else [results]


def _compare(name: str, output: Any, found: Any, wanted: Any, ulp: int, dtypes: bool) -> None:
    assert output.type.is_valid_value(found), f"{name}: {found!r} is no value of {output.type}"
    if dtypes:
        assert found.dtype == wanted.dtype, f"{name}: {found.dtype}, expected {wanted.dtype}"
    assert found.shape == wanted.shape, f"{name}: shape {found.shape}, expected {wanted.shape}"
    if ulp and found.dtype.kind in "fc":
        tolerance = ulp * np.finfo(found.dtype).eps
        np.testing.assert_allclose(found, wanted, tolerance, tolerance, err_msg=name)
    else:
        np.testing.assert_array_equal(found, wanted, err_msg=name)


def static_shapes(forms: Mapping[str, Form], *arrays: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Of each form on arrays of known shapes, the static shapes of its results that are not those
    of NumPy's.
    """
    inputs = [TensorType(np.asarray(a).dtype, np.shape(a))() for a in arrays]
    wrong = {}
    for name, form in forms.items():
        symbolic, numpy = _pair(form)
        found = [v.type.shape for v in _listed(symbolic(*inputs)) if isinstance(v, Variable)]
        if found != [np.shape(y) for y in _listed(numpy(*map(np.asarray, arrays)))]:
            wrong[name] = found
    return wrong
